//! One whole snapshot of an earlier run, as a later run reads it.
//!
//! Invariant: what is read is what was published. A dataset's file is held against the hash in the manifest before its
//! first row is given out; of an object store's the copy is.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::error::PublishError;
use super::manifest::Manifest;
use super::snapshot::Publisher;
use super::snapshot_name::SnapshotName;

/// A whole snapshot.
#[derive(Debug)]
pub struct Snapshot {
    publisher: Publisher,
    pipeline: String,
    name: SnapshotName,
    manifest: Manifest,
    files: Mutex<Files>,
}

/// The files that were looked at, by dataset.
#[derive(Debug, Default)]
struct Files {
    sound: BTreeMap<String, PathBuf>,
    copies: Option<TempDir>,
}

impl Snapshot {
    /// A snapshot by its name; `None` where there is no such snapshot, or no whole one.
    ///
    /// # Errors
    /// The manifest cannot be read or is not ours.
    pub fn open(publisher: &Publisher, pipeline: &str, name: SnapshotName) -> Result<Option<Self>, PublishError> {
        let manifest = publisher.manifest(pipeline, name)?;
        Ok(manifest.map(|manifest| Self {
            publisher: publisher.clone(),
            pipeline: pipeline.to_owned(),
            name,
            manifest,
            files: Mutex::default(),
        }))
    }

    /// The pipeline that published it.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Its name.
    pub fn name(&self) -> SnapshotName {
        self.name
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it stands: a path, or a URL.
    pub fn shown(&self) -> String {
        self.publisher.shown(&self.pipeline, self.name)
    }

    /// Whether it has a dataset. What depends on an optional extract may be left out.
    pub fn has(&self, dataset: &str) -> bool {
        self.manifest.datasets.iter().any(|entry| entry.name == dataset)
    }

    /// A dataset's rows in their published order, with some of its columns or all (`None`).
    ///
    /// # Errors
    /// The snapshot lacks the dataset, or that a column; the file cannot be read, or is not the one that was published.
    pub fn rows(&self, dataset: &str, columns: Option<&[&str]>) -> Result<Rows, PublishError> {
        let path = self.file(dataset)?;
        let shown = format!("{}/{dataset}.parquet", self.shown());
        let file = File::open(&path).map_err(|source| PublishError::File { doing: "read", path: shown.clone(), source })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(unreadable(&shown))?;
        let schema = builder.schema().clone();
        let place = |column: &&str| {
            schema.index_of(column).map_err(|_| PublishError::NoColumn { path: shown.clone(), column: (*column).to_owned() })
        };
        let mask = match columns {
            None => ProjectionMask::all(),
            Some(columns) => {
                let places = columns.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
                ProjectionMask::roots(builder.parquet_schema(), places)
            }
        };
        let batches = builder.with_projection(mask).build().map_err(unreadable(&shown))?;
        Ok(Rows { schema, batches, shown })
    }

    /// The dataset's file on this machine, found sound.
    ///
    /// # Errors
    /// As [`Snapshot::rows`].
    pub fn file(&self, dataset: &str) -> Result<PathBuf, PublishError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = files.sound.get(dataset) {
            return Ok(path.clone());
        }
        let entry = self.manifest.datasets.iter().find(|entry| entry.name == dataset).ok_or_else(|| PublishError::NoDataset {
            path: self.shown(),
            dataset: dataset.to_owned(),
            known: self.manifest.datasets.iter().map(|entry| entry.name.clone()).collect(),
        })?;
        let path = match self.publisher.local_file(&self.pipeline, self.name, dataset) {
            Some(path) => path,
            None => self.copy(&mut files, dataset)?,
        };
        let shown = format!("{}/{dataset}.parquet", self.shown());
        let sha256 = sha256(&path).map_err(|source| PublishError::File { doing: "read", path: shown.clone(), source })?;
        if sha256 != entry.sha256 {
            return Err(PublishError::Changed { path: shown, was: "published" });
        }
        files.sound.insert(dataset.to_owned(), path.clone());
        Ok(path)
    }

    fn copy(&self, files: &mut Files, dataset: &str) -> Result<PathBuf, PublishError> {
        let failed =
            |source| PublishError::File { doing: "copy to a temporary file", path: format!("{}/{dataset}.parquet", self.shown()), source };
        let folder = match &mut files.copies {
            Some(folder) => folder,
            none => none.insert(TempDir::new().map_err(failed)?),
        };
        let path = folder.path().join(format!("{dataset}.parquet"));
        let mut file = File::create(&path).map_err(failed)?;
        self.publisher.fetch(&self.pipeline, self.name, dataset, &mut file)?;
        Ok(path)
    }
}

/// A dataset's rows, batch by batch.
pub struct Rows {
    schema: SchemaRef,
    batches: ParquetRecordBatchReader,
    shown: String,
}

impl Rows {
    /// The whole dataset's schema with its metadata, whichever columns are read.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, PublishError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next().map(|batch| batch.map_err(unreadable(&self.shown)))
    }
}

/// The hash of a file, in hexadecimal digits.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut BufReader::with_capacity(1 << 16, File::open(path)?), &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

fn unreadable<E: std::error::Error + Send + Sync + 'static>(path: &str) -> impl FnOnce(E) -> PublishError {
    let path = path.to_owned();
    move |source| PublishError::Unreadable { path, source: Box::new(source) }
}

#[cfg(test)]
mod tests;
