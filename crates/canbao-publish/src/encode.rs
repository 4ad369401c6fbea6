//! Rows to Parquet bytes.
//!
//! The bytes depend on nothing but the rows, the schema and the versions of the libraries: rows are cut
//! anew into row groups of [`ROWS_PER_GROUP`] whatever batches they come in, each column of a row group
//! is encoded by itself from one piece, and the pieces are put together in the schema's order, however
//! many threads there are. No more than a row group is held at a time.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::spec::Identity;

/// Rows of a row group: enough for the encodings to pay, few enough to hold in memory, and a county's
/// readers still get several groups to share among their threads.
pub(super) const ROWS_PER_GROUP: usize = 1 << 18;

/// The level of Zstandard: its fastest, as snapshots are written daily and kept a while. Level 3 has not
/// been weighed against it yet.
const ZSTD_LEVEL: i32 = 1;

/// Writes one dataset's rows, already in its types, as one Parquet file.
pub(super) struct Encoder<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: ArrowRowGroupWriterFactory,
    schema: Arc<Schema>,
    /// Rows that wait for a row group to fill.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    groups: usize,
    rows: u64,
}

impl<W: Write + Send> Encoder<W> {
    /// Starts a file.
    pub fn new(schema: &Arc<Schema>, into: W) -> Result<Self> {
        let writer = ArrowWriter::try_new(into, Arc::clone(schema), Some(properties(schema)?))?;
        let (file, columns) = writer.into_serialized_writer()?;
        Ok(Self { file, columns, schema: Arc::clone(schema), waiting: Vec::new(), waiting_rows: 0, groups: 0, rows: 0 })
    }

    /// Adds rows after those that came before.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut taken = 0;
        while taken < batch.num_rows() {
            let rows = (batch.num_rows() - taken).min(ROWS_PER_GROUP - self.waiting_rows);
            self.waiting.push(batch.slice(taken, rows));
            self.waiting_rows += rows;
            taken += rows;
            if self.waiting_rows == ROWS_PER_GROUP {
                self.write_group()?;
            }
        }
        Ok(())
    }

    /// Ends the file; gives what it was written to, and the number of rows.
    pub fn finish(mut self) -> Result<(W, u64)> {
        self.write_group()?;
        Ok((self.file.into_inner()?, self.rows))
    }

    fn write_group(&mut self) -> Result<()> {
        let batches = std::mem::take(&mut self.waiting);
        if self.waiting_rows == 0 {
            return Ok(());
        }
        let writers = self.columns.create_column_writers(self.groups)?;
        let fields = self.schema.fields();
        if writers.len() != fields.len() {
            return Err(ParquetError::General("a dataset's columns are flat or lists of flat values".to_owned()));
        }
        let chunks = writers.into_par_iter().enumerate().map(|(at, writer)| {
            let pieces: Vec<&dyn arrow_array::Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
            encode_column(&fields[at], concat(&pieces)?, writer)
        });
        let chunks = chunks.collect::<Result<Vec<_>>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.groups += 1;
        self.rows += self.waiting_rows as u64;
        self.waiting_rows = 0;
        Ok(())
    }
}

fn encode_column(field: &Field, values: ArrayRef, mut writer: ArrowColumnWriter) -> Result<ArrowColumnChunk> {
    for leaf in compute_leaves(field, &values)? {
        writer.write(&leaf)?;
    }
    writer.close()
}

fn properties(schema: &Schema) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_key_value_metadata(Some(readable_metadata(schema)));
    for field in schema.fields() {
        if !repeats(field) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(field.name().as_str()), false);
        }
    }
    Ok(properties.build())
}

/// Whether a column's values repeat, so that a dictionary pays. Numbers of persons and moments hardly do.
fn repeats(field: &Field) -> bool {
    match Identity::of(field) {
        Some(Identity::Certno | Identity::PsnNo | Identity::Value) => false,
        Some(Identity::Name) | None => !matches!(field.data_type(), DataType::Timestamp(..)),
    }
}

/// The titles and meanings once more as plain entries of the file, for readers that know nothing of
/// Arrow's own (which holds them by field): the dataset's by key, the columns' as JSON under `columns`.
fn readable_metadata(schema: &Schema) -> Vec<KeyValue> {
    let columns = schema.fields().iter().map(|field| {
        let said: BTreeMap<_, _> = field.metadata().iter().collect();
        (field.name().clone(), json!(said))
    });
    let columns = Value::Object(columns.collect::<Map<_, _>>()).to_string();
    let dataset = schema.metadata().iter().map(|(key, text)| (key.clone(), text.clone()));
    let entries: BTreeMap<String, String> = dataset.chain([("columns".to_owned(), columns)]).collect();
    entries.into_iter().map(|(key, text)| KeyValue::new(key, text)).collect()
}
