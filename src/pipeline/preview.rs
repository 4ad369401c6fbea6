//! What a run would do, as `plan` shows it. Looks, and changes nothing.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::definition::{GATES, PUBLISH_STAGE, Pipeline, READ, Step};
use super::error::RunError;
use super::execution_policy::{ExecutionPolicy, FileTrigger};
use super::plan::Plan;
use super::snapshots::SnapshotChoice;
use super::source_spec::SourceSpec;
use canbao_publish::{Publisher, Snapshot};
use canbao_rules::policy::{Provision, Unit};
use canbao_runtime::clock::Clock;
use canbao_sources::Source;
use canbao_sources::location::Location;

/// What a run of a plan would do.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// The pipeline's name.
    pub pipeline: String,
    /// What it is.
    pub title: String,
    /// Its file.
    pub file: String,
    /// When it runs by itself.
    pub schedule: Option<String>,
    /// The zone of the schedule.
    pub timezone: String,
    /// Its next occurrence.
    pub next: Option<String>,
    /// That one's logical date: what a monthly occurrence is about is the month before.
    pub next_logical_date: Option<String>,
    /// The occurrences to come, where they were asked for; left out where not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurrences: Option<Vec<OccurrencePreview>>,
    /// What else wakes it, in words; left out where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wakes: Vec<String>,
    /// What is wrong with how it follows other pipelines; left out where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// YYYY-MM-DD.
    pub logical_date: String,
    /// The region's code.
    pub region: String,
    /// The region's name.
    pub region_name: String,
    /// The benefit year.
    pub benefit_year: Option<i32>,
    /// Where the extracts are.
    pub data: String,
    /// One entry a source.
    pub inputs: Vec<InputPreview>,
    /// One entry a `[[snapshot]]`; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotPreview>,
    /// The policy in force.
    pub policy: PolicyPreview,
    /// Stages in order.
    pub stages: Vec<StagePreview>,
    /// The conditions before publishing.
    pub gates: Vec<String>,
    /// What would be published.
    pub publish: PublishPreview,
}

/// An occurrence to come.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OccurrencePreview {
    /// In the schedule's timezone, with the offset from UTC.
    pub local: String,
    /// In UTC.
    pub utc: String,
    /// The day it is about.
    pub logical_date: String,
}

/// One source.
#[derive(Debug, Serialize)]
pub struct InputPreview {
    /// The extract's name.
    pub source: String,
    /// The contract's Chinese name.
    pub title: String,
    /// Whether its absence stops the run.
    pub required: bool,
    /// The files found, in reading order.
    pub files: Vec<FilePreview>,
    /// Why the run would stop here.
    pub problem: Option<String>,
}

/// One file of a source.
#[derive(Debug, Serialize)]
pub struct FilePreview {
    /// The path below the data location.
    pub file: String,
    /// Its size.
    pub bytes: u64,
}

/// What was published before and would be read.
#[derive(Debug, Serialize)]
pub struct SnapshotPreview {
    /// The pipeline that publishes it.
    pub pipeline: String,
    /// Whether its absence stops the run.
    pub required: bool,
    /// Where it stands.
    pub snapshot: Option<String>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// Why the run would stop here.
    pub problem: Option<String>,
}

/// The policy in force.
#[derive(Debug, Serialize)]
pub struct PolicyPreview {
    /// SHA-256 of the pack.
    pub sha256: String,
    /// Every parameter in force.
    pub parameters: Vec<ParameterPreview>,
}

/// One parameter in force.
#[derive(Debug, Serialize)]
pub struct ParameterPreview {
    /// Its name in the pack.
    pub parameter: String,
    /// What the document calls it.
    pub name: Option<String>,
    /// Its value.
    pub value: String,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
    /// The day from which it holds.
    pub from: String,
    /// The document and its section.
    pub source: String,
    /// Whether it is our interpretation of an open point.
    pub reading: bool,
    /// Whether the document leaves the value open, and `--set` gives none.
    pub not_stated: bool,
}

impl From<&Provision> for ParameterPreview {
    fn from(provision: &Provision) -> Self {
        Self {
            parameter: provision.parameter.clone(),
            name: provision.name.clone(),
            value: provision.value.clone(),
            unit: provision.unit.map_or("", Unit::as_str),
            from: provision.from.to_string(),
            source: provision.source(),
            reading: provision.reading,
            not_stated: provision.is_not_stated(),
        }
    }
}

/// One stage.
#[derive(Debug, Serialize)]
pub struct StagePreview {
    /// `read`, a step's name, `gates`, `publish`.
    pub stage: String,
    /// `built-in`, `operator` or `sql`.
    pub kind: &'static str,
    /// The datasets it can make.
    pub datasets: Vec<String>,
}

/// What would be published.
#[derive(Debug, Serialize)]
pub struct PublishPreview {
    /// The snapshot that would be the next.
    pub snapshot: String,
    /// Its datasets; those of absent optional extracts would be left out.
    pub datasets: Vec<String>,
    /// Its documents, in words; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<&'static str>,
    /// What stands for people's numbers and names.
    pub person_ids: &'static str,
}

impl Preview {
    /// Looks at what a run would do, without occurrences to come and without a look at other pipelines' files.
    ///
    /// # Errors
    /// The data or publish location cannot be addressed. What is wrong with single extracts stands in the preview.
    pub fn of(plan: &Plan, clock: &dyn Clock) -> Result<Self, RunError> {
        let pipeline = &plan.pipeline;
        let publisher = Publisher::open(&plan.publish);
        let snapshot = publisher.and_then(|publisher| Ok(publisher.shown(&pipeline.name, publisher.next(&pipeline.name, plan.date)?)));
        let next = pipeline.schedule.as_ref().and_then(|schedule| schedule.next_after(clock.now().with_timezone(&Utc), pipeline.timezone));
        Ok(Self {
            pipeline: pipeline.name.clone(),
            title: pipeline.title.clone(),
            file: pipeline.file.clone(),
            schedule: pipeline.schedule.as_ref().map(|schedule| schedule.as_str().to_owned()),
            timezone: pipeline.timezone.name().to_owned(),
            next: next.map(|moment| moment.to_rfc3339()),
            next_logical_date: next.zip(pipeline.schedule.as_ref()).map(|(next, schedule)| schedule.logical_date(next).to_string()),
            occurrences: None,
            wakes: wakes(&pipeline.execution),
            problems: Vec::new(),
            logical_date: plan.date.to_string(),
            region: plan.region(),
            region_name: plan.pack.region().name.clone(),
            benefit_year: plan.year.map(|year| year.0),
            data: plan.data.clone(),
            inputs: inputs(plan)?,
            snapshots: snapshots(plan),
            policy: policy(plan),
            stages: stages(plan),
            gates: pipeline.gates.iter().map(ToString::to_string).collect(),
            publish: PublishPreview {
                snapshot: snapshot.map_err(|error| RunError::stage(PUBLISH_STAGE, error))?,
                datasets: pipeline.published(),
                documents: documents(&pipeline.steps),
                person_ids: plan.person_ids.as_str(),
            },
        })
    }
}

/// The next occurrences of a pipeline's schedule after a moment; none where it has no schedule.
pub fn upcoming(pipeline: &Pipeline, moment: DateTime<Utc>, count: usize) -> Vec<OccurrencePreview> {
    let Some(schedule) = &pipeline.schedule else {
        return Vec::new();
    };
    let occurrence = |instant: DateTime<Utc>| {
        let local = instant.with_timezone(&pipeline.timezone);
        OccurrencePreview {
            local: local.to_rfc3339(),
            utc: instant.to_rfc3339_opts(SecondsFormat::Secs, true),
            logical_date: schedule.logical_date(local).to_string(),
        }
    };
    schedule.occurrences(moment, DateTime::<Utc>::MAX_UTC, pipeline.timezone).take(count).map(occurrence).collect()
}

/// What wakes a pipeline beside its schedule.
fn wakes(execution: &ExecutionPolicy) -> Vec<String> {
    let upstream = execution.after.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let after = match upstream.as_slice() {
        [] => None,
        [one] => Some(format!("after each success of {one}, for its logical date")),
        several => Some(format!("after each success of {}, once all have one for the same logical date", several.join(" or "))),
    };
    let arrival = |new: &FileTrigger| {
        format!("when a file `{}` has a new content and has stood still for {}, for the day on which it is seen", new.files, new.quiet)
    };
    after.into_iter().chain(execution.when_new.as_ref().map(arrival)).collect()
}

fn inputs(plan: &Plan) -> Result<Vec<InputPreview>, RunError> {
    if plan.pipeline.sources.is_empty() {
        return Ok(Vec::new());
    }
    let location = Location::open(&plan.data).map_err(|error| RunError::stage(READ, error))?;
    Ok(plan.pipeline.sources.iter().map(|spec| input(&location, spec)).collect())
}

fn input(location: &Location, spec: &SourceSpec) -> InputPreview {
    let (files, problem) = match Source::find(location, &spec.extract) {
        Ok(Some(source)) => {
            let files = source.files.iter().map(|file| FilePreview { file: file.path.clone(), bytes: file.size });
            (files.collect(), None)
        }
        Ok(None) if spec.required => (Vec::new(), Some("missing, and required".to_owned())),
        Ok(None) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let title = spec.contract.title.to_owned();
    InputPreview { source: spec.extract.clone(), title, required: spec.required, files, problem }
}

fn snapshots(plan: &Plan) -> Vec<SnapshotPreview> {
    let snapshot = |chosen: &SnapshotChoice| SnapshotPreview {
        pipeline: chosen.pipeline.clone(),
        required: chosen.required,
        snapshot: chosen.found.as_ref().map(Snapshot::shown),
        run_id: chosen.found.as_ref().map(|snapshot| snapshot.manifest().run.run_id.clone()),
        problem: chosen.problem(),
    };
    plan.snapshots.iter().map(snapshot).collect()
}

fn documents(steps: &[Step]) -> Vec<&'static str> {
    let of_step = |step: &Step| match step {
        Step::Operator(step) => step.spec().documents,
        Step::Sql(_) => &[],
    };
    steps.iter().flat_map(of_step).copied().collect()
}

fn policy(plan: &Plan) -> PolicyPreview {
    PolicyPreview { sha256: plan.pack.sha256().to_owned(), parameters: plan.provisions().iter().map(ParameterPreview::from).collect() }
}

fn stages(plan: &Plan) -> Vec<StagePreview> {
    let built_in = |stage: &str| StagePreview { stage: stage.to_owned(), kind: "built-in", datasets: Vec::new() };
    let step = |step: &Step| StagePreview {
        stage: step.name().to_owned(),
        kind: match step {
            Step::Operator(_) => "operator",
            Step::Sql(_) => "sql",
        },
        datasets: step.datasets(),
    };
    let steps = plan.pipeline.steps.iter().map(step);
    [built_in(READ)].into_iter().chain(steps).chain([built_in(GATES), built_in(PUBLISH_STAGE)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::registry;

    fn pipeline(keys: &str) -> Pipeline {
        Pipeline::parse("pipelines/mine.toml", &format!("title = \"t\"\n{keys}\n"), &registry()).unwrap()
    }

    fn upcoming_of(keys: &str, moment: &str) -> Vec<[String; 3]> {
        let occurrences = upcoming(&pipeline(keys), moment.parse().unwrap(), 3);
        occurrences.into_iter().map(|one| [one.local, one.utc, one.logical_date]).collect()
    }

    #[test]
    fn occurrences_to_come() {
        assert_eq!(
            upcoming_of("schedule = \"0 3 3 * *\"", "2024-01-02T19:00:00Z"),
            [
                ["2024-02-03T03:00:00+08:00", "2024-02-02T19:00:00Z", "2024-01-31"],
                ["2024-03-03T03:00:00+08:00", "2024-03-02T19:00:00Z", "2024-02-29"],
                ["2024-04-03T03:00:00+08:00", "2024-04-02T19:00:00Z", "2024-03-31"],
            ]
        );
        assert_eq!(
            upcoming_of("schedule = \"30 2 * * *\"\ntimezone = \"America/New_York\"", "2024-03-09T08:00:00Z"),
            [
                ["2024-03-10T03:00:00-04:00", "2024-03-10T07:00:00Z", "2024-03-10"],
                ["2024-03-11T02:30:00-04:00", "2024-03-11T06:30:00Z", "2024-03-11"],
                ["2024-03-12T02:30:00-04:00", "2024-03-12T06:30:00Z", "2024-03-12"],
            ]
        );
        assert!(upcoming_of("after = [\"other\"]", "2024-01-02T19:00:00Z").is_empty());
    }

    #[test]
    fn what_wakes_a_pipeline_in_words() {
        let told = |keys: &str| wakes(&pipeline(keys).execution).join("\n");
        assert_eq!(told("schedule = \"0 3 3 * *\""), "");
        assert_eq!(told("after = [\"a\"]"), "after each success of `a`, for its logical date");
        insta::assert_snapshot!(told("after = [\"a\", \"b\"]\nwhen_new = { files = \"in/*.csv\", quiet = \"2m\" }"), @r"
        after each success of `a` or `b`, once all have one for the same logical date
        when a file `in/*.csv` has a new content and has stood still for 2m, for the day on which it is seen
        ");
    }
}
