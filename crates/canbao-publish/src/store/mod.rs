//! Where snapshots are kept: the few operations that publishing needs, and their two implementations,
//! [`Folder`] on a file system and [`Remote`] over any object store.
//!
//! Paths are relative to the publish location and use `/`. What both keep, and what the contract suite
//! in `snapshot/tests.rs` holds them to:
//! - two drafts never share a snapshot's name, whether in one process or in several;
//! - an unfinished snapshot has no manifest under its published name;
//! - [`Store::revise`] replaces a file as a whole, and only on the ground of what is in it.

mod folder;
mod remote;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use object_store::path::Path as ObjectPath;
use url::Url;

use super::error::PublishError;
use super::snapshot_name::SnapshotName;
use canbao_rules::period::Day;

pub(super) use folder::{Folder, sync_folder};
pub(super) use remote::Remote;

/// A place for snapshots.
pub(super) trait Store: fmt::Debug + Send + Sync {
    /// The path as a person would write it: a path, or a URL.
    fn shown(&self, path: &str) -> String;

    /// The names of files and folders directly in a folder, without order; none where it is not there.
    fn names(&self, folder: &str) -> Result<Vec<String>, PublishError>;

    /// A small file's content; `None` where it is not there.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, PublishError>;

    /// The file itself, where it lies in this machine's file system.
    fn local(&self, path: &str) -> Option<PathBuf>;

    /// Copies a file's content, piece by piece.
    fn fetch(&self, path: &str, into: &mut dyn Write) -> Result<(), PublishError>;

    /// Takes the next free attempt of a date for one draft alone.
    fn claim(&self, pipeline: &str, date: Day) -> Result<Claim, PublishError>;

    /// Starts a file.
    fn create(&self, path: &str) -> Result<Box<dyn Upload>, PublishError>;

    /// Makes a claim's files, all of them finished, stand under the snapshot's own name.
    fn reveal(&self, pipeline: &str, claim: &Claim) -> Result<(), PublishError>;

    /// Finishes what a crash amid [`Store::reveal`] left undone, where the snapshot is whole.
    fn complete_reveal(&self, pipeline: &str, name: SnapshotName) -> Result<(), PublishError>;

    /// Removes an unfinished claim and what was written under it, as well as it can.
    fn discard(&self, pipeline: &str, claim: &Claim);

    /// Removes a whole snapshot so that no half of it is ever to be seen; says whether there was one.
    fn remove(&self, pipeline: &str, name: SnapshotName) -> Result<bool, PublishError>;

    /// Removes what killed processes have left unfinished: drafts, and snapshots half removed. Where no lock tells whether
    /// a draft lives, it has to be older than `before`. Gives what it removed, as [`Store::shown`] shows it.
    fn sweep(&self, pipeline: &str, before: DateTime<Utc>) -> Result<Vec<String>, PublishError>;

    /// Replaces a file by what `change` makes of its content, unless that is `None`; says whether it did.
    /// No other change comes between the reading and the replacing: `change` is asked again if one did.
    fn revise(&self, path: &str, change: &mut Change<'_>) -> Result<bool, PublishError>;
}

/// What [`Store::revise`] asks for the new content, given the present one.
pub(super) type Change<'a> = dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + 'a;

/// A file that is being written. Dropped unfinished, it leaves nothing that counts.
pub(super) trait Upload: Write + Send {
    /// Returns once the content is durable.
    fn finish(self: Box<Self>) -> Result<(), PublishError>;
}

/// A snapshot's name, held for one draft.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The name.
    pub name: SnapshotName,
    /// Where the draft's files go until [`Store::reveal`].
    pub folder: String,
    /// What tells this claim from all others, where no lock does; else empty.
    pub token: String,
}

/// The store that a location names.
pub(super) fn open(location: &str) -> Result<Box<dyn Store>, PublishError> {
    let refused = |why: String| PublishError::Location { location: location.to_owned(), why };
    if location.is_empty() {
        return Err(refused("the name is empty".to_owned()));
    }
    if !location.contains("://") {
        return Ok(Box::new(Folder::new(PathBuf::from(location))));
    }
    let url = Url::parse(location).map_err(|error| refused(error.to_string()))?;
    if url.scheme() == "file" {
        let path = url.to_file_path().map_err(|()| refused("a file URL must name an absolute path".to_owned()))?;
        return Ok(Box::new(Folder::new(path)));
    }
    let (store, prefix): (_, ObjectPath) = canbao_runtime::stores::open_store(location).map_err(|error| refused(causes(&error)))?;
    Ok(Box::new(Remote::new(store, prefix, shown(url))?))
}

/// A URL as it may stand in messages and reports: without a password, and without a slash at the end.
fn shown(mut url: Url) -> String {
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return format!("{}://***", url.scheme());
    }
    url.as_str().trim_end_matches('/').to_owned()
}

/// An error and its causes in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// The attempt after the highest that stands among the names for this date, those half removed among them.
pub(super) fn next_attempt(names: &[String], date: Day) -> SnapshotName {
    let bare = |name: &'_ String| -> Option<SnapshotName> {
        let hidden = [UNFINISHED, REMOVED].iter().find_map(|mark| name.strip_prefix(mark));
        hidden.unwrap_or(name).parse().ok()
    };
    let taken = names.iter().filter_map(bare);
    let highest = taken.filter(|name| name.date == date).map(|name| name.attempt).max().unwrap_or(0);
    SnapshotName { date, attempt: highest + 1 }
}

/// What stands before a snapshot's name while its folder is being written, on a file system.
const UNFINISHED: &str = ".unfinished-";

/// What stands before it while its folder is being removed.
const REMOVED: &str = ".removed-";
