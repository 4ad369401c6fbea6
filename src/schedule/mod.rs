//! When pipelines wake: cron patterns in a timezone, what of them is due, and spans of time as people write them.
//!
//! # Invariants
//! - Nothing here asks what time it is, and nothing remembers: the same arguments give the same answer.
//! - A schedule's occurrences in a timezone are one strictly increasing sequence of instants. Every question about them
//!   is answered from that sequence, wherever in it one begins to ask.
//! - What is due is told in pieces of bounded size, however long nobody has asked.

mod cron;
mod due;
mod span;

pub use cron::Schedule;
pub use due::{AT_ONCE, Account, CatchUp, ON_TIME, Verdict, account, verdicts};
pub use span::Span;
