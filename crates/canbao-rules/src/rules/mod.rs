//! The rules: pure functions from facts and a [`Policy`](crate::policy::Policy) to small decisions.
//!
//! One rule a file, named as in the documents. A rule knows no file, frame, engine or clock, and no
//! region: the shape of the rule is here, its figures are the policy's. Decisions are `Copy` and carry
//! their ground as an enum with `as_str()`, the word of the published datasets.
//!
//! Invariants:
//! - A decision depends on its arguments alone, and never on the order in which facts are given.
//! - `on` is always the logical date; a payment after it has not happened.
//! - A rule reports its steps to a [`Trace`], which has no influence on the decision (see [`trace`]).
//! - What one person's decision needs from the facts of others is not here: no rule looks at two persons.

pub mod benefit_period;
pub mod categories;
mod codes;
pub mod duplicates;
pub mod eligibility;
pub mod facts;
pub mod history;
pub mod incentive;
pub mod missed;
pub mod mutual_aid;
pub mod progress;
pub mod reconciliation;
pub mod settlement;
pub mod subsidy;
pub mod trace;
pub mod validity;
mod value;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod testing;

pub use codes::{
    BenefitBasis, Care, DuplicateAction, DuplicateKind, DuplicateOutcome, DuplicateReason, Ledger, MissedKind, MutualAidRefusal,
    ReconciliationStatus, Registration, RejectReason, Rule, Scheme, Scope, Source, StatisticsSpan, Survival,
};
pub use facts::{Claim, IdentitySpan, Payment, Record, Residence, Row, Schooling, UpliftUse};
pub use trace::{NoTrace, Trace};
