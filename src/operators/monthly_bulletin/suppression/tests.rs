//! What is suppressed, and that readers cannot work it out.

use proptest::prelude::*;

use super::attack::Readers;
use super::*;

const MIN_PERSONS: u32 = 5;

/// A published table and what is really in it.
struct Published {
    tables: Tables,
    values: Vec<u64>,
}

impl Published {
    fn new() -> Self {
        Self { tables: Tables::new(MIN_PERSONS), values: Vec::new() }
    }

    fn add(&mut self, persons: u64, value: u64) -> CellId {
        self.values.push(value);
        self.tables.add(Cell::new(persons, value))
    }

    fn suppressed(&self) -> Vec<usize> {
        (0..self.values.len()).filter(|&at| self.tables.is_suppressed(CellId(at))).collect()
    }

    fn recovered(&self) -> Vec<usize> {
        let sums = self.tables.sums.iter().map(|sum| (sum.total.0, sum.parts.iter().map(|part| part.0).collect()));
        let unknown = (0..self.values.len()).map(|cell| self.tables.is_suppressed(CellId(cell)));
        let readers = Readers { values: self.values.clone(), unknown: unknown.collect(), sums: sums.collect() };
        [readers.recovered(), readers.followed()].concat()
    }

    /// What readers get by subtraction stands for enough persons.
    fn remainders_hold(&self) -> bool {
        self.tables.sums.iter().all(|sum| {
            let suppressed: Vec<u64> =
                sum.parts.iter().filter(|&&part| self.tables.is_suppressed(part)).map(|part| self.tables.cells[part.0].persons).collect();
            let together: u64 = match sum.persons {
                Persons::Apart => suppressed.iter().sum(),
                Persons::Again => suppressed.iter().copied().max().unwrap_or(0),
            };
            suppressed.is_empty() || self.tables.is_suppressed(sum.total) || together >= u64::from(MIN_PERSONS)
        })
    }
}

/// A table of persons with a total for each row, each column and all.
fn crossed(rows: &[Vec<u64>]) -> Published {
    let mut published = Published::new();
    let width = rows[0].len();
    let mut cells: Vec<Vec<CellId>> = Vec::new();
    for row in rows {
        let total = row.iter().sum();
        let row = row.iter().chain([&total]).map(|&persons| published.add(persons, persons));
        cells.push(row.collect());
    }
    let sums: Vec<u64> = (0..width).map(|column| rows.iter().map(|row| row[column]).sum()).collect();
    let all = sums.iter().sum();
    cells.push(sums.iter().chain([&all]).map(|&persons| published.add(persons, persons)).collect());
    for row in &cells {
        published.tables.sum(row[width], row[..width].to_vec(), Persons::Apart);
    }
    for column in 0..=width {
        let parts = cells[..rows.len()].iter().map(|row| row[column]);
        published.tables.sum(cells[rows.len()][column], parts.collect::<Vec<_>>(), Persons::Apart);
    }
    published.tables.release();
    published
}

/// Persons and visits of employees, of residents and of both.
type Months = [(u64, u64); 3];

/// Visits by month, for employees, residents and both, by month and to date: published month after month.
fn monthly(months: &[[(u64, u64); 2]]) -> Published {
    let mut published = Published::new();
    let mut to_date: Option<([CellId; 3], Months)> = None;
    for &[employees, residents] in months {
        let both = (employees.0.max(residents.0), employees.1 + residents.1);
        let month = [employees, residents, both];
        let cells = month.map(|(persons, visits)| published.add(persons, visits));
        published.tables.sum(cells[2], cells[..2].to_vec(), Persons::Again);
        to_date = Some(match to_date {
            None => (cells, month),
            Some((before, known)) => {
                let sums: Vec<(u64, u64)> = (0..3).map(|at| (known[at].0.max(month[at].0), known[at].1 + month[at].1)).collect();
                let now: Vec<CellId> = sums.iter().map(|&(persons, visits)| published.add(persons, visits)).collect();
                published.tables.sum(now[2], now[..2].to_vec(), Persons::Again);
                for at in 0..3 {
                    published.tables.sum(now[at], [before[at], cells[at]], Persons::Again);
                }
                ([now[0], now[1], now[2]], [sums[0], sums[1], sums[2]])
            }
        });
        published.tables.release();
    }
    published
}

#[test]
fn nothing_small_and_nothing_is_suppressed() {
    assert_eq!(crossed(&[vec![5, 0], vec![7, 12]]).suppressed(), [0usize; 0], "0 is nobody, 5 are enough");
}

#[test]
fn a_small_cell_takes_a_rectangle_with_it() {
    let published = crossed(&[vec![3, 20, 30], vec![40, 50, 60], vec![70, 80, 90]]);
    assert_eq!(published.suppressed(), [0, 1, 4, 5], "the smallest that protect it; no total");
    assert_eq!(published.recovered(), [0usize; 0]);
}

#[test]
fn two_small_cells_do_not_protect_each_other() {
    let mut tables = Tables::new(MIN_PERSONS);
    let parts = [2, 1, 40].map(|persons| tables.add(Cell::new(persons, persons)));
    let total = tables.add(Cell::new(43, 43));
    tables.sum(total, parts, Persons::Apart);
    tables.release();
    assert!(parts.iter().all(|&part| tables.is_suppressed(part)), "43 - 40 would tell of three persons");
    assert!(!tables.is_suppressed(total));
}

#[test]
fn the_only_part_that_is_not_empty_hides_its_total() {
    let published = crossed(&[vec![3, 0], vec![0, 90]]);
    assert!(published.suppressed().contains(&2), "3 + 0");
    assert_eq!(published.recovered(), [0usize; 0]);
}

#[test]
fn next_months_total_does_not_give_this_month_away() {
    let large = [(100, 300), (200, 500)];
    let published = monthly(&[large, large, [(3, 7), (150, 400)], large, large]);
    assert_eq!(published.recovered(), [0usize; 0]);
    let cells = |months: &[usize]| -> Vec<usize> { published.suppressed().into_iter().filter(|cell| months.contains(cell)).collect() };
    assert_eq!(cells(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), [0usize; 0], "January and February were printed before");
    assert!(published.tables.is_suppressed(CellId(9)), "employees in March");
    let last: Vec<usize> = (21..27).filter(|&cell| published.tables.is_suppressed(CellId(cell))).collect();
    assert_eq!(last, [0usize; 0], "by May all is printed again");
}

#[test]
fn an_unprinted_cell_protects_and_is_protected() {
    let visits = |persons: u64| {
        let mut tables = Tables::new(MIN_PERSONS);
        let there = tables.add(Cell::new(90, 200));
        let extra = persons * 2;
        let elsewhere = tables.add(Cell::new(persons, extra).unprinted());
        let total = tables.add(Cell::new(90, 200 + extra));
        tables.sum(total, [there, elsewhere], Persons::Again);
        tables.release();
        (tables.is_suppressed(there), tables.is_suppressed(total))
    };
    assert_eq!(visits(50), (false, false), "a large difference may be worked out");
    assert_eq!(visits(2), (true, false), "a small one may not");
    assert_eq!(visits(0), (false, false));
}

#[test]
fn a_cell_that_was_never_judged_is_hidden() {
    let mut keyed = Keyed::new(MIN_PERSONS);
    keyed.add("known", Cell::new(7, 7));
    keyed.release();
    assert!(!keyed.hides(&"known") && keyed.hides(&"unknown"));
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 3 => 1u64..5, 5 => 5u64..40, 1 => 1000u64..100_000]
}

fn visits() -> impl Strategy<Value = (u64, u64)> {
    (count(), 1u64..6).prop_map(|(persons, each)| (persons, persons * each))
}

proptest! {
    #[test]
    fn no_crossed_table_gives_a_cell_away(rows in (2usize..5).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(count(), width), 2..6))) {
        let published = crossed(&rows);
        prop_assert_eq!(published.recovered(), Vec::<usize>::new());
        prop_assert!(published.remainders_hold());
        for (at, cell) in published.tables.cells.iter().enumerate() {
            let small = cell.persons > 0 && cell.persons < u64::from(MIN_PERSONS);
            prop_assert!(!small || published.tables.is_suppressed(CellId(at)));
            prop_assert!(!cell.is_empty() || !published.tables.is_suppressed(CellId(at)));
        }
    }

    #[test]
    fn no_sequence_of_months_gives_a_cell_away(months in prop::collection::vec([visits(), visits()], 1..8)) {
        let published = monthly(&months);
        prop_assert_eq!(published.recovered(), Vec::<usize>::new());
        prop_assert!(published.remainders_hold());
    }

    #[test]
    fn what_was_released_stands(months in prop::collection::vec([visits(), visits()], 2..8)) {
        let early = monthly(&months[..months.len() - 1]);
        let late = monthly(&months);
        let known = early.values.len();
        prop_assert_eq!(early.suppressed(), late.suppressed().into_iter().filter(|&cell| cell < known).collect::<Vec<_>>());
    }
}
