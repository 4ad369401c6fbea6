//! A run: `read`, the steps, `gates`, `publish`, each timed. Nothing is visible to others before the last one.
//!
//! An attempt that follows an earlier one of the same run goes on from the first stage that is not kept (see [`checkpoint`]).
//! If the earlier one had published already and died before it could say so, its snapshot is the run's.
//!
//! [`checkpoint`]: super::checkpoint

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::checkpoint::{self, Checkpoint, CheckpointDataset, CheckpointDocument, CheckpointStore, FinalRowCounts, FingerprintFile, title};
use super::dataset_files::{DatasetFiles, WrittenDatasets};
use super::definition::{GATES, OperatorStep, PUBLISH_STAGE as PUBLISH, READ, REJECTS, Step};
use super::error::RunError;
use super::gates::{self, GateCounts, GateFinding};
use super::inputs::{self, Reading};
use super::plan::Plan;
use super::progress::Progress;
use super::public_frames::run_frame;
use super::report::{RunReport, StageReport, Status};
use super::row_counts::{self, RowCounts};
use super::source_spec::RUN;
use super::sql::QueryFrames;
use crate::operators::{Note, OperatorInputs, OperatorOutput, OperatorSpec};
use crate::query::scan_file;
use canbao_publish::{
    Dataset, DatasetSpec, Document, PersonIdSettings, PersonIds, PublishedSnapshot, Publisher, RunFacts, datasets, write_file,
};

/// One attempt of a run.
pub struct Attempt<'a> {
    /// The run's id.
    pub run_id: &'a str,
    /// Where the run keeps its finished stages: a folder of its own.
    pub checkpoints: &'a Path,
    /// Whether an earlier attempt of the run may have left something.
    pub again: bool,
    /// Hears how it goes.
    pub progress: &'a dyn Progress,
}

/// Runs a plan and publishes a snapshot, unless a gate is broken.
///
/// # Errors
/// A stage failed; nothing is published, and `latest.json` names what it named before.
pub fn run(plan: &Plan, attempt: &Attempt<'_>) -> Result<RunReport, RunError> {
    let persons = plan.persons().map_err(|error| RunError::stage(PUBLISH, error))?;
    // A publish location that cannot be used is found before hours of reading.
    let publisher = Publisher::open(&plan.publish).map_err(|error| RunError::stage(PUBLISH, error))?;
    let publisher = publisher.with_mask(persons.mask().clone());
    if attempt.again {
        let published = publisher.adopt(&plan.pipeline.name, plan.date, attempt.run_id);
        if let Some(published) = published.map_err(|error| RunError::stage(PUBLISH, error))? {
            return Ok(RunReport::of_published(plan, published));
        }
    }
    let mut run = Run {
        plan,
        id: attempt.run_id,
        progress: attempt.progress,
        checkpoints: CheckpointStore::new(attempt.checkpoints),
        persons,
        queried: plan.pipeline.sql_reads(),
        fingerprint: String::new(),
        stages: Vec::new(),
        datasets: Vec::new(),
        documents: Vec::new(),
        notes: Vec::new(),
        restart_note: None,
        absent: Vec::new(),
        rows: None,
    };
    let mut frames = QueryFrames::new();
    frames.add(RUN, run_frame(plan.date, &plan.region(), plan.year));
    let done = if attempt.again { run.restore(&mut frames)? } else { 0 };
    run.work(done, &mut frames)?;
    run.finish(&publisher)
}

/// A run under way.
struct Run<'p> {
    plan: &'p Plan,
    id: &'p str,
    progress: &'p dyn Progress,
    checkpoints: CheckpointStore,
    persons: PersonIdSettings,
    /// The frames that queries name: only these are worth making.
    queried: BTreeSet<String>,
    /// What the stages are made of, once the extracts are known.
    fingerprint: String,
    stages: Vec<StageReport>,
    datasets: Vec<CheckpointDataset>,
    documents: Vec<CheckpointDocument>,
    notes: Vec<Note>,
    /// That what an earlier attempt had finished does not hold any more.
    restart_note: Option<Note>,
    /// Optional extracts that are not there.
    absent: Vec<String>,
    /// What became of every row, once the last operator is done.
    rows: Option<FinalRowCounts>,
}

/// What a stage made, on its way into files.
#[derive(Default)]
struct StageOutput {
    /// In files already.
    kept: Vec<CheckpointDataset>,
    datasets: Vec<(Dataset, Vec<RecordBatch>)>,
    documents: Vec<Document>,
    notes: Vec<Note>,
}

/// The files of a stage cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep what the stage made in `{}`", .folder.display())]
struct CheckpointFailed {
    folder: PathBuf,
    source: std::io::Error,
}

impl Run<'_> {
    /// Takes over the stages that an earlier attempt has finished; gives the number of steps among them.
    fn restore(&mut self, frames: &mut QueryFrames) -> Result<usize, RunError> {
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
            let frame = scan_file(&kept.path).map_err(|error| RunError::stage(step.name(), error))?;
            frames.add_lazy(&kept.entry.name, frame);
        }
        Ok(())
    }

    /// Does the stages that are left: `read` if one of them needs rows of extracts, then the steps.
    fn work(&mut self, done: usize, frames: &mut QueryFrames) -> Result<(), RunError> {
        let plan = self.plan;
        let mut reading = None;
        if self.rows.is_none() || plan.pipeline.steps[done..].iter().any(|step| plan.pipeline.needs_extracts(step)) {
            let read = self.stage(READ, |run| {
                let read = inputs::read(plan, |step| step >= done, Some(plan.memory), run.progress)?;
                if run.rows.is_none() {
                    run.absent.clone_from(&read.absent);
                    run.notes.extend(read.notes.iter().cloned());
                    let files: Vec<_> = read.counts.iter().flat_map(RowCounts::inputs).collect();
                    run.fingerprint = run.fingerprint(files)?;
                    if run.finalizing_stage() == 0 {
                        run.begin(0, READ)?;
                        run.save_checkpoint(0, READ, StageOutput::default(), &read.counts)?;
                    }
                }
                Ok(read)
            })?;
            reading = Some(read);
        } else {
            self.mark_restored(READ);
        }
        let Reading { mut counts, mut operators, frames: extracts, .. } = reading.unwrap_or_default();
        for (name, frame) in extracts {
            frames.add(&name, frame);
        }
        plan.snapshots.register_frames(&self.queried, frames)?;
        for (place, step) in plan.pipeline.steps.iter().enumerate().skip(done) {
            let name = step.name();
            self.stage(name, |run| {
                run.begin(place + 1, name)?;
                let output = match step {
                    Step::Operator(OperatorStep { operator, options }) => {
                        let spec = operator.spec();
                        let extracts = operators.remove(&place).unwrap_or_default();
                        let snapshots = plan.snapshots.for_operator(spec);
                        let (pack, policy, date, persons) = (&plan.pack, plan.policy(), plan.date, &run.persons);
                        let is_published = |dataset: &str| run.is_published(dataset);
                        let mut files = DatasetFiles::new(run.checkpoints.at(place + 1, name), persons.mask(), &is_published, &run.queried);
                        let sink = &mut files;
                        let inputs = OperatorInputs { extracts, snapshots, options, pack, policy, date, persons, sink };
                        let output = operator.run(inputs).map_err(|error| RunError::stage(name, error))?;
                        let written = files.finish(spec).map_err(|error| RunError::stage(name, error))?;
                        run.collect_output(spec, output, written, &mut counts, frames)?
                    }
                    Step::Sql(step) => {
                        let frame = frames.query(&step.sql, &step.order).map_err(|error| RunError::stage(name, error))?;
                        let mut output = StageOutput::default();
                        if run.is_published(&step.into) {
                            let (dataset, rows) = step.published(&frame).map_err(|error| RunError::stage(name, error))?;
                            output.datasets.push((dataset, vec![rows]));
                        }
                        frames.add(&step.into, frame);
                        output
                    }
                };
                run.save_checkpoint(place + 1, name, output, &counts)
            })?;
        }
        Ok(())
    }

    /// Does a stage and times it.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<T, RunError>) -> Result<T, RunError> {
        let began = Instant::now();
        self.progress.stage_begins(name);
        tracing::info!(stage = name, run_id = self.id, "stage begins");
        canbao_runtime::crash::point("run.stage");
        let result = work(self)?;
        let took = began.elapsed();
        canbao_runtime::crash::point("run.stage_done");
        self.progress.stage_ends(name, took);
        tracing::info!(stage = name, seconds = took.as_secs_f64(), "stage done");
        self.stages.push(StageReport::done(name, took));
        Ok(result)
    }

    /// A stage need not be done: an earlier attempt did it.
    fn mark_restored(&mut self, name: &str) {
        self.progress.stage_restored(name);
        tracing::info!(stage = name, run_id = self.id, "stage kept from an earlier attempt");
        self.stages.push(StageReport::restored(name));
    }

    fn collect_output(
        &self,
        operator: &OperatorSpec,
        output: OperatorOutput,
        written: WrittenDatasets,
        counts: &mut [RowCounts],
        frames: &mut QueryFrames,
    ) -> Result<StageOutput, RunError> {
        let failed = |error| RunError::stage(operator.name, error);
        // A query may name a dataset whose optional extract is absent: it has no rows then.
        let made = || output.datasets.iter().map(|made| made.spec.name).chain(written.specs.iter().map(|spec| spec.name));
        let absent = |spec: &&DatasetSpec| made().all(|name| name != spec.name);
        let absent: Vec<&'static DatasetSpec> = operator.datasets.iter().copied().filter(absent).collect();
        frames.add_empty(&absent).map_err(failed)?;
        for (source, rejects) in output.rejects {
            if let Some(counts) = counts.iter_mut().find(|counts| counts.source() == source) {
                counts.reject(rejects);
            }
        }
        for (source, rows) in output.uncounted {
            if let Some(counts) = counts.iter_mut().find(|counts| counts.source() == source) {
                counts.add_uncounted(rows);
            }
        }
        for (spec, rows) in &written.queried {
            frames.add_batches(spec.name, &spec.schema(), rows).map_err(failed)?;
        }
        let mut datasets = Vec::new();
        for made in output.datasets {
            if self.queried.contains(made.spec.name) {
                frames.add_batches(made.spec.name, &made.spec.schema(), &made.rows).map_err(failed)?;
            }
            if self.is_published(made.spec.name) {
                datasets.push((made.spec.dataset(), made.rows));
            }
        }
        Ok(StageOutput { kept: written.kept, datasets, documents: output.documents, notes: output.notes })
    }

    /// Makes the folder of a stage.
    fn begin(&self, place: usize, name: &str) -> Result<(), RunError> {
        let folder = self.checkpoints.at(place, name);
        self.checkpoints.begin(place, name).map_err(|source| RunError::stage(name, CheckpointFailed { folder, source }))
    }

    /// Puts what a stage made into files, and says that the stage is finished.
    fn save_checkpoint(&mut self, place: usize, name: &str, output: StageOutput, counts: &[RowCounts]) -> Result<(), RunError> {
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
    fn finalizing_stage(&self) -> usize {
        self.plan.pipeline.steps.iter().rposition(|step| matches!(step, Step::Operator(_))).map_or(0, |place| place + 1)
    }

    /// Whether a stage's files do not tell all that later queries may ask: a dataset that does not go out, or goes out
    /// with a mask. Such a stage is done again.
    fn is_partial(&self, place: usize) -> bool {
        let Some(step) = place.checked_sub(1).map(|place| &self.plan.pipeline.steps[place]) else { return false };
        let masked = self.persons.mask().person_ids() != PersonIds::Plain;
        step.datasets().iter().any(|dataset| self.queried.contains(dataset) && (masked || !self.is_published(dataset)))
    }

    fn is_published(&self, dataset: &str) -> bool {
        self.plan.pipeline.publish.datasets.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == dataset))
    }

    /// A run without extracts rejects nothing, and publishes no such dataset.
    fn has_rejects(&self) -> bool {
        !self.plan.pipeline.sources.is_empty()
    }

    fn fingerprint(&self, inputs: Vec<FingerprintFile<'_>>) -> Result<String, RunError> {
        checkpoint::fingerprint(self.plan, &self.persons, &inputs).map_err(|error| RunError::stage(READ, error))
    }

    /// Gates, then publishing, or putting the rejects aside.
    fn finish(mut self, publisher: &Publisher) -> Result<RunReport, RunError> {
        let Some(rows) = self.rows.take() else {
            return Err(RunError::stage(GATES, "no stage has finalized the rows: a defect of the program"));
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
