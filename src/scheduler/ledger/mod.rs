//! The ledger: one SQLite file in the state folder that says what was due, what ran, and what became of it.
//!
//! Invariants:
//! - An occurrence, (pipeline, logical time), stands in it at most once, and before a run for it begins.
//! - States change by [`OccurrenceState::may_become`] only; of two processes that want the same change one gets it.
//! - Whatever belongs together is one transaction: a run's end with its occurrence's, with what others follow, and with
//!   the messages about it.
//! - Times are those of the injected clock.
//!
//! The file is in WAL mode: readers never wait for a writer. A writer waits for another up to [`PATIENCE`].

mod error;
mod history;
mod notices;
mod occurrences;
mod runs;
mod schema;
mod states;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

pub use error::LedgerError;
pub use history::{AttemptRow, Filter, OccurrenceRow, RunRow, StageRow};
pub use notices::PendingNotice;
pub use occurrences::{Accounted, Known, Occurrence, Outcome as OccurrenceOutcome, logical_time};
pub use runs::{Begun, End, Ended, Ticket};
pub use states::{Cause, NoticeState, OccurrenceState, RunState, StageState};

/// The ledger's file in the state folder.
pub const FILE: &str = "ledger.sqlite";

/// How long a writer waits for another before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The open ledger of a state folder.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    path: PathBuf,
}

impl Ledger {
    /// Opens the ledger of a state folder; both are made where they are missing.
    ///
    /// # Errors
    /// The folder cannot be written to, the file is no ledger, or it is a newer program's.
    pub fn open(state: &Path) -> Result<Self, LedgerError> {
        let path = state.join(FILE);
        make_private(state).map_err(|source| LedgerError::Folder { path: state.to_owned(), source })?;
        let mut ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        if ledger.refuse_newer()? < schema::VERSION {
            let prepared = schema::migrate(&mut ledger.db);
            prepared.map_err(|source| ledger.failed("prepare", source))?;
        }
        Ok(ledger)
    }

    /// Opens it for looking only; `None` where nothing has run yet.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn look(state: &Path) -> Result<Option<Self>, LedgerError> {
        let path = state.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let version = ledger.refuse_newer()?;
        // One that is being made by another process right now has nothing to show yet.
        Ok((version > 0).then_some(ledger))
    }

    fn connect(path: PathBuf, flags: OpenFlags) -> Result<Self, LedgerError> {
        let prepared = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(|db| {
            db.busy_timeout(PATIENCE)?;
            // The journal's mode stays with the file; asking for it again changes nothing.
            db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            // A commit has to outlive a loss of power: in WAL mode that takes a sync of the log at each.
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "foreign_keys", true)?;
            Ok(db)
        });
        match prepared {
            Ok(db) => Ok(Self { db, path }),
            Err(source) => Err(LedgerError::of("open", &path, source)),
        }
    }

    /// The ledger's version, which is none of a newer program.
    fn refuse_newer(&self) -> Result<i64, LedgerError> {
        let found = schema::version(&self.db).map_err(|source| self.failed("read", source))?;
        if found > schema::VERSION {
            return Err(LedgerError::Newer { path: self.path.clone(), found, known: schema::VERSION });
        }
        Ok(found)
    }

    /// Does something as one transaction that begins with the right to write.
    fn change<T>(&mut self, doing: &'static str, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        let path = self.path.clone();
        canbao_runtime::crash::point("ledger.begin");
        let done = self.db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            let done = work(&transaction)?;
            canbao_runtime::crash::point("ledger.written");
            transaction.commit()?;
            canbao_runtime::crash::point("ledger.committed");
            Ok(done)
        });
        done.map_err(|source| LedgerError::of(doing, &path, source))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        work(&self.db).map_err(|source| self.failed("read", source))
    }

    fn failed(&self, doing: &'static str, source: rusqlite::Error) -> LedgerError {
        LedgerError::of(doing, &self.path, source)
    }
}

/// Makes a folder that only its owner may look into.
pub(in crate::scheduler) fn make_private(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Milliseconds since 1970.
fn millis(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_millis()
}

/// The moment of so many milliseconds since 1970; what no calendar holds is its last moment.
fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Whether another holds the file: that passes.
fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
