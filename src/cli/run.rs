//! `canbao run`: one run for one logical date, its report, and the snapshot's path as the last line.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::failure::Failure;
use super::options::PipelineOptions;
use super::output::Output;
use super::progress::Shown;
use super::table::{grouped, size, table};
use crate::clock::Clock;
use crate::pipeline::{self, Library, Plan, RunReport, SourceReport, Status};

/// The exit status of a run that a gate stopped.
const HELD: u8 = 3;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pipeline: PipelineOptions,
}

pub fn run(options: &Options, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let json = options.pipeline.run.json;
    let mut output = Output::new();
    let report = match attempt(&options.pipeline, clock) {
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

fn attempt(options: &PipelineOptions, clock: &dyn Clock) -> Result<RunReport, Failure> {
    let PipelineOptions { pipeline, run } = options;
    let library = Library::open(run.library.pipelines.as_deref())?;
    let plan = Plan::resolve(&library, pipeline, &run.overrides(), clock)?;
    let progress = Shown::new();
    let report = pipeline::run(&plan, clock, &progress);
    progress.finish();
    Ok(report?)
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
    let rows = report.stages.iter().map(|stage| vec![stage.stage.clone(), format!("{:.3}", stage.seconds)]);
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
