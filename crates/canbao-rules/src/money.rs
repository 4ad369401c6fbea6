//! Yuan with two places, kept as whole fen.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

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
    #[inline]
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan * 100)
    }

    /// Whole fen.
    #[inline]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    #[inline]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads an optional sign, 1 to 16 digits, and optionally a point with one or two digits.
    #[inline]
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
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Yuan {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Yuan {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Yuan {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Yuan {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|a| a.0).sum())
    }
}

/// Yuan with two places, without loss.
impl From<Yuan> for Decimal {
    fn from(amount: Yuan) -> Self {
        Self::new(amount.0, 2)
    }
}

/// A number of yuan that is no amount: it has parts of a fen, or more digits than an amount holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no amount, expected yuan with at most two places")]
pub struct BadAmount(Decimal);

/// Takes whole fen only: whoever has parts of a fen has to decide how to round.
impl TryFrom<Decimal> for Yuan {
    type Error = BadAmount;

    fn try_from(yuan: Decimal) -> Result<Self, BadAmount> {
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED).filter(Decimal::is_integer);
        fen.and_then(|fen| fen.to_i64()).map(Self).ok_or(BadAmount(yuan))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_of_a_fen_are_no_amount() {
        assert_eq!(Yuan::try_from(Decimal::new(1_234, 3)), Err(BadAmount(Decimal::new(1_234, 3))));
        assert_eq!(Yuan::try_from(Decimal::new(1_230, 3)), Ok(Yuan::from_fen(123)));
        assert!(Yuan::try_from(Decimal::MAX).is_err());
    }

    proptest! {
        #[test]
        fn amounts_are_numbers_and_back(fen: i64) {
            let amount = Yuan::from_fen(fen);
            let number = Decimal::from(amount);
            prop_assert_eq!(number.to_string(), amount.to_string());
            prop_assert_eq!(Yuan::try_from(number), Ok(amount));
        }
    }
}
