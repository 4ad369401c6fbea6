//! `canbao query`: SQL over the latest snapshot of every pipeline.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::output::Output;
use crate::query::{QueryError, query_at};
use crate::query::{write_csv, write_json, write_parquet, write_table};
use canbao_publish::{Publisher, SnapshotName};

/// A screen is no place for more rows.
const SHOWN_ROWS: usize = 1000;

#[derive(Debug, Args)]
#[command(after_help = "Tables are the datasets of the latest snapshots: `person` where one pipeline publishes it, and always\n\
                        `enrollment_audit__person`.")]
pub struct Options {
    /// One SELECT in the dialect of polars
    sql: String,
    /// Where the snapshots are: a folder or an object store's URL
    #[arg(long, value_name = "DIR|URL", default_value = crate::pipeline::PUBLISH)]
    publish: String,
    /// Look at this snapshot of a pipeline in place of its latest; may be repeated
    #[arg(long, value_name = "PIPELINE/snapshot=DATE.N")]
    snapshot: Vec<Pinned>,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

/// One snapshot of a pipeline.
#[derive(Debug, Clone)]
struct Pinned {
    pipeline: String,
    snapshot: SnapshotName,
}

/// A text that names no snapshot of a pipeline.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no snapshot of a pipeline, expected `PIPELINE/snapshot=YYYY-MM-DD.N`")]
struct BadPinned(String);

impl FromStr for Pinned {
    type Err = BadPinned;

    fn from_str(text: &str) -> Result<Self, BadPinned> {
        let bad = || BadPinned(text.to_owned());
        let (pipeline, snapshot) = text.split_once('/').ok_or_else(bad)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if pipeline.is_empty() || !pipeline.bytes().all(plain) {
            return Err(bad());
        }
        Ok(Self { pipeline: pipeline.to_owned(), snapshot: snapshot.parse().map_err(|_| bad())? })
    }
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
struct Unwritable {
    path: PathBuf,
    source: io::Error,
}

/// Bytes that no screen can show.
#[derive(Debug, thiserror::Error)]
#[error("Parquet is not written to a terminal")]
struct NoScreen;

pub fn query(options: &Options) -> Result<ExitCode, Failure> {
    let format = if options.json { Format::Json } else { options.format };
    let mut output = Output::new();
    if format == Format::Parquet && options.output.is_none() && output.is_terminal() {
        return Err(Failure::configuration(&NoScreen).with_hint(Some("`--output FILE` names a file".to_owned())));
    }
    let publisher = Publisher::open(&options.publish).map_err(|error| Failure::of(&error))?;
    let at = options.snapshot.iter().map(|pinned| (pinned.pipeline.clone(), pinned.snapshot)).collect();
    let rows = query_at(&publisher, &at, &options.sql).map_err(|error| failure(&error))?;
    let write = |into: &mut (dyn Write + Send)| match format {
        Format::Table => write_table(&rows, SHOWN_ROWS, into),
        Format::Csv => write_csv(&rows, into),
        Format::Json => write_json(&rows, into),
        Format::Parquet => write_parquet(&rows, into),
    };
    match &options.output {
        Some(path) => {
            let mut file = create(path)?;
            write(&mut file).map_err(|error| failure(&error))?;
            file.flush().map_err(|source| unwritable(path, source))?;
        }
        None => {
            let mut bytes = Vec::new();
            write(&mut bytes).map_err(|error| failure(&error))?;
            output.write_all(&bytes)?;
            output.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path).map(BufWriter::new).map_err(|source| unwritable(path, source))
}

fn unwritable(path: &Path, source: io::Error) -> Failure {
    Failure::failed(&Unwritable { path: path.to_owned(), source })
}

fn failure(error: &QueryError) -> Failure {
    Failure::of(error)
}
