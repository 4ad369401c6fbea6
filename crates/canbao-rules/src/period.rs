//! Civil time as the rules need it: days, times of day without a zone, months, benefit years.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A civil date, kept as days since 1970-01-01 (the form in which Parquet and Arrow keep a `DATE`).
///
/// Covers the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// 9999-12-31, which extracts write for "without end". What would come after it by months is this day.
    pub const LAST: Self = Self(2_932_896);

    /// The day with this number of days since 1970-01-01.
    #[inline]
    pub const fn from_epoch(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[inline]
    pub const fn epoch(self) -> i32 {
        self.0
    }

    /// The day of a year (0001 to 9999), a month (1 to 12) and a day of that month; `None` where the
    /// calendar has no such day.
    ///
    /// ```
    /// use canbao_rules::period::Day;
    /// assert!(Day::from_ymd(2024, 2, 29).is_some());
    /// assert!(Day::from_ymd(2023, 2, 29).is_none());
    /// ```
    #[inline]
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Days from the civil calendar, counting years from March so that a leap day comes last.
        let y = if month <= 2 { year - 1 } else { year };
        let era = if y >= 0 { y } else { y - 399 } / 400;
        let of_era = (y - era * 400) as u32;
        let shifted = (month + 9) % 12;
        let of_year = (153 * shifted + 2) / 5 + day - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Some(Self(era * 146_097 + days as i32 - 719_468))
    }

    /// Year, month and day of the month.
    #[inline]
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    /// The calendar year.
    #[inline]
    pub fn year(self) -> i32 {
        self.date().year()
    }

    /// The month that holds this day.
    #[inline]
    pub fn month(self) -> Month {
        let (year, month, _) = self.ymd();
        Month(year * 12 + month as i32 - 1)
    }

    /// This day and `days` more.
    #[inline]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The same day of the month `months` later; a day that month lacks becomes its last.
    ///
    /// ```
    /// use canbao_rules::period::Day;
    /// let day = Day::from_ymd(2023, 11, 30).unwrap();
    /// assert_eq!(day.plus_months(3).to_string(), "2024-02-29");
    /// ```
    #[inline]
    pub fn plus_months(self, months: i32) -> Self {
        let (_, _, day) = self.ymd();
        let month = self.month().plus(months);
        let (year, number) = (month.year(), month.number());
        Self::from_ymd(year, number, day.min(days_in_month(year, number))).unwrap_or(Self::LAST)
    }

    /// The birthday `years` after a birth on this day; 29 February falls on 28 February in years without one.
    ///
    /// ```
    /// use canbao_rules::period::Day;
    /// let born = Day::from_ymd(2024, 2, 29).unwrap();
    /// assert_eq!(born.birthday(1).to_string(), "2025-02-28");
    /// assert_eq!(born.birthday(4).to_string(), "2028-02-29");
    /// ```
    #[inline]
    pub fn birthday(self, years: i32) -> Self {
        self.plus_months(12 * years)
    }

    #[inline]
    fn date(self) -> NaiveDate {
        NaiveDate::from_epoch_days(self.0).unwrap_or(NaiveDate::MAX)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.date()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl std::str::FromStr for Day {
    type Err = BadDay;

    /// Reads `YYYY-MM-DD`, the form of the command line and of packs. Extracts know more forms.
    fn from_str(text: &str) -> Result<Self, BadDay> {
        let bad = || BadDay(text.to_owned());
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(bad());
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
        };
        match (number(0..4), number(5..7), number(8..10)) {
            (Some(year), Some(month), Some(day)) => Self::from_ymd(year as i32, month, day).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date, expected a day of the calendar as YYYY-MM-DD")]
pub struct BadDay(String);

/// The number of days in a month (1 to 12) of a year.
#[inline]
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A civil date and time without a zone, in microseconds since 1970-01-01 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    const DAY: i64 = 86_400_000_000;

    /// The moment with this number of microseconds since 1970-01-01 00:00.
    #[inline]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// A day and the microseconds since its midnight.
    #[inline]
    pub const fn at(day: Day, micros: i64) -> Self {
        Self(day.0 as i64 * Self::DAY + micros)
    }

    /// Microseconds since 1970-01-01 00:00.
    #[inline]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The day on which the moment falls.
    #[inline]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(Self::DAY) as i32)
    }
}

/// A calendar month, counted from January of year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month `number` (1 to 12) of `year`.
    #[inline]
    pub const fn new(year: i32, number: u32) -> Option<Self> {
        if number < 1 || number > 12 || year < 1 || year > 9999 { None } else { Some(Self(year * 12 + number as i32 - 1)) }
    }

    /// The month with this count since January of year 0.
    #[inline]
    pub const fn from_index(index: i32) -> Self {
        Self(index)
    }

    /// Months since January of year 0.
    #[inline]
    pub const fn index(self) -> i32 {
        self.0
    }

    /// The calendar year.
    #[inline]
    pub const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// 1 to 12.
    #[inline]
    pub const fn number(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// This month and `months` more.
    #[inline]
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// The first day of the month.
    #[inline]
    pub fn first_day(self) -> Day {
        Day::from_ymd(self.year(), self.number(), 1).unwrap_or(Day::LAST)
    }

    /// The last day of the month.
    #[inline]
    pub fn last_day(self) -> Day {
        let (year, number) = (self.year(), self.number());
        Day::from_ymd(year, number, days_in_month(year, number)).unwrap_or(Day::LAST)
    }
}

impl fmt::Display for Month {
    /// Writes `yyyyMM`, the platform's form of an accrual month.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year(), self.number())
    }
}

/// Months from `first` to `last`, both included; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MonthSpan {
    /// The first month.
    pub first: Month,
    /// The last month, not before the first.
    pub last: Month,
}

impl MonthSpan {
    /// The span, unless it ends before it begins.
    #[inline]
    pub fn new(first: Month, last: Month) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The months both spans have.
    #[inline]
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Whether the month is one of the span's.
    #[inline]
    pub fn holds(self, month: Month) -> bool {
        self.first <= month && month <= self.last
    }
}

/// The calendar year for which people are enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenefitYear(pub i32);

impl BenefitYear {
    /// January to December.
    #[inline]
    pub fn months(self) -> MonthSpan {
        MonthSpan { first: Month(self.0 * 12), last: Month(self.0 * 12 + 11) }
    }

    /// 1 January.
    #[inline]
    pub fn first_day(self) -> Day {
        Month(self.0 * 12).first_day()
    }

    /// 31 December.
    #[inline]
    pub fn last_day(self) -> Day {
        Month(self.0 * 12 + 11).last_day()
    }

    /// The year `years` before this one.
    #[inline]
    pub fn before(self, years: i32) -> Self {
        Self(self.0 - years)
    }
}

impl fmt::Display for BenefitYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests;
