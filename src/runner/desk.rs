//! The pipelines that are served, as their files say now.
//!
//! Files are looked at every few seconds. One that has changed and is valid takes the place of its last version; of one
//! that is broken the last good version stays, and the fault is told once. A pipeline whose file is gone is served no
//! longer; what is under way for it goes on by what it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::arrivals::Watch;
use crate::pipeline::{Library, Pipeline};
use crate::told::told;

/// All pipelines at hand.
#[derive(Debug)]
pub struct Desk {
    folder: Option<PathBuf>,
    pipelines: BTreeMap<String, Served>,
    /// Faults that were told, by the pipeline's name, or under the empty name that of the folder.
    faults: BTreeMap<String, String>,
}

/// One pipeline.
#[derive(Debug)]
pub struct Served {
    /// As its file says.
    pub pipeline: Pipeline,
    /// The files whose arrival wakes it.
    pub watch: Option<Watch>,
    /// The file's text, by which a change is seen.
    text: String,
}

impl Desk {
    /// The pipelines of a folder, or the shipped ones; nothing is loaded yet.
    pub fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), pipelines: BTreeMap::new(), faults: BTreeMap::new() }
    }

    /// Looks at the files again. Gives the names of the pipelines that are new or have changed.
    pub fn reload(&mut self) -> Vec<String> {
        let library = match Library::open(self.folder.as_deref()) {
            Ok(library) => library,
            Err(error) => {
                self.tell("", told(&error).0);
                return Vec::new();
            }
        };
        self.faults.remove("");
        let loaded = library.load_all();
        let mut changed = Vec::new();
        self.pipelines.retain(|name, _| {
            let stays = loaded.iter().any(|(known, _)| known == name);
            if !stays {
                tracing::warn!(pipeline = name, "the pipeline's file is gone: it is served no longer");
            }
            stays
        });
        let sound: Vec<&Pipeline> = loaded.iter().filter_map(|(_, pipeline)| pipeline.as_ref().ok()).collect();
        let circles: BTreeMap<String, String> =
            library.check_after(sound).into_iter().map(|(name, fault)| (name, told(&fault).0)).collect();
        for (name, pipeline) in loaded {
            let fault = match &pipeline {
                Err(error) => Some(told(error).0),
                Ok(_) => circles.get(&name).cloned(),
            };
            match (pipeline, fault) {
                (Ok(pipeline), None) => {
                    self.faults.remove(&name);
                    if self.take(name.clone(), pipeline) {
                        changed.push(name);
                    }
                }
                (_, fault) => self.tell(&name, fault.unwrap_or_default()),
            }
        }
        changed
    }

    /// Takes a version of a pipeline; `false` where it is the one at hand.
    fn take(&mut self, name: String, pipeline: Pipeline) -> bool {
        let text = pipeline.text().to_owned();
        let before = self.pipelines.get(&name);
        if before.is_some_and(|served| served.text == text) {
            return false;
        }
        if before.is_some() {
            tracing::info!(pipeline = name, "the pipeline's file has changed");
        }
        let watch = pipeline.running.when_new.as_ref().map(Watch::new);
        self.pipelines.insert(name, Served { pipeline, watch, text });
        true
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
    pub fn iter(&self) -> impl Iterator<Item = &Served> {
        self.pipelines.values()
    }

    /// The same, to look at their files.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Served> {
        self.pipelines.values_mut()
    }

    /// One pipeline.
    pub fn pipeline(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.get(name).map(|served| &served.pipeline)
    }
}
