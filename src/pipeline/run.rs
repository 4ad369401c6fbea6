//! A run: `read`, the steps, `gates`, `publish`, each timed. Nothing is visible to others before the last one.
//!
//! An attempt that follows an earlier one of the same run goes on from the first stage without a checkpoint (see [`checkpoint`]).
//! If the earlier one had published already and died before it could say so, its snapshot is the run's.
//!
//! [`checkpoint`]: super::checkpoint

mod checkpoints;
mod conclusion;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use arrow_array::RecordBatch;

use super::checkpoint::{CheckpointDataset, CheckpointDocument, CheckpointStore, FinalRowCounts};
use super::dataset_files::{DatasetFiles, WrittenDatasets};
use super::definition::{OperatorStep, PUBLISH_STAGE as PUBLISH, READ, SqlError, Step};
use super::error::RunError;
use super::inputs::{self, Reading};
use super::plan::Plan;
use super::progress::Progress;
use super::public_frames::run_frame;
use super::report::{RunReport, StageReport};
use super::row_counts::RowCounts;
use super::source_spec::RUN;
use super::sql::QueryFrames;
use crate::operators::{Note, OperatorInputs, OperatorOutput, OperatorSpec};
use canbao_publish::{Dataset, DatasetSpec, Document, PersonIdSettings, Publisher};

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

impl Run<'_> {
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
                        let frame = frames.query(&step.sql, &step.order).map_err(|error| RunError::stage(name, SqlError::from(error)))?;
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

    /// Takes what an operator made: rejects and counts to the sources, rows to queries and files.
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

    fn is_published(&self, dataset: &str) -> bool {
        self.plan.pipeline.publish.datasets.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == dataset))
    }
}
