//! The end of a run: gates, then publishing, or a report that a gate has blocked it.

use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;

use super::Run;
use super::checkpoints::CheckpointFailed;
use crate::pipeline::checkpoint::{self, CheckpointDataset, CheckpointDocument, FinalRowCounts};
use crate::pipeline::definition::{GATES, PUBLISH_STAGE as PUBLISH, REJECTS};
use crate::pipeline::error::RunError;
use crate::pipeline::gates::{self, GateCounts, GateFinding};
use crate::pipeline::report::{RunReport, Status};
use crate::pipeline::row_counts;
use canbao_publish::{PublishedSnapshot, Publisher, RunFacts};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// No stage has finalized the rows: a defect of the program.
#[derive(Debug, thiserror::Error)]
#[error("no stage has finalized the rows: a defect of the program")]
struct NothingFinalized;

impl Diagnostic for NothingFinalized {
    fn class(&self) -> ErrorClass {
        ErrorClass::Bug
    }
}

impl Run<'_> {
    /// Checks the gates, then publishes, or copies the rejects of a blocked run to where people look for them.
    pub(super) fn finish(mut self, publisher: &Publisher) -> Result<RunReport, RunError> {
        let Some(rows) = self.rows.take() else {
            return Err(RunError::stage(GATES, NothingFinalized));
        };
        self.datasets.extend(rows.rejects.clone());
        let gates = self.stage(GATES, |run| run.check_gates(publisher, &rows))?;
        let held = gates.iter().any(|finding| !finding.passed);
        let mut report = RunReport {
            status: if held { Status::Held } else { Status::Published },
            sources: rows.sources,
            absent: rows.absent,
            absent_snapshots: self.plan.snapshots.absent().collect(),
            notes: self.restart_note.take().into_iter().chain(std::mem::take(&mut self.notes)).collect(),
            gates,
            datasets: self.datasets.iter().map(|kept| kept.report()).collect(),
            ..RunReport::of(self.plan, self.id)
        };
        if held {
            report.held = rows.rejects.map(|rejects| self.copy_rejects(&rejects)).transpose()?;
        } else {
            let published = self.stage(PUBLISH, |run| run.publish(publisher, &report))?;
            report.documents = self.documents.iter().map(CheckpointDocument::report).collect();
            report.documents.sort_by(|a, b| a.entry.file.cmp(&b.entry.file));
            report.snapshot = Some(published.path);
        }
        report.stages = self.stages;
        Ok(report)
    }

    fn publish(&self, publisher: &Publisher, report: &RunReport) -> Result<PublishedSnapshot, RunError> {
        let draft = publisher.begin(&self.plan.pipeline.name, self.plan.date);
        let published = draft.and_then(|draft| {
            self.datasets.par_iter().try_for_each(|kept| draft.copy_dataset(kept.entry.clone(), &kept.path).map(drop))?;
            self.documents.iter().try_for_each(|kept| draft.copy_document(kept.entry.clone(), &kept.path).map(drop))?;
            draft.finish(RunFacts { inputs: row_counts::inputs(&report.sources), ..report.facts() })
        });
        published.map_err(|error| RunError::stage(PUBLISH, error))
    }

    fn check_gates(&self, publisher: &Publisher, rows: &FinalRowCounts) -> Result<Vec<GateFinding>, RunError> {
        let now = GateCounts {
            sources: rows.counts.clone(),
            datasets: self.datasets.iter().map(|kept| (kept.entry.name.clone(), kept.entry.rows)).collect(),
        };
        let gates = &self.plan.pipeline.gates;
        let last = if gates.iter().any(gates::Gate::needs_last) { self.last_counts(publisher)? } else { None };
        Ok(gates::check_all(gates, &now, last.as_ref()))
    }

    /// The counts of the last snapshot, by its manifest.
    fn last_counts(&self, publisher: &Publisher) -> Result<Option<GateCounts>, RunError> {
        let name = &self.plan.pipeline.name;
        let manifest = publisher.latest(name).and_then(|latest| match latest {
            Some(snapshot) => publisher.manifest(name, snapshot),
            None => Ok(None),
        });
        Ok(manifest.map_err(|error| RunError::stage(GATES, error))?.as_ref().map(GateCounts::of_manifest))
    }

    /// Copies the rejects of a held run to where people look for them, and says where.
    fn copy_rejects(&self, rejects: &CheckpointDataset) -> Result<String, RunError> {
        let folder: PathBuf =
            [self.plan.state.as_path(), "held".as_ref(), self.plan.pipeline.name.as_ref(), self.id.as_ref()].iter().collect();
        let path = checkpoint::dataset_path(&folder, REJECTS);
        let copied = fs::create_dir_all(&folder).and_then(|()| fs::copy(&rejects.path, &path));
        copied.map_err(|source| RunError::stage(GATES, CheckpointFailed { folder, source }))?;
        Ok(path.display().to_string())
    }
}
