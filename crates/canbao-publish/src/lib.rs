//! Publishing: from rows to a snapshot that others can read, and back from there to rows.
//!
//! A [`Publisher`] stands for a publish location, a folder or an object store. A run [`begin`]s a
//! [`Draft`], writes [`Dataset`]s and [`Document`]s into it, and [`finish`]es it; a
//! [`Snapshot`] is one that a later run builds on.
//!
//! Invariants: a snapshot never changes once it is named by `latest.json`; the same rows give the same
//! bytes; nothing unfinished is ever named. See [`snapshot`] for how a crash is kept harmless.
//!
//! [`begin`]: Publisher::begin
//! [`finish`]: Draft::finish

pub mod build;
pub mod datasets;
mod document;
mod draft;
mod encode;
mod error;
mod file;
mod latest;
mod layout;
mod maintenance;
mod manifest;
mod person_ids;
mod published;
mod reader;
pub mod retention;
pub mod snapshot;
mod snapshot_name;
pub mod spec;
mod store;
#[cfg(test)]
mod testing;

pub use document::{Document, file_name};
pub use draft::Draft;
pub use error::PublishError;
pub use file::{DatasetFile, DatasetSink, write_document_file, write_file};
pub use manifest::{DatasetEntry, DocumentEntry, InputEntry, Manifest, PolicyFacts, RunFacts, SnapshotEntry};
pub use person_ids::{KEY_FILE, PersonIdMask, PersonIdSettings, PersonIds, UnknownPersonIds};
pub use published::PublishedSnapshot;
pub use reader::{Rows, Snapshot, sha256};
pub use retention::{RetentionTerms, SnapshotId};
pub use snapshot::Publisher;
pub use snapshot_name::{BadSnapshotName, SnapshotName, as_identifier, qualified};
pub use spec::{ColumnDescription, ColumnKind, ColumnSpec, Dataset, DatasetDescription, DatasetSpec, Identity};
