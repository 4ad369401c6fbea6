//! Column builders for what the datasets hold, over arrow's own: money, percentages, days and times.
//!
//! Whoever computes a dataset fills them row by row; [`batch`] puts them together in the dataset's schema.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;

use super::spec::{ColumnKind, DatasetSpec, list_item};
use canbao_rules::Percent;
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment};

/// Amounts in yuan.
#[derive(Debug)]
pub struct MoneyBuilder(Decimal128Builder);

impl Default for MoneyBuilder {
    fn default() -> Self {
        Self(Decimal128Builder::new().with_data_type(ColumnKind::Money.data_type()))
    }
}

impl MoneyBuilder {
    /// Adds an amount.
    pub fn push(&mut self, amount: Option<Yuan>) {
        self.0.append_option(amount.map(|yuan| i128::from(yuan.fen())));
    }

    /// For a column that holds counts and percentages beside amounts, all with two places.
    pub fn push_hundredths(&mut self, value: Option<i128>) {
        self.0.append_option(value);
    }
}

/// Percentages.
#[derive(Debug)]
pub struct PercentBuilder(Decimal128Builder);

impl Default for PercentBuilder {
    fn default() -> Self {
        Self(Decimal128Builder::new().with_data_type(ColumnKind::Percent.data_type()))
    }
}

impl PercentBuilder {
    /// Adds a percentage.
    pub fn push(&mut self, percent: Option<Percent>) {
        self.0.append_option(percent.map(|percent| i128::from(percent.hundredths())));
    }
}

/// Days.
#[derive(Debug, Default)]
pub struct DayBuilder(Date32Builder);

impl DayBuilder {
    /// Adds a day.
    pub fn push(&mut self, day: Option<Day>) {
        self.0.append_option(day.map(Day::epoch));
    }
}

/// Times without a zone.
#[derive(Debug, Default)]
pub struct MomentBuilder(TimestampMicrosecondBuilder);

impl MomentBuilder {
    /// Adds a time.
    pub fn push(&mut self, moment: Option<Moment>) {
        self.0.append_option(moment.map(Moment::micros));
    }
}

/// Lists of texts.
#[derive(Debug)]
pub struct TextListBuilder(ListBuilder<StringBuilder>);

impl Default for TextListBuilder {
    fn default() -> Self {
        Self(ListBuilder::new(StringBuilder::new()).with_field(list_item()))
    }
}

impl TextListBuilder {
    /// Adds a list of what `items` writes.
    pub fn push<I: IntoIterator<Item = T>, T: std::fmt::Display>(&mut self, items: I) {
        use std::fmt::Write;
        for item in items {
            // Writing into a string builder cannot fail.
            let _ = write!(self.0.values(), "{item}");
            self.0.values().append_value("");
        }
        self.0.append(true);
    }
}

/// What every builder can do at the end.
pub trait Finish {
    /// The values so far, as the array of a column; the builder is empty then.
    fn array(&mut self) -> ArrayRef;
}

macro_rules! finish {
    ($($builder:ty: $self_:ident => $finished:expr;)+) => {
        $(impl Finish for $builder {
            fn array(&mut self) -> ArrayRef {
                let $self_ = self;
                Arc::new($finished)
            }
        })+
    };
}

finish! {
    StringBuilder: b => b.finish();
    BooleanBuilder: b => b.finish();
    Int32Builder: b => b.finish();
    Int64Builder: b => b.finish();
    MoneyBuilder: b => b.0.finish();
    PercentBuilder: b => b.0.finish();
    DayBuilder: b => b.0.finish();
    MomentBuilder: b => b.0.finish();
    TextListBuilder: b => b.0.finish();
}

/// A batch in the dataset's schema from its columns in the order of the specification.
pub fn batch(spec: &DatasetSpec, columns: &mut [&mut dyn Finish]) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_new(spec.schema(), columns.iter_mut().map(|column| column.array()).collect())
}
