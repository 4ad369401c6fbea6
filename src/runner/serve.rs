//! The scheduler: writes down what is due, starts runs, hears how they end, and sees to what is left behind.
//!
//! It is one loop. Whatever it knows stands in the ledger, so it can be ended at any moment and begun again; the loop
//! itself only remembers which processes are its own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::asked::Asked;
use super::desk::Desk;
use super::folder;
use super::house;
use super::ledger::{Accounted, Cause, End, Known, Ledger, LedgerError, OccurrenceOutcome, RunState, make_private};
use super::messenger::Messenger;
use super::pool::Pool;
use super::stop::Stop;
use super::telling::{self, About};
use crate::clock::Clock;
use crate::logging::{LogFormat, Logs};
use crate::pipeline::{Overlap, Pipeline};
use crate::schedule::{AT_ONCE, Schedule, Verdict, account};

/// How often the loop looks.
const TICK: Duration = Duration::from_millis(100);
/// How often it looks at the pipelines' files.
const RELOAD: Duration = Duration::from_secs(2);
/// How often it looks for files that arrived.
const ARRIVALS: Duration = Duration::from_secs(1);
/// How often it looks for runs that died.
const RECLAIM: Duration = Duration::from_secs(2);
/// How often it cleans up.
const HOUSE: Duration = Duration::from_secs(3600);
/// How often it removes the files of runs that will not go on.
const STAGE_FILES: Duration = Duration::from_secs(60);
/// The file by which one scheduler keeps another out.
const LOCK: &str = "serve.lock";

/// What the scheduler is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The state folder.
    pub state: PathBuf,
    /// The folder of pipelines.
    pub pipelines: Option<PathBuf>,
    /// What stands in for what their files say.
    pub asked: Asked,
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
    #[error("the state folder `{}` is in use by another `canbao serve`: {holder}\nhint: stop that one, or name another folder with `--state`", .state.display())]
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

/// Serves until it is asked to end.
///
/// # Errors
/// It could not begin. Whatever goes wrong later is told and tried again.
pub fn serve(options: Options, clock: Arc<dyn Clock>, logs: &Logs, stop: &Stop) -> Result<(), ServeError> {
    let _lock = Lock::take(&options.state, clock.as_ref())?;
    let _log = logs.serve(&options.state);
    let ledger = Ledger::open(&options.state)?;
    let pool =
        Pool::new(options.state.clone(), Asked { pipelines: options.pipelines.clone(), ..options.asked.clone() }, options.log_format);
    let messenger = Messenger::start(&options.state, Arc::clone(&clock)).map_err(ServeError::System)?;
    let desk = Desk::new(options.pipelines.as_deref());
    let mut scheduler = Scheduler { options, clock, ledger, pool, messenger, desk, refused: None };
    tracing::info!(state = %scheduler.options.state.display(), "serving");
    scheduler.go_on(stop);
    scheduler.end(stop);
    Ok(())
}

struct Scheduler {
    options: Options,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    pool: Pool,
    messenger: Messenger,
    desk: Desk,
    /// What the ledger refused, so that it is told once.
    refused: Option<String>,
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
    fn go_on(&mut self, stop: &Stop) {
        let (mut reload, mut arrivals, mut reclaim) = (Every::new(RELOAD), Every::new(ARRIVALS), Every::new(RECLAIM));
        let (mut stage_files, mut house) = (Every::new(STAGE_FILES), Every::new(HOUSE));
        while stop.asked() == 0 {
            if reload.is_due() {
                self.desk.reload();
                self.messenger.know(self.desk.iter().map(|served| &served.pipeline));
            }
            let (arrivals, reclaim) = (arrivals.is_due(), reclaim.is_due());
            let looked = self.look(arrivals, reclaim);
            self.tell_refusal(looked.err());
            let pipelines: Vec<&Pipeline> = self.desk.iter().map(|served| &served.pipeline).collect();
            if stage_files.is_due() {
                house::remove_stage_files(&self.ledger, &self.options.state, &pipelines, self.clock.now());
            }
            if house.is_due() {
                house::keep(&mut self.ledger, &self.options.state, &self.options.asked, &pipelines, self.clock.as_ref());
            }
            thread::sleep(TICK);
        }
    }

    /// One look. Where the ledger refuses, nothing is lost: what was not written down is found again at the next look.
    fn look(&mut self, arrivals: bool, reclaim: bool) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.account(now)?;
        if arrivals {
            self.look_for_arrivals(now)?;
        }
        self.follow(now)?;
        for gone in self.pool.reap() {
            tracing::debug!(pipeline = gone.pipeline, status = %gone.status, "a run's process has ended");
            self.bury(gone.occurrence, now)?;
        }
        if reclaim {
            self.reclaim(now)?;
        }
        self.start(now)
    }

    /// Writes down what every schedule has due up to now, with what becomes of it.
    fn account(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let pipelines: Vec<String> = self.desk.iter().map(|served| served.pipeline.name.clone()).collect();
        for name in pipelines {
            let Some(pipeline) = self.desk.pipeline(&name) else { continue };
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
            let due = account(&schedule, zone, known.horizon, now, pipeline.running.catch_up, AT_ONCE);
            if due.verdicts.is_empty() && !changed {
                continue;
            }
            let mut busy = self.ledger.is_busy(&name)?;
            let skips = pipeline.running.overlap == Overlap::Skip;
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
            let missed = telling::missed(pipeline, &occurrences, zone);
            let written = self.ledger.account(&name, &known, &occurrences, &missed, now)?;
            if written > 0 {
                tracing::info!(pipeline = name, occurrences = written, "written down");
            }
        }
        Ok(())
    }

    fn look_for_arrivals(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for served in self.desk.iter_mut() {
            let Some(watch) = &mut served.watch else { continue };
            // A pattern that is none is refused with the pipeline's file.
            let Ok(look) = watch.look(now) else { continue };
            for unreadable in look.unreadable {
                tracing::warn!(pipeline = served.pipeline.name, "{}", crate::told::told(&unreadable).0);
            }
            let arrived: Vec<(String, String)> =
                look.arrived.into_iter().map(|arrived| (arrived.path.display().to_string(), arrived.sha256)).collect();
            if arrived.is_empty() {
                continue;
            }
            let date = self.clock.today(served.pipeline.timezone);
            if self.ledger.arrived(&served.pipeline.name, &arrived, date, now)? {
                tracing::info!(pipeline = served.pipeline.name, files = arrived.len(), "new files");
            }
        }
        Ok(())
    }

    fn follow(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for served in self.desk.iter().filter(|served| !served.pipeline.running.after.is_empty()) {
            let Pipeline { name, running, .. } = &served.pipeline;
            for success in self.ledger.follow(name, &running.after, now)? {
                tracing::info!(pipeline = name, after = success.pipeline, logical_time = success.logical_time, "follows");
            }
        }
        Ok(())
    }

    /// A run that is said to be under way and whose folder is not locked is dead.
    fn reclaim(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        for occurrence in self.ledger.running()? {
            if !self.pool.has(occurrence.id) {
                self.bury(occurrence.id, now)?;
            }
        }
        Ok(())
    }

    /// Writes down that a run has died, if it has, and whether it goes on.
    fn bury(&mut self, occurrence: i64, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let pipelines = &self.desk;
        bury(&mut self.ledger, &self.options.state, occurrence, self.clock.as_ref(), now, |name| pipelines.pipeline(name)).map(drop)
    }

    /// Starts what waits, oldest first: one run of a pipeline at a time, and no more in all than may be.
    fn start(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.pool.len() >= self.options.at_once {
            return Ok(());
        }
        let waiting = self.ledger.startable(now)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let running: Vec<String> = self.ledger.running()?.into_iter().map(|occurrence| occurrence.pipeline).collect();
        for occurrence in waiting {
            let taken = self.pool.has_of(&occurrence.pipeline) || running.contains(&occurrence.pipeline);
            if taken || self.desk.pipeline(&occurrence.pipeline).is_none() {
                continue;
            }
            if self.pool.len() >= self.options.at_once {
                break;
            }
            if let Err(error) = self.pool.start(&occurrence) {
                tracing::error!(pipeline = occurrence.pipeline, "cannot start a process: {error}");
                break;
            }
        }
        Ok(())
    }

    fn tell_refusal(&mut self, refused: Option<LedgerError>) {
        let text = refused.map(|error| crate::told::told(&error).0);
        match (&text, &self.refused) {
            (Some(text), before) if before.as_ref() != Some(text) => tracing::error!("{text}; it is tried again until it works"),
            (None, Some(_)) => tracing::warn!("the ledger can be written again"),
            _ => {}
        }
        self.refused = text;
    }

    /// Takes no new work, and lets what is under way finish or park.
    fn end(&mut self, stop: &Stop) {
        tracing::info!(runs = self.pool.len(), "asked to end");
        // Asked twice, it does not wait.
        let gone = self.pool.drain(self.options.grace, || stop.asked() > 1);
        for gone in gone {
            if let Err(error) = self.bury(gone.occurrence, self.clock.now()) {
                tracing::warn!("{error}");
            }
        }
        self.messenger.end();
        tracing::info!("ended");
    }
}

/// The schedule that the ledger says was in force.
fn schedule_of(known: &Known) -> Option<(Schedule, chrono_tz::Tz)> {
    let schedule = Schedule::parse(known.schedule.as_deref()?).ok()?;
    Some((schedule, known.timezone.parse().ok()?))
}

/// Ends the attempt of an occurrence whose process is gone, and says whether the run goes on by itself; `None` where it
/// lives, or nothing is under way.
pub(super) fn bury<'p>(
    ledger: &mut Ledger,
    state: &Path,
    occurrence: i64,
    clock: &dyn Clock,
    now: DateTime<Utc>,
    pipeline: impl Fn(&str) -> Option<&'p Pipeline>,
) -> Result<Option<bool>, LedgerError> {
    let Some(ticket) = ledger.ticket(occurrence)? else { return Ok(None) };
    if folder::is_alive(state, &ticket.run) {
        return Ok(None);
    }
    let Some(occurrence) = ledger.occurrence_by_id(occurrence)? else { return Ok(None) };
    let pipeline = pipeline(&occurrence.pipeline);
    let crashes = ledger.attempts(&ticket.run, &[RunState::Crashed])? + 1;
    let limit = pipeline.map(|pipeline| pipeline.running.retry).unwrap_or_default().crashes;
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
    end.notices = About { pipeline, occurrence: &occurrence, ticket: &ticket, clock }.failed(&end);
    ledger.finish(&ticket, &end, now)?;
    tracing::warn!(run_id = ticket.run, pipeline = occurrence.pipeline, goes_on, "a run's process is gone");
    Ok(Some(goes_on))
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
