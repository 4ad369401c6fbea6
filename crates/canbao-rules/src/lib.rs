#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

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

/// The text of a small whole policy pack, of a county that does not exist (340399 was never assigned): to try the
/// library out, and to begin a pack of one's own.
pub const EXAMPLE_PACK: &str = include_str!("../examples/340399.toml");

#[cfg(test)]
mod testing;
