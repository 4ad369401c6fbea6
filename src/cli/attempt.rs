//! The hidden command of a run's process: works on one occurrence of the ledger and says there what outcome of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use crate::logging::Logs;
use crate::operators::registry;
use crate::pipeline::{NoProgress, Status};
use crate::scheduler::{AttemptContext, AttemptOutcome, Initiator, Ledger, PlanSource, Stop, recorded_config, taken};
use canbao_runtime::clock::Clock;

#[derive(Debug, Args)]
pub struct Options {
    /// The occurrence's number in the ledger
    occurrence: i64,
    #[arg(long)]
    state: PathBuf,
    /// What stands in for what the pipeline's file says, as JSON
    #[arg(long)]
    config: String,
}

/// There is no such occurrence.
#[derive(Debug, thiserror::Error)]
#[error("the ledger has no occurrence {0}")]
struct NoOccurrence(i64);

pub fn attempt(options: &Options, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    let stop = Stop::listen()?;
    let ledger = Ledger::open(&options.state).map_err(|error| Failure::of(&error))?;
    let found = ledger.occurrence_by_id(options.occurrence).map_err(|error| Failure::of(&error))?;
    let occurrence = found.ok_or_else(|| Failure::failed(&NoOccurrence(options.occurrence)))?;
    drop(ledger);
    // The pipeline's file as the scheduler has it. If that died amid handing it over, the next one begins anew.
    let handed = io::read_to_string(io::stdin()).unwrap_or_default();
    let Some(text) = taken(&handed).map(str::to_owned) else { return Ok(ExitCode::SUCCESS) };
    let config = recorded_config(&options.config).map_err(|error| Failure::configuration(&error))?;
    let context = AttemptContext {
        state: options.state.clone(),
        clock,
        logs: logs.clone(),
        stop,
        initiator: Initiator::Scheduler,
        operators: registry(),
    };
    match context.attempt(&occurrence, &config, PlanSource::Text(text), &NoProgress).map_err(|error| Failure::of(&error))? {
        AttemptOutcome::Completed(report) if report.status == Status::Held => Ok(ExitCode::from(super::run::HELD)),
        AttemptOutcome::Completed(_) | AttemptOutcome::Superseded => Ok(ExitCode::SUCCESS),
        AttemptOutcome::Failed(error) => Err(error.into()),
    }
}
