//! Counts over persons: how far each township is.

pub mod progress;
