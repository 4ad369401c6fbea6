//! Numbers as a bulletin writes them: in its sentences with a unit that fits their size, in its tables with all places.
//!
//! A sentence keeps at most two places, rounds half away from zero, and drops zeros at the end: 2.81万人次, 0.2万人次,
//! 39215.06万元, 92.48%.

use rust_decimal::{Decimal, RoundingStrategy};

use canbao_rules::money::Yuan;
use canbao_rules::{Language, Percent};

/// From here on a count is written in 万.
const TEN_THOUSAND: i64 = 10_000;
/// From here on 万 still shows a count well enough to stand beside larger ones.
const THOUSAND: i64 = 1_000;
/// From here on an amount is written in 亿元: below, officials compare in 万元.
const BILLION_YUAN: i64 = 1_000_000_000;

/// `number / unit` with at most two places.
fn in_units(number: impl Into<Decimal>, unit: i64) -> String {
    let rounded = (number.into() / Decimal::from(unit)).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    // What is rounded to nothing has no sign.
    if rounded.is_zero() { "0".to_owned() } else { rounded.normalize().to_string() }
}

/// A whole number with its thousands set apart by commas.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Visits in a sentence. `largest` is the largest count of the same sentence: counts that are compared share their unit
/// as long as it shows them.
pub fn visits(lang: Language, count: i64, largest: i64) -> String {
    let (size, largest) = (count.saturating_abs(), largest.saturating_abs());
    match lang {
        Language::Chinese if size >= TEN_THOUSAND || (size >= THOUSAND && largest >= TEN_THOUSAND) => {
            format!("{}万人次", in_units(count, TEN_THOUSAND))
        }
        Language::Chinese => format!("{count}人次"),
        Language::English if count == 1 => "1 visit".to_owned(),
        Language::English => format!("{} visits", grouped(count)),
    }
}

/// People in a sentence.
pub fn people(lang: Language, count: i64) -> String {
    match lang {
        Language::Chinese if count.saturating_abs() >= TEN_THOUSAND => format!("{}万人", in_units(count, TEN_THOUSAND)),
        Language::Chinese => format!("{count}人"),
        Language::English if count == 1 => "1 person".to_owned(),
        Language::English => format!("{} people", grouped(count)),
    }
}

/// An amount in a sentence.
pub fn amount(lang: Language, amount: Yuan) -> String {
    let yuan = amount.fen().saturating_abs() / 100;
    match lang {
        Language::Chinese if yuan >= BILLION_YUAN => format!("{}亿元", in_units(amount, 100_000_000)),
        Language::Chinese if yuan >= TEN_THOUSAND => format!("{}万元", in_units(amount, TEN_THOUSAND)),
        Language::Chinese => format!("{}元", in_units(amount, 1)),
        Language::English if yuan >= BILLION_YUAN => format!("CNY {} billion", in_units(amount, BILLION_YUAN)),
        Language::English if yuan >= 1_000_000 => format!("CNY {} million", in_units(amount, 1_000_000)),
        Language::English => format!("CNY {}", money(amount)),
    }
}

/// A percentage in a sentence.
pub fn percent(percent: Percent) -> String {
    format!("{}%", in_units(percent.value(), 1))
}

/// An amount in a table: all places, thousands set apart.
pub fn money(amount: Yuan) -> String {
    let fen = amount.fen().unsigned_abs();
    let sign = if amount.fen() < 0 { "-" } else { "" };
    let whole = i64::try_from(fen / 100).unwrap_or(i64::MAX);
    format!("{sign}{}.{:02}", grouped(whole), fen % 100)
}

/// A percentage in a table: always two places, without the sign, which the column's head bears.
pub fn plain_percent(percent: Percent) -> String {
    percent.to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(28_100, 80_800, "2.81万人次")]
    #[case(80_800, 80_800, "8.08万人次")]
    #[case(2_000, 80_800, "0.2万人次")]
    #[case(2_000, 2_000, "2000人次")]
    #[case(233, 80_800, "233人次")]
    #[case(9_999, 9_999, "9999人次")]
    #[case(10_000, 10_000, "1万人次")]
    #[case(12_345, 12_345, "1.23万人次")]
    #[case(12_350, 12_350, "1.24万人次")]
    #[case(0, 80_800, "0人次")]
    #[case(-12_345, -12_345, "-1.23万人次")]
    fn visits_choose_their_unit(#[case] count: i64, #[case] largest: i64, #[case] text: &str) {
        assert_eq!(visits(Language::Chinese, count, largest), text);
    }

    #[rstest]
    #[case("392150600.00", "39215.06万元", "CNY 392.15 million")]
    #[case("10105100.00", "1010.51万元", "CNY 10.11 million")]
    #[case("860200.00", "86.02万元", "CNY 860,200.00")]
    #[case("143100", "14.31万元", "CNY 143,100.00")]
    #[case("90300.00", "9.03万元", "CNY 90,300.00")]
    #[case("9999.99", "9999.99元", "CNY 9,999.99")]
    #[case("10000", "1万元", "CNY 10,000.00")]
    #[case("380.50", "380.5元", "CNY 380.50")]
    #[case("0", "0元", "CNY 0.00")]
    #[case("-12345.67", "-1.23万元", "CNY -12,345.67")]
    #[case("999999999.99", "100000万元", "CNY 1000 million")]
    #[case("1234567890.00", "12.35亿元", "CNY 1.23 billion")]
    fn amounts_choose_their_unit(#[case] yuan: &str, #[case] zh: &str, #[case] en: &str) {
        let yuan = Yuan::parse(yuan).unwrap();
        assert_eq!(amount(Language::Chinese, yuan), zh);
        assert_eq!(amount(Language::English, yuan), en);
    }

    #[rstest]
    #[case(11_783, "117.83%", "117.83")]
    #[case(6_500, "65%", "65.00")]
    #[case(5, "0.05%", "0.05")]
    #[case(-50, "-0.5%", "-0.50")]
    fn percentages(#[case] hundredths: i64, #[case] sentence: &str, #[case] table: &str) {
        let share = Percent::from_hundredths(hundredths);
        assert_eq!(percent(share), sentence);
        assert_eq!(plain_percent(share), table);
    }

    /// The same by whole numbers alone.
    fn in_whole_units(number: i128, unit: i128) -> String {
        let hundredths = (number.unsigned_abs() * 200 + unit.unsigned_abs()) / (2 * unit.unsigned_abs());
        let sign = if number < 0 && hundredths > 0 { "-" } else { "" };
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match (rest, rest % 10) {
            (0, _) => format!("{sign}{whole}"),
            (_, 0) => format!("{sign}{whole}.{}", rest / 10),
            _ => format!("{sign}{whole}.{rest:02}"),
        }
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_whole_numbers(number: i64, small in -2_000_000i64..2_000_000, power in 0u32..=11) {
            let unit = 10i64.pow(power);
            for number in [number, small] {
                prop_assert_eq!(in_units(number, unit), in_whole_units(number.into(), unit.into()));
                let fen = in_whole_units(number.into(), i128::from(unit) * 100);
                prop_assert_eq!(in_units(Yuan::from_fen(number), unit), fen);
            }
        }
    }

    #[test]
    fn thousands() {
        assert_eq!(grouped(-1_234_567), "-1,234,567");
        assert_eq!(money(Yuan::from_fen(-123_456_789)), "-1,234,567.89");
        assert_eq!(people(Language::Chinese, 412_345), "41.23万人");
    }
}
