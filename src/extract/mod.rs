//! (in work)
pub mod location;
