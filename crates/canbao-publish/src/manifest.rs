//! `manifest.json` and `latest.json`, in the form in which others read them.

use serde::{Deserialize, Serialize};

use super::snapshot_name::SnapshotName;

/// What a snapshot says of itself: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// What the run knows.
    #[serde(flatten)]
    pub run: RunFacts,
    /// One entry a dataset, by name.
    pub datasets: Vec<DatasetEntry>,
    /// One entry a document, by file; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentEntry>,
}

/// The part of a manifest that comes from the run rather than from the writing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The run that made the snapshot.
    pub run_id: String,
    /// The date for which the run computed, `YYYY-MM-DD`.
    pub logical_date: String,
    /// Division code of the region; null for a pipeline without one.
    pub region: Option<String>,
    /// The benefit year, for pipelines that use one.
    pub benefit_year: Option<i32>,
    /// The version of this program.
    pub program_version: String,
    /// The policy in force; null for a pipeline without one.
    pub policy: Option<PolicyFacts>,
    /// One entry an input file.
    pub inputs: Vec<InputEntry>,
    /// One entry a published snapshot that was read; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotEntry>,
}

/// Which policy a run followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFacts {
    /// SHA-256 of the pack, in hexadecimal digits.
    pub sha256: String,
    /// The documents that its values come from.
    pub sources: Vec<String>,
}

/// One file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputEntry {
    /// The extract's name.
    pub source: String,
    /// The path below the data location, with `/`.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Rows read: the sum of the next two.
    pub rows_read: u64,
    /// Rows used.
    pub rows_used: u64,
    /// Rows that stand in `rejects`.
    pub rows_rejected: u64,
}

/// One published snapshot that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotEntry {
    /// The pipeline that published it.
    pub pipeline: String,
    /// Its name.
    pub snapshot: SnapshotName,
    /// The run that made it.
    pub run_id: String,
}

/// One dataset of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetEntry {
    /// The file's name without `.parquet`.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of columns.
    pub columns: usize,
    /// SHA-256 of the file's bytes, in hexadecimal digits.
    pub sha256: String,
}

/// One document of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// The path in the snapshot, with `/`.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// `latest.json`: names the newest whole snapshot of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Latest {
    /// The snapshot.
    pub snapshot: SnapshotName,
}
