//! Rows as bytes, column by column, in the types that [`super::super::read()`] gives its frames.
//!
//! A column is a byte that says whether it has nulls, then, if so, a byte a row that says where there is a value, then
//! the values: numbers and truth values as they lie in memory, texts as all lengths and then all bytes. The key is the
//! first column and never null. The bytes stay in the process that wrote them, so they have no version.

use std::io;
use std::ops::Range;

use bytemuck::{NoUninit, Pod};
use polars::prelude::{
    Column, DataFrame, DataType, Int32Type, Int64Type, PlSmallStr, PolarsNumericType, PolarsResult, Series, StringChunkedBuilder,
    UInt8Type, UInt32Type, UInt64Type, polars_bail,
};

use super::super::columns::{Kept, Values};

/// What a text takes in memory: its view, and as much again, as some are too long for it.
const TEXT_BYTES: usize = 32;

/// The names and types of a frame's columns.
pub(super) fn columns(frame: &DataFrame) -> Vec<(PlSmallStr, DataType)> {
    frame.columns().iter().map(|column| (column.name().clone(), column.dtype().clone())).collect()
}

/// About how many bytes a row with these columns takes in memory.
pub(super) fn width(columns: &[(PlSmallStr, DataType)]) -> usize {
    columns.iter().map(|(_, dtype)| bytes_of(dtype)).sum::<usize>().max(1)
}

/// The same for a frame's rows.
pub(super) fn row_bytes(frame: &DataFrame) -> usize {
    frame.columns().iter().map(|column| bytes_of(column.dtype())).sum::<usize>().max(1)
}

fn bytes_of(dtype: &DataType) -> usize {
    match dtype {
        DataType::UInt64 | DataType::Int64 | DataType::Datetime(..) => 8,
        DataType::UInt32 | DataType::Int32 | DataType::Date => 4,
        DataType::String => TEXT_BYTES,
        _ => 1,
    }
}

/// Writes a frame's rows behind what is there.
pub(super) fn write(frame: &DataFrame, into: &mut Vec<u8>) -> PolarsResult<()> {
    for column in frame.columns() {
        let series = column.as_materialized_series().to_physical_repr();
        into.push(u8::from(series.null_count() > 0));
        if series.null_count() > 0 {
            into.extend(series.is_not_null().iter().map(|present| u8::from(present == Some(true))));
        }
        match series.dtype() {
            DataType::UInt64 => write_numbers::<UInt64Type>(&series, into)?,
            DataType::Int64 => write_numbers::<Int64Type>(&series, into)?,
            DataType::UInt32 => write_numbers::<UInt32Type>(&series, into)?,
            DataType::Int32 => write_numbers::<Int32Type>(&series, into)?,
            DataType::UInt8 => write_numbers::<UInt8Type>(&series, into)?,
            DataType::Boolean => into.extend(series.bool()?.iter().map(|holds| u8::from(holds == Some(true)))),
            DataType::String => {
                let texts = series.str()?;
                into.extend(texts.iter().flat_map(|text| (text.map_or(0, str::len) as u32).to_ne_bytes()));
                texts.iter().flatten().for_each(|text| into.extend_from_slice(text.as_bytes()));
            }
            other => polars_bail!(ComputeError: "a column `{}` of type {other} cannot be put aside", series.name()),
        }
    }
    Ok(())
}

fn write_numbers<P: PolarsNumericType>(series: &Series, into: &mut Vec<u8>) -> PolarsResult<()>
where
    P::Native: NoUninit,
{
    let numbers = series.as_ref().as_ref() as &polars::prelude::ChunkedArray<P>;
    numbers.downcast_iter().for_each(|chunk| into.extend_from_slice(bytemuck::cast_slice(chunk.values().as_slice())));
    Ok(())
}

/// The keys of rows that were written.
pub(super) fn keys(bytes: &[u8], rows: usize) -> impl Iterator<Item = u64> {
    (0..rows).map_while(|row| number(bytes.get(1..)?, row))
}

fn number<T: Pod>(bytes: &[u8], row: usize) -> Option<T> {
    let begin = row * size_of::<T>();
    bytes.get(begin..begin + size_of::<T>()).map(bytemuck::pod_read_unaligned)
}

/// Puts rows together that were written in several pieces.
pub(super) struct Builder<'c> {
    columns: &'c [(PlSmallStr, DataType)],
    grown: Vec<Grown>,
    rows: usize,
}

/// A column as it grows.
enum Grown {
    Days(Values<i32>),
    Moments(Values<i64>),
    I32(Values<i32>),
    I64(Values<i64>),
    U8(Values<u8>),
    U32(Values<u32>),
    U64(Values<u64>),
    Truths(Values<u8>),
    Texts(StringChunkedBuilder),
}

/// Which rows of a piece are wanted.
#[derive(Debug, Clone)]
pub(super) enum RowSelection {
    Range(Range<usize>),
    Some(Vec<usize>),
}

impl RowSelection {
    fn each(&self, mut take: impl FnMut(usize)) {
        match self {
            Self::Range(rows) => rows.clone().for_each(take),
            Self::Some(rows) => rows.iter().for_each(|&row| take(row)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Range(rows) => rows.len(),
            Self::Some(rows) => rows.len(),
        }
    }
}

impl<'c> Builder<'c> {
    /// No rows yet, and room for some.
    pub fn new(columns: &'c [(PlSmallStr, DataType)], rows: usize) -> Self {
        let grown = columns.iter().map(|(name, dtype)| match dtype {
            DataType::Date => Grown::Days(Values::with_capacity(rows)),
            DataType::Datetime(..) => Grown::Moments(Values::with_capacity(rows)),
            DataType::Int32 => Grown::I32(Values::with_capacity(rows)),
            DataType::Int64 => Grown::I64(Values::with_capacity(rows)),
            DataType::UInt8 => Grown::U8(Values::with_capacity(rows)),
            DataType::UInt32 => Grown::U32(Values::with_capacity(rows)),
            DataType::UInt64 => Grown::U64(Values::with_capacity(rows)),
            DataType::String => Grown::Texts(StringChunkedBuilder::new(name.clone(), rows)),
            // `write` takes no other type.
            _ => Grown::Truths(Values::with_capacity(rows)),
        });
        Self { columns, grown: grown.collect(), rows: 0 }
    }

    /// Adds the picked ones of `rows` rows that were written into `bytes`; `keys` are what all of their keys are now.
    pub fn read(&mut self, bytes: &[u8], rows: usize, keys: &[u64], picked: &RowSelection) -> io::Result<()> {
        let mut rest = bytes;
        for (place, column) in self.grown.iter_mut().enumerate() {
            let has_nulls = cut(&mut rest, 1)? != [0];
            let present = if has_nulls { Some(cut(&mut rest, rows)?) } else { None };
            match column {
                Grown::U64(values) if place == 0 => {
                    cut(&mut rest, rows * size_of::<u64>())?;
                    picked.each(|row| values.push(keys.get(row).copied().unwrap_or_default()));
                }
                Grown::Days(values) | Grown::I32(values) => add(values, &mut rest, rows, present, picked)?,
                Grown::Moments(values) | Grown::I64(values) => add(values, &mut rest, rows, present, picked)?,
                Grown::U8(values) | Grown::Truths(values) => add(values, &mut rest, rows, present, picked)?,
                Grown::U32(values) => add(values, &mut rest, rows, present, picked)?,
                Grown::U64(values) => add(values, &mut rest, rows, present, picked)?,
                Grown::Texts(texts) => add_texts(texts, &mut rest, rows, present, picked)?,
            }
        }
        self.rows += picked.len();
        Ok(())
    }

    /// The rows as a frame.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let columns = self.columns.iter().zip(self.grown).map(|((name, _), grown)| grown.column(name));
        DataFrame::new(self.rows, columns.collect())
    }
}

impl Grown {
    fn column(self, name: &str) -> Column {
        let kept = match self {
            Self::Days(values) => Kept::Days(values),
            Self::Moments(values) => Kept::Moments(values),
            Self::I32(values) => Kept::I32(values),
            Self::I64(values) => Kept::I64(values),
            Self::U8(values) => Kept::U8(values),
            Self::U32(values) => Kept::U32(values),
            Self::U64(values) => Kept::U64(values),
            Self::Truths(values) => Kept::Truths(values.values.iter().map(|&holds| holds != 0).collect()),
            Self::Texts(texts) => Kept::Texts(texts.finish()),
        };
        kept.column(name)
    }
}

fn add<T: Pod + Default>(
    values: &mut Values<T>,
    rest: &mut &[u8],
    rows: usize,
    present: Option<&[u8]>,
    picked: &RowSelection,
) -> io::Result<()> {
    let bytes = cut(rest, rows * size_of::<T>())?;
    match present {
        None => picked.each(|row| values.push(number(bytes, row).unwrap_or_default())),
        Some(present) => picked.each(|row| match number(bytes, row) {
            Some(value) if present[row] != 0 => values.push(value),
            _ => values.push_null(),
        }),
    }
    Ok(())
}

fn add_texts(
    texts: &mut StringChunkedBuilder,
    rest: &mut &[u8],
    rows: usize,
    present: Option<&[u8]>,
    picked: &RowSelection,
) -> io::Result<()> {
    let lengths = cut(rest, rows * size_of::<u32>())?;
    let length = |row| number::<u32>(lengths, row).unwrap_or_default() as usize;
    let mut ends = Vec::with_capacity(rows);
    let whole = (0..rows).fold(0, |begin, row| {
        ends.push(begin + length(row));
        begin + length(row)
    });
    let bytes = cut(rest, whole)?;
    let mut sound = true;
    picked.each(|row| match std::str::from_utf8(&bytes[ends[row] - length(row)..ends[row]]) {
        Ok(text) if present.is_none_or(|present| present[row] != 0) => texts.append_value(text),
        text => {
            sound &= text.is_ok();
            texts.append_null();
        }
    });
    if sound { Ok(()) } else { Err(damaged()) }
}

/// Takes bytes off the front.
fn cut<'b>(rest: &mut &'b [u8], length: usize) -> io::Result<&'b [u8]> {
    let (front, back) = rest.split_at_checked(length).ok_or_else(damaged)?;
    *rest = back;
    Ok(front)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the temporary file does not hold what was written")
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    fn frame() -> DataFrame {
        df!(
            "key" => [5u64, 7, 9],
            "text" => [Some("明"), None, Some("a text that is longer than twelve bytes")],
            "more" => ["", "b", "c"],
            "flag" => [true, false, true],
            "code" => [Some(1u8), None, Some(3)],
            "area" => [340_322u32, 0, 1],
            "amount" => [Some(-1i64), Some(2), None],
            "month" => [1i32, 2, 3],
        )
        .unwrap()
        .lazy()
        .with_columns([
            col("month").cast(DataType::Date).alias("day"),
            col("amount").cast(DataType::Datetime(TimeUnit::Microseconds, None)).alias("moment"),
        ])
        .collect()
        .unwrap()
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let frame = frame();
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).unwrap();
        let here: Vec<u64> = keys(&bytes, 3).collect();
        assert_eq!(here, [5, 7, 9]);
        let columns = columns(&frame);
        let mut builder = Builder::new(&columns, 3);
        builder.read(&bytes, 3, &here, &RowSelection::Range(1..3)).unwrap();
        builder.read(&bytes, 3, &[50, 70, 90], &RowSelection::Some(vec![0, 2])).unwrap();
        let back = builder.finish().unwrap();
        let moved = |rows: DataFrame, keys: [u64; 2]| rows.lazy().with_column(lit(Series::new("key".into(), keys))).collect().unwrap();
        let other = moved(frame.take(&IdxCa::from_vec("".into(), vec![0, 2])).unwrap(), [50, 90]);
        let expected = frame.slice(1, 2).vstack(&other).unwrap();
        assert!(back.equals_missing(&expected), "{back} {expected}");
        assert_eq!(back.schema(), frame.schema());
    }

    #[test]
    fn bytes_that_are_too_few_are_told() {
        let frame = frame();
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).unwrap();
        let columns = columns(&frame);
        for length in [0, 1, 30, bytes.len() - 1] {
            assert!(Builder::new(&columns, 3).read(&bytes[..length], 3, &[1, 2, 3], &RowSelection::Range(0..3)).is_err());
        }
    }
}
