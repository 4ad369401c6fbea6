//! Reconciliation of what is registered with what arrived (RULES, "Reconciliation").

use crate::money::Yuan;
use crate::period::Day;
use crate::policy::{CategorySet, Policy};

use super::subsidy::personal_amount;
use super::validity::is_valid_here;
use super::{Payment, Record};

/// Whether registration and payment agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// They agree, and with what is owed.
    Matched,
    /// Registered, and nothing arrived.
    RegisteredUnpaid,
    /// Something arrived, and nobody is registered.
    PaidUnregistered,
    /// The amounts differ.
    AmountMismatch,
    /// More than one payment arrived.
    PaidTwice,
}

impl Status {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::RegisteredUnpaid => "registered_unpaid",
            Self::PaidUnregistered => "paid_unregistered",
            Self::AmountMismatch => "amount_mismatch",
            Self::PaidTwice => "paid_twice",
        }
    }
}

/// What was counted for one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Valid resident records here.
    pub records: u32,
    /// What they say was paid (`registered_amt`).
    pub registered: Yuan,
    /// Successful payments for the year, up to the logical date.
    pub payments: u32,
    /// What they bring (`paid_amt`).
    pub paid: Yuan,
}

impl Ledger {
    /// Counts one person's records and payments; what is not valid, not here, of another year, given back
    /// or later than the logical date does not count.
    pub fn count(records: &[Record<'_>], payments: &[Payment], policy: &Policy, on: Day) -> Self {
        let mut ledger = Self::default();
        for record in records.iter().filter(|r| is_valid_here(r, policy, on)) {
            ledger.register(record.personal_or_zero());
        }
        for payment in payments.iter().filter(|p| counts(p, policy, on)) {
            ledger.pay(payment.amount);
        }
        ledger
    }

    /// One more valid resident record here.
    pub fn register(&mut self, personal: Yuan) {
        self.records += 1;
        self.registered += personal;
    }

    /// One more payment that [`counts`].
    pub fn pay(&mut self, amount: Yuan) {
        self.payments += 1;
        self.paid += amount;
    }
}

/// Whether a payment counts: it succeeded, for the policy's year, and not after the logical date.
pub fn counts(payment: &Payment, policy: &Policy, on: Day) -> bool {
    payment.succeeded && payment.year == policy.year.0 && payment.paid_at.day() <= on
}

/// One row of `reconciliation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconciliation {
    /// `registered_amt`.
    pub registered: Yuan,
    /// `paid_amt`.
    pub paid: Yuan,
    /// `expected_amt`: the personal amount after the subsidy of the categories in force on the logical
    /// date, for the dead as for the living.
    pub expected: Yuan,
    /// `status`.
    pub status: Status,
}

/// Compares; `None` where there is neither a record nor a payment.
pub fn reconcile(ledger: &Ledger, categories: CategorySet, policy: &Policy) -> Option<Reconciliation> {
    let Ledger { records, registered, payments, paid } = *ledger;
    let expected = personal_amount(categories, policy);
    let status = match (records, payments) {
        (0, 0) => return None,
        (_, 2..) => Status::PaidTwice,
        (1.., 0) if registered > Yuan::ZERO || expected > Yuan::ZERO => Status::RegisteredUnpaid,
        (0, _) => Status::PaidUnregistered,
        _ if registered != paid || paid != expected => Status::AmountMismatch,
        _ => Status::Matched,
    };
    Some(Reconciliation { registered, paid, expected, status })
}
