//! One way of writing a row, whatever the file's format: extracts hand over values, a [`Row`] puts them down.

use canbao_rules::period::Day;

use super::record::Time;

/// A column: its name on the platform and in Chinese.
pub type Column = (&'static str, &'static str);

/// Takes the values of a row, one column after the other.
pub trait Row {
    /// Text; an empty one is no value.
    fn text(&mut self, value: &str);
    fn integer(&mut self, value: u64);
    /// An amount in fen.
    fn amount(&mut self, fen: i64);
    fn day(&mut self, day: Option<Day>);
    fn time(&mut self, time: Option<Time>);
    /// The row is complete.
    fn end(&mut self);
}

/// The values of one row, in the order of the file's columns.
pub trait Values {
    fn put<R: Row>(&self, row: &mut R);
}

/// A fault that offices make: in place of a column's value stands another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The column's name on the platform; of [`SURPLUS`] and [`SHORT`] none.
    pub column: &'static str,
    pub value: &'static str,
    pub scope: Scope,
}

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Delimited text for other programs.
    Plain,
    /// Delimited text as offices send it.
    Text,
    /// Cells with types: a workbook, Parquet.
    Cells,
}

/// Which media can show a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Anywhere,
    /// Other programs would not notice it, so plain files have none.
    Mixed,
    /// A fault of lines, not of values.
    Lines,
    /// A fault of lines that other programs may stumble over.
    MixedLines,
}

impl Scope {
    /// Whether a file of this medium may have the fault.
    pub fn allows(self, medium: Medium) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Mixed => medium != Medium::Plain,
            Self::Lines => medium != Medium::Cells,
            Self::MixedLines => medium == Medium::Text,
        }
    }
}

/// The row has a field more than the header.
pub const SURPLUS: &str = "+";
/// The row ends before its last column.
pub const SHORT: &str = "-";

/// Stands for a byte that no encoding knows; delimited text puts 0xFF in its place.
pub const SUBSTITUTE: u8 = 0x1A;

/// A row with a fault in one of its columns.
pub struct Damaged<'a, R> {
    row: &'a mut R,
    /// The damaged column, counted from 0.
    column: usize,
    value: &'a str,
    at: usize,
    /// Columns of the whole row; the last is left out of a short one.
    columns: Option<usize>,
    surplus: bool,
}

impl<'a, R: Row> Damaged<'a, R> {
    pub fn new(row: &'a mut R, fault: &'a Fault, header: &[Column]) -> Self {
        let column = header.iter().position(|(name, _)| *name == fault.column).unwrap_or(usize::MAX);
        let columns = (fault.column == SHORT).then_some(header.len());
        Self { row, column, value: fault.value, at: 0, columns, surplus: fault.column == SURPLUS }
    }

    /// The row, unless something else stands at this place.
    fn next(&mut self) -> Option<&mut R> {
        self.at += 1;
        if self.at - 1 == self.column {
            self.row.text(self.value);
            return None;
        }
        (self.columns != Some(self.at)).then_some(&mut *self.row)
    }
}

impl<R: Row> Row for Damaged<'_, R> {
    fn text(&mut self, value: &str) {
        if let Some(row) = self.next() {
            row.text(value);
        }
    }

    fn integer(&mut self, value: u64) {
        if let Some(row) = self.next() {
            row.integer(value);
        }
    }

    fn amount(&mut self, fen: i64) {
        if let Some(row) = self.next() {
            row.amount(fen);
        }
    }

    fn day(&mut self, day: Option<Day>) {
        if let Some(row) = self.next() {
            row.day(day);
        }
    }

    fn time(&mut self, time: Option<Time>) {
        if let Some(row) = self.next() {
            row.time(time);
        }
    }

    fn end(&mut self) {
        if self.surplus {
            self.row.text(self.value);
        }
        self.row.end();
    }
}
