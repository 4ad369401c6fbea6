//! Looks for files that wake pipelines, from a thread of its own: a large file takes long to hash.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::arrivals::Watch;
use super::ledger::{Ledger, LedgerError};
use super::wake::WakeSignal;
use super::worker_threads::{ServedPipelines, WorkerThread};
use crate::pipeline::{FileTrigger, Pipeline};
use canbao_runtime::clock::Clock;
use canbao_runtime::error_report::error_text;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(super) fn start(state: &Path, served: ServedPipelines, clock: Arc<dyn Clock>, signal: WakeSignal) -> io::Result<WorkerThread> {
    let mut watcher = FileWatcher { state: state.to_owned(), served, clock, signal, watches: BTreeMap::new() };
    WorkerThread::start("arrivals", LOOK, move || {
        if let Err(error) = watcher.look() {
            tracing::warn!("files that have arrived wait: {}", error_text(&error));
        }
    })
}

struct FileWatcher {
    state: PathBuf,
    served: ServedPipelines,
    clock: Arc<dyn Clock>,
    signal: WakeSignal,
    watches: BTreeMap<String, (FileTrigger, Watch)>,
}

impl FileWatcher {
    fn look(&mut self) -> Result<(), LedgerError> {
        let pipelines = self.served.all();
        self.watches.retain(|name, _| pipelines.iter().any(|pipeline| pipeline.name == *name));
        for pipeline in &pipelines {
            match &pipeline.execution.when_new {
                Some(wanted) => self.look_for(pipeline, wanted)?,
                None => drop(self.watches.remove(&pipeline.name)),
            }
        }
        Ok(())
    }

    fn look_for(&mut self, pipeline: &Pipeline, wanted: &FileTrigger) -> Result<(), LedgerError> {
        let fresh = || (wanted.clone(), Watch::new(wanted));
        let (known, watch) = self.watches.entry(pipeline.name.clone()).or_insert_with(fresh);
        if known != wanted {
            (*known, *watch) = fresh();
        }
        // A pattern that is none is refused with the pipeline's file.
        let Ok(look) = watch.look(self.clock.now()) else { return Ok(()) };
        for unreadable in look.unreadable {
            tracing::warn!(pipeline = pipeline.name, "{}", error_text(&unreadable));
        }
        let files: Vec<(String, String)> =
            look.arrived.into_iter().map(|arrived| (arrived.path.display().to_string(), arrived.sha256)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let written = Ledger::open(&self.state)
            .and_then(|mut ledger| ledger.arrived(&pipeline.name, &files, self.clock.today(pipeline.timezone), now));
        match written {
            Ok(true) => {
                tracing::info!(pipeline = pipeline.name, files = files.len(), "new files");
                self.signal.wake();
            }
            Ok(false) => {}
            Err(error) => {
                // They are found again by a watch that has seen nothing yet.
                self.watches.remove(&pipeline.name);
                return Err(error);
            }
        }
        Ok(())
    }
}
