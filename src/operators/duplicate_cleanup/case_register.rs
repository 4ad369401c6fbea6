//! The register: which case each record is, from list to list.
//!
//! - The base is the newest list of an *earlier* logical date. A case that stood on it keeps its number and the date on
//!   which it was first seen; one that stood on it and is gone becomes settled, and stays so.
//! - A number is given once. The next free one lies above all that any published list of the region and year has, those
//!   of the same and of later dates included.
//! - A record that is new to the base but has a number on a list of the same or a later date takes that: a second run
//!   of a day, or one for a day that was left out, numbers as the first did.
//! - A record that comes back after it was settled is a new case; it names the number that it had.
//! - New numbers are given person by person in an order that says nothing of them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::case::{Case, CaseNumber, Record, Settled};
use super::case_matching::{CaseTraits, matched};
use canbao_rules::period::Day;
use canbao_rules::rules::DuplicateOutcome;

/// The list that this one follows.
#[derive(Debug, Clone)]
pub struct Base {
    /// Its logical date.
    pub date: Day,
    /// Its cases.
    pub open: Vec<Case>,
    /// All that were settled up to then.
    pub settled: Vec<Settled>,
}

/// Another published list.
#[derive(Debug, Clone)]
pub struct Other {
    /// Its logical date.
    pub date: Day,
    /// Its cases.
    pub open: Vec<Case>,
}

/// What has been published before.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The list to follow.
    pub base: Option<Base>,
    /// All others, oldest first.
    pub others: Vec<Other>,
}

/// The number and the story of one record of the new list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: CaseNumber,
    /// The logical date of the first list on which it stood.
    pub first_seen: Day,
    /// The number that it had before it was settled for a while.
    pub reopened_from: Option<CaseNumber>,
}

/// What a list is made for.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// The region's code.
    pub region: &'a str,
    /// The benefit year.
    pub year: i32,
    /// The logical date.
    pub date: Day,
}

/// The cases of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRegister {
    /// One entry a record, in the records' order.
    pub entries: Vec<Entry>,
    /// All settled ones by number, those of earlier lists among them.
    pub settled: Vec<Settled>,
}

/// Gives every record its case. `outcomes` tells how the cases ended that are not on the list any more.
pub fn register(
    list: List<'_>,
    records: &[(&Record, CaseTraits<'_>)],
    past: &Past,
    outcomes: impl FnOnce(&[&Case]) -> Vec<DuplicateOutcome>,
) -> CaseRegister {
    let traits: Vec<CaseTraits<'_>> = records.iter().map(|(_, known)| known.clone()).collect();
    let mut entries: Vec<Option<Entry>> = vec![None; records.len()];
    let mut settled = Vec::new();
    if let Some(base) = &past.base {
        settled.clone_from(&base.settled);
        let found = matched(&traits_of(&base.open), &traits);
        for (entry, place) in entries.iter_mut().zip(&found) {
            *entry = place.map(|place| {
                let Case { number, first_seen, reopened_from, .. } = base.open[place];
                Entry { number, first_seen, reopened_from }
            });
        }
        let still_open: BTreeSet<usize> = found.into_iter().flatten().collect();
        let gone: Vec<&Case> = (0..base.open.len()).filter(|place| !still_open.contains(place)).map(|place| &base.open[place]).collect();
        settled.extend(gone.iter().zip(outcomes(&gone)).map(|(case, outcome)| Settled {
            case: (*case).clone(),
            last_seen: base.date,
            settled_on: list.date,
            outcome,
        }));
    }
    let mut taken: BTreeSet<CaseNumber> = entries.iter().flatten().map(|entry| entry.number).collect();
    taken.extend(settled.iter().map(|settled| settled.case.number));

    let earlier = earlier_numbers(&settled, &traits);
    let entry = |number, place: usize| Entry { number, first_seen: list.date, reopened_from: earlier[place] };
    for other in past.others.iter().filter(|other| other.date >= list.date) {
        let open: Vec<usize> = (0..records.len()).filter(|&place| entries[place].is_none()).collect();
        let wanted: Vec<CaseTraits<'_>> = open.iter().map(|&place| traits[place].clone()).collect();
        for (place, found) in open.into_iter().zip(matched(&traits_of(&other.open), &wanted)) {
            let number = found.map(|found| other.open[found].number).filter(|&number| taken.insert(number));
            entries[place] = number.map(|number| entry(number, place));
        }
    }
    taken.extend(past.others.iter().flat_map(|other| &other.open).map(|case| case.number));
    let mut last = taken.iter().filter(|number| number.year == list.year).map(|number| number.count).max().unwrap_or(0);
    for place in order_of_numbering(&list, records) {
        if entries[place].is_none() {
            last += 1;
            entries[place] = Some(entry(CaseNumber { year: list.year, count: last }, place));
        }
    }
    settled.sort_by_key(|settled| settled.case.number);
    CaseRegister { entries: entries.into_iter().flatten().collect(), settled }
}

fn traits_of(cases: &[Case]) -> Vec<CaseTraits<'_>> {
    cases.iter().map(|case| CaseTraits::of(&case.record, vec![case.who.clone()])).collect()
}

/// For each record the number under which it was settled last.
fn earlier_numbers(settled: &[Settled], records: &[CaseTraits<'_>]) -> Vec<Option<CaseNumber>> {
    // Of cases that are the same record the first one given is taken.
    let mut latest: Vec<&Case> = settled.iter().map(|settled| &settled.case).collect();
    latest.sort_by_key(|case| Reverse(case.number));
    let cases: Vec<CaseTraits<'_>> = latest.iter().map(|case| CaseTraits::of(&case.record, vec![case.who.clone()])).collect();
    matched(&cases, records).into_iter().map(|place| place.map(|place| latest[place].number)).collect()
}

/// Persons by a hash of their number, so that neighbouring numbers of cases do not show who was born before whom; one
/// person's records by payment.
fn order_of_numbering(list: &List<'_>, records: &[(&Record, CaseTraits<'_>)]) -> Vec<usize> {
    let shuffled = |certno: &str| -> [u8; 32] {
        let text = format!("{}\u{1f}{}\u{1f}{certno}", list.region, list.year);
        Sha256::digest(text.as_bytes()).into()
    };
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_cached_key(|&place| {
        let r = records[place].0;
        let record = (r.paid_at.is_none(), r.paid_at, r.psn_no.clone(), r.insutype.clone(), r.area.clone(), r.months.first, r.months.last);
        (shuffled(&r.certno), record, r.personal)
    });
    order
}

#[cfg(test)]
mod tests;
