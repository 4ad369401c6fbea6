//! Codes of administrative divisions (行政区划代码): 6 digits to the county, 9 to the township, 12 to the village.

use std::fmt;

/// A division code and how many digits it was written with, packed as code × 16 + digits.
///
/// Codes of one length sort like their text. Whether a code is assigned is not known here.
///
/// ```
/// use canbao_rules::identity::DivisionCode;
/// let village = DivisionCode::parse("340322101203").unwrap();
/// assert_eq!(village.county(), 340_322);
/// assert_eq!(village.township(), Some(340_322_101));
/// assert_eq!(village.to_string(), "340322101203");
/// assert_eq!(DivisionCode::parse("34032210x"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(u64);

impl DivisionCode {
    /// Reads a code of 6, 9 or 12 digits.
    #[inline]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len();
        if !matches!(digits, 6 | 9 | 12) {
            return None;
        }
        let code = text.bytes().try_fold(0u64, |code, b| b.is_ascii_digit().then(|| code * 10 + u64::from(b - b'0')))?;
        Some(Self(code << 4 | digits as u64))
    }

    /// The code behind [`DivisionCode::packed`].
    #[inline]
    pub const fn from_packed(packed: u64) -> Self {
        Self(packed)
    }

    /// Code × 16 + digits.
    #[inline]
    pub const fn packed(self) -> u64 {
        self.0
    }

    /// 6, 9 or 12.
    #[inline]
    pub const fn digits(self) -> usize {
        (self.0 & 15) as usize
    }

    /// The code as a number.
    #[inline]
    pub const fn number(self) -> u64 {
        self.0 >> 4
    }

    /// The first `count` digits as a number; `None` where the code is shorter.
    #[inline]
    pub fn first(self, count: usize) -> Option<u64> {
        let cut = self.digits().checked_sub(count)?;
        Some(self.number() / 10u64.pow(cut as u32))
    }

    /// The county, the first 6 digits.
    #[inline]
    pub fn county(self) -> u32 {
        self.first(6).map_or(0, |code| code as u32)
    }

    /// The township, the first 9 digits.
    #[inline]
    pub fn township(self) -> Option<u32> {
        self.first(9).map(|code| code as u32)
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.number(), width = self.digits())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("340322", 340_322, None)]
    #[case("340322101", 340_322, Some(340_322_101))]
    #[case("000000000001", 0, Some(0))]
    fn read(#[case] text: &str, #[case] county: u32, #[case] township: Option<u32>) {
        let code = DivisionCode::parse(text).unwrap();
        assert_eq!((code.county(), code.township()), (county, township));
        assert_eq!(code.to_string(), text);
        assert_eq!(DivisionCode::from_packed(code.packed()), code);
    }

    #[rstest]
    #[case("")]
    #[case("34032")]
    #[case("3403221")]
    #[case("34032２")]
    #[case("+40322")]
    #[case("340322 ")]
    fn refused(#[case] text: &str) {
        assert_eq!(DivisionCode::parse(text), None);
    }
}
