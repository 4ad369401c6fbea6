//! Typed values of a block's rows on their way into polars columns.

use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataType, Int32Type, Int64Type, IntoColumn, NamedFrom, PlSmallStr, PolarsNumericType,
    StringChunked, StringChunkedBuilder, TimeUnit, UInt8Type, UInt32Type, UInt64Type,
};
use polars_arrow::bitmap::MutableBitmap;

/// Values of one column, one a row of the block; null where a row has none.
#[derive(Debug)]
pub(super) struct Values<T> {
    pub values: Vec<T>,
    /// `None` as long as every row has a value.
    present: Option<MutableBitmap>,
}

impl<T: Copy + Default> Values<T> {
    pub fn with_capacity(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), present: None }
    }

    #[inline]
    pub fn push(&mut self, value: T) {
        self.values.push(value);
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    #[inline]
    pub fn push_null(&mut self) {
        let rows = self.values.len();
        self.present.get_or_insert_with(|| MutableBitmap::from_iter(std::iter::repeat_n(true, rows))).push(false);
        self.values.push(T::default());
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<T> {
        let value = *self.values.get(row)?;
        let present = self.present.as_ref().is_none_or(|present| present.get(row));
        present.then_some(value)
    }

    /// A column of numbers.
    pub fn numbers<P: PolarsNumericType<Native = T>>(self, name: &str) -> ChunkedArray<P> {
        ChunkedArray::from_vec_validity(PlSmallStr::from(name), self.values, self.present.map(Into::into))
    }
}

impl Values<i32> {
    /// A column of days since 1970-01-01.
    pub fn dates(self, name: &str) -> Column {
        self.numbers::<Int32Type>(name).into_date().into_column()
    }
}

impl Values<i64> {
    /// A column of microseconds since 1970-01-01 00:00.
    pub fn moments(self, name: &str) -> Column {
        self.numbers::<Int64Type>(name).into_datetime(TimeUnit::Microseconds, None).into_column()
    }
}

/// The values of a wanted column, by what they become.
#[derive(Debug)]
pub(super) enum Kept {
    /// Days since 1970-01-01.
    Days(Values<i32>),
    /// Microseconds since 1970-01-01 00:00.
    Moments(Values<i64>),
    I32(Values<i32>),
    I64(Values<i64>),
    U8(Values<u8>),
    U32(Values<u32>),
    U64(Values<u64>),
    Texts(StringChunked),
    Truths(Vec<bool>),
}

impl Kept {
    /// As a polars column.
    pub fn column(self, name: &str) -> Column {
        match self {
            Self::Days(values) => values.dates(name),
            Self::Moments(values) => values.moments(name),
            Self::I32(values) => values.numbers::<Int32Type>(name).into_column(),
            Self::I64(values) => values.numbers::<Int64Type>(name).into_column(),
            Self::U8(values) => values.numbers::<UInt8Type>(name).into_column(),
            Self::U32(values) => values.numbers::<UInt32Type>(name).into_column(),
            Self::U64(values) => values.numbers::<UInt64Type>(name).into_column(),
            Self::Texts(texts) => texts.into_column(),
            Self::Truths(values) => truths(name, &values).into_column(),
        }
    }
}

/// A column of trimmed text; empty is null.
pub(super) fn texts<'t>(name: &str, rows: usize, texts: impl Iterator<Item = &'t str>) -> StringChunked {
    let mut builder = StringChunkedBuilder::new(PlSmallStr::from(name), rows);
    for text in texts {
        if text.is_empty() {
            builder.append_null();
        } else {
            builder.append_value(text);
        }
    }
    builder.finish()
}

/// A column of truth values.
pub(super) fn truths(name: &str, truths: &[bool]) -> BooleanChunked {
    BooleanChunked::new(PlSmallStr::from(name), truths)
}

/// A column that the file does not have.
pub(super) fn nulls(name: &str, rows: usize, dtype: &DataType) -> Column {
    Column::full_null(PlSmallStr::from(name), rows, dtype)
}

/// Drops the white space (Unicode's) at both ends; mostly there is none.
#[inline]
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] | [b'!'..=b'~'] => text,
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_kept_apart_from_values() {
        let mut values = Values::with_capacity(4);
        values.push(1);
        values.push_null();
        values.push(3);
        values.push(4);
        assert_eq!((0..5).map(|row| values.get(row)).collect::<Vec<_>>(), [Some(1), None, Some(3), Some(4), None]);
        let column = values.numbers::<polars::prelude::Int32Type>("x");
        assert_eq!(column.null_count(), 1);
        assert_eq!(column.get(2), Some(3));
    }

    #[test]
    fn white_space_is_unicodes() {
        for (text, trimmed) in
            [("", ""), (" ", ""), ("\u{3000}王 明\u{a0}\r", "王 明"), ("a", "a"), ("\u{200b}a", "\u{200b}a"), (" a b", "a b")]
        {
            assert_eq!(trim(text), trimmed);
        }
    }
}
