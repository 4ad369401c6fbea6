//! The resident number (公民身份号码, GB 11643): division, birth date, sequence, check character.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::period::Day;

/// A resident number with a real birth date from 1800 on and the right check character.
///
/// Kept as the first 17 digits × 16 + the check value (0 to 10, ten being `X`): below 2^61, and in
/// the order of the 18-character text. The division code need not be assigned today, and the birth date
/// may lie in the future: whether a person is born yet depends on a date that a number does not know.
///
/// [`ResidentNumber::parse`] reads what extracts write for one:
///
/// ```
/// use canbao_rules::identity::ResidentNumber;
/// let number = ResidentNumber::parse("34039919900228018X").unwrap();
/// assert_eq!(number.born().to_string(), "1990-02-28");
/// assert_eq!(number.division(), 340399);
/// // White space around it, a small x, full-width characters, a disability card's 20 characters, the 15 characters of before 1999:
/// assert_eq!(ResidentNumber::parse("\u{3000}34039919900228018x "), Ok(number));
/// assert_eq!(ResidentNumber::parse("３４０３９９１９９００２２８０１８Ｘ"), Ok(number));
/// assert_eq!(ResidentNumber::parse("34039919900228018X41"), Ok(number));
/// assert_eq!(ResidentNumber::parse("340399900228018"), Ok(number));
/// // A wrong check character, 30 February, the year 1799, fifteen equal digits:
/// assert!(ResidentNumber::parse("340399199002280180").is_err());
/// assert!(ResidentNumber::parse("340399199002300013").is_err());
/// assert!(ResidentNumber::parse("340399179912310036").is_err());
/// assert!(ResidentNumber::parse("111111111111111").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentNumber(u64);

/// The text is no resident number; it is not repeated here, since it may be most of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a resident number: expected 17 digits with a real birth date from 1800 on, and the check character that belongs to them")]
pub struct BadResidentNumber;

/// The weights of ISO 7064 MOD 11-2 for the first 17 characters, as GB 11643 lists them.
const WEIGHTS: [u8; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The first year whose birth dates are taken for real.
const FIRST_YEAR: i32 = 1800;

impl ResidentNumber {
    /// Reads a number of certificate type 01: white space around it is dropped, full width folded to
    /// half, `x` read as `X`, 15 characters lengthened, a disability card's 20 characters cut.
    ///
    /// # Errors
    /// [`BadResidentNumber`] for everything else, invisible characters inside included.
    #[inline]
    pub fn parse(text: &str) -> Result<Self, BadResidentNumber> {
        let text = text.trim();
        match <&[u8; 18]>::try_from(text.as_bytes()) {
            Ok(characters) => Self::from_ascii(characters),
            Err(_) => Self::parse_unusual(text),
        }
        .ok_or(BadResidentNumber)
    }

    /// Reads 18 ASCII characters, the last a digit, `X` or `x`. This is the path of nearly every row.
    #[inline]
    pub fn from_ascii(characters: &[u8; 18]) -> Option<Self> {
        let high = eight_digits(characters, 0)?;
        let low = eight_digits(characters, 8)?;
        let seventeenth = characters[16].wrapping_sub(b'0');
        if seventeenth > 9 {
            return None;
        }
        let check = match characters[17] {
            digit @ b'0'..=b'9' => digit - b'0',
            b'X' | b'x' => 10,
            _ => return None,
        };
        let number = Self((((high * 100_000_000 + low) * 10 + u64::from(seventeenth)) << 4) | u64::from(check));
        (check == check_value(characters) && number.has_real_birth_date()).then_some(number)
    }

    /// 18 characters in full width, 15 characters and 20 characters; `text` is trimmed.
    #[cold]
    fn parse_unusual(text: &str) -> Option<Self> {
        let text = half_width(text);
        let bytes = text.as_bytes();
        match bytes.len() {
            18 => Self::from_ascii(bytes.try_into().ok()?),
            15 => Self::from_fifteen(bytes),
            20 if is_disability_card(bytes) => Self::from_ascii(bytes[..18].try_into().ok()?),
            _ => None,
        }
    }

    /// The number of before 1999, whose century (19) and check character were not written.
    fn from_fifteen(digits: &[u8]) -> Option<Self> {
        if digits.iter().all(|&b| b == digits[0]) || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut characters = [b'0'; 18];
        characters[..6].copy_from_slice(&digits[..6]);
        characters[6..8].copy_from_slice(b"19");
        characters[8..17].copy_from_slice(&digits[6..]);
        characters[17] = check_character(check_value(&characters));
        Self::from_ascii(&characters)
    }

    /// The number behind a person key, if the key is a resident's.
    #[inline]
    pub(super) const fn from_packed(packed: u64) -> Self {
        Self(packed)
    }

    /// The number as one integer below 2^61.
    #[inline]
    pub const fn packed(self) -> u64 {
        self.0
    }

    #[inline]
    fn has_real_birth_date(self) -> bool {
        let (year, month, day) = self.birth();
        year >= FIRST_YEAR && Day::from_ymd(year, month, day).is_some()
    }

    #[inline]
    fn birth(self) -> (i32, u32, u32) {
        let date = ((self.0 >> 4) / 1_000 % 100_000_000) as u32;
        ((date / 10_000) as i32, date / 100 % 100, date % 100)
    }

    /// The birth date, characters 7 to 14.
    #[inline]
    pub fn born(self) -> Day {
        let (year, month, day) = self.birth();
        // A number is only made with a real date, so the other arm is never taken.
        Day::from_ymd(year, month, day).unwrap_or(Day::from_epoch(0))
    }

    /// Whether the 17th character is odd, as it is for men.
    #[inline]
    pub const fn is_male(self) -> bool {
        (self.0 >> 4) % 2 == 1
    }

    /// The division that issued the number, characters 1 to 6.
    #[inline]
    pub const fn division(self) -> u32 {
        ((self.0 >> 4) / 100_000_000_000) as u32
    }

    /// Writes the 18 characters.
    #[inline]
    pub fn write(self, characters: &mut [u8; 18]) {
        let mut digits = self.0 >> 4;
        for character in characters[..17].iter_mut().rev() {
            *character = b'0' + (digits % 10) as u8;
            digits /= 10;
        }
        characters[17] = check_character((self.0 & 15) as u8);
    }
}

impl FromStr for ResidentNumber {
    type Err = BadResidentNumber;

    fn from_str(text: &str) -> Result<Self, BadResidentNumber> {
        Self::parse(text)
    }
}

/// Writes the 18 characters. A number is masked before it is written into a log or a message.
impl fmt::Display for ResidentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = [0; 18];
        self.write(&mut characters);
        characters.iter().try_for_each(|&character| fmt::Write::write_char(f, char::from(character)))
    }
}

/// Masked, so that a debug print shows nobody's number.
impl fmt::Debug for ResidentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::mask(&self.to_string()))
    }
}

/// Full-width ASCII (U+FF01 to U+FF5E) as half width; everything else stays.
pub(super) fn half_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let fold = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    Cow::Owned(text.chars().map(fold).collect())
}

/// 17 digits, a digit or X, and two digits: a disability card (残疾人证), which is the resident number
/// with the kind and the grade of the disability.
pub(super) fn is_disability_card(characters: &[u8]) -> bool {
    characters.len() == 20 && characters.iter().enumerate().all(|(at, b)| b.is_ascii_digit() || (at == 17 && matches!(b, b'X' | b'x')))
}

/// The value of eight ASCII digits from `at` on, worked out on all of them at once.
#[inline]
fn eight_digits(characters: &[u8; 18], at: usize) -> Option<u64> {
    let mut eight = [0; 8];
    eight.copy_from_slice(&characters[at..at + 8]);
    let text = u64::from_le_bytes(eight);
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    if (text & HIGH) != ZEROS || (text.wrapping_add(0x0606_0606_0606_0606) & HIGH) != ZEROS {
        return None;
    }
    let digits = text - ZEROS;
    let pairs = digits * 10 + (digits >> 8);
    const EVEN: u64 = 0x0000_00ff_0000_00ff;
    let value = (pairs & EVEN).wrapping_mul(100 + (1_000_000 << 32)).wrapping_add(((pairs >> 16) & EVEN).wrapping_mul(1 + (10_000 << 32)));
    Some(value >> 32)
}

/// The check value (0 to 10) that belongs to the first 17 characters, all of them digits.
#[inline]
fn check_value(characters: &[u8; 18]) -> u8 {
    let sum: u16 = characters.iter().zip(WEIGHTS).map(|(&character, weight)| u16::from(character - b'0') * u16::from(weight)).sum();
    ((12 - sum % 11) % 11) as u8
}

#[inline]
const fn check_character(value: u8) -> u8 {
    if value == 10 { b'X' } else { b'0' + value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn with_check(seventeen: &str) -> String {
        let mut places = [b'0'; 18];
        places[..17].copy_from_slice(seventeen.as_bytes());
        format!("{seventeen}{}", char::from(check_character(check_value(&places))))
    }

    /// Texts of valid numbers: any division, birth dates from 1800 to 2099, any sequence.
    fn numbers() -> impl Strategy<Value = String> {
        (0u32..=999_999, -62_091i32..47_482, 0u32..=999).prop_map(|(division, born, sequence)| {
            let (year, month, day) = Day::from_epoch(born).ymd();
            with_check(&format!("{division:06}{year:04}{month:02}{day:02}{sequence:03}"))
        })
    }

    #[rstest]
    #[case::check_digit("340399199002280016", "340399199002280016")]
    #[case::check_x("34039919900228018X", "34039919900228018X")]
    #[case::small_x("34039919900228018x", "34039919900228018X")]
    #[case::blanks("\t 34039919900228018X\u{a0}", "34039919900228018X")]
    #[case::ideographic_blank("\u{3000}34039919900228018X\u{3000}", "34039919900228018X")]
    #[case::full_width("３４０３９９１９９００２２８０１８ｘ", "34039919900228018X")]
    #[case::partly_full_width("3403991990022801８X", "34039919900228018X")]
    #[case::fifteen("340399900228018", "34039919900228018X")]
    #[case::fifteen_full_width("３４０３９９９００２２８０１８", "34039919900228018X")]
    #[case::disability_card("34039919900228018X43", "34039919900228018X")]
    #[case::disability_card_small_x("34039919900228018x43", "34039919900228018X")]
    #[case::leap_day("340399202402290023", "340399202402290023")]
    #[case::first_year("340399180001010030", "340399180001010030")]
    #[case::not_born_yet_is_a_number("340399209912310030", "340399209912310030")]
    #[case::residence_permit("810000199002280010", "810000199002280010")]
    #[case::equal_digits_of_eighteen_places_are_judged_by_the_check("111111191111111113", "111111191111111113")]
    fn read(#[case] text: &str, #[case] places: &str) {
        assert_eq!(ResidentNumber::parse(text).unwrap().to_string(), places);
    }

    #[rstest]
    #[case::empty("")]
    #[case::check("340399199002280017")]
    #[case::month_13("340399199013280014")]
    #[case::day_30_of_february("340399199002300013")]
    #[case::year_1799("340399179912310036")]
    #[case::x_inside("3403991990X2280016")]
    #[case::other_letter("34039919900228018Y")]
    #[case::seventeen("34039919900228001")]
    #[case::nineteen("3403991990022800160")]
    #[case::sixteen_digits("3403999002280180")]
    #[case::fifteen_equal("111111111111111")]
    #[case::fifteen_equal_full_width("１１１１１１１１１１１１１１１")]
    #[case::fifteen_without_a_date("340399901328018")]
    #[case::fifteen_with_x("34039990022801X")]
    #[case::twenty_with_a_letter_in_the_tail("34039919900228018XA1")]
    #[case::twenty_with_a_wrong_check("34039919900228018141")]
    #[case::zero_width_space_inside("340399199002\u{200b}28018X")]
    #[case::zero_width_space_in_front("\u{200b}34039919900228018X")]
    #[case::mark_in_front("\u{feff}34039919900228018X")]
    #[case::blank_inside("340399 19900228018X")]
    #[case::control_inside("34039919900228018\u{7f}")]
    #[case::other_digits("٣٤٠٣٩٩١٩٩٠٠٢٢٨٠١٨٠")]
    #[case::colon_follows_nine("34039919900228001:")]
    #[case::slash_precedes_zero("34039919900228/016")]
    fn refused(#[case] text: &str) {
        assert_eq!(ResidentNumber::parse(text), Err(BadResidentNumber));
    }

    #[test]
    fn facts_of_a_number() {
        let number = ResidentNumber::parse("340399202402290023").unwrap();
        assert_eq!(number.born().to_string(), "2024-02-29");
        assert!(!number.is_male());
        assert_eq!(number.division(), 340_399);
        assert!(number.packed() < 1 << 61);
        assert_eq!(format!("{number:?}"), "340399********0023");
    }

    proptest! {
        #[test]
        fn writing_gives_what_was_read(text in numbers()) {
            prop_assert_eq!(ResidentNumber::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn keys_sort_like_texts(one in numbers(), other in numbers()) {
            let key = |text: &str| ResidentNumber::parse(text).unwrap();
            prop_assert_eq!(key(&one).cmp(&key(&other)), one.cmp(&other));
        }

        #[test]
        fn one_wrong_place_is_found(text in numbers(), at in 0usize..18, other in 0u8..11) {
            let mut places = text.clone().into_bytes();
            places[at] = check_character(other);
            let wrong = String::from_utf8(places).unwrap();
            prop_assume!(wrong != text);
            prop_assert!(ResidentNumber::parse(&wrong).is_err());
        }

        #[test]
        fn neighbours_that_changed_places_are_found(text in numbers(), at in 0usize..17) {
            let mut places = text.clone().into_bytes();
            places.swap(at, at + 1);
            let wrong = String::from_utf8(places).unwrap();
            prop_assume!(wrong != text);
            prop_assert!(ResidentNumber::parse(&wrong).is_err());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,24}") {
            let _ = ResidentNumber::parse(&text);
        }
    }
}
