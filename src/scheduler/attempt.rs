//! One attempt of a run, in the process that does the work: begun in the ledger, watched while it works, ended once.
//!
//! It begins only while the run's folder is locked, so a run under way whose folder is not locked is dead. Beside the
//! work a thread keeps [`watch`](super::watch).

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::asked::Asked;
use super::folder::RunFolder;
use super::ledger::{Begun, End, Ended, Ledger, LedgerError, Occurrence, RunState, Ticket};
use super::stop::Stop;
use super::telling::About;
use super::watch::watched;
use crate::logging::Logs;
use crate::pipeline::{self, Library, Plan, Progress, RunError, RunReport, Status, run_id};
use canbao_runtime::clock::Clock;
use canbao_runtime::error_report::told;

/// How often a lock is tried that another process has.
const LOOK: Duration = Duration::from_millis(50);
/// How long another process may look at a run's lock before it counts as taken.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Whose attempt it is: who starts it decides what follows a failure, and what asking to end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sake {
    /// Somebody waits for it at a terminal: nothing follows by itself, and an interrupt cancels.
    Person,
    /// The runner: it is tried again, and goes on after the program was asked to end.
    Runner,
}

/// Where and how attempts work.
pub struct Bench {
    /// The state folder.
    pub state: PathBuf,
    /// The injected clock.
    pub clock: Arc<dyn Clock>,
    /// Where the run's log goes.
    pub logs: Logs,
    /// Whether the process was asked to end.
    pub stop: Stop,
    /// For whom.
    pub sake: Sake,
}

/// By which plan an attempt works.
#[derive(Debug)]
pub enum Planned {
    /// One that is settled already.
    Settled(Box<Plan>),
    /// One to be settled now, by a pipeline's file as it was when it was valid.
    ByText(String),
}

/// What an attempt came to.
#[derive(Debug)]
pub enum Came {
    /// To a report: published, or held at a gate.
    To(Box<RunReport>),
    /// To an error, which is in the ledger.
    Failed(RunError),
    /// To nothing: another process has the occurrence.
    Nothing,
}

/// Why there is no attempt.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The run's folder cannot be used.
    #[error("cannot use the run's folder in `{}`\nhint: give the user who runs canbao the right to write to the state folder, or name another with `--state`", .state.display())]
    Folder {
        /// The state folder.
        state: PathBuf,
        /// The system's account.
        source: std::io::Error,
    },
    /// No random number can be had.
    #[error("no random number can be had")]
    Random(#[from] getrandom::Error),
}

impl Bench {
    /// Begins and works on an attempt for an occurrence.
    ///
    /// # Errors
    /// The attempt could not begin, or its end could not be written down.
    pub fn attempt(&self, occurrence: &Occurrence, asked: &Asked, plan: Planned, progress: &dyn Progress) -> Result<Came, AttemptError> {
        let ledger = Ledger::open(&self.state)?;
        let earlier = if self.sake == Sake::Runner { ledger.unfinished_run(occurrence.id)? } else { None };
        let asked = match &earlier {
            // A run that goes on is the run that was asked for.
            Some(run) => &Asked::from_json(&ledger.find(run)?.asked).unwrap_or_else(|_| asked.clone()),
            None => asked,
        };
        let again = earlier.is_some();
        let run = earlier.map_or_else(|| new_id(self.clock.now()), Ok)?;
        self.work(ledger, &Errand { occurrence, run: &run, again, asked }, plan, progress)
    }

    /// The same for a run that goes on because somebody wants it to.
    ///
    /// # Errors
    /// As [`Bench::attempt`].
    pub fn resume(
        &self,
        occurrence: &Occurrence,
        run: &str,
        asked: &Asked,
        plan: Plan,
        progress: &dyn Progress,
    ) -> Result<Came, AttemptError> {
        self.work(Ledger::open(&self.state)?, &Errand { occurrence, run, again: true, asked }, Planned::Settled(Box::new(plan)), progress)
    }

    /// Works on `errand` until it ends.
    fn work(&self, mut ledger: Ledger, errand: &Errand<'_>, plan: Planned, progress: &dyn Progress) -> Result<Came, AttemptError> {
        let Errand { occurrence, run, again, asked } = *errand;
        let Some(folder) = self.take_folder(run)? else { return Ok(Came::Nothing) };
        canbao_runtime::crash::point("attempt.locked");
        let asked_json = asked.to_json();
        let with = if again { Begun::Again(run) } else { Begun::New { id: run, asked: &asked_json, anew: self.sake == Sake::Person } };
        let Some(ticket) = ledger.begin(occurrence.id, with, std::process::id(), self.clock.now())? else {
            if !again {
                folder.remove();
            }
            return Ok(Came::Nothing);
        };
        let _log = self.logs.run(&self.state, &occurrence.pipeline, run);
        let Ticket { attempt, .. } = ticket;
        let Occurrence { pipeline, logical_time, .. } = occurrence;
        tracing::info!(run_id = run, pipeline, logical_time, attempt, "attempt begins");
        canbao_runtime::crash::point("attempt.begun");
        let about = |pipeline| About { pipeline, occurrence, ticket: &ticket, clock: self.clock.as_ref() };
        let (result, end) = match self.plan(plan, occurrence, asked) {
            Ok(plan) => {
                let about = about(Some(&plan.pipeline));
                let result = watched(self, &about, &plan, progress, |progress| {
                    pipeline::run(&plan, &pipeline::Attempt { run_id: run, kept: folder.path(), again, progress })
                })?;
                let end = match &result {
                    Ok(report) => end_of_report(&ledger, &about, report)?,
                    Err(error) => self.end_of_error(&ledger, &about, error)?,
                };
                (result, end)
            }
            Err(error) => {
                let end = self.end_of_error(&ledger, &about(None), &error)?;
                (Err(error), end)
            }
        };
        canbao_runtime::crash::point("attempt.ending");
        // If somebody ended it before, the ledger says why, and nobody waits for this.
        if ledger.finish(&ticket, &end, self.clock.now())? == Ended::Before {
            return Ok(Came::Nothing);
        }
        canbao_runtime::crash::point("attempt.ended");
        tracing::info!(run_id = run, pipeline, state = end.state.as_str(), "attempt ended");
        if end.state == RunState::Succeeded {
            folder.remove();
        }
        Ok(result.map_or_else(Came::Failed, |report| Came::To(Box::new(report))))
    }

    /// The run's folder; somebody who only looks whether it is alive lets go of it at once.
    fn take_folder(&self, run: &str) -> Result<Option<RunFolder>, AttemptError> {
        let began = Instant::now();
        loop {
            let taken = RunFolder::take(&self.state, run);
            match taken.map_err(|source| AttemptError::Folder { state: self.state.clone(), source })? {
                Some(folder) => return Ok(Some(folder)),
                None if began.elapsed() > LOCK_PATIENCE => return Ok(None),
                None => thread::sleep(LOOK),
            }
        }
    }

    fn plan(&self, plan: Planned, occurrence: &Occurrence, asked: &Asked) -> Result<Plan, RunError> {
        let text = match plan {
            Planned::Settled(plan) => return Ok(*plan),
            Planned::ByText(text) => text,
        };
        let library = Library::open(asked.pipelines.as_deref())?.with_text(&occurrence.pipeline, text);
        Plan::resolve(&library, &occurrence.pipeline, &asked.overrides(occurrence.date, &self.state)?, self.clock.as_ref())
    }

    fn end_of_error(&self, ledger: &Ledger, about: &About<'_>, error: &RunError) -> Result<End, LedgerError> {
        let (text, hint) = told(error.inner());
        let stage = error.failed_stage().map(str::to_owned);
        let mut end = End { stage, hint: error.hint().or(hint), error: Some(text), ..End::of(RunState::Failed) };
        if self.sake == Sake::Runner && error.can_pass() {
            end.again = again_after(ledger, about, self.clock.now())?;
        }
        end.notices = about.failed(&end);
        Ok(end)
    }
}

/// What there is to do.
struct Errand<'a> {
    occurrence: &'a Occurrence,
    run: &'a str,
    /// Whether an earlier attempt of the run may have left something.
    again: bool,
    asked: &'a Asked,
}

fn end_of_report(ledger: &Ledger, about: &About<'_>, report: &RunReport) -> Result<End, LedgerError> {
    // A report is made of texts and numbers and always has a form.
    let mut end = End { snapshot: report.snapshot.clone(), report: serde_json::to_string(report).ok(), ..End::of(RunState::Succeeded) };
    if report.status == Status::Held {
        let broken = report.gates.iter().filter(|finding| !finding.passed);
        let broken: Vec<String> = broken.map(|finding| format!("{}: {}", finding.subject, finding.figures)).collect();
        end = End {
            state: RunState::Held,
            stage: Some("gates".to_owned()),
            error: Some(format!("gate broken: {}", broken.join("; "))),
            ..end
        };
        end.notices = about.held(report);
    } else if ledger.was_in_trouble(&about.occurrence.pipeline, &about.ticket.run)? {
        end.notices = about.recovered(report);
    }
    Ok(end)
}

/// When a run is tried again after an error that can pass; `None` once it has had its tries.
pub(super) fn again_after(ledger: &Ledger, about: &About<'_>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let retry = about.pipeline.map(|pipeline| pipeline.running.retry).unwrap_or_default();
    let tried = ledger.attempts(&about.ticket.run, &[RunState::Failed, RunState::TimedOut])? + 1;
    if tried >= retry.attempts {
        return Ok(None);
    }
    let wait = TimeDelta::from_std(retry.wait_before(tried + 1, jitter())).unwrap_or(TimeDelta::days(1));
    Ok(now.checked_add_signed(wait))
}

/// A draw of chance from 0 to 1.
pub(super) fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

/// A new run's id.
pub(super) fn new_id(now: DateTime<Utc>) -> Result<String, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    Ok(run_id(now, random))
}
