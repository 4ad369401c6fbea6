//! What a run tells: counts that add up, what was looked at, how long it took, where the result is.
//!
//! Invariant: for every source and every file, rows read = rows used + rows rejected, and `by_reason` adds up to the
//! rows rejected. No personal value stands in a report.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gates::Finding;
use crate::publish::{DocumentEntry, SnapshotEntry};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The snapshot is published.
    Published,
    /// A gate was broken: nothing is published, the rejects are put aside.
    Held,
}

/// The report of one run.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// A UUID of version 7: begins with the moment of the start.
    pub run_id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// How it ended.
    pub status: Status,
    /// YYYY-MM-DD.
    pub logical_date: String,
    /// The policy pack's region.
    pub region: String,
    /// The pack's benefit year at the logical date; `None` where the pipeline uses none.
    pub benefit_year: Option<i32>,
    /// One entry a source that was read, in the pipeline's order.
    pub sources: Vec<SourceReport>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
    /// Optional snapshots that are not there, in words; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent_snapshots: Vec<String>,
    /// What was published before and was read; left out where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotEntry>,
    /// What a reader of the result should know.
    pub notes: Vec<Note>,
    /// What the gates found.
    pub gates: Vec<Finding>,
    /// Rows by dataset, in the order of publishing.
    pub datasets: Vec<DatasetReport>,
    /// Files for people, by path; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentReport>,
    /// Wall time by stage, in order.
    pub stages: Vec<StageReport>,
    /// The policy in force.
    pub policy: PolicyReport,
    /// Where the snapshot is; `None` where the run was held.
    pub snapshot: Option<String>,
    /// Where the rejects of a held run are.
    pub held: Option<String>,
}

/// The rows of one source.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceReport {
    /// The extract's name.
    pub source: String,
    /// Rows read, over all files.
    pub rows_read: u64,
    /// Rows used.
    pub rows_used: u64,
    /// Rows that stand in `rejects`.
    pub rows_rejected: u64,
    /// Used rows of other regions (settlement only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<u64>,
    /// Used rows dated after the logical date (settlement only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<u64>,
    /// Rejected rows by reason.
    pub by_reason: BTreeMap<&'static str, u64>,
    /// Its files in reading order.
    pub files: Vec<FileReport>,
}

/// The rows of one file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// The path below the data location, with `/`.
    pub file: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows used.
    pub rows_used: u64,
    /// Rows that stand in `rejects`.
    pub rows_rejected: u64,
}

/// One remark with a count, such as birth dates that differ from the number's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// A word for programs, such as `birth_date_differs`.
    pub name: &'static str,
    /// How often.
    pub count: u64,
    /// The remark in words, without any person in it.
    pub text: String,
}

/// The rows of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetReport {
    /// The dataset's name.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// Its rows.
    pub rows: u64,
}

/// One file for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentReport {
    /// What the manifest says of it.
    #[serde(flatten)]
    pub entry: DocumentEntry,
    /// What it is.
    pub title: String,
}

/// The wall time of one stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageReport {
    /// `read`, a step's name, `gates` or `publish`.
    pub stage: String,
    /// Seconds, to the millisecond.
    pub seconds: f64,
}

/// The policy pack that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// SHA-256 of the pack's file, hexadecimal.
    pub sha256: String,
    /// The documents its values come from.
    pub sources: Vec<String>,
}
