//! Data locations: a local folder, or a place in an object store, named by a path or a URL.
//!
//! A location is looked into one level at a time, and a file is read as a stream: nothing here
//! holds a whole file. What is no regular file is told from its metadata and never opened, so
//! that a named pipe is never waited for. Links are followed.
//!
//! An object store is asynchronous; its bytes reach the blocking readers over a runtime of one
//! thread that belongs to the location. Hence a location of this kind must not be used from within
//! an asynchronous task.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use tokio::runtime::{Builder, Runtime};

use super::data_file::DataFile;
use canbao_runtime::stores::{Address, OpenStoreError, open_store, without_password};
use canbao_runtime::transient;

/// Why a location or a file in it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The text names no store.
    #[error(transparent)]
    Open(#[from] OpenStoreError),
    /// No runtime for the store's transfers could be started.
    #[error("cannot start the transfers from `{location}`")]
    Runtime {
        /// The location.
        location: String,
        /// The system's account.
        source: io::Error,
    },
    /// The location is there and is no folder.
    #[error("the location `{location}` is {nature}, expected a folder")]
    NoFolder {
        /// The location.
        location: String,
        /// What it is instead.
        nature: Nature,
    },
    /// Nothing is where the location, or a folder in it, should be.
    #[error("`{location}` does not exist, expected a folder")]
    Nowhere {
        /// The location, with the folder.
        location: String,
    },
    /// The location, or a folder in it, cannot be looked into.
    #[error("cannot look into `{location}`")]
    List {
        /// The location, with the folder.
        location: String,
        /// The system's or the store's account.
        source: io::Error,
    },
    /// Something that should be a regular file is none.
    #[error("`{file}` is {nature}, expected a regular file")]
    NoFile {
        /// The path below the location.
        file: String,
        /// What it is instead.
        nature: Nature,
    },
}

impl LocationError {
    /// Whether the same may succeed later, with nothing mended.
    pub fn can_pass(&self) -> bool {
        transient::is_transient(self)
    }

    /// What to do about it, where there is a remedy.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Open(OpenStoreError::BadUrl { .. }) | Self::NoFolder { .. } => "name the folder or the URL with `--data`",
            Self::Open(OpenStoreError::Store { .. }) => {
                "see that the address is right and the environment has what the store needs, such as AWS_ACCESS_KEY_ID"
            }
            Self::List { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "give the user who runs canbao the right to read it"
            }
            Self::Nowhere { .. } | Self::List { .. } => "name the folder or the URL with `--data`, and see that it is there",
            Self::NoFile { nature: Nature::Folder, .. } => "parts of an extract are `NAME/*.csv`; a single file is `NAME.csv`",
            Self::NoFile { .. } | Self::Runtime { .. } => return None,
        })
    }
}

/// What stands at a path, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nature {
    /// A regular file, or an object in a store.
    File {
        /// Its size when it was looked at.
        bytes: u64,
    },
    /// A folder, or the common beginning of several objects' names.
    Folder,
    /// A named pipe: reading it would wait for a writer.
    NamedPipe,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// A link to nothing.
    DanglingLink,
    /// A path whose metadata cannot be read, with the system's account of it.
    Unknown(String),
}

impl fmt::Display for Nature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { .. } => f.write_str("a regular file"),
            Self::Folder => f.write_str("a folder"),
            Self::NamedPipe => f.write_str("a named pipe"),
            Self::Socket => f.write_str("a socket"),
            Self::Device => f.write_str("a device"),
            Self::DanglingLink => f.write_str("a link that leads nowhere"),
            Self::Unknown(account) => write!(f, "not to be looked at ({account})"),
        }
    }
}

impl Nature {
    pub(super) fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(metadata) => Self::of_metadata(&metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() => Self::DanglingLink,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            Self::NamedPipe
        } else if kind.is_socket() {
            Self::Socket
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File { bytes: metadata.len() }
        } else {
            Self::Device
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        if metadata.is_dir() {
            Self::Folder
        } else if metadata.is_file() {
            Self::File { bytes: metadata.len() }
        } else {
            Self::Device
        }
    }
}

/// A name in a location, or in a folder one level below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: OsString,
    /// What stands there.
    pub nature: Nature,
}

/// Where extracts lie.
#[derive(Debug, Clone)]
pub struct Location {
    shown: String,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    Store(Remote),
}

/// An object store, the place in it, and the runtime that carries its transfers.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    pub runtime: Arc<Runtime>,
}

impl Location {
    /// The location that a folder's path or a URL names (`file://`, `s3://`, `gs://`, `az://`,
    /// `http://`, `https://` and what else `object_store` reads).
    ///
    /// # Errors
    /// Where the URL is none or its store cannot be addressed. That a folder is there shows at [`Self::list`].
    pub fn open(location: &str) -> Result<Self, LocationError> {
        match Address::parse(location)? {
            Address::Folder(folder) => Ok(Self { shown: location.to_owned(), place: Place::Folder(folder) }),
            Address::Url(_) => {
                let (store, prefix) = open_store(location)?;
                Self::in_store(without_password(location), store, prefix)
            }
        }
    }

    /// The location below `prefix` in a store that is already open; `shown` stands for it in messages.
    ///
    /// # Errors
    /// Where no thread for the transfers can be started.
    pub fn in_store(shown: String, store: Arc<dyn ObjectStore>, prefix: ObjectPath) -> Result<Self, LocationError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        match runtime {
            Ok(runtime) => Ok(Self { shown, place: Place::Store(Remote { store, prefix, runtime: Arc::new(runtime) }) }),
            Err(source) => Err(LocationError::Runtime { location: shown, source }),
        }
    }

    /// What stands in the location itself, or in the folder `below` it, in byte order of the names.
    ///
    /// # Errors
    /// Where the location is no folder or cannot be looked into.
    pub fn list(&self, below: Option<&str>) -> Result<Vec<Entry>, LocationError> {
        let mut entries = match &self.place {
            Place::Folder(folder) => {
                let folder = below.map_or_else(|| folder.clone(), |below| folder.join(below));
                list_folder(&folder).map_err(|source| match Nature::of(&folder) {
                    _ if source.kind() == io::ErrorKind::NotFound => LocationError::Nowhere { location: self.shown_with(below) },
                    Nature::Folder | Nature::Unknown(_) => LocationError::List { location: self.shown_with(below), source },
                    nature => LocationError::NoFolder { location: self.shown_with(below), nature },
                })
            }
            Place::Store(remote) => {
                remote.list(below).map_err(|error| LocationError::List { location: self.shown_with(below), source: error.into() })
            }
        }?;
        entries.sort_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
        Ok(entries)
    }

    /// The file `name` in the location itself, or in the folder `below` it.
    ///
    /// # Errors
    /// [`LocationError::NoFile`] where the entry is no regular file.
    pub fn file(&self, below: Option<&str>, entry: &Entry) -> Result<DataFile, LocationError> {
        let name = entry.name.to_string_lossy();
        let shown = below.map_or_else(|| name.to_string(), |below| format!("{below}/{name}"));
        let Nature::File { bytes } = entry.nature else {
            return Err(LocationError::NoFile { file: shown, nature: entry.nature.clone() });
        };
        Ok(match &self.place {
            Place::Folder(folder) => {
                let path = below.map_or_else(|| folder.clone(), |below| folder.join(below)).join(&entry.name);
                DataFile::local(shown, bytes, path)
            }
            Place::Store(remote) => DataFile::remote(shown, bytes, remote.clone(), remote.within(below).join(name.as_ref())),
        })
    }

    fn shown_with(&self, below: Option<&str>) -> String {
        below.map_or_else(|| self.shown.clone(), |below| format!("{}/{below}", self.shown.trim_end_matches('/')))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Remote {
    fn within(&self, below: Option<&str>) -> ObjectPath {
        below.map_or_else(|| self.prefix.clone(), |below| self.prefix.clone().join(below))
    }

    fn list(&self, below: Option<&str>) -> object_store::Result<Vec<Entry>> {
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&self.within(below))))?;
        let named = |path: &ObjectPath, nature| Some(Entry { name: path.filename()?.into(), nature });
        let folders = found.common_prefixes.iter().filter_map(|path| named(path, Nature::Folder));
        let files = found.objects.iter().filter_map(|object| named(&object.location, Nature::File { bytes: object.size }));
        Ok(folders.chain(files).collect())
    }
}

fn list_folder(folder: &Path) -> io::Result<Vec<Entry>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            Ok(Entry { name: entry.file_name(), nature: Nature::of(&entry.path()) })
        })
        .collect()
}
