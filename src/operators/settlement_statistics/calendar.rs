//! Which month of which year a settlement counts in, seen from the logical date.
//!
//! Written are the months from January to the logical date's, and each is compared with the same month of the year
//! before. Where the logical date is not the last day of its month, the year before counts up to the same day.

use canbao_rules::period::{Day, Month, days_in_month};

/// Months of a year.
pub(super) const MONTHS: usize = 12;

/// A month of this year or of the year before, as a number below [`Slot::COUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(u8);

impl Slot {
    /// How many there are.
    pub const COUNT: usize = 2 * MONTHS;

    /// The month (from 0) of this year.
    pub const fn this_year(month: usize) -> Self {
        Self(month as u8)
    }

    /// The month (from 0) of the year before.
    pub const fn year_before(month: usize) -> Self {
        Self((MONTHS + month) as u8)
    }

    /// The number behind [`Slot::from_number`].
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The slot with this number.
    pub const fn from_number(number: u8) -> Self {
        Self(number)
    }

    /// The month of this year, from 0; `None` for a month of the year before.
    pub const fn month_of_this_year(self) -> Option<usize> {
        if (self.0 as usize) < MONTHS { Some(self.0 as usize) } else { None }
    }
}

/// The slots of all days that count on a logical date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Calendar {
    on: Day,
    /// The first day of `slots`.
    first: Day,
    /// One entry a day.
    slots: Vec<Option<Slot>>,
}

impl Calendar {
    pub fn new(on: Day) -> Self {
        let (year, month, day) = on.ymd();
        let ends_month = day == days_in_month(year, month);
        let mut calendar = Self { on, first: on, slots: Vec::new() };
        for (year, slot) in [(year - 1, Slot::year_before as fn(usize) -> Slot), (year, Slot::this_year)] {
            for number in 1..=MONTHS as u32 {
                let Some(first) = Day::from_ymd(year, number, 1) else { continue };
                if calendar.slots.is_empty() {
                    calendar.first = first;
                }
                let days = days_in_month(year, number);
                let counted = match number.cmp(&month) {
                    std::cmp::Ordering::Less => days,
                    std::cmp::Ordering::Equal if ends_month => days,
                    std::cmp::Ordering::Equal => day,
                    std::cmp::Ordering::Greater => 0,
                };
                let slots = (1..=days).map(|day| (day <= counted).then(|| slot(number as usize - 1)));
                calendar.slots.extend(slots);
            }
        }
        calendar
    }

    /// Where a day counts; `None` where it counts nowhere.
    #[inline]
    pub fn slot(&self, day: Day) -> Option<Slot> {
        let place = i64::from(day.epoch()) - i64::from(self.first.epoch());
        usize::try_from(place).ok().and_then(|place| self.slots.get(place).copied().flatten())
    }

    /// The year whose months are written.
    pub fn year(&self) -> i32 {
        self.on.year()
    }

    /// The months that are written, in order; the first is January.
    pub fn months(&self) -> Vec<Month> {
        let last = self.on.month();
        (0..last.number() as i32).map(|month| last.plus(month + 1 - last.number() as i32)).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[rstest]
    #[case::this_month("2023-09-30", "2023-09-30", Some(Slot::this_year(8)))]
    #[case::first_day("2023-09-30", "2023-01-01", Some(Slot::this_year(0)))]
    #[case::a_day_to_come("2023-09-29", "2023-09-30", None)]
    #[case::a_month_to_come("2023-09-30", "2023-10-01", None)]
    #[case::whole_month_before("2023-09-30", "2022-09-30", Some(Slot::year_before(8)))]
    #[case::later_months_before("2023-09-30", "2022-10-01", None)]
    #[case::up_to_the_same_day("2023-09-15", "2022-09-15", Some(Slot::year_before(8)))]
    #[case::not_beyond_it("2023-09-15", "2022-09-16", None)]
    #[case::earlier_months_are_whole("2023-09-15", "2022-08-31", Some(Slot::year_before(7)))]
    #[case::two_years_ago("2023-09-30", "2021-12-31", None)]
    #[case::january_before("2023-09-30", "2022-01-01", Some(Slot::year_before(0)))]
    #[case::leap_day_is_a_last_day("2024-02-29", "2023-02-28", Some(Slot::year_before(1)))]
    #[case::last_day_takes_the_leap_day_in("2025-02-28", "2024-02-29", Some(Slot::year_before(1)))]
    #[case::a_leap_years_28th_is_not_the_last("2024-02-28", "2023-02-28", Some(Slot::year_before(1)))]
    #[case::in_a_leap_year("2024-02-28", "2024-02-29", None)]
    #[case::new_year("2024-01-01", "2023-01-01", Some(Slot::year_before(0)))]
    #[case::new_year_only("2024-01-01", "2023-01-02", None)]
    #[case::the_first_year("0001-06-30", "0001-01-01", Some(Slot::this_year(0)))]
    #[case::the_last_day("9999-12-31", "9999-12-31", Some(Slot::this_year(11)))]
    fn slots(#[case] on: &str, #[case] settled: &str, #[case] slot: Option<Slot>) {
        assert_eq!(Calendar::new(day(on)).slot(day(settled)), slot);
    }

    #[test]
    fn every_day_up_to_the_logical_date_counts_in_its_month() {
        let calendar = Calendar::new(day("2024-12-31"));
        let mut settled = day("2024-01-01");
        while settled <= day("2024-12-31") {
            let (_, month, _) = settled.ymd();
            assert_eq!(calendar.slot(settled), Some(Slot::this_year(month as usize - 1)));
            settled = settled.plus_days(1);
        }
        assert_eq!((calendar.slot(Day::from_epoch(i32::MIN)), calendar.slot(Day::from_epoch(i32::MAX))), (None, None));
    }

    #[test]
    fn months_run_from_january() {
        let months = |on| Calendar::new(day(on)).months().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(months("2024-03-15"), ["202401", "202402", "202403"]);
        assert_eq!(months("2024-01-31"), ["202401"]);
        assert_eq!(months("2024-12-31").len(), 12);
    }
}
