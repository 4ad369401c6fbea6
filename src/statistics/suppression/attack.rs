//! Readers with pencil and paper: they know what is printed, the sums, and that no count is negative.

use std::collections::BTreeSet;

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
    /// Unknown cells that readers can pin down: there is no other table with the same printed cells.
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
