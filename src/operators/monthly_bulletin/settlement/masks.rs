//! What may be printed of the settlement statistics.
//!
//! Every bulletin of the year is taken to have been published: months in turn, each with that month and the year to
//! date. So a month that is suppressed is not given away by a later bulletin. Judged are
//! - other provinces by kind of care and scheme, with a total over the main kinds of care;
//! - the province and here by kind of care, both schemes together, which the list of revisions may name;
//! - diseases to date, in other provinces and everywhere. What is new since a disease was last printed can be worked
//!   out, so it is printed again only when there are enough persons in it.
//!
//! The year before is judged like this year, by its visits: the datasets do not say how many persons they were of. It is
//! assumed that as many persons came for so many visits as this year.

use std::collections::{BTreeMap, BTreeSet};

use super::super::figures::Answer;
use super::cells::{ANYWHERE, CHRONIC, CROSS, Counts, Key, MAIN, REST, Statistics, TOTAL, this_year, year_before};
use crate::operators::monthly_bulletin::suppression::{Cell, Keyed, Persons};

#[cfg(test)]
mod tests;

/// What may be printed of this year and of the year before.
#[derive(Debug)]
pub struct Masks {
    this_year: Keyed<Key>,
    year_before: Keyed<Key>,
}

impl Masks {
    /// Judges all bulletins of the year up to the last month of the rows.
    pub fn judge(statistics: &Statistics, min_persons: u32) -> Self {
        Self {
            this_year: Judge::new(statistics, min_persons, this_year).all(None),
            year_before: Judge::new(statistics, min_persons, year_before).all(None),
        }
    }

    /// The same for rows that were revised: what was suppressed in an earlier month's bulletin stays so, for beside
    /// figures that did not change its new value would tell the old one.
    pub fn judge_again(statistics: &Statistics, min_persons: u32, published: &Self) -> Self {
        Self {
            this_year: Judge::new(statistics, min_persons, this_year).all(Some(&published.this_year)),
            year_before: Judge::new(statistics, min_persons, year_before).all(Some(&published.year_before)),
        }
    }

    /// Whether this year's figures of a cell bear the mark.
    pub fn hides(&self, key: &Key) -> bool {
        self.this_year.hides(key)
    }

    /// Whether the figures of the year before do.
    pub fn hides_before(&self, key: &Key) -> bool {
        self.year_before.hides(key)
    }

    /// Whether growth does: it tells one year from the other.
    pub fn hides_growth(&self, key: &Key) -> bool {
        self.hides(key) || self.hides_before(key)
    }

    /// Whether the cell was judged at all.
    pub fn knows(&self, key: &Key) -> bool {
        self.this_year.knows(key)
    }
}

/// The judging of one of the two years, bulletin after bulletin.
struct Judge {
    mask: Keyed<Key>,
    min_persons: u64,
    months: Vec<String>,
    cares: BTreeSet<String>,
    codes: BTreeSet<Option<String>>,
    care: BTreeMap<Key, Counts>,
    /// By period, span, scope and code.
    diseases: BTreeMap<(String, String, String, Option<String>), Counts>,
    /// What came since a disease was last printed this year, by code and place.
    since: BTreeMap<(Option<String>, &'static str), Counts>,
}

/// What newspapers tell is suppressed last: kinds of care, both schemes together.
const HEADLINE: u8 = 2;
/// Before it go kinds of care by scheme and the total over kinds of care, first of all that total by scheme.
const DETAIL: u8 = 1;

fn raise(counts: Option<&mut Counts>, least: u64) {
    if let Some(counts) = counts.filter(|counts| !counts.is_nothing()) {
        counts.persons = counts.persons.max(least);
    }
}

const ALL_SCOPES: [&str; 3] = [CROSS, "in_province", "local"];
const SCHEMES: [&str; 3] = ["310", "390", "all"];
const OTHER_SCOPES: [&str; 2] = ["in_province", "local"];
const SPANS: [&str; 2] = ["month", "ytd"];

impl Judge {
    fn new(statistics: &Statistics, min_persons: u32, counts: fn(&Answer) -> Counts) -> Self {
        let mut judge = Self {
            mask: Keyed::new(min_persons),
            min_persons: u64::from(min_persons),
            months: Vec::new(),
            cares: BTreeSet::new(),
            codes: BTreeSet::new(),
            care: BTreeMap::new(),
            diseases: BTreeMap::new(),
            since: BTreeMap::new(),
        };
        let mut months = BTreeSet::new();
        for row in &statistics.care {
            let [period, span, scope, care, insutype] = ["period", "span", "scope", "care", "insutype"].map(|column| row.word(column));
            months.insert(period.to_owned());
            judge.cares.insert(care.to_owned());
            judge.care.insert(Key::care(period, span, scope, care, insutype), counts(row));
        }
        for row in &statistics.diseases {
            let [period, span, scope] = ["period", "span", "scope"].map(|column| row.word(column).to_owned());
            let code = row.text("dise_codg").map(str::to_owned);
            months.insert(period.clone());
            judge.codes.insert(code.clone());
            judge.diseases.insert((period, span, scope, code), counts(row));
        }
        judge.months = months.into_iter().collect();
        judge.raise();
        judge
    }

    /// Sees to it that a sum has at least the persons of each of its parts. Where persons are only likely, a total could
    /// else be judged small that readers have as the only part of it.
    fn raise(&mut self) {
        for (at, month) in self.months.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &self.months[at]).filter(|before| before.get(..4) == month.get(..4));
            for code in &self.codes {
                for scope in ALL_SCOPES {
                    let key = |period: &str, span: &str| (period.to_owned(), span.to_owned(), scope.to_owned(), code.clone());
                    let least = [Some(key(month, "month")), before.map(|before| key(before, "ytd"))].into_iter().flatten();
                    let least = least.filter_map(|key| self.diseases.get(&key)).map(|counts| counts.persons).max().unwrap_or(0);
                    raise(self.diseases.get_mut(&key(month, "ytd")), least);
                }
            }
            for (scope, care) in ALL_SCOPES.into_iter().flat_map(|scope| self.cares.iter().map(move |care| (scope, care))) {
                let key = |period: &str, span: &str, insutype: &str| Key::care(period, span, scope, care, insutype);
                let persons = |care: &BTreeMap<Key, Counts>, key: &Key| care.get(key).map_or(0, |counts| counts.persons);
                for span in SPANS {
                    for insutype in SCHEMES {
                        let mut least = 0;
                        if span == "ytd" {
                            least = persons(&self.care, &key(month, "month", insutype));
                            least = least.max(before.map_or(0, |before| persons(&self.care, &key(before, "ytd", insutype))));
                        }
                        if insutype == "all" {
                            least =
                                ["310", "390"].into_iter().map(|part| persons(&self.care, &key(month, span, part))).fold(least, u64::max);
                        }
                        if insutype == "all" && care == CHRONIC {
                            let of_diseases =
                                self.diseases.iter().filter(|((period, of, place, _), _)| period == month && of == span && place == scope);
                            least = of_diseases.map(|(_, counts)| counts.persons).fold(least, u64::max);
                        }
                        raise(self.care.get_mut(&key(month, span, insutype)), least);
                    }
                }
            }
        }
    }

    fn all(mut self, published: Option<&Keyed<Key>>) -> Keyed<Key> {
        let last = self.months.last().cloned();
        let mut before: Option<String> = None;
        for month in self.months.clone() {
            // A year's first month has no total to date before it.
            let before = before.replace(month.clone()).filter(|before| before.get(..4) == month.get(..4));
            if before.is_none() {
                self.since.clear();
            }
            let published = published.filter(|_| Some(&month) != last.as_ref());
            self.add_care(&month, before.as_deref(), published);
            self.add_diseases(&month, published);
            self.mask.release();
            self.note_printed(&month);
        }
        self.mask
    }

    /// Adds a cell; one that was suppressed when it was published is sensitive for ever.
    fn add(&mut self, key: Key, cell: Cell, published: Option<&Keyed<Key>>) {
        let was_hidden = published.is_some_and(|published| published.knows(&key) && published.hides(&key));
        self.mask.add(key, cell.sensitive_if(was_hidden));
    }

    fn care_counts(&self, key: &Key) -> Counts {
        self.care.get(key).copied().unwrap_or_default()
    }

    /// Kinds of care of one month and to date, with the sums over schemes, kinds of care and months.
    fn add_care(&mut self, month: &str, before: Option<&str>, published: Option<&Keyed<Key>>) {
        let cares: Vec<String> = self.cares.iter().cloned().collect();
        for span in SPANS {
            for insutype in SCHEMES {
                let key = |care: &str| Key::care(month, span, CROSS, care, insutype);
                let mut total = Counts::default();
                for care in &cares {
                    let counts = self.care_counts(&key(care));
                    if MAIN.contains(&care.as_str()) {
                        total = total.and(counts);
                    }
                    self.add(key(care), counts.cell().ranked(if insutype == "all" { HEADLINE } else { DETAIL }), published);
                }
                self.add(key(TOTAL), total.cell().ranked(if insutype == "all" { DETAIL } else { 0 }), published);
                self.mask.sum(&key(TOTAL), MAIN.map(key), Persons::Again);
            }
            for care in cares.iter().map(String::as_str).chain([TOTAL]) {
                let key = |insutype: &str| Key::care(month, span, CROSS, care, insutype);
                self.mask.sum(&key("all"), ["310", "390"].map(key), Persons::Again);
            }
            for scope in OTHER_SCOPES {
                for care in &cares {
                    let key = Key::care(month, span, scope, care, "all");
                    let counts = self.care_counts(&key);
                    self.add(key, counts.cell(), published);
                }
            }
        }
        for care in cares.iter().map(String::as_str).chain([TOTAL]) {
            for (scope, insutype) in SCHEMES.map(|insutype| (CROSS, insutype)).into_iter().chain(OTHER_SCOPES.map(|scope| (scope, "all"))) {
                let to_date = |period: &str| Key::care(period, "ytd", scope, care, insutype);
                let month_itself = Key::care(month, "month", scope, care, insutype);
                let parts = before.map(to_date).into_iter().chain([month_itself]);
                self.mask.sum(&to_date(month), parts.collect::<Vec<_>>(), Persons::Again);
            }
        }
    }

    fn disease_counts(&self, month: &str, span: &str, place: &str, code: &Option<String>) -> Counts {
        let at = |scope: &str| {
            let key = (month.to_owned(), span.to_owned(), scope.to_owned(), code.clone());
            self.diseases.get(&key).copied().unwrap_or_default()
        };
        let rest = || at(OTHER_SCOPES[0]).and(at(OTHER_SCOPES[1]));
        match place {
            CROSS => at(CROSS),
            REST => rest(),
            _ => at(CROSS).and(rest()),
        }
    }

    /// Diseases to date, with the sums over places and diseases.
    fn add_diseases(&mut self, month: &str, published: Option<&Keyed<Key>>) {
        let codes: Vec<Option<String>> = self.codes.iter().cloned().collect();
        for place in [CROSS, REST, ANYWHERE] {
            for code in &codes {
                let counts = self.disease_counts(month, "ytd", place, code);
                let fresh = self.since.get(&(code.clone(), place)).map(|since| since.and(self.disease_counts(month, "month", place, code)));
                let too_fresh = fresh.is_some_and(|fresh| !fresh.is_nothing() && fresh.persons < self.min_persons);
                let cell = counts.cell().sensitive_if(too_fresh);
                let cell = if place == REST { cell.unprinted() } else { cell };
                self.add(Key::disease(month, place, code.as_deref()), cell, published);
            }
        }
        for code in &codes {
            let key = |place: &str| Key::disease(month, place, code.as_deref());
            self.mask.sum(&key(ANYWHERE), [CROSS, REST].map(key), Persons::Again);
        }
        let care = |scope: &str| Key::care(month, "ytd", scope, CHRONIC, "all");
        let rest = OTHER_SCOPES.map(care);
        let rest_counts = rest.iter().fold(Counts::default(), |sum, key| sum.and(self.care_counts(key)));
        self.mask.add(care(REST), rest_counts.cell().unprinted());
        self.add(care(ANYWHERE), rest_counts.and(self.care_counts(&care(CROSS))).cell().ranked(HEADLINE), published);
        self.mask.sum(&care(REST), rest, Persons::Again);
        self.mask.sum(&care(ANYWHERE), [CROSS, REST].map(care), Persons::Again);
        for place in [CROSS, REST, ANYWHERE] {
            let diseases = codes.iter().map(|code| Key::disease(month, place, code.as_deref()));
            self.mask.sum(&care(place), diseases.collect::<Vec<_>>(), Persons::Again);
        }
    }

    /// Remembers what is new about a disease since it was last printed.
    fn note_printed(&mut self, month: &str) {
        for place in [CROSS, REST, ANYWHERE] {
            for code in self.codes.clone() {
                let fresh = self.disease_counts(month, "month", place, &code);
                let key = (code, place);
                if !self.mask.hides(&Key::disease(month, place, key.0.as_deref())) {
                    self.since.insert(key, Counts::default());
                } else if let Some(since) = self.since.get_mut(&key) {
                    *since = since.and(fresh);
                }
            }
        }
    }
}
