//! `canbao sample`: a synthetic set of extracts, the same bytes for the same arguments.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::options::LibraryOptions;
use super::output::Output;
use super::progress::Shown;
use super::table::{grouped, size, table};
use crate::pipeline::Progress;
use canbao_rules::period::{Day, MonthSpan};
use canbao_sample::{SampleError, SampleOptions, SampleReport, What, region_of_likeness, write};

#[derive(Debug, Args)]
pub struct Options {
    /// The folder to write to: empty, or with an earlier sample, of which a county replaces all and settlements replace
    /// settlements
    folder: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value_t = Kind::County)]
    what: Kind,
    /// How many persons the county has
    #[arg(long, value_name = "N", required_if_eq("what", "county"))]
    persons: Option<u64>,
    /// How many settlements
    #[arg(long, value_name = "N", conflicts_with = "persons")]
    rows: Option<u64>,
    /// The months of the settlements, both included [default: the benefit year and the year before]
    #[arg(long, value_name = "YYYY-MM..YYYY-MM", value_parser = months, conflicts_with = "persons")]
    months: Option<MonthSpan>,
    /// Settlements with the sums that a bureau has published, such as huaibei-2023
    #[arg(long, value_name = "NAME", conflicts_with_all = ["persons", "rows", "months", "year", "plain"])]
    like: Option<String>,
    /// Another seed gives other persons [default with --like: 1]
    #[arg(long, value_name = "S", required_unless_present = "like", default_value_if("like", clap::builder::ArgPredicate::IsPresent, "1"))]
    seed: Option<u64>,
    /// The region's division code of six digits; there is a policy pack for it [default with --like: the bureau's]
    #[arg(long, value_name = "CODE", required_unless_present = "like")]
    region: Option<String>,
    /// The benefit year, of those that the region's pack knows [default: the latest]
    #[arg(long, value_name = "Y")]
    year: Option<i32>,
    #[command(flatten)]
    library: LibraryOptions,
    /// UTF-8 CSV with the platform's column names throughout, instead of the formats that offices send; settlements by
    /// themselves always are
    #[arg(long)]
    plain: bool,
    /// Print one JSON report and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// All extracts that the region's rules ask for
    County,
    /// The settlement extract alone, of any size
    Settlement,
}

pub fn sample(options: &Options) -> Result<ExitCode, Failure> {
    let wanted = options.wanted()?;
    let library = options.library.open()?;
    let progress = Shown::new();
    progress.stage_begins("sample");
    let part = Mutex::new((String::new(), 0));
    let report = write(&wanted, library.packs(), &|told| {
        let Ok(mut part) = part.lock() else { return };
        if part.0 != told.file {
            *part = (told.file.to_owned(), 0);
            progress.part_begins(told.file, told.of);
        }
        progress.advance(told.done.saturating_sub(part.1));
        part.1 = told.done;
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

impl Options {
    fn wanted(&self) -> Result<SampleOptions, Failure> {
        let what = match (self.what, &self.like, self.rows, self.persons) {
            (Kind::County, None, None, Some(persons)) if self.months.is_none() => What::County { persons, plain: self.plain },
            (Kind::Settlement, Some(name), ..) => What::Likeness { name: name.clone() },
            (Kind::Settlement, None, Some(rows), None) => What::Settlement { rows, months: self.months },
            (Kind::Settlement, ..) => return Err(wrong(&Misuse::Settlement)),
            (Kind::County, ..) => return Err(wrong(&Misuse::County)),
        };
        let region = match (&self.region, &self.like) {
            (Some(region), _) => region.clone(),
            (None, Some(name)) => region_of_likeness(name).map_err(|error| failure(&error))?,
            (None, None) => return Err(wrong(&Misuse::Region)),
        };
        Ok(SampleOptions { folder: self.folder.clone(), seed: self.seed.unwrap_or_default(), region, year: self.year, what })
    }
}

/// Options that do not go together.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    #[error("`--what county` takes `--persons N`, not `--rows`, `--months` or `--like`")]
    County,
    #[error("`--what settlement` takes `--rows N`, with or without `--months`, or `--like NAME`, not `--persons`")]
    Settlement,
    #[error("no region, expected `--region CODE`")]
    Region,
}

fn wrong(misuse: &Misuse) -> Failure {
    let hint = matches!(misuse, Misuse::County).then(|| "settlements are written with `--what settlement`".to_owned());
    Failure::configuration(misuse).with_hint(hint)
}

/// Reads `YYYY-MM..YYYY-MM`.
fn months(text: &str) -> Result<MonthSpan, String> {
    let month = |text: &str| format!("{text}-01").parse::<Day>().ok().map(Day::month);
    let span = text.split_once("..").and_then(|(first, last)| MonthSpan::new(month(first)?, month(last)?));
    span.ok_or_else(|| "expected two months as YYYY-MM..YYYY-MM, the later one last".to_owned())
}

fn failure(error: &SampleError) -> Failure {
    let failure = if error.is_usage() { Failure::configuration(error) } else { Failure::failed(error) };
    failure.with_hint(error.hint())
}

fn show(report: &SampleReport, options: &Options, output: &mut Output) -> io::Result<()> {
    let rows = report.files.iter().map(|file| vec![file.file.clone(), grouped(file.rows), size(file.bytes)]);
    output.line(table(&["file", "#rows", "#size"], rows))?;
    for setting in &report.settings {
        output.line(format!("note: the region's documents leave a value open; runs on this sample may take `--set {setting}`"))?;
    }
    output.line(options.folder.display().to_string())?;
    io::Write::flush(output)
}
