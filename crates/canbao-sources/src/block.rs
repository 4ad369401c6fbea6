//! The seam between the readers of formats and the row check: blocks of whole records.

use super::ExtractError;

/// A run of whole records of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Records of text, not yet decoded or split into fields; ends after a line end or at the end of the file.
    Text {
        /// The bytes as they stand in the file.
        bytes: Vec<u8>,
        /// The line on which they begin; the file's first is 1.
        first_line: u64,
    },
    /// Records that arrive as cells.
    Cells(CellBlock),
    /// One record that cannot be read as one: a `bad_row`.
    Broken {
        /// The line on which it begins.
        line: u64,
    },
}

/// Rows of cells in canonical text, each as wide as the header.
///
/// ```
/// use canbao_sources::CellBlock;
/// let mut block = CellBlock::new(3);
/// for cell in ["34039919900228018X", "王小明"] {
///     block.push_cell(cell);
/// }
/// block.end_row(2); // filled up with an empty cell
/// block.bad_row(3);
/// assert_eq!(block.rows(), 1);
/// assert_eq!(block.row(0).collect::<Vec<_>>(), ["34039919900228018X", "王小明", ""]);
/// assert_eq!(block.bad_lines(), [3]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellBlock {
    width: usize,
    /// All cells, one behind the other.
    text: String,
    /// Where each cell ends in `text`; `width` for each row.
    ends: Vec<u32>,
    /// The line of each row.
    lines: Vec<u64>,
    /// Cells of the row at hand.
    open: usize,
    bad_lines: Vec<u64>,
    /// Places in `ends` of cells that are a `bad_number` whatever their column takes, ascending.
    bad_numbers: Vec<u32>,
}

impl CellBlock {
    /// A block whose rows have as many cells as the header.
    pub fn new(width: usize) -> Self {
        let (text, ends, lines) = (String::new(), Vec::new(), Vec::new());
        Self { width, text, ends, lines, open: 0, bad_lines: Vec::new(), bad_numbers: Vec::new() }
    }

    /// The next cell of the row at hand.
    pub fn push_cell(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len() as u32);
        self.open += 1;
    }

    /// The next cell of the row at hand, a double that is no whole number of cents: a `bad_number` in
    /// a column of any kind.
    pub fn push_bad_number(&mut self, cell: &str) {
        self.bad_numbers.push(self.ends.len() as u32);
        self.push_cell(cell);
    }

    /// Row and column of the cells that came by [`Self::push_bad_number`], in the order of the rows.
    pub fn bad_numbers(&self) -> impl Iterator<Item = (usize, usize)> {
        self.bad_numbers.iter().map(|&cell| (cell as usize / self.width, cell as usize % self.width))
    }

    /// Ends the row at hand, which stands on `line`. A short row is filled up with empty cells; one
    /// longer than the header becomes a bad row.
    pub fn end_row(&mut self, line: u64) {
        if self.open > self.width {
            return self.bad_row(line);
        }
        let end = self.text.len() as u32;
        self.ends.extend(std::iter::repeat_n(end, self.width - self.open));
        self.lines.push(line);
        self.open = 0;
    }

    /// Drops the cells of the row at hand; `line` is a `bad_row`.
    pub fn bad_row(&mut self, line: u64) {
        self.ends.truncate(self.ends.len() - self.open);
        self.text.truncate(self.ends.last().map_or(0, |&end| end as usize));
        let cells = self.ends.len();
        self.bad_numbers.truncate(self.bad_numbers.partition_point(|&cell| (cell as usize) < cells));
        self.open = 0;
        self.bad_lines.push(line);
    }

    /// How many good rows there are.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of text so far. A reader begins a new block after a few MiB, and well before 4 GiB.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Lines of rows that could not be read as rows.
    pub fn bad_lines(&self) -> &[u64] {
        &self.bad_lines
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        let first = row * self.width;
        (first..first + self.width).map(|cell| {
            let begin = if cell == 0 { 0 } else { self.ends[cell - 1] };
            &self.text[begin as usize..self.ends[cell] as usize]
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(super) fn lines(&self) -> &[u64] {
        &self.lines
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }
}

/// How long a file is and what SHA-256 its bytes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// Bytes as stored.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Digest {
    /// The hash in 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// One file, as a header and blocks in the order of the file.
pub trait BlockReader {
    /// The header as written, one text a column.
    fn header(&self) -> &[String];

    /// The next block, or `None` at the end. Blocks follow each other in the order of the file's lines.
    fn next_block(&mut self) -> Result<Option<Block>, ExtractError>;

    /// Bytes of the file that have been taken in so far, for progress.
    fn bytes_read(&self) -> u64;

    /// After the last block: the length and hash of the whole file, trailing bytes included.
    fn digest(&mut self) -> Result<Digest, ExtractError>;
}
