//! One file of a county's extract: persons in the office's order, each with all its rows.

use std::ops::Range;

use super::chance::Order;
use super::extract::{Extract, Form};
use super::line::Dialect;
use super::output::{Content, Output};
use super::person::People;
use super::row::{Medium, Row};
use super::{SampleError, SampleFile};

/// The people and the folder for what offices know about them.
pub struct Writing<'a> {
    pub people: &'a People,
    pub output: Output<'a>,
}

/// A file with part of an extract.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Below the folder, with `/`.
    pub name: &'a str,
    /// Tells this office's order of rows from others'.
    pub salt: u64,
    /// Which of how many equal parts of the persons.
    pub share: (u64, u64),
    /// Bytes after the last row.
    pub tail: &'a [u8],
}

impl<'a> Part<'a> {
    /// A file with everybody.
    pub fn whole(name: &'a str, salt: u64) -> Self {
        Self { name, salt, share: (0, 1), tail: b"" }
    }
}

impl Writing<'_> {
    /// Delimited text.
    pub fn text<E: Extract>(&self, extract: &E, part: Part<'_>, medium: Medium, dialect: Dialect) -> Result<SampleFile, SampleError> {
        let form = Form::of(extract, medium);
        let order = self.order(part);
        self.output.text(self.content(part, &form), dialect, part.tail, |places, line| self.rows(extract, &form, order, places, line))
    }

    /// Parquet with typed columns.
    pub fn parquet<E: Extract>(&self, extract: &E, part: Part<'_>) -> Result<SampleFile, SampleError> {
        let form = Form::of(extract, Medium::Cells);
        let order = self.order(part);
        self.output.parquet(self.content(part, &form), |places, columns| self.rows(extract, &form, order, places, columns))
    }

    /// A workbook with everybody.
    pub fn workbook<E: Extract>(&self, extract: &E, part: Part<'_>) -> Result<SampleFile, SampleError> {
        let form = Form::of(extract, Medium::Cells);
        let order = self.order(part);
        self.output.sheet(part.name, &form.header, |cells| self.rows(extract, &form, order, 0..self.people.persons, cells))
    }

    fn order(&self, part: Part<'_>) -> Order {
        Order::of(self.people.seed, part.salt, self.people.persons)
    }

    fn content<'a>(&self, part: Part<'a>, form: &'a Form) -> Content<'a> {
        let persons = self.people.persons;
        let (number, of) = part.share;
        Content { name: part.name, header: &form.header, numbers: (persons * number / of, persons * (number + 1) / of) }
    }

    fn rows<E: Extract, R: Row>(&self, extract: &E, form: &Form, order: Order, places: Range<u64>, row: &mut R) {
        for place in places {
            extract.write(&self.people.person(order.at(place)), form, row);
        }
    }
}
