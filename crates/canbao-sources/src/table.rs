//! Records split into fields, wherever they came from.

use std::borrow::Cow;

use super::CellBlock;

/// The good records of a block, all of the header's width, and the lines of the others.
///
/// A field is a span of the block's text, or of `scratch` where quotes had to be taken out of it.
pub(super) struct Table<'b> {
    text: Cow<'b, str>,
    scratch: String,
    /// Begin and end of each field, `width` a record.
    spans: Vec<Span>,
    width: usize,
    /// The line on which each record begins.
    pub lines: Vec<u64>,
    /// The lines of records that are bad rows.
    pub bad_lines: Vec<u64>,
    /// Record and column of fields that are a `bad_number` in a column of any kind.
    pub bad_numbers: Vec<(usize, usize)>,
}

/// Begin and end in bytes; in scratch where the begin carries [`IN_SCRATCH`].
pub(super) type Span = (u32, u32);
const IN_SCRATCH: u32 = 1 << 31;

impl<'b> Table<'b> {
    /// No records yet of a text below 2 GiB; a width of 0 takes records of any width (a header).
    pub fn new(text: Cow<'b, str>, width: usize) -> Self {
        Self { text, scratch: String::new(), spans: Vec::new(), width, lines: Vec::new(), bad_lines: Vec::new(), bad_numbers: Vec::new() }
    }

    /// The records of cells.
    pub fn of_cells(cells: &'b CellBlock) -> Self {
        let begins = std::iter::once(0).chain(cells.ends().iter().copied());
        Self {
            text: Cow::Borrowed(cells.text()),
            scratch: String::new(),
            spans: begins.zip(cells.ends().iter().copied()).collect(),
            width: cells.width(),
            lines: cells.lines().to_vec(),
            bad_lines: cells.bad_lines().to_vec(),
            bad_numbers: cells.bad_numbers().collect(),
        }
    }

    /// No good record, one bad row.
    pub fn of_broken(line: u64) -> Self {
        Self { bad_lines: vec![line], ..Self::new(Cow::Borrowed(""), 0) }
    }

    /// How many good records there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// A field of a record, as written.
    #[inline]
    pub fn field(&self, record: usize, column: usize) -> &str {
        self.span(self.spans[record * self.width + column])
    }

    /// All fields of all records, as written.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|&span| self.span(span))
    }

    #[inline]
    fn span(&self, (begin, end): Span) -> &str {
        if begin & IN_SCRATCH == 0 {
            &self.text[begin as usize..end as usize]
        } else {
            &self.scratch[(begin ^ IN_SCRATCH) as usize..end as usize]
        }
    }
}

/// Fills a table record by record.
pub(super) struct Filler<'t> {
    scratch: &'t mut String,
    spans: &'t mut Vec<Span>,
    lines: &'t mut Vec<u64>,
    bad_lines: &'t mut Vec<u64>,
    width: usize,
    /// Where the record at hand begins in `spans`.
    begin: usize,
}

impl Table<'_> {
    /// The text, and what takes its records.
    pub fn fill(&mut self) -> (&str, Filler<'_>) {
        let Self { text, scratch, spans, width, lines, bad_lines, .. } = self;
        (text, Filler { scratch, spans, lines, bad_lines, width: *width, begin: 0 })
    }
}

impl Filler<'_> {
    /// Makes room for about so many records.
    pub fn reserve(&mut self, records: usize) {
        self.spans.reserve(records * self.width);
        self.lines.reserve(records);
    }

    /// The next field stands in the text.
    #[inline]
    pub fn field(&mut self, begin: usize, end: usize) {
        self.spans.push((begin as u32, end as u32));
    }

    /// The next field is made of pieces.
    pub fn pieces<'p>(&mut self, pieces: impl Iterator<Item = &'p str>) {
        let begin = self.scratch.len() as u32 | IN_SCRATCH;
        self.scratch.extend(pieces);
        self.spans.push((begin, self.scratch.len() as u32));
    }

    /// The record is whole; it is a bad row unless it is `good` and as wide as the header.
    #[inline]
    pub fn end_record(&mut self, line: u64, good: bool) {
        if (good && self.spans.len() - self.begin == self.width) || self.width == 0 {
            self.lines.push(line);
            self.begin = self.spans.len();
        } else {
            self.spans.truncate(self.begin);
            self.bad_lines.push(line);
        }
    }
}
