//! Data locations: a local folder, or a place in an object store, named by a path or a URL.
//!
//! A location is looked into one level at a time, and a file is read as a stream: nothing here
//! holds a whole file. What is no regular file is told from its metadata and never opened, so
//! that a named pipe is never waited for. Links are followed.
//!
//! An object store is asynchronous; its bytes reach the blocking readers over a runtime of one
//! thread that belongs to the location. Hence a location of this kind must not be used from within
//! an asynchronous task.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use tokio::runtime::Builder;

use super::data_file::DataFile;
use super::remote::Remote;
use canbao_runtime::stores::{Address, open_store, without_password};

pub use super::location_error::LocationError;
pub use super::nature::{Entry, Nature};

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

fn list_folder(folder: &Path) -> io::Result<Vec<Entry>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            Ok(Entry { name: entry.file_name(), nature: Nature::of(&entry.path()) })
        })
        .collect()
}
