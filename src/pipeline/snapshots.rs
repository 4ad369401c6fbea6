//! Snapshots of other pipelines, and of the pipeline's own past, as inputs of a run.
//!
//! They are chosen once, when the run is planned; from then on their names are fixed. A snapshot never changes, so it
//! does not matter what is published while the run is under way.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;

use super::definition::{Pipeline, READ, SnapshotSpec};
use super::error::RunError;
use super::sql::QueryFrames;
use crate::operators::{OperatorSnapshots, OperatorSpec};
use crate::query;
use canbao_publish::qualified;
use canbao_publish::{PublishError, Publisher, Snapshot, SnapshotEntry};
use canbao_rules::period::{BenefitYear, Day};
use canbao_runtime::diagnostic::{Defect, Diagnostic, ErrorClass};

/// The snapshots that a run reads: those of other pipelines, then the pipeline's own, each in the order of its file.
#[derive(Debug, Default)]
pub struct Snapshots(Vec<SnapshotChoice>);

/// What was chosen for one `[[snapshot]]`.
#[derive(Debug)]
pub(super) struct SnapshotChoice {
    pub pipeline: String,
    pub role: String,
    pub required: bool,
    /// The snapshot to read.
    pub found: Option<Snapshot>,
    /// The others of [`History::Whole`], oldest first.
    others: Vec<Snapshot>,
    /// What was looked for.
    wanted: String,
}

/// What a snapshot has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct SnapshotQuery<'a> {
    pub region: &'a str,
    pub date: Day,
    pub year: Option<BenefitYear>,
}

/// Whose past it is, and how much of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum History {
    /// Another pipeline's: the newest snapshot up to the date.
    Others,
    /// The pipeline's own: the newest snapshot of an earlier date.
    Last,
    /// The pipeline's own: that, and all others beside it.
    Whole,
}

/// A required snapshot that is not there.
#[derive(Debug, thiserror::Error)]
#[error("no snapshot of {wanted}")]
struct MissingSnapshot {
    wanted: String,
}

impl Diagnostic for MissingSnapshot {
    fn class(&self) -> ErrorClass {
        ErrorClass::Data
    }
}

impl Snapshots {
    /// Chooses the snapshots of other pipelines.
    pub(super) fn of_others(pipeline: &Pipeline, location: &str, wanted: SnapshotQuery<'_>) -> Result<Self, RunError> {
        let mut snapshots = Self::default();
        snapshots.choose(pipeline, location, wanted, false)?;
        Ok(snapshots)
    }

    /// Chooses those of the pipeline's own past, too.
    pub(super) fn add_own(&mut self, pipeline: &Pipeline, location: &str, wanted: SnapshotQuery<'_>) -> Result<(), RunError> {
        self.choose(pipeline, location, wanted, true)
    }

    fn choose(&mut self, pipeline: &Pipeline, location: &str, wanted: SnapshotQuery<'_>, own: bool) -> Result<(), RunError> {
        for spec in pipeline.snapshots.iter().filter(|spec| (spec.pipeline == pipeline.name) == own) {
            let past = match own {
                true if pipeline.reads_whole_past(&spec.role) => History::Whole,
                true => History::Last,
                false => History::Others,
            };
            let chosen = Publisher::open(location).and_then(|publisher| SnapshotChoice::choose(&publisher, spec, past, wanted));
            self.0.push(chosen.map_err(|error| RunError::stage(READ, error))?);
        }
        Ok(())
    }

    /// Those in the roles that an operator declares.
    pub(super) fn for_operator(&self, operator: &OperatorSpec) -> OperatorSnapshots<'_> {
        let mut snapshots = OperatorSnapshots::default();
        for chosen in self.0.iter().filter(|chosen| operator.snapshots.iter().any(|snapshot| snapshot.role == chosen.role)) {
            snapshots.insert(&chosen.role, chosen.found.as_ref(), &chosen.others);
        }
        snapshots
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SnapshotChoice> {
        self.0.iter()
    }

    /// The benefit year of the first snapshot that has one.
    pub(super) fn year(&self) -> Option<BenefitYear> {
        self.0.iter().find_map(|chosen| chosen.found.as_ref()?.manifest().run.benefit_year).map(BenefitYear)
    }

    /// Optional snapshots that are not there, in words.
    pub(super) fn absent(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|chosen| chosen.found.is_none() && !chosen.required).map(|chosen| chosen.wanted.clone())
    }

    /// Holds the run up where a required snapshot is not there.
    pub(super) fn require_all(&self) -> Result<(), RunError> {
        match self.0.iter().find(|chosen| chosen.problem().is_some()) {
            None => Ok(()),
            Some(chosen) => {
                let hint = format!(
                    "publish one first, `canbao run {} --date …`, or name where its snapshots are with `--publish`",
                    chosen.pipeline
                );
                let missing = MissingSnapshot { wanted: chosen.wanted.clone() };
                Err(RunError::Stage { stage: READ.to_owned(), hint: Some(hint), cause: missing.into() })
            }
        }
    }

    /// What the manifest says of them: all that were open to the run, each once.
    pub(super) fn entries(&self) -> Vec<SnapshotEntry> {
        let all = self.0.iter().flat_map(|chosen| chosen.found.iter().chain(&chosen.others));
        let entry = |snapshot: &Snapshot| SnapshotEntry {
            pipeline: snapshot.pipeline().to_owned(),
            snapshot: snapshot.name(),
            run_id: snapshot.manifest().run.run_id.clone(),
        };
        all.map(entry).collect()
    }

    /// Puts the datasets that queries name beside the other frames.
    pub(super) fn register_frames(&self, queried: &BTreeSet<String>, frames: &mut QueryFrames) -> Result<(), RunError> {
        for (name, snapshot, dataset) in self.tables().filter(|(name, ..)| queried.contains(name)) {
            frames.add_lazy(&name, query::frame(snapshot, dataset).map_err(|error| RunError::stage(READ, error))?);
        }
        Ok(())
    }

    /// The same without rows: enough to check a query.
    pub(super) fn empty_frames(&self, queried: &BTreeSet<String>) -> Result<QueryFrames, RunError> {
        let mut frames = QueryFrames::new();
        for (name, snapshot, dataset) in self.tables().filter(|(name, ..)| queried.contains(name)) {
            let mut frame = query::frame(snapshot, dataset).map_err(|error| RunError::stage(READ, error))?;
            let schema = frame.collect_schema().map_err(|error| RunError::stage(READ, Defect(error)))?;
            frames.add(&name, DataFrame::empty_with_schema(&schema));
        }
        frames.mention(self.tables().map(|(name, ..)| name).collect());
        Ok(frames)
    }

    /// Every dataset that a query could name.
    fn tables(&self) -> impl Iterator<Item = (String, &Snapshot, &str)> {
        let found = self.0.iter().filter(|chosen| chosen.required).filter_map(|chosen| chosen.found.as_ref());
        found.flat_map(|snapshot| {
            let datasets = snapshot.manifest().datasets.iter();
            datasets.map(move |entry| (qualified(snapshot.pipeline(), &entry.name), snapshot, entry.name.as_str()))
        })
    }
}

impl SnapshotChoice {
    /// The newest whole snapshot that is wanted; of the pipeline's own one of an earlier date.
    fn choose(publisher: &Publisher, spec: &SnapshotSpec, past: History, wanted: SnapshotQuery<'_>) -> Result<Self, PublishError> {
        let own = past != History::Others;
        let mut chosen = Self {
            pipeline: spec.pipeline.clone(),
            role: spec.role.clone(),
            required: spec.required,
            found: None,
            others: Vec::new(),
            wanted: wanted.words(spec, own, publisher),
        };
        for name in publisher.snapshots(&spec.pipeline)?.into_iter().rev() {
            let in_time = if own { name.date < wanted.date } else { name.date <= wanted.date };
            if past != History::Whole && (!in_time || chosen.found.is_some()) {
                continue;
            }
            let fitting = Snapshot::open(publisher, &spec.pipeline, name)?.filter(|snapshot| wanted.fits(snapshot));
            match fitting {
                Some(snapshot) if in_time && chosen.found.is_none() => chosen.found = Some(snapshot),
                Some(snapshot) => chosen.others.push(snapshot),
                None => {}
            }
        }
        chosen.others.reverse();
        Ok(chosen)
    }

    /// Why the run would stop here.
    pub fn problem(&self) -> Option<String> {
        (self.required && self.found.is_none()).then(|| format!("no snapshot of {}", self.wanted))
    }
}

impl SnapshotQuery<'_> {
    /// A snapshot without a region or a year is nobody's in particular.
    fn fits(&self, snapshot: &Snapshot) -> bool {
        let run = &snapshot.manifest().run;
        run.region.as_ref().is_none_or(|region| region == self.region)
            && self.year.is_none_or(|wanted| run.benefit_year.is_none_or(|year| year == wanted.0))
    }

    fn words(&self, spec: &SnapshotSpec, own: bool, publisher: &Publisher) -> String {
        let year = self.year.map(|year| format!(" and benefit year {year}")).unwrap_or_default();
        let when = if own { "before" } else { "on or before" };
        let location = publisher.location();
        format!("`{}` for region {}{year} {when} {} in `{location}`", spec.pipeline, self.region, self.date)
    }
}
