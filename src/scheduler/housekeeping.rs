//! Housekeeping: removes what is older than it is to be kept, and what killed processes left behind. The latest snapshot is
//! never removed, nor one that another refers to. It has a thread of its own, as a store may take its time.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::folder::{self, RUNS};
use super::ledger::{Ledger, LedgerError};
use super::worker_threads::{ServedPipelines, WorkerThread};
use crate::logging;
use crate::pipeline::{Pipeline, RunConfig};
use crate::schedule::Span;
use canbao_publish::{Publisher, RetentionTerms};
use canbao_runtime::clock::Clock;
use canbao_runtime::error_report::error_text;

/// A draft in an object store, whose process cannot be seen, is given up after this.
const UNFINISHED: TimeDelta = TimeDelta::days(2);

/// How often the thread looks for stage files that nobody wants any more.
const LOOK: Duration = Duration::from_secs(60);
/// How often all the rest is looked at.
const ROUND: Duration = Duration::from_secs(3600);

/// Starts the thread.
pub(super) fn start(state: &Path, config: RunConfig, served: ServedPipelines, clock: Arc<dyn Clock>) -> io::Result<WorkerThread> {
    let mut housekeeping = Housekeeping { state: state.to_owned(), config, served, clock, kept: None };
    WorkerThread::start("housekeeping", LOOK, move || {
        if let Err(error) = housekeeping.look() {
            tracing::warn!("keeping housekeeping waits: {}", error_text(&error));
        }
    })
}

struct Housekeeping {
    state: PathBuf,
    config: RunConfig,
    served: ServedPipelines,
    clock: Arc<dyn Clock>,
    /// When all was looked at last.
    kept: Option<Instant>,
}

impl Housekeeping {
    fn look(&mut self) -> Result<(), LedgerError> {
        let mut ledger = Ledger::open(&self.state)?;
        let pipelines = self.served.all();
        remove_stage_files(&ledger, &self.state, &pipelines, self.clock.now());
        // A run that is under way may read old snapshots: they are left alone until none is.
        let due = self.kept.is_none_or(|kept| kept.elapsed() >= ROUND);
        if due && ledger.running()?.is_empty() {
            self.kept = Some(Instant::now());
            keep(&mut ledger, &self.state, &self.config, &pipelines, self.clock.as_ref());
        }
        Ok(())
    }
}

/// Cleans up after all pipelines. Whatever cannot be removed is told and tried again at the next time.
fn keep(ledger: &mut Ledger, state: &Path, config: &RunConfig, pipelines: &[Arc<Pipeline>], clock: &dyn Clock) {
    forget(ledger, state, pipelines, clock);
    let mut places: BTreeMap<&str, Vec<&Pipeline>> = BTreeMap::new();
    for pipeline in pipelines {
        places.entry(config.publish.as_deref().unwrap_or(&pipeline.publish.location)).or_default().push(pipeline);
    }
    for (place, pipelines) in places {
        match Publisher::open(place) {
            Ok(publisher) => retire(&publisher, &pipelines, clock.now()),
            Err(error) => tracing::warn!("cannot look into `{place}`: {}", error_text(&error)),
        }
    }
}

/// History and logs.
fn forget(ledger: &mut Ledger, state: &Path, pipelines: &[Arc<Pipeline>], clock: &dyn Clock) {
    let logs = state.join(logging::FOLDER);
    for pipeline in pipelines {
        let keep = pipeline.execution.retention.runs;
        match ledger.forget(&pipeline.name, earlier(clock.now(), keep)) {
            Ok(runs) if !runs.is_empty() => tracing::info!(pipeline = pipeline.name, runs = runs.len(), "history forgotten"),
            Ok(_) => {}
            Err(error) => tracing::warn!("{}", error_text(&error)),
        }
        remove_logs(&logs.join(&pipeline.name), keep, clock, pipeline.timezone);
    }
    // The scheduler's own log is kept as long as the longest history.
    if let Some(longest) = pipelines.iter().map(|pipeline| pipeline.execution.retention.runs).max() {
        remove_logs(&logs, longest, clock, chrono_tz::Asia::Shanghai);
    }
}

fn remove_logs(folder: &Path, keep: Span, clock: &dyn Clock, zone: Tz) {
    match logging::remove_older(folder, delta(keep), clock, zone) {
        Ok(removed) if !removed.is_empty() => tracing::info!(files = removed.len(), "old logs removed"),
        Ok(_) => {}
        Err(error) => tracing::warn!("cannot remove old logs from `{}`: {error}", folder.display()),
    }
}

/// Folders of runs that will not go on.
fn remove_stage_files(ledger: &Ledger, state: &Path, pipelines: &[Arc<Pipeline>], now: DateTime<Utc>) {
    let Ok(entries) = fs::read_dir(state.join(RUNS)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(run) = name.to_str() else { continue };
        if folder::is_alive(state, run) {
            continue;
        }
        let keep = ledger.find(run).ok().and_then(|run| pipelines.iter().find(|pipeline| pipeline.name == run.pipeline));
        let keep = keep.map(|pipeline| pipeline.execution.retention).unwrap_or_default();
        match ledger.wants_files(run, earlier(now, keep.stages)) {
            Ok(false) => match fs::remove_dir_all(entry.path()) {
                Ok(()) => tracing::debug!(run_id = run, "stage files removed"),
                Err(error) => tracing::warn!("cannot remove `{}`: {error}", entry.path().display()),
            },
            Ok(true) => {}
            Err(error) => tracing::warn!("{}", error_text(&error)),
        }
    }
}

/// Snapshots that are old, and drafts whose process is gone.
fn retire(publisher: &Publisher, pipelines: &[&Pipeline], now: DateTime<Utc>) {
    let mut keeps = BTreeMap::new();
    for pipeline in pipelines {
        match publisher.sweep(&pipeline.name, now - UNFINISHED) {
            Ok(removed) if !removed.is_empty() => tracing::info!(pipeline = pipeline.name, removed = removed.len(), "drafts swept"),
            Ok(_) => {}
            Err(error) => tracing::warn!("{}", error_text(&error)),
        }
        let kept = &pipeline.execution.retention;
        if let Some(age) = kept.snapshots {
            keeps.insert(
                pipeline.name.clone(),
                RetentionTerms { age: Some(u32::try_from(age.delta().num_days()).unwrap_or(u32::MAX)), at_least: kept.snapshots_at_least },
            );
        }
    }
    if keeps.is_empty() {
        return;
    }
    // Logical dates are civil; the zone matters to a day, and a day more is kept.
    let today = canbao_rules::period::Day::from(now.date_naive());
    match publisher.retain(&keeps, today) {
        Ok(removed) if !removed.is_empty() => tracing::info!(snapshots = removed.len(), "old snapshots removed"),
        Ok(_) => {}
        Err(error) => tracing::warn!("{}", error_text(&error)),
    }
}

fn earlier(now: DateTime<Utc>, span: Span) -> DateTime<Utc> {
    now.checked_sub_signed(delta(span)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

fn delta(span: Span) -> TimeDelta {
    span.delta()
}
