//! Rows of a workbook or of a Parquet file with every cell rendered as text, so that one row check
//! serves these formats and delimited text alike.
//!
//! A reader of cells runs on a thread of its own and hands over bounded blocks of rows, in the
//! file's order; at most [`AHEAD`] blocks wait at any time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// How many blocks may wait for whoever checks them.
const AHEAD: usize = 4;

/// The size of a block's text in bytes at which it is handed over.
const BLOCK_BYTES: usize = 1 << 20;

/// The number of rows at which a block is handed over, however short they are.
const BLOCK_ROWS: usize = 16_384;

/// Some rows, their wanted columns rendered as text.
///
/// All rows have the same number of fields; the text of field `c` of row `r` lies between the end
/// of the field before it and `ends[r * width + c]`.
#[derive(Debug, Clone, Default)]
pub struct CellBlock {
    width: usize,
    text: String,
    ends: Vec<usize>,
    lines: Vec<u64>,
    too_long: Vec<usize>,
    not_cents: Vec<(usize, usize)>,
}

impl CellBlock {
    /// A block without rows, whose rows will have `width` fields.
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The number of fields of every row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The line under which a row is reported: a sheet's row, or a Parquet file's row number + 1.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The text of a field; empty where the cell is.
    pub fn field(&self, row: usize, column: usize) -> &str {
        let at = row * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// Whether the row has more cells than the header: a `bad_row`.
    pub fn is_too_long(&self, row: usize) -> bool {
        self.too_long.binary_search(&row).is_ok()
    }

    /// Whether the cell is a double that is no whole number of cents: a `bad_number`, whatever the
    /// column would otherwise take.
    pub fn is_not_cents(&self, row: usize, column: usize) -> bool {
        self.not_cents.binary_search(&(row, column)).is_ok()
    }

    /// Whether [`Self::is_not_cents`] holds for any cell, so that whole blocks can skip asking.
    pub fn has_not_cents(&self) -> bool {
        !self.not_cents.is_empty()
    }

    /// Appends to the field in work: what is written becomes part of its text.
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends the field in work.
    pub(super) fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Marks the field in work as a double that is no whole number of cents.
    pub(super) fn mark_not_cents(&mut self) {
        self.not_cents.push((self.rows(), self.ends.len() - self.rows() * self.width));
    }

    /// Ends the row in work, filling up the fields that it lacks.
    pub(super) fn end_row(&mut self, line: u64, too_long: bool) {
        if too_long {
            self.too_long.push(self.rows());
        }
        self.lines.push(line);
        self.ends.resize(self.lines.len() * self.width, self.text.len());
    }

    /// Whether it is time to hand the block over.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= BLOCK_BYTES || self.rows() >= BLOCK_ROWS
    }
}

/// Why a workbook or a Parquet file cannot be read. Each names the file.
#[derive(Debug, thiserror::Error)]
pub enum CellsError {
    /// The system cannot read the file.
    #[error("cannot read `{file}`")]
    Read {
        /// The path below the data location.
        file: String,
        /// The system's account.
        source: std::io::Error,
    },
    /// A workbook locked with a password.
    #[error("the workbook `{file}` is protected with a password, expected one that opens without")]
    Protected {
        /// The path below the data location.
        file: String,
    },
    /// A workbook in the form of Excel 97 to 2003 under the ending of the newer one.
    #[error("`{file}` is a workbook in the old form .xls, expected .xlsx")]
    OldWorkbook {
        /// The path below the data location.
        file: String,
    },
    /// A file that is no zip archive, as every .xlsx is, or a damaged one.
    #[error("`{file}` is no workbook or a damaged one, expected .xlsx")]
    NoWorkbook {
        /// The path below the data location.
        file: String,
        /// The archive reader's account.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A workbook that unpacks to more than a program should take.
    #[error("the workbook `{file}` unpacks to more than {limit} bytes")]
    TooBig {
        /// The path below the data location.
        file: String,
        /// The most that is taken.
        limit: u64,
    },
    /// A workbook without a worksheet.
    #[error("the workbook `{file}` has no worksheet")]
    NoSheet {
        /// The path below the data location.
        file: String,
    },
    /// A workbook whose parts do not hold together.
    #[error("the workbook `{file}` is damaged")]
    Workbook {
        /// The path below the data location.
        file: String,
        /// The workbook reader's account.
        source: calamine::XlsxError,
    },
    /// A Parquet file that is none, is damaged, or holds a page that fails its checksum.
    #[error("`{file}` is no Parquet file or a damaged one")]
    Parquet {
        /// The path below the data location.
        file: String,
        /// The Parquet reader's account.
        source: parquet::errors::ParquetError,
    },
    /// A declared column of a type that no value of an extract has.
    #[error("`{file}` column `{column}` is of type {found}, expected strings, integers, decimals, doubles, dates or timestamps")]
    ColumnType {
        /// The path below the data location.
        file: String,
        /// The column as the file names it.
        column: String,
        /// Its type in Arrow's words.
        found: String,
    },
    /// A library that decodes files has come upon something that it did not foresee.
    #[error("`{file}` is so damaged that reading it broke off")]
    BrokeOff {
        /// The path below the data location.
        file: String,
    },
}

impl CellsError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Protected { .. } => Some("save the workbook without a password"),
            Self::OldWorkbook { .. } => Some("save it as .xlsx or as CSV"),
            Self::TooBig { .. } => Some("export the extract as CSV or Parquet, in parts if need be"),
            Self::ColumnType { .. } => Some("export the column as a string"),
            _ => None,
        }
    }
}

/// Runs a library's decoder over contents that may be hostile: its panic becomes an error.
pub(super) fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T, CellsError>) -> Result<T, CellsError> {
    // Nothing of a decoder that broke off is used afterwards.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(CellsError::BrokeOff { file: file.to_owned() }))
}

/// The blocks of a file, in its order. After an error nothing follows.
#[derive(Debug)]
pub struct CellBlocks {
    blocks: Receiver<CellBlock>,
    reader: Option<JoinHandle<Result<(), CellsError>>>,
}

impl CellBlocks {
    /// Starts `read` on a thread; it hands its blocks to the [`Outlet`] until that says stop.
    pub(super) fn start(file: String, read: impl FnOnce(&Outlet) -> Result<(), CellsError> + Send + 'static) -> Self {
        let (sender, blocks) = sync_channel(AHEAD);
        let reader = std::thread::spawn(move || {
            let outlet = Outlet(sender);
            guarded(&file, || read(&outlet))
        });
        Self { blocks, reader: Some(reader) }
    }
}

impl Iterator for CellBlocks {
    type Item = Result<CellBlock, CellsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(block) = self.blocks.recv() {
            return Some(Ok(block));
        }
        // The reader has let go of its outlet: it is done, or it has failed.
        match self.reader.take()?.join() {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Where a reader of cells puts its blocks.
pub(super) struct Outlet(SyncSender<CellBlock>);

impl Outlet {
    /// Hands the block over, waiting for room; `false` where nobody takes blocks any more.
    pub(super) fn put(&self, block: CellBlock) -> bool {
        self.0.send(block).is_ok()
    }
}
