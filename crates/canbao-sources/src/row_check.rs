//! The row check: from fields to typed columns, or to one reject with the row's first fault.
//!
//! A block is checked column by column in the contract's order, so the first fault that a row meets
//! is its first fault in that order; a row once rejected is not looked at again. Rows of a
//! `not_yet` day are known before and keep no fault.
//!
//! [`judge`] comes to a [`Judgement`]: the values that are wanted, beside the block's text. What becomes of it is
//! for others to say: columns of a frame ([`Judgement::into_frame`]), or whatever a [`super::Taker`] makes of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use polars::prelude::{Column as Series, DataFrame, DataType, IntoColumn, PolarsResult, TimeUnit, UInt64Type, polars_err};
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{Kept, Values, nulls, texts, trim, truths};
use super::table::Table;
use super::{Column, Contract, ExtractError, Kind, Origin, Reject, Repeats, Request, Shape, values};
use canbao_rules::identity::{Certificate, CertificateFault, DivisionCode, OtherCertificates, PersonKey};
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment};
use canbao_rules::rules::RejectReason;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Good,
    Rejected,
    NotYet,
}

/// A block on its way through the check, and at its end.
pub(super) struct Judgement<'c> {
    request: &'c Request<'c>,
    contract: &'static Contract,
    plan: &'c Plan,
    table: &'c Table<'c>,
    file: usize,
    pub states: Vec<State>,
    /// In no order.
    pub rejects: Vec<Reject>,
    /// Rows whose certificate is no resident number, with the key column it belongs to; of one key column by row.
    pub others: Vec<Other<'c>>,
    /// Where the contract's periods begin, as days or months, until their ends are known.
    begins: Option<(&'static Column, Values<i32>)>,
    /// Key columns, in the contract's order.
    pub keys: Vec<(&'static str, Values<u64>)>,
    /// Columns that are wanted and in the file.
    pub kept: HashMap<&'static str, Kept>,
}

/// A certificate that is no resident number.
pub(super) struct Other<'t> {
    pub row: usize,
    /// Its place among the key columns.
    column: usize,
    pub kind: &'t str,
    pub number: &'t str,
}

/// Judges the rows of a block. In its key columns a certificate that is no resident number has no key of its own yet.
pub(super) fn judge<'c>(table: &'c Table<'c>, request: &'c Request<'c>, plan: &'c Plan, file: usize) -> Judgement<'c> {
    let rejects = table.bad_lines.iter().map(|&line| Reject::row(Origin::new(file, line), RejectReason::BadRow)).collect();
    let (contract, states) = (request.contract, vec![State::Good; table.len()]);
    let mut check = Judgement {
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
    check
}

impl<'c> Judgement<'c> {
    /// How many rows there are, rejected ones among them, but not those that are no rows.
    pub fn rows(&self) -> usize {
        self.table.len()
    }

    /// How many rows were read.
    pub fn rows_read(&self) -> u64 {
        (self.rows() + self.table.bad_lines.len()) as u64
    }

    /// Where a row stands.
    pub fn origin(&self, row: usize) -> Origin {
        Origin::new(self.file, self.table.lines[row])
    }

    /// The trimmed text of a field, empty where the file has no such column.
    #[inline]
    pub fn text(&self, row: usize, at: usize) -> &'c str {
        self.plan.places[at].map_or("", |place| trim(self.table.field(row, place)))
    }

    /// Rejects a row for a value, unless the row is used whatever is wrong with it.
    #[cold]
    fn fault(&mut self, row: usize, at: usize, column: &Column, reason: RejectReason) {
        if self.states[row] == State::Good {
            self.states[row] = State::Rejected;
            let raw = self.plan.places[at].map_or("", |place| self.table.field(row, place));
            self.rejects.push(Reject::value(self.origin(row), column.name, raw, reason));
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
    fn each<T: Copy + Default>(&mut self, at: usize, column: &Column, read: impl Fn(&'c str) -> Result<T, RejectReason>) -> Values<T> {
        let mut values = Values::with_capacity(self.rows());
        let Some(place) = self.plan.places[at] else { return values };
        for row in 0..self.rows() {
            if self.states[row] == State::Rejected {
                values.push(T::default());
                continue;
            }
            let text = trim(self.table.field(row, place));
            let read = if text.is_empty() {
                if column.required { Err(Some(RejectReason::MissingValue)) } else { Err(None) }
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

    /// Rejects doubles that are no whole number of cents, before the column's kind has its say.
    fn bad_numbers(&mut self, at: usize, column: &Column) {
        let table = self.table;
        for &(row, _) in table.bad_numbers.iter().filter(|&&(_, place)| self.plan.places[at] == Some(place)) {
            self.fault(row, at, column, RejectReason::BadNumber);
        }
    }

    /// Checks a column, and keeps it where it is wanted.
    fn column(&mut self, at: usize, column: &'static Column) {
        let name = column.name;
        self.bad_numbers(at, column);
        match column.kind {
            Kind::Certificate { key } => self.certificates(at, column, key),
            Kind::CertificateType | Kind::Text => self.text_column(at, column),
            Kind::Date if self.in_period(name) => self.period(at, column, |text| values::day(text).map(Day::epoch)),
            Kind::Month if self.in_period(name) => self.period(at, column, |text| values::month(text).map(|month| month.index())),
            Kind::Date => self.keep(at, column, |text| values::day(text).map(Day::epoch).ok_or(RejectReason::BadDate), Kept::Days),
            Kind::Month => {
                self.keep(at, column, |text| values::month(text).map(|month| month.index()).ok_or(RejectReason::BadDate), Kept::I32)
            }
            Kind::Moment => {
                self.keep(at, column, |text| values::moment(text).map(Moment::micros).ok_or(RejectReason::BadDate), Kept::Moments)
            }
            Kind::Year => self.keep(at, column, |text| values::year(text).ok_or(RejectReason::BadNumber), Kept::I32),
            Kind::Count => self.keep(at, column, |text| values::count(text).ok_or(RejectReason::BadNumber), Kept::I64),
            Kind::Amount => self.keep(at, column, |text| Yuan::parse(text).map(Yuan::fen).ok_or(RejectReason::BadNumber), Kept::I64),
            Kind::Area([6]) => self.keep(at, column, |text| area(text, &[6]).map(DivisionCode::county), Kept::U32),
            Kind::Area(digits) => self.keep(at, column, |text| area(text, digits).map(DivisionCode::packed), Kept::U64),
            Kind::AreaOrTotal(digits) => {
                let packed = |text: &str| if text == "TOTAL" { Ok(Kind::TOTAL) } else { area(text, &[digits]).map(DivisionCode::packed) };
                self.keep(at, column, packed, Kept::U64);
            }
            Kind::Code(codes) => {
                let place = |text: &str| codes.iter().position(|&code| code == text).map(|place| place as u8).ok_or(RejectReason::BadCode);
                self.keep(at, column, place, Kept::U8);
            }
            Kind::IdentityLabel => match self.request.labels {
                Some(labels) => {
                    let category = |text: &str| labels.category(text).ok_or(RejectReason::UnknownIdentityType);
                    self.keep(at, column, category, Kept::U8);
                }
                None => {
                    self.each(at, column, |_| Ok(()));
                }
            },
        }
    }

    /// Checks a column, and keeps its values where they are wanted.
    fn keep<T: Copy + Default>(
        &mut self,
        at: usize,
        column: &'static Column,
        read: impl Fn(&'c str) -> Result<T, RejectReason>,
        kept: fn(Values<T>) -> Kept,
    ) {
        if self.plan.places[at].is_none() {
            return;
        }
        if self.request.shape(column.name) == Some(Shape::Plain) {
            let values = self.each(at, column, read);
            self.kept.insert(column.name, kept(values));
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
            let texts = texts(column.name, self.rows(), (0..self.rows()).map(|row| self.text(row, at)));
            self.kept.insert(column.name, Kept::Texts(texts));
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
            self.kept.insert(column.name, Kept::Truths((0..self.rows()).map(holds).collect()));
        }
    }

    fn in_period(&self, name: &str) -> bool {
        self.contract.period.is_some_and(|(begin, end)| begin == name || end == name)
    }

    /// The begin or the end of the contract's period; the begin is kept until the end is read.
    fn period(&mut self, at: usize, column: &'static Column, read: impl Fn(&'c str) -> Option<i32>) {
        let values = self.each(at, column, |text| read(text).ok_or(RejectReason::BadDate));
        let Some((begin_column, begins)) = self.begins.take() else {
            self.begins = Some((column, values));
            return;
        };
        for row in 0..values.values.len() {
            if let (Some(begin), Some(end)) = (begins.get(row), values.get(row))
                && end < begin
            {
                self.fault(row, at, column, RejectReason::BadDate);
            }
        }
        for (column, values) in [(begin_column, begins), (column, values)] {
            // A column that the file does not have gave no values, and is made of nulls later.
            if self.request.shape(column.name).is_some() && values.values.len() == self.rows() {
                self.kept.insert(column.name, if column.kind == Kind::Date { Kept::Days(values) } else { Kept::I32(values) });
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
                Err(RejectReason::MissingValue)
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

    /// All declared columns of a row as written, but trimmed, in the contract's order: equal for equal rows, however
    /// their files are laid out, and for no others.
    pub fn canonical<'b>(&self, row: usize, buffer: &'b mut Vec<u8>) -> &'b [u8] {
        buffer.clear();
        for at in 0..self.contract.columns.len() {
            buffer.extend_from_slice(self.text(row, at).as_bytes());
            // No text in UTF-8 holds this byte.
            buffer.push(0xff);
        }
        buffer
    }

    fn fingerprints(&self) -> Vec<u64> {
        let mut buffer = Vec::with_capacity(512);
        (0..self.rows()).map(|row| xxh3_64(self.canonical(row, &mut buffer))).collect()
    }

    /// The used rows as a frame; certificates other than resident numbers of used rows enter `others`.
    pub fn into_frame(mut self, others: &Mutex<&mut OtherCertificates>) -> PolarsResult<DataFrame> {
        self.key_others(others);
        let rows = self.rows();
        let mut columns: Vec<Series> =
            std::mem::take(&mut self.keys).into_iter().map(|(key, values)| values.numbers::<UInt64Type>(key).into_column()).collect();
        columns.push(number_column("origin", (0..rows).map(|row| self.origin(row).0).collect()));
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
                (Some(kept), _) => kept.column(want.column),
                (None, Shape::Plain) => nulls(want.column, rows, &dtype(column.kind)),
                (None, Shape::Is { when_empty, .. }) => truths(want.column, &vec![when_empty; rows]).into_column(),
            });
        }
        let frame = DataFrame::new(rows, columns)?;
        let used: Vec<bool> = self.states.iter().map(|&state| state != State::Rejected).collect();
        if used.iter().all(|&used| used) { Ok(frame) } else { frame.filter(&truths("used", &used)) }
    }
}

fn number_column(name: &str, numbers: Vec<u64>) -> Series {
    polars::prelude::UInt64Chunked::from_vec(name.into(), numbers).into_column()
}

fn area(text: &str, digits: &[usize]) -> Result<DivisionCode, RejectReason> {
    if !digits.contains(&text.len()) {
        return Err(RejectReason::BadCode);
    }
    DivisionCode::parse(text).ok_or(RejectReason::BadCode)
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

fn reason_of(fault: CertificateFault) -> RejectReason {
    match fault {
        CertificateFault::Bad(_) => RejectReason::BadCertno,
        CertificateFault::NotBornYet => RejectReason::NotBornYet,
    }
}
