//! Where records end, in bytes that are not decoded.

use memchr::{memchr, memchr2, memrchr};

use super::decode::Charset;

/// What stands between fields, and in which encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Dialect {
    pub delimiter: u8,
    pub charset: Charset,
}

/// How far a buffer that begins with a record has been looked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Bytes looked at.
    pub at: usize,
    /// Whether `at` is between quotes.
    pub quoted: bool,
}

impl Dialect {
    /// Looks on through `bytes` and gives the end of the last record that is whole, if any ends after
    /// `known`, which is an end found before. `last` says that no bytes will follow.
    pub(super) fn last_record_end(self, bytes: &[u8], scan: &mut Scan, known: usize, last: bool) -> usize {
        let mut end = known;
        while scan.at < bytes.len() {
            if scan.quoted {
                if !self.close_quote(bytes, scan, last) {
                    break;
                }
            } else {
                // The line ends up to the next quoted field end records.
                let open = self.next_open_quote(bytes, scan.at);
                let upto = open.unwrap_or(bytes.len());
                if let Some(newline) = memrchr(b'\n', &bytes[scan.at.min(upto)..upto]) {
                    end = scan.at.min(upto) + newline + 1;
                }
                *scan = Scan { at: open.map_or(bytes.len(), |at| at + 1), quoted: open.is_some() };
            }
        }
        end
    }

    /// Looks on through `bytes` up to the end of the first record, the one it begins with.
    pub(super) fn first_record_end(self, bytes: &[u8], scan: &mut Scan, last: bool) -> Option<usize> {
        while scan.at < bytes.len() {
            if scan.quoted {
                if !self.close_quote(bytes, scan, last) {
                    return None;
                }
                continue;
            }
            let found = scan.at + memchr2(b'\n', b'"', &bytes[scan.at..]).unwrap_or(bytes.len() - scan.at);
            scan.at = (found + 1).min(bytes.len());
            match bytes.get(found) {
                Some(b'\n') => return Some(found + 1),
                Some(_) => scan.quoted = self.opens(bytes, found),
                None => {}
            }
        }
        None
    }

    /// Moves behind the quote that closes the field; `false` where the bytes do not tell which it is.
    fn close_quote(self, bytes: &[u8], scan: &mut Scan, last: bool) -> bool {
        let Some(quote) = memchr(b'"', &bytes[scan.at..]).map(|at| scan.at + at) else {
            scan.at = bytes.len();
            return false;
        };
        match bytes.get(quote + 1) {
            Some(b'"') => scan.at = quote + 2,
            None if !last => {
                scan.at = quote;
                return false;
            }
            _ => *scan = Scan { at: quote + 1, quoted: false },
        }
        true
    }

    /// The next quote from `at` on that opens a field.
    fn next_open_quote(self, bytes: &[u8], at: usize) -> Option<usize> {
        memchr::memchr_iter(b'"', &bytes[at..]).map(|found| at + found).find(|&quote| self.opens(bytes, quote))
    }

    /// Whether the quote stands at the beginning of a field.
    fn opens(self, bytes: &[u8], quote: usize) -> bool {
        match quote.checked_sub(1).map(|before| bytes[before]) {
            None | Some(b'\n') => true,
            Some(before) => before == self.delimiter && !self.is_second_byte(bytes, quote - 1),
        }
    }

    /// Whether the byte is the second one of a GB18030 character. Only `|` among the delimiters can be.
    fn is_second_byte(self, bytes: &[u8], at: usize) -> bool {
        if self.charset == Charset::Utf8 || self.delimiter != b'|' {
            return false;
        }
        let mut next = memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        while next < at {
            next += gb18030_length(&bytes[next..]);
        }
        next > at
    }
}

/// The length of the character that the bytes begin with; 1 for what is none, as the decoder takes a
/// malformed lead byte by itself.
fn gb18030_length(bytes: &[u8]) -> usize {
    match bytes {
        [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => 2,
        [0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', ..] => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', charset: Charset::Utf8 };
    const PIPE: Dialect = Dialect { delimiter: b'|', charset: Charset::Gb18030 };

    #[rstest]
    #[case::plain(COMMA, b"a,b\nc,d\ne", 8)]
    #[case::no_end(COMMA, b"a,b", 0)]
    #[case::quoted_line_end(COMMA, b"a,\"b\nc\"\nd,\"e\nf", 8)]
    #[case::doubled(COMMA, b"a,\"b\"\"\nc\"\nd\n", 12)]
    #[case::quote_inside_unquoted(COMMA, b"a,b\"\nc\"\nd", 8)]
    #[case::text_after_closing(COMMA, b"a,\"b\"x\"\nc\n", 10)]
    #[case::quote_may_be_doubled_later(COMMA, b"a\nb,\"c\"", 2)]
    #[case::pipe(PIPE, b"a|\"b\nc\"\nd", 8)]
    #[case::pipe_as_second_byte(PIPE, b"\x81|\"b\nc\"\nd", 8)]
    #[case::pipe_after_a_lone_lead(PIPE, b"\x81\n\x81\x40|\"\n\"\n", 9)]
    fn last_ends(#[case] dialect: Dialect, #[case] bytes: &[u8], #[case] expected: usize) {
        assert_eq!(dialect.last_record_end(bytes, &mut Scan::default(), 0, false), expected);
        // Byte by byte it comes to the same.
        let (mut scan, mut end) = (Scan::default(), 0);
        for upto in 1..=bytes.len() {
            end = dialect.last_record_end(&bytes[..upto], &mut scan, end, false);
        }
        assert_eq!(end, expected);
    }

    #[test]
    fn pipe_as_second_byte_opens_no_field() {
        // The quote stands inside an unquoted field, so the first line end ends the record.
        let first = |bytes: &[u8]| PIPE.first_record_end(bytes, &mut Scan::default(), true);
        assert_eq!(first(b"\x81|\"b\nc\"\n"), Some(5));
        assert_eq!(first(b"\x81\x81|\"b\nc\"\n"), Some(9));
        assert_eq!(first(b"a|\"b\nc\n"), None);
    }
}
