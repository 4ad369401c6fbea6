//! The weekly clean-up of duplicate enrollment: from the audit's findings to the lists that clerks work through.
//!
//! A **case** is one record that the audit proposes to pause, or that somebody has to confirm. It has a number that
//! stays with the record from list to list ([`case_matching`] says what the same record is, [`case_register`] how numbers are
//! given), the day on which it was first seen, and once it is gone a line that says how it ended.
//!
//! Read are the audit's snapshot and the lists of this very pipeline for the same region and benefit year; written are
//! `cleanup_worklist`, `cleanup_settled` and a workbook for each township and for the region ([`workbook`]).
//!
//! # Invariants
//! - The same snapshots give the same bytes, workbooks included: neither a clock nor the run's own name goes in.
//! - A number means one record for ever. It says nothing of the person.
//! - Every record to pause or to confirm is on the list once; what was on the last list is on this one or settled.
//! - A workbook shows what the datasets show, with persons as these have them.

mod audit;
mod case;
mod case_matching;
mod case_register;
mod cells;
mod error;
mod keys;
mod messages;
mod operator;
mod past;
mod tables;
#[cfg(test)]
mod testing;
mod workbook;

use std::collections::{BTreeSet, HashMap};

use arrow_array::RecordBatch;

use audit::{Judged, Persons as Seen, Places};
pub use case::{BadCaseNumber, CaseNumber};
use case::{Case, Home, Record, Who};
use case_matching::{CaseTraits, matched};
use case_register::{CaseRegister, Past};
pub use error::CleanupError;
use keys::Keys;
pub use operator::{DuplicateCleanupOperator, OPERATOR};
use tables::Open;

use canbao_publish::{Document, PersonIdSettings, Snapshot};
use canbao_rules::period::Day;
use canbao_rules::policy::{Policy, Region};
use canbao_rules::rules::{DuplicateAction, DuplicateOutcome};

/// The role of the audit's snapshot.
pub const AUDIT: &str = "enrollment-audit";
/// The role of the pipeline's own lists.
pub const LISTS: &str = "duplicate-cleanup";
/// A case that is older than so many days has been open for long.
pub const LONG_OPEN_DAYS: i32 = 30;

/// What a clean-up is made of.
pub struct CleanupInput<'a> {
    /// The audit.
    pub audit: &'a Snapshot,
    /// The newest list of an earlier date.
    pub last: Option<&'a Snapshot>,
    /// All other lists of the region and year, oldest first.
    pub others: &'a [Snapshot],
    /// Whose it is.
    pub region: &'a Region,
    /// The policy of the year, where the pack has it: its figures go into the words.
    pub policy: Option<&'a Policy>,
    /// The logical date.
    pub date: Day,
    /// How persons are shown.
    pub persons: &'a PersonIdSettings,
}

/// What a clean-up gives.
#[derive(Debug)]
pub struct Cleanup {
    /// `cleanup_worklist`, persons not yet masked.
    pub worklist: RecordBatch,
    /// `cleanup_settled`, persons not yet masked.
    pub settled: RecordBatch,
    /// The workbooks, persons masked.
    pub documents: Vec<Document>,
    /// What a report tells.
    pub counts: Counts,
}

/// How many cases there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// On the list.
    pub open: u64,
    /// On the list for the first time.
    pub new: u64,
    /// On the list for more than [`LONG_OPEN_DAYS`].
    pub long_open: u64,
    /// Gone since the last list.
    pub settled: u64,
}

/// Makes the lists of a date.
///
/// # Errors
/// A snapshot lacks what is needed or cannot be read; the audit's persons are not plain; the last list was published
/// under another key; a workbook cannot hold the list.
pub fn duplicate_cleanup(input: &CleanupInput<'_>) -> Result<Cleanup, CleanupError> {
    let keys = Keys::open(input.persons)?;
    let all = audit::judged(input.audit)?;
    let past = past::read(input.last, input.others, &keys)?;
    let last: &[Case] = past.base.as_ref().map_or(&[], |base| &base.open);
    let places = Places::of(input.audit, input.region)?;
    let seen = Seen::look(input.audit, &all, last, &places, &keys)?;

    let (kept, listed): (Vec<&Judged>, Vec<&Judged>) = all.iter().partition(|judged| judged.record.action == DuplicateAction::Keep);
    let register = made_docket(input, &listed, &kept, &past, &keys, |case| seen.outcome(case, input.region));
    let groups = groups(&all);
    let plain = |record: &Record| Who::Plain { person: record.certno.clone(), psn_no: record.psn_no.clone() };
    let homes: Vec<Home> = listed.iter().map(|judged| seen.home(&judged.record.certno)).collect();
    let steady = input.policy.map(|policy| policy.employee_months);
    let mut rows: Vec<Open<'_>> = Vec::with_capacity(listed.len());
    for (place, judged) in listed.iter().enumerate() {
        let colliding = colliding(&judged.record, &groups);
        let receiving_area = receiving_area(&colliding);
        rows.push(Open {
            entry: register.entries[place],
            who: plain(&judged.record),
            judged,
            home: &homes[place],
            collides_with: messages::collisions(&colliding.iter().map(|other| messages::record(other)).collect::<Vec<_>>()),
            reason_text: messages::reason(&judged.record, steady),
            receiving_area,
        });
    }
    rows.sort_by_key(|row| (row.home.township.is_none(), row.home.township.clone()));
    let worklist = tables::worklist(&rows, input.date, &keys)?;
    let settled = tables::settled(&register.settled, &keys)?;
    let counts = counts(input.date, &register);
    let documents = workbook::workbooks(input, &places, &worklist, &settled)?;
    Ok(Cleanup { worklist, settled, documents, counts })
}

/// The register of the records on the list. What is gone from it may be among those that are kept now.
fn made_docket(
    input: &CleanupInput<'_>,
    listed: &[&Judged],
    kept: &[&Judged],
    past: &Past,
    keys: &Keys<'_>,
    of_others: impl Fn(&Case) -> DuplicateOutcome,
) -> CaseRegister {
    let records: Vec<(&Record, CaseTraits<'_>)> = listed.iter().map(|judged| (&judged.record, known(judged, keys))).collect();
    let year = input.audit.manifest().run.benefit_year.unwrap_or_else(|| input.date.year());
    let region = input.region.area.to_string();
    let list = case_register::List { region: &region, year, date: input.date };
    case_register::register(list, &records, past, |gone| {
        let now_kept: Vec<CaseTraits<'_>> = kept.iter().map(|judged| known(judged, keys)).collect();
        let cases: Vec<CaseTraits<'_>> = gone.iter().map(|case| CaseTraits::of(&case.record, vec![case.who.clone()])).collect();
        let found: BTreeSet<usize> = matched(&cases, &now_kept).into_iter().flatten().collect();
        let outcome = |(place, case): (usize, &&Case)| if found.contains(&place) { DuplicateOutcome::Kept } else { of_others(case) };
        gone.iter().enumerate().map(outcome).collect()
    })
}

fn known<'a>(judged: &'a Judged, keys: &Keys<'_>) -> CaseTraits<'a> {
    CaseTraits::of(&judged.record, keys.forms(&judged.record.certno, &judged.record.psn_no))
}

/// Each person's records, whatever is proposed for them.
fn groups(all: &[Judged]) -> HashMap<&str, Vec<&Record>> {
    let mut groups: HashMap<&str, Vec<&Record>> = HashMap::new();
    for judged in all {
        groups.entry(judged.record.certno.as_str()).or_default().push(&judged.record);
    }
    groups
}

/// The records that share a month with one: those that are kept, or all where none is.
fn colliding<'a>(record: &Record, groups: &HashMap<&str, Vec<&'a Record>>) -> Vec<&'a Record> {
    let group = groups.get(record.certno.as_str()).map_or(&[][..], Vec::as_slice);
    let shares = |other: &&&Record| !std::ptr::eq::<Record>(**other, record) && other.months.common(record.months).is_some();
    let all: Vec<&Record> = group.iter().filter(shares).copied().collect();
    let kept: Vec<&Record> = all.iter().filter(|other| other.action == DuplicateAction::Keep).copied().collect();
    if kept.is_empty() { all } else { kept }
}

/// The areas that keep a record which collides, joined by `;`.
fn receiving_area(colliding: &[&Record]) -> Option<String> {
    let kept = colliding.iter().filter(|other| other.action == DuplicateAction::Keep);
    let areas: BTreeSet<&str> = kept.map(|other| other.area.as_str()).collect();
    (!areas.is_empty()).then(|| areas.into_iter().collect::<Vec<_>>().join(";"))
}

fn counts(date: Day, register: &CaseRegister) -> Counts {
    let count = |fits: &dyn Fn(&case_register::Entry) -> bool| register.entries.iter().filter(|entry| fits(entry)).count() as u64;
    Counts {
        open: register.entries.len() as u64,
        new: count(&|entry| entry.first_seen == date),
        long_open: count(&|entry| date.epoch() - entry.first_seen.epoch() > LONG_OPEN_DAYS),
        settled: register.settled.iter().filter(|settled| settled.settled_on == date).count() as u64,
    }
}
