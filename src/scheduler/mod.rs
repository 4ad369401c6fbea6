//! The runner: what is due, what runs, and what became of it.
//!
//! The [`Ledger`] is the truth: an occurrence stands in it, once, before anything starts. [`serve()`] writes down what is
//! due and starts runs as processes of their own; a [`AttemptContext`] is where one such process, or `canbao run`, works on an
//! attempt; [`Backfill`] works through a span of the past.
//!
//! # Invariants
//! - A run begins in the ledger only while the process that works on it holds the lock of the run's folder. So a run that
//!   is under way there and whose folder is not locked is dead, and no clock has to be asked.
//! - Whatever a killed process leaves behind is found by what the ledger says and removed, or goes on.
//! - No work waits for a message to people.

pub mod arrivals;
mod attempt;
mod attempt_context;
mod backfill;
mod config_record;
mod cron_waker;
mod event_context;
mod file_watcher;
mod folder;
mod housekeeping;
mod ledger;
mod notifier;
mod pipeline_registry;
mod process_waker;
mod retry;
mod serve;
mod stop;
mod wake;
mod watch;
mod worker_processes;
mod worker_threads;

pub use attempt::{AttemptOutcome, PlanSource};
pub use attempt_context::{AttemptContext, AttemptError, Initiator};
pub use backfill::{Backfill, BackfillError, Done, Item};
pub use config_record::{BadRecord, recorded_config};
pub use cron_waker::{CronWaker, CronWakerError};
pub use ledger::{
    AttemptRow, Cause, Filter, Ledger, LedgerError, Occurrence, OccurrenceRow, OccurrenceState, RunRow, RunState, StageRow, StageState,
};
pub use process_waker::process_waker;
pub use serve::{Options as ServeOptions, ServeError, serve};
pub use stop::Stop;
pub use wake::{NoWaker, WakeSchedule, WakeSignal, Waker};
pub use worker_processes::{COMMAND as ATTEMPT, taken};

use crate::pipeline::Pipeline;
use canbao_runtime::clock::Clock;

/// Writes down that an occurrence's run has died, if it has.
///
/// # Errors
/// The ledger cannot be used.
pub fn mark_crashed(
    ledger: &mut Ledger,
    state: &std::path::Path,
    occurrence: i64,
    clock: &dyn Clock,
    pipeline: Option<&Pipeline>,
) -> Result<(), LedgerError> {
    serve::mark_crashed(ledger, state, occurrence, clock, clock.now(), |_| pipeline)
}

/// The name of this machine, as far as it tells it.
pub(crate) fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    named.map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}
