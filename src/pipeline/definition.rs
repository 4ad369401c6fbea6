//! A pipeline as its file describes it, checked: every name in it is known, every published dataset is made by a step,
//! the schedule has occurrences.
//!
//! What a [`Pipeline`] does not know: dates, locations that the command line gave, and whether its extracts exist.

use std::collections::BTreeSet;
use std::mem;
use std::path::Path;

use arrow_array::RecordBatch;
use chrono_tz::Tz;
use polars::prelude::DataFrame;
use toml::{Spanned, Table};

use super::config_error::{ConfigError, Fault};
use super::execution_policy::{self, ExecutionPolicy};
use super::gates::{Gate, GateSubject};
use super::located_fault::{LocatedFault, known_name, table_name, unknown, value, value_fault, words};
use super::source_spec::{RUN, SourceSpec};
use super::sql::{self, OrderBy, QueryFrames};
use super::toml_form;
use crate::operators::{BenefitYearUse, InvalidOption, Operator, OperatorRegistry, OperatorSpec, SnapshotRequirement};
use crate::schedule::Schedule;
use canbao_publish::qualified;
use canbao_publish::{Dataset, DatasetDescription, PersonIds, PublishError};
use canbao_rules::Percent;
use canbao_sources::Encoding;
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

/// One pipeline: which extracts it reads, what it does with them, what must hold, and what goes out.
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
    /// What goes out.
    pub publish: PublishSpec,
    /// The file's text, to find the line of a fault that shows later.
    text: String,
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

/// One step: it adds datasets to the frames at hand.
#[derive(Debug)]
pub enum Step {
    /// An operator.
    Operator(OperatorStep),
    /// A query over the frames at hand.
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

/// What goes out.
#[derive(Debug)]
pub struct PublishSpec {
    /// Where to, unless the command line says otherwise.
    pub location: String,
    /// Which of the datasets that the steps make, in the order of the file; `rejects` goes out in any case.
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

/// A query's result that cannot go out.
#[derive(Debug, thiserror::Error)]
pub(super) enum SqlError {
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    #[error(transparent)]
    Publish(#[from] PublishError),
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
    /// Reads a pipeline's file and checks it.
    ///
    /// `file` is its name for messages; the pipeline's own name is its stem. Steps call `operators`.
    ///
    /// # Errors
    /// The first fault, with its line where one is known.
    pub fn parse(file: &str, text: &str, operators: &OperatorRegistry) -> Result<Self, ConfigError> {
        let fault = |(offset, fault): LocatedFault| ConfigError::new(file, text, offset, fault);
        let form: toml_form::File = toml::from_str(text).map_err(|error| {
            let message = error.message().trim_end_matches('.').replace('\n', ", ");
            let near = canbao_rules::suggestion::near_field(&message);
            ConfigError::new(file, text, error.span().map(|span| span.start), Fault::Syntax { message, near })
        })?;
        let name = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let pipeline = build(name, file, text, form, operators).map_err(fault)?;
        pipeline.check_sql(QueryFrames::empty(&pipeline.sources), false).map_err(fault)?;
        Ok(pipeline)
    }

    /// The stages of a run, in order: `read`, one a step, `gates`, `publish`.
    pub fn stages(&self) -> Vec<String> {
        stages(&self.steps)
    }

    /// A fault of this pipeline that shows only beside others.
    pub(super) fn fault_at(&self, offset: usize, fault: Fault) -> ConfigError {
        ConfigError::new(&self.file, &self.text, Some(offset), fault)
    }

    /// Every dataset that goes out, `rejects` last where extracts are read.
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

    /// Checks the queries over snapshots, which wait until these are known.
    ///
    /// # Errors
    /// As [`Pipeline::parse`].
    pub(super) fn check_queries(&self, mut snapshots: QueryFrames) -> Result<(), ConfigError> {
        snapshots.add_sources(&self.sources);
        self.check_sql(snapshots, true).map_err(|(at, fault)| ConfigError::new(&self.file, &self.text, at, fault))
    }

    /// Runs every query over frames without rows: unknown frames and columns come to light before anything is read.
    /// Unless the snapshots are among the frames (`all_known`), the queries that need them wait, and so do those that
    /// need what these give.
    fn check_sql(&self, mut frames: QueryFrames, all_known: bool) -> Result<(), LocatedFault> {
        let mut waiting = BTreeSet::new();
        for step in &self.steps {
            if let Step::Sql(step) = step
                && !all_known
                && self.waits(step, &waiting)?
            {
                waiting.insert(step.into.clone());
                continue;
            }
            let known = frames.names();
            let checked = match step {
                Step::Operator(step) => frames.add_empty(step.spec().datasets).map_err(|error| error.to_string()),
                Step::Sql(step) => match frames.query(&step.sql, &step.order) {
                    Ok(frame) => {
                        let published = step.published(&frame).map(drop);
                        frames.add(&step.into, frame);
                        published.map_err(|error| error.to_string())
                    }
                    Err(error) => Err(sql::sentence(&error)),
                },
            };
            let at = if let Step::Sql(step) = step { Some(step.at) } else { None };
            checked.map_err(|why| (at, Fault::Sql { step: step.name().to_owned(), why, frames: known }))?;
        }
        Ok(())
    }

    /// Whether a query needs frames whose columns are not known yet.
    fn waits(&self, step: &SqlStep, waiting: &BTreeSet<String>) -> Result<bool, LocatedFault> {
        let mut waits = false;
        for name in sql::frames_read(&step.sql) {
            if let Some(snapshot) = self.snapshots.iter().find(|snapshot| name.starts_with(&qualified(&snapshot.pipeline, ""))) {
                if !snapshot.required {
                    let found = "a query that reads a snapshot without `required = true`";
                    let expected = "`required = true` in the `[[snapshot]]`, as a query cannot do without its frames";
                    return Err((Some(step.at), Fault::Shape { what: format!("step `{}`", step.into), found, expected }));
                }
                waits = true;
            }
            waits |= waiting.contains(&name);
        }
        Ok(waits)
    }
}

fn build(name: String, file: &str, text: &str, mut form: toml_form::File, operators: &OperatorRegistry) -> Result<Pipeline, LocatedFault> {
    let schedule = form.schedule.take().map(|text| {
        let value = |problem| value_fault(&text, "schedule", problem, Schedule::EXPECTED);
        Schedule::parse(text.get_ref()).map_err(value)
    });
    let sources = sources(mem::take(&mut form.source))?;
    let snapshots = snapshots(mem::take(&mut form.snapshot), &name)?;
    let known = StepContext { operators, sources: &sources, snapshots: &snapshots, own: &name };
    let steps = steps(mem::take(&mut form.step), &known)?;
    let execution = execution_policy::build(&form, &name, &stages(&steps))?;
    let rejects = (!sources.is_empty()).then(|| REJECTS.to_owned());
    let made: Vec<String> = steps.iter().flat_map(Step::datasets).chain(rejects).collect();
    let gates = form.gate.into_iter().map(|gate| build_gate(gate, &sources, &made)).collect::<Result<_, _>>()?;
    Ok(Pipeline {
        name,
        file: file.to_owned(),
        title: form.title.into_inner(),
        schedule: schedule.transpose()?,
        timezone: form.timezone.map_or(Ok(chrono_tz::Asia::Shanghai), |text| timezone(&text))?,
        execution,
        region: form.region.map(Spanned::into_inner),
        data: form.data.location.map_or_else(|| DATA.to_owned(), Spanned::into_inner),
        sources,
        snapshots,
        steps,
        gates,
        publish: publish(form.publish, &made)?,
        text: text.to_owned(),
    })
}

/// The stages of a run, in order.
fn stages(steps: &[Step]) -> Vec<String> {
    let steps = steps.iter().map(Step::name);
    [READ].into_iter().chain(steps).chain([GATES, PUBLISH_STAGE]).map(str::to_owned).collect()
}

fn timezone(text: &Spanned<String>) -> Result<Tz, LocatedFault> {
    text.get_ref().parse().map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name());
        let problem = match super::config_error::nearest(text.get_ref(), &known.collect::<Vec<_>>()) {
            Some(near) => format!("is unknown (did you mean `{near}`?)"),
            None => "is unknown".to_owned(),
        };
        value_fault(text, "timezone", problem, "a name of the IANA time zone database such as `Asia/Shanghai`")
    })
}

fn sources(form: Vec<Spanned<toml_form::Source>>) -> Result<Vec<SourceSpec>, LocatedFault> {
    let mut names = BTreeSet::new();
    let mut sources = Vec::with_capacity(form.len());
    for source in form {
        let source = source.into_inner();
        let at = source.extract.span();
        let contract = source.contract.as_ref().unwrap_or(&source.extract);
        let contract = canbao_sources::contract(contract.get_ref()).ok_or_else(|| {
            let known = canbao_sources::CONTRACTS.iter().map(|c| c.name.to_owned()).collect();
            unknown(contract, "extract", known)
        })?;
        let encoding = match source.encoding.as_ref().map(|text| (text, text.get_ref().as_str())) {
            None | Some((_, "auto")) => Encoding::Auto,
            Some((_, "utf-8")) => Encoding::Utf8,
            Some((_, "gb18030")) => Encoding::Gb18030,
            Some((text, _)) => return Err(unknown(text, "encoding", words(&["auto", "utf-8", "gb18030"]))),
        };
        let extract = table_name(&source.extract, "extract")?;
        if extract == RUN || extract == REJECTS {
            return Err((Some(at.start), taken("source", extract, "belongs to every run")));
        }
        if !names.insert(extract.clone()) {
            return Err((Some(at.start), Fault::Twice { what: "source", name: extract }));
        }
        sources.push(SourceSpec { extract, contract, required: source.required, encoding });
    }
    Ok(sources)
}

fn snapshots(form: Vec<Spanned<toml_form::Snapshot>>, own: &str) -> Result<Vec<SnapshotSpec>, LocatedFault> {
    let mut snapshots: Vec<SnapshotSpec> = Vec::with_capacity(form.len());
    for snapshot in form {
        let snapshot = snapshot.into_inner();
        let at = Some(snapshot.pipeline.span().start);
        let pipeline = table_name(&snapshot.pipeline, "pipeline")?;
        let role = snapshot.role.map_or_else(|| pipeline.clone(), Spanned::into_inner);
        if snapshot.required && pipeline == own {
            let found = "`required = true` for a snapshot of its own";
            return Err((
                at,
                Fault::Shape { what: "a `[[snapshot]]`".to_owned(), found, expected: "it to be optional, as its first run finds none" },
            ));
        }
        // Two pipelines that differ in `-` and `_` only would have the same frames.
        if snapshots.iter().any(|other| qualified(&other.pipeline, "") == qualified(&pipeline, "") || other.role == role) {
            return Err((at, Fault::Twice { what: "snapshot", name: pipeline }));
        }
        snapshots.push(SnapshotSpec { pipeline, role, required: snapshot.required });
    }
    Ok(snapshots)
}

/// What a step of a pipeline's file may refer to.
struct StepContext<'a> {
    operators: &'a OperatorRegistry,
    sources: &'a [SourceSpec],
    snapshots: &'a [SnapshotSpec],
    /// The pipeline's own name.
    own: &'a str,
}

fn steps(form: Vec<Spanned<toml_form::Step>>, known: &StepContext<'_>) -> Result<Vec<Step>, LocatedFault> {
    let mut made = BTreeSet::new();
    let mut steps = Vec::with_capacity(form.len());
    for step in form {
        let at = step.span();
        let step = build_step(step, known)?;
        for dataset in step.datasets() {
            // An operator's own `rejects` and the runner's are the same; a query may not take the name.
            let problem = if dataset == RUN || (dataset == REJECTS && matches!(step, Step::Sql(_))) {
                "belongs to every run"
            } else if [READ, GATES, PUBLISH_STAGE].contains(&step.name()) {
                "has the name of a stage"
            } else if known.sources.iter().any(|source| source.extract == dataset) {
                "has the name of a source"
            } else if known.snapshots.iter().any(|snapshot| dataset.starts_with(&qualified(&snapshot.pipeline, ""))) {
                "has the name of a snapshot's dataset"
            } else if !made.insert(dataset.clone()) {
                "is made by a step before"
            } else {
                continue;
            };
            return Err((Some(at.start), taken("dataset", dataset, problem)));
        }
        steps.push(step);
    }
    Ok(steps)
}

fn build_step(step: Spanned<toml_form::Step>, known: &StepContext<'_>) -> Result<Step, LocatedFault> {
    let at = step.span();
    let step = step.into_inner();
    let shape = |found| {
        let expected = "either `operator` (and `options`), or `sql` and `into` (and `title`, `meaning`, `order_by`, `columns`)";
        (Some(at.start), Fault::Shape { what: "a `[[step]]`".to_owned(), found, expected })
    };
    let described = !step.title.is_empty() || !step.meaning.is_empty() || !step.order_by.is_empty() || !step.columns.is_empty();
    match (step.operator, step.sql, step.into) {
        (Some(_), Some(_), _) => Err(shape("both `operator` and `sql`")),
        (Some(_), None, Some(_)) => Err(shape("`operator` and `into`")),
        (None, None, _) => Err(shape("neither `operator` nor `sql`")),
        (None, Some(_), None) => Err(shape("`sql` without `into`")),
        (Some(_), None, None) if described => Err(shape("`operator` and what only queries have")),
        (None, Some(_), Some(_)) if step.options.is_some() => Err(shape("`sql` and `options`")),
        (Some(name), None, None) => {
            let operator = known.operators.named(name.get_ref());
            let operator = operator.ok_or_else(|| unknown(&name, "operator", known.operators.names()))?;
            let options = options(operator, step.options)?;
            known.check_operator(&name, operator.spec())?;
            Ok(Step::Operator(OperatorStep { operator, options }))
        }
        (None, Some(sql), Some(into)) => {
            let into = table_name(&into, "dataset")?;
            let expected = "a column, and `desc` for the largest first";
            let order_by = |text: &Spanned<String>| {
                OrderBy::parse(text.get_ref()).ok_or_else(|| value_fault(text, "order_by", "is no order".to_owned(), expected))
            };
            let order = step.order_by.iter().map(order_by).collect::<Result<Vec<_>, _>>()?;
            let order_text = step.order_by.iter().map(|text| text.get_ref().as_str()).collect::<Vec<_>>().join(", ");
            let described = DatasetDescription { title: step.title, meaning: step.meaning, order: order_text, columns: step.columns };
            Ok(Step::Sql(SqlStep { at: sql.span().start, sql: sql.into_inner(), into, order, described }))
        }
    }
}

/// The options of an operator's step, if the operator has all of them and takes their values.
fn options(operator: &'static dyn Operator, written: Option<Spanned<Table>>) -> Result<Table, LocatedFault> {
    let Some(written) = written else { return Ok(Table::new()) };
    let at = Some(written.span().start);
    let options = written.into_inner();
    let declared = operator.spec().options;
    if let Some(name) = options.keys().find(|name| declared.iter().all(|option| option.name != name.as_str())) {
        let known = declared.iter().map(|option| option.name.to_owned()).collect();
        return Err((at, Fault::Unknown { what: "option", name: name.clone(), known }));
    }
    match operator.check_options(&options) {
        Ok(()) => Ok(options),
        Err(InvalidOption { name, value: written, expected }) => Err((at, value(name, written, "cannot be taken", expected))),
    }
}

impl StepContext<'_> {
    /// Checks that the pipeline has the extracts and snapshots without which an operator cannot work.
    fn check_operator(&self, name: &Spanned<String>, spec: &'static OperatorSpec) -> Result<(), LocatedFault> {
        let at = Some(name.span().start);
        let absent = |extract: &str| !self.sources.iter().any(|source| source.extract == extract);
        if let Some(missing) = spec.extracts.iter().find(|requirement| requirement.required && absent(requirement.extract)) {
            return Err((at, Fault::MissingSource { operator: spec.name, source_name: missing.extract.to_owned() }));
        }
        for &SnapshotRequirement { role, required, whole_past } in spec.snapshots {
            let fits = |s: &SnapshotSpec| s.role == role && (s.required || !required) && (s.pipeline == self.own || !whole_past);
            if !self.snapshots.iter().any(fits) {
                let pipeline = if whole_past { self.own } else { role }.to_owned();
                return Err((at, Fault::MissingSnapshot { operator: spec.name, role, pipeline, required }));
            }
        }
        Ok(())
    }
}

fn build_gate(gate: Spanned<toml_form::Gate>, sources: &[SourceSpec], made: &[String]) -> Result<Gate, LocatedFault> {
    let at = gate.span();
    let gate = gate.into_inner();
    let shape = |expected| {
        let what = format!("gate `{}`", gate.check.get_ref());
        (Some(at.start), Fault::Shape { what, found: "other keys", expected })
    };
    let of = match (&gate.source, &gate.dataset) {
        (Some(name), None) if name.get_ref() == "*" => GateSubject::EverySource,
        (Some(name), None) => {
            let known: Vec<String> = sources.iter().map(|s| s.extract.clone()).collect();
            GateSubject::Source(known_name(name, "source", known)?)
        }
        (None, Some(name)) => GateSubject::Dataset(known_name(name, "dataset", made.to_vec())?),
        _ => return Err(shape("either `source` or `dataset`")),
    };
    let at_most = gate.at_most_pct.as_ref().map(percent).transpose()?;
    match (gate.check.get_ref().as_str(), at_most, gate.at_least.as_ref()) {
        ("reject-share", Some(at_most), None) if !matches!(of, GateSubject::Dataset(_)) => Ok(Gate::RejectShare { of, at_most }),
        ("reject-share", ..) => Err(shape("`source` and `at_most_pct`")),
        ("rows" | "fewer-rows", ..) if of == GateSubject::EverySource => Err(shape("the name of one `source` or `dataset`")),
        ("rows", None, Some(rows)) => match u64::try_from(*rows.get_ref()) {
            Ok(at_least) => Ok(Gate::Rows { of, at_least }),
            Err(_) => Err((Some(rows.span().start), value("at_least", rows.get_ref().to_string(), "is negative", "a number of rows"))),
        },
        ("rows", ..) => Err(shape("`source` or `dataset`, and `at_least`")),
        ("fewer-rows", Some(at_most), None) => Ok(Gate::FewerRows { of, at_most }),
        ("fewer-rows", ..) => Err(shape("`source` or `dataset`, and `at_most_pct`")),
        _ => Err(unknown(&gate.check, "check", words(&["reject-share", "rows", "fewer-rows"]))),
    }
}

/// A percentage from 0 to 100 with at most two places.
fn percent(written: &Spanned<toml::Value>) -> Result<Percent, LocatedFault> {
    let text = written.get_ref().to_string();
    let percent = Percent::parse(&text).filter(|percent| (0..=10_000).contains(&percent.hundredths()));
    let fault = || value("at_most_pct", text, "is no such share", "percent from 0 to 100 with at most two places");
    percent.ok_or_else(|| (Some(written.span().start), fault()))
}

fn publish(form: toml_form::Publish, made: &[String]) -> Result<PublishSpec, LocatedFault> {
    let datasets = form.datasets.map(|names| {
        let known = |name: &Spanned<String>| known_name(name, "dataset", made.to_vec());
        names.iter().map(known).collect::<Result<Vec<_>, _>>()
    });
    let person_ids = form.person_ids.map(|text| {
        let known = || unknown(&text, "person_ids", words(&["plain", "masked", "pseudonym"]));
        text.get_ref().parse().map_err(|_| known())
    });
    Ok(PublishSpec {
        location: form.location.map_or_else(|| PUBLISH.to_owned(), Spanned::into_inner),
        datasets: datasets.transpose()?,
        person_ids: person_ids.transpose()?.unwrap_or_default(),
    })
}

fn taken(what: &'static str, name: String, problem: &str) -> Fault {
    value(what, name, problem, "a name of its own")
}
