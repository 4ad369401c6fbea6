//! Why a person was decided on as they were: what the rules told, and its words in either language.
//!
//! A [`Recorder`] is a [`Trace`](crate::rules::Trace) that writes down what the rules tell while they decide; [`words`]
//! puts each step, parameter and rule into a sentence. Nothing is decided here, and nothing is worked out.

mod recorder;
pub mod words;

pub use recorder::{Decision, Recorder};
