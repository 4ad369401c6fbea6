//! What an operator gives.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use arrow_array::RecordBatch;
use serde::{Deserialize, Serialize};

use canbao_publish::{DatasetSpec, Document};
use canbao_rules::rules::Row;
use canbao_runtime::diagnostic::{BoxDiagnostic, Diagnostic, ErrorClass};
use canbao_sources::Reject;

/// What an operator made.
#[derive(Debug, Default)]
pub struct OperatorOutput {
    /// The datasets that did not go to the sink, in the order of publishing; one whose optional extract is absent is left
    /// out.
    pub datasets: Vec<DatasetOutput>,
    /// Files for people, with their persons masked. The same inputs give the same bytes.
    pub documents: Vec<Document>,
    /// Rows that the operator rejected (`superseded`, …), by the extract's name.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    /// Used rows that are in no count, by the extract's name.
    pub uncounted: BTreeMap<&'static str, UncountedRows>,
    /// Remarks with counts.
    pub notes: Vec<Note>,
}

/// A dataset that an operator made.
#[derive(Debug)]
pub struct DatasetOutput {
    /// What it is.
    pub spec: &'static DatasetSpec,
    /// Its rows in the spec's order.
    pub rows: Vec<RecordBatch>,
}

/// Used rows that are in no count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UncountedRows {
    /// Rows of other regions; `None` where the operator does not tell them apart.
    pub elsewhere: Option<u64>,
    /// Rows dated after the logical date.
    pub not_yet: u64,
}

/// One remark with a count, such as birth dates that differ from the number's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A word for programs, such as `birth_date_differs`.
    pub name: Cow<'static, str>,
    /// How often.
    pub count: u64,
    /// The remark in words, without any person in it.
    pub text: String,
}

/// What was decided about one person.
#[derive(Debug)]
pub struct PersonDecisions {
    /// The rows that the datasets would have for the person, in the order of publishing; those without any are left out.
    pub datasets: Vec<(&'static DatasetSpec, RecordBatch)>,
    /// The person's rows in the extracts that the operator reads.
    pub rows: Vec<InputRow>,
}

/// One used row of an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRow {
    /// Where it stands.
    pub row: Row,
    /// Its values by the platform's names, without those that are empty; numbers and names of persons are masked.
    pub values: Vec<(&'static str, String)>,
}

/// Why an operator could not finish: any diagnostic, which `?` turns into this one; a library's own error is wrapped as a
/// [`Defect`](canbao_runtime::diagnostic::Defect). Rows never make an operator fail: a bad
/// row is a reject.
///
/// It is not itself an error, so that the cause is told once; it becomes a boxed error where it is handed on.
#[derive(Debug)]
pub struct OperatorError(BoxDiagnostic);

impl<E: Diagnostic + Send + Sync + 'static> From<E> for OperatorError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<OperatorError> for BoxDiagnostic {
    fn from(error: OperatorError) -> Self {
        error.0
    }
}

impl fmt::Display for OperatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// There is no benefit year, and the operator works for one.
#[derive(Debug, thiserror::Error)]
#[error("operator `{operator}` works for a benefit year, and there is none for this date")]
pub struct NoBenefitYear {
    /// The operator.
    pub operator: &'static str,
}

impl Diagnostic for NoBenefitYear {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }
}
