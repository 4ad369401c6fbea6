//! `canbao plan`: what a run would do; changes nothing.

use std::io;
use std::process::ExitCode;

use clap::Args;

use super::failure::Failure;
use super::options::{PipelineOptions, open_library};
use super::output::Output;
use super::parameters::parameters;
use super::table::{size, table};
use crate::pipeline::{Library, Pipeline, Plan, Preview, upcoming};
use canbao_runtime::clock::Clock;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pipeline: PipelineOptions,
    /// Show the next N occurrences of its schedule, too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    next: Option<u16>,
}

pub fn plan(options: &Options, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let PipelineOptions { pipeline, run: config, json } = &options.pipeline;
    let library = open_library(config)?;
    let plan = Plan::resolve(&library, pipeline, config, clock)?;
    let mut preview = Preview::of(&plan, clock)?;
    preview.occurrences = options.next.map(|count| upcoming(&plan.pipeline, clock.now(), count.into()));
    preview.problems = problems(&library, &plan.pipeline);
    let mut output = Output::new();
    if *json {
        output.json(&preview)?
    } else {
        show(&preview, &mut output)?
    }
    Ok(ExitCode::SUCCESS)
}

/// What is wrong with how the pipeline follows others. Their files are read only if it follows any.
fn problems(library: &Library, pipeline: &Pipeline) -> Vec<String> {
    if pipeline.execution.after.is_empty() {
        return Vec::new();
    }
    let pipelines: Vec<_> = library.load_all().into_iter().filter_map(|(_, pipeline)| pipeline.ok()).collect();
    let faults = library.check_after(&pipelines).into_iter();
    faults.filter(|(name, _)| *name == pipeline.name).map(|(_, fault)| fault.to_string()).collect()
}

fn show(preview: &Preview, output: &mut Output) -> io::Result<()> {
    output.line(format!("{}: {}", preview.pipeline, preview.title))?;
    let year = preview.benefit_year.map(|year| format!(", benefit year {year}")).unwrap_or_default();
    output.line(format!("for {}, region {} {}{year}", preview.logical_date, preview.region, preview.region_name))?;
    if let Some(schedule) = &preview.schedule {
        let next = preview.next.as_deref().unwrap_or("never");
        let about = preview.next_logical_date.as_ref().map(|date| format!(", for {date}")).unwrap_or_default();
        output.line(format!("schedule {schedule} ({}), next {next}{about}", preview.timezone))?;
    }
    for wakes in &preview.wakes {
        output.line(wakes)?;
    }
    if preview.schedule.is_none() && preview.wakes.is_empty() {
        output.line("no schedule: runs when somebody starts it")?;
    }
    for problem in &preview.problems {
        output.line(format!("the runner would not wake it so: {problem}"))?;
    }
    if let Some(occurrences) = preview.occurrences.as_ref().filter(|occurrences| !occurrences.is_empty()) {
        let rows = occurrences.iter().map(|one| vec![one.local.clone(), one.utc.clone(), one.logical_date.clone()]);
        output.line("\nnext occurrences")?;
        output.line(table(&["local time", "UTC", "logical date"], rows))?;
    }
    if !preview.inputs.is_empty() {
        output.line(format!("\nextracts in {}", preview.data))?;
        output.line(inputs(preview))?;
    }
    if !preview.snapshots.is_empty() {
        output.line("\nsnapshots")?;
        output.line(snapshots(preview))?;
    }
    output.line(format!("\npolicy in force, pack {}", preview.policy.sha256))?;
    output.line(parameters(&preview.policy.parameters))?;
    output.line("\nstages")?;
    let stages = preview.stages.iter().map(|stage| vec![stage.stage.clone(), stage.kind.to_owned(), stage.datasets.join(", ")]);
    output.line(table(&["stage", "kind", "datasets"], stages))?;
    for gate in &preview.gates {
        output.line(format!("gate: {gate}"))?;
    }
    output.line(format!("\nwould publish {} (person_ids {})", preview.publish.datasets.join(", "), preview.publish.person_ids))?;
    for documents in &preview.publish.documents {
        output.line(format!("and documents: {documents}"))?;
    }
    output.line(format!("as {}", preview.publish.snapshot))?;
    io::Write::flush(output)
}

fn inputs(preview: &Preview) -> String {
    let mut rows = Vec::new();
    for input in &preview.inputs {
        let name = [input.source.clone(), input.title.clone()];
        for file in &input.files {
            rows.push([&name[..], &[file.file.clone(), size(file.bytes)]].concat());
        }
        match &input.problem {
            Some(problem) => rows.push([&name[..], &[format!("the run would stop: {problem}"), String::new()]].concat()),
            None if input.files.is_empty() => rows.push([&name[..], &["absent, optional".to_owned(), String::new()]].concat()),
            None => {}
        }
    }
    table(&["extract", "title", "file", "#size"], rows)
}

fn snapshots(preview: &Preview) -> String {
    let rows = preview.snapshots.iter().map(|chosen| {
        let found = match (&chosen.snapshot, &chosen.problem) {
            (Some(snapshot), _) => snapshot.clone(),
            (None, Some(problem)) => format!("the run would stop: {problem}"),
            (None, None) => "absent, optional".to_owned(),
        };
        vec![chosen.pipeline.clone(), found, chosen.run_id.clone().unwrap_or_default()]
    });
    table(&["pipeline", "snapshot", "run"], rows)
}
