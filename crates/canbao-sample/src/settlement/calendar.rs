//! When settlements take place: months by season and growth, days evenly, hours when offices are open.

use std::ops::Range;

use canbao_rules::period::{Month, MonthSpan, days_in_month};

use super::super::chance::Dice;
use super::super::record::{Time, working_hours};
use super::figures::Figures;

/// Rows dealt to the months of a span, in order: the row of a number below `rows` always falls into the same month.
#[derive(Debug)]
pub struct Calendar {
    span: MonthSpan,
    /// The row after each month's last, month by month.
    ends: Vec<u64>,
}

impl Calendar {
    pub fn new(span: MonthSpan, rows: u64, figures: &Figures) -> Self {
        let months = span.first.index()..=span.last.index();
        let weights: Vec<u64> = months.map(|month| weight(Month::from_index(month), span.first, figures)).collect();
        Self { span, ends: dealt(rows, &weights) }
    }

    pub fn span(&self) -> MonthSpan {
        self.span
    }

    /// The months with the numbers of their rows.
    pub fn months(&self) -> impl Iterator<Item = (Month, Range<u64>)> + '_ {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).zip(0..).map(|((start, &end), month)| (self.span.first.plus(month), start..end))
    }

    /// The time of a row. Rows of a month come in the order of their days.
    pub fn time(&self, row: u64, dice: &mut Dice) -> Time {
        let month = self.month_of(row);
        let rows = self.rows_of(month);
        let month = self.span.first.plus(month as i32);
        let days = u64::from(days_in_month(month.year(), month.number()));
        let day = (row - rows.start) * days / (rows.end - rows.start).max(1);
        (month.first_day().plus_days(day as i32), working_hours(dice))
    }

    /// Years since the span began, in twelfths.
    pub fn twelfths(&self, row: u64) -> u32 {
        self.month_of(row) as u32
    }

    /// The row's month, counted from the span's first.
    fn month_of(&self, row: u64) -> usize {
        self.ends.partition_point(|&end| end <= row).min(self.ends.len() - 1)
    }

    fn rows_of(&self, month: usize) -> Range<u64> {
        month.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[month]
    }
}

/// A month's weight: its season's, and growth since the first year.
pub fn weight(month: Month, since: Month, figures: &Figures) -> u64 {
    let season = u64::from(figures.season[month.number() as usize - 1]);
    let twelfths = month.index().abs_diff(since.index());
    season * u64::from(1_200 + figures.growth * twelfths)
}

/// Deals so many things by weights; gives the end of each part, the last being the whole.
pub fn dealt(things: u64, weights: &[u64]) -> Vec<u64> {
    let whole = weights.iter().map(|&weight| u128::from(weight)).sum::<u128>().max(1);
    let mut before = 0;
    let ends = weights.iter().map(|&weight| {
        before += u128::from(weight);
        (u128::from(things) * before / whole) as u64
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::chance::Topic;
    use super::*;

    #[test]
    fn every_row_has_its_month() {
        let figures = Figures::read().unwrap();
        let span = MonthSpan::new(Month::new(2023, 1).unwrap(), Month::new(2024, 9).unwrap()).unwrap();
        for rows in [0, 1, 20, 5_000, 20_000_000] {
            let calendar = Calendar::new(span, rows, &figures);
            assert_eq!(calendar.months().map(|(_, rows)| rows.end - rows.start).sum::<u64>(), rows);
            for (month, rows) in calendar.months() {
                for row in [rows.start, rows.end.saturating_sub(1)].into_iter().filter(|row| rows.contains(row)) {
                    let (day, _) = calendar.time(row, &mut Dice::of(0, Topic::Settlements, row));
                    assert_eq!(day.month(), month);
                }
            }
        }
    }

    #[test]
    fn winters_are_busier_and_years_grow() {
        let figures = Figures::read().unwrap();
        let month = |year, number| Month::new(year, number).unwrap();
        let span = MonthSpan::new(month(2023, 1), month(2024, 12)).unwrap();
        let rows: Vec<u64> = Calendar::new(span, 100_000, &figures).months().map(|(_, rows)| rows.end - rows.start).collect();
        assert!(rows[11] > rows[8] && rows[1] < rows[2]);
        assert!((0..12).all(|month| rows[month + 12] > rows[month]), "{rows:?}");
    }
}
