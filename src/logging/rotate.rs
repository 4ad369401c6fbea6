//! Log files go when they are old: those of the scheduler by the day in their name, those of runs by when they were last
//! written. A file that somebody writes is never old.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::files::day_of;
use canbao_runtime::clock::Clock;

/// Removes the log files in `folder` that are older than `age`; gives those removed. A day is that of `zone`, as it is for
/// the scheduler's log. Folders within stay as they are: each pipeline's runs have one, and an age, of their own. A file
/// that cannot be removed stays, which is logged.
///
/// # Errors
/// The folder cannot be read. One that is not there holds nothing old.
pub fn remove_older(folder: &Path, age: TimeDelta, clock: &dyn Clock, zone: Tz) -> io::Result<Vec<PathBuf>> {
    let before = clock.now().checked_sub_signed(age).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut old: Vec<PathBuf> = entries.into_iter().filter(|path| is_old(path, before, zone)).collect();
    old.sort();
    old.retain(|path| match remove(path) {
        Ok(removed) => removed,
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "an old log file cannot be removed");
            false
        }
    });
    Ok(old)
}

fn is_old(path: &Path, before: DateTime<Utc>, zone: Tz) -> bool {
    let Some(data) = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file) else { return false };
    match path.file_name().and_then(|name| day_of(name.to_str()?)) {
        // Years further off than a zone can be reckoned for are before all logs.
        Some(day) => before > DateTime::<Utc>::MIN_UTC && NaiveDate::from(day) < before.with_timezone(&zone).date_naive(),
        None => {
            path.extension().is_some_and(|ending| ending == "log") && data.modified().is_ok_and(|at| DateTime::<Utc>::from(at) < before)
        }
    }
}

/// Removes a file unless somebody holds it; `false` where somebody does.
fn remove(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(false),
        // A file system without locks: its age has to do.
        Ok(()) | Err(TryLockError::Error(_)) => fs::remove_file(path).map(|()| true),
    }
}

#[cfg(test)]
mod tests;
