//! Which files an extract is made of.
//!
//! An extract `NAME` is one file `NAME.csv`, `NAME.txt`, `NAME.xlsx` or `NAME.parquet`, in lower
//! case, or a folder `NAME` whose parts are read as one: every `*.csv` in it that does not begin
//! with a dot, in byte order. Two of these at once are never chosen between: that is an error that
//! names both. So is anything that bears such a name and is no regular file, so that an extract
//! which is there but cannot be read is never taken for an absent one.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::location::{DataFile, Entry, Location, LocationError, Nature};

/// Why an extract's files cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The location or a file in it cannot be looked at.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// Two files, or a file and a folder of parts, for one extract.
    #[error("the extract `{extract}` is there twice, as `{first}` and as `{second}`, expected one of them")]
    Twice {
        /// The extract's name.
        extract: String,
        /// The first one's path below the location.
        first: String,
        /// The second one's.
        second: String,
    },
    /// A folder of parts without any.
    #[error("the folder `{folder}` holds no parts, expected `{folder}/*.csv`")]
    NoParts {
        /// The folder below the location.
        folder: String,
    },
    /// A file given by its path does not tell its format.
    #[error("`{file}` does not tell its format, expected a name that ends in .csv, .txt, .xlsx or .parquet")]
    UnknownFormat {
        /// The path as given.
        file: String,
    },
    /// Nothing stands at the path given.
    #[error("there is no file `{file}`")]
    Absent {
        /// The path as given.
        file: String,
    },
}

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delimited text: `.csv`, `.txt`.
    Text,
    /// An Excel workbook: `.xlsx`.
    Workbook,
    /// Parquet: `.parquet`.
    Parquet,
}

impl Format {
    /// The endings in the order in which messages name them.
    const ENDINGS: [(&'static str, Self); 4] =
        [("csv", Self::Text), ("txt", Self::Text), ("xlsx", Self::Workbook), ("parquet", Self::Parquet)];

    /// The format that a name's ending tells, in either case.
    fn of_name(name: &OsStr) -> Option<Self> {
        let ending = Path::new(name).extension()?.to_str()?;
        Self::ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|&(_, format)| format)
    }
}

/// The files of one extract, in the order in which they are read. There is at least one.
#[derive(Debug, Clone)]
pub struct Source {
    /// The extract's name, such as `household`.
    pub name: String,
    /// How its files are to be read. Parts are all text.
    pub format: Format,
    /// The files.
    pub files: Vec<DataFile>,
}

impl Source {
    /// Finds the extract `name` in the location; `None` where it is absent.
    ///
    /// # Errors
    /// Where it is there twice, or there and no regular file or folder with parts. A file's
    /// permissions show when it is opened.
    pub fn find(location: &Location, name: &str) -> Result<Option<Self>, SourceError> {
        let entries = location.list(None)?;
        let mut found: Vec<(&Entry, Option<Format>)> = Vec::new();
        for entry in &entries {
            if entry.name == name && is_parts_folder(&entry.nature) {
                found.push((entry, None));
            }
            for (ending, format) in Format::ENDINGS {
                if entry.name.to_str().and_then(|n| n.strip_prefix(name)?.strip_prefix('.')) == Some(ending) {
                    found.push((entry, Some(format)));
                }
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            &[(entry, Some(format))] => Ok(Some(Self { name: name.to_owned(), format, files: vec![location.file(None, entry)?] })),
            &[(entry, None)] => Self::of_parts(location, name, entry).map(Some),
            &[(first, first_format), (second, second_format), ..] => {
                let shown = |entry: &Entry, format: Option<Format>| {
                    format!("{}{}", entry.name.to_string_lossy(), if format.is_none() { "/" } else { "" })
                };
                let (first, second) = (shown(first, first_format), shown(second, second_format));
                Err(SourceError::Twice { extract: name.to_owned(), first, second })
            }
        }
    }

    /// The one file, or the folder of parts, at `path` (a local path or a URL), read as the extract
    /// `name`; its ending may be in either case.
    ///
    /// # Errors
    /// As [`Self::find`], and where nothing is there or the ending tells no format.
    pub fn at(path: &str, name: &str) -> Result<Self, SourceError> {
        let absent = || SourceError::Absent { file: path.to_owned() };
        let trimmed = path.trim_end_matches('/');
        let (folder, last) = match trimmed.rsplit_once('/') {
            Some(("", last)) => ("/", last),
            Some((folder, last)) => (folder, last),
            None => (".", trimmed),
        };
        let location = Location::open(folder)?;
        let entries = location.list(None)?;
        let entry = entries.iter().find(|entry| entry.name == last).ok_or_else(absent)?;
        if entry.nature == Nature::Folder && Format::of_name(&entry.name).is_none() {
            return Self::of_parts(&location, name, entry);
        }
        let file = location.file(None, entry)?;
        let format = Format::of_name(&entry.name).ok_or_else(|| SourceError::UnknownFormat { file: path.to_owned() })?;
        Ok(Self { name: name.to_owned(), format, files: vec![file] })
    }

    fn of_parts(location: &Location, name: &str, entry: &Entry) -> Result<Self, SourceError> {
        let folder = entry.name.to_string_lossy();
        if entry.nature != Nature::Folder {
            return Err(location.file(None, entry).map_or_else(SourceError::from, |_| SourceError::NoParts { folder: folder.to_string() }));
        }
        let parts = location.list(Some(&folder))?;
        let files: Vec<_> =
            parts.iter().filter(|part| is_part(&part.name)).map(|part| location.file(Some(&folder), part)).collect::<Result<_, _>>()?;
        if files.is_empty() {
            return Err(SourceError::NoParts { folder: folder.to_string() });
        }
        Ok(Self { name: name.to_owned(), format: Format::Text, files })
    }
}

/// Whether something of an extract's bare name is, or may have been, its folder of parts. A regular
/// file of that name is none and says nothing about the extract.
fn is_parts_folder(nature: &Nature) -> bool {
    matches!(nature, Nature::Folder | Nature::DanglingLink | Nature::Unknown(_))
}

fn is_part(name: &OsString) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.ends_with(b".csv") && !bytes.starts_with(b".")
}
