//! What a run tells: counts that add up, what was looked at, how long it took, where the result is.
//!
//! Invariant: for every source and every file, rows read = rows used + rows rejected, and `by_reason` adds up to the
//! rows rejected. No personal value stands in a report.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::gates::GateFinding;
use super::plan::Plan;
use crate::operators::Note;
use canbao_publish::{DocumentEntry, InputEntry, PolicyFacts, PublishedSnapshot, RunFacts, SnapshotEntry};
use canbao_rules::policy::Provision;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The snapshot is published.
    Published,
    /// A gate was broken: nothing is published; the rejects are in a file of their own.
    Held,
}

/// The report of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of this form, [`RunReport::SCHEMA_VERSION`] when it is written. Reports from before versions are 1.
    #[serde(default = "first_version")]
    pub schema_version: u32,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_snapshots: Vec<String>,
    /// What was published before and was read; left out where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotEntry>,
    /// What a reader of the result should know.
    pub notes: Vec<Note>,
    /// What the gates found.
    pub gates: Vec<GateFinding>,
    /// Rows by dataset, in the order of publishing.
    pub datasets: Vec<DatasetReport>,
    /// Files for people, by path; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<u64>,
    /// Used rows dated after the logical date (settlement only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<u64>,
    /// Rejected rows by reason.
    pub by_reason: BTreeMap<Cow<'static, str>, u64>,
    /// Its files in reading order.
    pub files: Vec<FileReport>,
}

/// The rows of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// The rows of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetReport {
    /// The dataset's name.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// Its rows.
    pub rows: u64,
}

/// One file for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentReport {
    /// What the manifest says of it.
    #[serde(flatten)]
    pub entry: DocumentEntry,
    /// What it is.
    pub title: String,
}

/// The wall time of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// `read`, a step's name, `gates` or `publish`.
    pub stage: String,
    /// Seconds, to the millisecond.
    pub seconds: f64,
    /// Whether an earlier attempt of the run did it; left out where not.
    #[serde(default, rename = "kept", skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
}

/// The policy pack that a run used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyReport {
    /// SHA-256 of the pack's file, hexadecimal.
    pub sha256: String,
    /// The documents its values come from.
    pub sources: Vec<String>,
}

impl StageReport {
    pub(super) fn done(stage: &str, took: Duration) -> Self {
        Self { stage: stage.to_owned(), seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0, restored: false }
    }

    pub(super) fn restored(stage: &str) -> Self {
        Self { stage: stage.to_owned(), seconds: 0.0, restored: true }
    }
}

/// The version of reports that name none.
const fn first_version() -> u32 {
    1
}

/// A text that is no report of a run, or one of a later program.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableReport {
    /// It has another form.
    #[error("the report of a run cannot be read")]
    Form(#[from] serde_json::Error),
    /// Its form is newer than this program.
    #[error("the report of a run has schema version {found}, expected at most {}", RunReport::SCHEMA_VERSION)]
    Newer {
        /// Its version.
        found: u32,
    },
}

impl RunReport {
    /// The version of the form in which reports are written. It grows when a field changes its meaning or goes; a field that
    /// is added leaves it as it is.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Reads a report back.
    ///
    /// # Errors
    /// The text is no report, or one of a later program.
    pub fn from_json(text: &str) -> Result<Self, UnreadableReport> {
        /// A newer form may lack what this program needs, so its version is looked at first.
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(default = "first_version")]
            schema_version: u32,
        }
        let Versioned { schema_version } = serde_json::from_str(text)?;
        if schema_version > Self::SCHEMA_VERSION {
            return Err(UnreadableReport::Newer { found: schema_version });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// The report of a run that has done nothing yet.
    pub(super) fn of(plan: &Plan, run_id: &str) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            run_id: run_id.to_owned(),
            pipeline: plan.pipeline.name.clone(),
            status: Status::Held,
            logical_date: plan.date.to_string(),
            region: plan.region(),
            benefit_year: plan.year.map(|year| year.0),
            sources: Vec::new(),
            absent: Vec::new(),
            absent_snapshots: Vec::new(),
            snapshots: plan.snapshots.entries(),
            notes: Vec::new(),
            gates: Vec::new(),
            datasets: Vec::new(),
            documents: Vec::new(),
            stages: Vec::new(),
            policy: PolicyReport { sha256: plan.pack.sha256().to_owned(), sources: Provision::sources(&plan.provisions()) },
            snapshot: None,
            held: None,
        }
    }

    /// The report of a run whose snapshot was published by an attempt that died before it could report: what the
    /// manifest tells.
    pub(super) fn of_published(plan: &Plan, published: PublishedSnapshot) -> Self {
        let PublishedSnapshot { path, manifest, .. } = published;
        let run = manifest.run;
        let text = "the snapshot was published by an earlier attempt that ended before it could say so: this report is its manifest's";
        let datasets = manifest.datasets.into_iter();
        let documents = manifest.documents.into_iter();
        Self {
            status: Status::Published,
            benefit_year: run.benefit_year,
            sources: sources_of(run.inputs),
            snapshots: run.snapshots,
            notes: vec![Note { name: "published_before".into(), count: 1, text: text.to_owned() }],
            datasets: datasets.map(|entry| DatasetReport { name: entry.name, title: String::new(), rows: entry.rows }).collect(),
            documents: documents.map(|entry| DocumentReport { entry, title: String::new() }).collect(),
            policy: run.policy.map_or_else(PolicyReport::default, |policy| PolicyReport { sha256: policy.sha256, sources: policy.sources }),
            snapshot: Some(path),
            ..Self::of(plan, &run.run_id)
        }
    }

    /// What the manifest says of the run, but for its inputs.
    pub(super) fn facts(&self) -> RunFacts {
        RunFacts {
            run_id: self.run_id.clone(),
            logical_date: self.logical_date.clone(),
            region: Some(self.region.clone()),
            benefit_year: self.benefit_year,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            policy: Some(PolicyFacts { sha256: self.policy.sha256.clone(), sources: self.policy.sources.clone() }),
            inputs: Vec::new(),
            snapshots: self.snapshots.clone(),
        }
    }
}

/// Rows by source, of a manifest's files.
fn sources_of(inputs: Vec<InputEntry>) -> Vec<SourceReport> {
    let mut sources: Vec<SourceReport> = Vec::new();
    for InputEntry { source, file, bytes, sha256, rows_read, rows_used, rows_rejected } in inputs {
        if sources.last().is_none_or(|last| last.source != source) {
            sources.push(SourceReport { source, ..SourceReport::default() });
        }
        if let Some(last) = sources.last_mut() {
            last.rows_read += rows_read;
            last.rows_used += rows_used;
            last.rows_rejected += rows_rejected;
            last.files.push(FileReport { file, bytes, sha256, rows_read, rows_used, rows_rejected });
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "run_id": "r", "pipeline": "p", "status": "held", "logical_date": "2024-03-31", "region": "340322", "benefit_year": 2024,
        "sources": [{ "source": "household", "rows_read": 2, "rows_used": 1, "rows_rejected": 1, "by_reason": { "bad_row": 1 },
            "files": [{ "file": "household.csv", "bytes": 9, "sha256": "00", "rows_read": 2, "rows_used": 1, "rows_rejected": 1 }] }],
        "absent": [], "notes": [{ "name": "n", "count": 1, "text": "t" }],
        "gates": [{ "gate": "g", "subject": "s", "passed": false, "figures": "f" }],
        "datasets": [{ "name": "d", "title": "t", "rows": 1 }], "stages": [{ "stage": "read", "seconds": 0.25 }],
        "policy": { "sha256": "00", "sources": ["s"] }, "snapshot": null, "held": "state/held"
    }"#;

    #[test]
    fn a_report_is_read_back_as_it_was_written() {
        let report = RunReport::from_json(REPORT).unwrap();
        assert_eq!((report.schema_version, report.status), (1, Status::Held), "a report without a version is of the first");
        assert_eq!(RunReport::from_json(&serde_json::to_string(&report).unwrap()).unwrap(), report);
    }

    #[test]
    fn a_report_of_a_later_program_is_refused() {
        let later = REPORT.replacen('{', r#"{ "schema_version": 2, "#, 1).replace("\"status\": \"held\"", "\"state\": 3");
        let error = RunReport::from_json(&later).unwrap_err();
        assert_eq!(error.to_string(), "the report of a run has schema version 2, expected at most 1");
        assert_eq!(RunReport::from_json("{}").unwrap_err().to_string(), "the report of a run cannot be read");
    }
}
