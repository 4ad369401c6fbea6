//! Ranges of person keys, so that the rows of one fit into memory.
//!
//! Where they begin is read off the pieces in which rows were spilled, so a crowd of keys in a narrow span gets as
//! many ranges as it needs. Only one person's rows cannot be cut. Which ranges there are changes no result: a range is
//! whole on its own, as a cohort is.

use std::io;
use std::ops::RangeInclusive;

use super::{SortedRuns, SpillStore};
use canbao_rules::identity::{KeyRenumbering, PersonKey};

/// Cuts all keys into ranges in which the all_runs' rows take about `most` bytes; at least one.
///
/// # Errors
/// What was spilled cannot be read back.
pub fn ranges(all_runs: &[&SortedRuns], places: &KeyRenumbering, store: &SpillStore, most: usize) -> io::Result<Vec<RangeInclusive<u64>>> {
    let mut pieces: Vec<(u64, usize)> = all_runs.iter().flat_map(|runs| runs.residents()).collect();
    pieces.sort_unstable();
    let mut weights = pieces;
    let others: usize = all_runs.iter().map(|runs| runs.others()).sum();
    if others > most {
        let mut bytes = Vec::new();
        all_runs.iter().try_for_each(|runs| runs.weigh_others(store, places, &mut bytes))?;
        weights.extend(bytes.into_iter().enumerate().map(|(place, bytes)| (place as u64 | PersonKey::OTHER_BIT, bytes)));
    } else if others > 0 {
        weights.push((PersonKey::OTHER_BIT, others));
    }
    Ok(cut(&weights, most))
}

/// Cuts at keys, which are sorted, so that no range weighs more than `most`, unless it is one key, and all weigh about the
/// same: the largest is what memory has to hold.
fn cut(weights: &[(u64, usize)], most: usize) -> Vec<RangeInclusive<u64>> {
    let total: usize = weights.iter().map(|(_, weight)| weight).sum();
    let even = total.div_ceil(total.div_ceil(most.max(1)).max(1));
    let mut ranges = Vec::new();
    let (mut begin, mut weight) = (0, 0);
    for same in weights.chunk_by(|one, other| one.0 == other.0) {
        let (key, more) = (same[0].0, same.iter().map(|(_, weight)| weight).sum::<usize>());
        if weight > 0 && (weight + more > most || weight + more / 2 > even) && key > begin {
            ranges.push(begin..=key - 1);
            (begin, weight) = (key, 0);
        }
        weight += more;
    }
    ranges.push(begin..=u64::MAX);
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_ends_before_it_is_too_heavy() {
        assert_eq!(cut(&[], 10), [0..=u64::MAX]);
        assert_eq!(cut(&[(3, 6), (5, 4), (9, 1)], 11), [0..=u64::MAX]);
        assert_eq!(cut(&[(3, 6), (5, 4), (9, 1)], 10), [0..=4, 5..=u64::MAX], "about the same in each");
        assert_eq!(cut(&[(3, 6), (5, 3), (9, 1)], 9), [0..=4, 5..=u64::MAX]);
        assert_eq!(cut(&[(3, 60), (3, 60), (5, 60)], 10), [0..=4, 5..=u64::MAX], "a person is never cut");
        assert_eq!(cut(&[(0, 60), (1, 1)], 10), [0..=0, 1..=u64::MAX]);
    }

    proptest! {
        #[test]
        fn ranges_hold_every_key_once(mut weights in prop::collection::vec((0u64..50, 0usize..20), 0..40), most in 1usize..60) {
            weights.sort_unstable();
            let ranges = cut(&weights, most);
            prop_assert_eq!((*ranges[0].start(), *ranges[ranges.len() - 1].end()), (0, u64::MAX));
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end() + 1, *pair[1].start());
            }
            for range in &ranges {
                let inside: Vec<_> = weights.iter().filter(|(key, weight)| range.contains(key) && *weight > 0).collect();
                let weight: usize = inside.iter().map(|(_, weight)| weight).sum();
                prop_assert!(weight <= most || inside.iter().all(|(key, _)| *key == inside[0].0));
            }
        }
    }
}
