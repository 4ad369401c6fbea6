//! Why a decision on a person was made: the recorded steps of the rules, and their words in either language.
//!
//! A [`Recorder`] is a [`Trace`](crate::rules::Trace) that records the steps of the rules while they decide; [`words`]
//! puts each step, parameter and rule into a sentence. Nothing is decided here, and nothing is worked out.

mod recorder;
pub mod words;

pub use recorder::{Decision, Recorder};
