//! canbao: scheduled pipelines for a county's medical-insurance enrollment.
//!
//! The way of a row: `extract → identity → population → rules → audit → statistics → publish →
//! bulletin`; `pipeline` moves it, `cli` shows it. Start with `ARCHITECTURE.md`.

pub mod audit;
pub mod bulletin;
pub mod cleanup;
pub mod cli;
pub mod clock;
mod crash;
pub mod explain;
pub mod extract;
mod hmac;
pub mod identity;
pub mod logging;
pub mod money;
pub mod notify;
mod passing;
pub mod period;
pub mod pipeline;
pub mod policy;
pub mod population;
pub mod publish;
pub mod rules;
pub mod runner;
pub mod sample;
pub mod schedule;
mod spelling;
mod spill;
pub mod statistics;
mod told;
