//! Remarks on a pack without fault, for its writer: what is probably a mistake, and what decides
//! nothing or is left open.

use crate::period::{BenefitYear, Day};

use super::check::{category, day};
use super::listing::list;
use super::resolve::{CRITICAL_ILLNESS_CAP, FISCAL_SUBSIDY};
use super::wire::{self, Dated};
use super::{Category, CategorySet, Pack, Policy, PolicyError, Position};

/// A pack without fault, with remarks for its writer.
#[derive(Debug)]
pub struct Review {
    /// The pack.
    pub pack: Pack,
    /// Warnings first, then notes, both in the order of the text.
    pub remarks: Vec<Remark>,
}

/// How much a remark weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Probably a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

/// A remark on a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How much it weighs.
    pub severity: Severity,
    /// Where in the pack.
    pub position: Position,
    /// What there is to say.
    pub text: String,
}

impl Pack {
    /// A pack, and what its writer would want to know.
    ///
    /// # Errors
    /// At least one fault.
    pub fn review(text: &str, name: &str) -> Result<Review, Vec<PolicyError>> {
        let (pack, wire) = Self::assemble(text, name)?;
        let remarks = remarks(&pack, &wire, text);
        Ok(Review { pack, remarks })
    }
}

/// Everything that there is to say.
fn remarks(pack: &Pack, wire: &wire::Pack, text: &str) -> Vec<Remark> {
    let mut found = Found { text, remarks: Vec::new() };
    found.file_name(pack, wire);
    found.documents(wire);
    found.entries(pack, wire);
    found.categories_without_label(pack, wire);
    found.start_without_groups(pack, wire);
    found.province(pack, wire);
    found.idle_labels(pack, wire);
    found.not_stated(pack, wire);
    found.remarks.sort_by_key(|remark| (remark.severity, remark.position.line, remark.position.column));
    found.remarks
}

struct Found<'a> {
    text: &'a str,
    remarks: Vec<Remark>,
}

impl Found<'_> {
    fn say(&mut self, severity: Severity, at: usize, text: String) {
        self.remarks.push(Remark { severity, position: Position::of(self.text, at), text });
    }

    fn warn<T>(&mut self, at: &toml::Spanned<T>, text: String) {
        self.say(Severity::Warning, at.span().start, text);
    }

    /// The file is named by the code, which is what `--region` takes.
    fn file_name(&mut self, pack: &Pack, wire: &wire::Pack) {
        let expected = format!("{}.toml", pack.region().area);
        let name = pack.name().rsplit(['/', '\\']).next().unwrap_or_default();
        if name != expected {
            self.warn(&wire.region.code, format!("the file is called `{name}`, expected the region's code: `{expected}`"));
        }
    }

    fn documents(&mut self, wire: &wire::Pack) {
        let entries = wire.entries();
        let of_years = wire.benefit_year.iter().flat_map(|year| {
            let extension = year.migrant_extension.as_ref().map(|extension| &extension.source);
            [Some(&year.window.source), extension].into_iter().flatten()
        });
        let sources = entries.iter().map(|(_, e)| e.source()).chain(of_years).chain(wire.entries_without_year().map(Dated::source));
        let named: Vec<&str> = sources.map(|s| s.document.get_ref().as_str()).collect();
        for (key, document) in wire.documents.iter().filter(|(key, _)| !named.contains(&key.as_str())) {
            self.warn(document, format!("no entry names the document `{key}` as its source"));
        }
    }

    /// A benefit year takes what is in force on its 1 January: entries that no year takes, or that change in its midst.
    fn entries(&mut self, pack: &Pack, wire: &wire::Pack) {
        let years: Vec<BenefitYear> = pack.years().iter().map(|policy| policy.year).collect();
        let (Some(first), Some(last)) = (years.first(), years.last()) else { return };
        let entries: Vec<(String, Day, &dyn Dated)> =
            wire.entries().into_iter().filter_map(|(parameter, entry)| Some((parameter, day(entry.from()).ok()?, entry))).collect();
        for &(ref parameter, from, entry) in &entries {
            let later =
                entries.iter().filter(|(other, begin, _)| other == parameter && *begin > from).map(|(_, begin, _)| begin.plus_days(-1));
            let ended = entry.until().and_then(|until| day(until).ok());
            let until = ended.into_iter().chain(later).min();
            // The year before the first is asked for last year's premium.
            let earliest = if parameter == "premium.personal" { first.before(1) } else { *first };
            let starts = std::iter::once(earliest).chain(years.iter().copied()).map(BenefitYear::first_day);
            let mut taken = starts.filter(|&start| from <= start && until.is_none_or(|until| start <= until));
            if taken.next().is_none() {
                let known = if first == last { format!("{first}") } else { format!("{first} to {last}") };
                self.warn(entry.from(), format!("`{parameter}` is in force on 1 January of no benefit year of the pack ({known})"));
            } else if let Some(year) = within(from, &years).filter(|year| from != year.first_day()) {
                self.warn(
                    entry.from(),
                    format!("`{parameter}` begins on {from}, and benefit year {year} takes what holds on its 1 January"),
                );
            } else if let (Some(until), Some(written)) = (ended, entry.until())
                && let Some(year) = within(until, &years).filter(|year| until != year.last_day())
            {
                self.warn(written, format!("`{parameter}` ends on {until}, and holds for the whole benefit year {year} all the same"));
            }
        }
    }

    /// No person can have a category that no label means.
    fn categories_without_label(&mut self, pack: &Pack, wire: &wire::Pack) {
        let known: CategorySet = wire.labels.iter().filter_map(|(_, named)| category(named).ok()).collect();
        let subsidies = wire.subsidy.iter().map(|entry| (entry.parameter(), &entry.category));
        let groups = wire.special_group.iter().filter_map(|entry| Some((entry.parameter(), entry.category.as_ref()?)));
        let difficulty = wire.difficulty.iter().flat_map(|entry| entry.categories.iter().map(|c| ("difficulty".to_owned(), c)));
        let mut said = CategorySet::EMPTY;
        for (parameter, written) in subsidies.chain(groups).chain(difficulty) {
            let Ok(category) = category(written) else { continue };
            if !known.has(category) && !said.has(category) {
                said = said.with(category);
                self.warn(written, format!("no label means `{category}`, so that nobody has what `{parameter}` is about"));
            }
        }
        let extended = pack.years().iter().any(|policy| policy.migrant_until.is_some());
        if extended && !known.has(Category::MigrantWorker) {
            let at = wire.benefit_year.iter().find_map(|year| year.migrant_extension.as_ref());
            if let Some(extension) = at {
                let category = Category::MigrantWorker;
                self.warn(&extension.until, format!("no label means `{category}`, so that the extension is nobody's"));
            }
        }
    }

    fn start_without_groups(&mut self, pack: &Pack, wire: &wire::Pack) {
        if pack.years().iter().all(|policy| policy.special.tests.is_empty())
            && let Some(start) = wire.special_start.first()
        {
            self.warn(&start.rule, "`special_start` decides nothing: the pack has no `[[special_group]]` in force".to_owned());
        }
    }

    fn province(&mut self, pack: &Pack, wire: &wire::Pack) {
        let own = pack.region().area.code() / 10_000;
        for entry in &wire.mutual_aid {
            let written = entry.payee_province.get_ref();
            if written.parse() != Ok(own) {
                self.warn(
                    &entry.payee_province,
                    format!(
                        "`mutual_aid.payee_province` is {written}, and the region lies in {own:02}: its own people could not be paid for"
                    ),
                );
            }
        }
    }

    /// Labels that decide nothing are allowed: their rows are read, and listed in `subsidy.categories`.
    fn idle_labels(&mut self, pack: &Pack, wire: &wire::Pack) {
        let used = pack.years().iter().map(used).fold(CategorySet::EMPTY, CategorySet::union);
        let idle = |(_, named): &&(toml::Spanned<String>, toml::Spanned<String>)| category(named).is_ok_and(|c| !used.has(c));
        let labels: Vec<&str> = wire.labels.iter().filter(idle).map(|(label, _)| label.get_ref().as_str()).collect();
        if let (Some((first, _)), false) = (wire.labels.iter().find(idle), labels.is_empty()) {
            let at = first.span().start;
            self.say(Severity::Note, at, format!("labels whose category no rule of the pack asks for: {}", list(labels)));
        }
    }

    fn not_stated(&mut self, pack: &Pack, wire: &wire::Pack) {
        let cap = wire.incentive.as_ref().map(|incentive| &incentive.critical_illness_cap);
        for (name, figures) in [(FISCAL_SUBSIDY, Some(&wire.premium.fiscal_subsidy)), (CRITICAL_ILLNESS_CAP, cap)] {
            let open = figures.filter(|_| pack.open().contains(&name)).and_then(|all| all.iter().find(|figure| figure.value.is_none()));
            if let Some(figure) = open {
                let at = figure.from.span().start;
                self.say(Severity::Note, at, format!("`{name}` has no stated value: `--set {name}=YUAN` gives one"));
            }
        }
    }
}

/// The benefit year that holds a day, if the pack knows it.
fn within(day: Day, years: &[BenefitYear]) -> Option<BenefitYear> {
    years.iter().copied().find(|year| year.0 == day.year())
}

/// The categories that some rule asks for under this policy.
fn used(policy: &Policy) -> CategorySet {
    let groups: CategorySet = policy.special.tests.iter().filter_map(|test| test.category()).collect();
    // Eligibility asks for those in service, the ledgers for migrant workers.
    let always = CategorySet::EMPTY.with(Category::InService).with(Category::MigrantWorker);
    policy.difficulty.union(policy.subsidies.categories()).union(groups).union(always)
}
