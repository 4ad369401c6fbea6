//! The scheduler: writes occurrences that are due into the ledger, starts runs, records how they end, and reclaims what dead
//! processes leave behind.
//!
//! It is one loop. Whatever it knows stands in the ledger, so it can be ended at any moment and begun again; the loop
//! itself only remembers which processes are its own. It looks when it is woken ([`super::wake`]), and every few seconds
//! without a wake, so that nothing depends on a timer.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::event_context::{self, EventContext};
use super::ledger::{Accounted, Cause, End, Known, Ledger, LedgerError, OccurrenceOutcome, RunState, make_private};
use super::pipeline_registry::PipelineRegistry;
use super::stop::Stop;
use super::wake::{WakeSchedule, Waker};
use super::worker_processes::WorkerProcesses;
use super::worker_threads::{ServedPipelines, WorkerThread};
use super::{file_watcher, folder, housekeeping, notifier};
use crate::logging::{LogFormat, Logs};
use crate::operators::OperatorRegistry;
use crate::pipeline::{OverlapPolicy, Pipeline, RunConfig};
use crate::schedule::{AT_ONCE, Schedule, Verdict, account};
use canbao_runtime::clock::Clock;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use canbao_runtime::error_report::error_text;

/// How long the loop waits for a wake before it looks without one.
const SLOW_LOOK: Duration = Duration::from_secs(2);
/// How long it waits while processes of its own are under way, whose end nobody tells it.
const PROCESS_LOOK: Duration = Duration::from_millis(100);
/// How often it looks at the pipelines' files.
const RELOAD: Duration = Duration::from_secs(2);
/// How often it looks for runs that died.
const RECLAIM: Duration = Duration::from_secs(2);
/// How long it waits at its end for what its threads are at.
const PATIENCE: Duration = Duration::from_secs(5);
/// The file by which one scheduler keeps another out.
const LOCK: &str = "serve.lock";

/// What the scheduler works with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The operators that pipelines may call.
    pub operators: OperatorRegistry,
    /// The state folder.
    pub state: PathBuf,
    /// What every run is given in place of what its pipeline's file says.
    pub config: RunConfig,
    /// How many runs may be under way together.
    pub at_once: usize,
    /// How long runs may go on once the program is asked to end.
    pub grace: Duration,
    /// For the runs' processes.
    pub log_format: LogFormat,
}

/// Why the scheduler does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another scheduler has the state folder.
    #[error("the state folder `{}` is in use by another `canbao serve`: {holder}", .state.display())]
    Taken {
        /// The folder.
        state: PathBuf,
        /// What the other one says of itself.
        holder: String,
    },
    /// The lock cannot be taken.
    #[error("cannot lock the state folder `{}`", .state.display())]
    Lock {
        /// The folder.
        state: PathBuf,
        /// The system's account.
        source: io::Error,
    },
    /// No signals, or no thread.
    #[error("cannot listen for signals or start a thread")]
    System(#[source] io::Error),
}

impl Diagnostic for ServeError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Taken { .. } => ErrorClass::Environment,
            Self::Lock { source, .. } | Self::System(source) => source.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(error) => error.hint(),
            Self::Taken { .. } => Some("stop that one, or name another folder with `--state`".to_owned()),
            Self::Lock { source, .. } | Self::System(source) => source.hint(),
        }
    }
}

/// Serves until it is asked to end.
///
/// # Errors
/// It could not begin. Whatever goes wrong later is told and tried again.
pub fn serve(options: Options, clock: Arc<dyn Clock>, waker: Box<dyn Waker>, logs: &Logs, stop: &Stop) -> Result<(), ServeError> {
    let _lock = Lock::take(&options.state, clock.as_ref())?;
    let _log = logs.serve(&options.state);
    let ledger = Ledger::open(&options.state)?;
    let processes = WorkerProcesses::new(options.state.clone(), options.config.clone(), options.log_format);
    let mut registry = PipelineRegistry::new(options.config.pipelines.as_deref(), options.operators.clone());
    registry.reload();
    let served = ServedPipelines::default();
    served.set(registry.all());
    let Options { state, config, .. } = &options;
    let threads = [
        notifier::start(state, served.clone(), Arc::clone(&clock)),
        file_watcher::start(state, served.clone(), Arc::clone(&clock), stop.signal()),
        housekeeping::start(state, config.clone(), served.clone(), Arc::clone(&clock)),
    ];
    let threads = threads.into_iter().collect::<io::Result<Vec<WorkerThread>>>().map_err(ServeError::System)?;
    tracing::info!(state = %state.display(), "serving");
    let mut scheduler =
        Scheduler { options, clock, ledger, processes, threads, served, registry, waker, idle_until: BTreeMap::new(), ledger_error: None };
    scheduler.run_loop(stop);
    scheduler.end(stop);
    Ok(())
}

struct Scheduler {
    options: Options,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    processes: WorkerProcesses,
    threads: Vec<WorkerThread>,
    served: ServedPipelines,
    registry: PipelineRegistry,
    waker: Box<dyn Waker>,
    /// Until when a version of a pipeline has nothing due.
    idle_until: BTreeMap<String, (Arc<Pipeline>, DateTime<Utc>)>,
    /// The last failure of the ledger, so that it is logged once.
    ledger_error: Option<String>,
}

/// Something that is done every so often.
struct Every {
    span: Duration,
    last: Option<Instant>,
}

impl Every {
    const fn new(span: Duration) -> Self {
        Self { span, last: None }
    }

    fn is_due(&mut self) -> bool {
        let due = self.last.is_none_or(|last| last.elapsed() >= self.span);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}

impl Scheduler {
    fn run_loop(&mut self, stop: &Stop) {
        let (mut reload, mut reclaim) = (Every::new(RELOAD), Every::new(RECLAIM));
        while stop.asked() == 0 {
            if reload.is_due() {
                self.registry.reload();
                self.served.set(self.registry.all());
                self.waker.set_schedules(&self.wake_schedules());
            }
            let looked = self.look(reclaim.is_due());
            self.report_ledger_error(looked.err());
            stop.signal().wait(if self.processes.is_empty() { SLOW_LOOK } else { PROCESS_LOOK });
        }
    }

    /// The schedules of the pipelines that are served.
    fn wake_schedules(&self) -> Vec<WakeSchedule> {
        let pipelines = self.registry.all();
        let scheduled = pipelines.iter().filter_map(|pipeline| Some((pipeline.schedule.as_ref()?, pipeline.timezone)));
        scheduled.map(|(schedule, zone)| WakeSchedule::new(schedule.as_str(), zone)).collect()
    }

    /// One look. Where the ledger refuses, nothing is lost: what was not written down is found again at the next look.
    fn look(&mut self, reclaim: bool) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.materialize_occurrences(now)?;
        self.materialize_followers(now)?;
        for process in self.processes.reap() {
            tracing::debug!(pipeline = process.pipeline, status = %process.status, "a run's process has ended");
            self.mark_crashed(process.occurrence, now)?;
        }
        if reclaim {
            self.reclaim(now)?;
        }
        self.start(now)
    }

    /// Writes down what every schedule has due up to now, with what becomes of it.
    fn materialize_occurrences(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for pipeline in self.registry.all() {
            // Nothing is due before the next occurrence, whichever way the clock goes until then.
            let is_idle = |(version, until): &(Arc<Pipeline>, DateTime<Utc>)| Arc::ptr_eq(version, &pipeline) && now < *until;
            if self.idle_until.get(&pipeline.name).is_some_and(is_idle) {
                continue;
            }
            let name = pipeline.name.clone();
            let wanted = pipeline.schedule.as_ref().map(|schedule| schedule.as_str().to_owned());
            let timezone = pipeline.timezone;
            let Some(known) = self.ledger.known(&name)? else {
                // What is new has no past.
                let known = Known { schedule: wanted, timezone: timezone.name().to_owned(), horizon: now };
                self.ledger.account(&name, &known, &[], &[], now)?;
                continue;
            };
            let changed = known.schedule != wanted || known.timezone != timezone.name();
            // Up to the moment at which a change is noticed, the schedule is the one that was in force.
            let in_force = if changed { schedule_of(&known) } else { pipeline.schedule.clone().map(|schedule| (schedule, timezone)) };
            let Some((schedule, zone)) = in_force else {
                if changed {
                    let known = Known { schedule: wanted, timezone: timezone.name().to_owned(), horizon: now.max(known.horizon) };
                    self.ledger.account(&name, &known, &[], &[], now)?;
                }
                continue;
            };
            let due = account(&schedule, zone, known.horizon, now, pipeline.execution.catch_up, AT_ONCE);
            if due.verdicts.is_empty() && !changed {
                let until = schedule.next_after(now.max(known.horizon), zone).map_or(DateTime::<Utc>::MAX_UTC, |next| next.to_utc());
                self.idle_until.insert(name, (pipeline, until));
                continue;
            }
            let mut busy = self.ledger.is_busy(&name)?;
            let skips = pipeline.execution.overlap == OverlapPolicy::Skip;
            let mut occurrences = Vec::with_capacity(due.verdicts.len());
            for &(at, verdict) in &due.verdicts {
                let (outcome, remark) = match verdict {
                    Verdict::Missed => (OccurrenceOutcome::Missed, Some("the program did not run at the time")),
                    Verdict::OnTime if skips && busy => (OccurrenceOutcome::Skipped, Some("another run of the pipeline was under way")),
                    Verdict::OnTime | Verdict::CaughtUp => {
                        busy = true;
                        (OccurrenceOutcome::Due, None)
                    }
                };
                let date = schedule.logical_date(at.with_timezone(&zone));
                occurrences.push(Accounted { at, date, outcome, remark: remark.map(str::to_owned) });
            }
            let known = match due.complete {
                true => Known { schedule: wanted, timezone: timezone.name().to_owned(), horizon: due.horizon },
                false => Known { horizon: due.horizon, ..known },
            };
            let missed = event_context::missed(&pipeline, &occurrences, zone);
            let written = self.ledger.account(&name, &known, &occurrences, &missed, now)?;
            if written > 0 {
                tracing::info!(pipeline = name, occurrences = written, "written down");
            }
        }
        Ok(())
    }

    fn materialize_followers(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for pipeline in self.registry.all().iter().filter(|pipeline| !pipeline.execution.after.is_empty()) {
            let Pipeline { name, execution, .. } = pipeline.as_ref();
            for success in self.ledger.follow(name, &execution.after, now)? {
                tracing::info!(pipeline = name, after = success.pipeline, logical_time = success.logical_time, "follows");
            }
        }
        Ok(())
    }

    /// A run that is said to be under way and whose folder is not locked is dead.
    fn reclaim(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for occurrence in self.ledger.running()? {
            if !self.processes.has(occurrence.id) {
                self.mark_crashed(occurrence.id, now)?;
            }
        }
        Ok(())
    }

    /// Writes down that a run has died, if it has, and whether it goes on.
    fn mark_crashed(&mut self, occurrence: i64, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let pipelines = &self.registry;
        mark_crashed(&mut self.ledger, &self.options.state, occurrence, self.clock.as_ref(), now, |name| pipelines.pipeline(name))
    }

    /// Starts what waits, oldest first: one run of a pipeline at a time, and no more in all than may be.
    fn start(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.processes.len() >= self.options.at_once {
            return Ok(());
        }
        let running: Vec<String> = self.ledger.running()?.into_iter().map(|occurrence| occurrence.pipeline).collect();
        let mut waiting = Vec::new();
        for pipeline in
            self.registry.all().into_iter().filter(|pipeline| !running.contains(&pipeline.name) && !self.processes.has_of(&pipeline.name))
        {
            waiting.extend(self.ledger.startable(&pipeline.name, now)?.map(|occurrence| (occurrence, pipeline)));
        }
        waiting.sort_by(|(a, _), (b, _)| (a.due_at, &a.logical_time).cmp(&(b.due_at, &b.logical_time)));
        for (occurrence, pipeline) in waiting.iter().take(self.options.at_once - self.processes.len()) {
            if let Err(error) = self.processes.start(occurrence, pipeline.text()) {
                tracing::error!(pipeline = pipeline.name, "cannot start a process: {error}");
                break;
            }
        }
        Ok(())
    }

    fn report_ledger_error(&mut self, ledger_error: Option<LedgerError>) {
        let text = ledger_error.map(|error| error_text(&error));
        match (&text, &self.ledger_error) {
            (Some(text), before) if before.as_ref() != Some(text) => tracing::error!("{text}; it is tried again until it works"),
            (None, Some(_)) => tracing::warn!("the ledger can be written again"),
            _ => {}
        }
        self.ledger_error = text;
    }

    /// Takes no new work, and lets what is under way finish or park.
    fn end(&mut self, stop: &Stop) {
        tracing::info!(runs = self.processes.len(), "asked to end");
        // Asked twice, it does not wait.
        let exited = self.processes.drain(self.options.grace, || stop.asked() > 1);
        for process in exited {
            if let Err(error) = self.mark_crashed(process.occurrence, self.clock.now()) {
                tracing::warn!("{error}");
            }
        }
        for worker in &mut self.threads {
            worker.end(PATIENCE);
        }
        tracing::info!("ended");
    }
}

/// The schedule that the ledger says was in force.
fn schedule_of(known: &Known) -> Option<(Schedule, chrono_tz::Tz)> {
    let schedule = Schedule::parse(known.schedule.as_deref()?).ok()?;
    Some((schedule, known.timezone.parse().ok()?))
}

/// Ends the attempt of an occurrence whose process is gone, if one is under way, and settles whether the run goes on by
/// itself.
pub(super) fn mark_crashed<'p>(
    ledger: &mut Ledger,
    state: &Path,
    occurrence: i64,
    clock: &dyn Clock,
    now: DateTime<Utc>,
    pipeline: impl Fn(&str) -> Option<&'p Pipeline>,
) -> Result<(), LedgerError> {
    let Some(ticket) = ledger.ticket(occurrence)? else { return Ok(()) };
    if folder::is_alive(state, &ticket.run) {
        return Ok(());
    }
    let Some(occurrence) = ledger.occurrence_by_id(occurrence)? else { return Ok(()) };
    let pipeline = pipeline(&occurrence.pipeline);
    let crashes = ledger.attempts(&ticket.run, &[RunState::Crashed])? + 1;
    let limit = pipeline.map(|pipeline| pipeline.execution.retry).unwrap_or_default().crashes;
    // Whoever started one by hand sees that it is gone, and decides.
    let goes_on = occurrence.cause != Cause::Manual && crashes <= limit;
    let error = if goes_on { "its process is gone".to_owned() } else { format!("its process is gone, for the {crashes}. time") };
    let hint = "see the run's log for what it did last; the machine may be short of memory";
    let mut end = End {
        error: Some(error),
        hint: Some(hint.to_owned()),
        stage: ledger.stage_under_way(&ticket)?,
        again: goes_on.then_some(now),
        ..End::of(RunState::Crashed)
    };
    end.notices = EventContext { pipeline, occurrence: &occurrence, ticket: &ticket, clock }.failed(&end);
    ledger.finish(&ticket, &end, now)?;
    tracing::warn!(run_id = ticket.run, pipeline = occurrence.pipeline, goes_on, "a run's process is gone");
    Ok(())
}

/// Keeps other schedulers away from a state folder.
struct Lock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock {
    fn take(state: &Path, clock: &dyn Clock) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Lock { state: state.to_owned(), source };
        make_private(state).map_err(failed)?;
        let path = state.join(LOCK);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(ServeError::Taken { state: state.to_owned(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let since = clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let holder = format!("process {} on {}, since {since}\n", std::process::id(), super::host());
        let written = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        written.map_err(failed)?;
        Ok(Self(file))
    }
}
