//! Writing a snapshot.
//!
//! The order of the steps is fixed, see [`crate::snapshot`]: files, manifest, reveal, `latest.json`. Tests crash the
//! process at each step.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use rayon::prelude::*;

use super::document::{Document, is_document};
use super::error::PublishError;
use super::file::{self, FileRole, WrittenFile};
use super::latest::move_latest;
use super::layout::{MANIFEST, dataset_path, json};
use super::manifest::{DatasetEntry, DocumentEntry, Manifest, RunFacts};
use super::person_ids::PersonIdMask;
use super::published::PublishedSnapshot;
use super::snapshot_name::SnapshotName;
use super::spec::{Dataset, is_plain_name};
use super::store::{Claim, Store};
use canbao_runtime::crash;

/// A snapshot that is being written. Its datasets can be written from several threads at once. If it is dropped before
/// [`Draft::finish`], it removes what it wrote.
#[derive(Debug)]
pub struct Draft {
    store: Arc<dyn Store>,
    mask: PersonIdMask,
    pipeline: String,
    claim: Claim,
    entries: Mutex<Vec<DatasetEntry>>,
    documents: Mutex<Vec<DocumentEntry>>,
    revealed: bool,
}

impl Draft {
    pub(super) fn new(store: Arc<dyn Store>, mask: PersonIdMask, pipeline: &str, claim: Claim) -> Self {
        let (entries, documents) = (Mutex::default(), Mutex::default());
        Self { store, mask, pipeline: pipeline.to_owned(), claim, entries, documents, revealed: false }
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
        self.write_batches(dataset, batches.into_iter().map(Ok))
    }

    /// Writes a whole dataset whose batches are computed while it is written, so that they are never all in memory.
    ///
    /// # Errors
    /// As [`Draft::write`], and where a batch could not be computed.
    pub fn write_batches(
        &self,
        dataset: &Dataset,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<DatasetEntry, PublishError> {
        let path = self.new_dataset(dataset.name())?;
        let entry = file::write_dataset(self.store.create(&path)?, FileRole::Dataset, dataset, &self.mask, batches)?;
        self.entries().push(entry.clone());
        Ok(entry)
    }

    /// Writes several datasets in parallel.
    ///
    /// # Errors
    /// As [`Draft::write`].
    pub fn write_all(&self, datasets: Vec<(Dataset, Vec<RecordBatch>)>) -> Result<(), PublishError> {
        datasets.into_par_iter().try_for_each(|(dataset, batches)| self.write(&dataset, batches).map(drop))
    }

    /// Copies a dataset from the local file that [`write_file`](super::write_file) wrote and `entry` describes. The file is
    /// published as it is, so its rows must be masked already.
    ///
    /// # Errors
    /// The file cannot be read or its hash is not that of `entry`, the dataset was written before, or the writing failed.
    pub fn copy_dataset(&self, entry: DatasetEntry, from: &Path) -> Result<(), PublishError> {
        if !is_plain_name(&entry.name) {
            return Err(PublishError::BadName { what: "dataset", name: entry.name });
        }
        let path = self.new_dataset(&entry.name)?;
        file::copy(self.store.create(&path)?, FileRole::Dataset, from, &entry.sha256)?;
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
        let WrittenFile { bytes, sha256 } =
            file::write_content(self.store.create(&path)?, FileRole::Document, &self.store.shown(&path), &document.bytes)?;
        let entry = DocumentEntry { file, bytes, sha256 };
        self.documents().push(entry.clone());
        Ok(entry)
    }

    /// Copies a document from the local file that [`write_document_file`](super::write_document_file) wrote, as
    /// [`Draft::copy_dataset`] copies a dataset.
    ///
    /// # Errors
    /// As [`Draft::copy_dataset`], and where the entry's path leads out of the snapshot's documents.
    pub fn copy_document(&self, entry: DocumentEntry, from: &Path) -> Result<(), PublishError> {
        if !is_document(&entry.file) {
            return Err(PublishError::BadName { what: "document", name: entry.file });
        }
        let path = self.new_document(&entry.file)?;
        let WrittenFile { bytes, .. } = file::copy(self.store.create(&path)?, FileRole::Document, from, &entry.sha256)?;
        self.documents().push(DocumentEntry { bytes, ..entry });
        Ok(())
    }

    /// Writes the manifest, reveals the snapshot, and moves `latest.json` unless a newer one is there.
    ///
    /// # Errors
    /// A step failed. Before the snapshot is revealed everything written is removed; if only the moving
    /// of `latest.json` failed, the snapshot stays beside the one that is the latest.
    pub fn finish(mut self, run: RunFacts) -> Result<PublishedSnapshot, PublishError> {
        let mut datasets = std::mem::take(&mut *self.entries());
        datasets.sort_by(|a, b| a.name.cmp(&b.name));
        let mut documents = std::mem::take(&mut *self.documents());
        documents.sort_by(|a, b| a.file.cmp(&b.file));
        let manifest = Manifest { run, datasets, documents };
        let path = format!("{}/{MANIFEST}", self.claim.folder);
        let content = json(&manifest, MANIFEST, &path)?;
        file::write_content(self.store.create(&path)?, FileRole::Manifest, &self.store.shown(&path), &content)?;
        crash::point("publish.revealing");
        self.store.reveal(&self.pipeline, &self.claim)?;
        self.revealed = true;
        crash::point("publish.revealed");
        let snapshot = self.claim.name;
        let is_latest = move_latest(self.store.as_ref(), &self.pipeline, snapshot)?;
        crash::point("publish.latest");
        let path = self.store.shown(&format!("{}/{snapshot}", self.pipeline));
        Ok(PublishedSnapshot { path, snapshot, manifest, is_latest })
    }

    /// The path of a dataset that is not there yet.
    fn new_dataset(&self, name: &str) -> Result<String, PublishError> {
        if self.entries().iter().any(|entry| entry.name == name) {
            return Err(PublishError::Twice { what: "dataset", name: name.to_owned() });
        }
        Ok(dataset_path(&self.claim.folder, name))
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
