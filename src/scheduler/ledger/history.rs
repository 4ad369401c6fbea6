//! What ran, for those who look back, and how the past is forgotten.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};

use super::occurrences::{Occurrence, day, occurrence};
use super::states::{Cause, OccurrenceState, RunState, StageState};
use super::{Ledger, LedgerError, millis, moment};
use canbao_rules::period::Day;

/// Which part of the past is looked at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one pipeline only.
    pub pipeline: Option<String>,
    /// What did not end well only.
    pub troubled: bool,
    /// The newest so many.
    pub limit: u32,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// The pipeline.
    pub pipeline: String,
    /// When it was due: an instant, or a date where somebody started it.
    pub logical_time: String,
    /// What it is about.
    pub date: Day,
    /// Why it is there.
    pub cause: Cause,
    /// What became of it.
    pub state: RunState,
    /// What became of its occurrence.
    pub occurrence_state: OccurrenceState,
    /// When the occurrence's next run may begin, where it waits.
    pub due_at: DateTime<Utc>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub attempts: u32,
    /// Its snapshot.
    pub snapshot: Option<String>,
    /// Its report, as JSON.
    pub report: Option<String>,
    /// Where it stopped.
    pub stage: Option<String>,
    /// Why.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What the command line said, as JSON.
    pub config: String,
    /// The occurrence's number.
    pub occurrence: i64,
}

/// An attempt of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Which, from 1.
    pub number: i64,
    /// What became of it.
    pub state: RunState,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was last heard of.
    pub heartbeat_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its process.
    pub pid: Option<u32>,
    /// Where it stopped.
    pub stage: Option<String>,
    /// Why.
    pub error: Option<String>,
}

/// A stage of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRow {
    /// Of which attempt.
    pub attempt: i64,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub state: StageState,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// An occurrence that has no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccurrenceRow {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// Why it has no run.
    pub remark: Option<String>,
}

const RUNS: &str =
    "SELECT run.id, pipeline, logical_time, logical_date, cause, run.state, occurrence.state, due_at, run.created_at, ended_at,
    (SELECT count(*) FROM attempt WHERE attempt.run = run.id), snapshot, report, stage, error, hint, asked, occurrence.id
    FROM run JOIN occurrence ON occurrence.id = run.occurrence";

impl Ledger {
    /// Runs, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn runs(&self, filter: &Filter) -> Result<Vec<RunRow>, LedgerError> {
        let sql = format!(
            "{RUNS} WHERE (?1 IS NULL OR pipeline = ?1) AND (NOT ?2 OR run.state NOT IN ('running', 'succeeded'))
             ORDER BY run.created_at DESC, run.id DESC LIMIT ?3"
        );
        self.read(|db| db.prepare(&sql)?.query_map(params![filter.pipeline, filter.troubled, filter.limit], run)?.collect())
    }

    /// The run whose id begins with a text.
    ///
    /// # Errors
    /// There is none, or more than one; the ledger cannot be read.
    pub fn find(&self, id: &str) -> Result<RunRow, LedgerError> {
        let sql = format!("{RUNS} WHERE substr(run.id, 1, length(?1)) = ?1 LIMIT 2");
        let mut found: Vec<RunRow> = self.read(|db| db.prepare(&sql)?.query_map([id], run)?.collect())?;
        match (found.pop(), found.pop()) {
            (Some(run), None) if !id.is_empty() => Ok(run),
            (None, _) => Err(LedgerError::NoRun(id.to_owned())),
            _ => Err(LedgerError::Several(id.to_owned())),
        }
    }

    /// The last run of an occurrence.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn last_run(&self, occurrence: i64) -> Result<Option<RunRow>, LedgerError> {
        let sql = format!("{RUNS} WHERE occurrence.id = ?1 ORDER BY run.created_at DESC, run.id DESC LIMIT 1");
        self.read(|db| db.query_row(&sql, [occurrence], run).optional())
    }

    /// The attempts of a run.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn attempts_of(&self, run: &str) -> Result<Vec<AttemptRow>, LedgerError> {
        let sql = "SELECT number, state, began_at, heartbeat_at, ended_at, pid, stage, error FROM attempt WHERE run = ?1 ORDER BY number";
        let attempt = |row: &Row<'_>| {
            Ok(AttemptRow {
                number: row.get(0)?,
                state: row.get(1)?,
                began_at: moment(row.get(2)?),
                heartbeat_at: moment(row.get(3)?),
                ended_at: row.get::<_, Option<i64>>(4)?.map(moment),
                pid: row.get(5)?,
                stage: row.get(6)?,
                error: row.get(7)?,
            })
        };
        self.read(|db| db.prepare(sql)?.query_map([run], attempt)?.collect())
    }

    /// The stages of a run, by attempt.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn stages_of(&self, run: &str) -> Result<Vec<StageRow>, LedgerError> {
        let sql = "SELECT attempt, name, state, began_at, ended_at FROM stage WHERE run = ?1 ORDER BY attempt, place";
        let stage = |row: &Row<'_>| {
            Ok(StageRow {
                attempt: row.get(0)?,
                name: row.get(1)?,
                state: row.get(2)?,
                began_at: moment(row.get(3)?),
                ended_at: row.get::<_, Option<i64>>(4)?.map(moment),
            })
        };
        self.read(|db| db.prepare(sql)?.query_map([run], stage)?.collect())
    }

    /// Occurrences without a run, newest first: what waits, what was missed, what was skipped.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn without_run(&self, filter: &Filter) -> Result<Vec<OccurrenceRow>, LedgerError> {
        let sql = "SELECT id, pipeline, logical_time, logical_date, cause, state, due_at, remark FROM occurrence
                   WHERE (?1 IS NULL OR pipeline = ?1) AND (NOT ?2 OR state IN ('missed', 'skipped'))
                   AND NOT EXISTS (SELECT 1 FROM run WHERE run.occurrence = occurrence.id) ORDER BY id DESC LIMIT ?3";
        let row = |row: &Row<'_>| Ok(OccurrenceRow { occurrence: occurrence(row)?, remark: row.get(7)? });
        self.read(|db| db.prepare(sql)?.query_map(params![filter.pipeline, filter.troubled, filter.limit], row)?.collect())
    }

    /// The pipelines that were served, each with the instant up to which its schedule is accounted for.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn horizons(&self) -> Result<Vec<(String, DateTime<Utc>)>, LedgerError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT name, horizon FROM pipeline ORDER BY name")?;
            all.query_map([], |row| Ok((row.get(0)?, moment(row.get(1)?))))?.collect()
        })
    }

    /// Whether the stage files of a run may still be wanted: it may go on, and ended no earlier than `since`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn wants_files(&self, run: &str, since: DateTime<Utc>) -> Result<bool, LedgerError> {
        let sql = "SELECT run.state NOT IN ('succeeded', 'cancelled') AND coalesce(ended_at, ?2) >= ?2 FROM run WHERE id = ?1";
        self.read(|db| Ok(db.query_row(sql, params![run, millis(since)], |row| row.get(0)).optional()?.unwrap_or(false)))
    }

    /// Forgets a pipeline's occurrences that were over before a moment, with their runs, and messages that are done
    /// with; gives the ids of the runs. What keeps an occurrence from firing twice is the horizon, which stays.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn forget(&mut self, pipeline: &str, before: DateTime<Utc>) -> Result<Vec<String>, LedgerError> {
        const OLD: &str = "SELECT id FROM occurrence WHERE pipeline = ?1 AND created_at < ?2
            AND state IN ('succeeded', 'held', 'failed', 'missed', 'skipped', 'cancelled')
            AND NOT EXISTS (SELECT 1 FROM run WHERE run.occurrence = occurrence.id AND coalesce(ended_at, ?2) >= ?2)";
        let span = params![pipeline, millis(before)];
        let found: bool = self.read(|db| db.query_row(&format!("SELECT EXISTS ({OLD})"), span, |row| row.get(0)))?;
        if !found {
            return Ok(Vec::new());
        }
        self.change("write to", |transaction| {
            let runs: Vec<String> = transaction
                .prepare(&format!("SELECT id FROM run WHERE occurrence IN ({OLD})"))?
                .query_map(span, |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for table in ["stage", "attempt"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE run IN (SELECT id FROM run WHERE occurrence IN ({OLD}))"), span)?;
            }
            // Successes that were not followed yet are not forgotten; the numbering goes on in any case.
            transaction.execute(
                &format!(
                    "DELETE FROM success WHERE run IN (SELECT id FROM run WHERE occurrence IN ({OLD}))
                     AND number <= (SELECT coalesce(min(followed), 0) FROM pipeline)"
                ),
                span,
            )?;
            transaction.execute(&format!("DELETE FROM run WHERE occurrence IN ({OLD})"), span)?;
            transaction.execute(&format!("DELETE FROM occurrence WHERE id IN ({OLD})"), span)?;
            transaction.execute("DELETE FROM notice WHERE pipeline = ?1 AND created_at < ?2 AND state <> 'pending'", span)?;
            Ok(runs)
        })
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        id: row.get(0)?,
        pipeline: row.get(1)?,
        logical_time: row.get(2)?,
        date: day(row, 3)?,
        cause: row.get(4)?,
        state: row.get(5)?,
        occurrence_state: row.get(6)?,
        due_at: moment(row.get(7)?),
        created_at: moment(row.get(8)?),
        ended_at: row.get::<_, Option<i64>>(9)?.map(moment),
        attempts: row.get(10)?,
        snapshot: row.get(11)?,
        report: row.get(12)?,
        stage: row.get(13)?,
        error: row.get(14)?,
        hint: row.get(15)?,
        config: row.get(16)?,
        occurrence: row.get(17)?,
    })
}
