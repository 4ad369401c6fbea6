//! Maintenance of a publish location: repair after a crash, and removal of old snapshots.
//!
//! A process can crash at any point. If the snapshot was not revealed yet, the resumed run publishes it again. If it was,
//! the snapshot is whole and carries the run's id, and the resumed run [adopts](Publisher::adopt) it instead of publishing
//! twice. [`Publisher::sweep`] finishes removals that were interrupted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::error::PublishError;
use super::latest::move_latest;
use super::manifest::{Manifest, SnapshotEntry};
use super::published::PublishedSnapshot;
use super::retention::{RetentionTerms, SnapshotId, StoredSnapshot, removable};
use super::snapshot::Publisher;
use super::snapshot_name::SnapshotName;
use super::spec::is_plain_name;
use canbao_rules::period::Day;

impl Publisher {
    /// The whole snapshot of a date that a run has published, if it has. Nothing is changed.
    ///
    /// # Errors
    /// The location cannot be looked into. A manifest that is not ours is none.
    pub fn of_run(&self, pipeline: &str, date: Day, run_id: &str) -> Result<Option<PublishedSnapshot>, PublishError> {
        for snapshot in self.snapshots(pipeline)?.into_iter().rev().filter(|name| name.date == date) {
            let manifest = self.readable_manifest(pipeline, snapshot)?;
            if let Some(manifest) = manifest.filter(|manifest| manifest.run.run_id == run_id) {
                let is_latest = self.readable_latest(pipeline)? == Some(snapshot);
                return Ok(Some(PublishedSnapshot { path: self.shown(pipeline, snapshot), snapshot, manifest, is_latest }));
            }
        }
        Ok(None)
    }

    /// Takes over the snapshot that an earlier try of a run has published: finishes what a crash after that left undone,
    /// and moves `latest.json` to it unless a newer one is there. `None` where the run has yet to publish.
    ///
    /// No other process may be publishing for the same run.
    ///
    /// # Errors
    /// The location cannot be looked into, or a step that was left undone failed again.
    pub fn adopt(&self, pipeline: &str, date: Day, run_id: &str) -> Result<Option<PublishedSnapshot>, PublishError> {
        let Some(found) = self.of_run(pipeline, date, run_id)? else { return Ok(None) };
        self.store.complete_reveal(pipeline, found.snapshot)?;
        let moved = move_latest(self.store.as_ref(), pipeline, found.snapshot)?;
        Ok(Some(PublishedSnapshot { is_latest: found.is_latest || moved, ..found }))
    }

    /// Moves `latest.json` forward to the newest whole snapshot, where a crash came between revealing it and that; gives
    /// the snapshot if it did. It never moves back, and a `latest.json` that cannot be read is replaced.
    ///
    /// # Errors
    /// The location cannot be looked into or written to.
    pub fn repair_latest(&self, pipeline: &str) -> Result<Option<SnapshotName>, PublishError> {
        let latest = self.readable_latest(pipeline)?;
        let newer = |name: &SnapshotName| latest.is_none_or(|latest| *name > latest);
        for snapshot in self.snapshots(pipeline)?.into_iter().rev().take_while(newer) {
            if self.readable_manifest(pipeline, snapshot)?.is_some() {
                self.store.complete_reveal(pipeline, snapshot)?;
                return Ok(move_latest(self.store.as_ref(), pipeline, snapshot)?.then_some(snapshot));
            }
        }
        Ok(None)
    }

    /// Removes what killed processes have left of a pipeline: unfinished drafts, snapshots half removed, claims that are
    /// over. Gives what it removed: paths, or URLs.
    ///
    /// In a folder a lock tells whether a draft's process lives. In an object store its age has to: a draft is given up
    /// where nothing in it was written since `before` by the store's own clock; let that be much longer ago than publishing
    /// takes. A draft that lives all the same fails and publishes nothing. Parts of large objects whose upload was cut off
    /// cannot be listed here: let a rule of the bucket expire incomplete uploads.
    ///
    /// # Errors
    /// The location cannot be looked into, or something cannot be removed.
    pub fn sweep(&self, pipeline: &str, before: DateTime<Utc>) -> Result<Vec<String>, PublishError> {
        self.must_be_plain(pipeline)?;
        self.store.sweep(pipeline, before)
    }

    /// Removes a snapshot; says whether there was one. A crash amid it leaves no half snapshot to be seen. Its name is free
    /// again once it was the last of its date.
    ///
    /// # Errors
    /// The snapshot is not older than the one that `latest.json` names: it is the latest, or about to become it. As
    /// `latest.json` never moves back, what is older than the latest is so for good. Or something cannot be removed.
    pub fn remove(&self, pipeline: &str, snapshot: SnapshotName) -> Result<bool, PublishError> {
        self.must_be_plain(pipeline)?;
        let latest = self.latest(pipeline)?;
        if latest.is_none_or(|latest| snapshot >= latest) {
            return Err(PublishError::NotOutdated { path: self.shown(pipeline, snapshot) });
        }
        self.store.remove(pipeline, snapshot)
    }

    /// Removes the snapshots that are no longer kept, see [`removable`]; gives them in the order in which they went.
    ///
    /// Pipelines without a word in `terms` keep all, and what they refer to. A run that has been planned to read an old
    /// snapshot fails when that goes: retain while no run is about to read the past.
    ///
    /// # Errors
    /// The location cannot be looked into, or something cannot be removed; what went before that is gone.
    pub fn retain(&self, terms: &BTreeMap<String, RetentionTerms>, today: Day) -> Result<Vec<SnapshotId>, PublishError> {
        let mut removed = Vec::new();
        for (pipeline, snapshot) in removable(&self.stored()?, terms, today) {
            if self.remove(&pipeline, snapshot)? {
                tracing::info!(pipeline, snapshot = %snapshot, "a snapshot that is no longer kept was removed");
                removed.push((pipeline, snapshot));
            }
        }
        Ok(removed)
    }

    /// All snapshots of all pipelines, as far as retention has to know them. Unfinished ones of an object store are like
    /// those whose manifest cannot be read.
    fn stored(&self) -> Result<Vec<StoredSnapshot>, PublishError> {
        let mut all = Vec::new();
        for pipeline in self.store.names("")?.into_iter().filter(|name| is_plain_name(name)) {
            let latest = self.readable_latest(&pipeline)?;
            for snapshot in self.snapshots(&pipeline)? {
                let manifest = self.readable_manifest(&pipeline, snapshot)?;
                let named = |entry: SnapshotEntry| (entry.pipeline, entry.snapshot);
                let refers_to = manifest.map(|manifest| manifest.run.snapshots.into_iter().map(named).collect());
                all.push(StoredSnapshot { pipeline: pipeline.clone(), snapshot, refers_to, is_latest: latest == Some(snapshot) });
            }
        }
        Ok(all)
    }

    fn must_be_plain(&self, pipeline: &str) -> Result<(), PublishError> {
        match is_plain_name(pipeline) {
            true => Ok(()),
            false => Err(PublishError::BadName { what: "pipeline", name: pipeline.to_owned() }),
        }
    }

    /// The manifest of a whole snapshot; one that is not ours is none.
    fn readable_manifest(&self, pipeline: &str, snapshot: SnapshotName) -> Result<Option<Manifest>, PublishError> {
        match self.manifest(pipeline, snapshot) {
            Err(PublishError::Json { .. }) => Ok(None),
            manifest => manifest,
        }
    }

    /// What `latest.json` names; one that cannot be read names nothing.
    fn readable_latest(&self, pipeline: &str) -> Result<Option<SnapshotName>, PublishError> {
        match self.latest(pipeline) {
            Err(PublishError::Json { .. }) => Ok(None),
            latest => latest,
        }
    }
}

#[cfg(test)]
mod tests;
