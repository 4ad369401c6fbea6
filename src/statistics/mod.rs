//! Counts over persons: how far each township is, and what settlements come to.

pub mod progress;
pub mod settlement;
