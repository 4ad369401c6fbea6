//! A synthetic county: extracts as its offices would send them, for trying canbao out and for measuring it.
//!
//! ```no_run
//! use canbao_rules::policy::Packs;
//! use canbao_sample::{SampleOptions, What, write};
//!
//! let packs = Packs::parse([("340322.toml", std::fs::read_to_string("pipelines/policies/340322.toml")?.as_str())])?;
//! let what = What::County { persons: 5_000, plain: false };
//! let options = SampleOptions { folder: "sample_data".into(), seed: 42, region: "340322".into(), year: None, what };
//! let report = write(&options, &packs, &|_| {})?;
//! println!("{} files", report.files.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every case that the rules of the region's policy pack tell apart occurs, from some thousand persons on, the common
//! ones in about the shares of a real county. What a person is follows from the seed and the person's number alone
//! ([`person`]); each office writes down its own view of the person, in its own order, format and spelling, with its own
//! mistakes ([`offices`]). Settlements also come by themselves, in any number ([`settlement`]).
//!
//! Invariants: the same options and packs give the same bytes, whatever the number of threads; memory does not grow with
//! the number of persons or rows; no resident number can be a living person's ([`number`]); what policy says comes from
//! the region's pack, all places and shares from the tables beside this room ([`county`]).

mod arrears;
mod cells;
mod certificate;
mod chance;
mod columns;
mod county;
mod cover;
mod dirt;
mod enrollment;
mod extract;
mod file;
mod folder;
mod household;
mod identity;
mod incentive_use;
mod late;
mod late_payment;
mod line;
mod mutual_aid;
mod names;
mod number;
mod offices;
mod output;
mod past_records;
mod payment;
mod person;
mod record;
mod row;
mod settlement;
mod short;
mod spans;
mod student;
mod target;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod townships;

use std::path::PathBuf;

use serde::Serialize;

use self::county::County;
use self::file::Writing;
use self::number::MOST_PERSONS;
use self::output::Output;
use self::person::People;
use self::settlement::likeness::Likeness;
use canbao_rules::period::MonthSpan;
use canbao_rules::policy::{Packs, PolicyError};

/// What sample to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Where to; made if it is not there.
    pub folder: PathBuf,
    /// Another seed gives other persons.
    pub seed: u64,
    /// The region's six digits; it has a pack.
    pub region: String,
    /// One of the benefit years that the pack knows; by default the latest.
    pub year: Option<i32>,
    /// Of what it consists.
    pub what: What,
}

/// Of what the sample consists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All extracts that the rules of the region ask for.
    County {
        /// How many persons, 1 to 400 000 000.
        persons: u64,
        /// UTF-8 CSV with the platform's names throughout, instead of the formats that offices send.
        plain: bool,
    },
    /// The settlement extract alone, in parts by month.
    Settlement {
        /// How many rows, 1 to 1 000 000 000 000.
        rows: u64,
        /// By default the benefit year and the year before.
        months: Option<MonthSpan>,
    },
    /// The settlement extract alone, with the sums that the region's bureau has published.
    Likeness {
        /// Which publication, such as `huaibei-2023`.
        name: String,
    },
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleProgress<'a> {
    /// Below the folder, with `/`.
    pub file: &'a str,
    /// Persons or rows done.
    pub done: u64,
    /// Persons or rows in all.
    pub of: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleReport {
    /// The files, in the order in which they were written.
    pub files: Vec<SampleFile>,
    /// Values for parameters that the region's documents leave open, as runs on this sample may take them:
    /// `--set NAME=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

/// One written file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleFile {
    /// Below the folder, with `/`.
    pub file: String,
    /// Rows below the header, faulty ones included.
    pub rows: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// Why no sample could be written.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant and its fields are what the message says")]
pub enum SampleError {
    #[error("a sample of `{0}` persons cannot be made, expected 1 to {MOST_PERSONS}")]
    Persons(u64),
    #[error("a sample of `{0}` settlements cannot be made, expected 1 to {MOST_ROWS}")]
    Rows(u64),
    #[error("settlements of the years {0} to {1} cannot be made, expected months of 2000 to 2099")]
    Months(i32, i32),
    #[error("no sample is like `{name}`, expected {known}")]
    Likeness { name: String, known: String },
    #[error("`{name}` is of region `{of}`, found region `{region}`")]
    OtherRegion { name: String, of: String, region: String },
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("folder `{folder}` holds `{name}`, which no sample has written, expected an empty folder")]
    Occupied { folder: PathBuf, name: String },
    #[error("cannot use `{folder}` as the sample's folder")]
    Folder { folder: PathBuf, source: std::io::Error },
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write workbook `{path}`")]
    Workbook { path: PathBuf, source: rust_xlsxwriter::XlsxError },
    #[error("cannot write Parquet file `{path}`")]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("the program's own figures for samples cannot be read")]
    Figures(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SampleError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Policy(error) => return error.hint(),
            Self::Occupied { .. } => "name another folder, or empty this one yourself",
            Self::Folder { .. } => "name a folder in which you may write",
            Self::Write { .. } | Self::Workbook { .. } | Self::Parquet { .. } => {
                "see to room on the disk and to the folder's permissions, then write the sample again; what is there is not whole"
            }
            Self::OtherRegion { .. } => "leave `--region` out",
            Self::Persons(_) | Self::Rows(_) | Self::Months(..) | Self::Likeness { .. } | Self::Figures(_) => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether the command line or the configuration was wrong, rather than the writing.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Persons(_)
            | Self::Rows(_)
            | Self::Months(..)
            | Self::Likeness { .. }
            | Self::OtherRegion { .. }
            | Self::Policy(_)
            | Self::Occupied { .. } => true,
            Self::Folder { .. } | Self::Write { .. } | Self::Workbook { .. } | Self::Parquet { .. } | Self::Figures(_) => false,
        }
    }
}

/// Numbers of settlements have room for so many.
const MOST_ROWS: u64 = 1_000_000_000_000;

/// The region whose figures a likeness has.
///
/// # Errors
///
/// No such likeness.
pub fn region_of_likeness(name: &str) -> Result<String, SampleError> {
    Likeness::named(name).map(|likeness| likeness.region)
}

/// Writes a sample into a folder.
///
/// Work is done on rayon's current threads. `progress` is called after some ten thousand persons or rows in each file.
///
/// # Errors
///
/// Options that make no sense, a region or year that the packs do not know, a folder that holds other things than an
/// earlier sample, and whatever keeps a file from being written. What was written until then stays behind.
pub fn write(options: &SampleOptions, packs: &Packs, progress: &(dyn Fn(SampleProgress<'_>) + Sync)) -> Result<SampleReport, SampleError> {
    let county = County::of(&options.region, options.year, packs)?;
    let output = Output { folder: &options.folder, progress };
    match &options.what {
        What::County { persons, plain } => write_county(options, county, (*persons, *plain), output),
        What::Settlement { rows, months } => {
            let span = months.unwrap_or_else(|| settlement::default_months(&county));
            if !(1..=MOST_ROWS).contains(rows) {
                return Err(SampleError::Rows(*rows));
            }
            if span.first.year() < 2000 || span.last.year() > 2099 {
                return Err(SampleError::Months(span.first.year(), span.last.year()));
            }
            folder::prepare(&options.folder, true)?;
            Ok(SampleReport::of(settlement::write_stream(options.seed, *rows, span, &county, output)?))
        }
        What::Likeness { name } => {
            let likeness = Likeness::named(name)?;
            if likeness.region != options.region {
                return Err(SampleError::OtherRegion { name: name.clone(), of: likeness.region, region: options.region.clone() });
            }
            folder::prepare(&options.folder, true)?;
            Ok(SampleReport::of(settlement::write_likeness(options.seed, likeness, &county, output)?))
        }
    }
}

fn write_county(
    options: &SampleOptions,
    county: County,
    (persons, plain): (u64, bool),
    output: Output<'_>,
) -> Result<SampleReport, SampleError> {
    if !(1..=MOST_PERSONS).contains(&persons) {
        return Err(SampleError::Persons(persons));
    }
    let people = People::new(options.seed, persons, county);
    folder::prepare(&options.folder, false)?;
    let writing = Writing { people: &people, output };
    let files = if plain { offices::write_plain(&writing)? } else { offices::write_mixed(&writing)? };
    let settings = people.county.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(SampleReport { settings, ..SampleReport::of(files) })
}

impl SampleReport {
    /// A file without rows was not kept.
    fn of(files: Vec<SampleFile>) -> Self {
        Self { files: files.into_iter().filter(|file| file.rows > 0).collect(), settings: Vec::new() }
    }
}
