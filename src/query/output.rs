//! A query's answer as a table for people, CSV, JSON or Parquet.
//!
//! Values look the same in all of the texts: days as YYYY-MM-DD, times as YYYY-MM-DD HH:MM:SS, amounts
//! with all their places, lists with `;` between. What is null is `null` in a table and in JSON, and
//! empty in CSV.

use std::fmt::Write as _;
use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use polars::prelude::{AnyValue, Column, DataFrame, DataType, TimeUnit};

use super::QueryError;
use canbao_rules::period::{Day, Moment};
use canbao_sources::population::bridge;

/// A frame of lines with a header, then the number of rows. At most `rows` of them are shown.
///
/// # Errors
/// The writer's.
pub fn write_table(answer: &DataFrame, rows: usize, mut into: impl Write) -> Result<(), QueryError> {
    let shown = answer.head(Some(rows));
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    table.set_header(shown.columns().iter().map(|column| column.name().to_string()));
    for row in 0..shown.height() {
        table.add_row(shown.columns().iter().map(|column| text_at(column, row).unwrap_or_else(|| "null".to_owned())));
    }
    for (at, column) in shown.columns().iter().enumerate() {
        if let Some(layout) = table.column_mut(at).filter(|_| is_number(column.dtype())) {
            layout.set_cell_alignment(CellAlignment::Right);
        }
    }
    let total = answer.height();
    let plural = if total == 1 { "" } else { "s" };
    let count =
        if shown.height() < total { format!("the first {} of {total} rows", shown.height()) } else { format!("{total} row{plural}") };
    writeln!(into, "{table}\n{count}").map_err(QueryError::Output)
}

/// CSV as in RFC 4180, in UTF-8 with LF, a header first.
///
/// # Errors
/// The writer's.
pub fn write_csv(answer: &DataFrame, into: impl Write) -> Result<(), QueryError> {
    let failed = |error: csv::Error| QueryError::Output(error.into());
    let mut writer = csv::Writer::from_writer(into);
    writer.write_record(answer.columns().iter().map(|column| column.name().as_str())).map_err(failed)?;
    for row in 0..answer.height() {
        let fields = answer.columns().iter().map(|column| text_at(column, row).unwrap_or_default());
        writer.write_record(fields).map_err(failed)?;
    }
    writer.flush().map_err(QueryError::Output)
}

/// A JSON array with one object a row; amounts are numbers with all their places, lists are arrays.
///
/// # Errors
/// The writer's.
pub fn write_json(answer: &DataFrame, mut into: impl Write) -> Result<(), QueryError> {
    let mut text = String::from("[");
    for row in 0..answer.height() {
        text.push_str(if row == 0 { "\n{" } else { ",\n{" });
        for (at, column) in answer.columns().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let value = json_of(&value_at(column, row));
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{comma}{}:{value}", quoted(column.name()));
        }
        text.push('}');
        into.write_all(text.as_bytes()).map_err(QueryError::Output)?;
        text.clear();
    }
    let end = if answer.height() == 0 { "[]\n" } else { "\n]\n" };
    into.write_all(end.as_bytes()).map_err(QueryError::Output)
}

/// Parquet with Zstandard.
///
/// # Errors
/// The writer's.
pub fn write_parquet(answer: &DataFrame, into: impl Write + Send) -> Result<(), QueryError> {
    fn failed(error: impl std::error::Error + Send + Sync + 'static) -> QueryError {
        QueryError::Output(io::Error::other(error))
    }
    let rows = bridge::to_arrow(answer).map_err(failed)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(into, rows.schema(), Some(properties)).map_err(failed)?;
    writer.write(&rows).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(())
}

/// The value, null where the column cannot tell it.
fn value_at(column: &Column, row: usize) -> AnyValue<'_> {
    column.get(row).unwrap_or(AnyValue::Null)
}

fn text_at(column: &Column, row: usize) -> Option<String> {
    text_of(&value_at(column, row))
}

/// A value as text; `None` where it is null.
fn text_of(value: &AnyValue<'_>) -> Option<String> {
    Some(match value {
        AnyValue::Null => return None,
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Date(days) => Day::from_epoch(*days).to_string(),
        AnyValue::Datetime(time, unit, _) => time_of(*time, *unit),
        AnyValue::DatetimeOwned(time, unit, _) => time_of(*time, *unit),
        AnyValue::Decimal(unscaled, _, scale) => decimal_of(*unscaled, *scale),
        AnyValue::List(items) => items.iter().filter_map(|item| text_of(&item)).collect::<Vec<_>>().join(";"),
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => fields_of(value),
        other => other.to_string(),
    })
}

fn fields_of(value: &AnyValue<'_>) -> String {
    let values: Vec<AnyValue<'_>> = match value {
        AnyValue::Struct(..) => value._iter_struct_av().collect(),
        AnyValue::StructOwned(parts) => parts.0.clone(),
        _ => Vec::new(),
    };
    values.iter().filter_map(text_of).collect::<Vec<_>>().join(";")
}

fn time_of(time: i64, unit: TimeUnit) -> String {
    let micros = match unit {
        TimeUnit::Nanoseconds => time.div_euclid(1000),
        TimeUnit::Microseconds => time,
        TimeUnit::Milliseconds => time.saturating_mul(1000),
    };
    let moment = Moment::from_micros(micros);
    let of_day = micros - Moment::at(moment.day(), 0).micros();
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    let text = format!("{} {:02}:{:02}:{:02}", moment.day(), seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { text } else { format!("{text}.{fraction:06}") }
}

fn decimal_of(unscaled: i128, scale: usize) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn json_of(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".to_owned(),
        AnyValue::Boolean(truth) => truth.to_string(),
        AnyValue::Float32(number) if !number.is_finite() => "null".to_owned(),
        AnyValue::Float64(number) if !number.is_finite() => "null".to_owned(),
        AnyValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| json_of(&item)).collect();
            format!("[{}]", items.join(","))
        }
        _ => match text_of(value) {
            Some(text) if is_number(&value.dtype()) => text,
            Some(text) => quoted(&text),
            None => "null".to_owned(),
        },
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_primitive_numeric() || matches!(data_type, DataType::Decimal(..))
}
