//! `canbao sample`: a synthetic set of extracts, the same bytes for the same arguments.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::Args;

use super::failure::Failure;
use super::output::Output;
use super::progress::Shown;
use super::table::{grouped, size, table};
use crate::pipeline::Progress;
use crate::sample::{SampleError, SampleOptions, SampleReport, write};

#[derive(Debug, Args)]
pub struct Options {
    /// The folder to write to: empty, or with an earlier sample
    folder: PathBuf,
    /// How many persons
    #[arg(long, value_name = "N")]
    persons: u64,
    /// Another seed gives other persons
    #[arg(long, value_name = "S")]
    seed: u64,
    /// The region's division code of six digits
    #[arg(long, value_name = "CODE")]
    region: u32,
    /// UTF-8 CSV with the platform's column names throughout, instead of the formats that offices send
    #[arg(long)]
    plain: bool,
    /// Print one JSON report and nothing else
    #[arg(long)]
    json: bool,
}

pub fn sample(options: &Options) -> Result<ExitCode, Failure> {
    let Options { folder, persons, seed, region, plain, .. } = options;
    let wanted = SampleOptions { folder: folder.clone(), persons: *persons, seed: *seed, region: *region, plain: *plain };
    let progress = Shown::new();
    progress.stage_begins("sample");
    let part = Mutex::new((String::new(), 0));
    let report = write(&wanted, &|told| {
        let Ok(mut part) = part.lock() else { return };
        if part.0 != told.file {
            *part = (told.file.to_owned(), 0);
            progress.part_begins(told.file, told.of);
        }
        progress.advance(told.persons.saturating_sub(part.1));
        part.1 = told.persons;
    });
    progress.finish();
    let report = report.map_err(|error| failure(&error))?;
    let mut output = Output::new();
    if options.json {
        output.json(&report)?
    } else {
        show(&report, options, &mut output)?
    }
    Ok(ExitCode::SUCCESS)
}

fn failure(error: &SampleError) -> Failure {
    let failure = if error.is_usage() { Failure::configuration(error) } else { Failure::failed(error) };
    failure.with_hint(error.hint().map(str::to_owned))
}

fn show(report: &SampleReport, options: &Options, output: &mut Output) -> io::Result<()> {
    let rows = report.files.iter().map(|file| vec![file.file.clone(), grouped(file.rows), size(file.bytes)]);
    output.line(table(&["file", "#rows", "#size"], rows))?;
    output.line(options.folder.display().to_string())?;
    io::Write::flush(output)
}
