//! The walk over all extracts at once, person by person.
//!
//! Every source is a batch of rows sorted by person key, so the rows of one person lie side by side in each of
//! them, and one pass that always takes the smallest key next meets everybody once, with all their rows: a merge
//! join over any number of sources. A [`Cohort`] is a range of keys with all rows of its persons, whole on its
//! own: cohorts can be walked in parallel, and no decision depends on how many there are.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_buffer::ScalarBuffer;
use polars::prelude::DataFrame;

use super::bridge::{BridgeError, to_arrow};
use canbao_rules::identity::PersonKey;

/// Rows of one source, sorted by person key, equal keys in reading order.
#[derive(Debug, Clone)]
pub struct Sorted {
    /// The columns, as the reader made them.
    pub batch: RecordBatch,
    keys: ScalarBuffer<u64>,
}

impl Sorted {
    /// Takes over a frame that is sorted by its column `key`.
    pub fn from_frame(frame: &DataFrame) -> Result<Self, BridgeError> {
        let batch = to_arrow(frame)?;
        let keys = batch
            .column_by_name("key")
            .and_then(|column| column.as_primitive_opt::<UInt64Type>())
            .map(|column| column.values().clone())
            .unwrap_or_default();
        debug_assert!(keys.is_sorted());
        Ok(Self { batch, keys })
    }

    /// No rows and no columns: what stands for an absent extract.
    pub fn empty() -> Self {
        Self { batch: RecordBatch::new_empty(std::sync::Arc::new(arrow_schema::Schema::empty())), keys: ScalarBuffer::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Where the rows of a person lie.
    pub fn rows_of(&self, person: PersonKey) -> Range<usize> {
        let start = self.keys.partition_point(|&key| key < person.0);
        start..start + self.keys[start..].partition_point(|&key| key == person.0)
    }

    fn range_below(&self, from: usize, bound: Option<u64>) -> Range<usize> {
        let end = bound.map_or(self.keys.len(), |bound| self.keys.partition_point(|&key| key < bound));
        from..end.max(from)
    }
}

/// `N` sources over the same persons.
#[derive(Debug, Clone)]
pub struct Population<const N: usize> {
    /// The sources, in the order in which [`PersonRows::rows`] names their rows.
    pub sources: [Sorted; N],
}

/// A range of person keys: for each source the rows of its persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort<const N: usize> {
    rows: [Range<usize>; N],
}

/// One person and where his rows lie in each source; at least one range is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRows<const N: usize> {
    /// Who it is.
    pub key: PersonKey,
    /// The rows in each source.
    pub rows: [Range<usize>; N],
}

impl<const N: usize> Population<N> {
    /// Cuts the persons into ranges, so that the longest source has about `rows` rows in each.
    pub fn cohorts(&self, rows: usize) -> Vec<Cohort<N>> {
        let Some(longest) = self.sources.iter().max_by_key(|source| source.len()) else { return Vec::new() };
        let mut bounds: Vec<Option<u64>> =
            (1..longest.len().div_ceil(rows.max(1))).filter_map(|n| longest.keys.get(n * rows).copied().map(Some)).collect();
        bounds.dedup();
        bounds.push(None);
        let mut from = [0; N];
        let mut cohorts = Vec::with_capacity(bounds.len());
        for bound in bounds {
            let rows = std::array::from_fn(|place| self.sources[place].range_below(from[place], bound));
            from = std::array::from_fn(|place| {
                let range: &Range<usize> = &rows[place];
                range.end
            });
            cohorts.push(Cohort { rows });
        }
        cohorts
    }

    /// One person, looked up by his key; without rows where no source has any.
    pub fn person(&self, key: PersonKey) -> PersonRows<N> {
        PersonRows { key, rows: std::array::from_fn(|place| self.sources[place].rows_of(key)) }
    }

    /// The persons of a cohort, by ascending key.
    pub fn persons<'a>(&'a self, cohort: &'a Cohort<N>) -> Persons<'a, N> {
        Persons {
            keys: std::array::from_fn(|place| &self.sources[place].keys[..cohort.rows[place].end]),
            at: std::array::from_fn(|place| cohort.rows[place].start),
        }
    }
}

/// The walk over one cohort.
#[derive(Debug)]
pub struct Persons<'a, const N: usize> {
    keys: [&'a [u64]; N],
    at: [usize; N],
}

impl<const N: usize> Iterator for Persons<'_, N> {
    type Item = PersonRows<N>;

    fn next(&mut self) -> Option<PersonRows<N>> {
        let key = (0..N).filter_map(|place| self.keys[place].get(self.at[place]).copied()).min()?;
        let rows = std::array::from_fn(|place| {
            let start = self.at[place];
            let end = start + self.keys[place][start..].iter().take_while(|&&other| other == key).count();
            self.at[place] = end;
            start..end
        });
        Some(PersonRows { key: PersonKey(key), rows })
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;
    use proptest::prelude::*;

    use super::*;

    fn sorted(mut keys: Vec<u64>) -> Sorted {
        keys.sort_unstable();
        Sorted::from_frame(&df!("key" => keys).unwrap()).unwrap()
    }

    fn walk(population: &Population<2>, rows: usize) -> Vec<PersonRows<2>> {
        let cohorts = population.cohorts(rows);
        cohorts.iter().flat_map(|cohort| population.persons(cohort).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn everybody_is_met_once_with_all_rows() {
        let population = Population { sources: [sorted(vec![1, 1, 3]), sorted(vec![2, 3, 3, 9])] };
        let met: Vec<_> = walk(&population, 100).into_iter().map(|p| (p.key.0, p.rows)).collect();
        assert_eq!(met, [(1, [0..2, 0..0]), (2, [2..2, 0..1]), (3, [2..3, 1..3]), (9, [3..3, 3..4])]);
    }

    #[test]
    fn nobody_is_nobody() {
        let population = Population { sources: [Sorted::empty(), Sorted::empty()] };
        assert_eq!(walk(&population, 10), []);
    }

    proptest! {
        #[test]
        fn the_number_of_cohorts_changes_nothing(
            a in prop::collection::vec(0u64..50, 0..200), b in prop::collection::vec(0u64..60, 0..50), rows in 1usize..40,
        ) {
            let population = Population { sources: [sorted(a), sorted(b)] };
            prop_assert_eq!(walk(&population, rows), walk(&population, usize::MAX));
        }
    }
}
