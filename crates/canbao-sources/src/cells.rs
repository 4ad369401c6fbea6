//! Readers of formats whose records arrive as cells: workbooks and Parquet.
//!
//! Such a reader runs on a thread of its own, from the first block that is asked for, and hands over
//! bounded blocks in the file's order; at most [`AHEAD`] of them wait at any time.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Block, BlockReader, CellBlock, Digest, ExtractError};

/// How many blocks may wait for whoever checks them.
const AHEAD: usize = 4;

/// The size of a block's text in bytes at which it is handed over.
const BLOCK_BYTES: usize = 1 << 20;

/// The number of rows at which a block is handed over, however short they are.
const BLOCK_ROWS: usize = 16_384;

/// What reads a file's rows once its header is known.
type Rows = Box<dyn FnOnce(&mut Outlet) -> Result<(), ExtractError> + Send>;

/// A file whose rows arrive as cells.
pub(super) struct CellReader {
    file: String,
    header: Vec<String>,
    digest: Digest,
    bytes_read: u64,
    state: State,
}

enum State {
    Ready(Rows),
    Running { blocks: Receiver<(CellBlock, u64)>, reader: JoinHandle<Result<(), ExtractError>> },
    Done,
}

impl CellReader {
    /// A reader of `file` whose `header` is known; `rows` is run once blocks are asked for.
    pub(super) fn new(
        file: &str,
        header: Vec<String>,
        digest: Digest,
        rows: impl FnOnce(&mut Outlet) -> Result<(), ExtractError> + Send + 'static,
    ) -> Self {
        Self { file: file.to_owned(), header, digest, bytes_read: 0, state: State::Ready(Box::new(rows)) }
    }

    fn start(&self, rows: Rows) -> State {
        let (sender, blocks) = sync_channel(AHEAD);
        let width = self.header.len();
        let file = self.file.clone();
        let reader = std::thread::spawn(move || {
            let mut outlet = Outlet { sender, block: CellBlock::new(width), width, bytes: 0 };
            guarded(&file, || {
                rows(&mut outlet)?;
                outlet.hand_over();
                Ok(())
            })
        });
        State::Running { blocks, reader }
    }
}

impl BlockReader for CellReader {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        let state = match std::mem::replace(&mut self.state, State::Done) {
            State::Ready(rows) => self.start(rows),
            state => state,
        };
        let State::Running { blocks, reader } = state else { return Ok(None) };
        if let Ok((block, bytes)) = blocks.recv() {
            self.bytes_read = bytes.min(self.digest.bytes);
            self.state = State::Running { blocks, reader };
            return Ok(Some(Block::Cells(block)));
        }
        // The reader has let go of its outlet: it is done, or it has failed.
        self.bytes_read = self.digest.bytes;
        reader.join().unwrap_or_else(|_| Err(broke_off(&self.file)))?;
        Ok(None)
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn digest(&mut self) -> Result<Digest, ExtractError> {
        Ok(self.digest)
    }
}

/// Where a reader of cells puts its rows.
pub(super) struct Outlet {
    sender: SyncSender<(CellBlock, u64)>,
    block: CellBlock,
    width: usize,
    bytes: u64,
}

impl Outlet {
    /// The block that the next row goes into.
    pub(super) fn block(&mut self) -> &mut CellBlock {
        &mut self.block
    }

    /// Says about how many bytes of the file the rows so far took.
    pub(super) fn progress(&mut self, bytes: u64) {
        self.bytes = bytes;
    }

    /// To be called after each row: hands over a full block, waiting for room. `false` where nobody
    /// takes blocks any more.
    pub(super) fn go_on(&mut self) -> bool {
        let full = self.block.text_len() >= BLOCK_BYTES || self.block.rows() + self.block.bad_lines().len() >= BLOCK_ROWS;
        !full || self.hand_over()
    }

    fn hand_over(&mut self) -> bool {
        let block = std::mem::replace(&mut self.block, CellBlock::new(self.width));
        let empty = block.rows() == 0 && block.bad_lines().is_empty();
        empty || self.sender.send((block, self.bytes)).is_ok()
    }
}

/// Runs a library's decoder over contents that may be damaged: its panic becomes an error.
pub(super) fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T, ExtractError>) -> Result<T, ExtractError> {
    // Nothing of a decoder that broke off is used afterwards.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(broke_off(file)))
}

/// The file as a whole cannot be read.
pub(super) fn unreadable(file: &str, why: impl Display) -> ExtractError {
    ExtractError::Unreadable { file: file.to_owned(), column: None, why: why.to_string() }
}

fn broke_off(file: &str) -> ExtractError {
    unreadable(file, "it is so damaged that reading it broke off")
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// Everything that a reader gives: rows by line, and the lines of bad rows.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Contents {
        pub header: Vec<String>,
        pub rows: Vec<(u64, Vec<String>)>,
        pub bad_lines: Vec<u64>,
        /// Line and column of each of [`CellBlock::bad_numbers`].
        pub bad_numbers: Vec<(u64, usize)>,
    }

    pub fn read_all(reader: &mut dyn BlockReader) -> Result<Contents, ExtractError> {
        let mut contents = Contents { header: reader.header().to_vec(), rows: vec![], bad_lines: vec![], bad_numbers: vec![] };
        while let Some(block) = reader.next_block()? {
            let Block::Cells(block) = block else { panic!("no block of cells") };
            for (row, &line) in block.lines().iter().enumerate() {
                contents.rows.push((line, block.row(row).map(str::to_owned).collect()));
            }
            contents.bad_numbers.extend(block.bad_numbers().map(|(row, column)| (block.lines()[row], column)));
            contents.bad_lines.extend(block.bad_lines());
        }
        assert_eq!(reader.bytes_read(), reader.digest()?.bytes, "at the end all bytes are read");
        Ok(contents)
    }

    /// The message of an error and of its causes.
    pub fn message<T>(result: Result<T, ExtractError>) -> String {
        use std::error::Error as _;
        let Err(error) = result else { panic!("expected an error") };
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}
