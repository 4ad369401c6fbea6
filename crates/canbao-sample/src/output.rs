//! Putting files into the sample's folder: blocks of rows made in parallel, put down in order.
//!
//! Invariant: the bytes do not depend on the number of threads. A block is a fixed stretch of rows, and blocks are
//! written one after the other; only the blocks of one wave are in memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::cells::{Cells, workbook};
use super::columns::{Columns, schema};
use super::line::{Dialect, Line};
use super::row::Column;
use super::{SampleError, SampleFile, SampleProgress};

/// Persons or rows in a block: some hundred kilobytes of text.
const BLOCK: u64 = 4_096;
/// Blocks made at a time by each thread, while those before are written.
const BLOCKS_A_THREAD: usize = 4;

/// The sample's folder and whoever wants to know how far it is.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    pub folder: &'a Path,
    pub progress: &'a (dyn Fn(SampleProgress<'_>) + Sync),
}

/// What a file is to hold.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// Below the folder, with `/`.
    pub name: &'a str,
    pub header: &'a [Column],
    /// Numbers of the persons or rows that it holds.
    pub numbers: (u64, u64),
}

impl Output<'_> {
    /// Delimited text; `fill` puts down what the given numbers stand for. `tail` are bytes after the last row.
    pub fn text(
        &self,
        content: Content<'_>,
        dialect: Dialect,
        tail: &[u8],
        fill: impl Fn(Range<u64>, &mut Line) + Sync,
    ) -> Result<SampleFile, SampleError> {
        let path = self.path(content.name)?;
        let failed = |source| SampleError::Write { path: path.clone(), source };
        let mut file = File::create(&path).map_err(failed)?;
        file.write_all(&dialect.header(content.header)).map_err(failed)?;
        let mut rows = 0;
        let make = |numbers| {
            let mut line = Line::new(dialect);
            fill(numbers, &mut line);
            (line.rows(), line.into_bytes())
        };
        self.blocks(content, make, |(count, bytes)| {
            rows += count;
            file.write_all(&bytes).map_err(failed)
        })?;
        file.write_all(tail).map_err(failed)?;
        rows += u64::from(!tail.is_empty());
        drop(file);
        self.finished(content.name, &path, rows)
    }

    /// Parquet with typed columns, Zstandard.
    pub fn parquet(&self, content: Content<'_>, fill: impl Fn(Range<u64>, &mut Columns) + Sync) -> Result<SampleFile, SampleError> {
        let path = self.path(content.name)?;
        let failed = |source| SampleError::Write { path: path.clone(), source };
        let parquet = |source| SampleError::Parquet { path: path.clone(), source };
        let schema = schema(content.header);
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let file = BufWriter::new(File::create(&path).map_err(failed)?);
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(parquet)?;
        let mut rows = 0;
        let make = |numbers| {
            let mut columns = Columns::new(content.header);
            fill(numbers, &mut columns);
            (columns.rows(), columns.into_batch(schema.clone()))
        };
        self.blocks(content, make, |(count, batch)| {
            rows += count;
            writer.write(&batch.map_err(|source| parquet(source.into()))?).map_err(parquet)
        })?;
        writer.close().map_err(parquet)?;
        self.finished(content.name, &path, rows)
    }

    /// A workbook; sheets hold no more than 1 048 576 rows.
    pub fn sheet(&self, name: &str, header: &[Column], fill: impl FnOnce(&mut Cells<'_>)) -> Result<SampleFile, SampleError> {
        let path = self.path(name)?;
        let (bytes, rows) = workbook(name, header, fill).map_err(|source| SampleError::Workbook { path: path.clone(), source })?;
        fs::write(&path, bytes).map_err(|source| SampleError::Write { path: path.clone(), source })?;
        self.finished(name, &path, rows)
    }

    /// Text of few rows.
    pub fn table(&self, name: &str, header: &[Column], dialect: Dialect, fill: impl FnOnce(&mut Line)) -> Result<SampleFile, SampleError> {
        let path = self.path(name)?;
        let mut line = Line::new(dialect);
        fill(&mut line);
        let rows = line.rows();
        let bytes = [dialect.header(header), line.into_bytes()].concat();
        fs::write(&path, bytes).map_err(|source| SampleError::Write { path: path.clone(), source })?;
        self.finished(name, &path, rows)
    }

    /// Makes blocks in parallel while the blocks before are taken, in order.
    fn blocks<B: Send>(
        &self,
        content: Content<'_>,
        make: impl Fn(Range<u64>) -> B + Sync,
        mut take: impl FnMut(B) -> Result<(), SampleError> + Send,
    ) -> Result<(), SampleError> {
        let (first, last) = content.numbers;
        let wave = BLOCK * (rayon::current_num_threads() * BLOCKS_A_THREAD) as u64;
        let mut ready: Vec<B> = Vec::new();
        let mut at = first;
        loop {
            let stop = (at + wave).min(last);
            let starts: Vec<u64> = (at..stop).step_by(BLOCK as usize).collect();
            let taking = std::mem::take(&mut ready);
            let (taken, made) = rayon::join(
                || taking.into_iter().try_for_each(&mut take),
                || starts.par_iter().map(|&start| make(start..(start + BLOCK).min(stop))).collect::<Vec<B>>(),
            );
            taken?;
            (self.progress)(SampleProgress { file: content.name, done: at - first, of: last - first });
            if made.is_empty() {
                return Ok(());
            }
            (ready, at) = (made, stop);
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, SampleError> {
        let path = self.folder.join(name);
        match path.parent().map(fs::create_dir_all) {
            Some(Err(source)) => Err(SampleError::Write { path, source }),
            _ => Ok(path),
        }
    }

    /// What was written; a file without rows is taken away, for no office sends one.
    fn finished(&self, name: &str, path: &Path, rows: u64) -> Result<SampleFile, SampleError> {
        let failed = |source| SampleError::Write { path: path.to_owned(), source };
        let bytes = fs::metadata(path).map_err(failed)?.len();
        if rows == 0 {
            fs::remove_file(path).map_err(failed)?;
        }
        Ok(SampleFile { file: name.to_owned(), rows, bytes })
    }
}
