//! What the program writes down while it works: to standard error, and to files in the state folder.
//!
//! - `<state>/logs/<pipeline>/<run id>.log`: one run with all its attempts ([`Logs::run`]).
//! - `<state>/logs/serve-YYYY-MM-DD.log`: the scheduler, a file a day ([`Logs::serve`]).
//!
//! Files hold one JSON object a line, times in UTC, from level `info` on, whatever is shown on standard error.
//!
//! # Invariants
//! - Every line goes through [`MaskedWriter`], so no whole resident number is written.
//! - Times are those of the injected clock.
//! - A log that cannot be written stops nothing: it is told once on standard error, and what cannot be written is left out.
//! - Folders and files can be read by their owner only.
//! - A file that is being written is locked, and [`remove_older`] leaves it.

mod files;
mod mask;
mod rotate;
mod stamp;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

pub use files::{FOLDER, RunLog, ServeLog, run_path};
pub use mask::{Form, MaskedWriter, Masking};
pub use rotate::remove_older;

use canbao_runtime::clock::Clock;
use files::Slot;
use stamp::Stamp;

/// What is shown on standard error unless a filter says otherwise.
const SHOWN: &str = "warn";

/// How lines are written to standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A word that is neither `text` nor `json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no form of a log, expected text or json")]
pub struct UnknownLogFormat(String);

impl LogFormat {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(word: &str) -> Result<Self, UnknownLogFormat> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat(word.to_owned())),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is logged to standard error, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The form of lines.
    pub format: LogFormat,
    /// Which lines, such as `info` or `canbao=debug`; by default warnings and errors.
    pub filter: Option<String>,
    /// The zone of the times in text.
    pub zone: Tz,
}

/// The log of this process.
#[derive(Clone)]
pub struct Logs {
    slot: Slot,
    zone: Tz,
    clock: Arc<dyn Clock>,
}

impl Logs {
    /// Logs to the file of a run as well, for as long as what this gives lives. A process logs one run at a time.
    pub fn run(&self, state: &Path, pipeline: &str, run_id: &str) -> RunLog {
        RunLog::open(&self.slot, state, pipeline, run_id)
    }

    /// Logs to the file of the day as well, for as long as what this gives lives.
    pub fn serve(&self, state: &Path) -> ServeLog {
        ServeLog::open(&self.slot, state, self.zone, Arc::clone(&self.clock))
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").field("slot", &self.slot).field("zone", &self.zone).finish_non_exhaustive()
    }
}

/// Starts logging to standard error, for the whole process; panics are masked, too. To be called once: where logging has
/// been started before, it stays as it is, and what this gives logs to no file.
pub fn start(options: &Options, clock: Arc<dyn Clock>) -> Logs {
    let (filter, complaint) = filter(options.filter.as_deref());
    let slot = Slot::default();
    let logs = Logs { slot: slot.clone(), zone: options.zone, clock: Arc::clone(&clock) };
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let _ = subscriber(options, filter, colours, io::stderr, slot, clock).try_init();
    panic::set_hook(Box::new(tell_panic));
    if let Some(complaint) = complaint {
        tracing::warn!("{complaint}");
    }
    logs
}

/// What receives events: a layer for standard error, one for the file in `slot`.
fn subscriber<W>(
    options: &Options,
    filter: EnvFilter,
    colours: bool,
    stderr: W,
    slot: Slot,
    clock: Arc<dyn Clock>,
) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let shown = match options.format {
        LogFormat::Text => {
            let stamp = Stamp::local(Arc::clone(&clock), options.zone);
            layer().with_timer(stamp).with_ansi(colours).log_internal_errors(false).with_writer(Masking::new(stderr, Form::Text)).boxed()
        }
        LogFormat::Json => json(Arc::clone(&clock), Masking::new(stderr, Form::Json)),
    };
    let in_use = slot.clone();
    let to_file = dynamic_filter_fn(move |metadata, _| *metadata.level() <= LevelFilter::INFO && in_use.in_use());
    registry()
        .with(shown.with_filter(filter))
        .with(json(clock, Masking::new(slot, Form::Json)).with_filter(to_file.with_max_level_hint(LevelFilter::INFO)))
}

/// Lines of JSON with the event's own fields at the top.
fn json<S, W>(clock: Arc<dyn Clock>, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> registry::LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    lines.with_timer(Stamp::utc(clock)).log_internal_errors(false).with_writer(writer).boxed()
}

/// The filter, and what is wrong with it where the default stands in for it.
fn filter(text: Option<&str>) -> (EnvFilter, Option<String>) {
    match text.filter(|text| !text.trim().is_empty()).map(EnvFilter::try_new) {
        None => (EnvFilter::new(SHOWN), None),
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => {
            (EnvFilter::new(SHOWN), Some(format!("the log's filter cannot be read, so `{SHOWN}` stands in for it: {error}")))
        }
    }
}

/// A panic is a defect and may hold any value: it goes where the usual hook sends it, but masked.
fn tell_panic(panic: &panic::PanicHookInfo<'_>) {
    let thread = std::thread::current().name().unwrap_or("<unnamed>").to_owned();
    let backtrace = Backtrace::capture();
    let mut text = format!("thread '{thread}' {panic}\n");
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("{backtrace}\n"));
    }
    // Nowhere is left to say that standard error is closed.
    let _ = MaskedWriter::new(io::stderr(), Form::Text).write_all(text.as_bytes());
}

#[cfg(test)]
mod tests;
