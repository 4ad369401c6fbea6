//! Policy packs: a region's dated parameters, from their TOML form to the [`Policy`] of one benefit year.
//!
//! A pack holds every figure, date and list by which regions differ; the code of `rules/` holds only
//! the shape of a rule. Each value of a pack carries its unit, the day from which it holds and the
//! document it comes from, and is marked where it is an interpretation (`reading = true`).
//!
//! Invariants:
//! - The wire form (`wire`, serde with `deny_unknown_fields`) never leaves this module.
//! - A [`Pack`] that exists has been checked for every benefit year that it knows: no gap, no overlap,
//!   no subsidy above the premium, no two rules without an order. What is wrong is found while
//!   loading, all of it at once, with file, line and column ([`Fault`]). `form` reads table by table,
//!   `resolve` then looks at more than one value.
//! - A value is in force for benefit year Y when it is in force on Y-01-01; what holds without a benefit year
//!   ([`SettlementTerms`]), on the logical date itself.
//! - This module knows no engine, no extract and no person.

mod area;
mod category;
mod check;
mod city;
mod error;
mod fault;
mod form;
mod listing;
mod pack;
mod packs;
mod parameter;
mod provision;
mod remark;
mod resolve;
mod settlement;
mod terms;
mod unit;
mod wire;

#[cfg(test)]
mod tests;

pub use area::{Area, Region};
pub use category::{Categories, Category, CategorySet};
pub use city::Cities;
pub use error::{PolicyError, Position};
pub use fault::Fault;
pub use pack::{Document, Pack, Setting};
pub use packs::{Packs, text_of};
pub use parameter::Parameter;
pub use provision::Provision;
pub use remark::{Remark, Review, Severity};
pub use settlement::SettlementTerms;
pub use terms::{
    Arrears, CoverStart, GroupTest, Incentive, Labels, Leaving, MutualAid, Newborn, Payer, Policy, Premium, Refund, SpecialGroups,
    Subsidies, Subsidy, Waiting, Window,
};
pub use unit::Unit;
