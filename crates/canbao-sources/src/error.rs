//! What keeps an extract from being read at all. Faults of single rows are [`super::Reject`]s.

use std::io;

use super::location::LocationError;
use super::stamp::ChangedMeanwhile;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass, class_of_machine, machine_hint};

/// An extract that cannot be read; stops a run before anything is published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// Nothing is there.
    #[error("`{file}` does not exist, expected the extract `{source_name}`")]
    Missing {
        /// The path.
        file: String,
        /// The extract.
        source_name: String,
    },
    /// Nothing is there under any of the names that an extract may have.
    #[error("no extract `{source_name}` in `{location}`, expected {source_name}.csv, .txt, .xlsx, .parquet or {source_name}/*.csv")]
    Absent {
        /// The extract.
        source_name: String,
        /// The data location.
        location: String,
    },
    /// A folder stands where a file should be.
    #[error("`{file}` is a folder, expected a file")]
    Folder {
        /// The path.
        file: String,
    },
    /// A device, a pipe or a socket.
    #[error("`{file}` is no regular file")]
    NotRegular {
        /// The path.
        file: String,
    },
    /// The file may not be read.
    #[error("`{file}` may not be read: permission denied")]
    Denied {
        /// The path.
        file: String,
    },
    /// Two places that each could be the extract.
    #[error("the extract `{source_name}` is there twice: `{first}` and `{second}`")]
    Twice {
        /// The extract.
        source_name: String,
        /// One place.
        first: String,
        /// The other.
        second: String,
    },
    /// The ending names no format.
    #[error("`{file}` has no known ending, expected .csv, .txt, .xlsx or .parquet")]
    UnknownFormat {
        /// The path.
        file: String,
    },
    /// The data location, or what stands in it, is not what an extract can lie in.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// The file was written to, replaced or removed after it was found and before it was read to its end.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The path.
        file: String,
    },
    /// The file system failed.
    #[error("`{file}` could not be read")]
    Io {
        /// The path.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The object store failed.
    #[error("`{file}` could not be read from its store")]
    Store {
        /// The path or URL.
        file: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Not a byte, or nothing but blank lines.
    #[error("`{file}` is empty, expected a header and rows")]
    Empty {
        /// The path.
        file: String,
    },
    /// A header and nothing after it.
    #[error("`{file}` has a header but no rows")]
    NoRows {
        /// The path.
        file: String,
    },
    /// Text in an encoding that extracts do not come in.
    #[error("`{file}` is UTF-16 text, expected UTF-8 or GB18030")]
    Utf16 {
        /// The path.
        file: String,
    },
    /// A declared column stands in the header more than once.
    #[error("`{file}` has the column `{column}` twice, as `{first}` and as `{second}`")]
    DuplicateColumn {
        /// The path.
        file: String,
        /// The platform's name.
        column: &'static str,
        /// One header.
        first: String,
        /// The other.
        second: String,
    },
    /// The header lacks required columns.
    #[error("`{file}` lacks the required {}: {}", if columns.len() == 1 { "column" } else { "columns" }, quoted(columns))]
    MissingColumns {
        /// The path.
        file: String,
        /// Platform names and Chinese headers.
        columns: Vec<String>,
    },
    /// A workbook or Parquet file that is damaged or holds what extracts cannot.
    #[error("`{file}`{} cannot be read: {why}", column.as_ref().map(|c| format!(" column `{c}`")).unwrap_or_default())]
    Unreadable {
        /// The path.
        file: String,
        /// The column, where one is to blame.
        column: Option<String>,
        /// A sentence without personal data.
        why: String,
    },
    /// More parts than an origin can tell apart.
    #[error("the extract `{source_name}` has {count} parts, expected at most {}", super::Origin::MOST_FILES)]
    TooManyParts {
        /// The extract.
        source_name: String,
        /// How many.
        count: usize,
    },
    /// Rows that are not held in memory could not be written to a temporary file, or read back.
    #[error("rows of `{file}` could not be put aside in a temporary file")]
    Spill {
        /// The path.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The frame engine refused what the reader built: a defect of this program.
    #[error("the columns of `{file}` could not be put together")]
    Frame {
        /// The path.
        file: String,
        /// What polars said.
        #[source]
        source: polars::error::PolarsError,
    },
}

fn quoted(columns: &[String]) -> String {
    columns.join(", ")
}

impl ExtractError {
    /// What the system said about a file, told apart where there is a remedy.
    pub fn io(file: &str, source: io::Error) -> Self {
        let file = file.to_owned();
        if source.get_ref().is_some_and(|inner| inner.is::<ChangedMeanwhile>()) {
            return Self::Changed { file };
        }
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { source_name: stem(&file).to_owned(), file },
            io::ErrorKind::PermissionDenied => Self::Denied { file },
            io::ErrorKind::IsADirectory => Self::Folder { file },
            _ => Self::Io { file, source },
        }
    }
}

impl Diagnostic for ExtractError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Changed { .. } => ErrorClass::Transient,
            Self::Location(error) => error.class(),
            Self::Io { .. } | Self::Store { .. } | Self::Spill { .. } | Self::Denied { .. } => class_of_machine(self),
            Self::Frame { .. } => ErrorClass::Bug,
            _ => ErrorClass::Data,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Absent { .. } => "put the extract into the data location, or name another one with `--data`",
            Self::Folder { .. } => "parts of an extract are `NAME/*.csv`; a single file is `NAME.csv`",
            Self::Changed { .. } => "run again once it is there whole; let it be written under another name and renamed then",
            Self::Denied { .. } => "give the user who runs canbao the right to read it",
            Self::Twice { .. } => "keep one of them in the data location",
            Self::UnknownFormat { .. } => "name the file after its format",
            Self::Empty { .. } | Self::NoRows { .. } => "ask for the extract again, or take the file away if it is optional",
            Self::Utf16 { .. } => "save it as UTF-8, or as \"CSV UTF-8\" from a spreadsheet",
            Self::DuplicateColumn { .. } => "keep one of the two columns",
            Self::MissingColumns { .. } => "headers are the platform's names or the Chinese ones; the first line must be the header",
            Self::Missing { .. } | Self::NotRegular { .. } | Self::Unreadable { .. } => return None,
            Self::Location(error) => return error.hint(),
            Self::Io { .. } | Self::Spill { .. } | Self::Store { .. } => return machine_hint(self),
            Self::TooManyParts { .. } => "join the parts into fewer files",
            Self::Frame { .. } => "this is a defect of canbao: report it with the command line",
        };
        Some(hint.to_owned())
    }
}

fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}
