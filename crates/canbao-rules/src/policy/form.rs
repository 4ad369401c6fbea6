//! From TOML text to the wire form, table by table and entry by entry, so that one look finds every fault of form.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Fault;
use super::check::{Flaw, Flaws};
use super::listing::list;
use super::wire::{Duplicate, Figure, Incentive, Newborn, Pack, Premium};

/// Reads a pack. `None` where a flaw was found: what comes after the form would only repeat it.
pub(super) fn read(text: &str, flaws: &mut Flaws) -> Option<Pack> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let (span, entries) = (document.span(), document.into_inner());
    for error in &errors {
        flaws.push(Flaw { span: error.span().unwrap_or(0..0), fault: form(error.message()) });
    }
    if !flaws.is_empty() {
        return None;
    }
    let mut root = Table { path: String::new(), span: span.start..span.start, entries, known: Vec::new() };
    let region = root.one("region", flaws);
    let documents = root.table("documents", true, flaws).map(|table| table.entries_of(flaws));
    let benefit_year = root.list("benefit_year", flaws);
    let premium = root.table("premium", true, flaws).map(|table| premium(table, flaws));
    let (subsidy, difficulty) = (root.list("subsidy", flaws), root.list("difficulty", flaws));
    let required_share = root.list("required_share", flaws);
    let newborn = root.table("newborn", true, flaws).map(|table| newborn(table, flaws));
    let (special_start, special_group) = (root.list("special_start", flaws), root.list("special_group", flaws));
    let waiting = root.list("waiting", flaws);
    let duplicate = root.table("duplicate", true, flaws).map(|table| duplicate(table, flaws));
    let refund = root.list("refund", flaws);
    let incentive = root.table("incentive", false, flaws).map(|table| incentive(table, flaws));
    let mutual_aid = root.list("mutual_aid", flaws);
    let labels = root.table("labels", true, flaws).map(|table| table.texts(flaws));
    let (disease_families, city) = (root.list("disease_families", flaws), root.list("city", flaws));
    root.close(flaws);
    if !flaws.is_empty() {
        return None;
    }
    Some(Pack {
        region: region?,
        documents: documents?,
        benefit_year,
        premium: premium?,
        newborn: newborn?,
        special_group,
        special_start,
        waiting,
        subsidy,
        difficulty,
        duplicate: duplicate?,
        refund,
        required_share,
        incentive,
        mutual_aid,
        labels: labels?,
        disease_families,
        city,
    })
}

fn premium(mut table: Table<'_>, flaws: &mut Flaws) -> Premium {
    let personal = table.list("personal", flaws);
    let fiscal_subsidy = table.list("fiscal_subsidy", flaws);
    let shares = table.table("fiscal_share", false, flaws).map(|shares| shares.lists(flaws));
    table.close(flaws);
    Premium { personal, fiscal_subsidy, fiscal_share: shares.unwrap_or_default() }
}

fn newborn(mut table: Table<'_>, flaws: &mut Flaws) -> Newborn {
    let newborn = Newborn { days: table.list("days", flaws), birthday: table.list("birthday", flaws) };
    table.close(flaws);
    newborn
}

fn duplicate(mut table: Table<'_>, flaws: &mut Flaws) -> Duplicate {
    let duplicate = Duplicate { employee_months: table.list("employee_months", flaws) };
    table.close(flaws);
    duplicate
}

fn incentive(mut table: Table<'_>, flaws: &mut Flaws) -> Incentive {
    let mut figures = |name| table.list::<Figure>(name, flaws);
    let incentive = Incentive {
        since: figures("since"),
        unrewarded_years: figures("unrewarded_years"),
        consecutive: figures("consecutive"),
        zero_claim: figures("zero_claim"),
        most: figures("most"),
        critical_illness_cap: figures("critical_illness_cap"),
    };
    table.close(flaws);
    incentive
}

/// A table of the pack while its keys are taken out one by one; what is left at the end is unknown.
struct Table<'t> {
    /// `premium.fiscal_share`; empty for the whole pack.
    path: String,
    span: Range<usize>,
    entries: DeTable<'t>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.entries.remove(key)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A table that has to be there.
    fn one<T: DeserializeOwned>(&mut self, key: &'static str, flaws: &mut Flaws) -> Option<T> {
        match self.take(key) {
            Some(value) => entry(value, flaws),
            None => {
                flaws.push(self.lacks(key));
                None
            }
        }
    }

    /// A list of tables; none where the key is absent: what a year needs is asked year by year.
    fn list<T: DeserializeOwned>(&mut self, key: &'static str, flaws: &mut Flaws) -> Vec<T> {
        let path = self.path_of(key);
        self.take(key).map(|value| entries(&path, value, flaws)).unwrap_or_default()
    }

    /// A table of tables.
    fn table(&mut self, key: &'static str, required: bool, flaws: &mut Flaws) -> Option<Self> {
        let path = self.path_of(key);
        let Some(value) = self.take(key) else {
            if required {
                flaws.push(self.lacks(key));
            }
            return None;
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(entries) => Some(Self { path, span, entries, known: Vec::new() }),
            other => {
                let fault = Fault::Form(format!("`{path}` is of the type {}, expected a table `[{path}]`", other.type_str()));
                flaws.push(Flaw { span, fault });
                None
            }
        }
    }

    /// Every key with its list of tables.
    fn lists(self, flaws: &mut Flaws) -> BTreeMap<String, Vec<Figure>> {
        let path = self.path;
        let list = |(key, value): (Spanned<_>, _)| {
            let key = String::from(key.into_inner());
            let figures = entries(&format!("{path}.{key}"), value, flaws);
            (key, figures)
        };
        self.entries.into_iter().map(list).collect()
    }

    /// Every key with its table.
    fn entries_of<T: DeserializeOwned>(self, flaws: &mut Flaws) -> BTreeMap<String, T> {
        let read = |(key, value): (Spanned<_>, _)| Some((String::from(key.into_inner()), entry(value, flaws)?));
        self.entries.into_iter().filter_map(read).collect()
    }

    /// Every key with its text.
    fn texts(self, flaws: &mut Flaws) -> Vec<(Spanned<String>, Spanned<String>)> {
        let read = |(key, value): (Spanned<_>, _)| {
            let label = Spanned::new(key.span(), String::from(key.into_inner()));
            Some((label, entry(value, flaws)?))
        };
        self.entries.into_iter().filter_map(read).collect()
    }

    fn lacks(&self, key: &str) -> Flaw {
        let path = self.path_of(key);
        Flaw { span: self.span.clone(), fault: Fault::Form(format!("the pack lacks the table `[{path}]`")) }
    }

    /// Reports the keys that nobody took.
    fn close(self, flaws: &mut Flaws) {
        for (key, _) in self.entries {
            let fault = Fault::Form(format!("unknown field `{}`, expected one of {}", key.get_ref(), list(self.known.iter().copied())));
            flaws.push(Flaw { span: key.span(), fault });
        }
    }
}

/// The tables of a list, each by itself: a fault in one hides no fault in another.
fn entries<T: DeserializeOwned>(path: &str, value: Spanned<DeValue<'_>>, flaws: &mut Flaws) -> Vec<T> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Array(values) => values.into_iter().filter_map(|value| entry(value, flaws)).collect(),
        other => {
            let fault = Fault::Form(format!("`{path}` is of the type {}, expected a list of tables `[[{path}]]`", other.type_str()));
            flaws.push(Flaw { span, fault });
            Vec::new()
        }
    }
}

fn entry<T: DeserializeOwned>(value: Spanned<DeValue<'_>>, flaws: &mut Flaws) -> Option<T> {
    let span = value.span();
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(read) => Some(read),
        Err(error) => {
            flaws.push(Flaw { span: error.span().unwrap_or(span), fault: form(error.message()) });
            None
        }
    }
}

/// The parser's sentence on one line, without its names of types.
fn form(message: &str) -> Fault {
    let words = [("\n", ", "), ("expected i64", "expected a whole number"), ("expected i32", "expected a whole number")];
    Fault::Form(words.iter().fold(message.to_owned(), |text, (from, to)| text.replace(from, to)))
}
