//! Which files an extract is made of, and how each is opened.
//!
//! An extract `NAME` is one file `NAME.csv`, `NAME.txt`, `NAME.xlsx` or `NAME.parquet`, in lower
//! case, or a folder `NAME` whose parts are read as one: every `*.csv` in it that does not begin
//! with a dot, in byte order. Two of these at once are never chosen between: that is an error that
//! names both. So is anything that bears such a name and is no regular file, so that an extract
//! which is there but cannot be read is never taken for an absent one.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::location::{Entry, Location, LocationError, Nature};
use super::{BlockReader, Contract, DataFile, Digest, ExtractError};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of fields: `.csv`, `.txt`.
    Text,
    /// `.xlsx`.
    Workbook,
    /// `.parquet`.
    Parquet,
    /// No file at all: rows that a [`RowSource`] hands over.
    Rows,
}

impl Format {
    /// Every ending that tells a format.
    const ENDINGS: [(&'static str, Self); 4] =
        [("csv", Self::Text), ("txt", Self::Text), ("parquet", Self::Parquet), ("xlsx", Self::Workbook)];

    /// The format that a name's ending tells, in either case.
    fn of_name(name: &OsStr) -> Option<Self> {
        let ending = Path::new(name).extension()?.to_str()?;
        Self::ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|&(_, format)| format)
    }
}

/// An extract: one file, or its parts in reading order.
#[derive(Debug, Clone)]
pub struct Source {
    /// The extract's name.
    pub name: String,
    /// At least one.
    pub files: Vec<SourceFile>,
}

impl Source {
    /// Finds the extract `name` in the location; `None` where it is absent.
    ///
    /// # Errors
    /// Where it is there twice, or there and neither a regular file nor a folder with parts. Whether
    /// a file may be read shows when it is opened.
    pub fn find(location: &Location, name: &str) -> Result<Option<Self>, ExtractError> {
        let entries = location.list(None)?;
        let mut found: Vec<(&Entry, Option<Format>)> = Vec::new();
        for entry in &entries {
            if entry.name == name && may_hold_parts(&entry.nature) {
                found.push((entry, None));
            }
            let ending = entry.name.to_str().and_then(|entry| entry.strip_prefix(name)?.strip_prefix('.'));
            found.extend(Format::ENDINGS.iter().filter(|(known, _)| Some(*known) == ending).map(|&(_, format)| (entry, Some(format))));
        }
        match *found {
            [] => Ok(None),
            [(entry, Some(format))] => Ok(Some(Self::of_file(name, location.file(None, entry)?, format))),
            [(entry, None)] => Self::of_parts(location, name, entry).map(Some),
            [(first, first_format), (second, second_format), ..] => Err(ExtractError::Twice {
                source_name: name.to_owned(),
                first: with_slash(first, first_format),
                second: with_slash(second, second_format),
            }),
        }
    }

    /// The one file, or the folder of parts, at `path` (a local path or a URL), read as the extract
    /// `name`. Its ending may be in either case.
    ///
    /// # Errors
    /// As [`Self::find`], and where nothing is there or the ending tells no format.
    pub fn at(path: &str, name: &str) -> Result<Self, ExtractError> {
        let trimmed = path.trim_end_matches('/');
        let (folder, last) = match trimmed.rsplit_once('/') {
            Some(("", last)) => ("/", last),
            Some((folder, last)) => (folder, last),
            None => (".", trimmed),
        };
        let location = Location::open(folder)?;
        let missing = || ExtractError::Missing { file: path.to_owned(), source_name: name.to_owned() };
        let entries = match location.list(None) {
            Err(LocationError::Nowhere { .. }) => return Err(missing()),
            listed => listed?,
        };
        let entry = entries.iter().find(|entry| entry.name == last).ok_or_else(missing)?;
        let format = Format::of_name(&entry.name);
        if entry.nature == Nature::Folder && format.is_none() {
            return Self::of_parts(&location, name, entry);
        }
        let file = location.file(None, entry)?;
        let format = format.ok_or_else(|| ExtractError::UnknownFormat { file: path.to_owned() })?;
        Ok(Self::of_file(name, file, format))
    }

    fn of_file(name: &str, file: DataFile, format: Format) -> Self {
        Self { name: name.to_owned(), files: vec![SourceFile::of(file, format)] }
    }

    fn of_parts(location: &Location, name: &str, entry: &Entry) -> Result<Self, ExtractError> {
        let folder = entry.name.to_string_lossy();
        let unreadable = |why: String| ExtractError::Unreadable { file: format!("{folder}/"), column: None, why };
        if entry.nature != Nature::Folder {
            return Err(unreadable(format!("it is {}, expected a folder of parts", entry.nature)));
        }
        let parts = location.list(Some(&folder))?;
        let files: Vec<_> = parts
            .iter()
            .filter(|part| is_part(&part.name))
            .map(|part| Ok(SourceFile::of(location.file(Some(&folder), part)?, Format::Text)))
            .collect::<Result<_, ExtractError>>()?;
        if files.is_empty() {
            return Err(unreadable(format!("it holds no parts, expected `{folder}/*.csv`")));
        }
        Ok(Self { name: name.to_owned(), files })
    }
}

/// Whether what bears an extract's bare name is, or may be meant for, its folder of parts. A regular
/// file of that name says nothing about the extract.
fn may_hold_parts(nature: &Nature) -> bool {
    matches!(nature, Nature::Folder | Nature::DanglingLink | Nature::Unknown(_))
}

fn is_part(name: &OsString) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.ends_with(b".csv") && !bytes.starts_with(b".")
}

fn with_slash(entry: &Entry, format: Option<Format>) -> String {
    let slash = if format.is_none() { "/" } else { "" };
    format!("{}{slash}", entry.name.to_string_lossy())
}

/// Rows that stand in no file, such as the answer of a database: whoever can hand over blocks of fields is a source.
///
/// The row check and everything after it do not know the difference. A reject names the [`SourceFile::path`] that the source was given,
/// and the line that the block says of a row.
pub trait RowSource: Send + Sync {
    /// The rows from the first, as a header and blocks. It is called once for each time that the extract is read, and has to
    /// hand over the same rows each time, with the same digest: two operators may read one extract.
    ///
    /// # Errors
    /// What keeps the rows from being read.
    fn open(&self, contract: &'static Contract) -> Result<Box<dyn BlockReader>, ExtractError>;
}

/// Opens a file's bytes from the beginning, as often as it is called.
pub type Opener = Arc<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// One file of an extract.
#[derive(Clone)]
pub struct SourceFile {
    /// The path below the data location, with `/`.
    pub path: String,
    /// How it is written.
    pub format: Format,
    /// Bytes, as the location states them.
    pub size: u64,
    opener: Opener,
    /// The file in its location; `None` where there is none.
    data: Option<DataFile>,
    /// What hands over the rows of [`Format::Rows`].
    rows: Option<Arc<dyn RowSource>>,
}

impl SourceFile {
    /// A file that `opener` opens.
    pub fn new(path: impl Into<String>, format: Format, size: u64, opener: Opener) -> Self {
        Self { path: path.into(), format, size, opener, data: None, rows: None }
    }

    /// A file of a location.
    pub fn of(file: DataFile, format: Format) -> Self {
        let (path, size, data) = (file.path().to_owned(), file.bytes(), Some(file.clone()));
        Self { path, format, size, opener: Arc::new(move || file.open()), data, rows: None }
    }

    /// A file in memory.
    pub fn from_bytes(path: impl Into<String>, format: Format, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into();
        let size = bytes.len() as u64;
        Self::new(path, format, size, Arc::new(move || Ok(Box::new(io::Cursor::new(Arc::clone(&bytes))))))
    }

    /// Rows that stand in no file; `path` is what rejects and the manifest call them.
    pub fn of_rows(path: impl Into<String>, rows: Arc<dyn RowSource>) -> Self {
        let opener: Opener = Arc::new(|| Err(io::Error::from(io::ErrorKind::Unsupported)));
        Self { rows: Some(rows), ..Self::new(path, Format::Rows, 0, opener) }
    }

    /// The rows of [`Format::Rows`], from the first.
    ///
    /// # Errors
    /// As [`RowSource::open`].
    pub(super) fn open_rows(&self, contract: &'static Contract) -> Result<Box<dyn BlockReader>, ExtractError> {
        match &self.rows {
            Some(rows) => rows.open(contract),
            None => Err(ExtractError::io(&self.path, io::Error::from(io::ErrorKind::Unsupported))),
        }
    }

    /// The file's bytes from the beginning.
    ///
    /// # Errors
    /// Where the file is gone, is no file, or may not be read.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, ExtractError> {
        (self.opener)().map_err(|source| ExtractError::io(&self.path, source))
    }

    /// How long the file is, and its hash; of rows that stand in no file what their source says after the last one.
    ///
    /// # Errors
    /// As [`Self::open`], and where the transfer breaks off.
    pub fn digest(&self, contract: &'static Contract) -> Result<Digest, ExtractError> {
        if self.rows.is_some() {
            let mut reader = self.open_rows(contract)?;
            while reader.next_block()?.is_some() {}
            return reader.digest();
        }
        digest(self.open()?, io::sink()).map_err(|source| ExtractError::io(&self.path, source))
    }

    /// Holds the file against what it was when it was found. To be asked once it has been read, whatever came of it: what
    /// seems wrong with a file that is being replaced need not be.
    ///
    /// # Errors
    /// [`ExtractError::Changed`]
    pub fn unchanged(&self) -> Result<(), ExtractError> {
        match &self.data {
            Some(data) if !data.is_unchanged() => Err(ExtractError::Changed { file: self.path.clone() }),
            _ => Ok(()),
        }
    }

    /// The file as one that can be read from any place, at its beginning, with its digest: the file
    /// itself where it is local, else a copy among the system's temporary files, which vanishes with
    /// the handle.
    ///
    /// # Errors
    /// As [`Self::open`], and where the transfer breaks off.
    pub fn seekable(&self) -> Result<(File, Digest), ExtractError> {
        let from = self.open()?;
        let hashed = match self.data.as_ref().and_then(DataFile::local_path) {
            Some(path) => File::open(path).and_then(|file| Ok((digest(&file, io::sink())?, file))),
            None => tempfile::tempfile().and_then(|copy| Ok((digest(from, &copy)?, copy))),
        };
        let rewound = hashed.and_then(|(digest, mut file)| {
            file.rewind()?;
            Ok((file, digest))
        });
        rewound.map_err(|source| ExtractError::io(&self.path, source))
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).field("format", &self.format).field("size", &self.size).finish()
    }
}

/// Copies everything, counting and hashing.
fn digest(mut from: impl Read, mut to: impl Write) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(Digest { bytes, sha256: hash.finalize().into() }),
            Ok(length) => {
                hash.update(&buffer[..length]);
                to.write_all(&buffer[..length])?;
                bytes += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(all(test, unix))]
mod tests;

#[cfg(test)]
mod rows_tests;
