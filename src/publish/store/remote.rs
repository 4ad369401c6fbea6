//! Snapshots in an object store.
//!
//! A store has no folders to rename, so a draft's objects stand under the snapshot's own name from the
//! start; a snapshot counts only with its manifest, which is written last. A name is claimed by an
//! object that can be created only once, and `latest.json` moves on condition of its ETag. Stores that
//! know no conditions (plain HTTP) are looked at first instead, which leaves a gap of one request.
//!
//! The store is asynchronous; a runtime of one thread carries it for callers that are not. Hence this
//! must not be used from within an asynchronous task.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use object_store::path::{Path as ObjectPath, PathPart};
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};
use tokio::runtime::{Builder, Runtime};

use super::{Change, Claim, Store, Upload, next_attempt};
use crate::period::Day;
use crate::publish::error::PublishError;

/// The object that claims a snapshot's name; it goes before `latest.json` moves.
const MARK: &str = ".claimed";
/// Bytes a part of an upload; all stores take this size, and some want equal parts.
const PART: usize = 8 << 20;
/// How often a conditional write is tried anew when others come first.
const TRIES: usize = 64;

/// Snapshots below a prefix of an object store.
#[derive(Debug)]
pub(in crate::publish) struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    shown: String,
    runtime: Arc<Runtime>,
}

impl Remote {
    /// The store below `prefix`; `shown` is its URL for people, without a slash at the end.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: ObjectPath, shown: String) -> Result<Self, PublishError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|source| PublishError::File { doing: "start transfers to", path: shown.clone(), source })?;
        Ok(Self { store, prefix, shown, runtime: Arc::new(runtime) })
    }

    fn at(&self, path: &str) -> ObjectPath {
        let parts = path.split('/').filter(|part| !part.is_empty());
        // Names of documents are Chinese and stay so: only what cannot stand in a key is encoded.
        parts.fold(self.prefix.clone(), |path, part| path.join(PathPart::parse(part).unwrap_or_else(|_| part.into())))
    }

    fn failed<'a>(&'a self, doing: &'static str, path: &'a str) -> impl FnOnce(Error) -> PublishError + 'a {
        move |source| PublishError::Store { doing, path: self.shown(path), source }
    }

    /// The content and the version by which it can be replaced; `None` where there is no such object.
    fn get(&self, path: &str) -> Result<Option<(Vec<u8>, UpdateVersion)>, PublishError> {
        let object = self.at(path);
        let got = self.runtime.block_on(async {
            let result = self.store.get(&object).await?;
            let version = UpdateVersion { e_tag: result.meta.e_tag.clone(), version: result.meta.version.clone() };
            Ok((result.bytes().await?.to_vec(), version))
        });
        match got {
            Ok(got) => Ok(Some(got)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", path)(error)),
        }
    }

    /// Puts on a condition; `false` where the condition does not hold. `unconditional` is put where the
    /// store knows no conditions.
    fn put(&self, path: &str, content: &[u8], mode: PutMode) -> Result<bool, PublishError> {
        let object = self.at(path);
        let put = |mode| {
            let payload = PutPayload::from(content.to_vec());
            self.runtime.block_on(self.store.put_opts(&object, payload, PutOptions::from(mode)))
        };
        let mut result = put(mode.clone());
        if matches!(result, Err(Error::NotImplemented { .. } | Error::NotSupported { .. })) {
            if mode == PutMode::Create && self.get(path)?.is_some() {
                return Ok(false);
            }
            result = put(PutMode::Overwrite);
        }
        match result {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
            // An object that went away between reading and replacing it.
            Err(Error::NotFound { .. }) if matches!(mode, PutMode::Update(_)) => Ok(false),
            Err(error) => Err(self.failed("write", path)(error)),
        }
    }

    fn delete_below(&self, folder: &str) -> Result<(), Error> {
        let prefix = self.at(folder);
        self.runtime.block_on(async {
            let found: Vec<_> = self.store.list(Some(&prefix)).collect().await;
            let mut outcome = Ok(());
            for object in found {
                let deleted = match object {
                    Ok(object) => self.store.delete(&object.location).await,
                    Err(error) => Err(error),
                };
                outcome = outcome.and(deleted);
            }
            outcome
        })
    }
}

impl Store for Remote {
    fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, PublishError> {
        let prefix = self.at(folder);
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&prefix)));
        let found = found.map_err(self.failed("look into", folder))?;
        let files = found.objects.iter().map(|object| &object.location);
        let names = found.common_prefixes.iter().chain(files).filter_map(|path| path.filename());
        Ok(names.map(str::to_owned).collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, PublishError> {
        Ok(self.get(path)?.map(|(content, _)| content))
    }

    fn local(&self, _path: &str) -> Option<PathBuf> {
        None
    }

    fn fetch(&self, path: &str, into: &mut dyn Write) -> Result<(), PublishError> {
        let object = self.at(path);
        let got = self.runtime.block_on(self.store.get(&object)).map_err(self.failed("read", path))?;
        let mut chunks = got.into_stream();
        while let Some(chunk) = self.runtime.block_on(chunks.next()) {
            let chunk = chunk.map_err(self.failed("read", path))?;
            into.write_all(&chunk).map_err(|source| PublishError::File { doing: "copy", path: self.shown(path), source })?;
        }
        Ok(())
    }

    fn claim(&self, pipeline: &str, date: Day) -> Result<Claim, PublishError> {
        for _ in 0..TRIES {
            let name = next_attempt(&self.names(pipeline)?, date);
            let folder = format!("{pipeline}/{name}");
            let mark = format!("{folder}/{MARK}");
            if !self.put(&mark, b"", PutMode::Create)? {
                continue;
            }
            // Another draft may have come and gone, its mark removed, since the names were listed.
            if self.names(&folder)?.iter().all(|name| name == MARK) {
                return Ok(Claim { name, folder });
            }
            let deleted = self.runtime.block_on(self.store.delete(&self.at(&mark)));
            deleted.map_err(self.failed("remove", &mark))?;
        }
        Err(PublishError::Contended { path: self.shown(pipeline) })
    }

    fn create(&self, path: &str) -> Result<Box<dyn Upload>, PublishError> {
        Ok(Box::new(RemoteUpload {
            store: Arc::clone(&self.store),
            runtime: Arc::clone(&self.runtime),
            object: self.at(path),
            shown: self.shown(path),
            parts: None,
            buffer: Vec::new(),
        }))
    }

    fn reveal(&self, _pipeline: &str, claim: &Claim) -> Result<(), PublishError> {
        let mark = format!("{}/{MARK}", claim.folder);
        let deleted = self.runtime.block_on(self.store.delete(&self.at(&mark)));
        deleted.map_err(self.failed("remove", &mark))
    }

    fn discard(&self, _pipeline: &str, claim: &Claim) {
        // A failure is not told: what led here is worse news, and without `latest.json` nobody looks here.
        let _ = self.delete_below(&claim.folder);
    }

    fn revise(&self, path: &str, change: &mut Change<'_>) -> Result<bool, PublishError> {
        for _ in 0..TRIES {
            let present = self.get(path)?;
            let Some(content) = change(present.as_ref().map(|(content, _)| content.as_slice())) else { return Ok(false) };
            let mode = match present {
                Some((_, version)) => PutMode::Update(version),
                None => PutMode::Create,
            };
            if self.put(path, &content, mode)? {
                return Ok(true);
            }
        }
        Err(PublishError::Contended { path: self.shown(path) })
    }
}

/// An object on its way: one put if it is small, else parts of equal size.
struct RemoteUpload {
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    object: ObjectPath,
    shown: String,
    parts: Option<Box<dyn MultipartUpload>>,
    buffer: Vec<u8>,
}

impl RemoteUpload {
    fn send_part(&mut self) -> Result<(), Error> {
        let part = PutPayload::from(std::mem::take(&mut self.buffer));
        self.runtime.block_on(async {
            let parts = match &mut self.parts {
                Some(parts) => parts,
                none => none.insert(self.store.put_multipart(&self.object).await?),
            };
            parts.put_part(part).await
        })
    }

    fn complete(&mut self) -> Result<(), Error> {
        if self.parts.is_some() && !self.buffer.is_empty() {
            self.send_part()?;
        }
        let small = PutPayload::from(std::mem::take(&mut self.buffer));
        self.runtime.block_on(async {
            match &mut self.parts {
                Some(parts) => parts.complete().await,
                None => self.store.put(&self.object, small).await,
            }
        })?;
        self.parts = None;
        Ok(())
    }
}

impl Write for RemoteUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for RemoteUpload {
    fn finish(mut self: Box<Self>) -> Result<(), PublishError> {
        self.complete().map_err(|source| PublishError::Store { doing: "write", path: self.shown.clone(), source })
    }
}

impl Drop for RemoteUpload {
    fn drop(&mut self) {
        if let Some(parts) = &mut self.parts {
            // Parts that stay behind are the store's to expire; the failure that led here is told already.
            let _ = self.runtime.block_on(parts.abort());
        }
    }
}
