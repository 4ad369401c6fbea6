//! Delimited text: the dialects in which offices send it.

use canbao_rules::period::Day;

use super::record::Time;
use super::row::{Column, Row, SUBSTITUTE};
use super::short::write_padded;

/// How bytes stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// UTF-8 with a byte order mark.
    Marked,
    Gb18030,
}

/// The three forms of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// `2023-09-01`, `2023-09-01 08:05:09`
    Iso,
    /// `20230901`, `20230901080509`
    Compact,
    /// `2023/9/1`, `2023/9/1 8:05`
    Slash,
}

/// A dialect of delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// Texts, not numbers or dates, stand in quotes.
    pub quoted: bool,
    pub crlf: bool,
    pub dates: Dates,
    pub encoding: Encoding,
    /// Headers in Chinese.
    pub chinese: bool,
}

impl Dialect {
    /// What other programs read without being told anything.
    pub const PLAIN: Self =
        Self { delimiter: b',', quoted: false, crlf: false, dates: Dates::Iso, encoding: Encoding::Utf8, chinese: false };

    /// The header's line.
    pub fn header(self, columns: &[Column]) -> Vec<u8> {
        let mut line = Line::new(self);
        for (name, chinese) in columns {
            line.text(if self.chinese { chinese } else { name });
        }
        line.end();
        let mut bytes = if self.encoding == Encoding::Marked { vec![0xEF, 0xBB, 0xBF] } else { Vec::new() };
        bytes.extend(line.into_bytes());
        bytes
    }
}

/// Rows of delimited text, one after the other in one buffer.
#[derive(Debug)]
pub struct Line {
    dialect: Dialect,
    bytes: Vec<u8>,
    rows: u64,
    /// Nothing of the present row has been written.
    fresh: bool,
}

impl Line {
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, bytes: Vec::new(), rows: 0, fresh: true }
    }

    /// Complete rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The rows in the dialect's encoding.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = match self.dialect.encoding {
            Encoding::Utf8 | Encoding::Marked => self.bytes,
            Encoding::Gb18030 => {
                let text = String::from_utf8_lossy(&self.bytes);
                encoding_rs::GB18030.encode(&text).0.into_owned()
            }
        };
        // No character of either encoding has this byte in it, and none has 0xFF.
        while let Some(at) = memchr::memchr(SUBSTITUTE, &bytes) {
            bytes[at] = 0xFF;
        }
        bytes
    }

    fn separate(&mut self) {
        if !self.fresh {
            self.bytes.push(self.dialect.delimiter);
        }
        self.fresh = false;
    }

    fn padded(&mut self, number: u64, width: usize) {
        let start = self.bytes.len();
        self.bytes.resize(start + width, b'0');
        write_padded(&mut self.bytes[start..], number);
    }

    fn plain_number(&mut self, number: u64) {
        let width = number.checked_ilog10().map_or(1, |log| log as usize + 1);
        self.padded(number, width);
    }

    fn put_day(&mut self, day: Day) {
        let (year, month, of_month) = day.ymd();
        let (year, month, of_month) = (u64::from(year.unsigned_abs()), u64::from(month), u64::from(of_month));
        match self.dialect.dates {
            Dates::Iso => {
                self.padded(year, 4);
                self.bytes.push(b'-');
                self.padded(month, 2);
                self.bytes.push(b'-');
                self.padded(of_month, 2);
            }
            Dates::Compact => self.padded(year * 10_000 + month * 100 + of_month, 8),
            Dates::Slash => {
                self.plain_number(year);
                self.bytes.push(b'/');
                self.plain_number(month);
                self.bytes.push(b'/');
                self.plain_number(of_month);
            }
        }
    }

    fn put_clock(&mut self, seconds: u32) {
        let (hours, minutes, seconds) = (u64::from(seconds / 3_600), u64::from(seconds / 60 % 60), u64::from(seconds % 60));
        match self.dialect.dates {
            Dates::Iso => {
                self.bytes.push(b' ');
                self.padded(hours, 2);
                self.bytes.push(b':');
                self.padded(minutes, 2);
                self.bytes.push(b':');
                self.padded(seconds, 2);
            }
            Dates::Compact => self.padded(hours * 10_000 + minutes * 100 + seconds, 6),
            Dates::Slash => {
                self.bytes.push(b' ');
                self.plain_number(hours);
                self.bytes.push(b':');
                self.padded(minutes, 2);
            }
        }
    }
}

impl Row for Line {
    fn text(&mut self, value: &str) {
        self.separate();
        if self.dialect.quoted && !value.is_empty() {
            // No value of the sample holds a quote.
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(value.as_bytes());
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(value.as_bytes());
        }
    }

    fn integer(&mut self, value: u64) {
        self.separate();
        self.plain_number(value);
    }

    fn amount(&mut self, fen: i64) {
        self.separate();
        if fen < 0 {
            self.bytes.push(b'-');
        }
        self.plain_number(fen.unsigned_abs() / 100);
        self.bytes.push(b'.');
        self.padded(fen.unsigned_abs() % 100, 2);
    }

    fn day(&mut self, day: Option<Day>) {
        self.separate();
        if let Some(day) = day {
            self.put_day(day);
        }
    }

    fn time(&mut self, time: Option<Time>) {
        self.separate();
        if let Some((day, seconds)) = time {
            self.put_day(day);
            self.put_clock(seconds);
        }
    }

    fn end(&mut self) {
        self.bytes.extend_from_slice(if self.dialect.crlf { b"\r\n" } else { b"\n" });
        self.rows += 1;
        self.fresh = true;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Dates::Iso, "2023-09-01,2023-09-01 08:05:09,,1.05\n")]
    #[case(Dates::Compact, "20230901,20230901080509,,1.05\n")]
    #[case(Dates::Slash, "2023/9/1,2023/9/1 8:05,,1.05\n")]
    fn dates_have_three_forms(#[case] dates: Dates, #[case] expected: &str) {
        let mut line = Line::new(Dialect { dates, ..Dialect::PLAIN });
        let day = Day::from_ymd(2023, 9, 1).unwrap();
        line.day(Some(day));
        line.time(Some((day, 8 * 3_600 + 5 * 60 + 9)));
        line.day(None);
        line.amount(105);
        line.end();
        assert_eq!(String::from_utf8(line.into_bytes()).unwrap(), expected);
    }

    #[test]
    fn gb18030_keeps_a_byte_that_does_not_decode() {
        let mut line = Line::new(Dialect { encoding: Encoding::Gb18030, ..Dialect::PLAIN });
        line.text("张\u{1a}");
        line.integer(0);
        line.end();
        assert_eq!(line.into_bytes(), [0xD5, 0xC5, 0xFF, b',', b'0', b'\n']);
    }
}
