//! What an extract declares: its columns, what each may hold, and when a row repeats another one.

use std::collections::HashMap;

/// The declared columns of one extract.
#[derive(Debug)]
pub struct Contract {
    /// The platform's name, which is the file's name too.
    pub name: &'static str,
    /// The Chinese name.
    pub title: &'static str,
    /// In the order in which a row is checked.
    pub columns: &'static [Column],
    /// The columns that begin and end a period. A period that ends before it begins is a fault of its
    /// end; one without an end is open.
    pub period: Option<(&'static str, &'static str)>,
    /// Which of two rows gives way to the other.
    pub repeats: Repeats,
    /// The column whose day, where it is after the logical date, makes a row `not_yet`: such a row is
    /// used whatever else is wrong with it, and takes no part in [`Repeats`].
    pub not_yet: Option<&'static str>,
}

/// One declared column.
#[derive(Debug)]
pub struct Column {
    /// The platform's name.
    pub name: &'static str,
    /// Chinese headers that mean this column, besides `name`.
    pub headers: &'static [&'static str],
    /// What its values are.
    pub kind: Kind,
    /// Whether the extract must have the column, and every row a value.
    pub required: bool,
}

/// What the values of a column are, and the type of the polars column they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's certificate number; becomes the `UInt64` column named here.
    Certificate {
        /// The name of the key column.
        key: &'static str,
    },
    /// The type of the certificate beside it; empty means 01. `String`.
    CertificateType,
    /// Any text. `String`.
    Text,
    /// A day, written with a time or without. `Date`.
    Date,
    /// A day with a time; midnight where none is written. `Datetime` in microseconds.
    Moment,
    /// `yyyyMM`. `Int32`: [`canbao_rules::period::Month::index`].
    Month,
    /// Four digits. `Int32`.
    Year,
    /// 1 to 16 digits. `Int64`.
    Count,
    /// Yuan. `Int64`: fen.
    Amount,
    /// A division code of one of these lengths. `UInt32` where 6 is the only one, else `UInt64`:
    /// [`canbao_rules::identity::DivisionCode::packed`].
    Area(&'static [usize]),
    /// A division code of this length, or `TOTAL`. `UInt64` as above; [`Kind::TOTAL`] for the word.
    AreaOrTotal(usize),
    /// One of these codes. `UInt8`: the place in the list.
    Code(&'static [&'static str]),
    /// A label that the region's pack maps to a category. `UInt8`: the category's number.
    IdentityLabel,
}

impl Kind {
    /// What stands for `TOTAL` in a column of division codes.
    pub const TOTAL: u64 = u64::MAX;
}

/// Which rows of an extract give way to others, as `superseded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// None do.
    Allowed,
    /// Of the rows of one person the newest stands, by this column where there is one; a row without a
    /// value is older than any with one, and of equal ones the later line stands.
    NewestStands(Option<&'static str>),
    /// Of rows that are equal in every declared column the first stands.
    FirstStands,
}

impl Contract {
    /// Whether each row is about one person, whose key its frames have as `key`.
    pub fn is_by_person(&self) -> bool {
        self.columns.iter().any(|column| column.kind == Kind::Certificate { key: "key" })
    }

    /// The declared column of this platform name, and its place.
    pub fn column(&self, name: &str) -> Option<(usize, &'static Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name == name)
    }

    /// The place of the declared column that a header names: platform names with Latin letters in
    /// either case, Chinese ones as printed, both trimmed.
    pub fn place_of_header(&self, header: &str) -> Option<usize> {
        let header = header.trim().trim_start_matches('\u{feff}').trim();
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(header) || column.headers.contains(&header))
    }
}

/// The labels of identity categories that a pack knows, each with its category's number.
#[derive(Debug, Clone, Default)]
pub struct Labels(HashMap<Box<str>, u8>);

impl Labels {
    /// The category's number of a trimmed label or local code.
    pub fn category(&self, label: &str) -> Option<u8> {
        self.0.get(label).copied()
    }
}

impl<T: Into<Box<str>>> FromIterator<(T, u8)> for Labels {
    fn from_iter<I: IntoIterator<Item = (T, u8)>>(labels: I) -> Self {
        Self(labels.into_iter().map(|(label, category)| (label.into(), category)).collect())
    }
}
