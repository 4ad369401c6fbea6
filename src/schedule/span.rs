//! A span of time as people write it: a whole number and one unit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;

/// The units and their seconds, the longest first.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A span of time in whole seconds: `10s`, `30m`, `2h`, `14d`. A day is 24 hours.
///
/// At most a hundred years, so that a moment of our calendar and a span make a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// What a span looks like, for messages.
    pub const EXPECTED: &'static str = "a whole number and a unit, such as `10s`, `30m`, `2h` or `14d`, at most 36500d";
    /// No time at all.
    pub const ZERO: Self = Self(0);
    const LONGEST: u64 = 36_500 * 86_400;

    /// A span of so many seconds, cut to the longest.
    pub const fn of_seconds(seconds: u64) -> Self {
        Self(if seconds < Self::LONGEST { seconds } else { Self::LONGEST })
    }

    /// A span of so many days, cut to the longest.
    pub const fn of_days(days: u64) -> Self {
        Self::of_seconds(days.saturating_mul(86_400))
    }

    /// Its seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// For waiting.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// For reckoning with moments.
    pub fn delta(self) -> TimeDelta {
        i64::try_from(self.0).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX)
    }
}

/// A text that is no [`Span`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no span of time")]
pub struct BadSpan;

impl FromStr for Span {
    type Err = BadSpan;

    /// ```
    /// use canbao::schedule::Span;
    /// assert_eq!("90m".parse::<Span>().unwrap().seconds(), 5400);
    /// assert_eq!("90m".parse::<Span>().unwrap().to_string(), "90m");
    /// for bad in ["", "m", "90", "1.5h", "-1s", "+1s", "1h30m", "1 h", "2w", "36501d", "99999999999999999999s"] {
    ///     assert!(bad.parse::<Span>().is_err(), "{bad}");
    /// }
    /// ```
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let unit = text.chars().next_back().ok_or(BadSpan)?;
        let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(BadSpan)?;
        let number = text.strip_suffix(unit).ok_or(BadSpan)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadSpan);
        }
        let number: u64 = number.parse().map_err(|_| BadSpan)?;
        number.checked_mul(seconds).filter(|total| *total <= Self::LONGEST).map(Self).ok_or(BadSpan)
    }
}

impl fmt::Display for Span {
    /// In the longest unit that leaves no rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, seconds): &(char, u64)| self.0 > 0 && self.0.is_multiple_of(*seconds);
        let (unit, seconds) = UNITS.into_iter().find(fits).unwrap_or(('s', 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in 0..=Span::LONGEST) {
            let span = Span::of_seconds(seconds);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
            prop_assert_eq!(span.delta().num_seconds().unsigned_abs(), seconds);
        }

        #[test]
        fn a_unit_counts_its_seconds(number in 0u64..=36_500, unit in 0usize..4) {
            let (name, seconds) = UNITS[unit];
            prop_assert_eq!(format!("{number}{name}").parse(), Ok(Span(number * seconds)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = text.parse::<Span>();
        }
    }

    #[test]
    fn the_longest_span_and_no_more() {
        assert_eq!("36500d".parse(), Ok(Span::of_days(u64::MAX)));
        assert_eq!(Span::ZERO.to_string(), "0s");
    }
}
