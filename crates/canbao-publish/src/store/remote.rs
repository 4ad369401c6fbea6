//! Snapshots in an object store.
//!
//! A store has no folders to rename, so a draft's objects stand under the snapshot's own name from the
//! start; a snapshot counts only with its manifest, which is written last and removed first. A name is claimed by an
//! object that can be created only once, and `latest.json` moves on condition of its ETag. Stores that
//! know no conditions (plain HTTP) are looked at first instead, which leaves a gap of one request.
//!
//! A store knows no locks either: whether a draft still lives shows by its claim's age alone. What a claim holds is
//! random, so that a draft knows its own claim from another's, whether the answer to its request came or was lost.
//! Parts of uploads that were never completed cannot be listed here: expire them by a rule of the bucket.
//!
//! The store is asynchronous; a runtime of one thread carries it for callers that are not. Hence this
//! must not be used from within an asynchronous task.

#[cfg(test)]
mod flaky;
mod link;
mod upload;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::path::{Path as ObjectPath, PathPart};
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use self::link::Link;
use self::upload::RemoteUpload;
use super::{Change, Claim, Store, Upload, next_attempt};
use crate::error::PublishError;
use crate::layout::MANIFEST;
use crate::snapshot_name::SnapshotName;
use canbao_rules::period::Day;
use canbao_runtime::crash;

/// The object that claims a snapshot's name; it goes before `latest.json` moves.
const MARK: &str = ".claimed";
/// How often a conditional write is tried anew when others come first.
const TRIES: usize = 64;

/// Snapshots below a prefix of an object store.
#[derive(Debug)]
pub(crate) struct Remote {
    link: Link,
    prefix: ObjectPath,
    shown: String,
}

impl Remote {
    /// The store below `prefix`; `shown` is its URL for people, without a slash at the end.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: ObjectPath, shown: String) -> Result<Self, PublishError> {
        match Link::new(store) {
            Ok(link) => Ok(Self { link, prefix, shown }),
            Err(source) => Err(PublishError::File { doing: "start transfers to", path: shown, source }),
        }
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
        let got = self.link.send(async || {
            let result = self.link.store.get(&object).await?;
            let version = UpdateVersion { e_tag: result.meta.e_tag.clone(), version: result.meta.version.clone() };
            Ok((result.bytes().await?.to_vec(), version))
        });
        match got {
            Ok(got) => Ok(Some(got)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", path)(error)),
        }
    }

    fn holds(&self, path: &str, content: &[u8]) -> Result<bool, PublishError> {
        Ok(self.get(path)?.is_some_and(|(present, _)| present == content))
    }

    /// Puts on a condition; `false` where the condition does not hold. It is put without one where the store knows
    /// none. That the very same content is there already means that it was put, and the answer lost.
    fn put(&self, path: &str, content: &[u8], mode: PutMode) -> Result<bool, PublishError> {
        let object = self.at(path);
        let put = |mode: PutMode| {
            let payload = PutPayload::from(content.to_vec());
            self.link.send(|| self.link.store.put_opts(&object, payload.clone(), PutOptions::from(mode.clone())))
        };
        let mut result = put(mode.clone());
        if matches!(result, Err(Error::NotImplemented { .. } | Error::NotSupported { .. })) {
            if mode == PutMode::Create
                && let Some((present, _)) = self.get(path)?
            {
                return Ok(present == content);
            }
            result = put(PutMode::Overwrite);
        }
        match result {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => self.holds(path, content),
            // An object that went away between reading and replacing it.
            Err(Error::NotFound { .. }) if matches!(mode, PutMode::Update(_)) => Ok(false),
            Err(error) => Err(self.failed("write", path)(error)),
        }
    }

    /// Removes an object, if it is there.
    fn delete(&self, object: &ObjectPath) -> Result<(), Error> {
        match self.link.send(|| self.link.store.delete(object)) {
            Err(Error::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    /// Whether the name could be claimed.
    fn try_claim(&self, claim: &Claim) -> Result<bool, PublishError> {
        let mark = format!("{}/{MARK}", claim.folder);
        crash::point("publish.claiming");
        if !self.put(&mark, claim.token.as_bytes(), PutMode::Create)? {
            return Ok(false);
        }
        crash::point("publish.claiming.marked");
        // Another draft may have come and gone, its mark removed, since the names were listed.
        let alone = self.names(&claim.folder)?.iter().all(|name| name == MARK);
        if !alone {
            self.delete(&self.at(&mark)).map_err(self.failed("remove", &mark))?;
        }
        Ok(alone)
    }

    fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, PublishError> {
        let prefix = self.at(folder);
        let listed = self.link.send(|| self.link.store.list(Some(&prefix)).try_collect());
        listed.map_err(self.failed("look into", folder))
    }

    /// Removes a snapshot's objects, the manifest before all others: what is left has ceased to be a snapshot. Its claim,
    /// if it has one, goes last. Says whether there was anything.
    fn delete_all(&self, folder: &str, mut objects: Vec<ObjectMeta>) -> Result<bool, PublishError> {
        let (manifest, mark) = (self.at(&format!("{folder}/{MANIFEST}")), self.at(&format!("{folder}/{MARK}")));
        objects.sort_by_key(|object| (object.location == mark, object.location != manifest));
        for object in &objects {
            self.delete(&object.location).map_err(self.failed("remove", folder))?;
            crash::point("publish.removing");
        }
        Ok(!objects.is_empty())
    }

    /// Removes the objects of a draft that was given up. A draft that lives all the same looks for its claim after it has
    /// written its manifest, and here the manifest is looked for once the claim is gone: one of both meets the other.
    fn give_up(&self, folder: &str, mark: &ObjectPath) -> Result<bool, PublishError> {
        self.delete(mark).map_err(self.failed("remove", folder))?;
        crash::point("publish.sweeping");
        let objects = self.list(folder)?;
        let manifest = self.at(&format!("{folder}/{MANIFEST}"));
        if objects.iter().any(|object| object.location == manifest) {
            return Ok(false);
        }
        self.delete_all(folder, objects)?;
        Ok(true)
    }
}

impl Store for Remote {
    fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, PublishError> {
        let prefix = self.at(folder);
        let found = self.link.send(|| self.link.store.list_with_delimiter(Some(&prefix)));
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
        let got = self.link.send(|| self.link.store.get(&object)).map_err(self.failed("read", path))?;
        let mut chunks = got.into_stream();
        while let Some(chunk) = self.link.once(chunks.next()) {
            let chunk = chunk.map_err(self.failed("read", path))?;
            into.write_all(&chunk).map_err(|source| PublishError::File { doing: "copy", path: self.shown(path), source })?;
        }
        Ok(())
    }

    fn claim(&self, pipeline: &str, date: Day) -> Result<Claim, PublishError> {
        let token = token().map_err(|source| PublishError::File { doing: "claim a name in", path: self.shown(pipeline), source })?;
        for _ in 0..TRIES {
            let name = next_attempt(&self.names(pipeline)?, date);
            let claim = Claim { name, folder: format!("{pipeline}/{name}"), token: token.clone() };
            match self.try_claim(&claim) {
                Ok(true) => return Ok(claim),
                Ok(false) => {}
                Err(error) => {
                    // Nothing but the mark can be there of this draft.
                    let mark = format!("{}/{MARK}", claim.folder);
                    if self.holds(&mark, token.as_bytes()).unwrap_or(false) {
                        let _ = self.delete(&self.at(&mark));
                    }
                    return Err(error);
                }
            }
        }
        Err(PublishError::Contended { path: self.shown(pipeline) })
    }

    fn create(&self, path: &str) -> Result<Box<dyn Upload>, PublishError> {
        Ok(Box::new(RemoteUpload::new(self.link.clone(), self.at(path), self.shown(path))))
    }

    fn reveal(&self, _pipeline: &str, claim: &Claim) -> Result<(), PublishError> {
        let mark = format!("{}/{MARK}", claim.folder);
        if self.holds(&mark, claim.token.as_bytes())? {
            return self.delete(&self.at(&mark)).map_err(self.failed("remove", &mark));
        }
        // Somebody took this draft for given up, see `give_up`: its datasets may be gone.
        if self.read(&mark)?.is_none() {
            let manifest = format!("{}/{MANIFEST}", claim.folder);
            self.delete(&self.at(&manifest)).map_err(self.failed("remove", &manifest))?;
        }
        Err(PublishError::ClaimLost { path: self.shown(&claim.folder) })
    }

    fn complete_reveal(&self, pipeline: &str, name: SnapshotName) -> Result<(), PublishError> {
        let mark = format!("{pipeline}/{name}/{MARK}");
        self.delete(&self.at(&mark)).map_err(self.failed("remove", &mark))
    }

    fn discard(&self, _pipeline: &str, claim: &Claim) {
        // A failure is not told: what led here is worse news, and the next sweep finds what is left.
        let mark = format!("{}/{MARK}", claim.folder);
        if self.holds(&mark, claim.token.as_bytes()).unwrap_or(false) {
            let _ = self.list(&claim.folder).and_then(|objects| self.delete_all(&claim.folder, objects));
        }
    }

    fn remove(&self, pipeline: &str, name: SnapshotName) -> Result<bool, PublishError> {
        let folder = format!("{pipeline}/{name}");
        let objects = self.list(&folder)?;
        let has = |file: &str| objects.iter().any(|object| object.location == self.at(&format!("{folder}/{file}")));
        if has(MARK) && !has(MANIFEST) {
            // A draft's, which may live.
            return Ok(false);
        }
        self.delete_all(&folder, objects)
    }

    fn sweep(&self, pipeline: &str, before: DateTime<Utc>) -> Result<Vec<String>, PublishError> {
        let mut snapshots: BTreeMap<SnapshotName, Vec<ObjectMeta>> = BTreeMap::new();
        let below = self.at(pipeline);
        for object in self.list(pipeline)? {
            let first = object.location.prefix_match(&below).and_then(|mut parts| parts.next()?.as_ref().parse().ok());
            if let Some(name) = first {
                snapshots.entry(name).or_default().push(object);
            }
        }
        let mut removed = Vec::new();
        for (name, objects) in snapshots {
            let folder = format!("{pipeline}/{name}");
            let [manifest, mark] = [MANIFEST, MARK].map(|file| self.at(&format!("{folder}/{file}")));
            let has = |wanted: &ObjectPath| objects.iter().any(|object| object.location == *wanted);
            let is_old = objects.iter().all(|object| object.last_modified < before);
            let swept = match (has(&manifest), has(&mark)) {
                (true, false) => false,
                // A crash came amid revealing: the snapshot is whole, its claim is over.
                (true, true) if is_old => {
                    self.complete_reveal(pipeline, name)?;
                    removed.push(self.shown(&format!("{folder}/{MARK}")));
                    false
                }
                (false, true) if is_old => self.give_up(&folder, &mark)?,
                (_, true) => false,
                // A crash came amid removing, whose first step takes the manifest.
                (false, false) => self.delete_all(&folder, objects)?,
            };
            removed.extend(swept.then(|| self.shown(&folder)));
        }
        Ok(removed)
    }

    fn revise(&self, path: &str, change: &mut Change<'_>) -> Result<bool, PublishError> {
        for _ in 0..TRIES {
            let present = self.get(path)?;
            let Some(content) = change(present.as_ref().map(|(content, _)| content.as_slice())) else { return Ok(false) };
            crash::point("publish.revising");
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

/// A text that no other draft has.
fn token() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(hex::encode(random))
}

#[cfg(test)]
mod tests;
