//! Readers with pencil and paper: they know what is printed, the sums, and that no count is negative.

use std::collections::{BTreeMap, BTreeSet};

/// Coefficients of an equation, by cell.
type Row = BTreeMap<usize, i128>;

/// A table as readers see it, and what is really in it.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    /// What is really in each cell.
    pub values: Vec<u64>,
    /// Whether readers are not told.
    pub unknown: Vec<bool>,
    /// Totals and their parts.
    pub sums: Vec<(usize, Vec<usize>)>,
}

impl Readers {
    /// Unknown cells that follow from the sums, found by elimination over whole numbers: readers of the largest tables
    /// have no other way. They are taken to know which cells are empty. Where no cell follows, each has room on both
    /// sides, as what is unknown is not empty.
    pub fn followed(&self) -> Vec<usize> {
        let is_open = |cell: usize| self.unknown[cell] && self.values[cell] > 0;
        // Each equation with a cell that stands in no other.
        let mut solved: Vec<(usize, Row)> = Vec::new();
        for (total, parts) in &self.sums {
            let mut row = Row::new();
            for (cell, coefficient) in parts.iter().map(|part| (*part, 1)).chain([(*total, -1)]).filter(|(cell, _)| is_open(*cell)) {
                *row.entry(cell).or_insert(0) += coefficient;
            }
            row.retain(|_, coefficient| *coefficient != 0);
            for (pivot, other) in &solved {
                eliminate(&mut row, *pivot, other);
            }
            let Some(pivot) = row.keys().next().copied() else { continue };
            for (_, other) in &mut solved {
                eliminate(other, pivot, &row);
            }
            solved.push((pivot, row));
        }
        let mut followed: Vec<usize> = solved.iter().filter(|(_, row)| row.len() == 1).map(|(pivot, _)| *pivot).collect();
        followed.sort_unstable();
        followed
    }

    /// Unknown cells of a small table that readers can pin down: there is no other table of whole numbers with the same
    /// printed cells.
    pub fn recovered(&self) -> Vec<usize> {
        let other = |cell: usize| [1, -1, 2, -2].into_iter().any(|change| self.differs(cell, change));
        (0..self.values.len()).filter(|&cell| self.unknown[cell] && !other(cell)).collect()
    }

    /// Whether some table without negative numbers has the same printed cells and this `change` in `cell`.
    fn differs(&self, cell: usize, change: i64) -> bool {
        let mut changes = vec![0; self.values.len()];
        self.fits(cell, change) && {
            changes[cell] = change;
            self.mend(&mut changes, &mut BTreeSet::from([cell]))
        }
    }

    fn fits(&self, cell: usize, change: i64) -> bool {
        i64::try_from(self.values[cell]).unwrap() + change >= 0
    }

    /// Mends sum after sum by changing one more unknown cell.
    fn mend(&self, changes: &mut Vec<i64>, touched: &mut BTreeSet<usize>) -> bool {
        let off = |(total, parts): &(usize, Vec<usize>)| parts.iter().map(|part| changes[*part]).sum::<i64>() - changes[*total];
        let Some(((total, parts), off)) = self.sums.iter().map(|sum| (sum, off(sum))).find(|(_, off)| *off != 0) else { return true };
        let mends: Vec<(usize, i64)> = parts.iter().map(|part| (*part, -off)).chain([(*total, off)]).collect();
        for (cell, change) in mends {
            if self.unknown[cell] && !touched.contains(&cell) && self.fits(cell, change) {
                changes[cell] = change;
                touched.insert(cell);
                if self.mend(changes, touched) {
                    return true;
                }
                changes[cell] = 0;
                touched.remove(&cell);
            }
        }
        false
    }
}

/// Takes a cell out of an equation with the help of another one.
fn eliminate(row: &mut Row, cell: usize, other: &Row) {
    let (Some(coefficient), Some(pivot)) = (row.get(&cell).copied(), other.get(&cell).copied()) else { return };
    row.values_mut().for_each(|value| *value *= pivot);
    for (cell, value) in other {
        *row.entry(*cell).or_insert(0) -= value * coefficient;
    }
    row.retain(|_, value| *value != 0);
    let shared = row.values().fold(0, |shared, value| greatest_divisor(shared, value.abs()));
    row.values_mut().for_each(|value| *value /= shared.max(1));
}

fn greatest_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}
