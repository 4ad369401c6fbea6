//! canbao: scheduled pipelines for a county's medical-insurance enrollment.
//!
//! `ARCHITECTURE.md` says what each room holds and may know.

pub mod cli;
pub mod explain;
pub mod logging;
pub mod notify;
pub mod operators;
pub mod pipeline;
pub mod policies;
pub mod query;
pub mod schedule;
pub mod scheduler;
