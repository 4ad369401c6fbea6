//! Why the ledger could not be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::is_locked;

/// A ledger that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The state folder cannot be made.
    #[error("cannot make the state folder `{}`", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's account.
        source: io::Error,
    },
    /// A newer program has written it.
    #[error("the ledger `{}` is of version {found}, and this program knows version {known}\nhint: use the program that wrote it or a newer one, or another `--state` folder", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// Another process keeps it locked.
    #[error("the ledger `{}` has been locked by another process for too long\nhint: see which program has it open; it is tried again by the next command", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// SQLite's own failure.
    #[error("cannot {doing} the ledger `{}`{}", .path.display(), hint(.source))]
    Sqlite {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// SQLite's account.
        source: rusqlite::Error,
    },
    /// Somebody else has changed the run in the meantime.
    #[error("run {run} is {state}, it cannot {wanted}")]
    State {
        /// The run, or the occurrence.
        run: String,
        /// What it is.
        state: String,
        /// What was wanted.
        wanted: &'static str,
    },
    /// There is no such run.
    #[error("there is no run `{0}`\nhint: `canbao runs` lists them")]
    NoRun(String),
    /// The beginning of an id that several runs have.
    #[error("several runs begin with `{0}`\nhint: write more of the id; `canbao runs` lists them")]
    Several(String),
}

impl LedgerError {
    pub(super) fn of(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        if is_locked(&source) {
            return Self::Locked { path: path.to_owned() };
        }
        Self::Sqlite { doing, path: path.to_owned(), source }
    }

    /// Whether it may be gone at the next try.
    pub const fn can_pass(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }
}

fn hint(source: &rusqlite::Error) -> &'static str {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "\nhint: the file is no ledger; name another folder with `--state`",
        Some(ErrorCode::DatabaseCorrupt) => "\nhint: restore the file from a copy, or move it away: published snapshots are whole",
        Some(ErrorCode::DiskFull) => "\nhint: free some disk space; what was published is whole",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "\nhint: give the user who runs canbao the right to write to the state folder, or name another with `--state`"
        }
        _ => "",
    }
}
