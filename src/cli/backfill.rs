//! `canbao backfill`: every occurrence in a span of the past that has no successful run, oldest first.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::options::{PipelineOptions, open_library};
use super::output::Output;
use super::run::HELD;
use super::table::table;
use crate::logging::LogFormat;
use crate::pipeline::STATE;
use crate::scheduler::{Backfill, Done, OccurrenceState, Stop};
use canbao_rules::period::Day;
use canbao_runtime::clock::Clock;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pipeline: PipelineOptions,
    /// The first logical date
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Day,
    /// The last logical date
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Day,
    /// How many runs may be under way together
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
}

/// An option that makes no sense for a span.
#[derive(Debug, thiserror::Error)]
#[error("`--date` names one day")]
struct OneDay;

pub fn backfill(options: &Options, log_format: LogFormat, clock: &Arc<dyn Clock>) -> Result<ExitCode, Failure> {
    let PipelineOptions { pipeline, run, json: as_json } = &options.pipeline;
    if run.date.is_some() {
        return Err(Failure::configuration(&OneDay).with_hint(Some("a span has `--from` and `--to`".to_owned())));
    }
    let library = open_library(run)?;
    let pipeline = library.pipeline(pipeline)?;
    let span = Backfill {
        pipeline: &pipeline,
        from: options.from,
        to: options.to,
        at_once: usize::from(options.jobs),
        state: run.state.clone().unwrap_or_else(|| PathBuf::from(STATE)),
        config: run.clone(),
        log_format,
    };
    let stop = Stop::listen()?;
    let mut tell = |done: &Done| {
        // Nowhere is left to say that standard error is closed.
        let _ = writeln!(std::io::stderr(), "{}: {}", done.item.date, outcome(done));
    };
    let done = span.work(clock, &stop, &mut tell).map_err(|error| Failure::of(&error))?;
    let mut output = Output::new();
    if *as_json {
        let items: Vec<_> = done.iter().map(json).collect();
        output.json(&serde_json::json!({ "pipeline": pipeline.name, "occurrences": items }))?;
    } else {
        let rows = done.iter().map(|done| {
            let run = done.run.clone().unwrap_or_default();
            vec![done.item.logical_time.clone(), done.item.date.to_string(), outcome(done), run]
        });
        output.line(table(&["occurrence", "date", "outcome", "run"], rows))?;
        output.flush()?;
    }
    let is = |wanted: OccurrenceState| done.iter().any(|done| done.state == Some(wanted));
    let well = |done: &Done| matches!(done.state, None | Some(OccurrenceState::Succeeded | OccurrenceState::Held));
    Ok(match () {
        () if stop.asked() > 0 || !done.iter().all(well) => ExitCode::FAILURE,
        () if is(OccurrenceState::Held) => ExitCode::from(HELD),
        () => ExitCode::SUCCESS,
    })
}

fn outcome(done: &Done) -> String {
    let state = done.state.map_or("had succeeded before", OccurrenceState::as_str);
    done.error.as_ref().map_or_else(|| state.to_owned(), |error| format!("{state}: {error}"))
}

fn json(done: &Done) -> serde_json::Value {
    serde_json::json!({
        "logical_time": done.item.logical_time,
        "logical_date": done.item.date.to_string(),
        "state": done.state.map_or("succeeded", OccurrenceState::as_str),
        "ran": done.state.is_some(),
        "run_id": done.run,
        "error": done.error,
    })
}
