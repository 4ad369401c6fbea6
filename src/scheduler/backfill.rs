//! Working through a span of the past: every occurrence that has no successful run, oldest first.
//!
//! It can be broken off at any moment and begun again: what succeeded is passed over, and a run that was begun goes on.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::ledger::{Cause, Ledger, LedgerError, Occurrence, OccurrenceState, logical_time};
use super::serve::mark_crashed;
use super::stop::Stop;
use super::worker_processes::WorkerProcesses;
use crate::logging::LogFormat;
use crate::pipeline::{Pipeline, RunConfig};
use canbao_rules::period::Day;
use canbao_runtime::clock::Clock;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// How often it looks how its runs do.
const LOOK: Duration = Duration::from_millis(100);
/// How long runs may go on once it is asked to end.
const GRACE: Duration = Duration::ZERO;

/// A span to work through.
pub struct Backfill<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The first logical date.
    pub from: Day,
    /// The last logical date.
    pub to: Day,
    /// How many runs may be under way together.
    pub at_once: usize,
    /// The state folder.
    pub state: PathBuf,
    /// What the command line says.
    pub config: RunConfig,
    /// For the runs' processes.
    pub log_format: LogFormat,
}

/// One occurrence of the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When it was due.
    pub logical_time: String,
    /// What it is about.
    pub date: Day,
}

/// What became of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The occurrence.
    pub item: Item,
    /// What has become of it; `None` where it had succeeded before.
    pub state: Option<OccurrenceState>,
    /// Its run.
    pub run: Option<String>,
    /// Why it did not succeed.
    pub error: Option<String>,
}

/// Why a span cannot be worked through.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The pipeline has no schedule.
    #[error("pipeline `{0}` has no `schedule`, so it has no occurrences to make up for")]
    NoSchedule(String),
    /// The span ends before it begins.
    #[error("the span from {from} to {to} ends before it begins")]
    Backwards {
        /// Its beginning.
        from: Day,
        /// Its end.
        to: Day,
    },
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A process cannot be started.
    #[error("cannot start a run's process")]
    Start(#[source] std::io::Error),
}

impl Diagnostic for BackfillError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::NoSchedule(_) | Self::Backwards { .. } => ErrorClass::Usage,
            Self::Ledger(error) => error.class(),
            Self::Start(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSchedule(pipeline) => Some(format!("`canbao run {pipeline} --date …` makes one date's")),
            Self::Backwards { .. } => None,
            Self::Ledger(error) => error.hint(),
            Self::Start(error) => error.hint(),
        }
    }
}

impl Backfill<'_> {
    /// The occurrences of the span that were due before `now`, oldest first.
    ///
    /// # Errors
    /// The pipeline has no schedule, or the span is none.
    pub fn items(&self, now: DateTime<Utc>) -> Result<Vec<Item>, BackfillError> {
        let Self { pipeline, from, to, .. } = *self;
        let schedule = pipeline.schedule.as_ref().ok_or_else(|| BackfillError::NoSchedule(pipeline.name.clone()))?;
        if to < from {
            return Err(BackfillError::Backwards { from, to });
        }
        // An occurrence is about its own day, or about the month before: look from the span's first day to the end of
        // the month after, with a day on each side for the zone.
        let begin = midnight(from.plus_days(-2));
        let end = midnight(to.month().plus(1).last_day().plus_days(2)).min(now);
        let due = schedule.occurrences(begin, end, pipeline.timezone);
        let items =
            due.map(|at| Item { logical_time: logical_time(at), date: schedule.logical_date(at.with_timezone(&pipeline.timezone)) });
        Ok(items.filter(|item| (from..=to).contains(&item.date)).collect())
    }

    /// Works through the span; `hear` is told of each occurrence as it ends.
    ///
    /// # Errors
    /// As [`Backfill::items`]; the ledger cannot be used, or no process can be started. That a run fails is no error.
    pub fn work(&self, clock: &Arc<dyn Clock>, stop: &Stop, mut hear: impl FnMut(&Done)) -> Result<Vec<Done>, BackfillError> {
        let mut ledger = Ledger::open(&self.state)?;
        let mut left = self.items(clock.now())?.into_iter();
        let mut processes = WorkerProcesses::new(self.state.clone(), self.config.clone(), self.log_format);
        let mut under_way: Vec<(Item, Occurrence)> = Vec::new();
        let mut done = Vec::new();
        loop {
            processes.reap();
            let mut still = Vec::new();
            for (item, occurrence) in under_way {
                if processes.has(occurrence.id) {
                    still.push((item, occurrence));
                    continue;
                }
                mark_crashed(&mut ledger, &self.state, occurrence.id, clock.as_ref(), clock.now(), |_| Some(self.pipeline))?;
                let now = ledger.occurrence_by_id(occurrence.id)?.unwrap_or(occurrence);
                match now.state {
                    // Another process has it, or it waits for its next try.
                    OccurrenceState::Running => still.push((item, now)),
                    OccurrenceState::Due | OccurrenceState::Waiting | OccurrenceState::Parked if stop.asked() == 0 => {
                        if now.due_at <= clock.now() {
                            processes.start(&now, self.pipeline.text()).map_err(BackfillError::Start)?;
                        }
                        still.push((item, now));
                    }
                    state => {
                        let run = ledger.last_run(now.id)?;
                        let error = run.as_ref().and_then(|run| run.error.clone());
                        let end = Done { item, state: Some(state), run: run.map(|run| run.id), error };
                        hear(&end);
                        done.push(end);
                    }
                }
            }
            under_way = still;
            while stop.asked() == 0 && under_way.len() < self.at_once {
                let Some(item) = left.next() else { break };
                if ledger.has_success(&self.pipeline.name, &item.logical_time, item.date)? {
                    let end = Done { item, state: None, run: None, error: None };
                    hear(&end);
                    done.push(end);
                    continue;
                }
                let now = clock.now();
                let occurrence = ledger.ask_for(&self.pipeline.name, &item.logical_time, item.date, Cause::Backfill, now)?;
                if occurrence.state != OccurrenceState::Running {
                    processes.start(&occurrence, self.pipeline.text()).map_err(BackfillError::Start)?;
                }
                under_way.push((item, occurrence));
            }
            if under_way.is_empty() {
                return Ok(done);
            }
            if stop.asked() > 0 {
                processes.drain(GRACE, || true);
                return Ok(done);
            }
            thread::sleep(LOOK);
        }
    }
}

fn midnight(day: Day) -> DateTime<Utc> {
    let epoch = DateTime::<Utc>::UNIX_EPOCH.date_naive().and_time(NaiveTime::MIN).and_utc();
    epoch + TimeDelta::days(i64::from(day.epoch()))
}
