//! A dataset's file as a lazy frame: of the file no columns are read but those that a query needs.

use std::any::Any;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use polars::prelude::{AnonymousScan, AnonymousScanArgs, DataFrame, LazyFrame, PolarsError, PolarsResult, ScanArgsAnonymous, SchemaRef};

use canbao_publish::{PublishError, Snapshot};
use canbao_sources::population::bridge;

/// Rows that are read at once; each batch becomes a chunk of the frame's columns.
const BATCH: usize = 1 << 17;

/// A dataset's file as a frame.
///
/// # Errors
/// The file cannot be opened, or is no Parquet file.
pub(super) fn scan(path: &Path) -> PolarsResult<LazyFrame> {
    let file = Arc::new(DatasetFile { path: path.to_owned() });
    let args = ScanArgsAnonymous { name: "dataset", ..ScanArgsAnonymous::default() };
    LazyFrame::anonymous_scan(file, args)
}

/// The same for a file that a run keeps.
///
/// # Errors
/// As [`scan`].
pub fn scan_file(path: &Path) -> Result<LazyFrame, PublishError> {
    scan(path).map_err(|source| PublishError::Unreadable { path: path.display().to_string(), source: Box::new(source) })
}

/// A dataset of a snapshot, as a lazy frame: of its file no columns are read but those that a query needs.
///
/// # Errors
/// As [`Snapshot::rows`].
pub fn frame(snapshot: &Snapshot, dataset: &str) -> Result<LazyFrame, PublishError> {
    let path = snapshot.file(dataset)?;
    let shown = format!("{}/{dataset}.parquet", snapshot.shown());
    scan(&path).map_err(|source| PublishError::Unreadable { path: shown, source: Box::new(source) })
}

/// A published file; it is opened anew for each scan.
struct DatasetFile {
    path: PathBuf,
}

impl DatasetFile {
    fn open(&self) -> PolarsResult<ParquetRecordBatchReaderBuilder<File>> {
        ParquetRecordBatchReaderBuilder::try_new(File::open(&self.path)?).map_err(unreadable)
    }
}

impl AnonymousScan for DatasetFile {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn schema(&self, _: Option<usize>) -> PolarsResult<SchemaRef> {
        let none = bridge::to_polars(self.open()?.schema(), &[]).map_err(unreadable)?;
        Ok(none.schema().clone())
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let builder = self.open()?;
        let names: Option<Vec<&str>> = asked.with_columns.as_ref().map(|names| names.iter().map(|name| name.as_str()).collect());
        let mask = match &names {
            Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
            None => ProjectionMask::all(),
        };
        let mut builder = builder.with_projection(mask).with_batch_size(BATCH);
        if let Some(rows) = asked.n_rows {
            builder = builder.with_limit(rows);
        }
        let reader = builder.build().map_err(unreadable)?;
        let schema = reader.schema().clone();
        let batches = reader.collect::<Result<Vec<RecordBatch>, _>>().map_err(unreadable)?;
        let frame = bridge::to_polars(&schema, &batches).map_err(unreadable)?;
        match names {
            Some(names) => frame.select(names),
            None => Ok(frame),
        }
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

fn unreadable(error: impl std::error::Error) -> PolarsError {
    PolarsError::ComputeError(error.to_string().into())
}
