//! `canbao check`: one extract against its declared columns.
//!
//! Exit status 0 whatever the rows are like; 1 if the file cannot be read or lacks a required column.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::options::LibraryOptions;
use super::output::Output;
use super::table::{grouped, table};
use crate::pipeline::{LibraryError, nearest};
use canbao_rules::identity::mask;
use canbao_rules::period::Day;
use canbao_rules::policy::Packs;
use canbao_runtime::clock::Clock;
use canbao_sources::{CheckedExtract, Contract, Encoding, NoProgress, Request, Source};

#[derive(Debug, Args)]
pub struct Options {
    /// The extract's declared columns: household, identity, enrollment, student, payment, mutual_aid, target, settlement or incentive_use
    contract: String,
    /// The file, or a folder of its parts
    file: String,
    /// The day as of which a birth date lies in the future [default: today in Asia/Shanghai]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Day>,
    /// Division code of the pack whose identity labels are known [default: the labels of all packs]
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    #[command(flatten)]
    library: LibraryOptions,
    /// Print one JSON report, with values as they stand in the file
    #[arg(long)]
    json: bool,
}

/// The report of `check`.
#[derive(Debug, Serialize)]
struct Report {
    source: &'static str,
    file: String,
    rows_read: u64,
    rows_used: u64,
    rows_rejected: u64,
    rejects: Vec<Rejected>,
}

#[derive(Debug, Serialize)]
struct Rejected {
    /// Only where the extract has several parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    line: u64,
    column: Option<&'static str>,
    value: Option<String>,
    reason: &'static str,
}

/// A contract that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no contract `{name}`, expected one of {known}")]
struct UnknownContract {
    name: String,
    known: String,
}

pub fn check(options: &Options, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let contract = contract(&options.contract)?;
    let library = options.library.open()?;
    let labels = labels(library.packs(), options.region.as_deref())?;
    let on = options.date.unwrap_or_else(|| clock.today(chrono_tz::Asia::Shanghai));
    let request = Request { contract, columns: &[], split: None, labels: Some(&labels), on, encoding: Encoding::Auto };
    let read = Source::at(&options.file, contract.name).and_then(|source| canbao_sources::check_extract(&source, &request, &NoProgress));
    let checked = read.map_err(|error| Failure::of(&error))?;
    let report = report(contract, &options.file, checked);
    let mut output = Output::new();
    if options.json {
        output.json(&report)?
    } else {
        show(&report, &mut output)?
    }
    Ok(ExitCode::SUCCESS)
}

fn contract(name: &str) -> Result<&'static Contract, Failure> {
    canbao_sources::contract(name).ok_or_else(|| {
        let names: Vec<&str> = canbao_sources::CONTRACTS.iter().map(|contract| contract.name).collect();
        let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let error = UnknownContract { name: name.to_owned(), known: known.join(", ") };
        Failure::configuration(&error).with_hint(nearest(name, &names).map(|near| format!("did you mean `{near}`?")))
    })
}

/// The labels of one region's pack, or those that any pack knows.
fn labels(packs: &Packs, region: Option<&str>) -> Result<canbao_sources::Labels, LibraryError> {
    let packs = match region {
        Some(region) => vec![packs.by_region(region)?],
        None => packs.iter().collect(),
    };
    let years = packs.iter().flat_map(|pack| pack.years());
    Ok(years.flat_map(|policy| policy.labels().iter()).map(|(label, category)| (label, category.index())).collect())
}

fn report(contract: &Contract, file: &str, checked: CheckedExtract) -> Report {
    let several = checked.files.len() > 1;
    let rejects = checked.rejects.into_iter().map(|reject| Rejected {
        file: checked.files.get(reject.origin.file()).filter(|_| several).map(|file| file.path.clone()),
        line: reject.origin.line(),
        column: reject.column,
        value: reject.value.map(String::from),
        reason: reject.reason.as_str(),
    });
    let rejects: Vec<Rejected> = rejects.collect();
    let rows_read = checked.files.iter().map(|file| file.rows_read).sum();
    let rows_rejected = rejects.len() as u64;
    let rows_used = u64::saturating_sub(rows_read, rows_rejected);
    Report { source: contract.name, file: file.to_owned(), rows_read, rows_used, rows_rejected, rejects }
}

fn show(report: &Report, output: &mut Output) -> io::Result<()> {
    if !report.rejects.is_empty() {
        let several = report.rejects.iter().any(|reject| reject.file.is_some());
        let rows = report.rejects.iter().map(|reject| {
            let place = match &reject.file {
                Some(file) => format!("{file} {}", reject.line),
                None => reject.line.to_string(),
            };
            vec![place, reject.column.unwrap_or_default().to_owned(), shown_value(reject), reject.reason.to_owned()]
        });
        let place = if several { "file and line" } else { "#line" };
        output.line(table(&[place, "column", "value", "reason"], rows))?;
    }
    let [read, used, rejected] = [report.rows_read, report.rows_used, report.rows_rejected].map(grouped);
    output.line(format!("{} {}: {read} rows read, {used} used, {rejected} rejected", report.source, report.file))?;
    io::Write::flush(output)
}

/// A value as a screen may show it: whatever may identify a person is masked.
fn shown_value(reject: &Rejected) -> String {
    let value = reject.value.as_deref().unwrap_or_default();
    let personal = reject.column.is_some_and(|column| {
        column.contains("certno")
            || matches!(column, "psn_name" | "psn_no" | "hshd_no" | "order_no" | "setl_id" | "init_setl_id" | "mdtrt_id")
    });
    if personal { mask(value) } else { value.to_owned() }
}
