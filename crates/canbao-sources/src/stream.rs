//! Reading an extract without ever holding it: each block's rows go to a [`Taker`] as soon as they are checked.
//!
//! The row check is the one of [`super::read()`]. Blocks come from several threads at once and in no order, so what a
//! taker makes of them must not depend on it; a row's [`Origin`] says where it stands. Rows that give way to others
//! are among them: telling them takes more than a block.

use std::io;

use xxhash_rust::xxh3::xxh3_128;

use super::columns::{Kept, Values};
use super::read::{BLOCK_SIZE, Gathered, KeepError, Keeper, gather};
use super::row_check::{Judgement, State};
use super::{ExtractError, FileReport, Origin, Progress, RejectLog, Request, Source};
use canbao_rules::identity::PersonKey;

/// Takes over checked rows, block by block. Every thread has a taker of its own for each file.
pub trait Taker: Send + Sync + Sized {
    /// Takes the rows of a block.
    ///
    /// # Errors
    /// They could not be spilled on disk.
    fn take(&mut self, rows: &Rows<'_>) -> io::Result<()>;

    /// Takes over what another taker took. A taker of a file that has to be read again is dropped instead.
    ///
    /// # Errors
    /// As [`Taker::take`].
    fn absorb(&mut self, other: Self) -> io::Result<()>;
}

/// An extract that went by.
#[derive(Debug)]
pub struct Streamed<T> {
    /// Has all rows that passed the row check.
    pub taker: T,
    /// The files, in reading order; a row's [`Origin`] points into them.
    pub files: Vec<FileReport>,
    /// What the row check rejected, by origin.
    pub rejects: RejectLog,
    /// Optional declared columns that no file has.
    pub absent: Vec<&'static str>,
}

/// Reads all files of an extract, judges every row, and hands the used ones to takers that `taker` makes.
///
/// Of `request`, `split` plays no part.
///
/// # Errors
/// As [`super::read()`], and where a taker fails.
pub fn stream<T: Taker>(
    source: &Source,
    request: &Request<'_>,
    progress: &dyn Progress,
    taker: &(dyn Fn() -> T + Sync),
) -> Result<Streamed<T>, ExtractError> {
    stream_in_blocks(source, request, progress, taker, BLOCK_SIZE)
}

pub(super) fn stream_in_blocks<T: Taker>(
    source: &Source,
    request: &Request<'_>,
    progress: &dyn Progress,
    taker: &(dyn Fn() -> T + Sync),
    block_size: usize,
) -> Result<Streamed<T>, ExtractError> {
    let mut takers = Takers { make: taker, whole: taker() };
    let Gathered { files, rejects, absent } = gather(source, request, &mut takers, progress, block_size)?;
    Ok(Streamed { taker: takers.whole, files, rejects, absent })
}

struct Takers<'t, T> {
    make: &'t (dyn Fn() -> T + Sync),
    /// Has the rows of all files that are done.
    whole: T,
}

// The taker `whole` is touched only between files, when no other thread is at work.
impl<T: Taker> Keeper for Takers<'_, T> {
    type Part = T;

    fn part(&self) -> T {
        (self.make)()
    }

    fn block(&self, part: &mut T, _place: usize, rows: Judgement<'_>) -> Result<(), KeepError> {
        Ok(part.take(&Rows(&rows))?)
    }

    fn file(&mut self, parts: Vec<T>) -> Result<(), KeepError> {
        for part in parts {
            self.whole.absorb(part)?;
        }
        Ok(())
    }

    fn again(&mut self) {}
}

/// The rows of a block, judged. Rows are counted from 0; rejected ones keep their places.
pub struct Rows<'b>(&'b Judgement<'b>);

/// The person whose certificate a row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person<'b> {
    /// A resident number.
    Resident(PersonKey),
    /// Another certificate: its type and number as they stand, trimmed.
    Other {
        /// The type's code.
        kind: &'b str,
        /// The number.
        number: &'b str,
    },
}

impl<'b> Rows<'b> {
    /// How many there are, rejected ones among them.
    pub fn len(&self) -> usize {
        self.0.rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the row passed the check.
    #[inline]
    pub fn is_used(&self, row: usize) -> bool {
        self.0.states[row] != State::Rejected
    }

    /// Whether the row is used whatever is wrong with it, as its day is to come. Its values may be missing: [`Rows::text`]
    /// is what the file says.
    #[inline]
    pub fn is_not_yet(&self, row: usize) -> bool {
        self.0.states[row] == State::NotYet
    }

    /// Where the row stands.
    pub fn origin(&self, row: usize) -> Origin {
        self.0.origin(row)
    }

    /// The trimmed text of a used row in the declared column at this place of the contract; empty where there is none.
    #[inline]
    pub fn text(&self, row: usize, at: usize) -> &'b str {
        self.0.text(row, at)
    }

    /// Whom the certificate of a used row names, by the contract's first certificate column.
    #[inline]
    pub fn person(&self, row: usize) -> Person<'b> {
        let key = self.0.keys.first().and_then(|(_, keys)| keys.values.get(row).copied()).map_or(PersonKey(0), PersonKey);
        if key.0 & PersonKey::OTHER_BIT == 0 { Person::Resident(key) } else { self.other(row) }
    }

    #[cold]
    fn other(&self, row: usize) -> Person<'b> {
        let others = &self.0.others;
        match others.binary_search_by_key(&row, |other| other.row) {
            Ok(place) => Person::Other { kind: others[place].kind, number: others[place].number },
            Err(_) => Person::Resident(PersonKey(0)),
        }
    }

    /// All declared columns of a row as written, but trimmed, in 128 bits: the same for rows that are equal in all of
    /// them, however their files are laid out.
    pub fn fingerprint(&self, row: usize, buffer: &mut Vec<u8>) -> u128 {
        xxh3_128(self.0.canonical(row, buffer))
    }

    /// The wanted amounts, counts and moments (microseconds) of a column, one a row; none where no file has it.
    pub fn i64s(&self, column: &str) -> &[i64] {
        match self.0.kept.get(column) {
            Some(Kept::I64(values) | Kept::Moments(values)) => &values.values,
            _ => &[],
        }
    }

    /// The wanted county codes of a column, one a row.
    pub fn u32s(&self, column: &str) -> &[u32] {
        match self.0.kept.get(column) {
            Some(Kept::U32(values)) => &values.values,
            _ => &[],
        }
    }

    /// The place in its code list of a row's value in a wanted column of codes; `None` where it has none.
    pub fn code(&self, column: &str) -> impl Fn(usize) -> Option<u8> + '_ {
        let values: Option<&Values<u8>> = match self.0.kept.get(column) {
            Some(Kept::U8(values)) => Some(values),
            _ => None,
        };
        move |row| values?.get(row)
    }
}
