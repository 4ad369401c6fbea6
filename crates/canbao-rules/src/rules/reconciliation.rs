//! Reconciliation of what is registered with what arrived (docs/rules.md, Reconciliation).

use crate::money::Yuan;
use crate::period::Day;
use crate::policy::{CategorySet, Parameter, Policy};

use super::codes::{ReconciliationStatus, Rule};
use super::facts::{Payment, Record};
use super::subsidy::personal_amount;
use super::trace::{Step, Trace};
use super::validity::is_valid_here;

/// What was counted for one person.
#[derive(Debug, Clone, Copy, Default)]
struct Ledger {
    /// Valid resident records here.
    records: u32,
    /// What they say was paid (`registered_amt`).
    registered: Yuan,
    /// Successful payments for the year, up to the logical date.
    payments: u32,
    /// What they bring (`paid_amt`).
    paid: Yuan,
}

impl Ledger {
    /// Counts one person's records and payments; what is not valid, not here, of another year, given back
    /// or later than the logical date does not count.
    fn count(records: &[Record<'_>], payments: &[Payment], policy: &Policy, on: Day, trace: &mut impl Trace) -> Self {
        let mut ledger = Self::default();
        for record in records.iter().filter(|r| is_valid_here(r, policy, on)) {
            trace.saw(record.row);
            ledger.records += 1;
            ledger.registered += record.personal_or_zero();
        }
        for payment in payments.iter().filter(|p| counts(p, policy, on)) {
            trace.saw(payment.row);
            ledger.payments += 1;
            ledger.paid += payment.amount;
        }
        ledger
    }
}

/// Whether a payment counts: it succeeded, for the policy's year, and not after the logical date.
fn counts(payment: &Payment, policy: &Policy, on: Day) -> bool {
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
    pub status: ReconciliationStatus,
}

/// Compares what is registered with what arrived and what is owed; `None` where there is neither a record nor a
/// payment.
pub fn reconcile(
    records: &[Record<'_>],
    payments: &[Payment],
    categories: CategorySet,
    policy: &Policy,
    on: Day,
    trace: &mut impl Trace,
) -> Option<Reconciliation> {
    trace.begin(Rule::Reconciliation, None);
    let ledger = Ledger::count(records, payments, policy, on, trace);
    let Ledger { records, registered, payments, paid } = ledger;
    trace.value(|| Step::Registered { records, registered_amt: registered });
    trace.value(|| Step::Received { payments, paid_amt: paid });
    if (records, payments) == (0, 0) {
        return None;
    }
    trace.used(Parameter::PremiumPersonal);
    let expected = personal_amount(categories, policy);
    trace.value(|| Step::Owed { expected_amt: expected });
    let status = status(&ledger, expected);
    trace.conclude(|| Step::Reconciled { registered_amt: registered, paid_amt: paid, expected_amt: expected, status });
    Some(Reconciliation { registered, paid, expected, status })
}

fn status(ledger: &Ledger, expected: Yuan) -> ReconciliationStatus {
    let Ledger { records, registered, payments, paid } = *ledger;
    match (records, payments) {
        (_, 2..) => ReconciliationStatus::PaidTwice,
        (1.., 0) if registered > Yuan::ZERO || expected > Yuan::ZERO => ReconciliationStatus::RegisteredUnpaid,
        (0, _) => ReconciliationStatus::PaidUnregistered,
        _ if registered != paid || paid != expected => ReconciliationStatus::AmountMismatch,
        _ => ReconciliationStatus::Matched,
    }
}
