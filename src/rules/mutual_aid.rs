//! Paying a relative's premium from a personal account (RULES, "Family mutual aid").

use crate::period::Day;
use crate::policy::{Area, MutualAid, Policy};

/// The first test that a payment fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Not one of the relations.
    Relation,
    /// The payer's area is not of the region, or the payee's not of the province.
    OutOfProvince,
    /// The payer has no valid employee record.
    PayerNotEmployee,
    /// The payee has one.
    PayeeIsEmployee,
    /// Paid for another year.
    Year,
    /// Paid outside the window.
    Window,
}

impl Refusal {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::OutOfProvince => "out_of_province",
            Self::PayerNotEmployee => "payer_not_employee",
            Self::PayeeIsEmployee => "payee_is_employee",
            Self::Year => "year",
            Self::Window => "window",
        }
    }
}

/// One row of the extract `mutual_aid`, and what the enrollment extract says of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aid<'a> {
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
pub fn refusal(aid: &Aid<'_>, terms: &MutualAid, policy: &Policy) -> Option<Refusal> {
    let tests = [
        (terms.relations.iter().any(|r| r == aid.relation), Refusal::Relation),
        (policy.region.covers(aid.payer_area) && terms.admits(aid.payee_area), Refusal::OutOfProvince),
        (aid.payer_is_employee, Refusal::PayerNotEmployee),
        (!aid.payee_is_employee, Refusal::PayeeIsEmployee),
        (aid.year == terms.year.0, Refusal::Year),
        (terms.window.first <= aid.paid_on && aid.paid_on <= terms.window.last, Refusal::Window),
    ];
    tests.into_iter().find(|(passes, _)| !passes).map(|(_, refusal)| refusal)
}
