//! Reading an extract: one thread reads, hashes and cuts, all cores judge, results keep the file's order.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, available_parallelism};

use polars::prelude::{DataFrame, PolarsError, PolarsResult, polars_ensure, polars_err};

use super::request::{Divide, Request};
use super::row_check::{Judgement, Plan, judge};
use super::table::Table;
use super::text::{Charset, Dialect, LineCount, TextReader, split};
use super::{Block, BlockReader, Digest, ExtractError, Format, Origin, Reject, RejectLog, Source, SourceFile, parquet, workbook};
use canbao_rules::identity::OtherCertificates;

/// Bytes of text that are judged at a time: enough for a thread to be busy, few enough for its cache.
pub(super) const BLOCK_SIZE: usize = 2 << 20;

/// Is told how far reading has come; called from the thread that called [`read`].
pub trait Progress {
    /// So many more bytes of an extract have been read.
    fn read(&self, source: &str, bytes: u64);
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn read(&self, _source: &str, _bytes: u64) {}
}

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The path below the data location.
    pub path: String,
    /// Its length and hash.
    pub digest: Digest,
    /// Rows, blank lines and the header not counted.
    pub rows_read: u64,
    /// Rows that the row check rejected; superseded rows and orphans come on top.
    pub rows_rejected: u64,
}

/// An extract as it was read.
#[derive(Debug)]
pub struct Extract {
    /// The rows that passed the row check, in reading order: one frame, or those of [`Request::split`].
    pub parts: Vec<DataFrame>,
    /// The files, in reading order; a row's [`Origin`] points into them.
    pub files: Vec<FileReport>,
    /// What the row check rejected, by origin.
    pub rejects: Vec<Reject>,
    /// Optional declared columns that no file has.
    pub absent: Vec<&'static str>,
}

/// On how many threads rows are judged.
pub fn threads() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Reads all files of an extract and judges every row.
///
/// The frames have, in this order: the key columns (`key`, in mutual_aid `payer_key` and `payee_key`;
/// `UInt64`, [`canbao_rules::identity::PersonKey`]), `origin` (`UInt64`, [`Origin`]), `fingerprint` (`UInt64`; where equal
/// rows give way), `not_yet` (`Boolean`; settlement), the columns asked for, and, where rows give way
/// by time, that time. Keys of certificates that are no resident numbers are to be moved by
/// [`OtherCertificates::seal`] once all extracts are read. A `not_yet` row has key 0 or nulls where a value is bad.
///
/// # Errors
/// A file that cannot be read, lacks a required column, has one twice, or has no rows.
pub fn read(
    source: &Source,
    request: &Request<'_>,
    others: &mut OtherCertificates,
    progress: &dyn Progress,
) -> Result<Extract, ExtractError> {
    read_in_blocks(source, request, others, progress, BLOCK_SIZE)
}

pub(super) fn read_in_blocks(
    source: &Source,
    request: &Request<'_>,
    others: &mut OtherCertificates,
    progress: &dyn Progress,
    block_size: usize,
) -> Result<Extract, ExtractError> {
    let known = others.len();
    let mut frames = Frames { split: request.split, others: Mutex::new(others), known, parts: Vec::new() };
    let Gathered { files, rejects, absent } = gather(source, request, &mut frames, progress, block_size)?;
    Ok(Extract { parts: frames.parts, files, rejects: rejects.to_vec(), absent })
}

/// What becomes of the judged rows of an extract.
pub(super) trait Keeper: Sync {
    /// What one thread gathers of one file.
    type Part: Send;
    /// Nothing gathered yet.
    fn part(&self) -> Self::Part;
    /// Takes the rows of the block at `place` in the file. Blocks come in no order.
    fn block(&self, part: &mut Self::Part, place: usize, rows: Judgement<'_>) -> Result<(), KeepError>;
    /// A file has been read to its end. Parts of a file that has to be read again never come here.
    fn file(&mut self, parts: Vec<Self::Part>) -> Result<(), KeepError>;
    /// The file is read again: what it brought is void.
    fn again(&mut self);
}

/// Why rows could not be kept.
#[derive(Debug)]
pub(super) enum KeepError {
    /// polars refused the frame.
    Frame(PolarsError),
    /// They could not be spilled on disk.
    Spill(io::Error),
}

impl From<PolarsError> for KeepError {
    fn from(error: PolarsError) -> Self {
        Self::Frame(error)
    }
}

impl From<io::Error> for KeepError {
    fn from(error: io::Error) -> Self {
        Self::Spill(error)
    }
}

/// What is told of an extract, whatever becomes of its rows.
pub(super) struct Gathered {
    pub files: Vec<FileReport>,
    /// By origin.
    pub rejects: RejectLog,
    pub absent: Vec<&'static str>,
}

/// Reads all files of an extract, and hands every judged row to the keeper.
pub(super) fn gather<K: Keeper>(
    source: &Source,
    request: &Request<'_>,
    keeper: &mut K,
    progress: &dyn Progress,
    block_size: usize,
) -> Result<Gathered, ExtractError> {
    if source.files.len() > Origin::MOST_FILES {
        return Err(ExtractError::TooManyParts { source_name: source.name.clone(), count: source.files.len() });
    }
    let mut gathered = Gathered { files: Vec::new(), rejects: RejectLog::default(), absent: Vec::new() };
    let mut present = vec![false; request.contract.columns.len()];
    for (place, file) in source.files.iter().enumerate() {
        let reading = Reading { source, file, place, request, progress, block_size };
        let read = reading.read(keeper);
        file.unchanged()?;
        let read = read?;
        if read.rows_read == 0 {
            return Err(ExtractError::NoRows { file: file.path.clone() });
        }
        (0..present.len()).for_each(|column| present[column] |= read.plan.has(column));
        gathered.files.push(FileReport {
            path: file.path.clone(),
            digest: read.digest,
            rows_read: read.rows_read,
            rows_rejected: read.rejects.len(),
        });
        gathered.rejects.append(read.rejects);
    }
    let declared = request.contract.columns.iter().zip(present);
    gathered.absent = declared.filter(|(_, present)| !present).map(|(column, _)| column.name).collect();
    Ok(gathered)
}

/// Keeps the rows as frames in the order of reading.
struct Frames<'r> {
    split: Option<&'r Divide<'r>>,
    others: Mutex<&'r mut OtherCertificates>,
    /// How many certificates there were before the file at hand.
    known: usize,
    parts: Vec<DataFrame>,
}

impl Keeper for Frames<'_> {
    type Part = Vec<(usize, Vec<DataFrame>)>;

    fn part(&self) -> Self::Part {
        Vec::new()
    }

    fn block(&self, part: &mut Self::Part, place: usize, rows: Judgement<'_>) -> Result<(), KeepError> {
        let frame = rows.into_frame(&self.others)?;
        let divided = match self.split {
            Some(split) => split(frame)?,
            None => vec![frame],
        };
        part.push((place, divided));
        Ok(())
    }

    fn file(&mut self, parts: Vec<Self::Part>) -> Result<(), KeepError> {
        let mut blocks: Vec<_> = parts.into_iter().flatten().collect();
        blocks.sort_unstable_by_key(|(place, _)| *place);
        for (_, frames) in blocks {
            append(&mut self.parts, frames)?;
        }
        self.known = self.others.get_mut().unwrap_or_else(PoisonError::into_inner).len();
        Ok(())
    }

    fn again(&mut self) {
        self.others.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(self.known);
    }
}

/// One file on its way.
struct Reading<'r> {
    source: &'r Source,
    file: &'r SourceFile,
    place: usize,
    request: &'r Request<'r>,
    progress: &'r dyn Progress,
    block_size: usize,
}

struct FileRead {
    plan: Plan,
    rejects: RejectLog,
    rows_read: u64,
    digest: Digest,
}

/// What is known of a judged block once its rows are kept.
struct Judged {
    /// Its place in the file.
    place: usize,
    rejects: RejectLog,
    rows_read: u64,
    /// The lines of a block of text, by what they say of the encoding.
    lines: LineCount,
}

/// The blocks of a file, and what its threads gathered.
struct AllJudged<P> {
    blocks: Vec<Judged>,
    parts: Vec<P>,
}

impl Reading<'_> {
    fn read<K: Keeper>(&self, keeper: &mut K) -> Result<FileRead, ExtractError> {
        match self.file.format {
            Format::Text => self.read_text(keeper),
            Format::Workbook => self.read_cells(workbook::open(self.file, self.request.contract)?, keeper),
            Format::Parquet => self.read_cells(parquet::open(self.file, self.request.contract)?, keeper),
            Format::Rows => self.read_cells(self.file.open_rows(self.request.contract)?, keeper),
        }
    }

    fn read_cells<K: Keeper>(&self, mut reader: Box<dyn BlockReader>, keeper: &mut K) -> Result<FileRead, ExtractError> {
        let plan = self.plan(reader.header())?;
        let judged = self.judge_all(&mut *reader, &plan, None, keeper, self.progress)?;
        self.close(plan, judged, keeper, reader.digest()?)
    }

    /// Reads a text file by the encoding that its beginning suggests, and, where the whole of it asks
    /// for the other one, once more.
    fn read_text<K: Keeper>(&self, keeper: &mut K) -> Result<FileRead, ExtractError> {
        let mut charset = None;
        loop {
            // Bytes read for the second time are no progress.
            let progress = if charset.is_none() { self.progress } else { &NoProgress };
            let mut reader = TextReader::open(self.file, self.request.contract, self.request.encoding, charset, self.block_size)?;
            let plan = match self.plan(reader.header()) {
                Ok(plan) => plan,
                // The header may only look wrong in the encoding that was guessed.
                Err(error) => {
                    let overruled = count_lines(&mut reader)?;
                    progress.read(&self.source.name, reader.bytes_read());
                    charset = Some(overruled.ok_or(error)?);
                    continue;
                }
            };
            let dialect = reader.dialect();
            let judged = self.judge_all(&mut reader, &plan, Some(dialect), keeper, progress)?;
            let mut lines = LineCount::default();
            judged.blocks.iter().for_each(|block| lines.add(block.lines));
            match reader.overruled(lines) {
                Some(other) => {
                    keeper.again();
                    charset = Some(other);
                }
                None => return self.close(plan, judged, keeper, reader.digest()?),
            }
        }
    }

    fn plan(&self, header: &[String]) -> Result<Plan, ExtractError> {
        Plan::new(self.request.contract, header, &self.file.path)
    }

    /// Hands the blocks of a file to all cores, where the keeper takes their rows.
    fn judge_all<K: Keeper>(
        &self,
        reader: &mut dyn BlockReader,
        plan: &Plan,
        dialect: Option<Dialect>,
        keeper: &K,
        progress: &dyn Progress,
    ) -> Result<AllJudged<K::Part>, ExtractError> {
        let judge = Judge { request: self.request, plan, dialect, width: reader.header().len(), file: self.place, keeper };
        let (blocks, taken) = sync_channel(1);
        // The workers alone hold the receiving end: should all of them fail, sending fails too.
        let taken = Arc::new(Mutex::new(taken));
        let (cut, judged) = thread::scope(|scope| {
            let judge = &judge;
            let workers: Vec<_> = std::iter::repeat_n(taken, threads()).map(|taken| scope.spawn(move || judge.work(&taken))).collect();
            let cut = self.cut(reader, &blocks, progress);
            drop(blocks);
            let joined = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
            (cut, joined.collect::<Result<Vec<_>, KeepError>>())
        });
        cut?;
        let mut all = AllJudged { blocks: Vec::new(), parts: Vec::new() };
        for (blocks, part) in judged.map_err(|error| keep_error(self.file, error))? {
            all.blocks.extend(blocks);
            all.parts.push(part);
        }
        Ok(all)
    }

    /// Sends the blocks of a file, each with its place, for as long as somebody takes them.
    fn cut(&self, reader: &mut dyn BlockReader, blocks: &SyncSender<(usize, Block)>, progress: &dyn Progress) -> Result<(), ExtractError> {
        let (mut place, mut told) = (0, 0);
        while let Some(block) = reader.next_block()? {
            let read = reader.bytes_read();
            progress.read(&self.source.name, read - told);
            told = read;
            if blocks.send((place, block)).is_err() {
                break;
            }
            place += 1;
        }
        progress.read(&self.source.name, reader.bytes_read() - told);
        Ok(())
    }

    fn close<K: Keeper>(&self, plan: Plan, judged: AllJudged<K::Part>, keeper: &mut K, digest: Digest) -> Result<FileRead, ExtractError> {
        let mut file = FileRead { plan, rejects: RejectLog::default(), rows_read: 0, digest };
        let mut blocks = judged.blocks;
        blocks.sort_unstable_by_key(|block| block.place);
        for block in blocks {
            file.rows_read += block.rows_read;
            file.rejects.append(block.rejects);
        }
        keeper.file(judged.parts).map_err(|error| keep_error(self.file, error))?;
        Ok(file)
    }
}

/// What all workers on one file share.
struct Judge<'j, K> {
    request: &'j Request<'j>,
    plan: &'j Plan,
    /// `None` where records arrive as cells.
    dialect: Option<Dialect>,
    width: usize,
    file: usize,
    keeper: &'j K,
}

impl<K: Keeper> Judge<'_, K> {
    /// Judges blocks until there are no more.
    fn work(&self, blocks: &Mutex<Receiver<(usize, Block)>>) -> Result<(Vec<Judged>, K::Part), KeepError> {
        let (mut judged, mut part) = (Vec::new(), self.keeper.part());
        loop {
            // The lock is let go before the block is judged.
            let next = blocks.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((place, block)) = next else { return Ok((judged, part)) };
            judged.push(self.judge(place, &block, &mut part)?);
        }
    }

    fn judge(&self, place: usize, block: &Block, part: &mut K::Part) -> Result<Judged, KeepError> {
        let mut lines = LineCount::default();
        let table = match block {
            Block::Text { bytes, first_line } => {
                lines = LineCount::of(bytes);
                let dialect = self.dialect.ok_or_else(|| polars_err!(ComputeError: "a reader of cells yielded text"))?;
                split(bytes, dialect, self.width, *first_line)
            }
            Block::Cells(cells) => Table::of_cells(cells),
            Block::Broken { line } => Table::of_broken(*line),
        };
        let mut rows = judge(&table, self.request, self.plan, self.file);
        let rows_read = rows.rows_read();
        let mut rejects = RejectLog::default();
        rows.rejects.sort_unstable_by_key(|reject| reject.origin);
        rejects.note(&std::mem::take(&mut rows.rejects));
        self.keeper.block(part, place, rows)?;
        Ok(Judged { place, rejects, rows_read, lines })
    }
}

/// Reads to the end of a file whose header fits no contract, and says which other encoding its lines ask for.
fn count_lines(reader: &mut TextReader) -> Result<Option<Charset>, ExtractError> {
    let mut lines = LineCount::default();
    while let Some(block) = reader.next_block()? {
        if let Block::Text { bytes, .. } = block {
            lines.add(LineCount::of(&bytes));
        }
    }
    Ok(reader.overruled(lines))
}

/// Puts each frame below the one of its place.
fn append(parts: &mut Vec<DataFrame>, more: Vec<DataFrame>) -> PolarsResult<()> {
    if parts.is_empty() {
        *parts = more;
        return Ok(());
    }
    polars_ensure!(parts.len() == more.len(), ComputeError: "a frame was divided into {} and then into {}", parts.len(), more.len());
    for (part, more) in parts.iter_mut().zip(more) {
        part.vstack_mut_owned(more)?;
    }
    Ok(())
}

fn keep_error(file: &SourceFile, error: KeepError) -> ExtractError {
    let file = file.path.clone();
    match error {
        KeepError::Frame(source) => ExtractError::Frame { file, source },
        KeepError::Spill(source) => ExtractError::Spill { file, source },
    }
}
