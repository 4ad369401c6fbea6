//! Watch over an attempt while it works, from a thread beside it.
//!
//! The watch says that the attempt is alive, writes down its stages, and ends it where a stage takes too long, somebody
//! cancels it, or the program is asked to end. Work that has begun cannot be interrupted from within, so ending it ends
//! the process: the ledger is written first, and whatever the work leaves behind is swept by those who come after.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::attempt_context::{AttemptContext, AttemptError, Initiator};
use super::event_context::EventContext;
use super::ledger::{End, Ended, Ledger, LedgerError, RunState, StageState, Ticket};
use super::retry::retry_at;
use crate::pipeline::{Plan, Progress, RunError, RunReport};
use canbao_runtime::clock::Clock;

/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(100);
/// How often an attempt says that it is alive, and looks whether it is cancelled.
const BEAT: Duration = Duration::from_secs(1);

/// The exit status of a process whose attempt was ended by its watch.
pub const ENDED: i32 = 1;

/// Does `work` under watch, with a progress that the ledger hears too.
///
/// # Errors
/// The ledger cannot be opened.
pub(super) fn watched(
    context: &AttemptContext,
    about: &EventContext<'_>,
    plan: &Plan,
    progress: &dyn Progress,
    work: impl FnOnce(&dyn Progress) -> Result<RunReport, RunError>,
) -> Result<Result<RunReport, RunError>, AttemptError> {
    let stage = Mutex::new(None);
    let watch = AttemptWatch { context, about, plan, stage: &stage, ledger: Ledger::open(&context.state)? };
    let recorded = RecordedProgress {
        ledger: Mutex::new(Ledger::open(&context.state)?),
        ticket: about.ticket,
        clock: context.clock.as_ref(),
        stage: &stage,
        inner: progress,
    };
    Ok(thread::scope(|scope| {
        // Dropped at the end of the work, whatever the end is.
        let (_working, works) = mpsc::channel::<()>();
        scope.spawn(move || watch.keep(&works));
        work(&recorded)
    }))
}

/// The stage under way, and since when.
type Stage = Mutex<Option<(String, Instant)>>;

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

struct AttemptWatch<'a> {
    context: &'a AttemptContext,
    about: &'a EventContext<'a>,
    plan: &'a Plan,
    stage: &'a Stage,
    ledger: Ledger,
}

impl AttemptWatch<'_> {
    fn keep(mut self, works: &Receiver<()>) {
        let mut beat = Instant::now();
        while works.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            let mut cancelled = false;
            if beat.elapsed() >= BEAT {
                beat = Instant::now();
                match self.ledger.beat(self.about.ticket, self.context.clock.now()) {
                    Ok(wanted) => cancelled = wanted,
                    // The lock tells that the run is alive; the ledger is written again at the end of the stage.
                    Err(error) => tracing::warn!("cannot say that the run is alive: {error}"),
                }
            }
            let end = if cancelled {
                Some(self.stopped(RunState::Cancelled, "cancelled"))
            } else if self.context.stop.asked() > 0 {
                Some(match self.context.initiator {
                    Initiator::Scheduler => self.stopped(RunState::Parked, "stopped with the program; it goes on at the next start"),
                    Initiator::User => self.stopped(RunState::Cancelled, "interrupted"),
                })
            } else {
                self.overdue()
            };
            if let Some(end) = end {
                self.finish(&end);
            }
        }
    }

    fn stopped(&self, state: RunState, why: &str) -> End {
        let stage = lock(self.stage).as_ref().map(|(stage, _)| stage.clone());
        End { stage, error: Some(why.to_owned()), ..End::of(state) }
    }

    /// The end of an attempt whose stage takes longer than it may.
    fn overdue(&self) -> Option<End> {
        let (stage, since) = lock(self.stage).clone()?;
        let limit = self.plan.pipeline.execution.timeouts.of(&stage)?;
        if since.elapsed() <= limit {
            return None;
        }
        let mut end = End {
            error: Some(format!("took longer than the {} s that the pipeline allows", limit.as_secs())),
            hint: Some("raise `stage_timeout`, or the stage's own in `[stage_timeouts]`, if it has to take that long".to_owned()),
            stage: Some(stage),
            ..End::of(RunState::TimedOut)
        };
        if self.context.initiator == Initiator::Scheduler {
            end.again = retry_at(&self.ledger, self.about, self.context.clock.now()).unwrap_or_default();
        }
        end.notices = self.about.failed(&end);
        Some(end)
    }

    /// Ends the process, unless the work was over first.
    fn finish(&mut self, end: &End) {
        match self.ledger.finish(self.about.ticket, end, self.context.clock.now()) {
            Ok(Ended::Written) => {
                let Ticket { run, .. } = self.about.ticket;
                let (state, error) = (end.state.as_str(), end.error.as_deref().unwrap_or_default());
                let stage = end.stage.as_deref().unwrap_or_default();
                tracing::warn!(run_id = run, state, stage, "attempt ended: {error}");
                if self.context.initiator == Initiator::User {
                    eprintln!("error: run {run} {state} at stage `{stage}`: {error}");
                }
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the work cannot be interrupted from within, and nothing of it counts any more"
                )]
                std::process::exit(ENDED);
            }
            Ok(Ended::Before) => {}
            Err(error) => tracing::warn!("cannot write down that the attempt ended, trying again: {error}"),
        }
    }
}

/// Tells the ledger of stages, and whoever shows them.
struct RecordedProgress<'a> {
    ledger: Mutex<Ledger>,
    ticket: &'a Ticket,
    clock: &'a dyn Clock,
    stage: &'a Stage,
    inner: &'a dyn Progress,
}

impl RecordedProgress<'_> {
    /// The times of stages are for people: a run does not fail for want of them.
    fn write(&self, work: impl FnOnce(&mut Ledger) -> Result<(), LedgerError>) {
        if let Err(error) = work(&mut lock(&self.ledger)) {
            tracing::warn!("cannot write down the stage: {error}");
        }
    }
}

impl Progress for RecordedProgress<'_> {
    fn stage_begins(&self, stage: &str) {
        *lock(self.stage) = Some((stage.to_owned(), Instant::now()));
        self.write(|ledger| ledger.stage_begins(self.ticket, stage, StageState::Running, self.clock.now()));
        self.inner.stage_begins(stage);
    }

    fn part_begins(&self, part: &str, total: u64) {
        self.inner.part_begins(part, total);
    }

    fn advance(&self, amount: u64) {
        self.inner.advance(amount);
    }

    fn stage_ends(&self, stage: &str, took: Duration) {
        *lock(self.stage) = None;
        self.write(|ledger| ledger.stage_ends(self.ticket, stage, StageState::Done, self.clock.now()));
        self.inner.stage_ends(stage, took);
    }

    fn stage_restored(&self, stage: &str) {
        self.write(|ledger| ledger.stage_begins(self.ticket, stage, StageState::Kept, self.clock.now()));
        self.inner.stage_restored(stage);
    }
}
