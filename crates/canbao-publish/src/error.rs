//! What can go wrong while publishing and while reading what was published.

use std::io;

use canbao_runtime::diagnostic::{Diagnostic, ErrorClass, class_of_machine, machine_hint};
use canbao_runtime::transient;

/// A fault of publishing. Nothing is published after one: `latest.json` names what it named before.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A name that cannot stand in a path or a query.
    #[error("`{name}` cannot name a {what}, expected {}", fitting(.what))]
    BadName {
        /// What the name was to be of.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The pipeline's file describes a column that its query does not give.
    #[error("dataset `{dataset}` describes a column `{column}` that its query does not give")]
    DescribedColumn {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
    },
    /// A query gives a type that cannot be published.
    #[error("column `{column}` of dataset `{dataset}` is of type `{data_type}`, which cannot be published")]
    Type {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// The Arrow type.
        data_type: String,
    },
    /// Rows whose columns are not the dataset's.
    #[error("the rows for dataset `{dataset}` have the columns {columns}, which are not those of its description")]
    Columns {
        /// The dataset.
        dataset: String,
        /// The names found.
        columns: String,
    },
    /// Rows that cannot be brought into the dataset's types.
    #[error("the rows for dataset `{dataset}` do not fit its description")]
    Rows {
        /// The dataset.
        dataset: String,
        /// The cause.
        source: arrow_schema::ArrowError,
    },
    /// The same dataset or document written twice into one snapshot.
    #[error("{what} `{name}` is written twice into one snapshot")]
    Twice {
        /// `dataset` or `document`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A dataset that a snapshot does not have.
    #[error("snapshot `{path}` has no dataset `{dataset}`")]
    NoDataset {
        /// The snapshot.
        path: String,
        /// The dataset.
        dataset: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A column that a dataset of a snapshot does not have.
    #[error("`{path}` has no column `{column}`")]
    NoColumn {
        /// The dataset's file.
        path: String,
        /// The column.
        column: String,
    },
    /// A file is not the one whose hash was noted: the manifest's, or that of a local file.
    #[error("`{path}` is not as it was {was}: its SHA-256 is not the {}", changed(.was))]
    Changed {
        /// The file.
        path: String,
        /// `published` or `written`.
        was: &'static str,
    },
    /// A dataset's file that cannot be read as Parquet.
    #[error("cannot read `{path}` as Parquet")]
    Unreadable {
        /// The dataset's file.
        path: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A dataset could not be encoded or written.
    #[error("cannot write dataset `{dataset}` as Parquet")]
    Parquet {
        /// The dataset.
        dataset: String,
        /// The cause.
        source: parquet::errors::ParquetError,
    },
    /// A location that is no folder and no known URL.
    #[error("`{location}` is no place to publish to: {why}")]
    Location {
        /// The location.
        location: String,
        /// The cause.
        why: String,
    },
    /// A file operation failed.
    #[error("cannot {doing} `{path}`")]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: String,
        /// The cause.
        source: io::Error,
    },
    /// An object-store operation failed.
    #[error("cannot {doing} `{path}`")]
    Store {
        /// What was tried.
        doing: &'static str,
        /// The object.
        path: String,
        /// The cause.
        source: object_store::Error,
    },
    /// A published JSON file is not what it should be.
    #[error("`{path}` is no {what} of this program")]
    Json {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: String,
        /// The cause.
        source: serde_json::Error,
    },
    /// `latest.json` moved under our hands again and again.
    #[error("`{path}` was changed by others during every attempt to move it")]
    Contended {
        /// The file.
        path: String,
    },
    /// A draft whose claim of its name is gone: it was taken for one of a killed process.
    #[error("the draft `{path}` was swept away while it was written")]
    ClaimLost {
        /// The draft.
        path: String,
    },
    /// A snapshot that is the latest, or may become it, is not removed.
    #[error("`{path}` is not older than the snapshot that `latest.json` names, and stays")]
    NotOutdated {
        /// The snapshot.
        path: String,
    },
    /// The key of pseudonyms cannot be used.
    #[error("the key of pseudonyms in `{place}` {why}")]
    Key {
        /// The file or environment variable.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Diagnostic for PublishError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Contended { .. } | Self::ClaimLost { .. } => ErrorClass::Transient,
            // A run meets them while it works, with a pipeline's file that is valid by itself.
            Self::BadName { .. } | Self::DescribedColumn { .. } | Self::Type { .. } => ErrorClass::Data,
            Self::Location { .. } | Self::Key { .. } => ErrorClass::Environment,
            Self::Columns { .. } | Self::Rows { .. } | Self::Twice { .. } | Self::NotOutdated { .. } => ErrorClass::Bug,
            Self::NoDataset { .. } | Self::NoColumn { .. } | Self::Changed { .. } | Self::Json { .. } => ErrorClass::Data,
            Self::Unreadable { .. } if transient::is_transient(self) => ErrorClass::Transient,
            Self::Unreadable { .. } => ErrorClass::Data,
            Self::File { source, .. } => source.class(),
            Self::Store { source, .. } => class_of_machine(source),
            Self::Parquet { .. } => class_of_machine(self),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Type { .. } => "CAST it to a number, a date or VARCHAR in the query",
            Self::NoDataset { known, .. } => return Some(format!("it has {}", known.join(", "))),
            Self::NoColumn { .. } => "it was published by another version of the program; publish that pipeline again",
            Self::Changed { was: "published", .. } => "publish that pipeline again",
            Self::Changed { .. } => "run again from the beginning",
            Self::Location { .. } => "expected a folder or a URL such as `s3://bucket/folder`",
            Self::Contended { .. } => "run again",
            Self::ClaimLost { .. } => "run again, and let sweeping wait for longer than a run takes",
            Self::Key { .. } => "expected 64 hexadecimal digits",
            Self::File { source, .. } => return source.hint(),
            _ => return machine_hint(self),
        };
        Some(hint.to_owned())
    }
}

fn changed(was: &str) -> &'static str {
    if was == "published" { "manifest's" } else { "one that was noted then" }
}

fn fitting(what: &str) -> &'static str {
    if what == "document" { "a relative path whose parts can name files on every system" } else { "ASCII letters, digits, `_` and `-`" }
}
