//! From the text of a block to records and fields.

use memchr::{memchr, memchr2, memchr2_iter};

use super::super::table::{Filler, Table};
use super::decode::decode;
use super::scan::Dialect;

/// The records of a block that begins with a record and, but at the end of the file, ends with one.
pub(in super::super) fn split(bytes: &[u8], dialect: Dialect, width: usize, first_line: u64) -> Table<'_> {
    with_splitter(bytes, dialect, width, first_line, |splitter| {
        if memchr(b'"', splitter.text).is_none() {
            splitter.plain();
        } else {
            splitter.quoted();
        }
    })
}

/// The fields of a header, as written; what does not decode is replaced.
pub(super) fn fields_of_header(bytes: &[u8], dialect: Dialect) -> Vec<String> {
    let table = with_splitter(bytes, dialect, 0, 1, |splitter| {
        splitter.record(0);
    });
    table.fields().map(str::to_owned).collect()
}

fn with_splitter(bytes: &[u8], dialect: Dialect, width: usize, first_line: u64, work: impl FnOnce(&mut Splitter<'_>)) -> Table<'_> {
    let decoded = decode(bytes, dialect.charset);
    let mut table = Table::new(decoded.text, width);
    let (whole, filler) = table.fill();
    let text = whole.as_bytes();
    work(&mut Splitter { text, whole, delimiter: dialect.delimiter, filler, bad_lines: &decoded.bad_lines, line: 0, first_line });
    table
}

struct Splitter<'t> {
    text: &'t [u8],
    whole: &'t str,
    delimiter: u8,
    filler: Filler<'t>,
    /// Lines that do not decode, those before the record at hand taken off.
    bad_lines: &'t [u64],
    /// Of the record at hand; the block's first is 0.
    line: u64,
    first_line: u64,
}

impl Splitter<'_> {
    /// Without a quote in the block every line is a record.
    fn plain(&mut self) {
        self.filler.reserve(self.text.len() / 128);
        let mut line_begin = 0;
        let mut begin = 0;
        for at in memchr2_iter(self.delimiter, b'\n', self.text) {
            if self.text[at] == b'\n' {
                self.end_line(line_begin, begin, at);
                line_begin = at + 1;
            } else {
                self.filler.field(begin, at);
            }
            begin = at + 1;
        }
        if line_begin < self.text.len() {
            self.end_line(line_begin, begin, self.text.len());
        }
    }

    /// The last field of a line, from `begin` to `end`, and with it a record.
    #[inline]
    fn end_line(&mut self, line_begin: usize, begin: usize, end: usize) {
        let end = if end > begin && self.text[end - 1] == b'\r' { end - 1 } else { end };
        if begin != line_begin || !self.is_blank(line_begin, end) {
            self.filler.field(begin, end);
            self.end_record(self.line);
        }
        self.line += 1;
    }

    fn quoted(&mut self) {
        let mut at = 0;
        while at < self.text.len() {
            let line_end = || memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end);
            if !matches!(self.text[at], b'!'..=b'~') && self.is_blank(at, line_end()) {
                at = line_end() + 1;
                self.line += 1;
            } else {
                at = self.record(at);
            }
        }
    }

    /// The record that begins at `at`; gives where the next one does.
    fn record(&mut self, mut at: usize) -> usize {
        let line = self.line;
        loop {
            let quoted = self.text.get(at) == Some(&b'"');
            let end = if quoted {
                match self.quoted_field(at + 1) {
                    Some(end) => end,
                    None => {
                        self.filler.end_record(self.first_line + line, false);
                        return self.text.len();
                    }
                }
            } else {
                let end = self.unquoted_end(at);
                self.filler.field(at, self.without_return(at, end));
                end
            };
            at = end + 1;
            if self.text.get(end) != Some(&self.delimiter) {
                break;
            }
        }
        self.end_record(line);
        self.line += 1;
        at
    }

    /// The field whose content begins at `begin`, behind the quote; gives where its delimiter or line
    /// end is, `None` if it never closes.
    fn quoted_field(&mut self, begin: usize) -> Option<usize> {
        let mut doubled = false;
        let mut from = begin;
        let close = loop {
            let quote = from + memchr(b'"', &self.text[from..])?;
            if self.text.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            doubled = true;
            from = quote + 2;
        };
        self.line += memchr::memchr_iter(b'\n', &self.text[begin..close]).count() as u64;
        let end = self.unquoted_end(close + 1);
        let tail = close + 1..self.without_return(close + 1, end);
        if !doubled && tail.is_empty() {
            self.filler.field(begin, close);
        } else {
            // Doubled quotes come in twos, so the halves of each split are joined by a single one.
            let content = self.whole[begin..close].split("\"\"").enumerate();
            let content = content.flat_map(|(piece, text)| [if piece == 0 { "" } else { "\"" }, text]);
            self.filler.pieces(content.chain([&self.whole[tail]]));
        }
        Some(end)
    }

    fn unquoted_end(&self, at: usize) -> usize {
        memchr2(self.delimiter, b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end)
    }

    /// The end of a field without the CR of its line end.
    fn without_return(&self, begin: usize, end: usize) -> usize {
        let at_line_end = self.text.get(end) != Some(&self.delimiter);
        if at_line_end && end > begin && self.text[end - 1] == b'\r' { end - 1 } else { end }
    }

    /// The record from line `first` to the line at hand is whole.
    #[inline]
    fn end_record(&mut self, first: u64) {
        let good = self.bad_lines.is_empty() || self.decodes(first);
        self.filler.end_record(self.first_line + first, good);
    }

    #[cold]
    fn decodes(&mut self, first: u64) -> bool {
        while let [line, rest @ ..] = self.bad_lines
            && *line < first
        {
            self.bad_lines = rest;
        }
        self.bad_lines.first().is_none_or(|&line| line > self.line)
    }

    /// Whether the line is nothing but white space other than the delimiter.
    #[inline]
    fn is_blank(&self, begin: usize, end: usize) -> bool {
        match self.text.get(begin) {
            Some(b'!'..=b'~') if begin < end => false,
            _ => self.whole[begin..end].chars().all(|c| c.is_whitespace() && c != char::from(self.delimiter)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::text::decode::Charset;

    /// Each good record as its line and fields, then the bad lines.
    fn read(text: &[u8], delimiter: u8, width: usize) -> (Vec<(u64, Vec<String>)>, Vec<u64>) {
        let table = split(text, Dialect { delimiter, charset: Charset::Utf8 }, width, 2);
        let fields = |row| (0..width).map(|column| table.field(row, column).to_owned()).collect();
        ((0..table.len()).map(|row| (table.lines[row], fields(row))).collect(), table.bad_lines.clone())
    }

    #[rstest]
    #[case::plain("a,b\nc,d\n", &[(2, "a·b"), (3, "c·d")], &[])]
    #[case::last_line_without_end("a,b\r\nc,d", &[(2, "a·b"), (3, "c·d")], &[])]
    #[case::returns_inside_stay("a\r,b\r\n", &[(2, "a\r·b")], &[])]
    #[case::empty_fields(",\n,\n", &[(2, "·"), (3, "·")], &[])]
    #[case::blank_lines("\n \t\r\n\u{3000}\na,b\n\n", &[(5, "a·b")], &[])]
    #[case::blank_lines_among_quotes("\n \r\n\"a\",b\n\n", &[(4, "a·b")], &[])]
    #[case::wrong_widths("a\na,b,c\na,b\n", &[(4, "a·b")], &[2, 3])]
    #[case::wrong_widths_among_quotes("\"a\"\n\"a\",b,c\na,\"b\"\n", &[(4, "a·b")], &[2, 3])]
    #[case::quoted("\"a,1\",\"b\"\n", &[(2, "a,1·b")], &[])]
    #[case::empty_quotes("\"\",\"\"\n", &[(2, "·")], &[])]
    #[case::doubled("\"a\"\"b\"\"\",\"\"\"\"\n", &[(2, "a\"b\"·\"")], &[])]
    #[case::line_ends_inside("\"a\nb\",c\nd,\"e\r\n\n\"\r\nf,g\n", &[(2, "a\nb·c"), (4, "d·e\r\n\n"), (7, "f·g")], &[])]
    #[case::quote_in_unquoted("a\"b\",\"c\n", &[], &[2])]
    #[case::quote_in_unquoted_only("a\"b\",c\"\n", &[(2, "a\"b\"·c\"")], &[])]
    #[case::blank_before_quote(" \"a\",b\n", &[(2, " \"a\"·b")], &[])]
    #[case::text_after_closing("\"a\" x,\"b\"\"c\"d\"e\n", &[(2, "a x·b\"cd\"e")], &[])]
    #[case::never_closed("a,b\nc,\"d\ne,f\n\ng,h", &[(2, "a·b")], &[3])]
    #[case::never_closed_doubled("c,\"d\"\"\n", &[], &[2])]
    #[case::closed_by_the_end("c,\"d\"", &[(2, "c·d")], &[])]
    #[case::bad_then_good_lines("x\n\"a\n\",b\ny\nc,d\n", &[(3, "a\n·b"), (6, "c·d")], &[2, 5])]
    fn records(#[case] text: &str, #[case] good: &[(u64, &str)], #[case] bad: &[u64]) {
        let (rows, bad_lines) = read(text.as_bytes(), b',', 2);
        let rows: Vec<_> = rows.iter().map(|(line, fields)| (*line, fields.join("·"))).collect();
        let good: Vec<_> = good.iter().map(|(line, fields)| (*line, (*fields).to_owned())).collect();
        assert_eq!(rows, good);
        assert_eq!(bad_lines, bad);
    }

    #[test]
    fn a_line_of_tabs_is_a_row_of_empty_fields() {
        let (rows, bad) = read(b"\t\n \n\n", b'\t', 2);
        assert_eq!((rows.len(), rows[0].0, bad.len()), (1, 2, 0));
    }

    #[test]
    fn only_the_record_with_the_undecodable_line_is_bad() {
        let (rows, bad) = read(b"a,b\nc,\xff\nd,e\n\"f\n\xff\ng\",h\ni,\"j\"\n", b',', 2);
        assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 8]);
        assert_eq!(bad, [3, 5]);
    }

    #[test]
    fn headers_have_any_width() {
        let dialect = Dialect { delimiter: b',', charset: Charset::Utf8 };
        assert_eq!(fields_of_header(b"a,\"b,c\",d\r\n", dialect), ["a", "b,c", "d"]);
        assert_eq!(fields_of_header(b"a", dialect), ["a"]);
        assert_eq!(fields_of_header(b"\xff,b", dialect), ["\u{fffd}", "b"]);
        assert_eq!(fields_of_header(b"a,\"b\nc", dialect), ["a"]);
    }
}
