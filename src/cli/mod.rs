//! The command line: one command a file, each a thin layer over a room of the library.
//!
//! Results go to standard output, progress and logs to standard error. Exit status: 0 done, 1 failed, 2 wrong command
//! line or configuration, 3 stopped at a gate.

use std::borrow::Cow;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use chrono_tz::Tz;
use clap::{Parser, Subcommand};

mod attempt;
mod backfill;
mod bulletin;
mod check;
mod check_policy;
mod explain;
mod failure;
mod options;
mod output;
mod parameters;
mod plan;
mod progress;
mod query;
mod run;
mod runs;
mod sample;
mod serve;
mod table;

use crate::logging::{self, LogFormat, Logs};
use canbao_rules::identity::mask_text;
use canbao_runtime::clock::{Clock, clock};
use failure::Failure;

/// The environment variable that says what is logged, such as `info` or `canbao=debug`.
const LOG: &str = "CANBAO_LOG";
/// The zone in which people read the log's times: the one that pipelines are in unless they say otherwise.
const LOG_ZONE: Tz = Tz::Asia__Shanghai;

/// Scheduled pipelines for a county's medical-insurance enrollment (参保).
#[derive(Debug, Parser)]
#[command(name = "canbao", version, about, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit status: 0 done; 1 failed; 2 wrong command line or configuration; 3 stopped at a data-quality gate.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    /// How the log on standard error is written: text or json
    #[arg(long, global = true, value_name = "FORM", default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a pipeline for one logical date and publish a snapshot
    Run(run::Options),
    /// Run pipelines by their schedules until asked to end
    Serve(serve::Options),
    /// Run every occurrence in a span of the past that has no successful run
    Backfill(backfill::Options),
    /// Show what ran, what is due, and what failed and why
    Runs(runs::Options),
    #[command(name = crate::scheduler::ATTEMPT, hide = true)]
    Attempt(attempt::Options),
    /// Show what a run would do; changes nothing
    Plan(plan::Options),
    /// Check one extract against its declared columns
    Check(check::Options),
    /// Check a policy pack, and show what it holds
    CheckPolicy(check_policy::Options),
    /// Show why each decision on one person was made
    Explain(explain::Options),
    /// Query the latest published datasets with SQL
    Query(query::Options),
    /// Write the monthly bulletin from published snapshots
    Bulletin(bulletin::Options),
    /// Write a synthetic set of extracts
    Sample(sample::Options),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // A closed pipe is no reason to complain about help that nobody reads.
            let _ = match mask_text(&error.to_string()) {
                Cow::Borrowed(_) => error.print(),
                // A number beside an option that is wrong, such as a person's.
                Cow::Owned(masked) => io::stderr().write_all(masked.as_bytes()),
            };
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let clock = clock();
    // What runs pipelines logs to a file as well, by way of this.
    let logs = start_log(line.log_format, Arc::clone(&clock));
    match follow(line, clock, &logs) {
        Ok(status) => status,
        Err(failure) => failure.tell(),
    }
}

fn follow(line: CommandLine, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    match line.command {
        Command::Run(options) => run::run(&options, clock, logs),
        Command::Serve(options) => serve::serve(&options, line.log_format, clock, logs),
        Command::Backfill(options) => backfill::backfill(&options, line.log_format, &clock),
        Command::Runs(options) => runs::runs(&options, clock, logs),
        Command::Attempt(options) => attempt::attempt(&options, clock, logs),
        Command::Plan(options) => plan::plan(&options, clock.as_ref()),
        Command::Check(options) => check::check(&options, clock.as_ref()),
        Command::CheckPolicy(options) => check_policy::check_policy(&options),
        Command::Explain(options) => explain::explain(&options, clock.as_ref()),
        Command::Query(options) => query::query(&options),
        Command::Bulletin(options) => bulletin::bulletin(&options),
        Command::Sample(options) => sample::sample(&options),
    }
}

fn start_log(format: LogFormat, clock: Arc<dyn Clock>) -> Logs {
    let options = logging::Options { format, filter: std::env::var(LOG).ok(), zone: LOG_ZONE };
    logging::start(&options, clock)
}
