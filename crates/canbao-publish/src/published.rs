//! What publishing a snapshot gives.

use super::manifest::Manifest;
use super::snapshot_name::SnapshotName;

/// A finished snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedSnapshot {
    /// Where it stands: a path, or a URL.
    pub path: String,
    /// Its name.
    pub snapshot: SnapshotName,
    /// What stands in its `manifest.json`.
    pub manifest: Manifest,
    /// Whether `latest.json` moved to it; it does not where a newer snapshot is there.
    pub is_latest: bool,
}
