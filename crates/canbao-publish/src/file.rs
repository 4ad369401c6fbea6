//! One file on its way, into a snapshot or put aside on this machine: rows encoded by one code, hashed as they go by.
//!
//! Whether a dataset is written into a snapshot at once, or first put aside and taken from there later, its bytes are
//! the same.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::errors::ParquetError;
use sha2::{Digest, Sha256};

use super::document::Document;
use super::encode::Encoder;
use super::error::PublishError;
use super::manifest::{DatasetEntry, DocumentEntry};
use super::person_ids::Veil;
use super::spec::{Dataset, DatasetSpec};
use super::store::{Upload, sync_folder};
use canbao_runtime::crash;

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Writes a dataset as the Parquet file `path`, whose folders are made, with a veil over its persons. The file appears
/// whole or not at all, and lasts; its bytes are those of the dataset in a snapshot.
///
/// # Errors
/// The rows are not the dataset's, or the file cannot be written.
pub fn write_file(
    path: &Path,
    dataset: &Dataset,
    veil: &Veil,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<DatasetEntry, PublishError> {
    write_dataset(WholeFile::create(path)?, Kind::Aside, dataset, veil, batches)
}

/// Writes a document as the file `path`, as [`write_file`] writes a dataset.
///
/// # Errors
/// The document's own path leads out of a snapshot's documents, or the file cannot be written.
pub fn write_document_file(path: &Path, document: &Document) -> Result<DocumentEntry, PublishError> {
    let file = document.file()?;
    let sent = send(WholeFile::create(path)?, Kind::Aside, &path.display().to_string(), &document.bytes)?;
    Ok(DocumentEntry { file, bytes: sent.bytes, sha256: sent.sha256 })
}

/// What a file is, which names the points at which a test may crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Dataset,
    Document,
    Manifest,
    /// Not in a snapshot.
    Aside,
}

impl Kind {
    /// Begun, half written, written and not yet durable, durable.
    const fn points(self) -> [&'static str; 4] {
        match self {
            Self::Dataset => ["publish.dataset", "publish.dataset.half", "publish.dataset.written", "publish.dataset.finished"],
            Self::Document => ["publish.document", "publish.document.half", "publish.document.written", "publish.document.finished"],
            Self::Manifest => ["publish.manifest", "publish.manifest.half", "publish.manifest.written", "publish.manifest.finished"],
            Self::Aside => ["aside", "aside.half", "aside.written", "aside.finished"],
        }
    }
}

/// What is known of a file once it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Encodes a dataset's rows into a file, and finishes it.
pub(super) fn write_dataset(
    upload: Box<dyn Upload>,
    kind: Kind,
    dataset: &Dataset,
    veil: &Veil,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<DatasetEntry, PublishError> {
    let mut file = DatasetFile::new(upload, kind, dataset.clone(), veil.clone())?;
    for batch in batches {
        file.push(&batch.map_err(|source| PublishError::Rows { dataset: dataset.name().to_owned(), source })?)?;
    }
    file.finish()
}

/// A dataset on its way into a file, its rows as they are made. Dropped unfinished, it leaves no file.
pub struct DatasetFile {
    dataset: Dataset,
    veil: Veil,
    schema: SchemaRef,
    encoder: Encoder<BufWriter<Sending>>,
}

impl DatasetFile {
    /// Begins a file as [`write_file`] writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, dataset: Dataset, veil: &Veil) -> Result<Self, PublishError> {
        Self::new(WholeFile::create(path)?, Kind::Aside, dataset, veil.clone())
    }

    fn new(upload: Box<dyn Upload>, kind: Kind, dataset: Dataset, veil: Veil) -> Result<Self, PublishError> {
        let schema = veil.schema(dataset.schema());
        let sending = BufWriter::with_capacity(PIECE, Sending::new(upload, kind));
        match Encoder::new(&schema, sending) {
            Ok(encoder) => Ok(Self { dataset, veil, schema, encoder }),
            Err(source) => Err(PublishError::Parquet { dataset: dataset.name().to_owned(), source }),
        }
    }

    /// Adds rows after those that came before. They may be cut anywhere; the bytes are those of the rows.
    ///
    /// # Errors
    /// The rows are not the dataset's, or the writing failed.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), PublishError> {
        let batch = self.dataset.conform(batch)?;
        let covered = self.veil.cover(batch, &self.schema);
        let covered = covered.map_err(|source| PublishError::Rows { dataset: self.dataset.name().to_owned(), source })?;
        self.encoder.push(&covered).map_err(|source| self.parquet(source))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The writing failed.
    pub fn finish(self) -> Result<DatasetEntry, PublishError> {
        let Self { dataset, schema, encoder, .. } = self;
        let name = dataset.name().to_owned();
        let parquet = |source| PublishError::Parquet { dataset: name.clone(), source };
        let (buffered, rows) = encoder.finish().map_err(parquet)?;
        let sending = buffered.into_inner().map_err(|failed| parquet(failed.into_error().into()))?;
        let Sent { sha256, .. } = sending.finish()?;
        Ok(DatasetEntry { name, rows, columns: schema.fields().len(), sha256 })
    }

    fn parquet(&self, source: ParquetError) -> PublishError {
        PublishError::Parquet { dataset: self.dataset.name().to_owned(), source }
    }
}

/// Takes the rows of datasets as they are made.
pub trait Sink: Send {
    /// Takes rows of datasets, each after those that it took of the same dataset before.
    ///
    /// # Errors
    /// They cannot be written.
    fn take(&mut self, rows: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>) -> Result<(), PublishError>;
}

/// Writes content that is at hand into a file, and finishes it; `shown` is the file for people.
pub(super) fn send(upload: Box<dyn Upload>, kind: Kind, shown: &str, content: &[u8]) -> Result<Sent, PublishError> {
    let mut sending = Sending::new(upload, kind);
    let written = sending.write_all(content);
    written.map_err(|source| PublishError::File { doing: "write", path: shown.to_owned(), source })?;
    sending.finish()
}

/// Copies a file that was put aside, and finishes the copy if it has the hash that was noted then.
pub(super) fn copy(upload: Box<dyn Upload>, kind: Kind, from: &Path, sha256: &str) -> Result<Sent, PublishError> {
    let path = || from.display().to_string();
    let mut file = File::open(from).map_err(|source| PublishError::File { doing: "read", path: path(), source })?;
    let copying = |source| PublishError::File { doing: "copy", path: path(), source };
    let mut buffered = BufWriter::with_capacity(PIECE, Sending::new(upload, kind));
    io::copy(&mut file, &mut buffered).map_err(copying)?;
    let sending = buffered.into_inner().map_err(|failed| copying(failed.into_error()))?;
    if sending.hash() != sha256 {
        return Err(PublishError::Changed { path: path(), was: "put aside" });
    }
    sending.finish()
}

/// A file on its way: counts and hashes what goes by.
struct Sending {
    upload: Box<dyn Upload>,
    kind: Kind,
    sha256: Sha256,
    bytes: u64,
}

impl Sending {
    fn new(upload: Box<dyn Upload>, kind: Kind) -> Self {
        crash::point(kind.points()[0]);
        Self { upload, kind, sha256: Sha256::new(), bytes: 0 }
    }

    /// The hash of what has gone by, in hexadecimal digits.
    fn hash(&self) -> String {
        hex::encode(self.sha256.clone().finalize())
    }

    fn finish(self) -> Result<Sent, PublishError> {
        crash::point(self.kind.points()[2]);
        let sent = Sent { bytes: self.bytes, sha256: self.hash() };
        self.upload.finish()?;
        crash::point(self.kind.points()[3]);
        Ok(sent)
    }
}

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let first = self.bytes == 0;
        // Where crashes are tried, every file is written in two pieces at least, so that there is a place amid it.
        let piece = if cfg!(debug_assertions) && first { &bytes[..bytes.len().div_ceil(2)] } else { bytes };
        let written = self.upload.write(piece)?;
        self.sha256.update(&piece[..written]);
        self.bytes += written as u64;
        if first {
            crash::point(self.kind.points()[1]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}

/// A file of this machine that appears under its name when it is finished. Dropped before, it is removed; what a
/// killed process leaves has `.unfinished` after the name, and the next try overwrites it.
struct WholeFile {
    file: File,
    unfinished: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl WholeFile {
    fn create(path: &Path) -> Result<Box<dyn Upload>, PublishError> {
        let failed = |source| PublishError::File { doing: "write", path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".unfinished");
        let unfinished = PathBuf::from(name);
        let file = File::create(&unfinished).map_err(failed)?;
        Ok(Box::new(Self { file, unfinished, path: path.to_owned(), finished: false }))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Upload for WholeFile {
    fn finish(mut self: Box<Self>) -> Result<(), PublishError> {
        let durable = self.file.sync_all().and_then(|()| fs::rename(&self.unfinished, &self.path));
        durable.map_err(|source| PublishError::File { doing: "write", path: self.path.display().to_string(), source })?;
        self.finished = true;
        match self.path.parent() {
            Some(folder) => sync_folder(folder),
            None => Ok(()),
        }
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.finished {
            // What led here is told already.
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

#[cfg(test)]
mod tests;
