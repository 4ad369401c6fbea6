//! Enrollment in earlier years: `prior_enrolled`, `consecutive_years` (docs/contract.md, person), and the broken
//! and repaid years on which a waiting time may depend (docs/rules.md, Waiting).

use crate::period::{BenefitYear, Day, Month, MonthSpan};
use crate::policy::{Arrears, Policy};

use super::codes::{Rule, Scheme};
use super::facts::Record;
use super::trace::{NoTrace, Step, Trace};
use super::validity::{has_arrived, was_valid};

/// The years before the policy's in which a person was enrolled: the last 64 one bit each, the lowest is Y−1,
/// and how many in a row, however many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct EnrolledYears {
    recent: u64,
    in_a_row: u32,
}

impl EnrolledYears {
    /// The years with a valid record among `records`, of whatever scheme and place.
    pub fn of_any_scheme<'a>(records: &'a [Record<'a>], policy: &Policy, on: Day, trace: &mut impl Trace) -> Self {
        trace.begin(Rule::History, None);
        let years = Self::of(records.iter(), policy, on, trace);
        trace.conclude(|| Step::History { prior_enrolled: years.prior(), consecutive_years: years.consecutive() });
        years
    }

    /// The years with a valid resident record, of whatever place.
    pub fn of_residents<'a>(records: &'a [Record<'a>], policy: &Policy, on: Day, trace: &mut impl Trace) -> Self {
        Self::of(records.iter().filter(|r| r.scheme == Scheme::Resident), policy, on, trace)
    }

    fn of<'a>(records: impl Iterator<Item = &'a Record<'a>> + Clone, policy: &Policy, on: Day, trace: &mut impl Trace) -> Self {
        let arrived = records.filter(|r| has_arrived(r, on, &mut NoTrace));
        let mut years = Self::default();
        for record in arrived.clone() {
            let (first, last) = (record.months.first.year(), record.months.last.year().min(policy.year.0 - 1));
            if first <= last {
                trace.saw(record.row);
                trace.value(|| Step::EnrolledFor { first, last });
                years = years.with(record.months, policy.year);
            }
        }
        if years.recent == u64::MAX { Self { in_a_row: in_a_row(arrived, policy.year), ..years } } else { years }
    }

    /// The years with these bits.
    #[inline]
    pub const fn from_bits(bits: u64) -> Self {
        Self { recent: bits, in_a_row: bits.trailing_ones() }
    }

    /// The bits.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.recent
    }

    /// These years and every one that the months touch.
    #[must_use]
    #[inline]
    pub fn with(self, months: MonthSpan, before: BenefitYear) -> Self {
        let nearest = (before.0 - 1 - months.last.year()).max(0);
        let furthest = (before.0 - 1 - months.first.year()).min(63);
        if nearest > furthest {
            return self;
        }
        let below = |bits: i32| if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        Self::from_bits(self.recent | (below(furthest + 1) & !below(nearest)))
    }

    /// Whether there is a valid record for Y−1 (`prior_enrolled`).
    #[inline]
    pub const fn prior(self) -> bool {
        self.recent & 1 != 0
    }

    /// Whether the set has this year; `before` is the policy's.
    #[inline]
    pub const fn holds(self, year: BenefitYear, before: BenefitYear) -> bool {
        let back = before.0 - 1 - year.0;
        0 <= back && back < 64 && self.recent >> back & 1 != 0
    }

    /// Years in a row, ending Y−1 (`consecutive_years`).
    #[inline]
    pub const fn consecutive(self) -> u32 {
        self.in_a_row
    }
}

/// Years in a row before `year` that records touch, counted year by year: for rows beyond the 64 that have a bit.
fn in_a_row<'a>(records: impl Iterator<Item = &'a Record<'a>> + Clone, year: BenefitYear) -> u32 {
    let touched = |year: &BenefitYear| records.clone().any(|r| r.months.common(year.months()).is_some());
    (1..).map(|years| year.before(years)).take_while(touched).count() as u32
}

/// Broken years in a row just before Y, and how many of them were repaid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BrokenYears {
    /// B: years whose records paid in time cover too few months.
    pub years: i32,
    /// R: those of them that were paid for later, by a resident record.
    pub repaid: i32,
}

impl BrokenYears {
    /// Counts back from Y−1 until a year that is not broken. A year is broken only where some valid record
    /// of a still earlier year exists: who was never enrolled before has broken nothing.
    pub fn count(records: &[Record<'_>], arrears: &Arrears, policy: &Policy, on: Day, trace: &mut impl Trace) -> Self {
        let earlier = records.iter().filter(|r| has_arrived(r, on, &mut NoTrace) && r.months.first.year() < policy.year.0);
        earlier.clone().for_each(|r| trace.saw(r.row));
        let first = earlier.map(|r| r.months.first.year()).min();
        trace.test(first.is_some(), || Step::EverEnrolled { first });
        let Some(first) = first else { return Self::default() };
        let mut broken = Self::default();
        let mut year = policy.year.before(1);
        while year.0 > first {
            let (months, least) = (months_paid_in_time(records, year, on), arrears.months_of_unbroken_year);
            if !trace.test(months < least, || Step::YearBroken { year, months, least }) {
                break;
            }
            broken.years += 1;
            broken.repaid += i32::from(trace.test(is_repaid(records, year, on), || Step::YearRepaid { year }));
            year = year.before(1);
        }
        broken
    }
}

/// The months of the year that records of any scheme cover, counting only what was paid by the year's end.
fn months_paid_in_time(records: &[Record<'_>], year: BenefitYear, on: Day) -> i32 {
    let in_time = |r: &&Record<'_>| was_valid(r, year, on) && r.paid_on().is_none_or(|paid| paid <= year.last_day());
    let covered = |month: Month| records.iter().filter(in_time).any(|r| r.months.holds(month));
    (0..12).map(|n| i32::from(covered(year.months().first.plus(n)))).sum()
}

/// Whether a resident record for the year was paid after the year's end.
fn is_repaid(records: &[Record<'_>], year: BenefitYear, on: Day) -> bool {
    records.iter().any(|r| r.scheme == Scheme::Resident && was_valid(r, year, on) && r.paid_on().is_some_and(|paid| paid > year.last_day()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::*;
    use super::*;

    #[rstest]
    #[case::last_year("202301-202312", 0b1)]
    #[case::this_year("202401-202412", 0b0)]
    #[case::over_the_turn("202306-202405", 0b1)]
    #[case::three_years("202101-202312", 0b111)]
    #[case::with_a_gap("202001-202112", 0b1100)]
    #[case::older_than_any_scheme("190001-202312", u64::MAX)]
    fn years_are_bits_back_from_the_last(#[case] months: &str, #[case] bits: u64) {
        assert_eq!(EnrolledYears::default().with(span(months), BenefitYear(2024)).bits(), bits);
    }

    #[test]
    fn a_gap_ends_the_row() {
        assert_eq!(EnrolledYears::from_bits(0b1011).consecutive(), 2);
        assert_eq!(EnrolledYears::from_bits(0b1010).consecutive(), 0);
        assert_eq!(EnrolledYears::from_bits(u64::MAX).consecutive(), 64);
    }

    #[test]
    fn a_row_may_be_longer_than_the_bits() {
        let record = Record { months: span("195301-202312"), ..record() };
        assert_eq!(EnrolledYears::of_any_scheme(&[record], &wuhe(), day("2024-03-01"), &mut NoTrace).consecutive(), 71);
    }
}
