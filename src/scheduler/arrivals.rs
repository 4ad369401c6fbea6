//! Files that have arrived: new or changed, completely written, each content once.
//!
//! A [`Watch`] looks at the files of one pattern as often as it is asked to. What it sees of a file is its state: size,
//! times and identity. A file counts as completely written once its state has stood still for a while, and only then is
//! it read, once, for the hash of its content. As long as the state stays the same, the file is never opened again.
//!
//! # Invariants
//! - A file that changed while it was read is not reported. It has to stand still again.
//! - The same content of the same path is reported once, however often the file is touched, moved away and put back.
//! - One file that cannot be read does not keep the others from arriving. It is told once, until it can be read.
//! - Nothing but a regular file is opened: a named pipe would be waited for.
//!
//! The machine's clock does not come into it: how long a file has stood still is measured between the moments at which
//! one looked. Names that are no UTF-8 are not seen (`glob` cannot match them).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use glob::PatternError;
use sha2::{Digest, Sha256};

use crate::pipeline::FileTrigger;

/// How much of a file is held while it is hashed.
const BUFFER: usize = 1 << 20;

/// The files of one pattern, and what is known of each.
#[derive(Debug)]
pub struct Watch {
    files: String,
    quiet: TimeDelta,
    known: BTreeMap<PathBuf, Known>,
    /// Contents that were reported: they outlive the file.
    reported: BTreeSet<(PathBuf, String)>,
    /// What cannot be read, and was told.
    unreadable: BTreeSet<PathBuf>,
}

/// What one look found.
#[derive(Debug, Default)]
pub struct Look {
    /// New contents, in byte order of their paths.
    pub arrived: Vec<Arrived>,
    /// What cannot be read, and was not told before.
    pub unreadable: Vec<Unreadable>,
}

/// A content that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The file, as the pattern finds it: relative where the pattern is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The hash of its content, 64 hexadecimal digits.
    pub sha256: String,
}

/// A file or folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`, which `when_new` waits for", path.display())]
pub struct Unreadable {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's account.
    pub source: io::Error,
}

/// What is known of a file.
#[derive(Debug)]
struct Known {
    state: State,
    /// Since when it has been seen in this state.
    since: DateTime<Utc>,
    /// Whether its content in this state is known.
    hashed: bool,
}

/// What changes when a file does, as far as that can be seen without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device, inode and change time, where there are such: they show a file that was put in another's place, and one
    /// that was written to and dated back.
    identity: Option<(u64, u64, i64, i64)>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64, i64, i64)> {
    None
}

impl Watch {
    /// A watch that has seen nothing yet: whatever is there already will arrive.
    pub fn new(when_new: &FileTrigger) -> Self {
        Self {
            files: when_new.files.clone(),
            quiet: when_new.quiet.delta(),
            known: BTreeMap::new(),
            reported: BTreeSet::new(),
            unreadable: BTreeSet::new(),
        }
    }

    /// Looks at the files, and reads those that have stood still and are not known.
    ///
    /// # Errors
    /// The pattern is none; a pipeline's file with such a one is refused.
    pub fn look(&mut self, now: DateTime<Utc>) -> Result<Look, PatternError> {
        let mut look = Look::default();
        let mut there = BTreeSet::new();
        let mut failing = BTreeSet::new();
        for found in glob::glob_with(&self.files, FileTrigger::MATCH)? {
            let (path, seen) = match found {
                Ok(path) => {
                    let seen = self.look_at(&path, now);
                    (path, seen)
                }
                Err(error) => (error.path().to_owned(), Err(error.into())),
            };
            match seen {
                Ok(Seen::Arrived(arrived)) => look.arrived.push(arrived),
                Ok(Seen::Nothing) => {}
                Ok(Seen::ExitedProcess) => continue,
                Err(source) => {
                    if !self.unreadable.contains(&path) && !failing.contains(&path) {
                        look.unreadable.push(Unreadable { path: path.clone(), source });
                    }
                    failing.insert(path.clone());
                }
            }
            there.insert(path);
        }
        self.known.retain(|path, _| there.contains(path));
        self.unreadable = failing;
        look.arrived.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(look)
    }

    fn look_at(&mut self, path: &Path, now: DateTime<Utc>) -> io::Result<Seen> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            // ExitedProcess since it was listed; a link that leads nowhere stays, and is told.
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => return Ok(Seen::ExitedProcess),
            Err(error) => return Err(error),
        };
        if metadata.is_dir() {
            return Ok(Seen::ExitedProcess);
        }
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        let state = State::of(&metadata);
        let known = self.known.entry(path.to_owned()).or_insert_with(|| Known { state: state.clone(), since: now, hashed: false });
        // A clock that was set back must not keep a file waiting until it has caught up.
        if known.state != state || now < known.since {
            known.hashed &= known.state == state;
            known.state = state;
            known.since = now;
        }
        if known.hashed || now - known.since < self.quiet {
            return Ok(Seen::Nothing);
        }
        let Some(sha256) = content(path, &known.state)? else {
            known.since = now;
            return Ok(Seen::Nothing);
        };
        known.hashed = true;
        let bytes = known.state.bytes;
        if !self.reported.insert((path.to_owned(), sha256.clone())) {
            return Ok(Seen::Nothing);
        }
        Ok(Seen::Arrived(Arrived { path: path.to_owned(), bytes, sha256 }))
    }
}

/// What became of a path that was listed.
enum Seen {
    Arrived(Arrived),
    Nothing,
    /// It is no file that could arrive.
    ExitedProcess,
}

/// The hash of a file's content; `None` where the file is not in this state, before or after it was read.
fn content(path: &Path, state: &State) -> io::Result<Option<String>> {
    let file = File::open(path)?;
    content_of(&file, &file, path, state)
}

/// The same of a file that is open, its bytes coming from `bytes`.
fn content_of(file: &File, bytes: impl Read, path: &Path, state: &State) -> io::Result<Option<String>> {
    let same = |metadata: io::Result<Metadata>| metadata.is_ok_and(|metadata| State::of(&metadata) == *state);
    if !same(file.metadata()) {
        return Ok(None);
    }
    // No further: a file that grows as fast as it is read has no end, and is another already.
    let mut bytes = bytes.take(state.bytes);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match bytes.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // Written to, or another put in its place.
    Ok((same(file.metadata()) && same(fs::metadata(path))).then(|| format!("{:x}", hash.finalize())))
}

#[cfg(test)]
mod tests;
