//! One regular file of a location, read as a stream, and told from what it was when it was found.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use tokio::runtime::Runtime;

use super::location_error::LocationError;
use super::nature::Nature;
use super::remote::Remote;
use super::stamp::{ChangedMeanwhile, Stamp};

/// A regular file in a location.
#[derive(Debug, Clone)]
pub struct DataFile {
    shown: String,
    bytes: u64,
    place: FilePlace,
}

#[derive(Debug, Clone)]
enum FilePlace {
    /// With what it was when it was found.
    Local(PathBuf, Option<Stamp>),
    /// With what it was when it was first opened.
    Remote(Remote, ObjectPath, Arc<OnceLock<Stamp>>),
}

impl DataFile {
    /// A file of this machine's file system, as it is now.
    pub(super) fn local(shown: String, bytes: u64, path: PathBuf) -> Self {
        // What cannot be looked at is told when it is opened.
        let found = fs::metadata(&path).ok().map(|metadata| Stamp::of_file(&metadata));
        Self { shown, bytes, place: FilePlace::Local(path, found) }
    }

    /// An object of a store.
    pub(super) fn remote(shown: String, bytes: u64, store: Remote, object: ObjectPath) -> Self {
        Self { shown, bytes, place: FilePlace::Remote(store, object, Arc::default()) }
    }

    /// The path below the location, with `/`: what stands in `rejects.file` and in the manifest.
    pub fn path(&self) -> &str {
        &self.shown
    }

    /// The size in bytes when the location was looked into.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file in the local file system, where that is where it lies.
    pub fn local_path(&self) -> Option<&Path> {
        match &self.place {
            FilePlace::Local(path, _) => Some(path),
            FilePlace::Remote(..) => None,
        }
    }

    /// Whether it is still what it was when it was found. An object is held against that each time it is opened, and a
    /// store gives out one state of it at a time.
    pub(super) fn is_unchanged(&self) -> bool {
        match &self.place {
            FilePlace::Local(path, found) => fs::metadata(path).ok().map(|metadata| Stamp::of_file(&metadata)) == *found,
            FilePlace::Remote(..) => true,
        }
    }

    /// The file's bytes from the first, never held whole.
    ///
    /// # Errors
    /// Where the file cannot be opened, or is no regular file any more.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.place {
            FilePlace::Local(path, _) => match Nature::of(path) {
                Nature::File { .. } | Nature::Unknown(_) => Ok(Box::new(File::open(path)?)),
                nature => Err(io::Error::other(LocationError::NoFile { file: self.shown.clone(), nature })),
            },
            FilePlace::Remote(remote, path, first) => {
                let got = remote.runtime.block_on(remote.store.get(path))?;
                let stamp = Stamp::of_object(&got.meta);
                if got.meta.size != self.bytes || *first.get_or_init(|| stamp.clone()) != stamp {
                    return Err(io::Error::other(ChangedMeanwhile));
                }
                let runtime = Arc::clone(&remote.runtime);
                Ok(Box::new(RemoteRead { runtime, left: self.bytes, chunks: got.into_stream(), chunk: Bytes::new() }))
            }
        }
    }
}

/// An object's bytes as they arrive, for a blocking reader.
struct RemoteRead {
    runtime: Arc<Runtime>,
    /// Bytes that are still to come.
    left: u64,
    chunks: BoxStream<'static, object_store::Result<Bytes>>,
    chunk: Bytes,
}

impl Read for RemoteRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.runtime.block_on(self.chunks.next()) {
                Some(chunk) => self.chunk = chunk?,
                None if self.left == 0 => return Ok(0),
                None => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the transfer ended before the file did")),
            }
            self.left = self.left.saturating_sub(self.chunk.len() as u64);
        }
        let length = buffer.len().min(self.chunk.len());
        buffer[..length].copy_from_slice(&self.chunk.split_to(length));
        Ok(length)
    }
}
