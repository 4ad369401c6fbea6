//! The files of an extract.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use super::ExtractError;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of fields: `.csv`, `.txt`.
    Text,
    /// `.xlsx`.
    Workbook,
    /// `.parquet`.
    Parquet,
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
}

/// An extract: one file, or its parts in reading order.
#[derive(Debug, Clone)]
pub struct Source {
    /// The extract's name.
    pub name: String,
    /// At least one.
    pub files: Vec<SourceFile>,
}

impl SourceFile {
    /// A file that `opener` opens.
    pub fn new(path: impl Into<String>, format: Format, size: u64, opener: Opener) -> Self {
        Self { path: path.into(), format, size, opener }
    }

    /// A file in memory.
    pub fn from_bytes(path: impl Into<String>, format: Format, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into();
        let size = bytes.len() as u64;
        Self::new(path, format, size, Arc::new(move || Ok(Box::new(io::Cursor::new(Arc::clone(&bytes))))))
    }

    /// The file's bytes from the beginning.
    ///
    /// # Errors
    /// Where the file is gone, is no file, or may not be read.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, ExtractError> {
        (self.opener)().map_err(|source| ExtractError::io(&self.path, source))
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).field("format", &self.format).field("size", &self.size).finish()
    }
}
