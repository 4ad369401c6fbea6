//! The tables, and how an older ledger becomes a newer one.
//!
//! `PRAGMA user_version` counts the steps that were taken. A step is never changed once it was released: a new one is
//! added. Each is taken in one transaction, so a ledger stands at a step or before it.

use rusqlite::{Connection, TransactionBehavior};

/// One step a version.
const STEPS: [&str; 1] = [FIRST];

/// What the program writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Instants are milliseconds since 1970 in UTC; texts of states are those of [`super::states`].
const FIRST: &str = "
CREATE TABLE pipeline (
    name      TEXT PRIMARY KEY,
    schedule  TEXT,                 -- the cron pattern in force, null without one
    timezone  TEXT NOT NULL,
    horizon   INTEGER NOT NULL,     -- the schedule is accounted for up to this instant
    followed  INTEGER NOT NULL      -- successes of others are followed up to this one
) STRICT;

CREATE TABLE occurrence (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline     TEXT NOT NULL,
    logical_time TEXT NOT NULL,     -- the instant it was due at (RFC 3339, UTC), or the date of one started by hand
    logical_date TEXT NOT NULL,
    cause        TEXT NOT NULL,
    state        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,  -- no run begins before
    remark       TEXT,              -- why it was missed or skipped
    UNIQUE (pipeline, logical_time)
) STRICT;
CREATE INDEX occurrence_by_state ON occurrence (pipeline, state, due_at, logical_time);
CREATE INDEX occurrence_running ON occurrence (id) WHERE state = 'running';
CREATE INDEX occurrence_by_date ON occurrence (pipeline, logical_date);

CREATE TABLE run (
    id         TEXT PRIMARY KEY,
    occurrence INTEGER NOT NULL REFERENCES occurrence (id),
    asked      TEXT NOT NULL,       -- JSON: what the command line said in place of the pipeline's file
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    snapshot   TEXT,
    report     TEXT,                -- JSON
    stage      TEXT,                -- where it stopped
    error      TEXT,
    hint       TEXT,
    cancelled  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_of_occurrence ON run (occurrence);

CREATE TABLE attempt (
    run          TEXT NOT NULL REFERENCES run (id),
    number       INTEGER NOT NULL,
    state        TEXT NOT NULL,
    began_at     INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    ended_at     INTEGER,
    pid          INTEGER,
    stage        TEXT,
    error        TEXT,
    PRIMARY KEY (run, number)
) STRICT;

CREATE TABLE stage (
    run      TEXT NOT NULL,
    attempt  INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    name     TEXT NOT NULL,
    state    TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (run, attempt, place),
    FOREIGN KEY (run, attempt) REFERENCES attempt (run, number)
) STRICT;

CREATE TABLE success (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline     TEXT NOT NULL,
    logical_time TEXT NOT NULL,
    logical_date TEXT NOT NULL,
    run          TEXT NOT NULL UNIQUE,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX success_by_date ON success (pipeline, logical_date);

CREATE TABLE arrival (
    pipeline TEXT NOT NULL,
    path     TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    seen_at  INTEGER NOT NULL,
    PRIMARY KEY (pipeline, path, sha256)
) STRICT;

CREATE TABLE notice (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline   TEXT NOT NULL,
    target     INTEGER NOT NULL,    -- its place among the pipeline's `[[notify]]`
    event      TEXT NOT NULL,       -- JSON
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL,
    reason     TEXT
) STRICT;
CREATE INDEX notice_by_state ON notice (state, due_at);
";

/// The version of a ledger; 0 where it is new.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes the steps that are missing.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    loop {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have taken a step since the last look.
        let at = version(&transaction)?;
        let Some(step) = usize::try_from(at).ok().and_then(|at| STEPS.get(at)) else { return Ok(()) };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", at + 1)?;
        transaction.commit()?;
    }
}
