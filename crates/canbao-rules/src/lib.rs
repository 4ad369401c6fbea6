//! The rules of China's basic medical insurance enrollment, as a library.
//!
//! Money, the calendar, identity numbers, policy packs, and the rules that decide about one person. No engine, no file, no
//! clock and no runtime: a rule takes data and a policy and returns a decision.

pub mod explanation;
pub mod identity;
mod language;
pub mod money;
mod percent;
pub mod period;
pub mod policy;
pub mod rules;
pub mod suggestion;
pub mod vocabulary;

pub use language::{Language, UnknownLanguage};
pub use percent::Percent;

#[cfg(test)]
mod testing;
