//! Publishing: datasets' schemas, Parquet, snapshots and `latest.json`, on any object store.

pub mod datasets;
mod error;
pub mod spec;

pub use error::PublishError;
pub use spec::{ColumnKind, ColumnSpec, Dataset, DatasetSpec, Described, DescribedColumn, Identity};
