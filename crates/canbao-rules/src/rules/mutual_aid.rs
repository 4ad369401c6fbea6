//! Paying a relative's premium from a personal account (docs/rules.md, Family mutual aid).

use crate::period::Day;
use crate::policy::{Area, MutualAid, Parameter, Policy};

use super::codes::{MutualAidRefusal, Rule};
use super::facts::Row;
use super::trace::{Step, Trace};

/// One row of the extract `mutual_aid`, and whether the enrollment extract shows the two as employees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aid<'a> {
    /// Where it stands.
    pub row: Row,
    /// `relation`, as written.
    pub relation: &'a str,
    /// `payer_admdvs`.
    pub payer_area: Area,
    /// `payee_admdvs`.
    pub payee_area: Area,
    /// Whether the payer has a valid employee record.
    pub payer_is_employee: bool,
    /// Whether the payee has one.
    pub payee_is_employee: bool,
    /// `clct_year`.
    pub year: i32,
    /// The day of `pay_time`.
    pub paid_on: Day,
}

/// The first test that the payment fails; `None` where it is valid.
pub fn refusal(aid: &Aid<'_>, terms: &MutualAid, policy: &Policy, trace: &mut impl Trace) -> Option<MutualAidRefusal> {
    trace.begin(Rule::MutualAid, Some(aid.row));
    trace.saw(aid.row);
    trace.used(Parameter::MutualAid);
    let refusal = first_failed(aid, terms, policy, trace);
    trace.conclude(|| Step::Aid { valid: refusal.is_none(), reason: refusal });
    refusal
}

fn first_failed(aid: &Aid<'_>, terms: &MutualAid, policy: &Policy, trace: &mut impl Trace) -> Option<MutualAidRefusal> {
    let Aid { payer_area, payee_area, year, paid_on: paid, .. } = *aid;
    if !trace.test(terms.relations.iter().any(|r| r == aid.relation), || Step::RelationListed { relation: aid.relation.to_owned() }) {
        return Some(MutualAidRefusal::Relation);
    }
    let within = trace.test(policy.region.covers(payer_area), || Step::PayerHere { payer_admdvs: payer_area })
        && trace.test(terms.admits(payee_area), || Step::PayeeInProvince { payee_admdvs: payee_area, province: terms.payee_prefix });
    if !within {
        return Some(MutualAidRefusal::OutOfProvince);
    }
    if !trace.test(aid.payer_is_employee, || Step::PayerEmployee {}) {
        return Some(MutualAidRefusal::PayerNotEmployee);
    }
    if !trace.test(!aid.payee_is_employee, || Step::PayeeNoEmployee {}) {
        return Some(MutualAidRefusal::PayeeIsEmployee);
    }
    if !trace.test(year == terms.year.0, || Step::AidYear { clct_year: year, year: terms.year }) {
        return Some(MutualAidRefusal::Year);
    }
    let (first, last) = (terms.window.first, terms.window.last);
    if !trace.test(first <= paid && paid <= last, || Step::AidWindow { paid, first, last }) {
        return Some(MutualAidRefusal::Window);
    }
    None
}
