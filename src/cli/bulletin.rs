//! `canbao bulletin`: the monthly bulletin from published snapshots, and where its figures come from.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::options::LibraryOptions;
use super::output::Output;
use super::table::table;
use crate::operators::Operator as _;
use crate::operators::monthly_bulletin::{self, Bulletin, BulletinError, BulletinOptions, Form, Request, Trace, choose, trace};
use crate::pipeline::{Library, LibraryError, Step};
use crate::query::{write_json, write_table};
use canbao_publish::Publisher;
use canbao_rules::Language;
use canbao_rules::period::Month;
use canbao_rules::policy::Area;

/// The pipeline whose file says how many persons a figure needs.
const PIPELINE: &str = "monthly-bulletin";
/// The word that lists figures rather than tracing one.
const LIST: &str = "list";
/// A screen is no place for more rows.
const SHOWN_ROWS: usize = 1000;

#[derive(Debug, Args)]
#[command(
    after_help = "Figures of fewer than N persons are suppressed, and so is what would tell them by subtraction. `--trace` shows a\n\
                        figure's query with its whole answer, small figures included: it is not for print."
)]
pub struct Options {
    /// The month
    #[arg(long, value_name = "YYYY-MM")]
    month: MonthArgument,
    /// The language: zh or en
    #[arg(long, value_name = "LANG", default_value_t = Language::Chinese)]
    lang: Language,
    /// The forms to write: html, xlsx, md
    #[arg(long, value_name = "FORM,…", value_delimiter = ',', default_value = "html,xlsx,md")]
    format: Vec<FormArgument>,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = "bulletins")]
    out: PathBuf,
    /// Show where a figure comes from in place of writing: a figure's name, or `list`
    #[arg(long, value_name = "FIGURE", conflicts_with_all = ["format", "out"])]
    trace: Option<String>,
    /// Suppress figures of fewer persons [default: the pipeline's, else 5]
    #[arg(long, value_name = "N")]
    min_persons: Option<NonZeroU32>,
    /// Where the snapshots are: a folder or an object store's URL
    #[arg(long, value_name = "DIR|URL", default_value = crate::pipeline::PUBLISH)]
    publish: String,
    /// Division code of the region [default: that of the month's snapshots]
    #[arg(long, value_name = "CODE")]
    region: Option<RegionArgument>,
    #[command(flatten)]
    library: LibraryOptions,
    /// Print one JSON report and nothing else
    #[arg(long)]
    json: bool,
}

/// A month as the command line writes it.
#[derive(Debug, Clone, Copy)]
struct MonthArgument(Month);

/// A text that is no month.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no month, expected YYYY-MM")]
struct BadMonth(String);

impl FromStr for MonthArgument {
    type Err = BadMonth;

    fn from_str(text: &str) -> Result<Self, BadMonth> {
        let bad = || BadMonth(text.to_owned());
        let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2).ok_or_else(bad)?;
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten();
        let year = number(year).and_then(|year| i32::try_from(year).ok());
        let month = year.zip(number(month)).and_then(|(year, month)| Month::new(year, month));
        month.map(Self).ok_or_else(bad)
    }
}

/// A form as the command line writes it.
#[derive(Debug, Clone, Copy)]
struct FormArgument(Form);

/// A text that names no form.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no form of a bulletin, expected html, xlsx or md")]
struct BadForm(String);

impl FromStr for FormArgument {
    type Err = BadForm;

    fn from_str(text: &str) -> Result<Self, BadForm> {
        let form = Form::ALL.into_iter().find(|form| form.extension() == text);
        form.map(Self).ok_or_else(|| BadForm(text.to_owned()))
    }
}

/// A region as the command line writes it.
#[derive(Debug, Clone)]
struct RegionArgument(String);

/// A text that is no division code.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no division code, expected six digits")]
struct BadRegion(String);

impl FromStr for RegionArgument {
    type Err = BadRegion;

    fn from_str(text: &str) -> Result<Self, BadRegion> {
        Area::parse(text).map(|_| Self(text.to_owned())).ok_or_else(|| BadRegion(text.to_owned()))
    }
}

/// A file or folder that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
struct Unwritable {
    path: PathBuf,
    source: io::Error,
}

pub fn bulletin(options: &Options) -> Result<ExitCode, Failure> {
    let mut output = Output::new();
    let bulletin = compose(options)?;
    match options.trace.as_deref() {
        Some(LIST) => list(&bulletin, options.json, &mut output)?,
        Some(name) => show(&trace(&bulletin, name).map_err(|error| failure(&error))?, options.json, &mut output)?,
        None => write(&bulletin, options, &mut output)?,
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn compose(options: &Options) -> Result<Bulletin, Failure> {
    let library = options.library.open()?;
    let publisher = Publisher::open(&options.publish).map_err(|error| Failure::of(&error))?;
    let region = options.region.as_ref().map(|region| region.0.as_str());
    let chosen = choose(&publisher, options.month.0, region).map_err(|error| failure(&error))?;
    let code = chosen.region().or_else(|| region.map(str::to_owned)).unwrap_or_default();
    let pack = library.packs().by_region(&code);
    let request = Request {
        month: options.month.0,
        lang: options.lang,
        min_persons: options.min_persons.map_or_else(|| min_persons(&library), |persons| Ok(persons.get()))?,
        region: pack.map_or(code, |pack| pack.region().name.clone()),
    };
    Bulletin::compose(&request, &chosen.snapshots()).map_err(|error| failure(&error))
}

/// What the pipeline's file says, where there is such a pipeline.
fn min_persons(library: &Library) -> Result<u32, Failure> {
    let pipeline = match library.pipeline(PIPELINE) {
        Ok(pipeline) => pipeline,
        Err(LibraryError::UnknownPipeline { .. }) => return Ok(monthly_bulletin::MIN_PERSONS),
        Err(error) => return Err(error.into()),
    };
    let stated = pipeline.steps.iter().find_map(|step| match step {
        Step::Operator(step) if step.spec().name == monthly_bulletin::OPERATOR.spec().name => Some(&step.options),
        _ => None,
    });
    let options = stated.map(BulletinOptions::from_table).transpose().map_err(|error| Failure::configuration(&error))?;
    Ok(options.unwrap_or_default().min_persons)
}

fn write(bulletin: &Bulletin, options: &Options, output: &mut Output) -> Result<(), Failure> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::failed(&Unwritable { path, source })
    };
    fs::create_dir_all(&options.out).map_err(unwritable(&options.out))?;
    let mut files: Vec<String> = Vec::new();
    for FormArgument(form) in &options.format {
        let path = options.out.join(bulletin.file_name(*form));
        let bytes = bulletin.write(*form).map_err(|error| failure(&error))?;
        fs::write(&path, bytes).map_err(unwritable(&path))?;
        files.push(path.display().to_string());
    }
    if options.json {
        let sources: Vec<String> = bulletin.sources.iter().map(|source| source.reading()).collect();
        output.json(&serde_json::json!({ "title": bulletin.title, "month": bulletin.subtitle, "made_from": sources, "files": files }))?;
        return Ok(());
    }
    output.line(format!("{} {}", bulletin.title, bulletin.subtitle))?;
    for source in &bulletin.sources {
        output.line(source.reading())?;
    }
    output.line("")?;
    for file in files {
        output.line(file)?;
    }
    Ok(())
}

/// A figure as the JSON report gives it.
#[derive(Serialize)]
struct Listed<'a> {
    figure: &'a str,
    title: &'a str,
    pipeline: &'a str,
    snapshot: String,
    datasets: &'a [&'a str],
    rows: usize,
    keys: &'a [&'a str],
    derived: &'a str,
    sql: &'a str,
}

fn list(bulletin: &Bulletin, json: bool, output: &mut Output) -> Result<(), Failure> {
    let listed = bulletin.figures.iter().map(|figure| Listed {
        figure: figure.id,
        title: &figure.title,
        pipeline: &figure.pipeline,
        snapshot: figure.snapshot.to_string(),
        datasets: figure.datasets,
        rows: figure.rows.height(),
        keys: figure.keys,
        derived: &figure.derived,
        sql: &figure.sql,
    });
    let listed: Vec<Listed<'_>> = listed.collect();
    if json {
        output.json(&listed)?;
        return Ok(());
    }
    let rows = listed.iter().map(|figure| {
        let from = format!("{}/{}", figure.pipeline, figure.snapshot);
        vec![figure.figure.to_owned(), figure.title.to_owned(), from, figure.datasets.join(", "), figure.rows.to_string()]
    });
    output.line(table(&["figure", "title", "snapshot", "dataset", "#rows"], rows))?;
    Ok(())
}

fn show(trace: &Trace<'_>, json: bool, output: &mut Output) -> Result<(), Failure> {
    let Trace { figure, rows } = trace;
    let failed = |error| Failure::failed(&error);
    if json {
        let mut text = Vec::new();
        write_json(rows, &mut text).map_err(failed)?;
        let rows: serde_json::Value = serde_json::from_slice(&text).map_err(|error| Failure::failed(&error))?;
        output.json(&serde_json::json!({
            "figure": figure.id, "title": figure.title, "pipeline": figure.pipeline, "snapshot": figure.snapshot.to_string(),
            "place": figure.place, "datasets": figure.datasets, "derived": figure.derived, "sql": figure.sql, "rows": rows,
        }))?;
        return Ok(());
    }
    output.line(format!("{}: {}", figure.id, figure.title))?;
    output.line(format!("snapshot {}, dataset {}", figure.place, figure.datasets.join(", ")))?;
    if !figure.derived.is_empty() {
        output.line(&figure.derived)?;
    }
    output.line(format!("\n{}\n", figure.sql))?;
    let mut shown = Vec::new();
    write_table(rows, SHOWN_ROWS, &mut shown).map_err(failed)?;
    output.write_all(&shown)?;
    output.line(format!(
        "\nthe same: canbao query --snapshot {}/{} \"{}\"",
        figure.pipeline,
        figure.snapshot,
        figure.sql.replace('"', "\\\"")
    ))?;
    Ok(())
}

fn failure(error: &BulletinError) -> Failure {
    Failure::of(error)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2023-09", Some((2023, 9)))]
    #[case("2023-9", None)]
    #[case("2023-13", None)]
    #[case("0000-01", None)]
    #[case("2023-09-30", None)]
    #[case("+023-09", None)]
    #[case("", None)]
    fn months(#[case] text: &str, #[case] month: Option<(i32, u32)>) {
        let read = text.parse::<MonthArgument>().ok().map(|argument| (argument.0.year(), argument.0.number()));
        assert_eq!(read, month);
    }
}
