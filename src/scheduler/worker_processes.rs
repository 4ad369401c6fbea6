//! Runs as processes of their own: this program once more, with the hidden command `attempt`.
//!
//! A process of its own can be ended whatever it does, gives its memory back, and takes nobody with it. What it came to
//! stands in the ledger; its exit status is only heard.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::ledger::Occurrence;
use crate::logging::LogFormat;
use crate::pipeline::RunConfig;

/// The hidden command of a run's process.
pub const COMMAND: &str = "attempt";

/// The processes under way.
#[derive(Debug)]
pub struct WorkerProcesses {
    state: PathBuf,
    config: RunConfig,
    log_format: LogFormat,
    children: Vec<Running>,
}

/// One process.
#[derive(Debug)]
pub struct Running {
    /// The occurrence that it works for.
    pub occurrence: i64,
    /// Its pipeline.
    pub pipeline: String,
    process: Child,
}

/// A process that ended.
#[derive(Debug)]
pub struct ExitedProcess {
    /// The occurrence that it worked for.
    pub occurrence: i64,
    /// Its pipeline.
    pub pipeline: String,
    /// How it ended.
    pub status: ExitStatus,
}

impl WorkerProcesses {
    /// No processes; `config` goes with each that is started.
    pub fn new(state: PathBuf, config: RunConfig, log_format: LogFormat) -> Self {
        Self { state, config, log_format, children: Vec::new() }
    }

    /// Whether no process is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many are under way.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether one is under way for an occurrence.
    pub fn has(&self, occurrence: i64) -> bool {
        self.children.iter().any(|child| child.occurrence == occurrence)
    }

    /// Whether one is under way for a pipeline.
    pub fn has_of(&self, pipeline: &str) -> bool {
        self.children.iter().any(|child| child.pipeline == pipeline)
    }

    /// Starts a process for an occurrence of the pipeline whose file has this text: what the file says by now may be
    /// broken.
    ///
    /// # Errors
    /// The system starts none.
    pub fn start(&mut self, occurrence: &Occurrence, text: &str) -> io::Result<()> {
        canbao_runtime::crash::point("processes.start");
        let mut command = Command::new(program()?);
        command.arg(COMMAND).arg(occurrence.id.to_string()).arg("--state").arg(&self.state);
        command.arg("--config").arg(self.config.to_json()).arg("--log-format").arg(self.log_format.to_string());
        // Its report is in the ledger; its log goes where ours goes.
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = command.spawn()?;
        if let Some(mut stdin) = process.stdin.take() {
            // A process that is gone already is found by the ledger.
            let _ = stdin.write_all(handed(text).as_bytes());
        }
        canbao_runtime::crash::point("processes.started");
        self.children.push(Running { occurrence: occurrence.id, pipeline: occurrence.pipeline.clone(), process });
        Ok(())
    }

    /// The processes that have ended since the last call.
    pub fn reap(&mut self) -> Vec<ExitedProcess> {
        let mut gone = Vec::new();
        self.children.retain_mut(|child| match child.process.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                gone.push(ExitedProcess { occurrence: child.occurrence, pipeline: child.pipeline.clone(), status });
                false
            }
            Err(error) => {
                tracing::warn!("cannot ask for a run's process: {error}");
                true
            }
        });
        gone
    }

    /// Lets all end by themselves for a while, then asks them to stop, then ends them. What was not finished is parked,
    /// or found crashed at the next start.
    pub fn drain(&mut self, grace: Duration, is_urgent: impl Fn() -> bool) -> Vec<ExitedProcess> {
        /// How long a process may take to write down that it is parked.
        const PARKING: Duration = Duration::from_secs(20);
        const LOOK: Duration = Duration::from_millis(50);
        let began = Instant::now();
        let mut gone = Vec::new();
        let mut asked: Option<Instant> = None;
        while !self.children.is_empty() {
            gone.extend(self.reap());
            match asked {
                None if began.elapsed() >= grace || is_urgent() => {
                    self.children.iter_mut().for_each(|child| terminate(&mut child.process));
                    asked = Some(Instant::now());
                }
                Some(since) if since.elapsed() >= PARKING => {
                    for child in &mut self.children {
                        let _ = child.process.kill();
                    }
                }
                _ => {}
            }
            if !self.children.is_empty() {
                std::thread::sleep(LOOK);
            }
        }
        gone
    }
}

/// A pipeline's file as it is handed to a run's process: its length stands before it, as the hand that gives it may die.
fn handed(text: &str) -> String {
    format!("{}\n{text}", text.len())
}

/// What [`WorkerProcesses::start`] handed over; `None` where it is not whole.
pub fn taken(handed: &str) -> Option<&str> {
    let (length, text) = handed.split_once('\n')?;
    (length.parse() == Ok(text.len())).then_some(text)
}

/// This program. On Linux by a name that stays good when the file is replaced while the program runs.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok(PathBuf::from("/proc/self/exe")) } else { std::env::current_exe() }
}

#[cfg(unix)]
fn terminate(process: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn terminate(process: &mut Child) {
    let _ = process.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_is_not_taken() {
        let whole = handed("title = \"乡镇\"\n");
        assert_eq!(taken(&whole), Some("title = \"乡镇\"\n"));
        for end in (0..whole.len()).filter(|&end| whole.is_char_boundary(end)) {
            assert_eq!(taken(&whole[..end]), None, "{end}");
        }
        assert_eq!(taken(&handed("")), Some(""));
    }
}
