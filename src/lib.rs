//! canbao: scheduled pipelines for a county's medical-insurance enrollment.
//!
//! The way of a row: `extract → identity → population → rules → audit → statistics → publish`;
//! `pipeline` moves it, `cli` shows it. Start with `ARCHITECTURE.md`.

pub mod audit;
pub mod cleanup;
pub mod cli;
pub mod clock;
pub mod explain;
pub mod extract;
pub mod identity;
pub mod money;
pub mod period;
pub mod pipeline;
pub mod policy;
pub mod population;
pub mod publish;
pub mod rules;
pub mod sample;
mod spelling;
pub mod statistics;
