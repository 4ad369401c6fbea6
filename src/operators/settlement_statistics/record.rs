//! A settlement in the form in which it waits: fixed in size, without text.
//!
//! Refunds, and settlements of persons without a resident number, need a little more and wait as a [`Special`]; they
//! are few. Texts become 128 bits of hash, whose collisions are out of the question.

use bytemuck::{Pod, Zeroable};

use super::calendar::Slot;
use canbao_rules::rules::{Care, Scheme, Scope};

/// 128 bits of hash.
pub(super) type Hash = [u64; 2];

pub(super) fn halves(hash: u128) -> Hash {
    [(hash >> 64) as u64, hash as u64]
}

/// One used row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Record {
    /// The key of a resident number, or half of another certificate's hash with the highest bit set.
    pub person: u64,
    /// The fingerprint of the row: rows equal in every column have the same.
    pub print: Hash,
    /// [`canbao_sources::Origin`].
    pub origin: u64,
    /// The hash of `setl_id`.
    pub id: Hash,
    pub marks: Marks,
    /// The disease family's number; 0 where there is none.
    pub family: u32,
    /// Fen: 总费用, 政策范围内金额, 基金支付.
    pub amounts: [i64; 3],
}

/// What a row counts as, in 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Marks(u32);

/// Where a counted row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// `None` where its month is not asked for.
    pub slot: Option<Slot>,
    pub scope: Scope,
    pub care: Care,
    pub insurance: Scheme,
}

impl Marks {
    const REFUND: u32 = 1 << 31;
    const NOT_YET: u32 = 1 << 30;
    const ELSEWHERE: u32 = 1 << 29;
    const COUNTED: u32 = 1 << 28;
    const NO_ORIGINAL: u32 = 1 << 27;
    /// What stands for a month that is not asked for.
    const NO_SLOT: u32 = 31;

    /// A row of a day to come.
    pub const fn not_yet() -> Self {
        Self(Self::NOT_YET)
    }

    /// A row of a region that is not asked about.
    pub const fn elsewhere() -> Self {
        Self(Self::ELSEWHERE)
    }

    /// A row of the region that plays no part.
    pub const fn idle() -> Self {
        Self(0)
    }

    /// A row that is counted.
    pub fn counted(place: Place) -> Self {
        let slot = place.slot.map_or(Self::NO_SLOT, |slot| u32::from(slot.number()));
        Self(Self::COUNTED | slot | (place.scope as u32) << 5 | (place.care as u32) << 7 | (place.insurance as u32) << 10)
    }

    /// The same for a row that takes another one back; `named`: whether it says which.
    #[must_use]
    pub const fn refund(self, named: bool) -> Self {
        Self(self.0 | Self::REFUND | if named { 0 } else { Self::NO_ORIGINAL })
    }

    pub const fn is_refund(self) -> bool {
        self.0 & Self::REFUND != 0
    }

    pub const fn names_original(self) -> bool {
        self.0 & Self::NO_ORIGINAL == 0
    }

    pub const fn is_not_yet(self) -> bool {
        self.0 & Self::NOT_YET != 0
    }

    pub const fn is_elsewhere(self) -> bool {
        self.0 & Self::ELSEWHERE != 0
    }

    /// Where the row counts; `None` for one that is not counted.
    #[inline]
    pub fn place(self) -> Option<Place> {
        if self.0 & Self::COUNTED == 0 {
            return None;
        }
        let slot = self.0 & 31;
        Some(Place {
            slot: (slot != Self::NO_SLOT).then_some(Slot::from_number(slot as u8)),
            scope: Scope::ALL[(self.0 >> 5 & 3) as usize % Scope::ALL.len()],
            care: Care::ALL[(self.0 >> 7 & 7) as usize % Care::ALL.len()],
            insurance: Scheme::ALL[(self.0 >> 10 & 1) as usize],
        })
    }

    /// The month of this year in which the row counts.
    pub fn month_of_this_year(self) -> Option<usize> {
        self.place()?.slot?.month_of_this_year()
    }

    /// +1 for a settlement, −1 for a refund.
    pub const fn times(self) -> i8 {
        if self.is_refund() { -1 } else { 1 }
    }
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = [
            (self.is_refund(), "refund "),
            (!self.names_original(), "of nothing "),
            (self.is_not_yet(), "not yet "),
            (self.is_elsewhere(), "elsewhere "),
        ];
        flags.iter().filter(|(is, _)| *is).try_for_each(|(_, name)| f.write_str(name))?;
        write!(f, "{:?}", self.place())
    }
}

/// A row with what only few have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Special {
    pub record: Record,
    /// The other half of the hash of a certificate that is no resident number.
    pub person_rest: u64,
    /// The hash of `init_setl_id`, of refunds.
    pub original: Hash,
    /// `setl_time` in microseconds, of refunds whose disease has a name.
    pub time: i64,
    pub texts: Texts,
}

/// The texts of a refund; all empty for other rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// `init_setl_id`, for `rejects`.
    pub original: Box<str>,
    /// `setl_id`, where the disease has a name that may become the family's.
    pub id: Box<str>,
    /// `dise_name`.
    pub name: Box<str>,
}

/// The part of a [`Special`] behind its record and before its texts.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Rest {
    person_rest: u64,
    original: Hash,
    time: i64,
    lengths: [u64; 3],
}

impl Special {
    /// Appends the row's bytes.
    pub fn write(record: &Record, person_rest: u64, original: Hash, time: i64, texts: [&str; 3], into: &mut Vec<u8>) {
        let rest = Rest { person_rest, original, time, lengths: texts.map(|text| text.len() as u64) };
        into.extend_from_slice(bytemuck::bytes_of(record));
        into.extend_from_slice(bytemuck::bytes_of(&rest));
        texts.iter().for_each(|text| into.extend_from_slice(text.as_bytes()));
    }

    /// The rows of a chunk that [`Special::write`] filled.
    pub fn read(mut bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        std::iter::from_fn(move || {
            let record: Record = take(&mut bytes)?;
            let Rest { person_rest, original, time, lengths } = take(&mut bytes)?;
            let [original_text, id, name] = lengths.map(|length| {
                let (text, rest) = bytes.split_at_checked(length as usize).unwrap_or((bytes, &[]));
                bytes = rest;
                String::from_utf8_lossy(text).into()
            });
            Some(Self { record, person_rest, original, time, texts: Texts { original: original_text, id, name } })
        })
    }
}

fn take<T: Pod>(bytes: &mut &[u8]) -> Option<T> {
    let (value, rest) = bytes.split_at_checked(size_of::<T>())?;
    *bytes = rest;
    Some(bytemuck::pod_read_unaligned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_keep_every_place_apart() {
        let mut seen = std::collections::HashSet::new();
        let slots = (0..Slot::COUNT as u8).map(|number| Some(Slot::from_number(number))).chain([None]);
        for slot in slots {
            for scope in Scope::ALL {
                for care in Care::ALL {
                    for insurance in Scheme::ALL {
                        let place = Place { slot, scope, care, insurance };
                        let marks = Marks::counted(place);
                        assert!(seen.insert(marks.0));
                        assert_eq!((marks.place(), marks.times()), (Some(place), 1));
                        let refund = marks.refund(false);
                        assert_eq!((refund.place(), refund.times(), refund.names_original()), (Some(place), -1, false));
                    }
                }
            }
        }
        assert_eq!(Marks::elsewhere().place(), None);
        assert!(Marks::elsewhere().refund(true).is_elsewhere() && Marks::not_yet().is_not_yet());
    }

    #[test]
    fn special_rows_come_back_as_they_were() {
        let record = Record { person: 1, print: [2, 3], origin: 4, id: [5, 6], marks: Marks::idle(), family: 7, amounts: [8, -9, 10] };
        let mut bytes = Vec::new();
        let rows = [["S1", "S2", "高血压"], ["", "", ""], ["S3", "", ""]];
        for (number, texts) in rows.into_iter().enumerate() {
            Special::write(&record, number as u64, [11, 12], -13, texts, &mut bytes);
        }
        let back: Vec<Special> = Special::read(&bytes).collect();
        assert_eq!(back.len(), 3);
        for (number, (special, [original, id, name])) in back.iter().zip(rows).enumerate() {
            let texts = Texts { original: original.into(), id: id.into(), name: name.into() };
            let expected = Special { record, person_rest: number as u64, original: [11, 12], time: -13, texts };
            assert_eq!(special, &expected);
        }
    }
}
