//! What to read of an extract.

use polars::prelude::{DataFrame, PolarsResult};

use super::contract::{Contract, Labels, Repeats};
use super::text::Encoding;
use canbao_rules::period::Day;

/// Divides a frame, say into ranges of persons; always into the same number of frames.
pub type Divide<'a> = dyn Fn(DataFrame) -> PolarsResult<Vec<DataFrame>> + Sync + 'a;

/// What to read of an extract, and by which lights.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The declared columns. All are checked, wanted or not.
    pub contract: &'static Contract,
    /// The columns to keep, besides those that every frame has (see [`read()`](crate::read())).
    pub columns: &'a [Want],
    /// Divides the frame of each block while the block is in cache; `None` keeps it whole.
    pub split: Option<&'a Divide<'a>>,
    /// The pack's labels of identity categories. Without them no label is unknown, and the category is null.
    pub labels: Option<&'a Labels>,
    /// The logical date, after which nobody is born yet.
    pub on: Day,
    /// How text is encoded.
    pub encoding: Encoding,
}

/// A column to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The platform's name.
    pub column: &'static str,
    /// In which shape.
    pub shape: Shape,
}

/// The shape in which a column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As its [`super::Kind`] says; null where it is empty.
    Plain,
    /// A `Boolean`: whether the value is this one.
    Is {
        /// The value.
        equals: &'static str,
        /// What holds where it is empty, or the file has no such column.
        when_empty: bool,
    },
}

impl Want {
    /// The column as its kind says.
    pub const fn plain(column: &'static str) -> Self {
        Self { column, shape: Shape::Plain }
    }

    /// Whether the column has this value; `when_empty` where it has none.
    pub const fn is(column: &'static str, equals: &'static str, when_empty: bool) -> Self {
        Self { column, shape: Shape::Is { equals, when_empty } }
    }
}

impl Request<'_> {
    /// What is wanted, and what is needed to tell superseded rows.
    pub(super) fn wants(&self) -> impl Iterator<Item = Want> {
        let needed = match self.contract.repeats {
            Repeats::NewestStands(by) => by.filter(|by| self.columns.iter().all(|want| want.column != *by)),
            Repeats::Allowed | Repeats::FirstStands => None,
        };
        self.columns.iter().copied().chain(needed.map(Want::plain))
    }

    pub(super) fn shape(&self, column: &str) -> Option<Shape> {
        self.wants().find(|want| want.column == column).map(|want| want.shape)
    }
}
