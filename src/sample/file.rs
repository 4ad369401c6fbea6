//! Writing one file of the sample: blocks of persons made in parallel, put down in order.
//!
//! Invariant: the bytes do not depend on the number of threads. A block is a fixed stretch of places in the
//! office's order, and blocks are written one after the other.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::cells::{Cells, workbook};
use super::chance::Order;
use super::columns::{Columns, schema};
use super::extract::{Extract, Form};
use super::line::{Dialect, Line};
use super::person::People;
use super::row::{Column, Medium, Row};
use super::{SampleError, SampleFile, SampleProgress};

/// Persons in a block: some hundred kilobytes of text.
const BLOCK: u64 = 4_096;
/// Blocks made at a time by each thread, while those before are written.
const BLOCKS_A_THREAD: usize = 4;

/// The sample's folder and whoever wants to know how far it is.
pub struct Writing<'a> {
    pub people: &'a People,
    pub folder: &'a Path,
    pub progress: &'a (dyn Fn(SampleProgress<'_>) + Sync),
}

/// A file with part of an extract.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Below the folder, with `/`.
    pub name: &'a str,
    /// Tells this office's order of rows from others'.
    pub salt: u64,
    /// Which of how many equal parts of the persons.
    pub share: (u64, u64),
    /// Bytes after the last row.
    pub tail: &'a [u8],
}

impl<'a> Part<'a> {
    /// A file with everybody.
    pub fn whole(name: &'a str, salt: u64) -> Self {
        Self { name, salt, share: (0, 1), tail: b"" }
    }
}

impl Writing<'_> {
    /// Delimited text.
    pub fn text<E: Extract>(&self, extract: &E, part: Part<'_>, medium: Medium, dialect: Dialect) -> Result<SampleFile, SampleError> {
        let path = self.path(part.name)?;
        let failed = |source| SampleError::Write { path: path.clone(), source };
        let form = Form::of(extract, medium);
        let mut file = File::create(&path).map_err(failed)?;
        file.write_all(&dialect.header(&form.header)).map_err(failed)?;
        let mut rows = 0;
        let make = |order: Order, places| {
            let mut line = Line::new(dialect);
            self.rows(extract, &form, order, places, &mut line);
            (line.rows(), line.into_bytes())
        };
        self.blocks(part, make, |(count, bytes)| {
            rows += count;
            file.write_all(&bytes).map_err(failed)
        })?;
        file.write_all(part.tail).map_err(failed)?;
        rows += u64::from(!part.tail.is_empty());
        drop(file);
        self.finished(part.name, &path, rows)
    }

    /// Parquet with typed columns, Zstandard.
    pub fn parquet<E: Extract>(&self, extract: &E, part: Part<'_>) -> Result<SampleFile, SampleError> {
        let path = self.path(part.name)?;
        let failed = |source| SampleError::Write { path: path.clone(), source };
        let parquet = |source| SampleError::Parquet { path: path.clone(), source };
        let form = Form::of(extract, Medium::Cells);
        let schema = schema(&form.header);
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let file = BufWriter::new(File::create(&path).map_err(failed)?);
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(parquet)?;
        let mut rows = 0;
        let make = |order: Order, places| {
            let mut columns = Columns::new(&form.header);
            self.rows(extract, &form, order, places, &mut columns);
            (columns.rows(), columns.into_batch(schema.clone()))
        };
        self.blocks(part, make, |(count, batch)| {
            rows += count;
            writer.write(&batch.map_err(|source| parquet(source.into()))?).map_err(parquet)
        })?;
        writer.close().map_err(parquet)?;
        self.finished(part.name, &path, rows)
    }

    /// A workbook; sheets hold no more than 1 048 576 rows.
    pub fn workbook<E: Extract>(&self, extract: &E, part: Part<'_>) -> Result<SampleFile, SampleError> {
        let form = Form::of(extract, Medium::Cells);
        let order = Order::of(self.people.seed, part.salt, self.people.persons);
        self.sheet(part.name, &form.header, |cells| self.rows(extract, &form, order, 0..self.people.persons, cells))
    }

    /// A workbook whose rows are not persons'.
    pub fn sheet(&self, name: &str, header: &[Column], fill: impl FnOnce(&mut Cells<'_>)) -> Result<SampleFile, SampleError> {
        let path = self.path(name)?;
        let (bytes, rows) = workbook(name, header, fill).map_err(|source| SampleError::Workbook { path: path.clone(), source })?;
        fs::write(&path, bytes).map_err(|source| SampleError::Write { path: path.clone(), source })?;
        self.finished(name, &path, rows)
    }

    /// Text whose rows are not persons'.
    pub fn table(&self, name: &str, header: &[Column], dialect: Dialect, fill: impl FnOnce(&mut Line)) -> Result<SampleFile, SampleError> {
        let path = self.path(name)?;
        let mut line = Line::new(dialect);
        fill(&mut line);
        let rows = line.rows();
        let bytes = [dialect.header(header), line.into_bytes()].concat();
        fs::write(&path, bytes).map_err(|source| SampleError::Write { path: path.clone(), source })?;
        self.finished(name, &path, rows)
    }

    fn rows<E: Extract, R: Row>(&self, extract: &E, form: &Form, order: Order, places: Range<u64>, row: &mut R) {
        for place in places {
            extract.write(&self.people.person(order.at(place)), form, row);
        }
    }

    /// Makes blocks in parallel while the blocks before are taken, in order.
    fn blocks<B: Send>(
        &self,
        part: Part<'_>,
        make: impl Fn(Order, Range<u64>) -> B + Sync,
        mut take: impl FnMut(B) -> Result<(), SampleError> + Send,
    ) -> Result<(), SampleError> {
        let persons = self.people.persons;
        let order = Order::of(self.people.seed, part.salt, persons);
        let (number, of) = part.share;
        let (first, last) = (persons * number / of, persons * (number + 1) / of);
        let wave = BLOCK * (rayon::current_num_threads() * BLOCKS_A_THREAD) as u64;
        let mut ready: Vec<B> = Vec::new();
        let mut at = first;
        loop {
            let stop = (at + wave).min(last);
            let starts: Vec<u64> = (at..stop).step_by(BLOCK as usize).collect();
            let taking = std::mem::take(&mut ready);
            let (taken, made) = rayon::join(
                || taking.into_iter().try_for_each(&mut take),
                || starts.par_iter().map(|&start| make(order, start..(start + BLOCK).min(stop))).collect::<Vec<B>>(),
            );
            taken?;
            (self.progress)(SampleProgress { file: part.name, persons: at - first, of: last - first });
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
