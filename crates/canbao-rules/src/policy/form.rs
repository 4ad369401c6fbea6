//! From TOML text to the wire form, table by table and entry by entry, so that one look finds every fault of form.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Fault;
use super::check::{Faults, SpannedFault};
use super::listing::list;
use super::wire::{Duplicate, Figure, Incentive, Newborn, Pack, Premium};

/// Reads a pack. `None` where a fault was found: what comes after the form would only repeat it.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<Pack> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let (span, entries) = (document.span(), document.into_inner());
    for error in &errors {
        faults.push(SpannedFault { span: error.span().unwrap_or(0..0), fault: form(error.message()) });
    }
    if !faults.is_empty() {
        return None;
    }
    let mut root = Table { path: String::new(), span: span.start..span.start, entries, known: Vec::new() };
    let region = root.one("region", faults);
    let documents = root.table("documents", true, faults).map(|table| table.entries_of(faults));
    let benefit_year = root.list("benefit_year", faults);
    let premium = root.table("premium", true, faults).map(|table| premium(table, faults));
    let (subsidy, difficulty) = (root.list("subsidy", faults), root.list("difficulty", faults));
    let required_share = root.list("required_share", faults);
    let newborn = root.table("newborn", true, faults).map(|table| newborn(table, faults));
    let (special_start, special_group) = (root.list("special_start", faults), root.list("special_group", faults));
    let waiting = root.list("waiting", faults);
    let duplicate = root.table("duplicate", true, faults).map(|table| duplicate(table, faults));
    let refund = root.list("refund", faults);
    let incentive = root.table("incentive", false, faults).map(|table| incentive(table, faults));
    let mutual_aid = root.list("mutual_aid", faults);
    let labels = root.table("labels", true, faults).map(|table| table.texts(faults));
    let (disease_families, city) = (root.list("disease_families", faults), root.list("city", faults));
    root.close(faults);
    if !faults.is_empty() {
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

fn premium(mut table: Table<'_>, faults: &mut Faults) -> Premium {
    let personal = table.list("personal", faults);
    let fiscal_subsidy = table.list("fiscal_subsidy", faults);
    let shares = table.table("fiscal_share", false, faults).map(|shares| shares.lists(faults));
    table.close(faults);
    Premium { personal, fiscal_subsidy, fiscal_share: shares.unwrap_or_default() }
}

fn newborn(mut table: Table<'_>, faults: &mut Faults) -> Newborn {
    let newborn = Newborn { days: table.list("days", faults), birthday: table.list("birthday", faults) };
    table.close(faults);
    newborn
}

fn duplicate(mut table: Table<'_>, faults: &mut Faults) -> Duplicate {
    let duplicate = Duplicate { employee_months: table.list("employee_months", faults) };
    table.close(faults);
    duplicate
}

fn incentive(mut table: Table<'_>, faults: &mut Faults) -> Incentive {
    let mut figures = |name| table.list::<Figure>(name, faults);
    let incentive = Incentive {
        since: figures("since"),
        unrewarded_years: figures("unrewarded_years"),
        consecutive: figures("consecutive"),
        zero_claim: figures("zero_claim"),
        most: figures("most"),
        critical_illness_cap: figures("critical_illness_cap"),
    };
    table.close(faults);
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
    fn one<T: DeserializeOwned>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        match self.take(key) {
            Some(value) => entry(value, faults),
            None => {
                faults.push(self.lacks(key));
                None
            }
        }
    }

    /// A list of tables; empty where the key is absent: what a year needs is checked for each year.
    fn list<T: DeserializeOwned>(&mut self, key: &'static str, faults: &mut Faults) -> Vec<T> {
        let path = self.path_of(key);
        self.take(key).map(|value| entries(&path, value, faults)).unwrap_or_default()
    }

    /// A table of tables.
    fn table(&mut self, key: &'static str, required: bool, faults: &mut Faults) -> Option<Self> {
        let path = self.path_of(key);
        let Some(value) = self.take(key) else {
            if required {
                faults.push(self.lacks(key));
            }
            return None;
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(entries) => Some(Self { path, span, entries, known: Vec::new() }),
            other => {
                let fault = Fault::Form(format!("`{path}` is of the type {}, expected a table `[{path}]`", other.type_str()));
                faults.push(SpannedFault { span, fault });
                None
            }
        }
    }

    /// Every key with its list of tables.
    fn lists(self, faults: &mut Faults) -> BTreeMap<String, Vec<Figure>> {
        let path = self.path;
        let list = |(key, value): (Spanned<_>, _)| {
            let key = String::from(key.into_inner());
            let figures = entries(&format!("{path}.{key}"), value, faults);
            (key, figures)
        };
        self.entries.into_iter().map(list).collect()
    }

    /// Every key with its table.
    fn entries_of<T: DeserializeOwned>(self, faults: &mut Faults) -> BTreeMap<String, T> {
        let read = |(key, value): (Spanned<_>, _)| Some((String::from(key.into_inner()), entry(value, faults)?));
        self.entries.into_iter().filter_map(read).collect()
    }

    /// Every key with its text.
    fn texts(self, faults: &mut Faults) -> Vec<(Spanned<String>, Spanned<String>)> {
        let read = |(key, value): (Spanned<_>, _)| {
            let label = Spanned::new(key.span(), String::from(key.into_inner()));
            Some((label, entry(value, faults)?))
        };
        self.entries.into_iter().filter_map(read).collect()
    }

    fn lacks(&self, key: &str) -> SpannedFault {
        let path = self.path_of(key);
        SpannedFault { span: self.span.clone(), fault: Fault::Form(format!("the pack lacks the table `[{path}]`")) }
    }

    /// Reports the keys that are left: they are unknown.
    fn close(self, faults: &mut Faults) {
        for (key, _) in self.entries {
            let fault = Fault::Form(format!("unknown field `{}`, expected one of {}", key.get_ref(), list(self.known.iter().copied())));
            faults.push(SpannedFault { span: key.span(), fault });
        }
    }
}

/// The tables of a list, each by itself: a fault in one hides no fault in another.
fn entries<T: DeserializeOwned>(path: &str, value: Spanned<DeValue<'_>>, faults: &mut Faults) -> Vec<T> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Array(values) => values.into_iter().filter_map(|value| entry(value, faults)).collect(),
        other => {
            let fault = Fault::Form(format!("`{path}` is of the type {}, expected a list of tables `[[{path}]]`", other.type_str()));
            faults.push(SpannedFault { span, fault });
            Vec::new()
        }
    }
}

fn entry<T: DeserializeOwned>(value: Spanned<DeValue<'_>>, faults: &mut Faults) -> Option<T> {
    let span = value.span();
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(read) => Some(read),
        Err(error) => {
            faults.push(SpannedFault { span: error.span().unwrap_or(span), fault: form(error.message()) });
            None
        }
    }
}

/// The parser's sentence on one line, without its names of types.
fn form(message: &str) -> Fault {
    let words = [("\n", ", "), ("expected i64", "expected a whole number"), ("expected i32", "expected a whole number")];
    Fault::Form(words.iter().fold(message.to_owned(), |text, (from, to)| text.replace(from, to)))
}
