//! Yuan with two places, kept as whole fen, and percentages kept as hundredths of a percent.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// An amount of money: whole fen (hundredths of a yuan) in 64 bits, as wide as `DECIMAL(18,2)`.
///
/// ```
/// use canbao_rules::money::Yuan;
/// assert_eq!(Yuan::parse("380").unwrap(), Yuan::from_yuan(380));
/// assert_eq!(Yuan::parse("-0.5").unwrap().to_string(), "-0.50");
/// assert_eq!(Yuan::parse("1.234"), None, "fen are not divided");
/// assert_eq!(Yuan::parse("1,000"), None, "no thousands separators");
/// assert_eq!(Yuan::parse("12345678901234567"), None, "at most 16 digits before the point");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yuan(i64);

impl Yuan {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whole yuan.
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan * 100)
    }

    /// Whole fen.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads an optional sign, 1 to 16 digits, and optionally a point with one or two digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            b'+' => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let point = digits.iter().position(|&b| b == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &[][..]),
        };
        if whole.is_empty() || whole.len() > 16 || fraction.len() > 2 || (point.is_some() && fraction.is_empty()) {
            return None;
        }
        let mut fen: i64 = 0;
        for &b in whole.iter().chain(fraction) {
            if !b.is_ascii_digit() {
                return None;
            }
            fen = fen * 10 + i64::from(b - b'0');
        }
        for _ in fraction.len()..2 {
            fen *= 10;
        }
        Some(Self(if negative { -fen } else { fen }))
    }
}

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl Add for Yuan {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Yuan {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Yuan {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Yuan {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Yuan {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|a| a.0).sum())
    }
}

/// `part` of `whole` in hundredths of a percent, half away from zero; `None` where `whole` is not
/// positive or the result does not fit `DECIMAL(9,2)`.
///
/// ```
/// use canbao_rules::money::hundredths_of_percent;
/// assert_eq!(hundredths_of_percent(1, 3), Some(3333));
/// assert_eq!(hundredths_of_percent(1, 8), Some(1250));
/// assert_eq!(hundredths_of_percent(-1, 800), Some(-13), "-0.125 % rounds away from zero");
/// assert_eq!(hundredths_of_percent(1, 0), None);
/// ```
pub fn hundredths_of_percent(part: i128, whole: i128) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let size = (part.unsigned_abs().checked_mul(20_000)? + whole.unsigned_abs()) / (2 * whole.unsigned_abs());
    let size = i64::try_from(size).ok().filter(|&s| s <= 999_999_999)?;
    Some(if part < 0 { -size } else { size })
}
