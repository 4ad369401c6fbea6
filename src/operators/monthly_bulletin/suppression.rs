//! Which cells of a table may be printed.
//!
//! A number about fewer than N persons tells something about each of them, so it is suppressed: the cell bears a mark.
//! That is not enough. Whoever knows a total and all parts but one knows the last part too, so other cells have to be
//! suppressed with it, until no suppressed cell can be worked out from what is printed (complementary suppression).
//!
//! # What is promised
//! A reader knows the printed cells, the [`Tables::sum`]s that hold between cells, and that no count is negative. From
//! these no suppressed cell follows:
//! - a cell that is not empty and has fewer than N persons behind it is suppressed, and so is every [`Cell::sensitive_if`];
//! - where a total is printed, the suppressed parts together have at least N persons behind them, for what the reader
//!   gets by subtraction is their sum;
//! - no suppressed cell is determined by the linear system of all sums. Suppressed cells are never empty, so there is
//!   another table without negative numbers that has the same printed cells and another value there.
//!
//! An empty cell (nobody, no visit, no money) is printed as 0: there is no one whom it could tell about.
//!
//! # Publication after publication
//! What was printed once cannot be taken back. Cells are added in the order in which they are published, and
//! [`Tables::release`] decides about those added since the last time; earlier decisions stand. A month that has to be
//! suppressed is thus never given away by next month's total to date.
//!
//! # Limits
//! A sum over nothing but released cells cannot be protected any more: each sum has to be added with one of its cells.
//! Readers who know persons themselves, or figures from elsewhere, know more than is assumed here.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
pub(crate) mod attack;
mod linear;
#[cfg(test)]
mod tests;
use linear::Echelon;

/// One cell of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    persons: u64,
    size: u64,
    sensitive: bool,
    printed: bool,
    rank: u8,
}

impl Cell {
    /// A cell with at least this number of persons behind it. Its size (persons, visits, yuan) says what readers lose
    /// with it; a cell of size 0 without persons is empty.
    pub const fn new(persons: u64, size: u64) -> Self {
        Self { persons, size, sensitive: false, printed: true, rank: 0 }
    }

    /// The same, to be suppressed for a reason of its own, where there is one, unless it is empty.
    #[must_use]
    pub const fn sensitive_if(self, reason: bool) -> Self {
        Self { sensitive: self.sensitive || reason, ..self }
    }

    /// The same, never printed: readers may yet work it out, which matters only where it is small or sensitive.
    #[must_use]
    pub const fn unprinted(self) -> Self {
        Self { printed: false, ..self }
    }

    /// The same, which readers would miss more than those of a lower rank: it is suppressed for another's sake only where
    /// these do not do.
    #[must_use]
    pub const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    const fn is_empty(self) -> bool {
        self.persons == 0 && self.size == 0
    }
}

/// Names a cell among those of its [`Tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(usize);

/// Whether the same person can be behind several parts of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persons {
    /// Nobody is in two parts: townships, categories.
    Apart,
    /// The same persons may come again: months, kinds of care.
    Again,
}

#[derive(Debug, Clone)]
struct Sum {
    total: CellId,
    parts: Vec<CellId>,
    persons: Persons,
}

impl Sum {
    fn cells(&self) -> impl Iterator<Item = CellId> + '_ {
        std::iter::once(self.total).chain(self.parts.iter().copied())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Undecided,
    Printed,
    Suppressed,
    /// Not printed by its nature, and nothing to protect.
    Withheld,
}

/// Cells, the sums between them, and what was decided.
#[derive(Debug, Clone)]
pub struct Tables {
    min_persons: u64,
    cells: Vec<Cell>,
    states: Vec<State>,
    sums: Vec<Sum>,
    /// The sums that name a cell, by cell.
    sums_of: Vec<Vec<usize>>,
    is_total: Vec<bool>,
    /// Cells before this one are released.
    released: usize,
}

impl Tables {
    /// No cells yet; those with fewer persons than `min_persons` are going to be suppressed.
    pub fn new(min_persons: u32) -> Self {
        Self {
            min_persons: u64::from(min_persons),
            cells: Vec::new(),
            states: Vec::new(),
            sums: Vec::new(),
            sums_of: Vec::new(),
            is_total: Vec::new(),
            released: 0,
        }
    }

    /// Adds a cell, to be decided upon at the next release.
    pub fn add(&mut self, cell: Cell) -> CellId {
        self.cells.push(cell);
        self.states.push(State::Undecided);
        self.sums_of.push(Vec::new());
        self.is_total.push(false);
        CellId(self.cells.len() - 1)
    }

    /// Says that readers know `total` to be the sum of `parts`.
    pub fn sum(&mut self, total: CellId, parts: impl IntoIterator<Item = CellId>, persons: Persons) {
        let sum = Sum { total, parts: parts.into_iter().collect(), persons };
        for cell in sum.cells() {
            self.sums_of[cell.0].push(self.sums.len());
        }
        self.is_total[total.0] = true;
        self.sums.push(sum);
    }

    /// Whether a released cell bears the mark.
    pub fn is_suppressed(&self, cell: CellId) -> bool {
        self.states[cell.0] == State::Suppressed
    }

    /// Decides about every cell that was added since the last release.
    pub fn release(&mut self) {
        for at in self.released..self.cells.len() {
            if self.is_small(at) {
                self.states[at] = State::Suppressed;
            } else if !self.cells[at].printed {
                self.states[at] = State::Withheld;
            }
        }
        while self.widen_remainders() || self.widen_determined() {}
        for state in &mut self.states[self.released..] {
            if *state == State::Undecided {
                *state = State::Printed;
            }
        }
        self.released = self.cells.len();
    }

    /// Sees to it that what a printed total and the printed parts leave over stands for enough persons.
    fn widen_remainders(&mut self) -> bool {
        let mut widened = false;
        for at in 0..self.sums.len() {
            while self.remainder_is_small(&self.sums[at]) && self.suppress_one([at]) {
                widened = true;
            }
        }
        widened
    }

    fn remainder_is_small(&self, sum: &Sum) -> bool {
        if self.is_unknown(sum.total) || !sum.parts.iter().any(|&part| self.is_suppressed(part)) {
            return false;
        }
        let persons = sum.parts.iter().filter(|&&part| self.is_unknown(part)).map(|part| self.cells[part.0].persons);
        let together = match sum.persons {
            Persons::Apart => persons.sum(),
            Persons::Again => persons.max().unwrap_or(0),
        };
        together < self.min_persons
    }

    /// Sees to it that the linear system determines no suppressed cell.
    fn widen_determined(&mut self) -> bool {
        let (sums, determined) = self.determined();
        // What one sum gives away by itself comes first: with it, what followed from it is mended, too.
        let mut widened = false;
        for &cell in &determined {
            let alone = |&sum: &usize| self.sums[sum].cells().filter(|&other| self.is_unknown(other)).count() == 1;
            let giving: Vec<usize> = self.sums_of[cell.0].iter().copied().filter(alone).collect();
            widened |= giving.into_iter().any(|sum| self.suppress_one([sum]));
        }
        if widened {
            return true;
        }
        // Else one of the sums of a cell that needs it, small or suppressed before, else whatever hangs together with it.
        if let Some(needy) = determined.iter().find(|cell| self.is_small(cell.0) || cell.0 < self.released) {
            return self.suppress_one(self.sums_of[needy.0].clone()) || self.suppress_one(sums);
        }
        // Cells that were suppressed for others' sake and are known all the same protect nothing: they are printed.
        if let Some(idle) = determined.first() {
            self.states[idle.0] = State::Printed;
        }
        !determined.is_empty()
    }

    /// Whether a cell is to be suppressed for its own sake.
    fn is_small(&self, cell: usize) -> bool {
        let cell = self.cells[cell];
        !cell.is_empty() && (cell.persons < self.min_persons || cell.sensitive)
    }

    /// The suppressed cells that follow from the printed ones, among those that hang together with a cell that is not
    /// released yet, and the sums looked at.
    fn determined(&self) -> (BTreeSet<usize>, Vec<CellId>) {
        let mut sums = BTreeSet::new();
        let mut seen = BTreeSet::new();
        // A sum with a new cell can tell of a cell that was released long ago.
        let of_new = self.sums_of[self.released..].iter().flatten();
        let mut ahead: Vec<CellId> = of_new.flat_map(|&sum| self.sums[sum].cells()).collect();
        while let Some(cell) = ahead.pop() {
            if !self.is_unknown(cell) || !seen.insert(cell) {
                continue;
            }
            for &sum in &self.sums_of[cell.0] {
                if sums.insert(sum) {
                    ahead.extend(self.sums[sum].cells());
                }
            }
        }
        let mut system = Echelon::default();
        for &at in &sums {
            let sum = &self.sums[at];
            let parts = sum.parts.iter().filter(|&&part| self.is_unknown(part)).map(|part| (part.0, 1));
            let total = self.is_unknown(sum.total).then_some((sum.total.0, -1));
            system.add(parts.chain(total));
        }
        let determined = system.determined().map(CellId).filter(|&cell| self.is_suppressed(cell));
        (sums, determined.collect())
    }

    /// Whether readers have to work the cell out: they are told neither its value nor that it is empty.
    fn is_unknown(&self, cell: CellId) -> bool {
        matches!(self.states[cell.0], State::Suppressed | State::Withheld) && !self.cells[cell.0].is_empty()
    }

    /// Suppresses the cell of these sums that readers lose least with: of low rank before high, parts before totals, small
    /// before large.
    fn suppress_one(&mut self, sums: impl IntoIterator<Item = usize>) -> bool {
        let cells = sums.into_iter().flat_map(|sum| self.sums[sum].cells().collect::<Vec<_>>());
        let open = cells.filter(|cell| self.states[cell.0] == State::Undecided && !self.cells[cell.0].is_empty());
        let least = open.min_by_key(|cell| (self.cells[cell.0].rank, self.is_total[cell.0], self.cells[cell.0].size, cell.0));
        if let Some(cell) = least {
            self.states[cell.0] = State::Suppressed;
        }
        least.is_some()
    }
}

/// Tables whose cells have names.
#[derive(Debug, Clone)]
pub struct Keyed<K> {
    tables: Tables,
    cells: BTreeMap<K, CellId>,
}

impl<K: Ord> Keyed<K> {
    /// As [`Tables::new`].
    pub fn new(min_persons: u32) -> Self {
        Self { tables: Tables::new(min_persons), cells: BTreeMap::new() }
    }

    /// Adds a cell under a name of its own. A name that is there already keeps its cell.
    pub fn add(&mut self, key: K, cell: Cell) {
        let tables = &mut self.tables;
        self.cells.entry(key).or_insert_with(|| tables.add(cell));
    }

    /// As [`Tables::sum`]; parts that were not added are empty. Without its total a sum tells nothing.
    pub fn sum(&mut self, total: &K, parts: impl IntoIterator<Item = K>, persons: Persons) {
        let parts: Vec<CellId> = parts.into_iter().filter_map(|part| self.cells.get(&part).copied()).collect();
        if let Some(&total) = self.cells.get(total) {
            self.tables.sum(total, parts, persons);
        }
    }

    /// As [`Tables::release`].
    pub fn release(&mut self) {
        self.tables.release();
    }

    /// Whether a released cell bears the mark. One that was never judged does.
    pub fn hides(&self, key: &K) -> bool {
        self.cells.get(key).is_none_or(|&cell| self.tables.is_suppressed(cell))
    }

    /// Whether there is such a cell.
    pub fn knows(&self, key: &K) -> bool {
        self.cells.contains_key(key)
    }
}
