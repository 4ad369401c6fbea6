//! One dataset as one Parquet file outside any snapshot: what is put aside rather than published.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::encode::Encoder;
use super::error::PublishError;
use super::person_ids::Veil;
use super::spec::Dataset;

/// Writes a dataset as the Parquet file `path`, whose folders are made, with a veil over its persons. The file appears
/// whole or not at all.
///
/// # Errors
/// The rows are not the dataset's, or the file cannot be written.
pub fn write_file(
    path: &Path,
    dataset: &Dataset,
    veil: &Veil,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<(), PublishError> {
    let failed = |source| PublishError::File { doing: "write", path: path.display().to_string(), source };
    let parquet = |source| PublishError::Parquet { dataset: dataset.name().to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let unfinished = path.with_extension("unfinished");
    let schema = veil.schema(dataset.schema());
    let file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    let mut encoder = Encoder::new(&schema, file).map_err(parquet)?;
    let misfit = |source| PublishError::Rows { dataset: dataset.name().to_owned(), source };
    for batch in batches {
        let covered = veil.cover(dataset.conform(&batch.map_err(misfit)?)?, &schema).map_err(misfit)?;
        encoder.push(&covered).map_err(parquet)?;
    }
    let (buffered, _) = encoder.finish().map_err(parquet)?;
    let file = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    fs::rename(&unfinished, path).map_err(failed)
}
