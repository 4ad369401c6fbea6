//! Log files: one for each run, one a day for the scheduler. A file that cannot be written is told of once.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono_tz::Tz;
use tracing_subscriber::fmt::MakeWriter;

use canbao_rules::period::Day;
use canbao_runtime::clock::Clock;

/// The folder of log files in the state folder; the runs of each pipeline have a folder in it.
pub const FOLDER: &str = "logs";
/// What a scheduler's log file is called, before and after its day.
const SERVE: (&str, &str) = ("serve-", ".log");

/// Where lines go.
trait Destination: Send {
    /// Takes whole lines.
    fn write(&mut self, lines: &[u8]);
}

/// The place of the one log file of this process, empty until there is a run or a scheduler to log.
#[derive(Clone, Default)]
pub struct Slot {
    destination: Arc<Mutex<Option<Box<dyn Destination>>>>,
    in_use: Arc<AtomicBool>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("in_use", &self.in_use).finish_non_exhaustive()
    }
}

impl Slot {
    /// Whether anything is logged to a file at all.
    pub fn in_use(&self) -> bool {
        self.in_use.load(Ordering::Relaxed)
    }

    fn put(&self, destination: Option<Box<dyn Destination>>) {
        self.in_use.store(destination.is_some(), Ordering::Relaxed);
        // A thread that panicked while it wrote left at worst half a line.
        *self.destination.lock().unwrap_or_else(PoisonError::into_inner) = destination;
    }
}

impl Write for Slot {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if let Some(destination) = self.destination.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            destination.write(lines);
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Slot {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// While it lives, everything this process logs goes to the file of one run as well.
#[derive(Debug)]
#[must_use = "the run is logged only while this lives"]
pub struct RunLog {
    slot: Slot,
    path: PathBuf,
}

impl RunLog {
    pub(super) fn open(slot: &Slot, state: &Path, pipeline: &str, run_id: &str) -> Self {
        let path = run_path(state, pipeline, run_id);
        if is_plain(pipeline) && is_plain(run_id) {
            slot.put(Some(Box::new(LogFile::open(state, path.clone(), Box::new(tell)))));
        } else {
            tell(&format!("the run is not logged: `{pipeline}` or `{run_id}` cannot name a file\n"));
        }
        Self { slot: slot.clone(), path }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        self.slot.put(None);
    }
}

/// While it lives, everything this process logs goes to the file of the day as well.
#[derive(Debug)]
#[must_use = "the scheduler is logged only while this lives"]
pub struct ServeLog {
    slot: Slot,
}

impl ServeLog {
    pub(super) fn open(slot: &Slot, state: &Path, zone: Tz, clock: Arc<dyn Clock>) -> Self {
        slot.put(Some(Box::new(Daily { state: state.to_owned(), zone, clock, today: None })));
        Self { slot: slot.clone() }
    }
}

impl Drop for ServeLog {
    fn drop(&mut self) {
        self.slot.put(None);
    }
}

/// The log file of a run, whether it is there or not.
pub fn run_path(state: &Path, pipeline: &str, run_id: &str) -> PathBuf {
    state.join(FOLDER).join(pipeline).join(format!("{run_id}.log"))
}

/// The day of a scheduler's log file, by its name; `None` for all other files.
pub(super) fn day_of(name: &str) -> Option<Day> {
    name.strip_prefix(SERVE.0)?.strip_suffix(SERVE.1)?.parse().ok()
}

/// The scheduler's log: another file each day.
struct Daily {
    state: PathBuf,
    zone: Tz,
    clock: Arc<dyn Clock>,
    today: Option<(Day, LogFile)>,
}

impl Destination for Daily {
    fn write(&mut self, lines: &[u8]) {
        let day = self.clock.today(self.zone);
        let open = || {
            let path = self.state.join(FOLDER).join(format!("{}{day}{}", SERVE.0, SERVE.1));
            (day, LogFile::open(&self.state, path, Box::new(tell)))
        };
        match &mut self.today {
            Some((of, file)) if *of == day => file.write(lines),
            today => today.insert(open()).1.write(lines),
        }
    }
}

/// One file to which lines are appended.
struct LogFile {
    state: PathBuf,
    path: PathBuf,
    /// What it is told once that it cannot be written.
    tell: Box<dyn Fn(&str) + Send>,
    file: Option<File>,
    told: bool,
    /// Part of a line was written: the next begins on a line of its own.
    torn: bool,
}

impl LogFile {
    /// The file, made if it is not there. Whoever holds it open locks it, so that nobody removes it for its age.
    fn open(state: &Path, path: PathBuf, tell: Box<dyn Fn(&str) + Send>) -> Self {
        let mut log = Self { state: state.to_owned(), path, tell, file: None, told: false, torn: false };
        match open(&log.state, &log.path) {
            Ok(file) => log.file = Some(file),
            Err(error) => log.failed(&error),
        }
        log
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.state, &self.path)?),
        };
        if self.torn {
            file.write_all(b"\n")?;
            self.torn = false;
        }
        // One call for each piece, so that two processes do not mix within a line.
        let written = match file.write(lines) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            written => written?,
        };
        if written < lines.len() {
            self.torn = written > 0;
            file.write_all(&lines[written..])?;
            self.torn = false;
        }
        Ok(())
    }

    fn failed(&mut self, error: &io::Error) {
        if !self.told {
            self.told = true;
            (self.tell)(&format!("cannot write the log `{}`: {error}; what cannot be written is left out\n", self.path.display()));
        }
    }
}

impl Destination for LogFile {
    fn write(&mut self, lines: &[u8]) {
        if let Err(error) = self.append(lines) {
            self.failed(&error);
        }
    }
}

/// Tells of a log that cannot be written where there is no log any more.
fn tell(text: &str) {
    // Nowhere is left to say that standard error is closed.
    let _ = io::stderr().write_all(format!("warning: {text}").as_bytes());
}

/// Whether a text is one step of a path, to below.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// The folder of log files and those in it are for their owner only; the state folder above is as it is.
fn open(state: &Path, path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        fs::create_dir_all(state)?;
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A file system without locks has to do without: age alone protects the file then.
    let _ = file.try_lock_shared();
    Ok(file)
}

#[cfg(test)]
mod tests;
