//! The command line: one command a file, each a thin layer over a room of the library.
//!
//! Results go to standard output, progress and logs to standard error. Exit status: 0 done, 1 failed, 2 wrong command
//! line or configuration, 3 stopped at a gate.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

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
mod sample;
mod table;

use crate::clock::{Clock, SystemClock};
use failure::Failure;

/// The environment variable that says what is logged, such as `info` or `canbao=debug`.
const LOG: &str = "CANBAO_LOG";

/// Scheduled pipelines for a county's medical-insurance enrollment (参保).
#[derive(Debug, Parser)]
#[command(name = "canbao", version, about, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit status: 0 done; 1 failed; 2 wrong command line or configuration; 3 stopped at a data-quality gate.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a pipeline for one logical date and publish a snapshot
    Run(run::Options),
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
    /// Write a synthetic set of extracts
    Sample(sample::Options),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // A closed pipe is no reason to complain about help that nobody reads.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    start_log();
    match follow(line.command, &SystemClock) {
        Ok(status) => status,
        Err(failure) => failure.tell(),
    }
}

fn follow(command: Command, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(options) => run::run(&options, clock),
        Command::Plan(options) => plan::plan(&options, clock),
        Command::Check(options) => check::check(&options, clock),
        Command::CheckPolicy(options) => check_policy::check_policy(&options),
        Command::Explain(options) => explain::explain(&options, clock),
        Command::Query(options) => query::query(&options),
        Command::Sample(options) => sample::sample(&options),
    }
}

fn start_log() {
    let filter = EnvFilter::try_from_env(LOG).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
