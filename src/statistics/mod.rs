//! Counts over persons: how far each township is, and which counts may be printed.

pub mod progress;
pub mod suppression;
