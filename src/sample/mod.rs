//! A synthetic county: extracts as its offices would send them, for trying canbao out and for measuring it.
//!
//! ```no_run
//! use canbao::sample::{SampleOptions, write};
//!
//! let options = SampleOptions { folder: "sample_data".into(), persons: 5_000, seed: 42, region: 340_322, plain: false };
//! let report = write(&options, &|_| {})?;
//! println!("{} files", report.files.len());
//! # Ok::<(), canbao::sample::SampleError>(())
//! ```
//!
//! Every case that the audit tells apart occurs, from some thousand persons on, in about the shares of a real
//! county. What a person is follows from the seed and the person's number alone ([`person`]); each office writes
//! down its own view of the person, in its own order, format and spelling, with its own mistakes ([`file`]).
//!
//! Invariants: the same options give the same bytes, whatever the number of threads; memory does not grow with
//! the number of persons; no resident number can be a living person's ([`number`]); all places and amounts come
//! from `county.toml` ([`county`]).

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
mod line;
mod names;
mod number;
mod payment;
mod person;
mod record;
mod row;
mod short;
mod student;
mod target;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rayon::prelude::*;
use serde::Serialize;

use self::certificate::Office;
use self::county::County;
use self::enrollment::Enrollment;
use self::file::{Part, Writing};
use self::household::Household;
use self::identity::Identity;
use self::line::{Dates, Dialect, Encoding};
use self::number::MOST_PERSONS;
use self::payment::Payment;
use self::person::People;
use self::row::Medium;
use self::student::Student;

/// What sample to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Where to; made if it is not there.
    pub folder: PathBuf,
    /// How many persons, 1 to 400 000 000.
    pub persons: u64,
    /// Another seed gives other persons.
    pub seed: u64,
    /// The region's six digits.
    pub region: u32,
    /// UTF-8 CSV with the platform's names throughout, instead of the formats that offices send.
    pub plain: bool,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleProgress<'a> {
    /// Below the folder, with `/`.
    pub file: &'a str,
    /// Persons done.
    pub persons: u64,
    /// Persons in all.
    pub of: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleReport {
    pub files: Vec<SampleFile>,
}

/// One written file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleFile {
    /// Below the folder, with `/`.
    pub file: String,
    /// Rows below the header, faulty ones included.
    pub rows: u64,
    pub bytes: u64,
}

/// Why no sample could be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("a sample of `{0}` persons cannot be made, expected 1 to {MOST_PERSONS}")]
    Persons(u64),
    #[error("`{0}` is no region, expected a code of six digits")]
    Region(u32),
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
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Occupied { .. } => Some("name another folder, or empty this one yourself"),
            Self::Folder { .. } => Some("name a folder in which you may write"),
            Self::Write { .. } | Self::Workbook { .. } | Self::Parquet { .. } => {
                Some("see to room on the disk and to the folder's permissions, then write the sample again; what is there is not whole")
            }
            Self::Persons(_) | Self::Region(_) | Self::Figures(_) => None,
        }
    }

    /// Whether the command line was wrong, rather than the writing.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Persons(_) | Self::Region(_) | Self::Occupied { .. })
    }
}

/// More labels than this are written as text instead of a workbook.
const MOST_SHEET_ROWS: u64 = 500_000;

/// Writes the extracts of a synthetic county into a folder.
///
/// Work is done on rayon's current threads. `progress` is called after some ten thousand persons in each file.
///
/// # Errors
///
/// Options that make no sense, a folder that holds other things than an earlier sample, and whatever keeps a file
/// from being written. What was written until then stays behind.
pub fn write(options: &SampleOptions, progress: &(dyn Fn(SampleProgress<'_>) + Sync)) -> Result<SampleReport, SampleError> {
    if !(1..=MOST_PERSONS).contains(&options.persons) {
        return Err(SampleError::Persons(options.persons));
    }
    if !(100_000..=999_999).contains(&options.region) {
        return Err(SampleError::Region(options.region));
    }
    let people = People::new(options.seed, options.persons, County::of(options.region)?);
    folder::prepare(&options.folder)?;
    let writing = Writing { people: &people, folder: &options.folder, progress };
    let mut files = if options.plain { write_plain(&writing)? } else { write_mixed(&writing)? };
    files.retain(|file| file.rows > 0);
    Ok(SampleReport { files })
}

fn write_plain(writing: &Writing<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let (medium, dialect) = (Medium::Plain, Dialect::PLAIN);
    let mut files = vec![
        writing.text(&Household, Part::whole("household.csv", Office::Household.salt()), medium, dialect)?,
        writing.text(&Identity, Part::whole("identity.csv", Office::Identity.salt()), medium, dialect)?,
        writing.text(&Student, Part::whole("student.csv", Office::Student.salt()), medium, dialect)?,
        writing.text(&Payment, Part::whole("payment.csv", Office::Payment.salt()), medium, dialect)?,
        writing.table("target.csv", target::COLUMNS, dialect, |line| target::put_rows(&writing.people.county, line))?,
    ];
    for year in writing.people.county.years() {
        let name = format!("enrollment/{year}.csv");
        files.push(writing.text(&Enrollment { year }, Part::whole(&name, Office::Enrollment(year).salt()), medium, dialect)?);
    }
    Ok(files)
}

/// A comma, Chinese headers, GB18030: what spreadsheets in China save as CSV.
const SAVED_SHEET: Dialect =
    Dialect { delimiter: b',', quoted: false, crlf: true, dates: Dates::Slash, encoding: Encoding::Gb18030, chinese: true };

/// Tabs between columns, as databases export.
const EXPORT: Dialect = Dialect { delimiter: b'\t', dates: Dates::Compact, ..SAVED_SHEET };

fn write_mixed(writing: &Writing<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let household = Part::whole("household/part-1.csv", Office::Household.salt());
    let medium = Medium::Text;
    let mut files = vec![
        writing.text(&Household, Part { share: (0, 2), ..household }, medium, SAVED_SHEET)?,
        writing.text(&Household, Part { name: "household/part-2.csv", share: (1, 2), ..household }, medium, EXPORT)?,
        write_identity(writing)?,
        writing.text(&Student, Part::whole("student.txt", Office::Student.salt()), medium, EXPORT)?,
        writing.parquet(&Payment, Part::whole("payment.parquet", Office::Payment.salt()))?,
        writing.sheet("target.xlsx", target::COLUMNS, |cells| target::put_rows(&writing.people.county, cells))?,
    ];
    for (turn, year) in writing.people.county.years().enumerate() {
        let name = format!("enrollment/{year}.csv");
        let (dialect, tail) = enrollment_dialect(turn);
        let part = Part { tail, ..Part::whole(&name, Office::Enrollment(year).salt()) };
        files.push(writing.text(&Enrollment { year }, part, medium, dialect)?);
    }
    Ok(files)
}

/// A workbook while it fits a sheet.
fn write_identity(writing: &Writing<'_>) -> Result<SampleFile, SampleError> {
    let people = writing.people;
    let salt = Office::Identity.salt();
    let rows: u64 = (0..people.persons).into_par_iter().map(|index| people.person(index).labels()).sum();
    if rows <= MOST_SHEET_ROWS {
        writing.workbook(&Identity, Part::whole("identity.xlsx", salt))
    } else {
        writing.text(&Identity, Part::whole("identity.csv", salt), Medium::Text, SAVED_SHEET)
    }
}

/// The dialect of each year's file, from the first year on, and what stands after its last row.
fn enrollment_dialect(turn: usize) -> (Dialect, &'static [u8]) {
    /// The beginning of a record whose quote never closes: the transfer broke off.
    const BROKEN_OFF: &[u8] = b"\"999999009999999999\",\"34039919900";
    match turn {
        0 => (Dialect { crlf: false, dates: Dates::Compact, ..SAVED_SHEET }, b""),
        1 => (Dialect { delimiter: b'|', ..Dialect::PLAIN }, b""),
        2 => (Dialect { quoted: true, encoding: Encoding::Utf8, ..SAVED_SHEET }, BROKEN_OFF),
        3 => (Dialect { encoding: Encoding::Marked, dates: Dates::Iso, crlf: false, ..SAVED_SHEET }, b""),
        _ => (Dialect { chinese: true, ..Dialect::PLAIN }, b""),
    }
}
