//! Parquet files, row by row as text.
//!
//! Only declared columns are read, in batches of bounded size, and a page that carries a checksum
//! must match it. Every type of column that an extract may have (strings, integers, decimals,
//! doubles, dates, timestamps, and these as a dictionary) has one text:
//!
//! - integers all their digits; decimals all their places, but no zeros after the second;
//! - doubles the shortest text that reads as the same number, and a mark where that is no whole
//!   number of cents: such a value is a `bad_number` in any column;
//! - days as `YYYY-MM-DD`, timestamps as `YYYY-MM-DD HH:MM:SS` with the fraction they have. A
//!   timestamp's zone is not applied: the instant is read as it stands in the file, in UTC where the
//!   file says so;
//! - nulls, and columns of the type null, are empty.
//!
//! A declared column of any other type makes the file unreadable. A row's line is its number + 1, as
//! though a header stood on line 1.

use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, Decimal256Array, Float64Array, LargeStringArray, PrimitiveArray, RecordBatch, StringArray, StringViewArray,
};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;

use super::cells::{CellReader, Outlet, guarded, unreadable};
use super::{BlockReader, CellBlock, Contract, ExtractError, SourceFile};
use canbao_rules::period::Day;

/// The line under which the first row is reported: the header's would be 1.
const FIRST_LINE: u64 = 2;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8192;

/// Opens the file and reads its schema. Blocks hold the declared columns only.
pub(super) fn open(file: &SourceFile, contract: &Contract) -> Result<Box<dyn BlockReader>, ExtractError> {
    let (handle, digest) = file.seekable()?;
    guarded(&file.path, || {
        let metadata = read_metadata(&handle).map_err(|error| damage(&file.path, &error))?;
        let mut header = Vec::new();
        let mut roots = Vec::new();
        for (root, field) in metadata.schema().fields().iter().enumerate() {
            if contract.place_of_header(field.name()).is_some() {
                refuse_other_types(&file.path, field)?;
                header.push(field.name().clone());
                roots.push(root);
            }
        }
        let rows = Rows { path: file.path.clone(), bytes: digest.bytes, handle, metadata, roots };
        Ok(Box::new(CellReader::new(&file.path, header, digest, move |outlet| rows.read(outlet))) as Box<dyn BlockReader>)
    })
}

/// What it takes to read a file's rows.
struct Rows {
    path: String,
    bytes: u64,
    handle: File,
    metadata: ArrowReaderMetadata,
    /// The declared columns' places in the file's schema, ascending.
    roots: Vec<usize>,
}

impl Rows {
    fn read(self, outlet: &mut Outlet) -> Result<(), ExtractError> {
        let all_rows = self.metadata.metadata().file_metadata().num_rows().unsigned_abs().max(1);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), self.roots.iter().copied());
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(self.handle, self.metadata)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| damage(&self.path, &error))?;
        let mut row_number: u64 = 0;
        for batch in batches {
            let batch = batch.map_err(|error| damage(&self.path, &error))?;
            let columns = columns_of(&batch).map_err(|error| damage(&self.path, &error))?;
            for row in 0..batch.num_rows() {
                for column in &columns {
                    column.push(row, outlet.block());
                }
                outlet.block().end_row(row_number + FIRST_LINE);
                row_number += 1;
                outlet.progress((u128::from(self.bytes) * u128::from(row_number) / u128::from(all_rows)) as u64);
                if !outlet.go_on() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn read_metadata(file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    let found = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    match with_wide_timestamps(&found) {
        Some(schema) => ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), ArrowReaderOptions::new().with_schema(schema)),
        None => Ok(found),
    }
}

/// The schema with timestamps of the old 96-bit form in microseconds, where there are any: in
/// nanoseconds, their default, a period's customary end in the year 9999 overflows.
fn with_wide_timestamps(metadata: &ArrowReaderMetadata) -> Option<SchemaRef> {
    let roots = metadata.parquet_schema().root_schema().get_fields();
    let old = |root: usize| roots.get(root).is_some_and(|f| f.is_primitive() && f.get_physical_type() == PhysicalType::INT96);
    let fields = metadata.schema().fields();
    if !(0..fields.len()).any(old) {
        return None;
    }
    let wide = |(root, field): (usize, &Arc<Field>)| match old(root) {
        true => field.as_ref().clone().with_data_type(DataType::Timestamp(TimeUnit::Microsecond, None)).into(),
        false => Arc::clone(field),
    };
    let fields: Vec<_> = fields.iter().enumerate().map(wide).collect();
    Some(Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone())))
}

fn refuse_other_types(path: &str, field: &Field) -> Result<(), ExtractError> {
    let plain = match field.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let known = plain.is_integer()
        || plain.is_string()
        || plain.is_decimal()
        || plain.is_null()
        || matches!(plain, DataType::Float64 | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..));
    if known {
        return Ok(());
    }
    let why = format!("its type is {plain}, expected strings, integers, decimals, doubles, dates or timestamps");
    Err(ExtractError::Unreadable { file: path.to_owned(), column: Some(field.name().clone()), why })
}

fn damage(path: &str, error: &dyn std::fmt::Display) -> ExtractError {
    unreadable(path, format_args!("it is no Parquet file or a damaged one ({error})"))
}

/// A column of a batch, as far as its type decides how a value reads.
enum Column {
    Text(StringArray),
    LongText(LargeStringArray),
    TextView(StringViewArray),
    Whole(PrimitiveArray<Int64Type>),
    Unsigned(PrimitiveArray<UInt64Type>),
    Double(Float64Array),
    Decimal(PrimitiveArray<Decimal128Type>, i8),
    WideDecimal(Decimal256Array, i8),
    Days(PrimitiveArray<Date32Type>),
    Moments { since_epoch: PrimitiveArray<Int64Type>, per_second: i64 },
    Nothing,
}

fn columns_of(batch: &RecordBatch) -> Result<Vec<Column>, ArrowError> {
    batch.columns().iter().map(column_of).collect()
}

fn column_of(array: &ArrayRef) -> Result<Column, ArrowError> {
    let moments = |per_second| Ok(Column::Moments { since_epoch: cast(array, &DataType::Int64)?.as_primitive().clone(), per_second });
    match array.data_type() {
        DataType::Dictionary(_, values) => column_of(&cast(array, values)?),
        DataType::Utf8 => Ok(Column::Text(array.as_string().clone())),
        DataType::LargeUtf8 => Ok(Column::LongText(array.as_string().clone())),
        DataType::Utf8View => Ok(Column::TextView(array.as_string_view().clone())),
        DataType::UInt64 => Ok(Column::Unsigned(array.as_primitive().clone())),
        integer if integer.is_integer() => Ok(Column::Whole(cast(array, &DataType::Int64)?.as_primitive().clone())),
        DataType::Float64 => Ok(Column::Double(array.as_primitive::<Float64Type>().clone())),
        &DataType::Decimal256(_, scale) => Ok(Column::WideDecimal(array.as_primitive::<Decimal256Type>().clone(), scale)),
        &(DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) | DataType::Decimal128(precision, scale)) => {
            Ok(Column::Decimal(cast(array, &DataType::Decimal128(precision, scale))?.as_primitive().clone(), scale))
        }
        DataType::Date32 | DataType::Date64 => Ok(Column::Days(cast(array, &DataType::Date32)?.as_primitive().clone())),
        DataType::Timestamp(TimeUnit::Second, _) => moments(1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => moments(1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => moments(1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => moments(1_000_000_000),
        DataType::Null => Ok(Column::Nothing),
        other => Err(ArrowError::SchemaError(format!("a column changed its type to {other}"))),
    }
}

impl Column {
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(values) => values.is_null(row),
            Self::LongText(values) => values.is_null(row),
            Self::TextView(values) => values.is_null(row),
            Self::Whole(values) | Self::Moments { since_epoch: values, .. } => values.is_null(row),
            Self::Unsigned(values) => values.is_null(row),
            Self::Double(values) => values.is_null(row),
            Self::Decimal(values, _) => values.is_null(row),
            Self::WideDecimal(values, _) => values.is_null(row),
            Self::Days(values) => values.is_null(row),
            Self::Nothing => true,
        }
    }

    /// Appends the value in `row` to the block.
    fn push(&self, row: usize, block: &mut CellBlock) {
        if self.is_null(row) {
            return block.push_cell("");
        }
        match self {
            Self::Text(values) => block.push_cell(values.value(row)),
            Self::LongText(values) => block.push_cell(values.value(row)),
            Self::TextView(values) => block.push_cell(values.value(row)),
            Self::Whole(values) => block.push_cell(&values.value(row).to_string()),
            Self::Unsigned(values) => block.push_cell(&values.value(row).to_string()),
            Self::Double(values) => push_double(values.value(row), block),
            Self::Decimal(values, scale) => block.push_cell(&decimal(values.value(row).to_string(), *scale)),
            Self::WideDecimal(values, scale) => block.push_cell(&decimal(values.value(row).to_string(), *scale)),
            Self::Days(values) => block.push_cell(&day(i64::from(values.value(row)))),
            Self::Moments { since_epoch, per_second } => block.push_cell(&moment(since_epoch.value(row), *per_second)),
            Self::Nothing => block.push_cell(""),
        }
    }
}

fn push_double(value: f64, block: &mut CellBlock) {
    let text = if value == 0.0 { "0".to_owned() } else { value.to_string() };
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    if value.is_finite() && places <= 2 { block.push_cell(&text) } else { block.push_bad_number(&text) }
}

/// The text of `digits` × 10^-`scale`: `38000` with scale 2 is `380.00`, `3801000` with scale 4 is `380.10`.
fn decimal(digits: String, scale: i8) -> String {
    let places = usize::from(scale.max(0).unsigned_abs());
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let mut text = format!("{sign}{digits:0>width$}", width = places + 1);
    text.extend(std::iter::repeat_n('0', usize::from(scale.min(0).unsigned_abs())));
    if places > 0 {
        text.insert(text.len() - places, '.');
        let needless = text.bytes().rev().take(places.saturating_sub(2)).take_while(|&b| b == b'0').count();
        text.truncate(text.len() - needless);
    }
    text
}

/// A day beyond the years 0001 to 9999 reads as what no column takes for a day.
fn day(since_epoch: i64) -> String {
    let first = Day::from_ymd(1, 1, 1).map_or(0, Day::epoch);
    let last = Day::from_ymd(9999, 12, 31).map_or(0, Day::epoch);
    match i32::try_from(since_epoch) {
        Ok(days) if (first..=last).contains(&days) => Day::from_epoch(days).to_string(),
        _ => format!("{since_epoch} days from 1970-01-01"),
    }
}

fn moment(since_epoch: i64, per_second: i64) -> String {
    let seconds = since_epoch.div_euclid(per_second);
    let of_day = seconds.rem_euclid(86_400);
    let mut text = day(seconds.div_euclid(86_400));
    // Writing to a string cannot fail.
    let _ = write!(text, " {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = since_epoch.rem_euclid(per_second);
    if fraction != 0 {
        let places = per_second.ilog10() as usize;
        let _ = write!(text, ".{fraction:0places$}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

#[cfg(test)]
mod tests;
