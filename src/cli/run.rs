//! `canbao run`: one run for one logical date, its report, and the snapshot's path as the last line.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::options::{PipelineOptions, open_library};
use super::output::Output;
use super::progress::Shown;
use super::table::{grouped, size, table};
use crate::logging::Logs;
use crate::operators::registry;
use crate::pipeline::{Plan, RunReport, SourceReport, StageReport, Status};
use crate::scheduler::{
    AttemptContext, AttemptOutcome, Cause, Initiator, Ledger, LedgerError, OccurrenceState, PlanSource, Stop, mark_crashed,
};
use canbao_runtime::clock::Clock;

/// The exit status of a run that a gate stopped.
pub const HELD: u8 = 3;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pipeline: PipelineOptions,
}

pub fn run(options: &Options, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    show(attempt(&options.pipeline, clock, logs), options.pipeline.json)
}

/// Shows what a run outcome to, and gives the exit status.
pub fn show(report: Result<RunReport, Failure>, json: bool) -> Result<ExitCode, Failure> {
    let mut output = Output::new();
    let report = match report {
        Ok(report) => report,
        Err(failure) => {
            if json {
                output.json(&serde_json::json!({ "status": "failed", "failure": failure }))?;
            }
            return Err(failure);
        }
    };
    tell_findings(&report);
    // The run is over: that nobody reads its summary any more does not change how it ended.
    let told = if json { output.json(&report) } else { summary(&report, &mut output) };
    match told {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(if report.status == Status::Held { ExitCode::from(HELD) } else { ExitCode::SUCCESS }),
    }
}

/// Another process works on the same run.
#[derive(Debug, thiserror::Error)]
#[error(
    "another run of `{pipeline}` for {date} is under way\nhint: `canbao runs` shows it; wait for its end, or cancel it with `canbao runs cancel`"
)]
pub struct UnderWay {
    pub pipeline: String,
    pub date: String,
}

fn attempt(options: &PipelineOptions, clock: Arc<dyn Clock>, logs: &Logs) -> Result<RunReport, Failure> {
    let PipelineOptions { pipeline, run: config, .. } = options;
    let library = open_library(config)?;
    let plan = Plan::resolve(&library, pipeline, config, clock.as_ref())?;
    let failed = |error: LedgerError| Failure::of(&error);
    let mut ledger = Ledger::open(&plan.state).map_err(failed)?;
    let date = plan.date;
    let ask = |ledger: &mut Ledger| ledger.ask_for(pipeline, &date.to_string(), date, Cause::Manual, clock.now()).map_err(failed);
    let mut occurrence = ask(&mut ledger)?;
    if occurrence.state == OccurrenceState::Running {
        // If that one is dead, this one may begin.
        mark_crashed(&mut ledger, &plan.state, occurrence.id, clock.as_ref(), Some(&plan.pipeline)).map_err(failed)?;
        occurrence = ask(&mut ledger)?;
    }
    drop(ledger);
    let context = AttemptContext {
        state: plan.state.clone(),
        clock,
        logs: logs.clone(),
        stop: Stop::listen()?,
        initiator: Initiator::User,
        operators: registry(),
    };
    let progress = Shown::new();
    let outcome = context.attempt(&occurrence, config, PlanSource::Resolved(Box::new(plan)), &progress);
    progress.finish();
    report_of(outcome.map_err(|error| Failure::of(&error))?, pipeline, &date.to_string())
}

/// The report of a run that outcome to one.
pub fn report_of(outcome: AttemptOutcome, pipeline: &str, date: &str) -> Result<RunReport, Failure> {
    match outcome {
        AttemptOutcome::Completed(report) => Ok(*report),
        AttemptOutcome::Failed(error) => Err(error.into()),
        AttemptOutcome::Superseded => Err(Failure::failed(&UnderWay { pipeline: pipeline.to_owned(), date: date.to_owned() })),
    }
}

/// Broken gates are told where errors are told, with `--json` too.
fn tell_findings(report: &RunReport) {
    let mut errors = String::new();
    for finding in report.gates.iter().filter(|finding| !finding.passed) {
        errors.push_str(&format!("error: gate broken: {}: {}\n", finding.subject, finding.figures));
    }
    if report.status == Status::Held {
        let rejects = report.held.as_ref().map(|held| format!("; the rejects are in {held}")).unwrap_or_default();
        let input = if report.sources.is_empty() { "what the snapshots were made of" } else { "the extracts" };
        errors.push_str(&format!("nothing was published{rejects}\n"));
        errors.push_str(&format!("hint: mend {input}, or change the pipeline's `[[gate]]`, and run again\n"));
    }
    let _ = io::stderr().write_all(errors.as_bytes());
}

fn summary(report: &RunReport, output: &mut Output) -> io::Result<()> {
    let year = report.benefit_year.map(|year| format!(", benefit year {year}")).unwrap_or_default();
    output.line(format!("{} for {}, region {}{year}, run {}", report.pipeline, report.logical_date, report.region, report.run_id))?;
    output.line("")?;
    if !report.sources.is_empty() {
        output.line(sources(report))?;
    }
    for snapshot in &report.snapshots {
        output.line(format!("read {} {}, run {}", snapshot.pipeline, snapshot.snapshot, snapshot.run_id))?;
    }
    for absent in &report.absent {
        output.line(format!("no extract `{absent}`: optional, what depends on it is left out"))?;
    }
    for absent in &report.absent_snapshots {
        output.line(format!("no snapshot of {absent}: optional"))?;
    }
    for source in &report.sources {
        output_aside(source, output)?;
    }
    for note in &report.notes {
        output.line(format!("note: {}", note.text))?;
    }
    output.line("")?;
    if report.status == Status::Published {
        let rows = report.datasets.iter().map(|d| vec![d.name.clone(), d.title.clone(), grouped(d.rows)]);
        output.line(table(&["dataset", "title", "#rows"], rows))?;
        output.line("")?;
        if !report.documents.is_empty() {
            let rows = report.documents.iter().map(|d| vec![d.entry.file.clone(), d.title.clone(), size(d.entry.bytes)]);
            output.line(table(&["document", "title", "#size"], rows))?;
            output.line("")?;
        }
    }
    let took = |stage: &StageReport| if stage.restored { "kept".to_owned() } else { format!("{:.3}", stage.seconds) };
    let rows = report.stages.iter().map(|stage| vec![stage.stage.clone(), took(stage)]);
    output.line(table(&["stage", "#seconds"], rows))?;
    output.line("")?;
    if let Some(last) = report.snapshot.as_ref().or(report.held.as_ref()) {
        output.line(last)?;
    }
    output.flush()
}

/// Used rows that play no part in the counts, where there are any.
fn output_aside(source: &SourceReport, output: &mut Output) -> io::Result<()> {
    let aside = [(source.elsewhere, "of other regions"), (source.not_yet, "of days to come")];
    let told: Vec<String> =
        aside.iter().filter_map(|(rows, of)| Some(format!("{} {of}", grouped(rows.filter(|&rows| rows > 0)?)))).collect();
    if told.is_empty() { Ok(()) } else { output.line(format!("{}: used and not counted: {}", source.source, told.join(", "))) }
}

fn sources(report: &RunReport) -> String {
    let rows = report.sources.iter().map(|source| {
        let reasons: Vec<String> = source.by_reason.iter().map(|(reason, rows)| format!("{reason} {}", grouped(*rows))).collect();
        let counts = [source.rows_read, source.rows_used, source.rows_rejected].map(grouped);
        [vec![source.source.clone()], counts.to_vec(), vec![reasons.join(", ")]].concat()
    });
    table(&["source", "#rows in", "#used", "#rejected", "reasons"], rows)
}
