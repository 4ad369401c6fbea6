//! Parquet: rows gathered as typed columns.

use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, Int32Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use canbao_rules::period::{Day, Moment};

use super::record::Time;
use super::row::{Column, Row};

/// What a column holds; a value of another kind becomes null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// INT32.
    Integer,
    /// DECIMAL(18,2).
    Amount,
    /// TIMESTAMP in microseconds, without a zone.
    Time,
}

impl Kind {
    /// The kind in which the platform keeps a column of the payment extract.
    pub fn of(column: &Column) -> Self {
        match column.0 {
            "clct_year" => Self::Integer,
            "pay_time" => Self::Time,
            "pay_amt" => Self::Amount,
            _ => Self::Text,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int32,
            Self::Amount => DataType::Decimal128(18, 2),
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }
}

/// The schema of a file with these columns.
pub fn schema(header: &[Column]) -> SchemaRef {
    let fields = header.iter().map(|column| Field::new(column.0, Kind::of(column).data_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

enum Builder {
    Text(StringBuilder),
    Integer(Int32Builder),
    Amount(Decimal128Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int32Builder::new()),
            Kind::Amount => Self::Amount(Decimal128Builder::new().with_data_type(kind.data_type())),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new()),
        }
    }

    fn put_null(&mut self) {
        match self {
            Self::Text(column) => column.append_null(),
            Self::Integer(column) => column.append_null(),
            Self::Amount(column) => column.append_null(),
            Self::Time(column) => column.append_null(),
        }
    }

    fn finish(mut self) -> ArrayRef {
        match &mut self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Amount(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
        }
    }
}

/// Rows as columns.
pub struct Columns {
    builders: Vec<Builder>,
    at: usize,
    rows: u64,
}

impl Columns {
    pub fn new(header: &[Column]) -> Self {
        Self { builders: header.iter().map(|column| Builder::new(Kind::of(column))).collect(), at: 0, rows: 0 }
    }

    /// Complete rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn into_batch(self, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(schema, self.builders.into_iter().map(Builder::finish).collect())
    }

    /// The next column, unless the row has one too many.
    fn next(&mut self) -> Option<&mut Builder> {
        self.at += 1;
        self.builders.get_mut(self.at - 1)
    }
}

impl Row for Columns {
    fn text(&mut self, value: &str) {
        match self.next() {
            Some(Builder::Text(column)) if !value.is_empty() => column.append_value(value),
            Some(other) => other.put_null(),
            None => {}
        }
    }

    fn integer(&mut self, value: u64) {
        match self.next() {
            Some(Builder::Integer(column)) => column.append_option(i32::try_from(value).ok()),
            Some(other) => other.put_null(),
            None => {}
        }
    }

    fn amount(&mut self, fen: i64) {
        match self.next() {
            Some(Builder::Amount(column)) => column.append_value(fen.into()),
            Some(other) => other.put_null(),
            None => {}
        }
    }

    fn day(&mut self, day: Option<Day>) {
        self.time(day.map(|day| (day, 0)));
    }

    fn time(&mut self, time: Option<Time>) {
        match self.next() {
            Some(Builder::Time(column)) => {
                column.append_option(time.map(|(day, seconds)| Moment::at(day, i64::from(seconds) * 1_000_000).micros()));
            }
            Some(other) => other.put_null(),
            None => {}
        }
    }

    fn end(&mut self) {
        while self.at < self.builders.len() {
            self.builders[self.at].put_null();
            self.at += 1;
        }
        self.at = 0;
        self.rows += 1;
    }
}
