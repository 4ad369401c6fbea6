//! What is due: schedules accounted for, successes followed, files that arrived.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::notices::post;
use super::states::{Cause, OccurrenceState};
use super::{Ledger, LedgerError, millis, moment};
use canbao_rules::period::Day;

/// What the ledger knows of a pipeline's schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The cron pattern that was in force; `None` without one.
    pub schedule: Option<String>,
    /// Its zone.
    pub timezone: String,
    /// The instant up to which it is accounted for.
    pub horizon: DateTime<Utc>,
}

/// What becomes of an occurrence at the moment it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It runs.
    Due,
    /// The program did not run at the time.
    Missed,
    /// The pipeline was busy.
    Skipped,
}

/// An occurrence of a schedule, with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounted {
    /// When it was due.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub date: Day,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why, where it does not run.
    pub remark: Option<String>,
}

/// An occurrence that has a run to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its number in the ledger.
    pub id: i64,
    /// The pipeline.
    pub pipeline: String,
    /// When it was due: an instant, or a date where somebody started it.
    pub logical_time: String,
    /// What it is about.
    pub date: Day,
    /// Why it is there.
    pub cause: Cause,
    /// What has become of it.
    pub state: OccurrenceState,
    /// No run begins before.
    pub due_at: DateTime<Utc>,
}

/// A pipeline's success that others may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// Its number; later ones have larger numbers.
    pub number: i64,
    /// The pipeline.
    pub pipeline: String,
    /// Of which occurrence.
    pub logical_time: String,
    /// What it was about.
    pub date: Day,
}

/// The logical time of an instant, as the ledger has it.
pub fn logical_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Ledger {
    /// What is known of a pipeline; `None` where it was never served.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn known(&self, pipeline: &str) -> Result<Option<Known>, LedgerError> {
        self.read(|db| {
            let known = |row: &Row<'_>| Ok(Known { schedule: row.get(0)?, timezone: row.get(1)?, horizon: moment(row.get(2)?) });
            db.query_row("SELECT schedule, timezone, horizon FROM pipeline WHERE name = ?1", [pipeline], known).optional()
        })
    }

    /// Writes down a pipeline's schedule and what became of its occurrences up to a new horizon, with the messages about
    /// it, as one change.
    ///
    /// An occurrence that stands there already is left as it is. A pipeline that is new follows successes from now on.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn account(
        &mut self,
        pipeline: &str,
        known: &Known,
        occurrences: &[Accounted],
        notices: &[(i64, String)],
        now: DateTime<Utc>,
    ) -> Result<usize, LedgerError> {
        self.change("write to", |transaction| {
            let latest: i64 = transaction.query_row("SELECT coalesce(max(number), 0) FROM success", [], |row| row.get(0))?;
            transaction.execute(
                "INSERT INTO pipeline (name, schedule, timezone, horizon, followed) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (name) DO UPDATE SET schedule = ?2, timezone = ?3, horizon = max(horizon, ?4)",
                params![pipeline, known.schedule, known.timezone, millis(known.horizon), latest],
            )?;
            let mut written = 0;
            for occurrence in occurrences {
                let state = match occurrence.outcome {
                    Outcome::Due => OccurrenceState::Due,
                    Outcome::Missed => OccurrenceState::Missed,
                    Outcome::Skipped => OccurrenceState::Skipped,
                };
                let new = New { pipeline, logical_time: &logical_time(occurrence.at), date: occurrence.date, cause: Cause::Schedule };
                written += usize::from(new.write(transaction, state, occurrence.remark.as_deref(), now)?.is_some());
            }
            post(transaction, pipeline, notices, now)?;
            Ok(written)
        })
    }

    /// Whether a pipeline has anything that waits or runs.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn is_busy(&self, pipeline: &str) -> Result<bool, LedgerError> {
        let busy = "SELECT EXISTS (SELECT 1 FROM occurrence WHERE pipeline = ?1 AND state IN ('due', 'running', 'waiting', 'parked'))";
        self.read(|db| db.query_row(busy, [pipeline], |row| row.get(0)))
    }

    /// What a run of a pipeline may begin for now: the oldest.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn startable(&self, pipeline: &str, now: DateTime<Utc>) -> Result<Option<Occurrence>, LedgerError> {
        let mut oldest: Option<Occurrence> = None;
        // One state at a time, so that the index gives the oldest and the many behind it are not looked at.
        for state in [OccurrenceState::Waiting, OccurrenceState::Parked, OccurrenceState::Due] {
            let clause = "WHERE pipeline = ?1 AND state = ?2 AND due_at <= ?3 AND cause <> 'manual' ORDER BY due_at, logical_time LIMIT 1";
            let found = self.occurrences(clause, params![pipeline, state, millis(now)])?.pop();
            let order = |one: &Occurrence| (one.due_at, one.logical_time.clone());
            oldest = oldest.into_iter().chain(found).min_by_key(order);
        }
        Ok(oldest)
    }

    /// What runs, or is said to.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn running(&self) -> Result<Vec<Occurrence>, LedgerError> {
        self.occurrences("WHERE state = 'running' ORDER BY id", [])
    }

    /// An occurrence by its number.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn occurrence_by_id(&self, id: i64) -> Result<Option<Occurrence>, LedgerError> {
        Ok(self.occurrences("WHERE id = ?1", [id])?.pop())
    }

    /// An occurrence by its key.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn occurrence(&self, pipeline: &str, logical_time: &str) -> Result<Option<Occurrence>, LedgerError> {
        Ok(self.occurrences("WHERE pipeline = ?1 AND logical_time = ?2", params![pipeline, logical_time])?.pop())
    }

    fn occurrences(&self, clause: &str, parameters: impl rusqlite::Params) -> Result<Vec<Occurrence>, LedgerError> {
        self.read(|db| {
            let sql = format!("SELECT id, pipeline, logical_time, logical_date, cause, state, due_at FROM occurrence {clause}");
            db.prepare(&sql)?.query_map(parameters, occurrence)?.collect()
        })
    }

    /// Whether a successful run for a pipeline's logical date stands here.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn has_success(&self, pipeline: &str, logical_time: &str, date: Day) -> Result<bool, LedgerError> {
        // One that was started by hand stands for its date.
        let found = "SELECT EXISTS (SELECT 1 FROM success WHERE pipeline = ?1 AND (logical_time = ?2 OR logical_time = ?3))";
        self.read(|db| db.query_row(found, params![pipeline, logical_time, date.to_string()], |row| row.get(0)))
    }

    /// An occurrence that somebody asked for, made where it is not there yet.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn ask_for(
        &mut self,
        pipeline: &str,
        logical_time: &str,
        date: Day,
        cause: Cause,
        now: DateTime<Utc>,
    ) -> Result<Occurrence, LedgerError> {
        self.change("write to", |transaction| {
            New { pipeline, logical_time, date, cause }.write(transaction, OccurrenceState::Due, None, now)?;
            transaction.query_row(
                "SELECT id, pipeline, logical_time, logical_date, cause, state, due_at FROM occurrence
                 WHERE pipeline = ?1 AND logical_time = ?2",
                params![pipeline, logical_time],
                occurrence,
            )
        })
    }

    /// Gives a pipeline its occurrences after successes of others: one for each success of one of `upstream`, once all
    /// of them have one for that date. Each success is looked at once, in order, so two that come together wake the
    /// pipeline once.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn follow(&mut self, pipeline: &str, upstream: &[String], now: DateTime<Utc>) -> Result<Vec<Success>, LedgerError> {
        if !self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM success WHERE number > (SELECT followed FROM pipeline WHERE name = ?1))";
            db.query_row(sql, [pipeline], |row| row.get(0))
        })? {
            return Ok(Vec::new());
        }
        self.change("write to", |transaction| {
            let fresh: Vec<Success> = transaction
                .prepare(
                    "SELECT number, pipeline, logical_time, logical_date FROM success
                     WHERE number > (SELECT followed FROM pipeline WHERE name = ?1) ORDER BY number",
                )?
                .query_map([pipeline], success)?
                .collect::<rusqlite::Result<_>>()?;
            let mut followed = Vec::new();
            let mut last = None;
            for success in fresh {
                last = Some(success.number);
                if upstream.contains(&success.pipeline) && all_done(transaction, upstream, &success)? {
                    let Success { ref logical_time, date, .. } = success;
                    let new = New { pipeline, logical_time, date, cause: Cause::After };
                    if new.write(transaction, OccurrenceState::Due, None, now)?.is_some() {
                        followed.push(success);
                    }
                }
            }
            transaction.execute("UPDATE pipeline SET followed = ?2 WHERE name = ?1", params![pipeline, last])?;
            Ok(followed)
        })
    }

    /// Gives a pipeline one occurrence for files whose content it has not had yet; `false` where it has had all.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn arrived(&mut self, pipeline: &str, files: &[(String, String)], date: Day, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.change("write to", |transaction| {
            let mut fresh = 0;
            for (path, sha256) in files {
                fresh += transaction.execute(
                    "INSERT INTO arrival (pipeline, path, sha256, seen_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (pipeline, path, sha256) DO NOTHING",
                    params![pipeline, path, sha256, millis(now)],
                )?;
            }
            if fresh == 0 {
                return Ok(false);
            }
            // A clock that stood still or went back may give an instant that is taken.
            let mut at = now;
            loop {
                let new = New { pipeline, logical_time: &logical_time(at), date, cause: Cause::NewFiles };
                if new.write(transaction, OccurrenceState::Due, None, now)?.is_some() {
                    return Ok(true);
                }
                at += chrono::TimeDelta::milliseconds(1);
            }
        })
    }
}

/// An occurrence to be written.
struct New<'a> {
    pipeline: &'a str,
    logical_time: &'a str,
    date: Day,
    cause: Cause,
}

impl New<'_> {
    /// The number of the new occurrence; `None` where it stands there already.
    fn write(
        &self,
        transaction: &Transaction<'_>,
        state: OccurrenceState,
        remark: Option<&str>,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Option<i64>> {
        let Self { pipeline, logical_time, date, cause } = *self;
        let written = transaction
            .prepare(
                "INSERT INTO occurrence (pipeline, logical_time, logical_date, cause, state, created_at, due_at, remark)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) ON CONFLICT (pipeline, logical_time) DO NOTHING",
            )?
            .execute(params![pipeline, logical_time, date.to_string(), cause, state, millis(now), remark])?;
        Ok((written == 1).then(|| transaction.last_insert_rowid()))
    }
}

/// Whether every other upstream pipeline had its success for the date before this one.
fn all_done(transaction: &Transaction<'_>, upstream: &[String], success: &Success) -> rusqlite::Result<bool> {
    for other in upstream.iter().filter(|other| **other != success.pipeline) {
        let found: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM success WHERE pipeline = ?1 AND logical_date = ?2 AND number < ?3)",
            params![other, success.date.to_string(), success.number],
            |row| row.get(0),
        )?;
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

fn success(row: &Row<'_>) -> rusqlite::Result<Success> {
    Ok(Success { number: row.get(0)?, pipeline: row.get(1)?, logical_time: row.get(2)?, date: day(row, 3)? })
}

pub(super) fn occurrence(row: &Row<'_>) -> rusqlite::Result<Occurrence> {
    Ok(Occurrence {
        id: row.get(0)?,
        pipeline: row.get(1)?,
        logical_time: row.get(2)?,
        date: day(row, 3)?,
        cause: row.get(4)?,
        state: row.get(5)?,
        due_at: moment(row.get(6)?),
    })
}

/// A column with a date.
pub(super) fn day(row: &Row<'_>, place: usize) -> rusqlite::Result<Day> {
    let text: String = row.get(place)?;
    text.parse().map_err(|_| rusqlite::Error::InvalidColumnType(place, "logical_date".to_owned(), rusqlite::types::Type::Text))
}
