//! The built-in operators, one folder each.

pub mod duplicate_cleanup;
pub mod enrollment_audit;
pub mod monthly_bulletin;
pub mod settlement_statistics;
