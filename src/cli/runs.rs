//! `canbao runs`: what ran, what is due, what failed and why; one run in full; going on with one; cancelling one.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::failure::Failure;
use super::options::LibraryOptions;
use super::output::Output;
use super::progress::Shown;
use super::run;
use super::table::{grouped, table};
use crate::logging::Logs;
use crate::operators::registry;
use crate::pipeline::{Library, Pipeline, Plan, RunConfig, RunError, STATE};
use crate::scheduler::{
    AttemptContext, BadRecord, Filter, Initiator, Ledger, LedgerError, OccurrenceRow, OccurrenceState, RunRow, StageState, Stop,
    mark_crashed, recorded_config,
};
use canbao_runtime::clock::Clock;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// So much of a run's id is shown in tables: its moment in milliseconds.
const SHORT: usize = 13;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One run with its attempts, stages, counts and errors
    Show(OneOptions),
    /// Go on with a run from its first unfinished stage
    Resume(OneOptions),
    /// End a run that is under way, or give up one that waits
    Cancel(OneOptions),
}

#[derive(Debug, Args)]
struct ListOptions {
    /// Of this pipeline only
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// What did not end well only
    #[arg(long)]
    failed: bool,
    /// The newest so many runs
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct OneOptions {
    /// The run's id, or its beginning
    id: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    /// Where the ledger is
    #[arg(long, value_name = "DIR", default_value = STATE)]
    state: PathBuf,
    #[command(flatten)]
    library: LibraryOptions,
    /// Print one JSON report and nothing else
    #[arg(long)]
    json: bool,
}

pub fn runs(options: &Options, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    match &options.command {
        None => list(&options.list, clock.as_ref()),
        Some(Command::Show(one)) => show(one),
        Some(Command::Resume(one)) => resume(one, clock, logs),
        Some(Command::Cancel(one)) => cancel(one, clock.as_ref()),
    }
}

fn failed(error: LedgerError) -> Failure {
    Failure::of(&error)
}

/// The pipelines whose files can be read; what is wrong with others is not this command's matter.
fn pipelines(folder: Option<&Path>) -> Result<BTreeMap<String, Pipeline>, Failure> {
    let loaded = Library::open(folder, registry())?.load_all();
    Ok(loaded.into_iter().filter_map(|(name, pipeline)| Some((name, pipeline.ok()?))).collect())
}

fn list(options: &ListOptions, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let pipelines = pipelines(options.place.library.pipelines.as_deref())?;
    let filter = Filter { pipeline: options.pipeline.clone(), troubled: options.failed, limit: options.limit };
    let (mut ran, mut others, mut horizons) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(ledger) = Ledger::look(&options.place.state).map_err(failed)? {
        ran = ledger.runs(&filter).map_err(failed)?;
        others = ledger.without_run(&filter).map_err(failed)?;
        horizons = ledger.horizons().map_err(failed)?;
    }
    let zone = |pipeline: &str| pipelines.get(pipeline).map_or(chrono_tz::Asia::Shanghai, |pipeline| pipeline.timezone);
    let wanted = |pipeline: &&Pipeline| options.pipeline.as_ref().is_none_or(|name| *name == pipeline.name);
    let next: Vec<Next> = pipelines.values().filter(wanted).map(|pipeline| Next::of(pipeline, clock.now())).collect();
    let mut output = Output::new();
    if options.place.json {
        let ahead = horizons.iter().filter(|(_, horizon)| *horizon > clock.now());
        output.json(&json!({
            "runs": ran.iter().map(run_json).collect::<Vec<_>>(),
            "without_run": others.iter().map(other_json).collect::<Vec<_>>(),
            "next": next.iter().map(Next::json).collect::<Vec<_>>(),
            "ahead_of_the_clock": ahead.map(|(name, horizon)| json!({ "pipeline": name, "until": instant(*horizon) })).collect::<Vec<_>>(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if ran.is_empty() && others.is_empty() {
        output.line(if options.failed { "nothing failed" } else { "nothing has run here yet" })?;
    }
    if !ran.is_empty() {
        let rows = ran.iter().map(|run| {
            let took = run.ended_at.map_or_else(|| "…".to_owned(), |ended| duration(ended - run.created_at));
            let rows = vec![run.id.chars().take(SHORT).collect(), run.pipeline.clone(), run.date.to_string(), run.cause.to_string()];
            [rows, vec![outcome(run), run.attempts.to_string(), local(run.created_at, zone(&run.pipeline)), took]].concat()
        });
        output.line(table(&["run", "pipeline", "date", "cause", "outcome", "#attempts", "began", "#took"], rows))?;
    }
    for run in ran.iter().filter(|run| run.error.is_some()) {
        let stage = run.stage.as_ref().map(|stage| format!(" at stage `{stage}`")).unwrap_or_default();
        let id: String = run.id.chars().take(SHORT).collect();
        output.line(format!("{id} {}{stage}: {}", run.state, run.error.as_deref().unwrap_or_default()))?;
        if run.occurrence_state == OccurrenceState::Waiting {
            output.line(format!("  tried again at {}", local(run.due_at, zone(&run.pipeline))))?;
        } else if let Some(hint) = &run.hint {
            output.line(format!("  hint: {hint}"))?;
        }
    }
    others_table(&others, &zone, &mut output)?;
    let rows = next.iter().map(|next| vec![next.pipeline.clone(), next.at.clone(), next.date.clone(), next.wakes.clone()]);
    output.line("")?;
    output.line(table(&["pipeline", "next", "for", "wakes by"], rows))?;
    for (name, horizon) in horizons.iter().filter(|(_, horizon)| *horizon > clock.now() + TimeDelta::minutes(1)) {
        let until = local(*horizon, zone(name));
        output
            .line(format!("note: the clock has gone back: the schedule of {name} is accounted for until {until}, nothing is due before"))?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Occurrences without a run, those of a pipeline and state that follow each other as one line.
fn others_table(others: &[OccurrenceRow], zone: &impl Fn(&str) -> Tz, output: &mut Output) -> io::Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<(&OccurrenceRow, &OccurrenceRow, usize)> = Vec::new();
    for row in others {
        match lines.last_mut() {
            Some((_, oldest, count))
                if oldest.occurrence.pipeline == row.occurrence.pipeline && oldest.occurrence.state == row.occurrence.state =>
            {
                *oldest = row;
                *count += 1;
            }
            _ => lines.push((row, row, 1)),
        }
    }
    let due = |row: &OccurrenceRow| match DateTime::parse_from_rfc3339(&row.occurrence.logical_time) {
        Ok(at) => local(at.to_utc(), zone(&row.occurrence.pipeline)),
        Err(_) => row.occurrence.logical_time.clone(),
    };
    let rows = lines.into_iter().map(|(newest, oldest, count)| {
        let span = if count == 1 { due(newest) } else { format!("{} – {}", due(oldest), due(newest)) };
        let remark = newest.remark.clone().unwrap_or_default();
        vec![newest.occurrence.pipeline.clone(), newest.occurrence.state.to_string(), grouped(count as u64), span, remark]
    });
    output.line("")?;
    output.line(table(&["pipeline", "without run", "#occurrences", "due", "why"], rows))
}

fn show(options: &OneOptions) -> Result<ExitCode, Failure> {
    let ledger = Ledger::look(&options.place.state).map_err(failed)?;
    let ledger = ledger.ok_or_else(|| failed(LedgerError::NoRun(options.id.clone())))?;
    let run = ledger.find(&options.id).map_err(failed)?;
    let attempts = ledger.attempts_of(&run.id).map_err(failed)?;
    let stages = ledger.stages_of(&run.id).map_err(failed)?;
    let report: Option<Value> = run.report.as_deref().and_then(|report| serde_json::from_str(report).ok());
    let mut output = Output::new();
    if options.place.json {
        // What the run reported stands at the top, as `run --json` gave it; the ledger's own beside it.
        let mut all = run_json(&run);
        if let (Value::Object(all), Some(Value::Object(report))) = (&mut all, report) {
            all.extend(report);
        }
        if let Value::Object(all) = &mut all {
            let asked: Value = serde_json::from_str(&run.config).unwrap_or_default();
            all.insert("asked".to_owned(), asked);
            all.insert("attempts".to_owned(), attempts.iter().map(attempt_json).collect());
            let stages = stages.iter().map(|stage| {
                json!({ "attempt": stage.attempt, "stage": stage.name, "state": stage.state, "began_at": instant(stage.began_at),
                        "ended_at": stage.ended_at.map(instant) })
            });
            all.insert("stages_by_attempt".to_owned(), stages.collect());
        }
        output.json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let pipelines = pipelines(options.place.library.pipelines.as_deref()).unwrap_or_default();
    let zone = pipelines.get(&run.pipeline).map_or(chrono_tz::Asia::Shanghai, |pipeline| pipeline.timezone);
    output.line(format!("run {}", run.id))?;
    output.line(format!("{} for {}, due {} by {}", run.pipeline, run.date, run.logical_time, run.cause))?;
    output.line(format!("{}, began {}", outcome(&run), local(run.created_at, zone)))?;
    if let Some(error) = &run.error {
        let stage = run.stage.as_ref().map(|stage| format!("stopped at stage `{stage}`: ")).unwrap_or_default();
        output.line(format!("{stage}{error}"))?;
    }
    if let Some(hint) = &run.hint {
        output.line(format!("hint: {hint}"))?;
    }
    let rows = stages.iter().map(|stage| {
        let took = match (stage.state, stage.ended_at) {
            (StageState::Kept, _) | (_, None) => String::new(),
            (_, Some(ended)) => duration(ended - stage.began_at),
        };
        vec![stage.attempt.to_string(), stage.name.clone(), stage.state.to_string(), took]
    });
    output.line("")?;
    output.line(table(&["#attempt", "stage", "outcome", "#took"], rows))?;
    for attempt in attempts.iter().filter(|attempt| attempt.error.is_some() && attempts.len() > 1) {
        output.line(format!("attempt {} {}: {}", attempt.number, attempt.state, attempt.error.as_deref().unwrap_or_default()))?;
    }
    if let Some(report) = report {
        counts(&report, &mut output)?;
    }
    if let Some(last) = run.snapshot {
        output.line("")?;
        output.line(last)?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The counts of a stored report.
fn counts(report: &Value, output: &mut Output) -> io::Result<()> {
    let rows = |value: &Value| grouped(value.as_u64().unwrap_or_default());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |name: &str| report[name].as_array().map(Vec::as_slice).unwrap_or_default();
    if !of("sources").is_empty() {
        let sources = of("sources").iter().map(|source| {
            vec![text(&source["source"]), rows(&source["rows_read"]), rows(&source["rows_used"]), rows(&source["rows_rejected"])]
        });
        output.line("")?;
        output.line(table(&["source", "#rows in", "#used", "#rejected"], sources))?;
    }
    for gate in of("gates").iter().filter(|gate| gate["passed"] == false) {
        output.line(format!("gate broken: {}: {}", text(&gate["subject"]), text(&gate["figures"])))?;
    }
    for note in of("notes") {
        output.line(format!("note: {}", text(&note["text"])))?;
    }
    if !of("datasets").is_empty() {
        let datasets = of("datasets").iter().map(|dataset| vec![text(&dataset["name"]), text(&dataset["title"]), rows(&dataset["rows"])]);
        output.line("")?;
        output.line(table(&["dataset", "title", "#rows"], datasets))?;
    }
    Ok(())
}

/// A run that is in no state to go on.
#[derive(Debug, thiserror::Error)]
enum NotResumed {
    #[error("run {0} has succeeded, there is nothing to resume")]
    Succeeded(String),
    #[error("run {0} is under way")]
    Running(String),
    #[error("the ledger's record of run {0} cannot be followed")]
    Record(String, #[source] BadRecord),
}

impl Diagnostic for NotResumed {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Succeeded(_) | Self::Running(_) => ErrorClass::Usage,
            Self::Record(_, error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Succeeded(_) => Some("`canbao run` makes another snapshot".to_owned()),
            Self::Running(_) => Some("wait for its end, or cancel it with `canbao runs cancel`".to_owned()),
            Self::Record(_, error) => error.hint(),
        }
    }
}

fn resume(options: &OneOptions, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    let report = go_on(options, clock, logs);
    run::show(report, options.place.json)
}

fn go_on(options: &OneOptions, clock: Arc<dyn Clock>, logs: &Logs) -> Result<crate::pipeline::RunReport, Failure> {
    let state = &options.place.state;
    let mut ledger = Ledger::open(state).map_err(failed)?;
    let found = ledger.find(&options.id).map_err(failed)?;
    mark_crashed(&mut ledger, state, found.occurrence, clock.as_ref(), None).map_err(failed)?;
    let found = ledger.find(&found.id).map_err(failed)?;
    let occurrence = ledger.occurrence_by_id(found.occurrence).map_err(failed)?;
    let Some(occurrence) = occurrence else { return Err(failed(LedgerError::NoRun(found.id))) };
    if found.snapshot.is_some() {
        return Err(Failure::of(&NotResumed::Succeeded(found.id)));
    }
    if occurrence.state == OccurrenceState::Running {
        return Err(Failure::of(&NotResumed::Running(found.id)));
    }
    drop(ledger);
    let bad_record = |error| Failure::of(&NotResumed::Record(found.id.clone(), error));
    let config = recorded_config(&found.config).map_err(bad_record)?;
    // Pipelines that moved are named anew; everything else is as the run was given it.
    let config = RunConfig { pipelines: options.place.library.pipelines.clone().or(config.pipelines), ..config };
    let config = config.at(found.date, state);
    let library = Library::open(config.pipelines.as_deref(), registry())?;
    let plan = Plan::resolve(&library, &found.pipeline, &config, clock.as_ref()).map_err(|error: RunError| Failure::from(error))?;
    let context = AttemptContext {
        state: state.clone(),
        clock,
        logs: logs.clone(),
        stop: Stop::listen()?,
        initiator: Initiator::User,
        operators: registry(),
    };
    let progress = Shown::new();
    let outcome = context.resume(&occurrence, &found.id, config, plan, &progress);
    progress.finish();
    run::report_of(outcome.map_err(|error| Failure::of(&error))?, &found.pipeline, &found.date.to_string())
}

fn cancel(options: &OneOptions, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let state = &options.place.state;
    let mut ledger = Ledger::open(state).map_err(failed)?;
    let run = ledger.find(&options.id).map_err(failed)?;
    mark_crashed(&mut ledger, state, run.occurrence, clock, None).map_err(failed)?;
    let became = ledger.cancel(&run.id, clock.now()).map_err(failed)?;
    let mut output = Output::new();
    if options.place.json {
        output.json(&json!({ "run_id": run.id, "occurrence": became }))?;
    } else {
        let text = if became == OccurrenceState::Running { "will end within seconds" } else { "is cancelled" };
        output.line(format!("run {} {text}", run.id))?;
        output.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// When a pipeline runs next.
struct Next {
    pipeline: String,
    at: String,
    utc: Option<DateTime<Utc>>,
    date: String,
    wakes: String,
}

impl Next {
    fn of(pipeline: &Pipeline, now: DateTime<Utc>) -> Self {
        let next = pipeline.schedule.as_ref().and_then(|schedule| Some((schedule, schedule.next_after(now, pipeline.timezone)?)));
        let mut wakes = Vec::new();
        wakes.extend(pipeline.schedule.as_ref().map(|schedule| format!("schedule {} ({})", schedule.as_str(), pipeline.timezone)));
        if !pipeline.execution.after.is_empty() {
            wakes.push(format!("after {}", pipeline.execution.after.join(" and ")));
        }
        wakes.extend(pipeline.execution.when_new.as_ref().map(|new| format!("new files {}", new.files)));
        Self {
            pipeline: pipeline.name.clone(),
            at: next.as_ref().map(|(_, at)| local(at.to_utc(), pipeline.timezone)).unwrap_or_default(),
            utc: next.as_ref().map(|(_, at)| at.to_utc()),
            date: next.map(|(schedule, at)| schedule.logical_date(at).to_string()).unwrap_or_default(),
            wakes: if wakes.is_empty() { "by hand only".to_owned() } else { wakes.join("; ") },
        }
    }

    fn json(&self) -> Value {
        let date = (!self.date.is_empty()).then_some(&self.date);
        json!({ "pipeline": self.pipeline, "at": self.utc.map(instant), "logical_date": date, "wakes_by": self.wakes })
    }
}

fn outcome(run: &RunRow) -> String {
    match run.occurrence_state {
        OccurrenceState::Waiting => format!("{}, waits", run.state),
        _ => run.state.to_string(),
    }
}

fn run_json(run: &RunRow) -> Value {
    json!({
        "run_id": run.id,
        "pipeline": run.pipeline,
        "logical_time": run.logical_time,
        "logical_date": run.date.to_string(),
        "cause": run.cause,
        "state": run.state,
        "occurrence": run.occurrence_state,
        "next_attempt_at": (run.occurrence_state == OccurrenceState::Waiting).then(|| instant(run.due_at)),
        "attempts": run.attempts,
        "began_at": instant(run.created_at),
        "ended_at": run.ended_at.map(instant),
        "stage": run.stage,
        "error": run.error,
        "hint": run.hint,
        "snapshot": run.snapshot,
    })
}

fn other_json(row: &OccurrenceRow) -> Value {
    let occurrence = &row.occurrence;
    json!({
        "pipeline": occurrence.pipeline,
        "logical_time": occurrence.logical_time,
        "logical_date": occurrence.date.to_string(),
        "cause": occurrence.cause,
        "state": occurrence.state,
        "why": row.remark,
    })
}

fn attempt_json(attempt: &crate::scheduler::AttemptRow) -> Value {
    json!({
        "attempt": attempt.number,
        "state": attempt.state,
        "began_at": instant(attempt.began_at),
        "heartbeat_at": instant(attempt.heartbeat_at),
        "ended_at": attempt.ended_at.map(instant),
        "pid": attempt.pid,
        "stage": attempt.stage,
        "error": attempt.error,
    })
}

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn local(moment: DateTime<Utc>, zone: Tz) -> String {
    moment.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A duration for people.
fn duration(took: TimeDelta) -> String {
    let seconds = took.num_milliseconds() as f64 / 1000.0;
    match seconds {
        ..60.0 => format!("{seconds:.1} s"),
        60.0..3600.0 => format!("{} min {:02} s", seconds as u64 / 60, seconds as u64 % 60),
        _ => format!("{} h {:02} min", seconds as u64 / 3600, seconds as u64 / 60 % 60),
    }
}
