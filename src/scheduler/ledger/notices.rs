//! Messages to people that wait to be sent.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::states::NoticeState;
use super::{Ledger, LedgerError, millis, moment};

/// A message that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingNotice {
    /// Its number.
    pub id: i64,
    /// The pipeline.
    pub pipeline: String,
    /// The target's place among the pipeline's `[[notify]]`.
    pub target: i64,
    /// The event, as JSON.
    pub event: String,
    /// How often it was tried.
    pub tries: u32,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

impl Ledger {
    /// The messages to send now, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn notices_due(&self, now: DateTime<Utc>) -> Result<Vec<PendingNotice>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT id, pipeline, target, event, tries, created_at FROM notice
                       WHERE state = 'pending' AND due_at <= ?1 ORDER BY due_at, id LIMIT 100";
            let notice = |row: &rusqlite::Row<'_>| {
                Ok(PendingNotice {
                    id: row.get(0)?,
                    pipeline: row.get(1)?,
                    target: row.get(2)?,
                    event: row.get(3)?,
                    tries: row.get(4)?,
                    since: moment(row.get(5)?),
                })
            };
            db.prepare(sql)?.query_map([millis(now)], notice)?.collect()
        })
    }

    /// Writes down what came of a try; `due_at` is when the next one is, where it stays pending.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn noticed(&mut self, id: i64, state: NoticeState, reason: Option<&str>, due_at: Option<DateTime<Utc>>) -> Result<(), LedgerError> {
        self.change("write to", |transaction| {
            transaction.execute(
                "UPDATE notice SET state = ?2, reason = ?3, due_at = coalesce(?4, due_at), tries = tries + 1 WHERE id = ?1",
                params![id, state, reason, due_at.map(millis)],
            )?;
            Ok(())
        })
    }
}

/// Puts messages about a pipeline aside, to be sent.
pub(super) fn post(transaction: &Transaction<'_>, pipeline: &str, notices: &[(i64, String)], now: DateTime<Utc>) -> rusqlite::Result<()> {
    for (target, event) in notices {
        transaction.execute(
            "INSERT INTO notice (pipeline, target, event, created_at, due_at, state) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
            params![pipeline, target, event, millis(now), NoticeState::Pending],
        )?;
    }
    Ok(())
}
