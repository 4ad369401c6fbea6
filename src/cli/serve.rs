//! `canbao serve`: the scheduler, until it is asked to end.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::options::LibraryOptions;
use crate::logging::{LogFormat, Logs};
use crate::operators::registry;
use crate::pipeline::{Memory, RunConfig, STATE};
use crate::schedule::Span;
use crate::scheduler::{ServeError, ServeOptions, Stop, process_waker, serve as run_scheduler};
use canbao_publish::PersonIds;
use canbao_rules::policy::Setting;
use canbao_runtime::clock::Clock;

#[derive(Debug, Args)]
pub struct Options {
    /// Where the program keeps what is its own: the ledger, stage files, logs
    #[arg(long, value_name = "DIR", default_value = STATE)]
    state: PathBuf,
    /// Where the extracts are, in place of what the pipelines say
    #[arg(long, value_name = "DIR|URL")]
    data: Option<String>,
    /// Where snapshots go, in place of what the pipelines say
    #[arg(long, value_name = "DIR|URL")]
    publish: Option<String>,
    /// Division code of the policy pack, in place of what the pipelines say
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// A value for a parameter that the pack leaves open; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<Setting>,
    /// What stands for people's numbers and names: plain, masked or pseudonym
    #[arg(long, value_name = "FORM")]
    person_ids: Option<PersonIds>,
    /// How much memory each run may take, such as 4GiB [default: half of the machine's, at most 1GiB]
    #[arg(long, value_name = "SIZE")]
    memory: Option<Memory>,
    #[command(flatten)]
    library: LibraryOptions,
    /// How many runs may be under way together
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// How long runs may go on once the program is asked to end, before they are parked
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    grace: Span,
}

pub fn serve(options: &Options, log_format: LogFormat, clock: Arc<dyn Clock>, logs: &Logs) -> Result<ExitCode, Failure> {
    let config = RunConfig {
        data: options.data.clone(),
        publish: options.publish.clone(),
        region: options.region.clone(),
        settings: options.set.clone(),
        person_ids: options.person_ids,
        memory: options.memory,
        pipelines: options.library.pipelines.clone(),
        ..RunConfig::default()
    };
    let told = ServeOptions {
        state: options.state.clone(),
        config,
        operators: registry(),
        at_once: usize::from(options.jobs),
        grace: options.grace.duration(),
        log_format,
    };
    // A folder of pipelines that is not there is a wrong command line, and not something that may come back.
    options.library.open()?;
    let stop = Stop::listen().map_err(|error| Failure::of(&ServeError::System(error)))?;
    run_scheduler(told, clock, process_waker(stop.signal()), logs, &stop).map_err(|error| Failure::of(&error))?;
    Ok(ExitCode::SUCCESS)
}
