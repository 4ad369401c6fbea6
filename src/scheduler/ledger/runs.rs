//! Runs: begun for an occurrence, tried once or more, ended once for each try.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::notices::post;
use super::states::{OccurrenceState, RunState, StageState};
use super::{Ledger, LedgerError, millis};

/// The right to work on a run: one attempt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The occurrence.
    pub occurrence: i64,
    /// The run.
    pub run: String,
    /// Which attempt, from 1.
    pub attempt: i64,
}

/// What an attempt begins with.
#[derive(Debug, Clone, Copy)]
pub enum Begun<'a> {
    /// A new run with this id; `config` is what the command line said, as JSON.
    New {
        /// The run's id.
        id: &'a str,
        /// JSON.
        config: &'a str,
        /// Whether it may begin for an occurrence that has succeeded: somebody wants another snapshot.
        anew: bool,
    },
    /// A run that did not end well goes on.
    Again(&'a str),
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct End {
    /// What became of it.
    pub state: RunState,
    /// The snapshot.
    pub snapshot: Option<String>,
    /// The report, as JSON.
    pub report: Option<String>,
    /// Where it stopped.
    pub stage: Option<String>,
    /// Why.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// When it is tried again by itself.
    pub again: Option<DateTime<Utc>>,
    /// Messages about it: the target's place in the pipeline's file, and the event as JSON.
    pub notices: Vec<(i64, String)>,
}

/// Whether an end was written down, or somebody else was first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was.
    Written,
    /// The attempt had ended before.
    Before,
}

impl End {
    /// An end without particulars.
    pub fn of(state: RunState) -> Self {
        let notices = Vec::new();
        Self { state, snapshot: None, report: None, stage: None, error: None, hint: None, again: None, notices }
    }

    fn occurrence(&self) -> OccurrenceState {
        match self.state {
            RunState::Succeeded => OccurrenceState::Succeeded,
            RunState::Held => OccurrenceState::Held,
            RunState::Parked => OccurrenceState::Parked,
            RunState::Cancelled => OccurrenceState::Cancelled,
            RunState::Running | RunState::Failed | RunState::TimedOut | RunState::Crashed => {
                if self.again.is_some() {
                    OccurrenceState::Waiting
                } else {
                    OccurrenceState::Failed
                }
            }
        }
    }
}

impl Ledger {
    /// Begins an attempt of this process, which holds the lock of the run's folder; `None` where the occurrence has a run under way already.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn begin(&mut self, occurrence: i64, with: Begun<'_>, process: u32, now: DateTime<Utc>) -> Result<Option<Ticket>, LedgerError> {
        self.change("write to", |transaction| {
            // Another process may have come first, and be done.
            let anew = matches!(with, Begun::New { anew: true, .. });
            let succeeded = state_of(transaction, occurrence)? == OccurrenceState::Succeeded;
            if (succeeded && !anew) || !step(transaction, occurrence, OccurrenceState::Running, None)? {
                return Ok(None);
            }
            let run = match with {
                Begun::New { id, config, .. } => {
                    transaction.execute(
                        "INSERT INTO run (id, occurrence, asked, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                        params![id, occurrence, config, RunState::Running, millis(now)],
                    )?;
                    id
                }
                Begun::Again(id) => {
                    transaction.execute(
                        "UPDATE run SET state = ?2, ended_at = NULL, stage = NULL, error = NULL, hint = NULL, cancelled = 0 WHERE id = ?1",
                        params![id, RunState::Running],
                    )?;
                    id
                }
            };
            let attempt = "SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE run = ?1";
            let attempt: i64 = transaction.query_row(attempt, [run], |row| row.get(0))?;
            transaction.execute(
                "INSERT INTO attempt (run, number, state, began_at, heartbeat_at, pid) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
                params![run, attempt, RunState::Running, millis(now), process],
            )?;
            Ok(Some(Ticket { occurrence, run: run.to_owned(), attempt }))
        })
    }

    /// Says that an attempt is alive, and hears whether somebody wants it cancelled.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn beat(&mut self, ticket: &Ticket, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.change("write to", |transaction| {
            transaction.execute(
                "UPDATE attempt SET heartbeat_at = ?3 WHERE run = ?1 AND number = ?2 AND state = 'running'",
                params![ticket.run, ticket.attempt, millis(now)],
            )?;
            transaction.query_row("SELECT cancelled FROM run WHERE id = ?1", [&ticket.run], |row| row.get(0))
        })
    }

    /// Wants a run cancelled; one that waits for another try is over at once.
    ///
    /// # Errors
    /// The run is over, or the ledger cannot be written.
    pub fn cancel(&mut self, run: &str, now: DateTime<Utc>) -> Result<OccurrenceState, LedgerError> {
        let (occurrence, state) = self.change("write to", |transaction| {
            transaction.execute("UPDATE run SET cancelled = 1 WHERE id = ?1 AND state = 'running'", [run])?;
            let sql = "SELECT occurrence.id, occurrence.state FROM occurrence JOIN run ON run.occurrence = occurrence.id WHERE run.id = ?1";
            let (id, state): (i64, OccurrenceState) = transaction.query_row(sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if state.may_become(OccurrenceState::Cancelled) && state != OccurrenceState::Running {
                step(transaction, id, OccurrenceState::Cancelled, None)?;
                transaction.execute("UPDATE run SET state = 'cancelled', ended_at = ?2 WHERE id = ?1", params![run, millis(now)])?;
                return Ok((id, OccurrenceState::Cancelled));
            }
            Ok((id, state))
        })?;
        if state.is_over() && state != OccurrenceState::Cancelled {
            let run = format!("{run} (occurrence {occurrence})");
            return Err(LedgerError::State { run, state: state.to_string(), wanted: "be cancelled" });
        }
        Ok(state)
    }

    /// A stage of an attempt begins.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn stage_begins(&mut self, ticket: &Ticket, name: &str, state: StageState, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let ended = (state != StageState::Running).then(|| millis(now));
        self.change("write to", |transaction| {
            transaction.execute(
                "INSERT INTO stage (run, attempt, place, name, state, began_at, ended_at)
                 SELECT ?1, ?2, count(*), ?3, ?4, ?5, ?6 FROM stage WHERE run = ?1 AND attempt = ?2",
                params![ticket.run, ticket.attempt, name, state, millis(now), ended],
            )?;
            Ok(())
        })
    }

    /// The stage under way ends.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn stage_ends(&mut self, ticket: &Ticket, name: &str, state: StageState, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.change("write to", |transaction| {
            transaction.execute(
                "UPDATE stage SET state = ?4, ended_at = ?5 WHERE run = ?1 AND attempt = ?2 AND name = ?3 AND state = 'running'",
                params![ticket.run, ticket.attempt, name, state, millis(now)],
            )?;
            Ok(())
        })
    }

    /// Ends an attempt, its run, and what becomes of the occurrence, as one change.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn finish(&mut self, ticket: &Ticket, end: &End, now: DateTime<Utc>) -> Result<Ended, LedgerError> {
        let Ticket { occurrence, ref run, attempt } = *ticket;
        self.change("write to", |transaction| {
            let ended = transaction.execute(
                "UPDATE attempt SET state = ?3, ended_at = ?4, stage = ?5, error = ?6 WHERE run = ?1 AND number = ?2 AND state = 'running'",
                params![run, attempt, end.state, millis(now), end.stage, end.error],
            )?;
            if ended == 0 {
                return Ok(Ended::Before);
            }
            transaction.execute(
                "UPDATE stage SET state = 'failed', ended_at = ?3 WHERE run = ?1 AND attempt = ?2 AND state = 'running'",
                params![run, attempt, millis(now)],
            )?;
            transaction.execute(
                "UPDATE run SET state = ?2, ended_at = ?3, snapshot = coalesce(?4, snapshot), report = coalesce(?5, report), stage = ?6,
                 error = ?7, hint = ?8 WHERE id = ?1",
                params![run, end.state, millis(now), end.snapshot, end.report, end.stage, end.error, end.hint],
            )?;
            step(transaction, occurrence, end.occurrence(), end.again)?;
            if end.state == RunState::Succeeded {
                transaction.execute(
                    "INSERT INTO success (pipeline, logical_time, logical_date, run, at)
                     SELECT pipeline, logical_time, logical_date, ?2, ?3 FROM occurrence WHERE id = ?1",
                    params![occurrence, run, millis(now)],
                )?;
            }
            let pipeline: String =
                transaction.query_row("SELECT pipeline FROM occurrence WHERE id = ?1", [occurrence], |row| row.get(0))?;
            post(transaction, &pipeline, &end.notices, now)?;
            Ok(Ended::Written)
        })
    }

    /// The attempt that is under way, or said to be, of an occurrence.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn ticket(&self, occurrence: i64) -> Result<Option<Ticket>, LedgerError> {
        let sql = "SELECT run, number FROM attempt JOIN run ON run.id = attempt.run
                   WHERE run.occurrence = ?1 AND attempt.state = 'running'";
        self.read(|db| {
            let ticket = db.query_row(sql, [occurrence], |row| Ok(Ticket { occurrence, run: row.get(0)?, attempt: row.get(1)? }));
            ticket.optional()
        })
    }

    /// The run with which an occurrence goes on: the last one, unless it succeeded.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn unfinished_run(&self, occurrence: i64) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT id, state FROM run WHERE occurrence = ?1 ORDER BY created_at DESC, id DESC LIMIT 1";
        let last = self.read(|db| db.query_row(sql, [occurrence], |row| Ok((row.get(0)?, row.get::<_, RunState>(1)?))).optional())?;
        Ok(last.filter(|(_, state)| *state != RunState::Succeeded).map(|(run, _)| run))
    }

    /// The stage at which an attempt works, as far as the ledger knows.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn stage_under_way(&self, ticket: &Ticket) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT name FROM stage WHERE run = ?1 AND attempt = ?2 AND state = 'running' ORDER BY place DESC LIMIT 1";
        self.read(|db| db.query_row(sql, params![ticket.run, ticket.attempt], |row| row.get(0)).optional())
    }

    /// How many attempts of a run ended in a state.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn attempts(&self, run: &str, states: &[RunState]) -> Result<u32, LedgerError> {
        let ended: Vec<RunState> =
            self.read(|db| db.prepare("SELECT state FROM attempt WHERE run = ?1")?.query_map([run], |row| row.get(0))?.collect())?;
        Ok(ended.iter().filter(|state| states.contains(state)).count().try_into().unwrap_or(u32::MAX))
    }

    /// Whether the pipeline's last ended run before this one, or an attempt of this one, went wrong.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn was_in_trouble(&self, pipeline: &str, run: &str) -> Result<bool, LedgerError> {
        let bad = |state: RunState| matches!(state, RunState::Failed | RunState::TimedOut | RunState::Crashed | RunState::Held);
        let sql = "SELECT run.state FROM run JOIN occurrence ON occurrence.id = run.occurrence
                   WHERE occurrence.pipeline = ?1 AND run.id <> ?2 AND run.ended_at IS NOT NULL ORDER BY run.ended_at DESC, run.id DESC LIMIT 1";
        let before: Option<RunState> = self.read(|db| db.query_row(sql, params![pipeline, run], |row| row.get(0)).optional())?;
        Ok(before.is_some_and(bad) || self.attempts(run, &[RunState::Failed, RunState::TimedOut, RunState::Crashed, RunState::Held])? > 0)
    }
}

/// Moves an occurrence on; `false` where it is in no state that allows it.
fn step(transaction: &Transaction<'_>, occurrence: i64, next: OccurrenceState, due_at: Option<DateTime<Utc>>) -> rusqlite::Result<bool> {
    let present = state_of(transaction, occurrence)?;
    if !present.may_become(next) {
        return Ok(false);
    }
    transaction.execute(
        "UPDATE occurrence SET state = ?2, due_at = coalesce(?3, due_at) WHERE id = ?1",
        params![occurrence, next, due_at.map(millis)],
    )?;
    Ok(true)
}

fn state_of(transaction: &Transaction<'_>, occurrence: i64) -> rusqlite::Result<OccurrenceState> {
    transaction.query_row("SELECT state FROM occurrence WHERE id = ?1", [occurrence], |row| row.get(0))
}
