//! One attempt of a run, in the process that does the work: begun in the ledger, watched while it works, ended once.
//!
//! It begins only while the run's folder is locked, so a run under way whose folder is not locked is dead. Beside the
//! work a thread keeps [`watch`](super::watch).

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::attempt_context::{AttemptContext, AttemptError, Initiator};
use super::config_record::{BadRecord, recorded_config};
use super::event_context::EventContext;
use super::folder::RunFolder;
use super::ledger::{Begun, End, Ended, Ledger, LedgerError, Occurrence, RunState, Ticket};
use super::retry::retry_at;
use super::watch::watched;
use crate::pipeline::{self, Library, Plan, Progress, RunConfig, RunError, RunReport, Status, run_id};
use canbao_runtime::diagnostic::Diagnostic;
use canbao_runtime::error_report::error_text;

/// How often a lock is tried that another process has.
const LOOK: Duration = Duration::from_millis(50);
/// How long another process may look at a run's lock before it counts as taken.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Where the plan of an attempt comes from.
#[derive(Debug)]
pub enum PlanSource {
    /// One that is resolved already.
    Resolved(Box<Plan>),
    /// One to be resolved now, from the text of a pipeline's file as it was when it was last valid.
    Text(String),
}

/// How an attempt ended.
#[derive(Debug)]
pub enum AttemptOutcome {
    /// It ended with a report: published, or blocked by a gate.
    Completed(Box<RunReport>),
    /// It failed with an error, which is in the ledger.
    Failed(RunError),
    /// There was nothing to do: another process works on the occurrence, or has ended it.
    Superseded,
}

impl AttemptContext {
    /// Begins and works on an attempt for an occurrence.
    ///
    /// # Errors
    /// The attempt could not begin, or its end could not be written down.
    pub fn attempt(
        &self,
        occurrence: &Occurrence,
        config: &RunConfig,
        plan: PlanSource,
        progress: &dyn Progress,
    ) -> Result<AttemptOutcome, AttemptError> {
        let ledger = Ledger::open(&self.state)?;
        let earlier = if self.initiator == Initiator::Scheduler { ledger.unfinished_run(occurrence.id)? } else { None };
        let config = match &earlier {
            // A run that goes on has the options with which it began.
            Some(run) => recorded_config(&ledger.find(run)?.config),
            None => Ok(config.clone()),
        };
        let again = earlier.is_some();
        let run = earlier.map_or_else(|| new_id(self.clock.now()), Ok)?;
        self.work(ledger, AttemptRequest { occurrence, run: &run, again, config }, plan, progress)
    }

    /// The same for a run that goes on because somebody wants it to.
    ///
    /// # Errors
    /// As [`AttemptContext::attempt`].
    pub fn resume(
        &self,
        occurrence: &Occurrence,
        run: &str,
        config: RunConfig,
        plan: Plan,
        progress: &dyn Progress,
    ) -> Result<AttemptOutcome, AttemptError> {
        self.work(
            Ledger::open(&self.state)?,
            AttemptRequest { occurrence, run, again: true, config: Ok(config) },
            PlanSource::Resolved(Box::new(plan)),
            progress,
        )
    }

    /// Works on `request` until it ends.
    fn work(
        &self,
        mut ledger: Ledger,
        request: AttemptRequest<'_>,
        plan: PlanSource,
        progress: &dyn Progress,
    ) -> Result<AttemptOutcome, AttemptError> {
        let AttemptRequest { occurrence, run, again, config } = request;
        let Some(folder) = self.take_folder(run)? else { return Ok(AttemptOutcome::Superseded) };
        canbao_runtime::crash::point("attempt.locked");
        let record = config.as_ref().map(RunConfig::to_json).unwrap_or_default();
        let with = if again { Begun::Again(run) } else { Begun::New { id: run, config: &record, anew: self.initiator == Initiator::User } };
        let Some(ticket) = ledger.begin(occurrence.id, with, std::process::id(), self.clock.now())? else {
            if !again {
                folder.remove();
            }
            return Ok(AttemptOutcome::Superseded);
        };
        let _log = self.logs.run(&self.state, &occurrence.pipeline, run);
        let Ticket { attempt, .. } = ticket;
        let Occurrence { pipeline, logical_time, .. } = occurrence;
        tracing::info!(run_id = run, pipeline, logical_time, attempt, "attempt begins");
        canbao_runtime::crash::point("attempt.begun");
        let about = |pipeline| EventContext { pipeline, occurrence, ticket: &ticket, clock: self.clock.as_ref() };
        let (result, end) = match self.plan(plan, occurrence, config) {
            Ok(plan) => {
                let about = about(Some(&plan.pipeline));
                let result = watched(self, &about, &plan, progress, |progress| {
                    pipeline::run(&plan, &pipeline::Attempt { run_id: run, checkpoints: folder.path(), again, progress })
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
            return Ok(AttemptOutcome::Superseded);
        }
        canbao_runtime::crash::point("attempt.ended");
        tracing::info!(run_id = run, pipeline, state = end.state.as_str(), "attempt ended");
        if end.state == RunState::Succeeded {
            folder.remove();
        }
        Ok(result.map_or_else(AttemptOutcome::Failed, |report| AttemptOutcome::Completed(Box::new(report))))
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

    fn plan(&self, plan: PlanSource, occurrence: &Occurrence, config: Result<RunConfig, BadRecord>) -> Result<Plan, RunError> {
        let text = match plan {
            PlanSource::Resolved(plan) => return Ok(*plan),
            PlanSource::Text(text) => text,
        };
        let config = config?.at(occurrence.date, &self.state);
        let library = Library::open(config.pipelines.as_deref(), self.operators.clone())?.with_text(&occurrence.pipeline, text);
        Plan::resolve(&library, &occurrence.pipeline, &config, self.clock.as_ref())
    }

    fn end_of_error(&self, ledger: &Ledger, about: &EventContext<'_>, error: &RunError) -> Result<End, LedgerError> {
        let text = error_text(error.inner());
        let stage = error.failed_stage().map(str::to_owned);
        let mut end = End { stage, hint: error.hint(), error: Some(text), ..End::of(RunState::Failed) };
        if self.initiator == Initiator::Scheduler && error.class().is_transient() {
            end.again = retry_at(ledger, about, self.clock.now())?;
        }
        end.notices = about.failed(&end);
        Ok(end)
    }
}

/// What there is to do.
struct AttemptRequest<'a> {
    occurrence: &'a Occurrence,
    run: &'a str,
    /// Whether an earlier attempt of the run may have left something.
    again: bool,
    /// What the run was given; not readable where its record is damaged.
    config: Result<RunConfig, BadRecord>,
}

fn end_of_report(ledger: &Ledger, about: &EventContext<'_>, report: &RunReport) -> Result<End, LedgerError> {
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

/// A new run's id.
pub(super) fn new_id(now: DateTime<Utc>) -> Result<String, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    Ok(run_id(now, random))
}
