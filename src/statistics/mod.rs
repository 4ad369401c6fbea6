//! Counts over persons: how far each township is, what settlements come to, and which counts may be printed.

pub mod progress;
pub mod settlement;
pub mod suppression;
