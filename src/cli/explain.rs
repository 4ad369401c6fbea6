//! `canbao explain`: why each decision on one person was made.
//!
//! Words and inputs show numbers and names masked; what stands for them in the datasets of the JSON report says
//! `person_ids`, as in a run.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::options::open_library;
use super::output::Output;
use super::progress::Shown;
use crate::explain::{Explained, Explanation, Findings, Input, Place, Said, Used};
use crate::pipeline::{self, PersonReport, Plan, RunConfig};
use canbao_rules::Language;
use canbao_rules::explanation::{Recorder, words};
use canbao_rules::identity::{Certificate, CertificateFault, mask};
use canbao_runtime::clock::Clock;

#[derive(Debug, Args)]
pub struct Options {
    /// The person's certificate number, or `-` to read it from standard input
    person: String,
    /// The certificate's type
    #[arg(long, value_name = "TYPE", default_value = "01")]
    cert_type: String,
    /// The pipeline whose decisions are explained
    #[arg(long, value_name = "PIPELINE", default_value = "enrollment-audit")]
    pipeline: String,
    /// The language: zh or en
    #[arg(long, value_name = "LANG", default_value = "zh")]
    lang: Language,
    #[command(flatten)]
    config: RunConfig,
    /// Print one JSON report and nothing else
    #[arg(long)]
    json: bool,
}

/// The report for programs.
#[derive(Serialize)]
struct Report<'a> {
    pipeline: &'a str,
    region: String,
    region_name: &'a str,
    benefit_year: Option<i32>,
    logical_date: String,
    /// Masked.
    person: String,
    /// Optional extracts that are not there.
    absent: &'a [String],
    #[serde(flatten)]
    explanation: &'a Explanation,
}

/// A number that cannot be a person's.
#[derive(Debug, thiserror::Error)]
#[error("`{shown}` is no person's number")]
struct NoPerson {
    shown: String,
    #[source]
    fault: CertificateFault,
}

/// Nothing where a number should be.
#[derive(Debug, thiserror::Error)]
#[error("no certificate number is given, expected one, or `-` and a line on standard input")]
struct NoNumber;

/// A good number that nobody has.
#[derive(Debug, thiserror::Error)]
#[error("no used row of the extracts in `{data}` is about `{shown}`")]
struct Unknown {
    shown: String,
    data: String,
}

pub fn explain(options: &Options, clock: &dyn Clock) -> Result<ExitCode, Failure> {
    let library = open_library(&options.config)?;
    let plan = Plan::resolve(&library, &options.pipeline, &options.config, clock)?;
    let written = written(&options.person)?;
    let shown = mask(written.trim());
    if shown.is_empty() {
        return Err(Failure::configuration(&NoNumber));
    }
    let person = Certificate::parse(&options.cert_type, &written, plan.date).map_err(|fault| {
        let hint = "`--cert-type` names another type of certificate; `-` in place of the number reads it from standard input";
        Failure::configuration(&NoPerson { shown: shown.clone(), fault }).with_hint(Some(hint.to_owned()))
    })?;
    let mut recorder = Recorder::default();
    let progress = Shown::new();
    let report = pipeline::explain(&plan, person, &mut recorder, &progress);
    progress.finish();
    let PersonReport { decisions, files, absent } = report?;
    let Some(decisions) = decisions else {
        let hint = "`rejects` of a run, or `canbao check`, lists rows that were not used";
        return Err(Failure::failed(&Unknown { shown, data: plan.data.clone() }).with_hint(Some(hint.to_owned())));
    };
    let Some(policy) = plan.policy() else { return Ok(ExitCode::SUCCESS) };
    let findings = Findings { recorder: &recorder, rows: &decisions.rows, datasets: &decisions.datasets, files: &files, policy };
    let explanation = Explanation::new(&findings, options.lang).map_err(|error| Failure::failed(&error))?;
    let report = Report {
        pipeline: &plan.pipeline.name,
        region: plan.region(),
        region_name: &policy.region.name,
        benefit_year: plan.year.map(|year| year.0),
        logical_date: plan.date.to_string(),
        person: shown,
        absent: &absent,
        explanation: &explanation,
    };
    let mut output = Output::new();
    if options.json {
        output.json(&report)?
    } else {
        show(&report, options.lang, &mut output)?
    }
    Ok(ExitCode::SUCCESS)
}

/// The number as given, or as standard input has it.
fn written(person: &str) -> Result<String, Failure> {
    if person != "-" {
        return Ok(person.to_owned());
    }
    let mut text = String::new();
    // A number is short: whoever pipes in something else is not waited for.
    io::stdin().take(4096).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn show(report: &Report<'_>, language: Language, output: &mut Output) -> io::Result<()> {
    let words = Words::of(language);
    let year = report.benefit_year.map(|year| format!(" · {} {year}", words.year)).unwrap_or_default();
    output.line(format!("{} · {} {}{year} · {} {}", report.person, report.region_name, report.region, words.date, report.logical_date))?;
    output.line(format!("\n{}", words.inputs))?;
    for input in &report.explanation.inputs {
        output.line(format!("  {}", input_line(input, language)))?;
    }
    for (number, decision) in report.explanation.decisions.iter().enumerate() {
        output.line("")?;
        show_decision(number + 1, decision, language, &words, output)?;
    }
    let datasets: Vec<String> = report.explanation.datasets.iter().map(|rows| format!("{} {}", rows.title, rows.name)).collect();
    output.line(format!("\n{} {}", words.datasets, if datasets.is_empty() { "—".to_owned() } else { datasets.join(" · ") }))?;
    output.flush()
}

fn show_decision(number: usize, decision: &Explained, language: Language, words: &Words, output: &mut Output) -> io::Result<()> {
    let about = decision.about.as_ref().map(|place| format!(" — {}", at(place, language))).unwrap_or_default();
    output.line(format!("{number}. {}{about}", decision.title))?;
    let others = decision.inputs.iter().filter(|place| Some(*place) != decision.about.as_ref());
    let inputs: Vec<String> = others.map(|place| at(place, language)).collect();
    if !inputs.is_empty() {
        output.line(format!("   {} {}", words.rows, inputs.join(words.comma)))?;
    }
    for used in &decision.parameters {
        output.line(format!("   {} {}", words.parameter, parameter_line(used, words)))?;
    }
    for said in &decision.steps {
        output.line(format!("   · {}", step_line(said, language)))?;
    }
    for said in &decision.conclusions {
        output.line(format!("   {} {}", words.conclusion, said.text))?;
    }
    Ok(())
}

fn at(place: &Place, language: Language) -> String {
    words::place(language, &place.file, place.line)
}

fn input_line(input: &Input, language: Language) -> String {
    let values = input.values.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    format!("{}  {}", at(&input.place, language), values.collect::<Vec<_>>().join(" "))
}

fn parameter_line(used: &Used, words: &Words) -> String {
    let reading = if used.reading { words.reading } else { "" };
    format!("{}{}{}{}{}{}{}{reading}", used.title, words.colon, used.words, words.since, used.from, words.comma, used.source)
}

fn step_line(said: &Said, language: Language) -> String {
    match said.holds {
        Some(holds) => format!("{} → {}", said.text, words::answer(language, holds)),
        None => said.text.clone(),
    }
}

/// The words around an explanation.
struct Words {
    inputs: &'static str,
    rows: &'static str,
    parameter: &'static str,
    since: &'static str,
    reading: &'static str,
    conclusion: &'static str,
    datasets: &'static str,
    year: &'static str,
    date: &'static str,
    comma: &'static str,
    colon: &'static str,
}

impl Words {
    const fn of(language: Language) -> Self {
        match language {
            Language::Chinese => Self {
                inputs: "采用的输入行",
                rows: "依据",
                parameter: "参数",
                since: "，起始日 ",
                reading: "（解读）",
                conclusion: "⇒",
                datasets: "列入数据集：",
                year: "待遇年度",
                date: "基准日",
                comma: "，",
                colon: "：",
            },
            Language::English => Self {
                inputs: "input rows used",
                rows: "rows",
                parameter: "parameter",
                since: ", from ",
                reading: " (reading)",
                conclusion: "⇒",
                datasets: "datasets with rows:",
                year: "benefit year",
                date: "date",
                comma: ", ",
                colon: ": ",
            },
        }
    }
}
