//! Who is kept: the rules of each kind, and the order in which sets of records are judged.

use std::cmp::Reverse;

use crate::period::Day;
use crate::policy::{Area, Policy};

use super::super::codes::{DuplicateAction, DuplicateReason, Scheme};
use super::super::facts::{Record, Residence, Schooling};
use super::super::trace::{Step, Trace};
use super::employment::is_steady;

/// Everything that a judgement may look at.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub records: &'a [Record<'a>],
    pub residence: Option<&'a Residence>,
    pub schooling: Option<&'a Schooling>,
    pub policy: &'a Policy,
    pub on: Day,
}

/// What a rule decides about a set.
enum Ruling {
    /// A person has to find out.
    ConfirmAll(DuplicateReason),
    /// These stand, and pause what shares a month with them. Never the whole set.
    Keep(Vec<usize>, DuplicateReason),
}

/// The verdict on each record, by its index in `case.records`; `None` for those outside the group.
pub(super) fn verdicts(group: &[usize], case: &Case<'_>, trace: &mut impl Trace) -> Vec<Option<(DuplicateAction, DuplicateReason)>> {
    let mut verdicts = vec![None; case.records.len()];
    let mut open = vec![group.to_vec()];
    while let Some(records) = open.pop() {
        let set = overlapping(&records, case.records);
        if set.is_empty() {
            continue;
        }
        trace.value(|| Step::Judged { count: set.len() });
        match case.ruling(&set, trace) {
            Ruling::ConfirmAll(reason) => set.iter().for_each(|&i| verdicts[i] = Some((DuplicateAction::Confirm, reason))),
            Ruling::Keep(kept, reason) => {
                let mut others = Vec::new();
                for i in set {
                    let shares_a_month = |&k: &usize| case.records[k].months.common(case.records[i].months).is_some();
                    let action = match kept.contains(&i) {
                        false if kept.iter().any(shares_a_month) => DuplicateAction::Pause,
                        false => {
                            others.push(i);
                            DuplicateAction::Keep
                        }
                        true => DuplicateAction::Keep,
                    };
                    verdicts[i] = Some((action, reason));
                }
                open.extend([kept, others]);
            }
        }
    }
    verdicts
}

/// Those of the records that share a month with another of them: only these go on to a rule.
fn overlapping(indexes: &[usize], records: &[Record<'_>]) -> Vec<usize> {
    let meets = |i: usize, j: usize| i != j && records[i].months.common(records[j].months).is_some();
    indexes.iter().copied().filter(|&i| indexes.iter().any(|&j| meets(i, j))).collect()
}

impl Case<'_> {
    /// Applies the rule that fits the set, which has two or more records.
    fn ruling(&self, set: &[usize], trace: &mut impl Trace) -> Ruling {
        let employees: Vec<usize> = set.iter().copied().filter(|&i| self.records[i].scheme == Scheme::Employee).collect();
        let one_area = set.iter().all(|&i| self.records[i].area == self.records[set[0]].area);
        match (employees.len(), one_area) {
            (1.., _) if employees.len() < set.len() => self.across_schemes(employees, trace),
            (0, false) => self.residents_across_regions(set, trace),
            (_, false) => self.employees_across_regions(set, trace),
            (_, true) => {
                let first = self.first_paid(set);
                first.iter().for_each(|&i| trace.value(|| Step::PaidFirst { record: self.records[i].row }));
                Ruling::Keep(first.into_iter().collect(), DuplicateReason::FirstPayment)
            }
        }
    }

    /// cross_scheme: the employee records stand where employment has been steady.
    fn across_schemes(&self, employees: Vec<usize>, trace: &mut impl Trace) -> Ruling {
        if is_steady(self.records, self.policy, self.on, trace) {
            Ruling::Keep(employees, DuplicateReason::Employee12Months)
        } else {
            Ruling::ConfirmAll(DuplicateReason::FlexibleEmployment)
        }
    }

    /// cross_region_employee: the latest employment stands; one without a date is never the latest.
    fn employees_across_regions(&self, set: &[usize], trace: &mut impl Trace) -> Ruling {
        let employed_since = |&i: &usize| self.records[i].employed_since;
        let since = set.iter().map(employed_since).max().flatten();
        trace.value(|| Step::LatestEmployment { since });
        let fitting = set.iter().copied().filter(|i| employed_since(i) == since).collect();
        Ruling::Keep(self.of_one_area(fitting, trace), DuplicateReason::LatestEmployment)
    }

    /// cross_region_resident: the place of the school stands, else the place of residence.
    fn residents_across_regions(&self, set: &[usize], trace: &mut impl Trace) -> Ruling {
        if let Some(schooling) = self.schooling.filter(|s| s.in_force(self.on)) {
            let (place, fitting) = (schooling.school, self.serving(set, schooling.school));
            trace.saw(schooling.row);
            if trace.test(!fitting.is_empty(), || Step::AtPlaceOfSchool { place }) {
                return Ruling::Keep(self.of_one_area(fitting, trace), DuplicateReason::SchoolPlace);
            }
        }
        if let Some(residence) = self.residence {
            let (place, fitting) = (residence.area, self.serving(set, residence.area));
            trace.saw(residence.row);
            if trace.test(!fitting.is_empty(), || Step::AtPlaceOfResidence { place }) {
                return Ruling::Keep(self.of_one_area(fitting, trace), DuplicateReason::ResidencePlace);
            }
        }
        Ruling::ConfirmAll(DuplicateReason::PlaceUnknown)
    }

    /// The records of the place's area, or of its city's pool.
    fn serving(&self, set: &[usize], place: Area) -> Vec<usize> {
        set.iter().copied().filter(|&i| self.records[i].area.serves(place)).collect()
    }

    /// Of records that fit, those of the area with the earliest payment.
    fn of_one_area(&self, mut fitting: Vec<usize>, trace: &mut impl Trace) -> Vec<usize> {
        if let Some(area) = self.first_paid(&fitting).map(|i| self.records[i].area) {
            let before = fitting.len();
            fitting.retain(|&i| self.records[i].area == area);
            if fitting.len() < before {
                trace.value(|| Step::AreaPaidFirst { area });
            }
        }
        fitting
    }

    /// The record paid first; a total order over everything that a finding shows.
    fn first_paid(&self, set: &[usize]) -> Option<usize> {
        set.iter().copied().min_by_key(|&i| {
            let r = &self.records[i];
            (r.paid_at.is_none(), r.paid_at, r.psn_no, r.area, r.months.first, r.months.last, Reverse(r.employed_since), r.personal)
        })
    }
}
