//! Frames sorted by person key, and the walk over them, person by person.
pub mod bridge;
