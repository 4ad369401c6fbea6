//! A pipeline as its file describes it, checked: every name in it is known, every published dataset is made by a step,
//! the schedule has occurrences.
//!
//! What a [`Pipeline`] does not know: dates, locations that the command line gave, and whether its extracts exist.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use chrono_tz::Tz;
use polars::prelude::{DataFrame, PolarsError};
use toml::Table;

use super::config_error::{ConfigError, Fault};
use super::execution_policy::ExecutionPolicy;
use super::gates::Gate;
use super::source_spec::SourceSpec;
use super::sql::{self, OrderBy};
use crate::operators::{BenefitYearUse, Operator, OperatorSpec};
use crate::schedule::Schedule;
use canbao_publish::{Dataset, DatasetDescription, PersonIds, PublishError};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use canbao_sources::population::bridge::{self, BridgeError};

/// The dataset that the runner itself writes for every pipeline.
pub const REJECTS: &str = "rejects";

/// The stage that reads the extracts.
pub(super) const READ: &str = "read";
/// The stage that checks what must hold.
pub(super) const GATES: &str = "gates";
/// The stage that publishes.
pub(super) const PUBLISH_STAGE: &str = "publish";

/// Where extracts are, unless a pipeline or the command line says otherwise. Relative to the working directory.
pub const DATA: &str = "sample_data";
/// Where snapshots go, unless a pipeline or the command line says otherwise. Relative to the working directory.
pub const PUBLISH: &str = "published";
/// Where the program keeps what is its own, unless the command line says otherwise. Relative to the working directory.
pub const STATE: &str = ".canbao";

/// One pipeline: which extracts it reads, what it does with them, what must hold, and what is published.
#[derive(Debug)]
pub struct Pipeline {
    /// The stem of its file's name.
    pub name: String,
    /// The file, for messages.
    pub file: String,
    /// What it is, in the words of its owner.
    pub title: String,
    /// When it runs by itself; `None` for a pipeline that is only started by hand.
    pub schedule: Option<Schedule>,
    /// The zone of the schedule and of "today".
    pub timezone: Tz,
    /// What else wakes it, and how it runs when nobody watches.
    pub execution: ExecutionPolicy,
    /// The policy pack, unless the command line names another.
    pub region: Option<String>,
    /// Where the extracts are, unless the command line says otherwise.
    pub data: String,
    /// What is read, in the order of the file.
    pub sources: Vec<SourceSpec>,
    /// What was published before and is read, in the order of the file.
    pub snapshots: Vec<SnapshotSpec>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What must hold before anything is published.
    pub gates: Vec<Gate>,
    /// What is published.
    pub publish: PublishSpec,
    /// The file's text, to find the line of a fault that shows later.
    pub(super) text: String,
}

/// One published snapshot to read.
#[derive(Debug)]
pub struct SnapshotSpec {
    /// The pipeline that publishes it.
    pub pipeline: String,
    /// What an operator takes it for.
    pub role: String,
    /// Whether its absence stops the run.
    pub required: bool,
}

/// One step: it adds datasets to the registered frames.
#[derive(Debug)]
pub enum Step {
    /// An operator.
    Operator(OperatorStep),
    /// A query over the registered frames.
    Sql(SqlStep),
}

/// An operator and its options.
#[derive(Debug)]
pub struct OperatorStep {
    /// The operator.
    pub operator: &'static dyn Operator,
    /// Its options, all of them valid.
    pub options: Table,
}

/// A query and the dataset it makes.
#[derive(Debug)]
pub struct SqlStep {
    /// One `SELECT` in the dialect of polars.
    pub sql: String,
    /// Where the query begins in the file's text, in bytes.
    pub at: usize,
    /// The dataset's name, under which later steps find it too.
    pub into: String,
    /// By which columns the rows are ordered first; then by the remaining ones from the left.
    pub order: Vec<OrderBy>,
    /// Titles and meanings for the published file.
    pub described: DatasetDescription,
}

/// What is published.
#[derive(Debug)]
pub struct PublishSpec {
    /// Where to, unless the command line says otherwise.
    pub location: String,
    /// Which of the datasets that the steps make, in the order of the file; `rejects` is published in any case.
    /// `None`: all of them.
    pub datasets: Option<Vec<String>>,
    /// What stands for a person's number and name.
    pub person_ids: PersonIds,
}

impl SqlStep {
    /// The dataset and the rows that go out, from what the query gave.
    ///
    /// # Errors
    /// A type that cannot be published, or a description of a column that the query does not give.
    pub(super) fn published(&self, frame: &DataFrame) -> Result<(Dataset, RecordBatch), SqlError> {
        let rows = bridge::to_arrow(frame)?;
        Ok((Dataset::of_query(&self.into, &rows.schema(), &self.described)?, rows))
    }
}

/// A query that cannot be answered, or whose result cannot go out.
#[derive(Debug, thiserror::Error)]
pub(super) enum SqlError {
    #[error(transparent)]
    Query(#[from] PolarsError),
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Diagnostic for SqlError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Query(_) => ErrorClass::Data,
            Self::Bridge(error) => error.class(),
            Self::Publish(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Query(_) => None,
            Self::Bridge(error) => error.hint(),
            Self::Publish(error) => error.hint(),
        }
    }
}

impl OperatorStep {
    /// What the operator declares of itself.
    pub fn spec(&self) -> &'static OperatorSpec {
        self.operator.spec()
    }
}

impl Step {
    /// A name for messages and for the times by stage.
    pub fn name(&self) -> &str {
        match self {
            Step::Operator(step) => step.spec().name,
            Step::Sql(step) => &step.into,
        }
    }

    /// The datasets that the step can make, in order.
    pub fn datasets(&self) -> Vec<String> {
        match self {
            Step::Operator(step) => step.spec().datasets.iter().map(|d| d.name.to_owned()).collect(),
            Step::Sql(step) => vec![step.into.clone()],
        }
    }
}

impl Pipeline {
    /// The stages of a run, in order: `read`, one a step, `gates`, `publish`.
    pub fn stages(&self) -> Vec<String> {
        stages(&self.steps)
    }

    /// A fault of this pipeline that shows only beside others.
    pub(super) fn fault_at(&self, offset: usize, fault: Fault) -> ConfigError {
        ConfigError::new(&self.file, &self.text, Some(offset), fault)
    }

    /// Every published dataset, `rejects` last where extracts are read.
    pub fn published(&self) -> Vec<String> {
        let made = self.steps.iter().flat_map(Step::datasets);
        let chosen = |name: &String| self.publish.datasets.as_ref().is_none_or(|wanted| wanted.contains(name));
        let rejects = (!self.sources.is_empty()).then(|| REJECTS.to_owned());
        made.filter(|name| name != REJECTS && chosen(name)).chain(rejects).collect()
    }

    /// The frames that queries name.
    pub fn sql_reads(&self) -> BTreeSet<String> {
        let queries = self.steps.iter().filter_map(|step| match step {
            Step::Sql(step) => Some(&step.sql),
            Step::Operator(_) => None,
        });
        queries.flat_map(|query| sql::frames_read(query)).collect()
    }

    /// The text of its file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a step works on rows of extracts.
    pub(super) fn needs_extracts(&self, step: &Step) -> bool {
        match step {
            Step::Operator(step) => self.sources.iter().any(|source| step.spec().reads(&source.extract)),
            Step::Sql(step) => sql::frames_read(&step.sql).iter().any(|name| self.sources.iter().any(|source| source.extract == *name)),
        }
    }

    /// Whether an operator reads all that the pipeline itself has published in a role.
    pub(super) fn reads_whole_past(&self, role: &str) -> bool {
        let reads = |step: &Step| match step {
            Step::Operator(step) => step.spec().snapshots.iter().any(|snapshot| snapshot.role == role && snapshot.whole_past),
            Step::Sql(_) => false,
        };
        self.steps.iter().any(reads)
    }

    /// Whether the pipeline works for a benefit year.
    pub fn needs_year(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Operator(step) if step.spec().benefit_year == BenefitYearUse::Required))
    }

    /// Whether a benefit year plays any part: it does not where all steps are operators that use none. Queries may ask
    /// for it.
    pub fn uses_year(&self) -> bool {
        let unused = |step: &Step| matches!(step, Step::Operator(step) if step.spec().benefit_year == BenefitYearUse::Unused);
        self.steps.is_empty() || !self.steps.iter().all(unused)
    }
}

/// The stages of a run, in order.
pub(super) fn stages(steps: &[Step]) -> Vec<String> {
    let steps = steps.iter().map(Step::name);
    [READ].into_iter().chain(steps).chain([GATES, PUBLISH_STAGE]).map(str::to_owned).collect()
}
