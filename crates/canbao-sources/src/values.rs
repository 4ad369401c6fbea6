//! The forms in which extracts write days, times, months, years and counts. All take trimmed text.
//!
//! Amounts are read by [`canbao_rules::money::Yuan::parse`], numbers of certificates by
//! [`canbao_rules::identity::Certificate::parse`].

use canbao_rules::period::{Day, Moment, Month};

const SECOND: i64 = 1_000_000;

/// `YYYY-MM-DD`, `YYYYMMDD` or `YYYY/M/D`, and optionally a time: a space or `T`, `H:MM` or `HH:MM`,
/// `:SS`, a fraction of a second (kept to microseconds); behind `YYYYMMDD` also `HHMMSS`.
#[inline]
pub(super) fn moment(text: &str) -> Option<Moment> {
    let text = text.as_bytes();
    let (day, rest) = date(text)?;
    let micros = match rest {
        [] => 0,
        [b' ' | b'T', clock @ ..] => time(clock)?,
        digits if text.len() == 14 && text[4].is_ascii_digit() => compact_time(digits)?,
        _ => return None,
    };
    Some(Moment::at(day, micros))
}

/// The day of a [`moment`]; its time is read, and does not move the day.
#[inline]
pub(super) fn day(text: &str) -> Option<Day> {
    match date(text.as_bytes())? {
        (day, []) => Some(day),
        _ => moment(text).map(Moment::day),
    }
}

/// `yyyyMM`.
#[inline]
pub(super) fn month(text: &str) -> Option<Month> {
    match text.len() {
        6 => {
            let text = text.as_bytes();
            Month::new(number(&text[..4])? as i32, number(&text[4..])?)
        }
        _ => None,
    }
}

/// Four digits, 0001 to 9999.
#[inline]
pub(super) fn year(text: &str) -> Option<i32> {
    if text.len() == 4 { number(text.as_bytes()).map(|year| year as i32).filter(|&year| year > 0) } else { None }
}

/// 1 to 16 digits without a sign.
#[inline]
pub(super) fn count(text: &str) -> Option<i64> {
    if !(1..=16).contains(&text.len()) {
        return None;
    }
    text.bytes().try_fold(0i64, |count, b| b.is_ascii_digit().then(|| count * 10 + i64::from(b - b'0')))
}

/// The day that the text begins with, and what follows it.
#[inline]
fn date(text: &[u8]) -> Option<(Day, &[u8])> {
    let year = number(text.get(..4)?)? as i32;
    let (month, day, rest) = match *text.get(4)? {
        b'-' if text.len() >= 10 && text[7] == b'-' => (number(&text[5..7])?, number(&text[8..10])?, &text[10..]),
        b'/' => {
            let (month, rest) = one_or_two_digits(&text[5..])?;
            let (day, rest) = one_or_two_digits(rest.strip_prefix(b"/")?)?;
            (month, day, rest)
        }
        _ if text.len() >= 8 => (number(&text[4..6])?, number(&text[6..8])?, &text[8..]),
        _ => return None,
    };
    Some((Day::from_ymd(year, month, day)?, rest))
}

/// Microseconds since midnight of `H:MM[:SS[.fraction]]`.
fn time(text: &[u8]) -> Option<i64> {
    let (hour, rest) = one_or_two_digits(text)?;
    let (minute, rest) = two_digits(rest.strip_prefix(b":")?)?;
    let (second, fraction) = match rest {
        [] => (0, &[][..]),
        [b':', rest @ ..] => two_digits(rest)?,
        _ => return None,
    };
    let fraction = match fraction {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            digits.iter().chain(std::iter::repeat(&b'0')).take(6).fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'))
        }
        _ => return None,
    };
    Some(clock(hour, minute, second)? + fraction)
}

/// Microseconds since midnight of `HHMMSS`.
fn compact_time(digits: &[u8]) -> Option<i64> {
    clock(number(digits.get(..2)?)?, number(digits.get(2..4)?)?, number(digits.get(4..6)?)?)
}

fn clock(hour: u32, minute: u32, second: u32) -> Option<i64> {
    let in_day = hour < 24 && minute < 60 && second < 60;
    in_day.then(|| i64::from(hour * 3600 + minute * 60 + second) * SECOND)
}

#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, b| b.is_ascii_digit().then(|| number * 10 + u32::from(b - b'0')))
}

fn two_digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    Some((number(digits)?, rest))
}

fn one_or_two_digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let count = text.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
    if count == 0 { None } else { Some((number(&text[..count])?, &text[count..])) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2023-12-31", "2023-12-31", 0)]
    #[case("20231231", "2023-12-31", 0)]
    #[case("2023/1/2", "2023-01-02", 0)]
    #[case("2023/01/02", "2023-01-02", 0)]
    #[case("2023/12/31", "2023-12-31", 0)]
    #[case("0001-01-01", "0001-01-01", 0)]
    #[case("9999-12-31", "9999-12-31", 0)]
    #[case("2024-02-29", "2024-02-29", 0)]
    #[case::time("2023-12-31 23:59", "2023-12-31", 86_340 * SECOND)]
    #[case::seconds("2023-12-31 23:59:59", "2023-12-31", 86_399 * SECOND)]
    #[case::t("2023-12-31T08:00:01", "2023-12-31", 28_801 * SECOND)]
    #[case::one_digit_hour("2023/1/2 8:05", "2023-01-02", 29_100 * SECOND)]
    #[case::fraction("20231231 00:00:00.5", "2023-12-31", 500_000)]
    #[case::nanoseconds("2023-12-31T00:00:00.123456789", "2023-12-31", 123_456)]
    #[case::fourteen_digits("20231231235959", "2023-12-31", 86_399 * SECOND)]
    fn moments(#[case] text: &str, #[case] on: &str, #[case] micros: i64) {
        assert_eq!(moment(text), Some(Moment::at(on.parse().unwrap(), micros)));
        assert_eq!(day(text), Some(on.parse().unwrap()));
    }

    #[rstest]
    #[case("")]
    #[case("2023")]
    #[case("202312")]
    #[case("2023-1-2")]
    #[case("2023-12-3")]
    #[case("2023-12/31")]
    #[case("2023/12-31")]
    #[case("2023/123/1")]
    #[case("2023/1/")]
    #[case("2023.12.31")]
    #[case("31-12-2023")]
    #[case("23-12-31")]
    #[case("2023-02-29")]
    #[case("2023-13-01")]
    #[case("2023-00-01")]
    #[case("2023-01-00")]
    #[case("0000-01-01")]
    #[case("2023年12月31日")]
    #[case("２０２３-12-31")]
    #[case("2023-12-31 ")]
    #[case("2023-12-31  08:00")]
    #[case("2023-12-31t08:00")]
    #[case("2023-12-31 08")]
    #[case("2023-12-31 8:5")]
    #[case("2023-12-31 24:00")]
    #[case("2023-12-31 23:60")]
    #[case("2023-12-31 23:59:60")]
    #[case("2023-12-31 23:59:5")]
    #[case("2023-12-31 23:59.5")]
    #[case("2023-12-31 23:59:59.")]
    #[case("2023-12-31 23:59:59,5")]
    #[case("2023-12-31T08:00:00Z")]
    #[case("2023-12-31T08:00:00+08:00")]
    #[case("2023-12-31 123:00")]
    #[case("202312312359")]
    #[case("20231231246060")]
    #[case("2023/1/2235959")]
    #[case("2023-12-31235959")]
    #[case("45291")]
    #[case("-2023-12-31")]
    fn no_moments(#[case] text: &str) {
        assert_eq!(moment(text), None);
        assert_eq!(day(text), None);
    }

    #[rstest]
    #[case("202401", Some((2024, 1)))]
    #[case("202412", Some((2024, 12)))]
    #[case("202400", None)]
    #[case("202413", None)]
    #[case("000001", None)]
    #[case("2024-1", None)]
    #[case("2024", None)]
    #[case("20240101", None)]
    #[case("２０", None)]
    fn months(#[case] text: &str, #[case] expected: Option<(i32, u32)>) {
        assert_eq!(month(text).map(|m| (m.year(), m.number())), expected);
    }

    #[rstest]
    #[case("2024", Some(2024))]
    #[case("0001", Some(1))]
    #[case("0000", None)]
    #[case("24", None)]
    #[case("+024", None)]
    #[case("20245", None)]
    fn years(#[case] text: &str, #[case] expected: Option<i32>) {
        assert_eq!(year(text), expected);
    }

    #[rstest]
    #[case("0", Some(0))]
    #[case("542468", Some(542_468))]
    #[case("9999999999999999", Some(9_999_999_999_999_999))]
    #[case("10000000000000000", None)]
    #[case("", None)]
    #[case("-1", None)]
    #[case("1,000", None)]
    #[case("1.0", None)]
    fn counts(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(count(text), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[0-9/:T. -]{0,22}|.{0,22}") {
            prop_assert_eq!(moment(&text).map(Moment::day), day(&text));
            let _ = (month(&text), year(&text), count(&text));
        }
    }
}
