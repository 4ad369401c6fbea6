//! Resident numbers in running text: log lines, messages, what a library says of an error.
//!
//! Such a text is always searched, whatever it is about. What counts as a number:
//!
//! - 18 characters (17 digits, then a digit, `X` or `x`) or 15 digits that stand alone, whether or not the check
//!   character fits: most of a person's number identifies the person as well as the whole of it;
//! - 20 characters of a disability card that stand alone, if characters 7 to 14 are a date (many other things are
//!   written with twenty digits, times with microseconds among them);
//! - any of them beside letters (`id340399…`) or behind a decimal point, if it is a valid resident number.
//!
//! What does not: digits that are part of a longer run of digits, part of a hexadecimal string of 32 characters or more,
//! 15 digits between hexadecimal letters, 15 digits behind a decimal point, and an amount of 15 digits before it unless
//! they are a valid number. Full-width characters count like ASCII ones. Signs, blanks and all other letters
//! (`张三340399…`) end a run, and so does an escape (`\n`, `\u001f`, `%20`, a terminal's colour), although it ends in
//! letters or digits.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};

use serde::{Deserialize, Serialize};

use super::mask;
use super::resident::{ResidentNumber, is_disability_card};
use crate::period::Day;

/// The fewest digits that any number has.
const FEWEST: usize = 15;
/// A string of at least so many hexadecimal digits is a hash or a UUID, whatever runs of digits are in it.
const HASH: usize = 32;

/// The text with each resident number in it masked: first 6 and last 4 characters, `*` for those between.
///
/// ```
/// use canbao_rules::identity::mask_text;
/// assert_eq!(mask_text("no row for 34039919900228018X"), "no row for 340399********018X");
/// assert_eq!(mask_text("张三340399900228018.csv"), "张三340399*****8018.csv");
/// assert_eq!(mask_text("1709245800123456 µs, ¥ 12345678901234.56"), "1709245800123456 µs, ¥ 12345678901234.56");
/// ```
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if !has_long_run(text) {
        return Cow::Borrowed(text);
    }
    let scanned = ScannedText::of(text);
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for number in scanned.numbers() {
        let (begin, end) = (scanned.at[number.start], scanned.at[number.end]);
        masked.push_str(&text[done..begin]);
        masked.push_str(&mask(&text[begin..end]));
        done = end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
}

/// A text in which every resident number is masked, whether it was made from a string or read back from a file.
///
/// ```
/// use canbao_rules::identity::Masked;
/// assert_eq!(&*Masked::from("no row for 34039919900228018X"), "no row for 340399********018X");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Masked(String);

impl Masked {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Masked {
    fn from(text: &str) -> Self {
        Self(mask_text(text).into_owned())
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        match mask_text(&text) {
            Cow::Owned(masked) => Self(masked),
            Cow::Borrowed(_) => Self(text),
        }
    }
}

impl Deref for Masked {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether any run of digits is long enough to be a number: in nearly all texts none is.
fn has_long_run(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if fold(c).is_ascii_digit() { run + 1 } else { 0 };
        run == FEWEST
    })
}

/// A character as ASCII; 0 for those that occur in no number and no escape.
const fn fold(c: char) -> u8 {
    match c {
        '\0'..='\u{7f}' => c as u8,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => (c as u32 - 0xfee0) as u8,
        _ => 0,
    }
}

/// A text, character by character.
struct ScannedText {
    characters: Vec<u8>,
    /// At which byte of the text each character begins; one more for the text's end.
    at: Vec<usize>,
}

impl ScannedText {
    fn of(text: &str) -> Self {
        let mut at: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        at.push(text.len());
        Self { characters: text.chars().map(fold).collect(), at }
    }

    /// The numbers, from left to right.
    fn numbers(&self) -> Vec<Range<usize>> {
        let mut numbers = Vec::new();
        for word in runs(&self.characters, 0..self.characters.len(), u8::is_ascii_alphanumeric) {
            let fresh = self.escape_end(&word);
            for run in runs(&self.characters, word.clone(), u8::is_ascii_digit) {
                let begins = [fresh.filter(|begin| run.start < *begin && *begin < run.end), Some(run.start)];
                let found = begins.into_iter().flatten().find_map(|begin| {
                    let number = self.shape(begin, run.end, word.end)?;
                    let alone = (begin == word.start || fresh == Some(begin)) && number.end == word.end;
                    self.is_number(&number, &word, alone).then_some(number)
                });
                numbers.extend(found);
            }
        }
        numbers
    }

    /// Where the word begins if its first characters belong to an escape.
    fn escape_end(&self, word: &Range<usize>) -> Option<usize> {
        let before = self.characters[..word.start].last()?;
        let length = match (before, &self.characters[word.clone()]) {
            (b'\\', [b'u', code @ ..]) if is_hex(code.get(..4)) => 5,
            (b'\\', [b'x', code @ ..]) if is_hex(code.get(..2)) => 3,
            (b'\\', [b'b' | b'f' | b'n' | b'r' | b't', ..]) => 1,
            (b'%', code) if is_hex(code.get(..2)) => 2,
            // A colour of a terminal: ESC, `[`, digits with `;` between them, `m`.
            (b'[' | b';', code) => code.iter().position(|b| !b.is_ascii_digit()).filter(|&at| code[at] == b'm')? + 1,
            _ => return None,
        };
        Some(word.start + length)
    }

    /// The characters that would be the number, if the digits from `begin` to `end` are as many as one has.
    fn shape(&self, begin: usize, end: usize, word_end: usize) -> Option<Range<usize>> {
        match end - begin {
            15 | 18 | 20 => Some(begin..end),
            17 if end < word_end && matches!(self.characters[end], b'X' | b'x') => {
                let card = end + 3 <= word_end && is_disability_card(&self.characters[begin..end + 3]);
                let goes_on = self.characters.get(end + 3).is_some_and(u8::is_ascii_digit);
                Some(begin..if card && !goes_on { end + 3 } else { end + 1 })
            }
            _ => None,
        }
    }

    fn is_number(&self, number: &Range<usize>, word: &Range<usize>, alone: bool) -> bool {
        let characters = &self.characters[number.clone()];
        let hex = is_hex(Some(&self.characters[word.clone()]));
        match characters.len() {
            15 if !alone && hex => false,
            15 if self.follows_point(number.start) => false,
            _ if !alone && hex && word.len() >= HASH => false,
            _ if !alone || self.follows_point(number.start) || self.is_amount(number) => is_valid(characters),
            20 => characters[17].eq_ignore_ascii_case(&b'X') || has_date(characters),
            _ => true,
        }
    }

    /// Whether a digit and a decimal point stand before.
    fn follows_point(&self, begin: usize) -> bool {
        matches!(self.characters[..begin], [.., digit, b'.'] if digit.is_ascii_digit())
    }

    /// Whether a point and one or two digits follow, and nothing after them. No amount has more than 16 digits before the point.
    fn is_amount(&self, number: &Range<usize>) -> bool {
        let Some((b'.', fen)) = self.characters[number.end..].split_first() else { return false };
        let digits = fen.iter().take_while(|b| b.is_ascii_digit()).count();
        let over = fen.get(digits).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'.');
        number.len() == FEWEST && (1..=2).contains(&digits) && over
    }
}

/// The longest runs of characters that `belong` together, within `range`.
fn runs(characters: &[u8], range: Range<usize>, belong: impl Fn(&u8) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in range {
        if belong(&characters[at]) {
            match runs.last_mut() {
                Some(run) if run.end == at => run.end += 1,
                _ => runs.push(at..at + 1),
            }
        }
    }
    runs
}

fn is_hex(characters: Option<&[u8]>) -> bool {
    characters.is_some_and(|characters| characters.iter().all(u8::is_ascii_hexdigit))
}

fn is_valid(characters: &[u8]) -> bool {
    std::str::from_utf8(characters).is_ok_and(|text| ResidentNumber::parse(text).is_ok())
}

/// Whether characters 7 to 14 are a date on which a person may have been born.
fn has_date(characters: &[u8]) -> bool {
    let number = |range: Range<usize>| characters[range].iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    let year = number(6..10);
    (1800..2200).contains(&year) && Day::from_ymd(year as i32, number(10..12), number(12..14)).is_some()
}

#[cfg(test)]
mod tests;
