//! Snapshots: drafted, finished, and found again.
//!
//! The order of things makes a crash harmless at any byte: claim a name, write the datasets and documents,
//! make them durable, write the manifest, reveal the snapshot, and only then move `latest.json`, which goes to the
//! newest snapshot by logical date, then attempt, and never back. A finished snapshot is never touched
//! again.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::document::Document;
use super::encode::Encoder;
use super::error::PublishError;
use super::manifest::{DatasetEntry, DocumentEntry, Latest, Manifest, RunFacts};
use super::person_ids::Veil;
use super::snapshot_name::SnapshotName;
use super::spec::{Dataset, is_plain_name};
use super::store::{self, Claim, Remote, Store, Upload};
use crate::period::Day;

const LATEST: &str = "latest.json";
const MANIFEST: &str = "manifest.json";

/// A publish location: drafts snapshots and finds the finished ones.
#[derive(Debug, Clone)]
pub struct Publisher {
    store: Arc<dyn Store>,
    veil: Veil,
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
        Self { store: store.into(), veil: Veil::Plain }
    }

    /// The same location, where drafts lay this veil over persons.
    #[must_use]
    pub fn with_veil(self, veil: Veil) -> Self {
        Self { veil, ..self }
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
        Ok(Draft {
            store: Arc::clone(&self.store),
            veil: self.veil.clone(),
            pipeline: pipeline.to_owned(),
            claim,
            entries: Mutex::default(),
            documents: Mutex::default(),
            revealed: false,
        })
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
    pub(super) fn local_file(&self, pipeline: &str, snapshot: SnapshotName, dataset: &str) -> Option<PathBuf> {
        self.store.local(&file_path(&format!("{pipeline}/{snapshot}"), dataset))
    }

    /// Copies a dataset's file.
    pub(super) fn fetch(&self, pipeline: &str, snapshot: SnapshotName, dataset: &str, into: &mut dyn Write) -> Result<(), PublishError> {
        self.store.fetch(&file_path(&format!("{pipeline}/{snapshot}"), dataset), into)
    }
}

fn file_path(folder: &str, dataset: &str) -> String {
    format!("{folder}/{dataset}.parquet")
}

/// A snapshot in the making. Its datasets can be written from several threads at once. Dropped
/// unfinished, it removes what it wrote.
#[derive(Debug)]
pub struct Draft {
    store: Arc<dyn Store>,
    veil: Veil,
    pipeline: String,
    claim: Claim,
    entries: Mutex<Vec<DatasetEntry>>,
    documents: Mutex<Vec<DocumentEntry>>,
    revealed: bool,
}

/// A finished snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Where it stands: a path, or a URL.
    pub path: String,
    /// Its name.
    pub snapshot: SnapshotName,
    /// What stands in its `manifest.json`.
    pub manifest: Manifest,
    /// Whether `latest.json` moved to it; it does not where a newer snapshot is there.
    pub is_latest: bool,
}

impl Draft {
    /// The name that the snapshot will have.
    pub fn snapshot(&self) -> SnapshotName {
        self.claim.name
    }

    /// Writes a dataset whole. The batches may be cut anywhere; the bytes are those of the rows.
    ///
    /// # Errors
    /// The rows are not the dataset's, the dataset was written before, or the writing failed.
    pub fn write(&self, dataset: &Dataset, batches: impl IntoIterator<Item = RecordBatch>) -> Result<DatasetEntry, PublishError> {
        self.write_made(dataset, batches.into_iter().map(Ok))
    }

    /// Writes a dataset whole whose batches are made while it is written, so that they are never all there.
    ///
    /// # Errors
    /// As [`Draft::write`], and where a batch could not be made.
    pub fn write_made(
        &self,
        dataset: &Dataset,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<DatasetEntry, PublishError> {
        let name = dataset.name();
        let path = file_path(&self.claim.folder, name);
        if self.entries().iter().any(|entry| entry.name == name) {
            return Err(PublishError::Twice { what: "dataset", name: name.to_owned() });
        }
        let parquet = |source| PublishError::Parquet { dataset: name.to_owned(), source };
        let schema = self.veil.schema(dataset.schema());
        let hashed = Hashed { inner: self.store.create(&path)?, sha256: Sha256::new() };
        let mut encoder = Encoder::new(&schema, BufWriter::with_capacity(1 << 20, hashed)).map_err(parquet)?;
        let misfit = |source| PublishError::Rows { dataset: name.to_owned(), source };
        for batch in batches {
            let batch = dataset.conform(&batch.map_err(misfit)?)?;
            let batch = self.veil.cover(batch, &schema).map_err(misfit)?;
            encoder.push(&batch).map_err(parquet)?;
        }
        let (buffered, rows) = encoder.finish().map_err(parquet)?;
        let hashed = buffered.into_inner().map_err(|failed| parquet(failed.into_error().into()))?;
        hashed.inner.finish()?;
        let sha256 = hex(&hashed.sha256.finalize());
        let entry = DatasetEntry { name: name.to_owned(), rows, columns: schema.fields().len(), sha256 };
        self.entries().push(entry.clone());
        Ok(entry)
    }

    /// Writes several datasets, each taken up by whichever thread is free.
    ///
    /// # Errors
    /// As [`Draft::write`].
    pub fn write_all(&self, datasets: Vec<(Dataset, Vec<RecordBatch>)>) -> Result<(), PublishError> {
        datasets.into_par_iter().try_for_each(|(dataset, batches)| self.write(&dataset, batches).map(drop))
    }

    /// Writes a document whole.
    ///
    /// # Errors
    /// Its path leads out of the snapshot's documents, it was written before, or the writing failed.
    pub fn write_document(&self, document: &Document) -> Result<DocumentEntry, PublishError> {
        let file = document.file()?;
        if self.documents().iter().any(|entry| entry.file == file) {
            return Err(PublishError::Twice { what: "document", name: file });
        }
        let path = format!("{}/{file}", self.claim.folder);
        let mut upload = self.store.create(&path)?;
        let written = upload.write_all(&document.bytes);
        written.map_err(|source| PublishError::File { doing: "write", path: self.store.shown(&path), source })?;
        upload.finish()?;
        let entry = DocumentEntry { file, bytes: document.bytes.len() as u64, sha256: hex(&Sha256::digest(&document.bytes)) };
        self.documents().push(entry.clone());
        Ok(entry)
    }

    /// Writes the manifest, reveals the snapshot, and moves `latest.json` unless a newer one is there.
    ///
    /// # Errors
    /// A step failed. Before the snapshot is revealed everything written is removed; if only the moving
    /// of `latest.json` failed, the snapshot stays beside the one that is the latest.
    pub fn finish(mut self, run: RunFacts) -> Result<Published, PublishError> {
        let mut datasets = std::mem::take(&mut *self.entries());
        datasets.sort_by(|a, b| a.name.cmp(&b.name));
        let mut documents = std::mem::take(&mut *self.documents());
        documents.sort_by(|a, b| a.file.cmp(&b.file));
        let manifest = Manifest { run, datasets, documents };
        let path = format!("{}/{MANIFEST}", self.claim.folder);
        let mut upload = self.store.create(&path)?;
        let content = json(&manifest, MANIFEST, &path)?;
        upload.write_all(&content).map_err(|source| PublishError::File { doing: "write", path: self.store.shown(&path), source })?;
        upload.finish()?;
        self.store.reveal(&self.pipeline, &self.claim)?;
        self.revealed = true;
        let is_latest = self.move_latest()?;
        let path = self.store.shown(&format!("{}/{}", self.pipeline, self.claim.name));
        Ok(Published { path, snapshot: self.claim.name, manifest, is_latest })
    }

    /// A `latest.json` that cannot be read names nothing, and is replaced.
    fn move_latest(&self) -> Result<bool, PublishError> {
        let ours = Latest { snapshot: self.claim.name };
        let content = json(&ours, LATEST, LATEST)?;
        self.store.revise(&format!("{}/{LATEST}", self.pipeline), &mut |present| {
            let present = present.and_then(|content| serde_json::from_slice::<Latest>(content).ok());
            let newer = present.is_none_or(|latest| latest.snapshot < ours.snapshot);
            newer.then(|| content.clone())
        })
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<DatasetEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn documents(&self) -> std::sync::MutexGuard<'_, Vec<DocumentEntry>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.revealed {
            self.store.discard(&self.pipeline, &self.claim);
        }
    }
}

fn json(value: &impl Serialize, what: &'static str, path: &str) -> Result<Vec<u8>, PublishError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|source| PublishError::Json { what, path: path.to_owned(), source })?;
    text.push(b'\n');
    Ok(text)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hashes what passes through.
struct Hashed {
    inner: Box<dyn Upload>,
    sha256: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;
