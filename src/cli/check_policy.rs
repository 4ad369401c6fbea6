//! `canbao check-policy`: a policy pack against what packs have to be, and what it holds.
//!
//! Exit status 0 for a good pack, with warnings or without; 2 for one that is refused, with every fault; 1 if the
//! file cannot be read, as with `check`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::output::Output;
use super::parameters::parameters;
use super::table::table;
use crate::pipeline::ParameterPreview;
use crate::policies::{self, PacksError};
use canbao_rules::policy::{Pack, Policy, PolicyError, Position, Remark, Review, Severity};

/// The exit status of a pack that is refused: the configuration is wrong.
const REFUSED: u8 = 2;

#[derive(Debug, Args)]
pub struct Options {
    /// The pack's file, such as pipelines/policies/340322.toml
    file: PathBuf,
    /// Print one JSON report
    #[arg(long)]
    json: bool,
}

/// The report on a good pack.
#[derive(Debug, Serialize)]
struct Good {
    file: String,
    verdict: &'static str,
    region: Region,
    sha256: String,
    documents: Vec<Document>,
    benefit_years: Vec<Year>,
    /// What holds for settlement statistics on the last logical date.
    settlement: Settlement,
    labels: Vec<Label>,
    /// What `--set` may give.
    settings: Vec<&'static str>,
    warnings: Vec<Told>,
    notes: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Region {
    code: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Document {
    key: String,
    number: String,
    title: String,
    /// Whether number or title are not the document's own.
    described: bool,
}

#[derive(Debug, Serialize)]
struct Year {
    year: i32,
    window: Span,
    /// The logical dates of the year.
    dates: Span,
    premium_personal: String,
    /// What the pack says of the year before.
    premium_personal_before: Option<String>,
    fiscal_subsidy: Option<String>,
    parameters: Vec<ParameterPreview>,
    readings: usize,
    not_stated: usize,
}

#[derive(Debug, Serialize)]
struct Settlement {
    date: String,
    parameters: Vec<ParameterPreview>,
}

#[derive(Debug, Serialize)]
struct Span {
    first: String,
    last: String,
}

#[derive(Debug, Serialize)]
struct Label {
    label: String,
    category: &'static str,
}

/// A remark, with the place that it is about.
#[derive(Debug, Serialize)]
struct Told {
    line: usize,
    column: usize,
    text: String,
}

/// The report on a pack that is refused.
#[derive(Debug, Serialize)]
struct Refused {
    file: String,
    verdict: &'static str,
    faults: Vec<FaultTold>,
}

#[derive(Debug, Serialize)]
struct FaultTold {
    line: Option<usize>,
    column: Option<usize>,
    fault: String,
    hint: Option<String>,
}

pub fn check_policy(options: &Options) -> Result<ExitCode, Failure> {
    let file = options.file.to_string_lossy().into_owned();
    let mut output = Output::new();
    match review(&options.file, &file)? {
        Ok(review) => {
            let report = good(&review, file);
            if options.json {
                output.json(&report)?
            } else {
                show(&report, &mut output)?
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(faults) => {
            tell(&faults, &file);
            if options.json {
                let faults = faults.iter().map(fault_told).collect();
                output.json(&Refused { file, verdict: "refused", faults })?;
            }
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// The pack with remarks, or its faults; a failure where the file cannot be read.
fn review(path: &Path, name: &str) -> Result<Result<Review, Vec<PolicyError>>, Failure> {
    match policies::read_text(path) {
        Ok(text) => Ok(Pack::review(&text, name)),
        Err(error @ PacksError::Unreadable { .. }) => {
            let hint = "name the file of one pack, such as pipelines/policies/340322.toml";
            Err(Failure::failed(&error).with_hint(Some(hint.to_owned())))
        }
        Err(PacksError::Policy(fault)) => Ok(Err(vec![fault])),
    }
}

/// Faults are told where errors are told, with `--json` too; the verdict is the last line.
fn tell(faults: &[PolicyError], file: &str) {
    let mut errors = String::new();
    for fault in faults {
        let _ = writeln!(errors, "error: {fault}");
        if let Some(hint) = fault.hint() {
            let _ = writeln!(errors, "hint: {hint}");
        }
    }
    let _ = writeln!(errors, "{file} is refused: {}", counted(faults.len(), "fault"));
    let _ = io::stderr().write_all(errors.as_bytes());
}

fn fault_told(error: &PolicyError) -> FaultTold {
    let hint = error.hint();
    match error {
        PolicyError::Pack { position: Position { line, column }, fault, .. } => {
            FaultTold { line: Some(*line), column: Some(*column), fault: fault.to_string(), hint }
        }
        other => FaultTold { line: None, column: None, fault: other.to_string(), hint },
    }
}

fn good(review: &Review, file: String) -> Good {
    let Review { pack, remarks } = review;
    let document = |d: &canbao_rules::policy::Document| {
        let canbao_rules::policy::Document { key, number, title, described } = d.clone();
        Document { key, number, title, described }
    };
    let labels = pack.years().last().map(Policy::labels);
    let label = |(label, category): (&str, canbao_rules::policy::Category)| Label { label: label.to_owned(), category: category.as_str() };
    let last = pack.years().last().map(Policy::last_day);
    Good {
        file,
        verdict: "good",
        region: Region { code: pack.region().area.to_string(), name: pack.region().name.clone() },
        sha256: pack.sha256().to_owned(),
        documents: pack.documents().iter().map(document).collect(),
        benefit_years: pack.years().iter().map(year).collect(),
        settlement: Settlement {
            date: last.map(|date| date.to_string()).unwrap_or_default(),
            parameters: last
                .map(|date| pack.settlement_on(date).provisions().iter().map(ParameterPreview::from).collect())
                .unwrap_or_default(),
        },
        labels: labels.into_iter().flat_map(|labels| labels.iter().map(label)).collect(),
        settings: pack.open().to_vec(),
        warnings: told(remarks, Severity::Warning),
        notes: told(remarks, Severity::Note),
    }
}

fn year(policy: &Policy) -> Year {
    let parameters: Vec<ParameterPreview> = policy.provisions().iter().map(ParameterPreview::from).collect();
    Year {
        year: policy.year.0,
        window: Span { first: policy.window.first.to_string(), last: policy.window.last.to_string() },
        dates: Span { first: policy.window.first.to_string(), last: policy.last_day().to_string() },
        premium_personal: policy.premium.personal.to_string(),
        premium_personal_before: policy.premium.prior_personal.map(|amount| amount.to_string()),
        fiscal_subsidy: policy.premium.fiscal_subsidy.map(|amount| amount.to_string()),
        readings: policy.provisions().iter().filter(|p| p.reading).count(),
        not_stated: policy.provisions().iter().filter(|p| p.is_not_stated()).count(),
        parameters,
    }
}

fn told(remarks: &[Remark], severity: Severity) -> Vec<Told> {
    let of_severity = remarks.iter().filter(|remark| remark.severity == severity);
    of_severity.map(|r| Told { line: r.position.line, column: r.position.column, text: r.text.clone() }).collect()
}

fn show(report: &Good, output: &mut Output) -> io::Result<()> {
    output.line(format!("{}: {} {}, pack {}", report.file, report.region.name, report.region.code, report.sha256))?;
    output.line("\ndocuments")?;
    let rows = report.documents.iter().map(|d| {
        let described = if d.described { "described, not quoted" } else { "" };
        vec![d.key.clone(), d.number.clone(), d.title.clone(), described.to_owned()]
    });
    output.line(table(&["key", "number", "title", ""], rows))?;
    for year in &report.benefit_years {
        let Year { window, dates, .. } = year;
        let fiscal = year.fiscal_subsidy.as_deref().map_or_else(|| "not stated".to_owned(), |amount| format!("{amount} yuan"));
        output.line(format!("\nbenefit year {}, for logical dates from {} to {}", year.year, dates.first, dates.last))?;
        output.line(format!("window from {} to {}", window.first, window.last))?;
        let before = year.premium_personal_before.as_ref().map(|amount| format!(" ({amount} the year before)")).unwrap_or_default();
        output.line(format!("premium {} yuan a person{before}, fiscal subsidy {fiscal}", year.premium_personal))?;
        output.line(parameters(&year.parameters))?;
    }
    if !report.settlement.parameters.is_empty() {
        output.line(format!("\nsettlement statistics, on {}", report.settlement.date))?;
        output.line(parameters(&report.settlement.parameters))?;
    }
    output.line("\nlabels")?;
    output.line(table(&["category", "labels"], labels(report)))?;
    output.line("")?;
    for (kind, remarks) in [("warning", &report.warnings), ("note", &report.notes)] {
        for remark in remarks {
            output.line(format!("{kind}: line {} column {}: {}", remark.line, remark.column, remark.text))?;
        }
    }
    output.line(verdict(report))?;
    output.flush()
}

/// The labels of each category, in the categories' order.
fn labels(report: &Good) -> Vec<Vec<String>> {
    let of = |category: &str| {
        let labels: Vec<&str> = report.labels.iter().filter(|l| l.category == category).map(|l| l.label.as_str()).collect();
        (!labels.is_empty()).then(|| vec![category.to_owned(), labels.join(" ")])
    };
    canbao_rules::policy::Category::ALL.into_iter().filter_map(|category| of(category.as_str())).collect()
}

/// `340322.toml is good: 五河县 340322, benefit year 2024 with 41 parameters (1 reading, 0 not stated), 0 warnings`.
fn verdict(report: &Good) -> String {
    let year = |year: &Year| {
        let parameters = counted(year.parameters.len(), "parameter");
        format!("benefit year {} with {parameters} ({}, {} not stated)", year.year, counted(year.readings, "reading"), year.not_stated)
    };
    let years: Vec<String> = report.benefit_years.iter().map(year).collect();
    let Region { code, name } = &report.region;
    format!("{} is good: {name} {code}, {}, {}", report.file, years.join(", "), counted(report.warnings.len(), "warning"))
}

/// `1 fault`, `2 faults`.
fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
