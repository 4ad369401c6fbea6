//! Snapshots: drafted, finished, and found again.
//!
//! The order of things makes a crash harmless at any byte: claim a name, write the datasets and documents,
//! make them durable, write the manifest, reveal the snapshot, and only then move `latest.json`, which goes to the
//! newest snapshot by logical date, then attempt, and never back. A finished snapshot is never touched
//! again, until it is removed as a whole. What a crash leaves is set right by
//! [`Publisher::adopt`] and [`Publisher::repair_latest`].

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;

use super::draft::Draft;
use super::error::PublishError;
use super::layout::{LATEST, MANIFEST, dataset_path};
use super::manifest::{Latest, Manifest};
use super::person_ids::PersonIdMask;
use super::snapshot_name::SnapshotName;
use super::spec::is_plain_name;
use super::store::{self, Remote, Store};
use canbao_rules::period::Day;
use canbao_runtime::crash;

/// A publish location: drafts snapshots and finds the finished ones.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub(super) store: Arc<dyn Store>,
    mask: PersonIdMask,
}

impl Publisher {
    /// The location that a folder's path or an object store's URL names. A folder need not exist.
    ///
    /// # Errors
    /// The URL is none, or its store cannot be addressed.
    pub fn open(location: &str) -> Result<Self, PublishError> {
        Ok(Self::new(store::open(location)?))
    }

    /// The location below `prefix` of a store that is already open; `shown` is its URL for people.
    ///
    /// # Errors
    /// No thread for the transfers can be started.
    pub fn in_store(store: Arc<dyn ObjectStore>, prefix: ObjectPath, shown: String) -> Result<Self, PublishError> {
        Ok(Self::new(Box::new(Remote::new(store, prefix, shown)?)))
    }

    pub(super) fn new(store: Box<dyn Store>) -> Self {
        Self { store: store.into(), mask: PersonIdMask::Plain }
    }

    /// The same location, where drafts lay this mask over persons.
    #[must_use]
    pub fn with_mask(self, mask: PersonIdMask) -> Self {
        Self { mask, ..self }
    }

    /// Starts a snapshot under the next attempt of its date. Nobody sees it before [`Draft::finish`].
    ///
    /// # Errors
    /// The pipeline's name cannot be a folder's, or the location cannot be written to.
    pub fn begin(&self, pipeline: &str, date: Day) -> Result<Draft, PublishError> {
        if !is_plain_name(pipeline) {
            return Err(PublishError::BadName { what: "pipeline", name: pipeline.to_owned() });
        }
        let claim = self.store.claim(pipeline, date)?;
        crash::point("publish.claimed");
        Ok(Draft::new(Arc::clone(&self.store), self.mask.clone(), pipeline, claim))
    }

    /// The name that the next snapshot of a date would have, if none is begun before it.
    ///
    /// # Errors
    /// The location cannot be looked into.
    pub fn next(&self, pipeline: &str, date: Day) -> Result<SnapshotName, PublishError> {
        Ok(store::next_attempt(&self.store.names(pipeline)?, date))
    }

    /// The pipelines that have published, by name.
    ///
    /// # Errors
    /// The location cannot be looked into.
    pub fn pipelines(&self) -> Result<Vec<String>, PublishError> {
        let mut pipelines = Vec::new();
        for name in self.store.names("")? {
            if is_plain_name(&name) && self.store.read(&format!("{name}/{LATEST}"))?.is_some() {
                pipelines.push(name);
            }
        }
        pipelines.sort();
        Ok(pipelines)
    }

    /// The names of a pipeline's snapshots, oldest first. One without a manifest is not whole.
    ///
    /// # Errors
    /// The location cannot be looked into.
    pub fn snapshots(&self, pipeline: &str) -> Result<Vec<SnapshotName>, PublishError> {
        let mut names: Vec<SnapshotName> = self.store.names(pipeline)?.iter().filter_map(|name| name.parse().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The newest whole snapshot of a pipeline; `None` where it has published nothing yet.
    ///
    /// # Errors
    /// `latest.json` cannot be read or is not ours.
    pub fn latest(&self, pipeline: &str) -> Result<Option<SnapshotName>, PublishError> {
        let path = format!("{pipeline}/{LATEST}");
        let Some(content) = self.store.read(&path)? else { return Ok(None) };
        let latest: Result<Latest, _> = serde_json::from_slice(&content);
        let path = self.store.shown(&path);
        Ok(Some(latest.map_err(|source| PublishError::Json { what: LATEST, path, source })?.snapshot))
    }

    /// The manifest of a snapshot; `None` where there is no such snapshot, or no whole one.
    ///
    /// # Errors
    /// The manifest cannot be read or is not ours.
    pub fn manifest(&self, pipeline: &str, snapshot: SnapshotName) -> Result<Option<Manifest>, PublishError> {
        let path = format!("{pipeline}/{snapshot}/{MANIFEST}");
        let Some(content) = self.store.read(&path)? else { return Ok(None) };
        let path = self.store.shown(&path);
        serde_json::from_slice(&content).map(Some).map_err(|source| PublishError::Json { what: MANIFEST, path, source })
    }

    /// Where a snapshot stands: a path, or a URL.
    pub fn shown(&self, pipeline: &str, snapshot: SnapshotName) -> String {
        self.store.shown(&format!("{pipeline}/{snapshot}"))
    }

    /// The location itself: a path, or a URL.
    pub fn location(&self) -> String {
        self.store.shown("").trim_end_matches('/').to_owned()
    }

    /// A dataset's file, where it lies in this machine's file system.
    pub fn local_file(&self, pipeline: &str, snapshot: SnapshotName, dataset: &str) -> Option<PathBuf> {
        self.store.local(&dataset_path(&format!("{pipeline}/{snapshot}"), dataset))
    }

    /// Copies a dataset's file.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn fetch(&self, pipeline: &str, snapshot: SnapshotName, dataset: &str, into: &mut dyn Write) -> Result<(), PublishError> {
        self.store.fetch(&dataset_path(&format!("{pipeline}/{snapshot}"), dataset), into)
    }
}

#[cfg(test)]
mod tests;
