//! Why the ledger could not be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::is_locked;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

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
    #[error("the ledger `{}` is of version {found}, and this program knows version {known}", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// Another process keeps it locked.
    #[error("the ledger `{}` has been locked by another process for too long", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// SQLite's own failure.
    #[error("cannot {doing} the ledger `{}`", .path.display())]
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
    #[error("there is no run `{0}`")]
    NoRun(String),
    /// The beginning of an id that several runs have.
    #[error("several runs begin with `{0}`")]
    Several(String),
}

impl LedgerError {
    pub(super) fn of(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        if is_locked(&source) {
            return Self::Locked { path: path.to_owned() };
        }
        Self::Sqlite { doing, path: path.to_owned(), source }
    }
}

impl Diagnostic for LedgerError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Folder { source, .. } => source.class(),
            Self::Newer { .. } | Self::Sqlite { .. } => ErrorClass::Environment,
            Self::Locked { .. } => ErrorClass::Transient,
            Self::State { .. } => ErrorClass::Data,
            Self::NoRun(_) | Self::Several(_) => ErrorClass::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Folder { source, .. } => return source.hint(),
            Self::Newer { .. } => "use the program that wrote it or a newer one, or another `--state` folder",
            Self::Locked { .. } => "see which program has it open; it is tried again by the next command",
            Self::Sqlite { source, .. } => sqlite_hint(source)?,
            Self::State { .. } => return None,
            Self::NoRun(_) => "`canbao runs` lists them",
            Self::Several(_) => "write more of the id; `canbao runs` lists them",
        };
        Some(hint.to_owned())
    }
}

fn sqlite_hint(source: &rusqlite::Error) -> Option<&'static str> {
    Some(match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is no ledger; name another folder with `--state`",
        Some(ErrorCode::DatabaseCorrupt) => "restore the file from a copy, or move it away: published snapshots are whole",
        Some(ErrorCode::DiskFull) => "free some disk space; what was published is whole",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "give the user who runs canbao the right to write to the state folder, or name another with `--state`"
        }
        _ => return None,
    })
}
