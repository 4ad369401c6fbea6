//! A run's folder below the state folder, and the lock in it by which others know that the run is alive.
//!
//! The system lets go of a lock when its process dies, however it dies. A run begins in the ledger only while its lock
//! is held, so a run under way with a free lock is dead.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::ledger::make_private;

/// The folder of all runs, below the state folder.
pub const RUNS: &str = "runs";

/// The file that is there to be locked.
const LOCK: &str = "lock";

/// A run's folder, locked for as long as this is held.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Takes the folder of a run; `None` where another process has it.
    ///
    /// # Errors
    /// It cannot be made or locked.
    pub fn take(state: &Path, run: &str) -> io::Result<Option<Self>> {
        let path = path_of(state, run);
        make_private(&state.join(RUNS))?;
        make_private(&path)?;
        let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with all that is in it. What cannot be removed now is left to the house-keeping.
    pub fn remove(self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Where a run's folder is.
pub fn path_of(state: &Path, run: &str) -> PathBuf {
    state.join(RUNS).join(run)
}

/// Whether a process works on a run.
pub fn is_alive(state: &Path, run: &str) -> bool {
    let Ok(lock) = File::open(path_of(state, run).join(LOCK)) else { return false };
    matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}
