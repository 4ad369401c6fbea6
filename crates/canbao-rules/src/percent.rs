//! Percentages: shares, growth, and the shares that policies ask for.

use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::Yuan;

/// A percentage with two places, as wide as `DECIMAL(9,2)`: from -9999999.99 to 9999999.99 per cent.
///
/// ```
/// use canbao_rules::{Percent, money::Yuan};
/// assert_eq!(Percent::of(1, 3).unwrap().to_string(), "33.33");
/// assert_eq!(Percent::of(-1, 800).unwrap().to_string(), "-0.13", "-0.125 rounds away from zero");
/// assert_eq!(Percent::of(1, 0), None, "of nothing there is no share");
/// assert_eq!(Percent::growth(Yuan::from_yuan(150), Yuan::from_yuan(100)), Some(Percent::from_hundredths(50_00)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(Decimal);

impl Percent {
    /// Nothing of it.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The most hundredths of a percent that `DECIMAL(9,2)` holds.
    const MOST: i64 = 999_999_999;

    /// The percentage with so many hundredths of a percent: 9500 is 95 %.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        let size = hundredths.unsigned_abs();
        Self(Decimal::from_parts(size as u32, (size >> 32) as u32, 0, hundredths < 0, 2))
    }

    /// Reads a number with at most two places, such as `12.5`.
    pub fn parse(text: &str) -> Option<Self> {
        let hundredths = text.parse::<Decimal>().ok()?.checked_mul(Decimal::ONE_HUNDRED)?;
        hundredths.is_integer().then(|| Self::of_hundredths(hundredths)).flatten()
    }

    /// `part` of `whole`, rounded to two places, half away from zero. Exact where both are counts or amounts of 64 bits.
    ///
    /// `None` where `whole` is not positive, or the percentage is out of range.
    pub fn of(part: impl Into<Decimal>, whole: impl Into<Decimal>) -> Option<Self> {
        let whole = whole.into();
        if whole <= Decimal::ZERO {
            return None;
        }
        let hundredths = part.into().checked_mul(Decimal::from(10_000))?.checked_div(whole)?;
        Self::of_hundredths(hundredths.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
    }

    /// By how much something grew; less than nothing where it fell.
    ///
    /// `None` where it was not positive before, or the percentage is out of range.
    pub fn growth(now: impl Into<Decimal>, before: impl Into<Decimal>) -> Option<Self> {
        let before = before.into();
        Self::of(now.into().checked_sub(before)?, before)
    }

    /// A whole number of hundredths.
    fn of_hundredths(hundredths: Decimal) -> Option<Self> {
        let hundredths = hundredths.to_i64().filter(|size| size.abs() <= Self::MOST)?;
        Some(Self::from_hundredths(hundredths))
    }

    /// Hundredths of a percent: 95 % is 9500.
    pub fn hundredths(self) -> i64 {
        // Two places and at most nine digits, so neither step can fail.
        (self.0 * Decimal::ONE_HUNDRED).to_i64().unwrap_or_default()
    }

    /// The percentage as a number: 95 % is 95.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// The percentage without its sign.
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// So much of an amount, without parts of a fen. Of amounts so large that it does not fit, the largest.
    pub fn of_amount(self, amount: Yuan) -> Yuan {
        let part = Decimal::from(amount).checked_mul(self.0).map(|part| part / Decimal::ONE_HUNDRED);
        let fen = part.and_then(|part| (part * Decimal::ONE_HUNDRED).trunc().to_i64());
        Yuan::from_fen(fen.unwrap_or(i64::MAX))
    }

    /// Whether `part` of `whole` is at least so much, without rounding.
    pub fn is_reached(self, part: i64, whole: i64) -> bool {
        // A percentage has ten digits and a count nineteen: their product needs up to 29, which may be too many.
        let needed = self.0.checked_mul(Decimal::from(whole));
        needed.is_some_and(|needed| Decimal::from(part) * Decimal::ONE_HUNDRED >= needed)
    }
}

/// Writes two places and no sign: `95.00`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// The same by whole numbers alone: half away from zero, `None` out of range.
    fn exact(part: i128, whole: i128) -> Option<i64> {
        if whole <= 0 {
            return None;
        }
        let size = (part.unsigned_abs() * 20_000 + whole.unsigned_abs()) / (2 * whole.unsigned_abs());
        let size = i64::try_from(size).ok().filter(|&size| size <= 999_999_999)?;
        Some(if part < 0 { -size } else { size })
    }

    fn of(part: i64, whole: i64) -> Option<i64> {
        Percent::of(part, whole).map(Percent::hundredths)
    }

    #[rstest]
    #[case("12.5", Some(1_250))]
    #[case("0", Some(0))]
    #[case("100.00", Some(10_000))]
    #[case("12.345", None)]
    #[case("NaN", None)]
    #[case("99999999", None)]
    fn read(#[case] text: &str, #[case] hundredths: Option<i64>) {
        assert_eq!(Percent::parse(text).map(Percent::hundredths), hundredths);
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(Percent::of(-1, 1_000_000).unwrap().to_string(), "0.00");
        assert_eq!(Percent::of(-1, 1_000_000), Some(Percent::ZERO));
    }

    #[test]
    fn the_largest_amounts_fit() {
        assert_eq!(Percent::from_hundredths(10_000).of_amount(Yuan::from_fen(i64::MAX)), Yuan::from_fen(i64::MAX));
        assert_eq!(Percent::from_hundredths(20_000).of_amount(Yuan::from_fen(i64::MAX)), Yuan::from_fen(i64::MAX));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn shares_are_those_of_whole_numbers(part: i64, whole in 1..i64::MAX) {
            prop_assert_eq!(of(part, whole), exact(part.into(), whole.into()));
        }

        #[test]
        fn small_shares_too(part in -10_000i64..10_000, whole in -10i64..10_000) {
            prop_assert_eq!(of(part, whole), exact(part.into(), whole.into()));
        }

        /// As near to where rounding turns as whole numbers come.
        #[test]
        fn shares_beside_a_half(whole in 1..i64::MAX, halves in 0i128..4_000_000_000, beside in -1i128..=1) {
            let part = halves * i128::from(whole) / 20_000 + beside;
            if let Ok(part) = i64::try_from(part) {
                prop_assert_eq!(of(part, whole), exact(part.into(), whole.into()));
            }
        }

        #[test]
        fn growth_is_the_share_of_the_difference(now: i64, before: i64) {
            let grown = exact(i128::from(now) - i128::from(before), before.into());
            prop_assert_eq!(Percent::growth(now, before).map(Percent::hundredths), grown);
            let amounts = Percent::growth(Yuan::from_fen(now), Yuan::from_fen(before));
            prop_assert_eq!(amounts.map(Percent::hundredths), grown);
        }

        #[test]
        fn a_part_of_an_amount_is_cut_to_whole_fen(hundredths in 0i64..=10_000, fen in 0i64..10_000_000_000) {
            let part = Percent::from_hundredths(hundredths).of_amount(Yuan::from_fen(fen));
            prop_assert_eq!(i128::from(part.fen()), i128::from(fen) * i128::from(hundredths) / 10_000);
        }

        #[test]
        fn what_is_reached_is_not_rounded(hundredths in 0i64..=10_000, part in 0i64..1 << 40, whole in 0i64..1 << 40, beside in -1i64..=1) {
            let percent = Percent::from_hundredths(hundredths);
            let exact = |part: i64| i128::from(part) * 10_000 >= i128::from(hundredths) * i128::from(whole);
            prop_assert_eq!(percent.is_reached(part, whole), exact(part));
            let near = (i128::from(hundredths) * i128::from(whole) / 10_000) as i64 + beside;
            prop_assert_eq!(percent.is_reached(near, whole), exact(near));
        }
    }
}
