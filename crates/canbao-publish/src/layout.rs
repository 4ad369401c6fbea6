//! Names of the files in a publish location, and how its JSON files are written.

use serde::Serialize;

use super::error::PublishError;

/// The file in a pipeline's folder that names its newest whole snapshot.
pub(super) const LATEST: &str = "latest.json";
/// The file that makes a snapshot whole; it is written last.
pub(super) const MANIFEST: &str = "manifest.json";

/// The path of a dataset's file in the folder of a snapshot.
pub(super) fn dataset_path(folder: &str, dataset: &str) -> String {
    format!("{folder}/{dataset}.parquet")
}

/// A value as the content of a JSON file; `what` and `path` name the file in an error.
pub(super) fn json(value: &impl Serialize, what: &'static str, path: &str) -> Result<Vec<u8>, PublishError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|source| PublishError::Json { what, path: path.to_owned(), source })?;
    text.push(b'\n');
    Ok(text)
}
