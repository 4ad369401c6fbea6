//! A run: `read`, the steps, `gates`, `publish`, each timed. Nothing is visible to others before the last one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use arrow::array::RecordBatch;

use super::definition::{REJECTS, RUN, Step};
use super::error::RunError;
use super::frames::run_frame;
use super::gates::{self, Counts, Finding, SourceCounts};
use super::inputs::{self, READ, Reading};
use super::operator::{Inputs, Operator, Outcome};
use super::plan::Plan;
use super::progress::Progress;
use super::report::{DatasetReport, DocumentReport, Note, PolicyReport, RunReport, SourceReport, StageReport, Status};
use super::run_id::run_id;
use super::sql::Frames;
use super::tally::{self, Tally};
use crate::clock::Clock;
use crate::policy::Provision;
use crate::publish::spec::TITLE;
use crate::publish::{
    Dataset, DatasetSpec, Document, DocumentEntry, Manifest, Persons, PolicyFacts, PublishError, Published, Publisher, RunFacts, datasets,
    write_file,
};

const GATES: &str = "gates";
const PUBLISH: &str = "publish";

/// Runs a plan and publishes a snapshot, unless a gate is broken.
///
/// # Errors
/// A stage failed; nothing is published, and `latest.json` names what it named before.
pub fn run(plan: &Plan, clock: &dyn Clock, progress: &dyn Progress) -> Result<RunReport, RunError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| RunError::stage(READ, error))?;
    let persons = plan.persons().map_err(|error| RunError::stage(PUBLISH, error))?;
    let id = run_id(clock.now(), random);
    let (stages, made, documents, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut run = Run { plan, id, progress, persons, stages, made, documents, notes };
    // A publish location that cannot be used is found before hours of reading.
    let publisher = run.stage(PUBLISH, false, |run| run.publisher())?;
    let Reading { mut tallies, extracts, taken, certificates, frames, absent, notes } =
        run.stage(READ, true, |run| inputs::read(run.plan, run.progress))?;

    run.notes.extend(notes);
    let mut at_hand = Frames::new();
    for (name, frame) in frames {
        at_hand.add(&name, frame);
    }
    at_hand.add(RUN, run_frame(plan.date, &plan.region(), plan.year));
    plan.snapshots.lend(&plan.pipeline.sql_reads(), &mut at_hand)?;
    let mut handed = Some((extracts, certificates, taken));
    for step in &plan.pipeline.steps {
        run.stage(step.name(), true, |run| match step {
            Step::Operator(operator) => {
                let (extracts, certificates, taken) = handed.take().unwrap_or_default();
                let Plan { snapshots, pack, date, .. } = run.plan;
                let policy = run.plan.policy();
                let inputs = Inputs { extracts, certificates, taken, snapshots, pack, policy, date: *date, persons: &run.persons };
                let outcome = operator.run(inputs).map_err(|error| RunError::stage(operator.name(), error))?;
                run.take_over(*operator, outcome, &mut tallies, &mut at_hand)
            }
            Step::Sql(step) => {
                let frame = at_hand.query(&step.sql, &step.order).map_err(|error| RunError::stage(&step.into, error))?;
                if run.goes_out(&step.into) {
                    let (dataset, rows) = step.published(&frame).map_err(|error| RunError::stage(&step.into, error))?;
                    run.made.push((dataset, vec![rows]));
                }
                at_hand.add(&step.into, frame);
                Ok(())
            }
        })?;
    }
    run.close(&publisher, &tallies, absent)
}

/// A run under way.
struct Run<'p> {
    plan: &'p Plan,
    id: String,
    progress: &'p dyn Progress,
    persons: Persons,
    stages: Vec<StageReport>,
    made: Vec<(Dataset, Vec<RecordBatch>)>,
    documents: Vec<Document>,
    notes: Vec<Note>,
}

impl Run<'_> {
    /// Does a stage and, if it is `shown`, times it.
    fn stage<T>(&mut self, name: &str, shown: bool, work: impl FnOnce(&mut Self) -> Result<T, RunError>) -> Result<T, RunError> {
        if !shown {
            return work(self);
        }
        let began = Instant::now();
        self.progress.stage_begins(name);
        tracing::info!(stage = name, run_id = self.id, "stage begins");
        let result = work(self)?;
        let took = began.elapsed();
        self.progress.stage_ends(name, took);
        tracing::info!(stage = name, seconds = took.as_secs_f64(), "stage done");
        let seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        self.stages.push(StageReport { stage: name.to_owned(), seconds });
        Ok(result)
    }

    fn publisher(&self) -> Result<Publisher, RunError> {
        let failed = |error: PublishError| RunError::stage(PUBLISH, error);
        Ok(Publisher::open(&self.plan.publish).map_err(failed)?.with_veil(self.persons.veil().clone()))
    }

    fn goes_out(&self, dataset: &str) -> bool {
        self.plan.pipeline.publish.datasets.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == dataset))
    }

    fn take_over(&mut self, operator: Operator, outcome: Outcome, tallies: &mut [Tally], at_hand: &mut Frames) -> Result<(), RunError> {
        let failed = |error| RunError::stage(operator.name(), error);
        // A query may name a dataset whose optional extract is absent: it has no rows then.
        let absent = |spec: &&DatasetSpec| outcome.datasets.iter().all(|made| made.spec.name != spec.name);
        let absent: Vec<&'static DatasetSpec> = operator.datasets().iter().copied().filter(absent).collect();
        at_hand.add_empty(&absent).map_err(failed)?;
        for (source, rejects) in outcome.rejects {
            if let Some(tally) = tallies.iter_mut().find(|tally| tally.source() == source) {
                tally.reject(rejects);
            }
        }
        for (source, aside) in outcome.aside {
            if let Some(tally) = tallies.iter_mut().find(|tally| tally.source() == source) {
                tally.set_aside(aside);
            }
        }
        self.notes.extend(outcome.notes);
        self.documents.extend(outcome.documents);
        for made in outcome.datasets {
            if self.read_by_sql(made.spec.name) {
                at_hand.add_batches(made.spec.name, &made.spec.schema(), &made.rows).map_err(failed)?;
            }
            if self.goes_out(made.spec.name) {
                self.made.push((made.spec.dataset(), made.rows));
            }
        }
        Ok(())
    }

    /// Whether a query names the dataset: only then it is worth a frame.
    fn read_by_sql(&self, dataset: &str) -> bool {
        self.plan.pipeline.sql_reads().contains(dataset)
    }

    /// Gates, then publishing, or putting the rejects aside.
    fn close(mut self, publisher: &Publisher, tallies: &[Tally], absent: Vec<String>) -> Result<RunReport, RunError> {
        let gates = self.stage(GATES, true, |run| run.look(publisher, tallies))?;
        let sources: Vec<SourceReport> = tallies.iter().map(Tally::report).collect();
        let held = gates.iter().any(|finding| !finding.passed);
        let made = std::mem::take(&mut self.made);
        let mut datasets: Vec<DatasetReport> = made.iter().map(|(dataset, batches)| dataset_report(dataset, rows(batches))).collect();
        datasets.extend(self.has_rejects().then(|| dataset_report(&datasets::REJECTS.dataset(), rows_rejected(tallies))));
        let (mut snapshot, mut put_aside, mut documents) = (None, None, Vec::new());
        if held {
            put_aside = self.put_aside(tallies)?;
        } else {
            let published = self.stage(PUBLISH, true, |run| run.publish(publisher, made, tallies, &sources))?;
            documents = self.document_reports(published.manifest.documents);
            snapshot = Some(published.path);
        }
        Ok(RunReport {
            run_id: self.id.clone(),
            pipeline: self.plan.pipeline.name.clone(),
            status: if held { Status::Held } else { Status::Published },
            logical_date: self.plan.date.to_string(),
            region: self.plan.region(),
            benefit_year: self.plan.year.map(|year| year.0),
            sources,
            absent,
            absent_snapshots: self.plan.snapshots.absent().collect(),
            snapshots: self.plan.snapshots.entries(),
            notes: self.notes,
            gates,
            datasets,
            documents,
            stages: self.stages,
            policy: policy_report(self.plan),
            snapshot,
            held: put_aside,
        })
    }

    fn publish(
        &self,
        publisher: &Publisher,
        made: Vec<(Dataset, Vec<RecordBatch>)>,
        tallies: &[Tally],
        sources: &[SourceReport],
    ) -> Result<Published, RunError> {
        let draft = publisher.begin(&self.plan.pipeline.name, self.plan.date);
        let published = draft.and_then(|draft| {
            let rejects = || match self.has_rejects() {
                true => draft.write_made(&datasets::REJECTS.dataset(), tally::rejects(tallies)).map(drop),
                false => Ok(()),
            };
            let (written, rejected) = rayon::join(|| draft.write_all(made), rejects);
            written.and(rejected)?;
            self.documents.iter().try_for_each(|document| draft.write_document(document).map(drop))?;
            draft.finish(self.facts(sources))
        });
        published.map_err(|error| RunError::stage(PUBLISH, error))
    }

    fn document_reports(&self, entries: Vec<DocumentEntry>) -> Vec<DocumentReport> {
        let title = |entry: &DocumentEntry| self.documents.iter().find(|d| d.is_at(&entry.file)).map(|d| d.title.clone());
        entries.into_iter().map(|entry| DocumentReport { title: title(&entry).unwrap_or_default(), entry }).collect()
    }

    fn look(&self, publisher: &Publisher, tallies: &[Tally]) -> Result<Vec<Finding>, RunError> {
        let rejects = self.has_rejects().then(|| (REJECTS.to_owned(), rows_rejected(tallies)));
        let now = Counts {
            sources: tallies.iter().map(|tally| (tally.source().to_owned(), tally.counts())).collect(),
            datasets: self.made.iter().map(|made| (made.0.name().to_owned(), rows(&made.1))).chain(rejects).collect(),
        };
        let gates = &self.plan.pipeline.gates;
        let last = if gates.iter().any(gates::Gate::needs_last) { self.last(publisher)? } else { None };
        Ok(gates::look(gates, &now, last.as_ref()))
    }

    /// The counts of the last snapshot, by its manifest.
    fn last(&self, publisher: &Publisher) -> Result<Option<Counts>, RunError> {
        let name = &self.plan.pipeline.name;
        let manifest = publisher.latest(name).and_then(|latest| match latest {
            Some(snapshot) => publisher.manifest(name, snapshot),
            None => Ok(None),
        });
        Ok(manifest.map_err(|error| RunError::stage(GATES, error))?.as_ref().map(counts_of))
    }

    /// Writes the rejects of a held run below the state folder, and says where. A run without extracts has none.
    fn put_aside(&self, tallies: &[Tally]) -> Result<Option<String>, RunError> {
        if !self.has_rejects() {
            return Ok(None);
        }
        let folder: PathBuf =
            [self.plan.state.as_path(), "held".as_ref(), self.plan.pipeline.name.as_ref(), self.id.as_ref()].iter().collect();
        let path = folder.join(REJECTS).with_extension("parquet");
        let written = write_file(&path, &datasets::REJECTS.dataset(), self.persons.veil(), tally::rejects(tallies));
        written.map_err(|error| RunError::stage(GATES, error))?;
        Ok(Some(path.display().to_string()))
    }

    /// A run without extracts rejects nothing, and publishes no such dataset.
    fn has_rejects(&self) -> bool {
        !self.plan.pipeline.sources.is_empty()
    }

    fn facts(&self, sources: &[SourceReport]) -> RunFacts {
        let policy = policy_report(self.plan);
        RunFacts {
            run_id: self.id.clone(),
            logical_date: self.plan.date.to_string(),
            region: Some(self.plan.region()),
            benefit_year: self.plan.year.map(|year| year.0),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            policy: Some(PolicyFacts { sha256: policy.sha256, sources: policy.sources }),
            inputs: tally::inputs(sources),
            snapshots: self.plan.snapshots.entries(),
        }
    }
}

fn policy_report(plan: &Plan) -> PolicyReport {
    PolicyReport { sha256: plan.pack.sha256().to_owned(), sources: Provision::sources(&plan.provisions()) }
}

fn dataset_report(dataset: &Dataset, rows: u64) -> DatasetReport {
    let title = dataset.schema().metadata().get(TITLE).cloned().unwrap_or_default();
    DatasetReport { name: dataset.name().to_owned(), title, rows }
}

fn rows_rejected(tallies: &[Tally]) -> u64 {
    tallies.iter().map(Tally::rows_rejected).sum()
}

fn rows(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}

fn counts_of(manifest: &Manifest) -> Counts {
    let mut sources: BTreeMap<String, SourceCounts> = BTreeMap::new();
    for input in &manifest.run.inputs {
        sources.entry(input.source.clone()).or_default().read += input.rows_read;
    }
    let datasets = manifest.datasets.iter().map(|entry| (entry.name.clone(), entry.rows)).collect();
    Counts { sources, datasets }
}
