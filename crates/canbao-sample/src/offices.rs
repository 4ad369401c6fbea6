//! Which files a county's offices send, and in what formats.

use rayon::prelude::*;

use super::certificate::Office;
use super::enrollment::Enrollment;
use super::extract::Extract;
use super::file::{Part, Writing};
use super::household::Household;
use super::identity::Identity;
use super::incentive_use::IncentiveUse;
use super::line::{Dates, Dialect, Encoding};
use super::mutual_aid::Aid;
use super::payment::Payment;
use super::person::Person;
use super::row::Medium;
use super::settlement::claims::Claims;
use super::settlement::figures::Figures;
use super::student::Student;
use super::{SampleError, SampleFile, target};

/// More rows than this are written as text instead of a workbook.
const MOST_SHEET_ROWS: u64 = 500_000;

/// UTF-8 CSV with the platform's names.
pub fn write_plain(writing: &Writing<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let (medium, dialect) = (Medium::Plain, Dialect::PLAIN);
    let people = writing.people;
    let mut files = vec![
        writing.text(&Household, Part::whole("household.csv", Office::Household.salt()), medium, dialect)?,
        writing.text(&Identity, Part::whole("identity.csv", Office::Identity.salt()), medium, dialect)?,
        writing.text(&Student, Part::whole("student.csv", Office::Student.salt()), medium, dialect)?,
        writing.text(&Payment, Part::whole("payment.csv", Office::Payment.salt()), medium, dialect)?,
        writing.output.table("target.csv", target::COLUMNS, dialect, |line| target::put_rows(&people.county, line))?,
    ];
    for year in people.county.years() {
        let name = format!("enrollment/{year}.csv");
        files.push(writing.text(&Enrollment { year }, Part::whole(&name, Office::Enrollment(year).salt()), medium, dialect)?);
    }
    if let Some(terms) = &people.county.policy.mutual_aid {
        files.push(writing.text(&Aid { terms }, Part::whole("mutual_aid.csv", Office::MutualAid.salt()), medium, dialect)?);
    }
    if people.county.policy.incentive.is_some() {
        let claims = Claims::new(&people.county, Figures::read()?);
        files.push(writing.text(&claims, Part::whole("settlement.csv", Office::Settlement.salt()), medium, dialect)?);
        files.push(writing.text(&IncentiveUse, Part::whole("incentive_use.csv", Office::IncentiveUse.salt()), medium, dialect)?);
    }
    Ok(files)
}

/// A comma, Chinese headers, GB18030: what spreadsheets in China save as CSV.
const SAVED_SHEET: Dialect =
    Dialect { delimiter: b',', quoted: false, crlf: true, dates: Dates::Slash, encoding: Encoding::Gb18030, chinese: true };

/// Tabs between columns, as databases export.
const EXPORT: Dialect = Dialect { delimiter: b'\t', dates: Dates::Compact, ..SAVED_SHEET };

/// The formats that offices send: several encodings and delimiters, workbooks, Parquet.
pub fn write_mixed(writing: &Writing<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let medium = Medium::Text;
    let people = writing.people;
    let mut files = write_halves(writing, &Household, "household", Office::Household, [SAVED_SHEET, EXPORT])?;
    files.extend([
        write_sheet(writing, &Identity, "identity", Office::Identity, |person| person.labels())?,
        writing.text(&Student, Part::whole("student.txt", Office::Student.salt()), medium, EXPORT)?,
        writing.parquet(&Payment, Part::whole("payment.parquet", Office::Payment.salt()))?,
        writing.output.sheet("target.xlsx", target::COLUMNS, |cells| target::put_rows(&people.county, cells))?,
    ]);
    for (turn, year) in people.county.years().enumerate() {
        let name = format!("enrollment/{year}.csv");
        let (dialect, tail) = enrollment_dialect(turn);
        let part = Part { tail, ..Part::whole(&name, Office::Enrollment(year).salt()) };
        files.push(writing.text(&Enrollment { year }, part, medium, dialect)?);
    }
    if let Some(terms) = &people.county.policy.mutual_aid {
        files.push(writing.text(&Aid { terms }, Part::whole("mutual_aid.txt", Office::MutualAid.salt()), medium, EXPORT)?);
    }
    if people.county.policy.incentive.is_some() {
        let claims = Claims::new(&people.county, Figures::read()?);
        let bars = Dialect { delimiter: b'|', ..Dialect::PLAIN };
        files.extend(write_halves(writing, &claims, "settlement", Office::Settlement, [SAVED_SHEET, bars])?);
        files.push(write_sheet(writing, &IncentiveUse, "incentive_use", Office::IncentiveUse, |person| u64::from(person.is_user()))?);
    }
    Ok(files)
}

/// Two parts in a folder, each in a dialect of its own.
fn write_halves<E: Extract>(
    writing: &Writing<'_>,
    extract: &E,
    name: &str,
    office: Office,
    [first, second]: [Dialect; 2],
) -> Result<Vec<SampleFile>, SampleError> {
    let half = |number, dialect| {
        let name = format!("{name}/part-{}.csv", number + 1);
        writing.text(extract, Part { share: (number, 2), ..Part::whole(&name, office.salt()) }, Medium::Text, dialect)
    };
    Ok(vec![half(0, first)?, half(1, second)?])
}

/// A workbook while its rows fit a sheet.
fn write_sheet<E: Extract>(
    writing: &Writing<'_>,
    extract: &E,
    name: &str,
    office: Office,
    rows_of: impl Fn(&Person<'_>) -> u64 + Sync,
) -> Result<SampleFile, SampleError> {
    let people = writing.people;
    let rows: u64 = (0..people.persons).into_par_iter().map(|index| rows_of(&people.person(index))).sum();
    if rows <= MOST_SHEET_ROWS {
        writing.workbook(extract, Part::whole(&format!("{name}.xlsx"), office.salt()))
    } else {
        writing.text(extract, Part::whole(&format!("{name}.csv"), office.salt()), Medium::Text, SAVED_SHEET)
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
