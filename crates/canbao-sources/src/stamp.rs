//! What tells one state of a file from another, so that a file that changes while it is read is noticed.
//!
//! Whoever delivers extracts may be at it while a run reads. Rows of two states must never be mixed, nor a half file be
//! taken for a whole one: it fails, and can be tried again.

use std::fs::Metadata;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use object_store::ObjectMeta;

/// The state of a file: another one hardly ever has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A file of this machine.
    File {
        bytes: u64,
        modified: Option<SystemTime>,
        /// Device and file number, where the system has them: a file put in the place of another has its own.
        identity: Option<(u64, u64)>,
    },
    /// An object of a store.
    Object { bytes: u64, modified: DateTime<Utc>, e_tag: Option<String> },
}

impl Stamp {
    pub(super) fn of_file(metadata: &Metadata) -> Self {
        Self::File { bytes: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }

    pub(super) fn of_object(meta: &ObjectMeta) -> Self {
        Self::Object { bytes: meta.size, modified: meta.last_modified, e_tag: meta.e_tag.clone() }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The file is not what it was; [`super::ExtractError::io`] says which file.
#[derive(Debug, thiserror::Error)]
#[error("it changed meanwhile")]
pub(super) struct ChangedMeanwhile;

#[cfg(test)]
mod tests;
