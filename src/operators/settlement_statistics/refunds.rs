//! Refunds whose original is not among the rows of their own person: a look at all rows.
//!
//! An original is any used row of that number but the refund itself, of whatever person and day. It may be a refund
//! that is open too, and stands or falls with its own original. A refund that falls may take others with it, so they
//! are looked at until nothing changes; which remain does not depend on the order, as a row that falls never makes
//! another one stand.

use std::collections::{HashMap, HashSet};
use std::io;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::collect::Part;
use super::record::{Hash, Record, Special, Texts};
use canbao_sources::spill::{Chunk, Spill};

/// A refund that waits for its original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub record: Record,
    /// The hash of the original's number.
    pub original: Hash,
    /// `setl_time` in microseconds.
    pub time: i64,
    pub texts: Texts,
}

/// Fingerprints of rows.
#[derive(Debug, Default)]
pub(super) struct Prints(HashSet<Hash>);

impl Prints {
    pub fn insert(&mut self, print: Hash) {
        self.0.insert(print);
    }

    pub fn has(&self, print: Hash) -> bool {
        self.0.contains(&print)
    }
}

/// What stands behind a number that an open refund names.
#[derive(Debug, Default)]
struct Behind {
    /// A row that stands whatever becomes of open refunds.
    sure: bool,
    /// How many open refunds with this number stand still.
    open: usize,
    /// The open refunds that name it.
    named_by: Vec<usize>,
}

/// For each open refund whether it stands.
///
/// # Errors
/// What was spilled could not be read back.
pub(super) fn settle(open: &[Open], parts: &[Part], spill: &Spill) -> io::Result<Vec<bool>> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let mut behind: HashMap<Hash, Behind> = HashMap::new();
    for (number, refund) in open.iter().enumerate() {
        behind.entry(refund.original).or_default().named_by.push(number);
    }
    let prints: HashSet<Hash> = open.iter().map(|refund| refund.record.print).collect();
    for id in find_sure(&behind, &prints, parts, spill)? {
        if let Some(behind) = behind.get_mut(&id) {
            behind.sure = true;
        }
    }
    for refund in open {
        if let Some(behind) = behind.get_mut(&refund.record.id) {
            behind.open += 1;
        }
    }
    Ok(fall(open, behind))
}

/// The named numbers of rows that stand whatever becomes of open refunds.
fn find_sure(behind: &HashMap<Hash, Behind>, prints: &HashSet<Hash>, parts: &[Part], spill: &Spill) -> io::Result<HashSet<Hash>> {
    let sieve = Sieve::of(behind.keys());
    let named = |id: &Hash| sieve.may_have(id) && behind.contains_key(id);
    parts
        .par_iter()
        .try_fold(HashSet::new, |mut sure, part| {
            let mut buffer = Vec::new();
            for chunk in &part.records {
                let rows: &[Record] = read(chunk, spill, &mut buffer)?;
                sure.extend(rows.iter().map(|row| row.id).filter(named));
            }
            for chunk in &part.specials {
                let mut bytes = vec![0; chunk.byte_count()];
                spill.get(chunk, &mut bytes)?;
                // A refund that is not open has its original, unless it names none.
                let stands =
                    |record: &Record| !record.marks.is_refund() || record.marks.names_original() && !prints.contains(&record.print);
                sure.extend(Special::read(&bytes).map(|row| row.record).filter(stands).map(|record| record.id).filter(named));
            }
            Ok::<_, io::Error>(sure)
        })
        .try_reduce(HashSet::new, |mut one, other| {
            one.extend(other);
            Ok(one)
        })
}

fn read<'b>(chunk: &Chunk, spill: &Spill, buffer: &'b mut Vec<Record>) -> io::Result<&'b [Record]> {
    buffer.resize(chunk.byte_count() / size_of::<Record>(), bytemuck::Zeroable::zeroed());
    spill.get(chunk, bytemuck::cast_slice_mut(buffer))?;
    Ok(buffer)
}

/// Lets refunds fall until all that remain have an original.
fn fall(open: &[Open], mut behind: HashMap<Hash, Behind>) -> Vec<bool> {
    let mut stands = vec![true; open.len()];
    let lacks = |number: usize, behind: &HashMap<Hash, Behind>| {
        let refund: &Open = &open[number];
        // The row itself is no original, but another one of its number is.
        let itself = usize::from(refund.record.id == refund.original);
        behind.get(&refund.original).is_none_or(|behind| !behind.sure && behind.open <= itself)
    };
    let mut fallen: Vec<usize> = (0..open.len()).filter(|&number| lacks(number, &behind)).collect();
    fallen.iter().for_each(|&number| stands[number] = false);
    while let Some(number) = fallen.pop() {
        let Some(left) = behind.get_mut(&open[number].record.id) else { continue };
        left.open -= 1;
        // Only now can it be that those who name it lack an original.
        if left.sure || left.open > 1 {
            continue;
        }
        let named_by = std::mem::take(&mut left.named_by);
        for &other in &named_by {
            if stands[other] && lacks(other, &behind) {
                stands[other] = false;
                fallen.push(other);
            }
        }
        if let Some(left) = behind.get_mut(&open[number].record.id) {
            left.named_by = named_by;
        }
    }
    stands
}

/// Says of most hashes quickly that they are none of a few.
struct Sieve {
    bits: Vec<u64>,
}

impl Sieve {
    fn of<'h>(hashes: impl ExactSizeIterator<Item = &'h Hash>) -> Self {
        let words = (hashes.len() / 4 + 1).next_power_of_two().clamp(1 << 6, 1 << 21);
        let mut sieve = Self { bits: vec![0; words] };
        for hash in hashes {
            let (word, bit) = sieve.place(hash);
            sieve.bits[word] |= bit;
        }
        sieve
    }

    #[inline]
    fn may_have(&self, hash: &Hash) -> bool {
        let (word, bit) = self.place(hash);
        self.bits[word] & bit != 0
    }

    #[inline]
    fn place(&self, hash: &Hash) -> (usize, u64) {
        ((hash[1] >> 6) as usize & (self.bits.len() - 1), 1 << (hash[1] & 63))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::Marks;
    use super::*;

    fn refund(id: u64, original: u64, print: u64) -> Open {
        let marks = Marks::idle().refund(true);
        let record = Record { person: 0, print: [print, 0], origin: print, id: [0, id], marks, family: 0, amounts: [0; 3] };
        Open { record, original: [0, original], time: 0, texts: Texts::default() }
    }

    fn settled(open: &[Open], sure: &[u64]) -> Vec<bool> {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::new(folder.path(), 1 << 20);
        let rows: Vec<Record> = sure.iter().map(|&id| Record { marks: Marks::idle(), ..refund(id, 0, 900 + id).record }).collect();
        let mut specials = Vec::new();
        for refund in open {
            Special::write(&refund.record, 0, refund.original, 0, [""; 3], &mut specials);
        }
        let part =
            Part { records: vec![spill.put(bytemuck::cast_slice(&rows)).unwrap()], specials: vec![spill.put(&specials).unwrap()], rows: 0 };
        settle(open, &[part], &spill).unwrap()
    }

    #[test]
    fn chains_stand_or_fall_together() {
        // 1 ← 2 ← 3, where 1 is a settlement; 9 is none, and 10 ← 11 ← 12 hang on it.
        let open = [refund(3, 2, 1), refund(2, 1, 2), refund(12, 11, 3), refund(11, 10, 4), refund(10, 9, 5)];
        assert_eq!(settled(&open, &[1]), [true, true, false, false, false]);
    }

    #[test]
    fn a_refund_is_not_its_own_original() {
        assert_eq!(settled(&[refund(1, 1, 1)], &[]), [false]);
        assert_eq!(settled(&[refund(1, 1, 1), refund(1, 1, 2)], &[]), [true, true], "each has the other");
        assert_eq!(settled(&[refund(1, 1, 1), refund(1, 5, 2)], &[]), [false, false], "one falls, and with it the other");
        assert_eq!(settled(&[refund(1, 2, 1), refund(2, 1, 2)], &[]), [true, true]);
        assert_eq!(settled(&[refund(1, 1, 1)], &[1]), [true]);
    }

    /// As the contract says it: whoever lacks an original goes, until nobody does.
    fn by_the_book(open: &[Open], sure: &[u64]) -> Vec<bool> {
        let mut stands = vec![true; open.len()];
        loop {
            let gone = (0..open.len()).find(|&one| {
                let original = open[one].original;
                let other = |other: usize| other != one && stands[other] && open[other].record.id == original;
                stands[one] && !sure.contains(&original[1]) && !(0..open.len()).any(other)
            });
            match gone {
                Some(one) => stands[one] = false,
                None => return stands,
            }
        }
    }

    proptest! {
        #[test]
        fn any_tangle_is_settled_as_by_the_book(
            edges in prop::collection::vec((0u64..8, 0u64..8), 0..14), sure in prop::collection::vec(0u64..8, 0..2),
        ) {
            let open: Vec<Open> = edges.iter().enumerate().map(|(print, &(id, original))| refund(id, original, print as u64)).collect();
            prop_assert_eq!(settled(&open, &sure), by_the_book(&open, &sure));
        }
    }
}
