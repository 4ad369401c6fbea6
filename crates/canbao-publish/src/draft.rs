//! A snapshot in the making.
//!
//! The order of things is the publisher's promise, see [`super::snapshot`]: files, manifest, reveal, `latest.json`.
//! Each step is a point at which tests crash.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use rayon::prelude::*;

use super::document::{Document, is_document};
use super::error::PublishError;
use super::file::{self, Kind, Sent};
use super::manifest::{DatasetEntry, DocumentEntry, Manifest, RunFacts};
use super::person_ids::Veil;
use super::snapshot::{Published, file_path, json, move_latest};
use super::snapshot_name::SnapshotName;
use super::spec::{Dataset, is_plain_name};
use super::store::{Claim, MANIFEST, Store};
use canbao_runtime::crash;

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

impl Draft {
    pub(super) fn new(store: Arc<dyn Store>, veil: Veil, pipeline: &str, claim: Claim) -> Self {
        let (entries, documents) = (Mutex::default(), Mutex::default());
        Self { store, veil, pipeline: pipeline.to_owned(), claim, entries, documents, revealed: false }
    }

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
        let path = self.new_dataset(dataset.name())?;
        let entry = file::write_dataset(self.store.create(&path)?, Kind::Dataset, dataset, &self.veil, batches)?;
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

    /// Takes a dataset that [`write_file`](super::write_file) put aside: copies the file that is described by `entry`.
    /// It is the whole of what is published, so its rows must have had the veil already.
    ///
    /// # Errors
    /// The file cannot be read or is another one than was put aside, the dataset was written before, or the writing failed.
    pub fn take(&self, entry: DatasetEntry, from: &Path) -> Result<(), PublishError> {
        if !is_plain_name(&entry.name) {
            return Err(PublishError::BadName { what: "dataset", name: entry.name });
        }
        let path = self.new_dataset(&entry.name)?;
        file::copy(self.store.create(&path)?, Kind::Dataset, from, &entry.sha256)?;
        self.entries().push(entry);
        Ok(())
    }

    /// Writes a document whole.
    ///
    /// # Errors
    /// Its path leads out of the snapshot's documents, it was written before, or the writing failed.
    pub fn write_document(&self, document: &Document) -> Result<DocumentEntry, PublishError> {
        let file = document.file()?;
        let path = self.new_document(&file)?;
        let Sent { bytes, sha256 } = file::send(self.store.create(&path)?, Kind::Document, &self.store.shown(&path), &document.bytes)?;
        let entry = DocumentEntry { file, bytes, sha256 };
        self.documents().push(entry.clone());
        Ok(entry)
    }

    /// Takes a document that [`write_document_file`](super::write_document_file) put aside, as [`Draft::take`] takes a
    /// dataset.
    ///
    /// # Errors
    /// As [`Draft::take`], and where the entry's path leads out of the snapshot's documents.
    pub fn take_document(&self, entry: DocumentEntry, from: &Path) -> Result<(), PublishError> {
        if !is_document(&entry.file) {
            return Err(PublishError::BadName { what: "document", name: entry.file });
        }
        let path = self.new_document(&entry.file)?;
        let Sent { bytes, .. } = file::copy(self.store.create(&path)?, Kind::Document, from, &entry.sha256)?;
        self.documents().push(DocumentEntry { bytes, ..entry });
        Ok(())
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
        let content = json(&manifest, MANIFEST, &path)?;
        file::send(self.store.create(&path)?, Kind::Manifest, &self.store.shown(&path), &content)?;
        crash::point("publish.revealing");
        self.store.reveal(&self.pipeline, &self.claim)?;
        self.revealed = true;
        crash::point("publish.revealed");
        let snapshot = self.claim.name;
        let is_latest = move_latest(self.store.as_ref(), &self.pipeline, snapshot)?;
        crash::point("publish.latest");
        let path = self.store.shown(&format!("{}/{snapshot}", self.pipeline));
        Ok(Published { path, snapshot, manifest, is_latest })
    }

    /// The path of a dataset that is not there yet.
    fn new_dataset(&self, name: &str) -> Result<String, PublishError> {
        if self.entries().iter().any(|entry| entry.name == name) {
            return Err(PublishError::Twice { what: "dataset", name: name.to_owned() });
        }
        Ok(file_path(&self.claim.folder, name))
    }

    /// The path of a document that is not there yet.
    fn new_document(&self, file: &str) -> Result<String, PublishError> {
        if self.documents().iter().any(|entry| entry.file == file) {
            return Err(PublishError::Twice { what: "document", name: file.to_owned() });
        }
        Ok(format!("{}/{file}", self.claim.folder))
    }

    fn entries(&self) -> MutexGuard<'_, Vec<DatasetEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn documents(&self) -> MutexGuard<'_, Vec<DocumentEntry>> {
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
