//! From an extract as a bureau sends it to typed columns and rejects.
//!
//! The way of a file: [`source`] says which files an extract has and opens them; a [`BlockReader`] of
//! its format yields blocks of whole records; the row check turns each block into columns and
//! rejects, on all cores; blocks are gathered in the order of the file ([`read()`]), or handed on one by one where the
//! whole would not fit into memory ([`stream()`]), or spilled and read back
//! by ranges of persons ([`read_spilled()`]). Only text is cut by this room's own reader, workbooks and Parquet
//! arrive as cells, and one row check serves all.
//!
//! Invariants:
//! - rows read = rows used + rows rejected, for each file;
//! - a reject carries the first fault of its row, columns taken in the contract's order;
//! - neither the number of threads nor the size of blocks changes any result;
//! - no message holds personal data: values stand in [`Reject::value`] and nowhere else.

mod block;
mod cells;
mod columns;
pub mod columnwise;
mod contract;
mod contracts;
mod data_file;
mod deduplicate;
mod error;
pub mod location;
mod location_error;
mod nature;
mod parquet;
pub mod population;
mod read;
mod reject;
mod reject_log;
mod remote;
mod request;
mod row_check;
mod source;
pub mod spill;
mod spilled;
mod stamp;
mod stream;
mod supersede;
mod table;
mod text;
mod values;
mod workbook;

#[cfg(test)]
mod tests;

pub use block::{Block, BlockReader, CellBlock, Digest};
pub use contract::{Column, Contract, Kind, Labels, Repeats};
pub use contracts::{
    CONTRACTS, ENROLLMENT, HOUSEHOLD, IDENTITY, INCENTIVE_USE, MUTUAL_AID, PAYMENT, SETTLEMENT, STUDENT, TARGET, contract,
};
pub use data_file::DataFile;
pub use deduplicate::{CheckedExtract, check_extract, check_spilled, deduplicated, not_yet, orphans_spilled};
pub use error::ExtractError;
pub use location::{Location, LocationError};
pub use read::{Extract, FileReport, NoProgress, Progress, read, threads};
pub use reject::{Origin, Reject};
pub use reject_log::{Noted, RejectLog};
pub use request::{Divide, Request, Shape, Want};
pub use source::{Format, Opener, RowSource, Source, SourceFile};
pub use spilled::{ReadBackError, SortedRuns, SpillStore, SpilledExtract, ranges, read_spilled};
pub use stream::{Person, Rows, Streamed, Taker, stream};
pub use supersede::{Refunds, orphan_refunds, supersede, without_orphans};
pub use text::Encoding;
