//! Duplicate enrollment (RULES, "Duplicates"; 医保发〔2020〕33号). The program proposes, a person decides.
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
use crate::policy::Policy;

use super::validity::{is_valid, is_valid_here};
use super::{Record, Residence, Scheme, Schooling, Survival};

/// What is wrong with the whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Both schemes.
    CrossScheme,
    /// Employee records of several areas.
    CrossRegionEmployee,
    /// Resident records of several areas.
    CrossRegionResident,
    /// One scheme, one area.
    DoublePayment,
    /// No duplicate: the person died before the year began.
    Deceased,
}

impl Kind {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrossScheme => "cross_scheme",
            Self::CrossRegionEmployee => "cross_region_employee",
            Self::CrossRegionResident => "cross_region_resident",
            Self::DoublePayment => "double_payment",
            Self::Deceased => "deceased",
        }
    }
}

/// What is proposed for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It stands.
    Keep,
    /// It should be paused.
    Pause,
    /// A person has to find out.
    Confirm,
}

impl Action {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Pause => "pause",
            Self::Confirm => "confirm",
        }
    }
}

/// The rule that judged a record last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Across schemes: employed for long enough without a gap.
    Employee12Months,
    /// Across schemes: not.
    FlexibleEmployment,
    /// Employees in several areas.
    LatestEmployment,
    /// Residents in several areas: at school in one.
    SchoolPlace,
    /// Residents in several areas: at home in one.
    ResidencePlace,
    /// Residents in several areas: neither.
    PlaceUnknown,
    /// One scheme, one area.
    FirstPayment,
    /// Died before the year began.
    DeathBeforeCover,
}

impl Reason {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employee12Months => "employee_12_months",
            Self::FlexibleEmployment => "flexible_employment",
            Self::LatestEmployment => "latest_employment",
            Self::SchoolPlace => "school_place",
            Self::ResidencePlace => "residence_place",
            Self::PlaceUnknown => "place_unknown",
            Self::FirstPayment => "first_payment",
            Self::DeathBeforeCover => "death_before_cover",
        }
    }
}

/// One row of `duplicate_enrollment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The record's place in the slice that was given.
    pub record: usize,
    /// What is wrong with the whole group.
    pub kind: Kind,
    /// What is proposed for this record.
    pub action: Action,
    /// The last rule that judged it.
    pub reason: Reason,
    /// First and last month shared with any other record of the group, not cut to the year; `None` for a
    /// record of the deceased that is no duplicate.
    pub overlap: Option<MonthSpan>,
    /// What is to be given back; nothing for all but paused resident records.
    pub refund: Yuan,
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
) -> Vec<Finding> {
    let before_year = on < policy.year.first_day();
    let dead = residence.is_some_and(|r| r.survival == Survival::Dead);
    let given_back_to_heirs = dead && before_year && policy.refund.death_before_cover;
    let is_valid = |r: &&Record<'_>| is_valid(r, policy, on);
    if !given_back_to_heirs && records.iter().filter(is_valid).nth(1).is_none() {
        return Vec::new();
    }
    let valid: Vec<usize> = (0..records.len()).filter(|&i| is_valid(&&records[i])).collect();
    let overlaps: Vec<Option<MonthSpan>> = valid.iter().map(|&i| overlap(i, &valid, records)).collect();
    let group: Vec<usize> = valid.iter().zip(&overlaps).filter(|(_, shared)| shared.is_some()).map(|(&i, _)| i).collect();
    let kind = kind(&group, records);
    let verdicts = judge::verdicts(&group, &judge::Case { records, residence, schooling, policy, on });

    let mut findings = Vec::with_capacity(group.len());
    for (&record, &overlap) in valid.iter().zip(&overlaps) {
        let facts = &records[record];
        let (kind, action, reason) = match verdicts[record] {
            _ if given_back_to_heirs && is_valid_here(facts, policy, on) => (Kind::Deceased, Action::Pause, Reason::DeathBeforeCover),
            Some((action, reason)) => (kind, action, reason),
            None => continue,
        };
        let is_given_back = action == Action::Pause
            && facts.scheme == Scheme::Resident
            && before_year
            && (kind == Kind::Deceased || policy.refund.before_year);
        let refund = if is_given_back { facts.personal_or_zero() } else { Yuan::ZERO };
        findings.push(Finding { record, kind, action, reason, overlap, refund });
    }
    findings
}

/// The first and last month that a record shares with any other.
fn overlap(record: usize, all: &[usize], records: &[Record<'_>]) -> Option<MonthSpan> {
    let shared = all.iter().filter(|&&other| other != record).filter_map(|&other| records[record].months.common(records[other].months));
    shared.reduce(|a, b| MonthSpan { first: a.first.min(b.first), last: a.last.max(b.last) })
}

/// What is wrong with the whole group.
fn kind(group: &[usize], records: &[Record<'_>]) -> Kind {
    let has = |scheme| group.iter().any(|&i| records[i].scheme == scheme);
    let one_area = group.windows(2).all(|pair| records[pair[0]].area == records[pair[1]].area);
    match (has(Scheme::Employee), has(Scheme::Resident)) {
        (true, true) => Kind::CrossScheme,
        (true, false) if !one_area => Kind::CrossRegionEmployee,
        (false, true) if !one_area => Kind::CrossRegionResident,
        _ => Kind::DoublePayment,
    }
}
