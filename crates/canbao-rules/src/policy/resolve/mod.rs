//! From the wire form to the policy of each benefit year, with every check that looks at more than one value.
//!
//! One parameter after the other is resolved, and a fault in one hides nothing that is
//! wrong with the next. A pack with a fault has no policy at all.

mod grants;
mod late;
mod money;
mod years;

use std::ops::RangeInclusive;

use toml::Spanned;

use crate::Percent;
use crate::money::Yuan;
use crate::period::{BenefitYear, Day};

use super::check::{Checked, Faults, SpannedFault, category, in_force, name, provision, small, source, stated, unit, words};
use super::wire::{self, Dated, Figure};
use super::{CategorySet, Fault, Labels, Policy, Provision, Refund, Region, Unit};

/// Names of parameters that a document may leave open.
pub(super) const FISCAL_SUBSIDY: &str = "fiscal_subsidy";
pub(super) const CRITICAL_ILLNESS_CAP: &str = "critical_illness_cap";

/// Every year of a pack, and the parameters without a stated value.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub years: Vec<Policy>,
    pub open: Vec<&'static str>,
}

/// Resolves all years; a pack without any is none. What is left where faults were found is of no use.
pub(super) fn years(pack: &wire::Pack, region: &Region, sha256: &str, faults: &mut Faults) -> Resolved {
    let labels = labels(pack, faults);
    for (_, entry) in pack.entries() {
        faults.keep(source(pack, entry.source()));
    }
    let entries = years::in_order(pack, faults);
    let mut resolved = Resolved::default();
    for (place, entry) in entries.iter().enumerate() {
        let next = entries.get(place + 1).filter(|next| *next.year.get_ref() == *entry.year.get_ref() + 1);
        let mut terms =
            YearResolver { pack, year: &entry.year, on: years::year(entry).first_day(), provisions: Vec::new(), open: Vec::new(), faults };
        let policy = terms.policy(region, entry, next.copied());
        let YearResolver { provisions, open, .. } = terms;
        resolved.years.extend(policy.map(|policy| Policy { labels: labels.clone(), provisions, sha256: sha256.to_owned(), ..policy }));
        for name in open {
            if !resolved.open.contains(&name) {
                resolved.open.push(name);
            }
        }
    }
    resolved
}

/// Gives a value to a parameter that the documents leave open in this year.
pub(super) fn set(policy: &mut Policy, name: &str, value: Yuan) {
    let open = policy.provisions.iter_mut().find(|p| p.is_not_stated() && p.parameter.rsplit('.').next() == Some(name));
    let Some(provision) = open else { return };
    provision.value = value.to_string();
    provision.document = "--set".to_owned();
    provision.section = String::new();
    provision.reading = false;
    match name {
        FISCAL_SUBSIDY => policy.premium.fiscal_subsidy = Some(value),
        CRITICAL_ILLNESS_CAP => policy.incentive.iter_mut().for_each(|i| i.critical_illness_cap = Some(value)),
        _ => {}
    }
}

/// Labels are matched as they stand once trimmed, so one with a space around it could never be met.
fn labels(pack: &wire::Pack, faults: &mut Faults) -> Labels {
    let pair = |(label, named): &(Spanned<String>, Spanned<String>)| {
        let label = faults.keep(words(label, "label"));
        let category = faults.keep(category(named));
        Some((label?.to_owned(), category?))
    };
    Labels(pack.labels.iter().filter_map(pair).collect())
}

/// The parameters of one year while they are gathered.
struct YearResolver<'a> {
    pack: &'a wire::Pack,
    /// The year's entry: where a missing parameter is reported.
    year: &'a Spanned<i32>,
    on: Day,
    provisions: Vec<Provision>,
    open: Vec<&'static str>,
    faults: &'a mut Faults,
}

impl<'a> YearResolver<'a> {
    fn year(&self) -> BenefitYear {
        BenefitYear(*self.year.get_ref())
    }

    /// Resolves every parameter before it asks whether all are there.
    fn policy(&mut self, region: &Region, entry: &wire::BenefitYear, next: Option<&wire::BenefitYear>) -> Option<Policy> {
        let window = self.window(entry);
        let next_window = next.and_then(|next| self.next_window(next));
        let migrant_until = window.and_then(|window| self.migrant_until(entry, window, next_window));
        let premium = self.premium();
        let subsidies = self.subsidies(premium.map(|p| p.personal));
        let difficulty = self.difficulty();
        let newborn = self.newborn();
        let special = self.special();
        let waiting = self.waiting();
        let employee_months = self.required("duplicate.employee_months", &self.pack.duplicate.employee_months, Unit::Months, 1..=600);
        let refund = self.refund();
        let required_share = self.optional("required_share", &self.pack.required_share, Unit::Percent, 0..=100);
        let incentive = self.incentive();
        let mutual_aid = self.mutual_aid();
        Some(Policy {
            region: region.clone(),
            year: self.year(),
            window: window?,
            next_window,
            premium: premium?,
            difficulty: difficulty?.union(subsidies.categories()),
            subsidies,
            newborn: newborn?,
            migrant_until: migrant_until?,
            special: special?,
            waiting: waiting?,
            employee_months: employee_months?,
            refund,
            required_share: required_share.map(percent),
            incentive: incentive?,
            mutual_aid,
            labels: Labels::default(),
            provisions: Vec::new(),
            sha256: String::new(),
        })
    }

    /// What a year needs and has not.
    fn missing(&mut self, parameter: &str) {
        self.faults.push(SpannedFault::at(self.year, Fault::Gap { parameter: parameter.to_owned(), on: self.on }));
    }

    fn keep<T>(&mut self, checked: Checked<T>) -> Option<T> {
        self.faults.keep(checked)
    }

    /// The entry in force on the year's first day.
    fn in_force<'e, T: Dated>(&mut self, parameter: &str, entries: impl IntoIterator<Item = &'e T>) -> Option<&'e T> {
        let found = in_force(parameter, entries, self.on);
        self.keep(found).flatten()
    }

    /// The same where the year cannot do without.
    fn needed<'e, T: Dated>(&mut self, parameter: &str, entries: &'e [T]) -> Option<&'e T> {
        match in_force(parameter, entries, self.on) {
            Ok(None) => {
                self.missing(parameter);
                None
            }
            found => self.keep(found).flatten(),
        }
    }

    fn state(&mut self, parameter: &str, value: String, unit: impl Into<Option<Unit>>, entry: &impl Dated) {
        // A fault in the source has been reported for all entries at once.
        self.provisions.extend(provision(self.pack, parameter, value, unit, entry).ok());
    }

    /// A figure that may be absent.
    fn optional(&mut self, parameter: &str, entries: &[Figure], expected: Unit, range: RangeInclusive<i32>) -> Option<i32> {
        self.check_figures(parameter, entries, expected, range.clone());
        let figure = self.in_force(parameter, entries)?;
        let value = self.keep(stated(parameter, figure))?;
        let value = small(parameter, value, range).ok()?;
        self.state(parameter, value.to_string(), expected, figure);
        Some(value)
    }

    /// A figure that every year needs.
    fn required(&mut self, parameter: &str, entries: &[Figure], expected: Unit, range: RangeInclusive<i32>) -> Option<i32> {
        self.needed(parameter, entries)?;
        self.optional(parameter, entries, expected, range)
    }

    /// An amount that the document may leave open.
    fn open_amount(&mut self, parameter: &str, name: &'static str, entries: &[Figure]) -> Option<Yuan> {
        let figure = self.in_force(parameter, entries);
        if figure.is_none_or(|figure| figure.value.is_some()) {
            return self.optional(parameter, entries, Unit::Yuan, YUAN).map(yuan);
        }
        self.check_figures(parameter, entries, Unit::Yuan, YUAN);
        self.state(parameter, Provision::NOT_STATED.to_owned(), Unit::Yuan, figure?);
        self.open.push(name);
        None
    }

    /// Unit and range of every figure, in force or not.
    fn check_figures(&mut self, parameter: &str, entries: &[Figure], expected: Unit, range: RangeInclusive<i32>) {
        for figure in entries {
            self.keep(unit(parameter, &figure.unit, expected));
            if let Some(value) = &figure.value {
                self.keep(small(parameter, value, range.clone()));
            }
        }
    }

    fn difficulty(&mut self) -> Option<CategorySet> {
        for entry in &self.pack.difficulty {
            let mut named = CategorySet::EMPTY;
            for written in &entry.categories {
                let Some(category) = self.keep(category(written)) else { continue };
                if named.has(category) {
                    let fault = Fault::Twice { what: "category", name: category.to_string() };
                    self.faults.push(SpannedFault::at(written, fault));
                }
                named = named.with(category);
            }
        }
        let entry = self.needed("difficulty", &self.pack.difficulty)?;
        let set: CategorySet = entry.categories.iter().filter_map(|written| category(written).ok()).collect();
        self.state("difficulty", set.to_string(), None, entry);
        Some(set)
    }

    fn refund(&mut self) -> Refund {
        type Switch = fn(&mut Refund);
        let known: [(&str, Switch); 2] =
            [("before_year", |r| r.before_year = true), ("death_before_cover", |r| r.death_before_cover = true)];
        for entry in &self.pack.refund {
            self.keep(name(&entry.rule, "ground of refund", &known));
        }
        let mut refund = Refund::default();
        for (rule, switch) in known {
            let entries = self.pack.refund.iter().filter(|entry| entry.rule.get_ref() == rule);
            if let Some(entry) = self.in_force(&format!("refund.{rule}"), entries) {
                switch(&mut refund);
                self.state(&entry.parameter(), "yes".to_owned(), None, entry);
            }
        }
        refund
    }
}

/// What a yuan figure of a pack may be.
const YUAN: RangeInclusive<i32> = 0..=100_000_000;

fn yuan(whole: i32) -> Yuan {
    Yuan::from_yuan(i64::from(whole))
}

fn percent(whole: i32) -> Percent {
    Percent::from_hundredths(i64::from(whole) * 100)
}
