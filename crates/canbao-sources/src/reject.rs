//! Rows that were not used, each with its place, its first fault and the reason.

use std::fmt;

use canbao_rules::rules::RejectReason;

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

/// One row that is not used.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub origin: Origin,
    /// The platform name of the column at fault; `None` for [`RejectReason::BadRow`] and [`RejectReason::Superseded`].
    pub column: Option<&'static str>,
    /// The value as it stands in the file, before trimming; `None` where `column` is.
    pub value: Option<Box<str>>,
    /// What is wrong.
    pub reason: RejectReason,
}

impl Reject {
    /// A reject of the row as a whole.
    pub const fn row(origin: Origin, reason: RejectReason) -> Self {
        Self { origin, column: None, value: None, reason }
    }

    /// A reject for a value.
    pub fn value(origin: Origin, column: &'static str, value: &str, reason: RejectReason) -> Self {
        Self { origin, column: Some(column), value: Some(value.into()), reason }
    }
}

/// Leaves out the value, which may be personal.
impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {} {}", self.origin.file(), self.origin.line(), self.column.unwrap_or("-"), self.reason)
    }
}
