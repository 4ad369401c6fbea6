//! An extract whose rows are spilled while they are read, to be read back by ranges of the person key.
//!
//! Each thread gathers blocks until they are a run of some size, sorts it by person, and spills it in pieces of few
//! rows whose first and last keys are noted. So nothing has to be known of the keys before they are read, and once all
//! are, the pieces say where ranges of about the same size begin, however crooked the keys lie. A range is the rows of
//! all pieces that reach into it.
//!
//! Invariants:
//! - No more than a run for each thread is held while an extract is read, whatever its size.
//! - A piece holds either residents or other certificates: those have their places in the order of keys only once all
//!   extracts are read ([`KeyRenumbering`]), and until then their keys are told apart, but not sorted.
//! - A frame read back has its rows by key, equal keys in reading order: what a stable sort of the whole extract by key
//!   gives, cut to the range.

mod codec;
mod ranges;
#[cfg(test)]
mod tests;

use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use polars::prelude::{DataFrame, DataType, IdxSize, PlSmallStr, PolarsResult, polars_ensure};

use super::columnwise::sort_by_key;
use super::read::{BLOCK_SIZE, Gathered, KeepError, Keeper, gather};
use super::row_check::Judgement;
use super::{Divide, ExtractError, FileReport, Progress, RejectLog, Request, Source};
use crate::spill::{Chunk, Spill};
use canbao_rules::identity::{KeyRenumbering, OtherCertificates, PersonKey};

use codec::{Builder, RowSelection};
pub use ranges::ranges;

/// Where rows wait: in a temporary file.
#[derive(Debug)]
pub struct SpillStore {
    spill: Spill,
    /// Bytes of rows that a thread sorts at a time.
    run: usize,
    /// Bytes of rows in a piece.
    piece: usize,
}

impl SpillStore {
    /// Rows wait below `folder`, and will be read back in ranges of about `range` bytes, by `threads` threads.
    pub fn new(folder: &Path, range: usize, threads: usize) -> Self {
        let run = (range / (8 * threads.max(1))).clamp(32 << 10, 32 << 20);
        // A range ends within some pieces of every run: they have to be small beside it.
        Self { spill: Spill::new(folder, 0), run, piece: (run / 256).clamp(4 << 10, 256 << 10) }
    }
}

/// An extract as it was read, with its rows on a [`SpillStore`].
#[derive(Debug)]
pub struct SpilledExtract {
    /// The rows that passed the row check: one runs, or those of [`Request::split`].
    pub parts: Vec<SortedRuns>,
    /// As [`super::Extract::files`].
    pub files: Vec<FileReport>,
    /// What the row check rejected, by origin.
    pub rejects: RejectLog,
}

/// Rows of one kind of frame that were spilled.
#[derive(Debug, Default)]
pub struct SortedRuns {
    columns: Vec<(PlSmallStr, DataType)>,
    pieces: Vec<Piece>,
}

/// Some rows by person.
#[derive(Debug)]
struct Piece {
    first: u64,
    last: u64,
    rows: usize,
    chunk: Chunk,
}

/// Reads all files of an extract, judges every row, and puts the used ones aside.
///
/// # Errors
/// As [`super::read()`], and where rows cannot be spilled.
pub fn read_spilled(
    source: &Source,
    request: &Request<'_>,
    others: &mut OtherCertificates,
    progress: &dyn Progress,
    store: &SpillStore,
) -> Result<SpilledExtract, ExtractError> {
    read_spilled_in_blocks(source, request, others, progress, store, BLOCK_SIZE)
}

pub(super) fn read_spilled_in_blocks(
    source: &Source,
    request: &Request<'_>,
    others: &mut OtherCertificates,
    progress: &dyn Progress,
    store: &SpillStore,
    block_size: usize,
) -> Result<SpilledExtract, ExtractError> {
    let known = others.len();
    let mut keeper = SpillKeeper { split: request.split, others: Mutex::new(others), known, store, parts: Vec::new() };
    let Gathered { files, rejects, .. } = gather(source, request, &mut keeper, progress, block_size)?;
    Ok(SpilledExtract { parts: keeper.parts, files, rejects })
}

/// Puts rows aside as they are judged.
struct SpillKeeper<'r> {
    split: Option<&'r Divide<'r>>,
    others: Mutex<&'r mut OtherCertificates>,
    /// How many certificates there were before the file at hand.
    known: usize,
    store: &'r SpillStore,
    parts: Vec<SortedRuns>,
}

/// A runs as one thread adds to it.
#[derive(Default)]
struct RunBuilder {
    waiting: Option<DataFrame>,
    runs: SortedRuns,
}

impl Keeper for SpillKeeper<'_> {
    type Part = Vec<RunBuilder>;

    fn part(&self) -> Self::Part {
        Vec::new()
    }

    fn block(&self, part: &mut Self::Part, _place: usize, rows: Judgement<'_>) -> Result<(), KeepError> {
        let frame = rows.into_frame(&self.others)?;
        let divided = match self.split {
            Some(split) => split(frame)?,
            None => vec![frame],
        };
        if part.is_empty() {
            part.resize_with(divided.len(), RunBuilder::default);
        }
        for (growing, frame) in part.iter_mut().zip(divided) {
            growing.take(frame, self.store)?;
        }
        Ok(())
    }

    fn file(&mut self, parts: Vec<Self::Part>) -> Result<(), KeepError> {
        for part in parts {
            if self.parts.is_empty() {
                self.parts.resize_with(part.len(), SortedRuns::default);
            }
            for (runs, mut growing) in self.parts.iter_mut().zip(part) {
                growing.put_aside(self.store)?;
                runs.append(growing.runs);
            }
        }
        self.known = self.others.get_mut().unwrap_or_else(PoisonError::into_inner).len();
        Ok(())
    }

    fn again(&mut self) {
        self.others.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(self.known);
    }
}

impl RunBuilder {
    fn take(&mut self, frame: DataFrame, store: &SpillStore) -> Result<(), KeepError> {
        let waiting = match &mut self.waiting {
            Some(waiting) => {
                waiting.vstack_mut_owned(frame)?;
                waiting
            }
            none => none.insert(frame),
        };
        if waiting.height() * codec::row_bytes(waiting) >= store.run { self.put_aside(store) } else { Ok(()) }
    }

    /// Puts what waits aside as a run.
    fn put_aside(&mut self, store: &SpillStore) -> Result<(), KeepError> {
        let Some(frame) = self.waiting.take() else { return Ok(()) };
        let frame = by_person(frame)?;
        self.runs.columns = codec::columns(&frame);
        let keys = frame.column("key")?.u64()?.rechunk();
        let keys = keys.cont_slice()?;
        let most = (store.piece / codec::row_bytes(&frame)).max(1);
        let residents = keys.partition_point(|&key| key < PersonKey::OTHER_BIT);
        let mut bytes = Vec::new();
        let (mut begin, mut end) = (0, 0);
        while begin < keys.len() {
            end += if begin < residents { most.min(residents - begin) } else { most.min(keys.len() - begin) };
            bytes.clear();
            codec::write(&frame.slice(begin as i64, end - begin), &mut bytes)?;
            let (first, last) = (keys[begin], keys[end - 1]);
            self.runs.pieces.push(Piece { first, last, rows: end - begin, chunk: store.spill.put(&bytes)? });
            begin = end;
        }
        Ok(())
    }
}

/// The rows by key, equal keys by origin.
fn by_person(frame: DataFrame) -> PolarsResult<DataFrame> {
    polars_ensure!(frame.height() < IdxSize::MAX as usize, ComputeError: "too many rows for one range of persons");
    let origins = frame.column("origin")?.u64()?.rechunk().into_owned();
    sort_by_key(frame, |row| origins.get(row as usize))
}

impl SortedRuns {
    fn append(&mut self, mut other: Self) {
        if self.columns.is_empty() {
            self.columns = other.columns;
        }
        self.pieces.append(&mut other.pieces);
    }

    /// Where the residents' rows lie among all keys, with the bytes that they take in memory: half of each piece at its
    /// first key, half at its last.
    pub fn residents(&self) -> impl Iterator<Item = (u64, usize)> {
        let width = codec::width(&self.columns);
        let halves = move |piece: &Piece| {
            let bytes = piece.rows * width;
            [(piece.first, bytes / 2), (piece.last, bytes - bytes / 2)]
        };
        self.pieces.iter().filter(|piece| piece.is_resident()).flat_map(halves)
    }

    /// Counts the bytes in memory of the rows of each certificate that is no resident number, by its place.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn weigh_others(&self, store: &SpillStore, places: &KeyRenumbering, bytes: &mut Vec<usize>) -> io::Result<()> {
        let width = codec::width(&self.columns);
        for piece in self.pieces.iter().filter(|piece| !piece.is_resident()) {
            for key in codec::keys(&piece.read(store)?, piece.rows) {
                let place = (places.moved(PersonKey(key)).0 & !PersonKey::OTHER_BIT) as usize;
                if bytes.len() <= place {
                    bytes.resize(place + 1, 0);
                }
                bytes[place] += width;
            }
        }
        Ok(())
    }

    /// The bytes in memory of the rows of certificates that are no resident numbers.
    pub fn others(&self) -> usize {
        self.pieces.iter().filter(|piece| !piece.is_resident()).map(|piece| piece.rows).sum::<usize>() * codec::width(&self.columns)
    }

    /// The rows with keys in a range, by key, equal keys in reading order. Keys are those after sealing, in the frame too.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn read_back(&self, keys: &RangeInclusive<u64>, places: &KeyRenumbering, store: &SpillStore) -> Result<DataFrame, ReadBackError> {
        let reaches = |piece: &&Piece| match piece.is_resident() {
            true => piece.first <= *keys.end() && piece.last >= *keys.start(),
            false => *keys.end() >= PersonKey::OTHER_BIT,
        };
        let expected = self.pieces.iter().filter(reaches).filter(|piece| piece.is_resident()).map(|piece| piece.rows).sum();
        let mut builder = Builder::new(&self.columns, expected);
        for piece in self.pieces.iter().filter(reaches) {
            let bytes = piece.read(store)?;
            let here: Vec<u64> = codec::keys(&bytes, piece.rows).map(|key| places.moved(PersonKey(key)).0).collect();
            let picked = if piece.is_resident() {
                RowSelection::Range(here.partition_point(|key| key < keys.start())..here.partition_point(|key| key <= keys.end()))
            } else {
                RowSelection::Some((0..here.len()).filter(|&row| keys.contains(&here[row])).collect())
            };
            builder.read(&bytes, piece.rows, &here, &picked)?;
        }
        Ok(by_person(builder.finish()?)?)
    }
}

impl Piece {
    fn is_resident(&self) -> bool {
        self.last < PersonKey::OTHER_BIT
    }

    fn read(&self, store: &SpillStore) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.chunk.byte_count()];
        store.spill.get(&self.chunk, &mut bytes)?;
        Ok(bytes)
    }
}

/// Rows that were spilled cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadBackError {
    /// The temporary file could not be read.
    #[error("rows could not be read back from a temporary file")]
    Io(#[from] io::Error),
    /// A frame could not be made of them: a defect of this program.
    #[error("rows that were put aside make no frame")]
    Frame(#[from] polars::error::PolarsError),
}

impl Diagnostic for ReadBackError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Io(error) => error.class(),
            Self::Frame(_) => ErrorClass::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Io(error) => error.hint(),
            Self::Frame(_) => None,
        }
    }
}
