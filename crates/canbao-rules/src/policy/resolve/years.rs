//! Benefit years, their windows, and what windows may not do to each other.

use crate::period::{BenefitYear, Day};

use super::super::check::{Checked, Faults, SpannedFault, day, small, source};
use super::super::{Fault, Provision, Window, wire};
use super::YearResolver;

/// What a benefit year may be.
const YEARS: std::ops::RangeInclusive<i32> = 1950..=9998;

pub(super) fn year(entry: &wire::BenefitYear) -> BenefitYear {
    BenefitYear(*entry.year.get_ref())
}

/// The entries by year, without impossible ones; a year that is missing or occurs twice is a fault.
pub(super) fn in_order<'a>(pack: &'a wire::Pack, faults: &mut Faults) -> Vec<&'a wire::BenefitYear> {
    let good = |entry: &&wire::BenefitYear| faults.keep(small("benefit_year.year", &entry.year, YEARS)).is_some();
    let mut entries: Vec<&wire::BenefitYear> = pack.benefit_year.iter().filter(good).collect();
    entries.sort_by_key(|entry| (year(entry), entry.year.span().start));
    for pair in entries.windows(2) {
        let (earlier, later) = (year(pair[0]), year(pair[1]));
        if earlier == later {
            let fault = Fault::Overlap { parameter: "benefit_year".into(), from: later.first_day() };
            faults.push(SpannedFault::at(&pair[1].year, fault));
        } else if later.before(1) != earlier {
            faults.push(SpannedFault::at(&pair[1].year, Fault::YearGap { earlier, later }));
        } else {
            faults.keep(apart(pair[0], pair[1]));
        }
    }
    entries.dedup_by_key(|entry| year(entry));
    if pack.benefit_year.is_empty() {
        faults.push(SpannedFault::at(&pack.region.code, Fault::NoYear));
    }
    entries
}

/// A payment on a day of two windows could be for either year.
fn apart(earlier: &wire::BenefitYear, later: &wire::BenefitYear) -> Checked<()> {
    // An impossible day is reported where its window is read.
    let (Ok(last), Ok(first)) = (day(&earlier.window.last), day(&later.window.first)) else { return Ok(()) };
    if first > last {
        return Ok(());
    }
    let fault = Fault::WindowsOverlap { earlier: year(earlier), last, later: year(later), first };
    Err(SpannedFault::at(&later.window.first, fault))
}

/// Two days of which the second is not before the first, both in the year or the one before.
pub(super) fn span(
    what: &'static str,
    of: BenefitYear,
    first: &toml::Spanned<toml::value::Datetime>,
    last: &toml::Spanned<toml::value::Datetime>,
) -> Checked<Window> {
    let (from, until) = (day(first)?, day(last)?);
    let (earliest, latest) = (of.before(1).first_day(), of.last_day());
    for (written, day) in [(first, from), (last, until)] {
        if !(earliest..=latest).contains(&day) {
            return Err(SpannedFault::at(written, Fault::OutsideYears { what, year: of, day, first: earliest, last: latest }));
        }
    }
    if until < from {
        return Err(SpannedFault::at(last, Fault::EndsBeforeItBegins { what: what.to_owned(), from, until }));
    }
    Ok(Window { first: from, last: until })
}

impl YearResolver<'_> {
    pub(super) fn window(&mut self, entry: &wire::BenefitYear) -> Option<Window> {
        let wire::Window { first, last, source: written, reading } = &entry.window;
        let stated = self.keep(source(self.pack, written));
        let window = self.keep(span("benefit_year.window", self.year(), first, last))?;
        let (document, section) = stated?;
        self.provisions.push(Provision {
            parameter: "benefit_year.window".into(),
            name: None,
            value: format!("{} to {}", window.first, window.last),
            unit: None,
            from: window.first,
            document: document.number.clone(),
            section: section.to_owned(),
            reading: *reading,
        });
        Some(window)
    }

    /// The first day of the next year's window; a fault in it is reported in its own year.
    pub(super) fn next_window(&mut self, next: &wire::BenefitYear) -> Option<Day> {
        day(&next.window.first).ok()
    }

    /// The last day of the extension, which lies after the window and before the next one.
    pub(super) fn migrant_until(&mut self, entry: &wire::BenefitYear, window: Window, next_window: Option<Day>) -> Option<Option<Day>> {
        let Some(wire::MigrantExtension { until: written, source: by, reading, name }) = &entry.migrant_extension else {
            return Some(None);
        };
        let stated = self.keep(source(self.pack, by));
        let until = self.keep(day(written))?;
        let first = window.last.plus_days(1);
        let year_end = self.year().last_day();
        let before_next = next_window.map(|next| next.plus_days(-1)).filter(|&day| day < year_end);
        let last = before_next.unwrap_or(year_end);
        if !(first..=last).contains(&until) {
            let fault = Fault::BadExtension { year: self.year(), until, first, last, cut: before_next.is_some() };
            self.faults.push(SpannedFault::at(written, fault));
            return None;
        }
        let (document, section) = stated?;
        self.provisions.push(Provision {
            parameter: "benefit_year.migrant_extension".into(),
            name: name.clone(),
            value: format!("until {until}"),
            unit: None,
            from: first,
            document: document.number.clone(),
            section: section.to_owned(),
            reading: *reading,
        });
        Some(Some(until))
    }
}
