//! Frames sorted by person key, and the walk over them, person by person.
//!
//! The relational part of the work: polars sorts and filters, [`bridge`] hands the columns to arrow without copying,
//! [`cohort`] joins all sources by walking them side by side.

pub mod bridge;
pub mod cohort;
mod order;

pub use cohort::{Cohort, PersonRows, Persons, Population, Sorted};
pub use order::{move_keys, sorted};
