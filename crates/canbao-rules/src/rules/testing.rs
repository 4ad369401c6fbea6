//! Short ways to write facts in unit tests.

use crate::money::Yuan;
use crate::period::{Day, Moment, Month, MonthSpan};
use crate::policy::{Area, Policy};

use super::codes::{Scheme, Source};
use super::facts::{Record, Row};

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    let number: i32 = text.parse().unwrap();
    Month::new(number / 100, (number % 100) as u32).unwrap()
}

/// `202401-202412`.
pub(crate) fn span(text: &str) -> MonthSpan {
    let (first, last) = text.split_once('-').unwrap();
    MonthSpan::new(month(first), month(last)).unwrap()
}

/// 五河县's policy for 2024.
pub(crate) fn wuhe() -> Policy {
    crate::testing::shipped_packs().by_region("340322").unwrap().years()[0].clone()
}

/// A resident of 五河县 for 2024, paid in the window.
pub(crate) fn record() -> Record<'static> {
    Record {
        row: row(Source::Enrollment),
        psn_no: "1",
        scheme: Scheme::Resident,
        area: Area::new(340322),
        months: span("202401-202412"),
        in_force: true,
        collected: true,
        not_reversed: true,
        paid_at: Some(Moment::at(day("2023-10-01"), 0)),
        employed_since: None,
        personal: Some(Yuan::from_yuan(380)),
    }
}

/// A row of an extract, whichever.
pub(crate) fn row(source: Source) -> Row {
    Row { source, origin: 0 }
}
