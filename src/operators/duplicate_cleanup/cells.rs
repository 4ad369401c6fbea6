//! Typed cells of a published dataset's batch.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch, StringArray};

use super::case::CaseNumber;
use super::error::CleanupError;
use canbao_publish::Snapshot;
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment, Month, MonthSpan};
use canbao_rules::vocabulary::Vocabulary;

/// A batch and where it comes from.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    batch: &'a RecordBatch,
    path: &'a str,
}

/// One row of it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    cells: Cells<'a>,
    row: usize,
}

impl<'a> Cells<'a> {
    /// The cells of a batch of the dataset `path`.
    pub fn of(batch: &'a RecordBatch, path: &'a str) -> Self {
        Self { batch, path }
    }

    /// All rows in order.
    pub fn rows(self) -> impl Iterator<Item = Row<'a>> {
        (0..self.batch.num_rows()).map(move |row| Row { cells: self, row })
    }

    fn column(&self, name: &'static str) -> Result<&'a ArrayRef, CleanupError> {
        self.batch.column_by_name(name).ok_or_else(|| self.wrong_type(name))
    }

    fn wrong_type(&self, column: &'static str) -> CleanupError {
        CleanupError::Type { path: self.path.to_owned(), column }
    }
}

impl<'a> Row<'a> {
    fn texts(&self, name: &'static str) -> Result<&'a StringArray, CleanupError> {
        self.cells.column(name)?.as_string_opt().ok_or_else(|| self.cells.wrong_type(name))
    }

    fn numbers<T: ArrowPrimitiveType>(&self, name: &'static str) -> Result<&'a PrimitiveArray<T>, CleanupError> {
        self.cells.column(name)?.as_primitive_opt::<T>().ok_or_else(|| self.cells.wrong_type(name))
    }

    fn number<T: ArrowPrimitiveType>(&self, name: &'static str) -> Result<Option<T::Native>, CleanupError> {
        let column = self.numbers::<T>(name)?;
        Ok(column.is_valid(self.row).then(|| column.value(self.row)))
    }

    /// A text that may be absent.
    pub fn text(&self, name: &'static str) -> Result<Option<&'a str>, CleanupError> {
        let column = self.texts(name)?;
        Ok(column.is_valid(self.row).then(|| column.value(self.row)))
    }

    /// A text that is always there.
    pub fn known(&self, name: &'static str) -> Result<&'a str, CleanupError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A list of texts.
    pub fn list(&self, name: &'static str) -> Result<Vec<String>, CleanupError> {
        let lists = self.cells.column(name)?.as_list_opt::<i32>().ok_or_else(|| self.cells.wrong_type(name))?;
        let items = lists.value(self.row);
        let items = items.as_string_opt::<i32>().ok_or_else(|| self.cells.wrong_type(name))?;
        Ok(items.iter().flatten().map(str::to_owned).collect())
    }

    /// A whole number that is always there.
    pub fn int(&self, name: &'static str) -> Result<i32, CleanupError> {
        self.number::<Int32Type>(name)?.ok_or_else(|| self.missing(name))
    }

    /// A day that is always there.
    pub fn day(&self, name: &'static str) -> Result<Day, CleanupError> {
        self.number::<Date32Type>(name)?.map(Day::from_epoch).ok_or_else(|| self.missing(name))
    }

    /// A time that may be absent.
    pub fn moment(&self, name: &'static str) -> Result<Option<Moment>, CleanupError> {
        Ok(self.number::<TimestampMicrosecondType>(name)?.map(Moment::from_micros))
    }

    /// An amount that may be absent.
    pub fn money(&self, name: &'static str) -> Result<Option<Yuan>, CleanupError> {
        let fen = self.number::<Decimal128Type>(name)?.map(i64::try_from).transpose();
        Ok(fen.map_err(|_| self.cells.wrong_type(name))?.map(Yuan::from_fen))
    }

    /// The months between two columns of yyyyMM.
    pub fn months(&self, first: &'static str, last: &'static str) -> Result<Option<MonthSpan>, CleanupError> {
        let (Some(from), Some(to)) = (self.text(first)?, self.text(last)?) else { return Ok(None) };
        let from = month(from).ok_or_else(|| self.unexpected(first, from, "a month as yyyyMM"))?;
        let to = month(to).ok_or_else(|| self.unexpected(last, to, "a month as yyyyMM"))?;
        MonthSpan::new(from, to).map(Some).ok_or_else(|| self.unexpected(last, &to.to_string(), "no month before the first"))
    }

    /// A code of a closed list.
    pub fn code<V: Vocabulary>(&self, name: &'static str) -> Result<V, CleanupError> {
        let code = self.known(name)?;
        V::from_code(code).ok_or_else(|| self.unexpected(name, code, "a word of this version of the program"))
    }

    /// The number of a case, which may be absent.
    pub fn case_number(&self, name: &'static str) -> Result<Option<CaseNumber>, CleanupError> {
        let number = self.text(name)?.map(str::parse).transpose();
        number.map_err(|source| CleanupError::Number { path: self.path().to_owned(), source })
    }

    /// The error for a value that is not there.
    pub fn missing(&self, column: &'static str) -> CleanupError {
        self.unexpected(column, "", "a value")
    }

    fn unexpected(&self, column: &'static str, value: &str, expected: &'static str) -> CleanupError {
        CleanupError::Value { path: self.cells.path.to_owned(), column, value: value.to_owned(), expected }
    }

    /// The dataset.
    pub fn path(&self) -> &'a str {
        self.cells.path
    }
}

fn month(text: &str) -> Option<Month> {
    let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { Month::new(text[..4].parse().ok()?, text[4..].parse().ok()?) } else { None }
}

/// Looks at every row of a dataset, with some of its columns or all (`None`).
pub fn each_row(
    snapshot: &Snapshot,
    dataset: &str,
    columns: Option<&[&str]>,
    mut look: impl FnMut(&Row<'_>) -> Result<(), CleanupError>,
) -> Result<(), CleanupError> {
    let path = format!("{}/{dataset}.parquet", snapshot.shown());
    for batch in snapshot.rows(dataset, columns)? {
        Cells::of(&batch?, &path).rows().try_for_each(|row| look(&row))?;
    }
    Ok(())
}

/// What is read from every row of a dataset.
pub fn every_row<T>(
    snapshot: &Snapshot,
    dataset: &str,
    mut read: impl FnMut(&Row<'_>) -> Result<T, CleanupError>,
) -> Result<Vec<T>, CleanupError> {
    let mut all = Vec::new();
    each_row(snapshot, dataset, None, |row| read(row).map(|value| all.push(value)))?;
    Ok(all)
}
