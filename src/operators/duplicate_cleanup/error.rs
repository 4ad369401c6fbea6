//! Why the lists cannot be made.

use arrow_schema::ArrowError;
use rust_xlsxwriter::XlsxError;

use super::case::BadCaseNumber;
use canbao_publish::PublishError;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// A clean-up that failed. Nothing is published then.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The pipeline was run without the audit's snapshot.
    #[error("there is no snapshot in the role `{role}`")]
    NoSnapshot {
        /// The role.
        role: &'static str,
    },
    /// A snapshot cannot be read.
    #[error(transparent)]
    Published(#[from] PublishError),
    /// The audit's persons are not plain.
    #[error("`{path}` was published with person_ids `{form}`, by which nobody can be found again or written to")]
    Masked {
        /// The snapshot.
        path: String,
        /// What stands for persons there.
        form: String,
    },
    /// The last list was published under another key.
    #[error("`{path}` was published under another key of pseudonyms than this one, so its cases cannot be found again")]
    OtherKey {
        /// The snapshot.
        path: String,
    },
    /// A column is not of the type in which it is published.
    #[error("column `{column}` of `{path}` is not of the type in which this program publishes it")]
    Type {
        /// The dataset's file.
        path: String,
        /// The column.
        column: &'static str,
    },
    /// A value that this program does not publish.
    #[error("column `{column}` of `{path}` holds `{value}`, expected {expected}")]
    Value {
        /// The dataset's file.
        path: String,
        /// The column.
        column: &'static str,
        /// The value; never a person's.
        value: String,
        /// What would do.
        expected: &'static str,
    },
    /// A number on the last list is none.
    #[error("column `case_no` of `{path}` holds a number that is none")]
    Number {
        /// The dataset's file.
        path: String,
        /// The cause.
        source: BadCaseNumber,
    },
    /// Columns that do not make a batch: a defect of the program.
    #[error("cannot put the rows together")]
    Rows(#[from] ArrowError),
    /// A workbook cannot be made.
    #[error("cannot make the workbook `{name}`")]
    Workbook {
        /// Its name.
        name: String,
        /// The cause.
        source: XlsxError,
    },
}

impl Diagnostic for CleanupError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Published(error) => error.class(),
            Self::NoSnapshot { .. } | Self::Type { .. } | Self::Value { .. } | Self::Number { .. } | Self::Masked { .. } => {
                ErrorClass::Data
            }
            Self::OtherKey { .. } => ErrorClass::Environment,
            Self::Rows(_) | Self::Workbook { .. } => ErrorClass::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Published(error) => return error.hint(),
            Self::Masked { .. } => {
                "publish the audit with `--person-ids plain`, where outsiders do not get at it; what the clean-up itself publishes is masked \
                 by its own `person_ids`"
            }
            Self::OtherKey { .. } => {
                "set CANBAO_PSEUDONYM_KEY or put `pseudonym.key` into the state folder as it was then; or publish audit and lists to another \
                 place with `--publish`, where numbering starts anew"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
