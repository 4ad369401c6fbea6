//! Duplicate enrollment (docs/rules.md, Duplicates; 医保发〔2020〕33号). The program proposes, a person decides.
//!
//! A person's group is every valid record that shares a month with another valid record of the same
//! person, one group a person, however its months lie:
//!
//! 1. A set with both schemes is judged by `cross_scheme`, else one with several areas by
//!    `cross_region_…`, else by `double_payment`: which rule applies follows from the set alone, and
//!    gives the documents' order, because each rule leaves sets that only later rules fit.
//! 2. A rule either leaves the whole set to a person (`confirm`), or names the records to keep. Of the
//!    rest, only those that share a month with a kept one are paused: records without a common month are
//!    never set against each other.
//! 3. Of what was kept, the records that still share a month with another kept one are judged again; so
//!    are, among themselves, those neither kept nor paused. A record that overlaps nobody stays `keep`.
//!
//! Every record of a group is in the first set, so each has been judged at least once; its `reason` is
//! that of the last rule that judged it, also where it is kept only because nothing that rule kept
//! shares a month with it.
//!
//! Ties: earliest `clct_time` (none comes last), then `psn_no`, then the record's other columns. Two
//! records that agree in all of them are interchangeable, so the order of records never matters.

mod employment;
mod judge;

use crate::money::Yuan;
use crate::period::{Day, MonthSpan};
use crate::policy::{Parameter, Policy};

use super::codes::{DuplicateAction, DuplicateKind, DuplicateReason, Rule, Scheme, Survival};
use super::facts::{Record, Residence, Schooling};
use super::trace::{Step, Trace};
use super::validity::{is_valid, is_valid_here};

/// One row of `duplicate_enrollment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The record's index in the slice that was given.
    pub record: usize,
    /// What is wrong with the whole group.
    pub kind: DuplicateKind,
    /// What is proposed for this record.
    pub action: DuplicateAction,
    /// The last rule that judged it.
    pub reason: DuplicateReason,
    /// First and last month shared with any other record of the group, not cut to the year; `None` for a
    /// record of the deceased that is no duplicate.
    pub overlap: Option<MonthSpan>,
    /// What is to be given back; nothing for all but paused resident records.
    pub refund: Yuan,
}

impl Finding {
    fn step(&self, record: &Record<'_>) -> Step {
        Step::Finding {
            record: record.row,
            kind: self.kind,
            action: self.action,
            reason: self.reason,
            overlap_begn: self.overlap.map(|months| months.first),
            overlap_end: self.overlap.map(|months| months.last),
            refund_amt: self.refund,
        }
    }
}

/// Judges one person's records: all of them, of every year, since employee months count over the years.
///
/// Gives one finding for each record of the group, and for each resident record of the region that
/// belongs to someone who died before the year began; in the order of `records`. Allocates nothing for
/// the living with at most one valid record.
pub fn decide(
    records: &[Record<'_>],
    residence: Option<&Residence>,
    schooling: Option<&Schooling>,
    policy: &Policy,
    on: Day,
    trace: &mut impl Trace,
) -> Vec<Finding> {
    trace.begin(Rule::Duplicates, None);
    let given_back_to_heirs = is_given_back_to_heirs(residence, policy, on, trace);
    let is_valid = |r: &&Record<'_>| is_valid(r, policy, on);
    let count = records.iter().filter(is_valid).take(2).count();
    if count < 2 && !given_back_to_heirs {
        trace.value(|| Step::ValidRecords { count });
        trace.conclude(|| Step::NoDuplicate { duplicate: false });
        return Vec::new();
    }
    let valid: Vec<usize> = (0..records.len()).filter(|&i| is_valid(&&records[i])).collect();
    valid.iter().for_each(|&i| trace.saw(records[i].row));
    trace.value(|| Step::ValidRecords { count: valid.len() });
    let overlaps: Vec<Option<MonthSpan>> = valid.iter().map(|&i| overlap(i, &valid, records)).collect();
    let group: Vec<usize> = valid.iter().zip(&overlaps).filter(|(_, shared)| shared.is_some()).map(|(&i, _)| i).collect();
    let kind = kind(&group, records);
    if !group.is_empty() {
        trace.value(|| Step::Group { count: group.len(), kind });
    }
    let verdicts = judge::verdicts(&group, &judge::Case { records, residence, schooling, policy, on }, trace);

    let mut findings = Vec::with_capacity(group.len());
    for (&record, &overlap) in valid.iter().zip(&overlaps) {
        let facts = &records[record];
        let (kind, action, reason) = match verdicts[record] {
            _ if given_back_to_heirs && is_valid_here(facts, policy, on) => {
                (DuplicateKind::Deceased, DuplicateAction::Pause, DuplicateReason::DeathBeforeCover)
            }
            Some((action, reason)) => (kind, action, reason),
            None => continue,
        };
        let is_paused_resident = action == DuplicateAction::Pause && facts.scheme == Scheme::Resident;
        let refund = if is_paused_resident { refund(facts, kind, policy, on, trace) } else { Yuan::ZERO };
        let finding = Finding { record, kind, action, reason, overlap, refund };
        trace.conclude(|| finding.step(facts));
        findings.push(finding);
    }
    if findings.is_empty() {
        trace.conclude(|| Step::NoDuplicate { duplicate: false });
    }
    findings
}

/// Whether the person died before the year began, and the policy gives back what was paid for it.
fn is_given_back_to_heirs(residence: Option<&Residence>, policy: &Policy, on: Day, trace: &mut impl Trace) -> bool {
    let Some(dead) = residence.filter(|r| r.survival == Survival::Dead && policy.refund.death_before_cover) else { return false };
    trace.saw(dead.row);
    trace.used(Parameter::RefundDeath);
    let first = policy.year.first_day();
    trace.test(on < first, || Step::DiedBeforeYear { first, on })
}

/// What is given back of a paused resident record: its payment, while the year has not begun.
fn refund(record: &Record<'_>, kind: DuplicateKind, policy: &Policy, on: Day, trace: &mut impl Trace) -> Yuan {
    if policy.refund.before_year {
        trace.used(Parameter::RefundBeforeYear);
    }
    let given_back = on < policy.year.first_day() && (kind == DuplicateKind::Deceased || policy.refund.before_year);
    if given_back { record.personal_or_zero() } else { Yuan::ZERO }
}

/// The first and last month that a record shares with any other.
fn overlap(record: usize, all: &[usize], records: &[Record<'_>]) -> Option<MonthSpan> {
    let shared = all.iter().filter(|&&other| other != record).filter_map(|&other| records[record].months.common(records[other].months));
    shared.reduce(|a, b| MonthSpan { first: a.first.min(b.first), last: a.last.max(b.last) })
}

/// What is wrong with the whole group.
fn kind(group: &[usize], records: &[Record<'_>]) -> DuplicateKind {
    let has = |scheme| group.iter().any(|&i| records[i].scheme == scheme);
    let one_area = group.windows(2).all(|pair| records[pair[0]].area == records[pair[1]].area);
    match (has(Scheme::Employee), has(Scheme::Resident)) {
        (true, true) => DuplicateKind::CrossScheme,
        (true, false) if !one_area => DuplicateKind::CrossRegionEmployee,
        (false, true) if !one_area => DuplicateKind::CrossRegionResident,
        _ => DuplicateKind::DoublePayment,
    }
}
