//! Writing one file, into a snapshot or on this machine, and hashing it while it is written.
//!
//! Both ways share the encoder: a dataset that is written to a local file first and copied into a snapshot later has the
//! same bytes as one that is written into the snapshot at once.

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
use super::person_ids::PersonIdMask;
use super::spec::{Dataset, DatasetSpec};
use super::store::{Upload, sync_folder};
use canbao_runtime::crash;

/// Size of the write buffer, bytes.
const PIECE: usize = 1 << 20;

/// Writes a dataset as the Parquet file `path`, and creates its folders; `mask` is applied to the columns
/// that identify persons. The file appears whole or not at all, is durable, and has the bytes that it would have in a snapshot.
///
/// # Errors
/// The rows are not the dataset's, or the file cannot be written.
pub fn write_file(
    path: &Path,
    dataset: &Dataset,
    mask: &PersonIdMask,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<DatasetEntry, PublishError> {
    write_dataset(WholeFile::create(path)?, FileRole::Local, dataset, mask, batches)
}

/// Writes a document as the file `path`, as [`write_file`] writes a dataset.
///
/// # Errors
/// The document's path leads out of a snapshot's documents, or the file cannot be written.
pub fn write_document_file(path: &Path, document: &Document) -> Result<DocumentEntry, PublishError> {
    let file = document.file()?;
    let written = write_content(WholeFile::create(path)?, FileRole::Local, &path.display().to_string(), &document.bytes)?;
    Ok(DocumentEntry { file, bytes: written.bytes, sha256: written.sha256 })
}

/// What a file is for; gives the names of the points at which a test can crash the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileRole {
    Dataset,
    Document,
    Manifest,
    /// A file of this machine that is in no snapshot.
    Local,
}

impl FileRole {
    /// The points: file created, half written, written and not yet durable, durable.
    const fn points(self) -> [&'static str; 4] {
        match self {
            Self::Dataset => ["publish.dataset", "publish.dataset.half", "publish.dataset.written", "publish.dataset.finished"],
            Self::Document => ["publish.document", "publish.document.half", "publish.document.written", "publish.document.finished"],
            Self::Manifest => ["publish.manifest", "publish.manifest.half", "publish.manifest.written", "publish.manifest.finished"],
            Self::Local => ["local", "local.half", "local.written", "local.finished"],
        }
    }
}

/// Size and hash of a written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenFile {
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Encodes a dataset's rows into a file, and finishes it.
pub(super) fn write_dataset(
    upload: Box<dyn Upload>,
    role: FileRole,
    dataset: &Dataset,
    mask: &PersonIdMask,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<DatasetEntry, PublishError> {
    let mut file = DatasetFile::new(upload, role, dataset.clone(), mask.clone())?;
    for batch in batches {
        file.push(&batch.map_err(|source| PublishError::Rows { dataset: dataset.name().to_owned(), source })?)?;
    }
    file.finish()
}

/// A Parquet file that is being written, batch by batch. If it is dropped before [`DatasetFile::finish`], no file remains.
pub struct DatasetFile {
    dataset: Dataset,
    mask: PersonIdMask,
    schema: SchemaRef,
    encoder: Encoder<BufWriter<HashingUpload>>,
}

impl DatasetFile {
    /// Begins a file as [`write_file`] writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, dataset: Dataset, mask: &PersonIdMask) -> Result<Self, PublishError> {
        Self::new(WholeFile::create(path)?, FileRole::Local, dataset, mask.clone())
    }

    fn new(upload: Box<dyn Upload>, role: FileRole, dataset: Dataset, mask: PersonIdMask) -> Result<Self, PublishError> {
        let schema = mask.schema(dataset.schema());
        let upload = BufWriter::with_capacity(PIECE, HashingUpload::new(upload, role));
        match Encoder::new(&schema, upload) {
            Ok(encoder) => Ok(Self { dataset, mask, schema, encoder }),
            Err(source) => Err(PublishError::Parquet { dataset: dataset.name().to_owned(), source }),
        }
    }

    /// Adds rows after those that came before. They may be cut anywhere; the bytes are those of the rows.
    ///
    /// # Errors
    /// The rows are not the dataset's, or the writing failed.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), PublishError> {
        let batch = self.dataset.conform(batch)?;
        let masked = self.mask.mask_rows(batch, &self.schema);
        let masked = masked.map_err(|source| PublishError::Rows { dataset: self.dataset.name().to_owned(), source })?;
        self.encoder.push(&masked).map_err(|source| self.parquet(source))
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
        let upload = buffered.into_inner().map_err(|failed| parquet(failed.into_error().into()))?;
        let WrittenFile { sha256, .. } = upload.finish()?;
        Ok(DatasetEntry { name, rows, columns: schema.fields().len(), sha256 })
    }

    fn parquet(&self, source: ParquetError) -> PublishError {
        PublishError::Parquet { dataset: self.dataset.name().to_owned(), source }
    }
}

/// What datasets are written to while their rows are computed.
pub trait DatasetSink: Send {
    /// Adds rows to datasets, each after the rows that the same dataset has so far.
    ///
    /// # Errors
    /// They cannot be written.
    fn write(&mut self, rows: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>) -> Result<(), PublishError>;
}

/// Writes the whole content of a file and finishes it; `shown` is the path for messages.
pub(super) fn write_content(upload: Box<dyn Upload>, role: FileRole, shown: &str, content: &[u8]) -> Result<WrittenFile, PublishError> {
    let mut upload = HashingUpload::new(upload, role);
    let written = upload.write_all(content);
    written.map_err(|source| PublishError::File { doing: "write", path: shown.to_owned(), source })?;
    upload.finish()
}

/// Copies a local file, and finishes the copy only if its SHA-256 is the one noted when the file was written.
pub(super) fn copy(upload: Box<dyn Upload>, role: FileRole, from: &Path, sha256: &str) -> Result<WrittenFile, PublishError> {
    let path = || from.display().to_string();
    let mut file = File::open(from).map_err(|source| PublishError::File { doing: "read", path: path(), source })?;
    let copying = |source| PublishError::File { doing: "copy", path: path(), source };
    let mut buffered = BufWriter::with_capacity(PIECE, HashingUpload::new(upload, role));
    io::copy(&mut file, &mut buffered).map_err(copying)?;
    let upload = buffered.into_inner().map_err(|failed| copying(failed.into_error()))?;
    if upload.hash() != sha256 {
        return Err(PublishError::Changed { path: path(), was: "written" });
    }
    upload.finish()
}

/// An upload that counts and hashes the bytes written to it.
struct HashingUpload {
    upload: Box<dyn Upload>,
    role: FileRole,
    sha256: Sha256,
    bytes: u64,
}

impl HashingUpload {
    fn new(upload: Box<dyn Upload>, role: FileRole) -> Self {
        crash::point(role.points()[0]);
        Self { upload, role, sha256: Sha256::new(), bytes: 0 }
    }

    /// The SHA-256 of the bytes so far, in hexadecimal digits.
    fn hash(&self) -> String {
        hex::encode(self.sha256.clone().finalize())
    }

    fn finish(self) -> Result<WrittenFile, PublishError> {
        crash::point(self.role.points()[2]);
        let written = WrittenFile { bytes: self.bytes, sha256: self.hash() };
        self.upload.finish()?;
        crash::point(self.role.points()[3]);
        Ok(written)
    }
}

impl Write for HashingUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let first = self.bytes == 0;
        // In debug builds every file is written in at least two pieces, so that tests can crash between them.
        let piece = if cfg!(debug_assertions) && first { &bytes[..bytes.len().div_ceil(2)] } else { bytes };
        let written = self.upload.write(piece)?;
        self.sha256.update(&piece[..written]);
        self.bytes += written as u64;
        if first {
            crash::point(self.role.points()[1]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}

/// A local file that gets its name when it is finished. It is removed if it is dropped before; a killed process leaves a
/// file with `.unfinished` after the name, which the next attempt overwrites.
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
            // The error that led here is reported already.
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

#[cfg(test)]
mod tests;
