//! The values of a step.

use std::borrow::Cow;

use crate::money::Yuan;
use crate::period::{BenefitYear, Day, Month, MonthSpan};
use crate::policy::{Area, CategorySet};
use crate::vocabulary::Vocabulary;

use super::facts::Row;

/// A value of a step, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Null,
    /// As datasets write it.
    Text(Cow<'static, str>),
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(i64),
    /// An input row.
    Row(Row),
}

macro_rules! shown_as_text {
    ($($type:ty),+) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Text(value.to_string().into())
            }
        })+
    };
}

shown_as_text!(Area, CategorySet, Day, Month, Yuan);

impl<V: Vocabulary> From<V> for Value {
    fn from(value: V) -> Self {
        Self::Text(value.term().code.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<MonthSpan> for Value {
    fn from(value: MonthSpan) -> Self {
        Self::Text(format!("{}-{}", value.first, value.last).into())
    }
}

impl From<BenefitYear> for Value {
    fn from(value: BenefitYear) -> Self {
        Self::Number(value.0.into())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Number(value as i64)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Row> for Value {
    fn from(value: Row) -> Self {
        Self::Row(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
