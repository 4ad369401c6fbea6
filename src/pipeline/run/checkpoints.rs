//! The checkpoints of a run: what an earlier attempt has finished is restored, what this one finishes is saved.

use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::{Run, StageOutput};
use crate::operators::Note;
use crate::pipeline::checkpoint::{self, Checkpoint, CheckpointDataset, CheckpointDocument, FinalRowCounts, FingerprintFile, title};
use crate::pipeline::definition::{OperatorStep, READ, REJECTS, Step};
use crate::pipeline::error::RunError;
use crate::pipeline::inputs;
use crate::pipeline::row_counts::{self, RowCounts};
use crate::pipeline::sql::QueryFrames;
use crate::query::scan_file;
use canbao_publish::{Dataset, DatasetSpec, Document, PersonIds, datasets, write_file};
use canbao_runtime::diagnostic::{Defect, Diagnostic, ErrorClass};

/// The files of a stage cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep what the stage made in `{}`", .folder.display())]
pub(super) struct CheckpointFailed {
    pub folder: PathBuf,
    pub source: std::io::Error,
}

impl Diagnostic for CheckpointFailed {
    fn class(&self) -> ErrorClass {
        self.source.class()
    }

    fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

impl Run<'_> {
    /// Takes over the stages that an earlier attempt has finished; gives the number of steps among them.
    pub(super) fn restore(&mut self, frames: &mut QueryFrames) -> Result<usize, RunError> {
        if self.checkpoints.is_empty() {
            return Ok(0);
        }
        let found = inputs::digests(self.plan)?;
        let files = found.iter().map(|(source, file, digest)| FingerprintFile { source, file, sha256: digest.hex() });
        self.fingerprint = self.fingerprint(files.collect())?;
        // `read` leaves files only where no operator comes after it.
        let first = usize::from(self.finalizing_stage() > 0);
        let names = std::iter::once(READ).chain(self.plan.pipeline.steps.iter().map(Step::name)).enumerate().skip(first);
        let records: Vec<Checkpoint> = names.map_while(|(place, name)| self.checkpoints.restore(place, name, &self.fingerprint)).collect();
        // Which rows an operator rejects is not kept with its stage but with the last operator's, which finalizes the rows:
        // unless that is kept, too, an operator that reads extracts works again.
        let finalized = records.iter().any(|record| record.rows.is_some());
        if records.is_empty() {
            let text = "the earlier attempt worked on other extracts or another policy, or its files are not whole: all stages run anew";
            tracing::warn!(run_id = self.id, "{text}");
            self.restart_note = Some(Note { name: "stages_anew".into(), count: 1, text: text.to_owned() });
        }
        let mut steps = 0;
        for (place, record) in (first..).zip(records) {
            if let Some(step) = place.checked_sub(1).map(|place| &self.plan.pipeline.steps[place]) {
                if !finalized && matches!(step, Step::Operator(_)) && self.plan.pipeline.needs_extracts(step) {
                    break;
                }
                self.register_checkpoint(step, &record, frames)?;
                self.mark_restored(step.name());
            }
            steps = place;
            self.add_checkpoint(record);
        }
        Ok(steps)
    }

    /// The datasets of a kept step, for the queries that are left.
    fn register_checkpoint(&self, step: &Step, record: &Checkpoint, frames: &mut QueryFrames) -> Result<(), RunError> {
        if let Step::Operator(OperatorStep { operator, .. }) = step {
            let absent = |spec: &&DatasetSpec| record.datasets.iter().all(|kept| kept.entry.name != spec.name);
            let absent: Vec<&'static DatasetSpec> = operator.spec().datasets.iter().copied().filter(absent).collect();
            frames.add_empty(&absent).map_err(|error| RunError::stage(step.name(), error))?;
        }
        for kept in record.datasets.iter().filter(|kept| self.queried.contains(&kept.entry.name)) {
            let frame = scan_file(&kept.path).map_err(|error| RunError::stage(step.name(), Defect(error)))?;
            frames.add_lazy(&kept.entry.name, frame);
        }
        Ok(())
    }

    /// Makes the folder of a stage.
    pub(super) fn begin(&self, place: usize, name: &str) -> Result<(), RunError> {
        let folder = self.checkpoints.at(place, name);
        self.checkpoints.begin(place, name).map_err(|source| RunError::stage(name, CheckpointFailed { folder, source }))
    }

    /// Puts what a stage made into files, and says that the stage is finished.
    pub(super) fn save_checkpoint(&mut self, place: usize, name: &str, output: StageOutput, counts: &[RowCounts]) -> Result<(), RunError> {
        let failed = |error| RunError::stage(name, error);
        let folder = self.checkpoints.at(place, name);
        let checkpoint_failed = |source| RunError::stage(name, CheckpointFailed { folder: folder.clone(), source });
        let mask = self.persons.mask();
        let write = |dataset: &Dataset, rows: Vec<RecordBatch>| {
            let path = checkpoint::dataset_path(&folder, dataset.name());
            let entry = write_file(&path, dataset, mask, rows.into_iter().map(Ok)).map_err(failed)?;
            Ok(CheckpointDataset { entry, title: title(dataset), path })
        };
        let finalizes = place == self.finalizing_stage();
        let (datasets, rows) = rayon::join(
            || output.datasets.into_par_iter().map(|(dataset, rows)| write(&dataset, rows)).collect::<Result<Vec<_>, RunError>>(),
            || if finalizes { self.finalize_rejects(name, &folder, counts).map(Some) } else { Ok(None) },
        );
        let (made, rows) = (datasets?, rows?);
        let mut datasets = output.kept;
        datasets.extend(made);
        let document = |document: &Document| {
            let entry = document.entry().map_err(failed)?;
            let path = folder.join(&entry.file);
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, &document.bytes)).map_err(checkpoint_failed)?;
            Ok(CheckpointDocument { entry, title: document.title.clone(), path })
        };
        let documents = output.documents.iter().map(document).collect::<Result<Vec<_>, RunError>>()?;
        // What was remarked while reading belongs to the stage with which the rows are finalized.
        let mut notes = if finalizes { std::mem::take(&mut self.notes) } else { Vec::new() };
        notes.extend(output.notes);
        let record = Checkpoint { fingerprint: self.fingerprint.clone(), datasets, documents, notes, rows };
        if !self.is_partial(place) {
            self.checkpoints.finish(place, name, &record).map_err(checkpoint_failed)?;
        }
        self.add_checkpoint(record);
        Ok(())
    }

    /// What became of every row, now that no stage rejects any more; writes `rejects`.
    fn finalize_rejects(&self, name: &str, folder: &Path, counts: &[RowCounts]) -> Result<FinalRowCounts, RunError> {
        let mut rejects = None;
        if self.has_rejects() {
            let (dataset, path) = (datasets::REJECTS.dataset(), checkpoint::dataset_path(folder, REJECTS));
            let entry = write_file(&path, &dataset, self.persons.mask(), row_counts::rejects(counts));
            let entry = entry.map_err(|error| RunError::stage(name, error))?;
            rejects = Some(CheckpointDataset { entry, title: title(&dataset), path });
        }
        Ok(FinalRowCounts {
            sources: counts.iter().map(RowCounts::report).collect(),
            counts: counts.iter().map(|counts| (counts.source().to_owned(), counts.counts())).collect(),
            absent: self.absent.clone(),
            rejects,
        })
    }

    fn add_checkpoint(&mut self, record: Checkpoint) {
        self.datasets.extend(record.datasets);
        self.documents.extend(record.documents);
        self.notes.extend(record.notes);
        self.rows = record.rows.or(self.rows.take());
    }

    /// The place of the stage with which the rows are finalized: the last operator's, else that of `read`.
    pub(super) fn finalizing_stage(&self) -> usize {
        self.plan.pipeline.steps.iter().rposition(|step| matches!(step, Step::Operator(_))).map_or(0, |place| place + 1)
    }

    /// Whether a stage's files do not tell all that later queries may ask: a dataset that is not published, or is published
    /// with a mask. Such a stage is done again.
    fn is_partial(&self, place: usize) -> bool {
        let Some(step) = place.checked_sub(1).map(|place| &self.plan.pipeline.steps[place]) else { return false };
        let masked = self.persons.mask().person_ids() != PersonIds::Plain;
        step.datasets().iter().any(|dataset| self.queried.contains(dataset) && (masked || !self.is_published(dataset)))
    }

    /// A run without extracts rejects nothing, and publishes no such dataset.
    fn has_rejects(&self) -> bool {
        !self.plan.pipeline.sources.is_empty()
    }

    pub(super) fn fingerprint(&self, inputs: Vec<FingerprintFile<'_>>) -> Result<String, RunError> {
        checkpoint::fingerprint(self.plan, &self.persons, &inputs).map_err(|error| RunError::stage(READ, Defect(error)))
    }
}
