//! The pipelines that are served, as their files say now.
//!
//! Files are looked at every few seconds. One that has changed and is valid takes the place of its last version; of one
//! that is broken the last good version stays, and the fault is told once. A pipeline whose file is gone is served no
//! longer; what is under way for it goes on by what it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::operators::OperatorRegistry;
use crate::pipeline::{Library, Pipeline};
use canbao_runtime::error_report::error_text;

/// All pipelines at hand.
#[derive(Debug)]
pub struct PipelineRegistry {
    folder: Option<PathBuf>,
    operators: OperatorRegistry,
    pipelines: BTreeMap<String, Arc<Pipeline>>,
    /// The files as they were at the last look: as long as they stay so, none is read.
    seen: Option<Vec<Seen>>,
    /// Faults that were told, by the pipeline's name, or under the empty name that of the folder.
    faults: BTreeMap<String, String>,
}

/// A file as it can be seen without reading it: name, length, when it was last written, which file it is.
type Seen = (PathBuf, u64, Option<SystemTime>, u64);

impl PipelineRegistry {
    /// The pipelines of a folder, or the shipped ones; nothing is loaded yet.
    pub fn new(folder: Option<&Path>, operators: OperatorRegistry) -> Self {
        Self { folder: folder.map(Path::to_owned), operators, pipelines: BTreeMap::new(), seen: None, faults: BTreeMap::new() }
    }

    /// Looks at the files again, and reads them if one has changed.
    pub fn reload(&mut self) {
        let seen = self.look();
        if seen.is_some() && self.seen == seen {
            return;
        }
        self.seen = seen;
        let library = match Library::open(self.folder.as_deref(), self.operators.clone()) {
            Ok(library) => library,
            Err(error) => {
                self.tell("", error_text(&error));
                return;
            }
        };
        self.faults.remove("");
        let loaded = library.load_all();
        self.pipelines.retain(|name, _| {
            let stays = loaded.iter().any(|(known, _)| known == name);
            if !stays {
                tracing::warn!(pipeline = name, "the pipeline's file is gone: it is served no longer");
            }
            stays
        });
        let sound: Vec<&Pipeline> = loaded.iter().filter_map(|(_, pipeline)| pipeline.as_ref().ok()).collect();
        let circles: BTreeMap<String, String> =
            library.check_after(sound).into_iter().map(|(name, fault)| (name, error_text(&fault))).collect();
        for (name, pipeline) in loaded {
            let fault = match &pipeline {
                Err(error) => Some(error_text(error)),
                Ok(_) => circles.get(&name).cloned(),
            };
            match (pipeline, fault) {
                (Ok(pipeline), None) => {
                    self.faults.remove(&name);
                    self.take(pipeline);
                }
                (_, fault) => self.tell(&name, fault.unwrap_or_default()),
            }
        }
    }

    /// The folder's files; `None` where it cannot be looked into.
    fn look(&self) -> Option<Vec<Seen>> {
        let folder = self.folder.as_deref().unwrap_or(Path::new(Library::FOLDER));
        let mut seen: Vec<Seen> = Vec::new();
        // The policy packs beside the pipelines are read by each run for itself.
        for entry in fs::read_dir(folder).ok()? {
            let path = entry.ok()?.path();
            let data = fs::metadata(&path).ok()?;
            seen.push((path, data.len(), data.modified().ok(), inode(&data)));
        }
        seen.sort();
        Some(seen)
    }

    /// Takes a version of a pipeline, unless it is the one at hand.
    fn take(&mut self, pipeline: Pipeline) {
        match self.pipelines.get(&pipeline.name) {
            Some(before) if before.text() == pipeline.text() => return,
            Some(_) => tracing::info!(pipeline = pipeline.name, "the pipeline's file has changed"),
            None => {}
        }
        self.pipelines.insert(pipeline.name.clone(), Arc::new(pipeline));
    }

    /// Tells a fault once.
    fn tell(&mut self, name: &str, fault: String) {
        if self.faults.get(name) == Some(&fault) {
            return;
        }
        match self.pipelines.contains_key(name) {
            true => tracing::error!(pipeline = name, "the last good version of the pipeline stays in force: {fault}"),
            false if name.is_empty() => tracing::error!("the pipelines stay as they are: {fault}"),
            false => tracing::error!(pipeline = name, "the pipeline is not served: {fault}"),
        }
        self.faults.insert(name.to_owned(), fault);
    }

    /// The pipelines by name.
    pub fn all(&self) -> Vec<Arc<Pipeline>> {
        self.pipelines.values().cloned().collect()
    }

    /// One pipeline.
    pub fn pipeline(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.get(name).map(Arc::as_ref)
    }
}

#[cfg(unix)]
fn inode(data: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}
