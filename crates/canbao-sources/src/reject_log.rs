//! Rejects as a run keeps them: few bytes each, for an extract may be rejected as a whole.

use super::{Origin, Reject};
use canbao_rules::rules::RejectReason;

/// Rejects in the order in which they were noted, block by block.
#[derive(Clone, Default)]
pub struct RejectLog {
    blocks: Vec<Box<[u8]>>,
    /// The platform names of the columns at fault, by number.
    columns: Vec<&'static str>,
    len: u64,
}

/// A reject that stands in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted<'l> {
    /// Where the row stands.
    pub origin: Origin,
    /// As [`Reject::column`].
    pub column: Option<&'static str>,
    /// As [`Reject::value`].
    pub value: Option<&'l str>,
    /// What is wrong.
    pub reason: RejectReason,
}

/// What stands before a value: origin, column, reason, length.
const HEAD: usize = 8 + 1 + 1 + 4;
/// The number of a column where there is none.
const NO_COLUMN: u8 = u8::MAX;
/// The length of a value where there is none.
const NO_VALUE: u32 = u32::MAX;

impl RejectLog {
    /// Notes rejects behind those that are there.
    pub fn note(&mut self, rejects: &[Reject]) {
        let texts = rejects.iter().map(|reject| reject.value.as_ref().map_or(0, |value| value.len()));
        let mut bytes = Vec::with_capacity(rejects.len() * HEAD + texts.sum::<usize>());
        for Reject { origin, column, value, reason } in rejects {
            bytes.extend_from_slice(&origin.0.to_le_bytes());
            bytes.extend_from_slice(&[column.map_or(NO_COLUMN, |column| self.number(column)), *reason as u8]);
            let length = value.as_ref().map_or(NO_VALUE, |value| value.len() as u32);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(value.as_ref().map_or(&[], |value| value.as_bytes()));
        }
        if !bytes.is_empty() {
            self.blocks.push(bytes.into());
            self.len += rejects.len() as u64;
        }
    }

    /// Notes another log's rejects behind those that are there.
    pub fn append(&mut self, other: Self) {
        if self.columns.iter().zip(&other.columns).all(|(mine, theirs)| mine == theirs) {
            if other.columns.len() > self.columns.len() {
                self.columns = other.columns;
            }
            self.blocks.extend(other.blocks);
            self.len += other.len;
        } else {
            self.note(&other.to_vec());
        }
    }

    fn number(&mut self, column: &'static str) -> u8 {
        let place = self.columns.iter().position(|known| *known == column);
        // No contract has as many columns as would not fit.
        place.unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        }) as u8
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rejects in their order.
    pub fn iter(&self) -> impl Iterator<Item = Noted<'_>> {
        self.blocks.iter().flat_map(move |block| {
            let mut bytes: &[u8] = block;
            std::iter::from_fn(move || self.next_of(&mut bytes))
        })
    }

    fn next_of<'l>(&self, bytes: &mut &'l [u8]) -> Option<Noted<'l>> {
        let (origin, rest) = bytes.split_first_chunk()?;
        let ([column, reason], rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length);
        let (value, rest) = rest.split_at_checked(if length == NO_VALUE { 0 } else { length as usize })?;
        *bytes = rest;
        Some(Noted {
            origin: Origin(u64::from_le_bytes(*origin)),
            column: self.columns.get(usize::from(*column)).copied(),
            value: if length == NO_VALUE { None } else { Some(std::str::from_utf8(value).unwrap_or_default()) },
            reason: *RejectReason::ALL.get(usize::from(*reason))?,
        })
    }

    /// The rejects, each by itself.
    pub fn to_vec(&self) -> Vec<Reject> {
        let own = |noted: Noted<'_>| Reject {
            origin: noted.origin,
            column: noted.column,
            value: noted.value.map(Into::into),
            reason: noted.reason,
        };
        self.iter().map(own).collect()
    }
}

impl<'r> From<&'r Reject> for Noted<'r> {
    fn from(reject: &'r Reject) -> Self {
        Self { origin: reject.origin, column: reject.column, value: reject.value.as_deref(), reason: reject.reason }
    }
}

/// Leaves out the values, which may be personal.
impl std::fmt::Debug for RejectLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rejects", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejects() -> Vec<Reject> {
        let mut rejects = vec![
            Reject::value(Origin::new(0, 2), "certno", "", RejectReason::MissingValue),
            Reject::row(Origin::new(0, 3), RejectReason::BadRow),
            Reject::value(Origin::new(1, 9), "setl_time", "明天", RejectReason::BadDate),
            Reject::value(Origin::new(1, 10), "certno", "３", RejectReason::BadCertno),
        ];
        rejects.extend(RejectReason::ALL.map(|reason| Reject::row(Origin::new(2, 2), reason)));
        rejects
    }

    #[test]
    fn what_was_noted_is_read() {
        let mut log = RejectLog::default();
        let (first, second) = (&rejects()[..2], &rejects()[2..]);
        log.note(first);
        log.note(&[]);
        log.note(second);
        assert_eq!(log.to_vec(), rejects());
        assert_eq!((log.len(), log.is_empty(), log.iter().count()), (14, false, 14));
        assert_eq!(format!("{log:?}"), "14 rejects");
    }

    #[test]
    fn logs_with_other_columns_are_joined() {
        let of = |columns: &[&'static str]| {
            let mut log = RejectLog::default();
            let reject = |(line, column): (usize, &&'static str)| {
                Reject::value(Origin::new(0, line as u64), column, column, RejectReason::BadNumber)
            };
            log.note(&columns.iter().enumerate().map(reject).collect::<Vec<_>>());
            log
        };
        for (one, other) in [(["a", "b"], ["b", "a"]), (["a", "b"], ["a", "c"]), (["a", "b"], ["a", "b"])] {
            let mut log = of(&one[..1]);
            log.append(of(&other));
            log.append(of(&one));
            let columns: Vec<_> = log.iter().map(|noted| (noted.column.unwrap(), noted.value.unwrap().to_owned())).collect();
            let expected: Vec<_> = one[..1].iter().chain(&other).chain(&one).map(|column| (*column, (*column).to_owned())).collect();
            assert_eq!(columns, expected);
        }
    }
}
