//! From bytes to text, and finding out which text they are.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, GB18030};
use memchr::memchr;

/// How the text files of a source are encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with a byte order mark, or where at least half of the lines that are not ASCII are valid
    /// UTF-8; else GB18030. Found out for each file.
    #[default]
    Auto,
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// GB18030, unless there is a byte order mark of UTF-8.
    Gb18030,
}

/// The encoding of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Charset {
    Utf8,
    Gb18030,
}

/// How many lines that are not ASCII are valid UTF-8, and how many are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct LineCount {
    valid: u64,
    invalid: u64,
}

impl LineCount {
    /// Counts the lines of whole lines of text.
    pub fn of(bytes: &[u8]) -> Self {
        let whole = simdutf8::basic::from_utf8(bytes).is_ok();
        let mut count = Self::default();
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|b| !b.is_ascii()) {
            // What stands before on the same line is ASCII, so it cannot change whether the line is valid.
            let end = memchr(b'\n', &rest[at..]).map_or(rest.len(), |end| at + end);
            if whole || std::str::from_utf8(&rest[at..end]).is_ok() {
                count.valid += 1;
            } else {
                count.invalid += 1;
            }
            rest = &rest[end..];
        }
        count
    }

    pub fn add(&mut self, other: Self) {
        self.valid += other.valid;
        self.invalid += other.invalid;
    }

    /// The encoding that these lines speak for.
    pub fn verdict(self) -> Charset {
        if self.valid >= self.invalid { Charset::Utf8 } else { Charset::Gb18030 }
    }
}

/// A block as text.
pub(in super::super) struct Decoded<'b> {
    /// What does not decode stands as U+FFFD.
    pub text: Cow<'b, str>,
    /// Lines that do not decode, in order; the block's first is 0.
    pub bad_lines: Vec<u64>,
}

/// Decodes a block of whole lines.
pub(in super::super) fn decode(bytes: &[u8], charset: Charset) -> Decoded<'_> {
    match charset {
        Charset::Utf8 => match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Decoded { text: Cow::Borrowed(text), bad_lines: Vec::new() },
            Err(_) => decode_by_line(bytes, |line, text| match std::str::from_utf8(line) {
                Ok(good) => {
                    text.push_str(good);
                    true
                }
                Err(_) => {
                    text.push_str(&String::from_utf8_lossy(line));
                    false
                }
            }),
        },
        Charset::Gb18030 if bytes.is_ascii() => decode(bytes, Charset::Utf8),
        Charset::Gb18030 => {
            let mut text = String::new();
            if decode_gb18030(bytes, &mut text) {
                return Decoded { text: Cow::Owned(text), bad_lines: Vec::new() };
            }
            decode_by_line(bytes, |line, text| {
                let begin = text.len();
                let good = decode_gb18030(line, text);
                if !good {
                    text.truncate(begin);
                    text.push_str(&GB18030.decode_without_bom_handling(line).0);
                }
                good
            })
        }
    }
}

/// Appends all of `bytes`, or stops at the first malformed sequence and says `false`.
fn decode_gb18030(bytes: &[u8], text: &mut String) -> bool {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    // Two bytes may become three; the bound that the decoder states keeps it from ever running out.
    text.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 3 + 16));
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, text, true);
    result == DecoderResult::InputEmpty
}

/// Line by line: no line end is ever part of a longer sequence, so a fault stays on its line.
fn decode_by_line<'b>(bytes: &'b [u8], mut line_to: impl FnMut(&'b [u8], &mut String) -> bool) -> Decoded<'b> {
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    let mut bad_lines = Vec::new();
    for (number, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
        if !line_to(line, &mut text) {
            bad_lines.push(number as u64);
        }
    }
    Decoded { text: Cow::Owned(text), bad_lines }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MING: &[u8] = b"\xc3\xf7"; // 明 in GB18030

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[rstest]
    #[case::ascii("a\nb\n".into(), Charset::Utf8)]
    #[case::utf8("明\nb\n".into(), Charset::Utf8)]
    #[case::gb18030(gb("明,国\n"), Charset::Gb18030)]
    #[case::half_and_half([b"\xe6\x98\x8e\n".as_slice(), MING, b"\n"].concat(), Charset::Utf8)]
    #[case::fewer_than_half([b"\xe6\x98\x8e\n".as_slice(), MING, b"\n", MING, b"\n"].concat(), Charset::Gb18030)]
    #[case::ascii_lines_do_not_count([b"a\nb\nc\n".as_slice(), MING].concat(), Charset::Gb18030)]
    fn verdicts(#[case] bytes: Vec<u8>, #[case] expected: Charset) {
        assert_eq!(LineCount::of(&bytes).verdict(), expected);
    }

    #[test]
    fn lines_count_once() {
        assert_eq!(LineCount::of("明国\na明b\n\nc\n明".as_bytes()), LineCount { valid: 3, invalid: 0 });
        assert_eq!(LineCount::of(b"\xff\xff\nx\xff\n\xe6\x98\x8e\n"), LineCount { valid: 1, invalid: 2 });
    }

    #[test]
    fn a_fault_stays_on_its_line() {
        let decoded = decode("好\n\u{0}".as_bytes(), Charset::Utf8);
        assert!(matches!(decoded.text, Cow::Borrowed(_)));
        let decoded = decode(b"a\n\xe6\x98,b\n\xe6\x98\x8e\n\xff", Charset::Utf8);
        assert_eq!(decoded.text, "a\n\u{fffd},b\n明\n\u{fffd}");
        assert_eq!(decoded.bad_lines, [1, 3]);
        let bytes = [gb("明|国\n"), b"\x81\n\x81\x30,x\n".to_vec(), gb("㐀𠀀\n")].concat();
        let decoded = decode(&bytes, Charset::Gb18030);
        assert_eq!(decoded.text, "明|国\n\u{fffd}\n\u{fffd}0,x\n㐀𠀀\n");
        assert_eq!(decoded.bad_lines, [1, 2]);
    }
}
