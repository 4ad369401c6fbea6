//! One text file as blocks of whole records.

use std::io::Read;

use memchr::memchr_iter;
use sha2::{Digest as _, Sha256};

use super::super::{Block, BlockReader, Contract, Digest, ExtractError, SourceFile};
use super::decode::{Charset, Encoding, LineCount};
use super::scan::{Dialect, Scan};
use super::split::fields_of_header;

/// What may stand between fields; of two that fit a header alike the first is taken.
const DELIMITERS: [u8; 3] = *b",\t|";

/// No record of an extract is as long: what is, has lost a quote.
const LONGEST_RECORD: usize = 64 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts a text file at record boundaries, counts its lines and hashes its bytes as they come by.
///
/// Holds at most a block and a record.
pub(in super::super) struct TextReader {
    path: String,
    input: Box<dyn Read + Send>,
    hasher: Sha256,
    bytes_read: u64,
    at_end: bool,
    block_size: usize,
    longest_record: usize,
    dialect: Dialect,
    /// Whether the encoding is a guess that the lines of the whole file may overrule.
    guessed: bool,
    header: Vec<String>,
    header_lines: LineCount,
    /// Bytes not yet given out; they begin with a record.
    buffer: Vec<u8>,
    scan: Scan,
    /// The end of the last whole record found in `buffer`.
    whole: usize,
    /// The line with which `buffer` begins.
    line: u64,
}

impl TextReader {
    /// Opens a file, guesses its encoding unless `charset` says it, and reads its header.
    pub fn open(
        file: &SourceFile,
        contract: &Contract,
        encoding: Encoding,
        charset: Option<Charset>,
        block_size: usize,
    ) -> Result<Self, ExtractError> {
        let mut reader = Self {
            path: file.path.clone(),
            input: file.open()?,
            hasher: Sha256::new(),
            bytes_read: 0,
            at_end: false,
            block_size,
            longest_record: LONGEST_RECORD,
            dialect: Dialect { delimiter: b',', charset: Charset::Utf8 },
            guessed: false,
            header: Vec::new(),
            header_lines: LineCount::default(),
            buffer: Vec::new(),
            scan: Scan::default(),
            whole: 0,
            line: 1,
        };
        reader.fill_to(block_size.max(BYTE_ORDER_MARK.len()))?;
        reader.find_charset(encoding, charset)?;
        reader.read_header(contract)?;
        Ok(reader)
    }

    /// How the file is written, as far as is known.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the count of all lines, the header's among them, asks for another encoding than the one
    /// the file was opened with.
    pub fn overruled(&self, rows: LineCount) -> Option<Charset> {
        let mut count = self.header_lines;
        count.add(rows);
        (self.guessed && count.verdict() != self.dialect.charset).then(|| count.verdict())
    }

    fn find_charset(&mut self, encoding: Encoding, charset: Option<Charset>) -> Result<(), ExtractError> {
        if self.buffer.starts_with(b"\xff\xfe") || self.buffer.starts_with(b"\xfe\xff") {
            return Err(ExtractError::Utf16 { file: self.path.clone() });
        }
        if self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.buffer.drain(..BYTE_ORDER_MARK.len());
            return Ok(());
        }
        self.guessed = encoding == Encoding::Auto && charset.is_none();
        self.dialect.charset = charset.unwrap_or_else(|| match encoding {
            Encoding::Utf8 => Charset::Utf8,
            Encoding::Gb18030 => Charset::Gb18030,
            // A block may end amid a line, which would then not look like UTF-8.
            Encoding::Auto => LineCount::of(&self.buffer[..end_of_lines(&self.buffer, self.at_end)]).verdict(),
        });
        Ok(())
    }

    /// Takes the first record for the header, by the delimiter that finds the most declared columns in it.
    fn read_header(&mut self, contract: &Contract) -> Result<(), ExtractError> {
        let begin = self.skip_blank_lines()?;
        let mut best: Option<(usize, usize, Vec<String>, u8)> = None;
        for delimiter in DELIMITERS {
            let dialect = Dialect { delimiter, ..self.dialect };
            let end = begin + self.header_length(dialect, begin)?;
            let header = fields_of_header(&self.buffer[begin..end], dialect);
            let declared = header.iter().filter(|header| contract.place_of_header(header).is_some()).count();
            if best.as_ref().is_none_or(|(most, _, widest, _)| (declared, header.len()) > (*most, widest.len())) {
                best = Some((declared, end, header, delimiter));
            }
        }
        let Some((_, end, header, delimiter)) = best else {
            return Err(ExtractError::Empty { file: self.path.clone() });
        };
        let taken = &self.buffer[..end];
        if taken.contains(&0) {
            return Err(ExtractError::Utf16 { file: self.path.clone() });
        }
        self.header_lines = LineCount::of(taken);
        self.line += lines(taken);
        self.header = header;
        self.dialect.delimiter = delimiter;
        self.buffer.drain(..end);
        Ok(())
    }

    /// Where the first line begins that is not blank.
    fn skip_blank_lines(&mut self) -> Result<usize, ExtractError> {
        loop {
            if let Some(first) = self.buffer.iter().position(|b| !b.is_ascii_whitespace()) {
                // The blanks before it on its own line may be empty fields.
                return Ok(self.buffer[..first].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1));
            }
            if self.at_end {
                return Err(ExtractError::Empty { file: self.path.clone() });
            }
            self.fill()?;
        }
    }

    /// The length of the record that begins at `begin`.
    fn header_length(&mut self, dialect: Dialect, begin: usize) -> Result<usize, ExtractError> {
        let mut scan = Scan::default();
        loop {
            let found = dialect.first_record_end(&self.buffer[begin..], &mut scan, self.at_end);
            if found.is_some() || self.at_end || self.buffer.len() > self.longest_record {
                return Ok(found.unwrap_or(self.buffer.len() - begin));
            }
            self.fill()?;
        }
    }

    /// Reads another block's worth behind what the buffer holds.
    fn fill(&mut self) -> Result<(), ExtractError> {
        self.fill_to(self.buffer.len() + self.block_size)
    }

    fn fill_to(&mut self, length: usize) -> Result<(), ExtractError> {
        let held = self.buffer.len();
        let wanted = length.saturating_sub(held);
        self.buffer.reserve(wanted);
        let result = self.input.by_ref().take(wanted as u64).read_to_end(&mut self.buffer);
        let read = result.map_err(|source| ExtractError::io(&self.path, source))?;
        self.hasher.update(&self.buffer[held..]);
        self.bytes_read += read as u64;
        self.at_end = read < wanted;
        Ok(())
    }

    /// Gives out the first `length` bytes of the buffer, which end with a record.
    fn give(&mut self, length: usize) -> Vec<u8> {
        let mut rest = Vec::with_capacity(self.block_size + self.block_size / 8);
        rest.extend_from_slice(&self.buffer[length..]);
        self.buffer.truncate(length);
        self.scan.at = self.scan.at.saturating_sub(length);
        self.whole = 0;
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Drops the record with which the buffer begins, and which is too long to be one.
    fn drop_record(&mut self) -> Result<Block, ExtractError> {
        let line = self.line;
        loop {
            let end = self.dialect.first_record_end(&self.buffer, &mut self.scan, self.at_end);
            // The last byte looked at stays: whether a quote opens a field is told by the byte before it.
            let known = if self.at_end { self.buffer.len() } else { self.scan.at.saturating_sub(1) };
            let dropped = self.give(end.unwrap_or(known));
            self.line += lines(&dropped);
            if end.is_some() || self.at_end {
                return Ok(Block::Broken { line });
            }
            self.fill()?;
        }
    }
}

impl BlockReader for TextReader {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        loop {
            self.whole = self.dialect.last_record_end(&self.buffer, &mut self.scan, self.whole, self.at_end);
            let length = if self.at_end { self.buffer.len() } else { self.whole };
            if self.buffer.len() - self.whole > self.longest_record && self.whole == 0 {
                return self.drop_record().map(Some);
            }
            let full = self.whole > 0 && self.buffer.len() >= self.block_size;
            if length > 0 && (full || self.at_end) {
                let length = if self.buffer.len() - self.whole > self.longest_record { self.whole } else { length };
                let bytes = self.give(length);
                let first_line = self.line;
                self.line += lines(&bytes);
                return Ok(Some(Block::Text { bytes, first_line }));
            }
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn digest(&mut self) -> Result<Digest, ExtractError> {
        while !self.at_end {
            self.buffer.clear();
            self.fill()?;
        }
        Ok(Digest { bytes: self.bytes_read, sha256: self.hasher.clone().finalize().into() })
    }
}

fn lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// The length of the whole lines that the bytes begin with; all of them at the end of a file.
fn end_of_lines(bytes: &[u8], at_end: bool) -> usize {
    if at_end { bytes.len() } else { memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1) }
}
