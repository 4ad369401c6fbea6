//! Rows that were not used, each with its place, its first fault and the reason.

use std::fmt;

/// Where a row stands: the file within its extract and the line, packed as file × 2^40 + line, so
/// that origins sort in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u64);

impl Origin {
    const LINE_BITS: u32 = 40;

    /// More files than an [`Origin`] can tell apart.
    pub const MOST_FILES: usize = 1 << (64 - Self::LINE_BITS);

    /// The origin of a line (the first is 1) of a file (the first is 0).
    pub const fn new(file: usize, line: u64) -> Self {
        Self((file as u64) << Self::LINE_BITS | line & ((1 << Self::LINE_BITS) - 1))
    }

    /// The file's place in its extract.
    pub const fn file(self) -> usize {
        (self.0 >> Self::LINE_BITS) as usize
    }

    /// The line on which the record begins; the header is 1.
    pub const fn line(self) -> u64 {
        self.0 & ((1 << Self::LINE_BITS) - 1)
    }
}

/// Why a row is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A certificate number of type 01 that is none.
    BadCertno,
    /// A good number whose birth date is after the logical date; gates do not count it.
    NotBornYet,
    /// No day, no month, or a period that ends before it begins.
    BadDate,
    /// No number of the kind the column holds.
    BadNumber,
    /// Not in the code list, or a division code of a wrong length.
    BadCode,
    /// A required column is empty.
    MissingValue,
    /// A record that cannot be split into the header's columns, or a line that does not decode.
    BadRow,
    /// Another row stands for this one; gates do not count it.
    Superseded,
    /// A label that the region's pack does not know.
    UnknownIdentityType,
    /// A refund of a settlement that is not among the used rows.
    OrphanRefund,
}

impl Reason {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 10] = [
        Self::BadCertno,
        Self::NotBornYet,
        Self::BadDate,
        Self::BadNumber,
        Self::BadCode,
        Self::MissingValue,
        Self::BadRow,
        Self::Superseded,
        Self::UnknownIdentityType,
        Self::OrphanRefund,
    ];

    /// The name in `rejects`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadCertno => "bad_certno",
            Self::NotBornYet => "not_born_yet",
            Self::BadDate => "bad_date",
            Self::BadNumber => "bad_number",
            Self::BadCode => "bad_code",
            Self::MissingValue => "missing_value",
            Self::BadRow => "bad_row",
            Self::Superseded => "superseded",
            Self::UnknownIdentityType => "unknown_identity_type",
            Self::OrphanRefund => "orphan_refund",
        }
    }

    /// Whether a gate on the share of rejects counts it.
    pub const fn counts_in_gates(self) -> bool {
        !matches!(self, Self::NotBornYet | Self::Superseded)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One row that is not used.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub origin: Origin,
    /// The platform name of the column at fault; `None` for [`Reason::BadRow`] and [`Reason::Superseded`].
    pub column: Option<&'static str>,
    /// The value as it stands in the file, before trimming; `None` where `column` is.
    pub value: Option<Box<str>>,
    /// What is wrong.
    pub reason: Reason,
}

impl Reject {
    /// A reject of the row as a whole.
    pub const fn row(origin: Origin, reason: Reason) -> Self {
        Self { origin, column: None, value: None, reason }
    }

    /// A reject for a value.
    pub fn value(origin: Origin, column: &'static str, value: &str, reason: Reason) -> Self {
        Self { origin, column: Some(column), value: Some(value.into()), reason }
    }
}

/// Leaves out the value, which may be personal.
impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {} {}", self.origin.file(), self.origin.line(), self.column.unwrap_or("-"), self.reason)
    }
}
