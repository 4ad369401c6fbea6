//! The row check: from fields to typed columns, or to one reject with the row's first fault.
//!
//! A block is checked column by column in the contract's order, so the first fault that a row meets
//! is its first fault in that order; a row once rejected is not looked at again. Rows of a
//! `not_yet` day are known before and keep no fault.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use polars::prelude::{
    Column as Series, DataFrame, DataType, Int32Type, Int64Type, IntoColumn, PolarsResult, TimeUnit, UInt8Type, UInt32Type, UInt64Type,
    polars_err,
};
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{Values, nulls, texts, trim, truths};
use super::table::Table;
use super::{Column, Contract, ExtractError, Kind, Origin, Reason, Reject, Repeats, Request, Shape, values};
use crate::identity::{Certificate, CertificateFault, DivisionCode, OtherCertificates, PersonKey};
use crate::money::Yuan;
use crate::period::{Day, Moment};

/// What a header means for a contract.
#[derive(Debug)]
pub(super) struct Plan {
    /// For each declared column its place in the header.
    places: Vec<Option<usize>>,
}

impl Plan {
    /// Finds the declared columns in the header of a file.
    pub fn new(contract: &Contract, header: &[String], file: &str) -> Result<Self, ExtractError> {
        let mut places: Vec<Option<usize>> = vec![None; contract.columns.len()];
        for (at, name) in header.iter().enumerate() {
            let Some(column) = contract.place_of_header(name) else { continue };
            if let Some(first) = places[column].replace(at) {
                let (file, column) = (file.to_owned(), contract.columns[column].name);
                return Err(ExtractError::DuplicateColumn { file, column, first: header[first].clone(), second: name.clone() });
            }
        }
        let lacking = contract.columns.iter().zip(&places).filter(|(column, place)| column.required && place.is_none());
        let columns: Vec<String> = lacking.map(|(column, _)| format!("`{}` ({})", column.name, column.headers.join(" or "))).collect();
        if columns.is_empty() { Ok(Self { places }) } else { Err(ExtractError::MissingColumns { file: file.to_owned(), columns }) }
    }

    /// Whether the file has the declared column at this place of the contract.
    pub fn has(&self, column: usize) -> bool {
        self.places[column].is_some()
    }
}

/// The rows of a block, judged.
pub(super) struct Checked {
    pub frame: DataFrame,
    pub rejects: Vec<Reject>,
    pub rows_read: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Rejected,
    NotYet,
}

/// One block's way through the check.
struct Check<'c> {
    request: &'c Request<'c>,
    contract: &'static Contract,
    plan: &'c Plan,
    table: &'c Table<'c>,
    file: usize,
    states: Vec<State>,
    rejects: Vec<Reject>,
    /// Rows whose certificate is no resident number, with the key column it belongs to.
    others: Vec<Other<'c>>,
    /// Where the contract's periods begin, as days or months, until their ends are known.
    begins: Option<(&'static Column, Values<i32>)>,
    /// Key columns, in the contract's order.
    keys: Vec<(&'static str, Values<u64>)>,
    /// Columns that are wanted and in the file.
    kept: HashMap<&'static str, Series>,
}

struct Other<'t> {
    row: usize,
    /// Its place among the key columns.
    column: usize,
    kind: &'t str,
    number: &'t str,
}

/// Judges the rows of a block; certificates other than resident numbers of used rows enter `others`.
pub(super) fn check(
    table: &Table<'_>,
    request: &Request<'_>,
    plan: &Plan,
    file: usize,
    others: &Mutex<&mut OtherCertificates>,
) -> PolarsResult<Checked> {
    let rejects = table.bad_lines.iter().map(|&line| Reject::row(Origin::new(file, line), Reason::BadRow)).collect();
    let (contract, states) = (request.contract, vec![State::Good; table.len()]);
    let mut check = Check {
        request,
        contract,
        plan,
        table,
        file,
        states,
        rejects,
        others: Vec::new(),
        begins: None,
        keys: Vec::new(),
        kept: HashMap::new(),
    };
    check.find_not_yet();
    for (at, column) in contract.columns.iter().enumerate() {
        check.column(at, column);
    }
    check.key_others(others);
    check.finish()
}

impl<'c> Check<'c> {
    fn rows(&self) -> usize {
        self.table.len()
    }

    /// The trimmed text of a field, empty where the file has no such column.
    #[inline]
    fn text(&self, row: usize, at: usize) -> &'c str {
        self.plan.places[at].map_or("", |place| trim(self.table.field(row, place)))
    }

    /// Rejects a row for a value, unless the row is used whatever is wrong with it.
    #[cold]
    fn fault(&mut self, row: usize, at: usize, column: &Column, reason: Reason) {
        if self.states[row] == State::Good {
            self.states[row] = State::Rejected;
            let raw = self.plan.places[at].map_or("", |place| self.table.field(row, place));
            self.rejects.push(Reject::value(Origin::new(self.file, self.table.lines[row]), column.name, raw, reason));
        }
    }

    fn find_not_yet(&mut self) {
        let Some((at, _)) = self.contract.not_yet.and_then(|name| self.contract.column(name)) else { return };
        for row in 0..self.rows() {
            if values::day(self.text(row, at)).is_some_and(|day| day > self.request.on) {
                self.states[row] = State::NotYet;
            }
        }
    }

    /// Reads a column: a fault where a required value is empty or `read` gives a reason.
    #[inline]
    fn each<T: Copy + Default>(&mut self, at: usize, column: &Column, read: impl Fn(&'c str) -> Result<T, Reason>) -> Values<T> {
        let mut values = Values::with_capacity(self.rows());
        let Some(place) = self.plan.places[at] else { return values };
        for row in 0..self.rows() {
            if self.states[row] == State::Rejected {
                values.push(T::default());
                continue;
            }
            let text = trim(self.table.field(row, place));
            let read = if text.is_empty() {
                if column.required { Err(Some(Reason::MissingValue)) } else { Err(None) }
            } else {
                read(text).map_err(Some)
            };
            match read {
                Ok(value) => values.push(value),
                Err(reason) => {
                    values.push_null();
                    if let Some(reason) = reason {
                        self.fault(row, at, column, reason);
                    }
                }
            }
        }
        values
    }

    /// Checks a column, and keeps it where it is wanted.
    fn column(&mut self, at: usize, column: &'static Column) {
        let name = column.name;
        match column.kind {
            Kind::Certificate { key } => self.certificates(at, column, key),
            Kind::CertificateType | Kind::Text => self.text_column(at, column),
            Kind::Date if self.in_period(name) => self.period(at, column, |text| values::day(text).map(Day::epoch)),
            Kind::Month if self.in_period(name) => self.period(at, column, |text| values::month(text).map(|month| month.index())),
            Kind::Date => self.keep(at, column, |text| values::day(text).map(Day::epoch).ok_or(Reason::BadDate), |v| v.dates(name)),
            Kind::Month => {
                let month = |text: &str| values::month(text).map(|month| month.index()).ok_or(Reason::BadDate);
                self.keep(at, column, month, |v| v.numbers::<Int32Type>(name).into_column());
            }
            Kind::Moment => {
                self.keep(at, column, |text| values::moment(text).map(Moment::micros).ok_or(Reason::BadDate), |v| v.moments(name));
            }
            Kind::Year => {
                self.keep(at, column, |text| values::year(text).ok_or(Reason::BadNumber), |v| v.numbers::<Int32Type>(name).into_column());
            }
            Kind::Count => {
                self.keep(at, column, |text| values::count(text).ok_or(Reason::BadNumber), |v| v.numbers::<Int64Type>(name).into_column());
            }
            Kind::Amount => {
                let fen = |text: &str| Yuan::parse(text).map(Yuan::fen).ok_or(Reason::BadNumber);
                self.keep(at, column, fen, |v| v.numbers::<Int64Type>(name).into_column());
            }
            Kind::Area([6]) => {
                let county = |text: &str| area(text, &[6]).map(DivisionCode::county);
                self.keep(at, column, county, |v| v.numbers::<UInt32Type>(name).into_column());
            }
            Kind::Area(digits) => {
                let packed = |text: &str| area(text, digits).map(DivisionCode::packed);
                self.keep(at, column, packed, |v| v.numbers::<UInt64Type>(name).into_column());
            }
            Kind::AreaOrTotal(digits) => {
                let packed = |text: &str| if text == "TOTAL" { Ok(Kind::TOTAL) } else { area(text, &[digits]).map(DivisionCode::packed) };
                self.keep(at, column, packed, |v| v.numbers::<UInt64Type>(name).into_column());
            }
            Kind::Code(codes) => {
                let place = |text: &str| codes.iter().position(|&code| code == text).map(|place| place as u8).ok_or(Reason::BadCode);
                self.keep(at, column, place, |v| v.numbers::<UInt8Type>(name).into_column());
            }
            Kind::IdentityLabel => match self.request.labels {
                Some(labels) => {
                    let category = |text: &str| labels.category(text).ok_or(Reason::UnknownIdentityType);
                    self.keep(at, column, category, |v| v.numbers::<UInt8Type>(name).into_column());
                }
                None => {
                    self.each(at, column, |_| Ok(()));
                }
            },
        }
    }

    /// Checks a column, and keeps its values as `series` where they are wanted.
    fn keep<T: Copy + Default>(
        &mut self,
        at: usize,
        column: &'static Column,
        read: impl Fn(&'c str) -> Result<T, Reason>,
        series: impl FnOnce(Values<T>) -> Series,
    ) {
        if self.plan.places[at].is_none() {
            return;
        }
        if self.request.shape(column.name) == Some(Shape::Plain) {
            let values = self.each(at, column, read);
            self.kept.insert(column.name, series(values));
        } else {
            self.each(at, column, |text| read(text).map(|_| ()));
            self.keep_truths(at, column);
        }
    }

    fn text_column(&mut self, at: usize, column: &'static Column) {
        if self.plan.places[at].is_none() {
            return;
        }
        if column.required {
            self.each(at, column, |_| Ok(()));
        }
        if self.request.shape(column.name) == Some(Shape::Plain) {
            let series = texts(column.name, self.rows(), (0..self.rows()).map(|row| self.text(row, at))).into_column();
            self.kept.insert(column.name, series);
        }
        self.keep_truths(at, column);
    }

    /// Keeps whether the column has a certain value, where that is what is wanted of it.
    fn keep_truths(&mut self, at: usize, column: &'static Column) {
        if let Some(Shape::Is { equals, when_empty }) = self.request.shape(column.name) {
            let holds = |row| match self.text(row, at) {
                "" => when_empty,
                text => text == equals,
            };
            let series = truths(column.name, &(0..self.rows()).map(holds).collect::<Vec<_>>()).into_column();
            self.kept.insert(column.name, series);
        }
    }

    fn in_period(&self, name: &str) -> bool {
        self.contract.period.is_some_and(|(begin, end)| begin == name || end == name)
    }

    /// The begin or the end of the contract's period; the begin is kept until the end is read.
    fn period(&mut self, at: usize, column: &'static Column, read: impl Fn(&'c str) -> Option<i32>) {
        let values = self.each(at, column, |text| read(text).ok_or(Reason::BadDate));
        let Some((begin_column, begins)) = self.begins.take() else {
            self.begins = Some((column, values));
            return;
        };
        for row in 0..values.values.len() {
            if let (Some(begin), Some(end)) = (begins.get(row), values.get(row))
                && end < begin
            {
                self.fault(row, at, column, Reason::BadDate);
            }
        }
        for (column, values) in [(begin_column, begins), (column, values)] {
            // A column that the file does not have gave no values, and is made of nulls later.
            if self.request.shape(column.name).is_some() && values.values.len() == self.rows() {
                let series = match column.kind {
                    Kind::Date => values.dates(column.name),
                    _ => values.numbers::<Int32Type>(column.name).into_column(),
                };
                self.kept.insert(column.name, series);
            }
        }
    }

    fn certificates(&mut self, at: usize, column: &'static Column, key: &'static str) {
        // The type stands beside the number only in extracts with one person a row.
        let kind_at = if column.name == "certno" { self.contract.column("psn_cert_type").map(|(at, _)| at) } else { None };
        let mut keys = Values::with_capacity(self.rows());
        for row in 0..self.rows() {
            if self.states[row] == State::Rejected {
                keys.push(0);
                continue;
            }
            let number = self.text(row, at);
            let kind = kind_at.map_or("", |at| self.text(row, at));
            let parsed = if number.is_empty() {
                Err(Reason::MissingValue)
            } else {
                Certificate::parse(kind, number, self.request.on).map_err(reason_of)
            };
            match parsed {
                Ok(Certificate::Resident(number)) => keys.push(PersonKey::from(number).0),
                Ok(Certificate::Other { kind, number }) => {
                    self.others.push(Other { row, column: self.keys.len(), kind, number });
                    keys.push(PersonKey::OTHER_BIT);
                }
                Err(reason) => {
                    keys.push(0);
                    self.fault(row, at, column, reason);
                }
            }
        }
        self.keys.push((key, keys));
    }

    /// Gives keys to the certificates that are no resident numbers, of used rows only.
    fn key_others(&mut self, table: &Mutex<&mut OtherCertificates>) {
        if self.others.is_empty() {
            return;
        }
        // A thread that panicked while it held the table left it whole: every entry is pushed at once.
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        for other in &self.others {
            if self.states[other.row] != State::Rejected {
                self.keys[other.column].1.values[other.row] = table.intern(other.kind, other.number).0;
            }
        }
    }

    /// All declared columns of a row as written, but trimmed, in 64 bits.
    fn fingerprints(&self) -> Vec<u64> {
        let mut row_text = Vec::with_capacity(256);
        (0..self.rows())
            .map(|row| {
                row_text.clear();
                for at in 0..self.contract.columns.len() {
                    row_text.extend_from_slice(self.text(row, at).as_bytes());
                    row_text.push(0x1f);
                }
                xxh3_64(&row_text)
            })
            .collect()
    }

    fn finish(mut self) -> PolarsResult<Checked> {
        let rows = self.rows();
        let rows_read = (rows + self.table.bad_lines.len()) as u64;
        let mut columns: Vec<Series> =
            std::mem::take(&mut self.keys).into_iter().map(|(key, values)| values.numbers::<UInt64Type>(key).into_column()).collect();
        columns.push(number_column("origin", self.table.lines.iter().map(|&line| Origin::new(self.file, line).0).collect()));
        if self.contract.repeats == Repeats::FirstStands {
            columns.push(number_column("fingerprint", self.fingerprints()));
        }
        if self.contract.not_yet.is_some() {
            let not_yet: Vec<bool> = self.states.iter().map(|&state| state == State::NotYet).collect();
            columns.push(truths("not_yet", &not_yet).into_column());
        }
        for want in self.request.wants() {
            let (_, column) = self.contract.column(want.column).ok_or_else(|| polars_err!(ColumnNotFound: "{}", want.column))?;
            columns.push(match (self.kept.remove(want.column), want.shape) {
                (Some(series), _) => series,
                (None, Shape::Plain) => nulls(want.column, rows, &dtype(column.kind)),
                (None, Shape::Is { when_empty, .. }) => truths(want.column, &vec![when_empty; rows]).into_column(),
            });
        }
        let frame = DataFrame::new(rows, columns)?;
        let used: Vec<bool> = self.states.iter().map(|&state| state != State::Rejected).collect();
        let frame = if used.iter().all(|&used| used) { frame } else { frame.filter(&truths("used", &used))? };
        Ok(Checked { frame, rejects: self.rejects, rows_read })
    }
}

fn number_column(name: &str, numbers: Vec<u64>) -> Series {
    polars::prelude::UInt64Chunked::from_vec(name.into(), numbers).into_column()
}

fn area(text: &str, digits: &[usize]) -> Result<DivisionCode, Reason> {
    if !digits.contains(&text.len()) {
        return Err(Reason::BadCode);
    }
    DivisionCode::parse(text).ok_or(Reason::BadCode)
}

/// The polars type of a kind's column.
fn dtype(kind: Kind) -> DataType {
    match kind {
        Kind::Certificate { .. } | Kind::AreaOrTotal(_) => DataType::UInt64,
        Kind::CertificateType | Kind::Text => DataType::String,
        Kind::Date => DataType::Date,
        Kind::Moment => DataType::Datetime(TimeUnit::Microseconds, None),
        Kind::Month | Kind::Year => DataType::Int32,
        Kind::Count | Kind::Amount => DataType::Int64,
        Kind::Area([6]) => DataType::UInt32,
        Kind::Area(_) => DataType::UInt64,
        Kind::Code(_) | Kind::IdentityLabel => DataType::UInt8,
    }
}

fn reason_of(fault: CertificateFault) -> Reason {
    match fault {
        CertificateFault::Bad(_) => Reason::BadCertno,
        CertificateFault::NotBornYet => Reason::NotBornYet,
    }
}
