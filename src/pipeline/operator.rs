//! The built-in operators: what each reads, what it makes, and the one place where it is called.
//!
//! An operator is handed extracts, snapshots, a policy and a date, and gives datasets and documents. It knows no
//! location, no command line and no clock.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::report::Note;
use super::snapshots::Snapshots;
use crate::audit::{self, AuditError};
use crate::extract::{Divide, Extract, Reject, Want};
use crate::identity::OtherCertificates;
use crate::period::{BenefitYear, Day};
use crate::policy::{Pack, Policy};
use crate::publish::{DatasetSpec, Document, Persons, datasets};

/// A built-in operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Who is enrolled, who is not, and what does not add up: the county's main job.
    EnrollmentAudit,
}

/// What an operator is handed.
pub struct Inputs<'a> {
    /// The extracts that are there, as read: rejected rows are out, superseded ones are not.
    pub extracts: BTreeMap<&'static str, Extract>,
    /// The certificates that are no resident numbers, not yet sealed.
    pub certificates: OtherCertificates,
    /// What was published before.
    pub snapshots: &'a Snapshots,
    /// The region's pack.
    pub pack: &'a Pack,
    /// The policy in force for the benefit year, where there is one.
    pub policy: Option<&'a Policy>,
    /// The day whose state is described.
    pub date: Day,
    /// How persons are shown: a document veils its rows as the datasets are veiled.
    pub persons: &'a Persons,
}

/// A snapshot that an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// The role: the name of the pipeline that publishes it, unless the file says otherwise.
    pub role: &'static str,
    /// Whether the operator cannot work without.
    pub required: bool,
    /// Whether it reads all that its own pipeline has published for the region and year, and not the last one only.
    pub whole_past: bool,
}

/// What an operator gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The datasets, in the order of publishing; one whose optional extract is absent is left out.
    pub datasets: Vec<Made>,
    /// Files for people, with their persons veiled. The same inputs give the same bytes.
    pub documents: Vec<Document>,
    /// Rows that the operator rejected (`superseded`, …), by the extract's name.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    /// Used rows that play no part, by the extract's name.
    pub aside: BTreeMap<&'static str, Aside>,
    /// Remarks with counts.
    pub notes: Vec<Note>,
}

/// A dataset that an operator made.
#[derive(Debug)]
pub struct Made {
    /// What it is.
    pub spec: &'static DatasetSpec,
    /// Its rows in the spec's order.
    pub rows: Vec<RecordBatch>,
}

/// Used rows that play no part in the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aside {
    /// Rows of other regions; `None` where the operator does not tell them apart.
    pub elsewhere: Option<u64>,
    /// Rows dated after the logical date.
    pub not_yet: u64,
}

/// Why an operator could not finish. Rows never make it fail: a bad row is a reject.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The enrollment audit could not be made.
    #[error(transparent)]
    EnrollmentAudit(#[from] AuditError),
    /// There is no benefit year, and the operator works for one.
    #[error("operator `{operator}` works for a benefit year, and there is none for this date")]
    NoYear {
        /// The operator.
        operator: &'static str,
    },
}

/// What `enrollment-audit` reads.
const ENROLLMENT_AUDIT_READS: [(&str, bool); 9] = [
    ("household", true),
    ("identity", false),
    ("enrollment", true),
    ("student", false),
    ("payment", false),
    ("mutual_aid", false),
    ("target", false),
    ("settlement", false),
    ("incentive_use", false),
];

/// What `enrollment-audit` makes, in the order of publishing.
static ENROLLMENT_AUDIT_MAKES: [&DatasetSpec; 9] = [
    &datasets::PERSON,
    &datasets::DUPLICATE_ENROLLMENT,
    &datasets::MISSED_ENROLLMENT,
    &datasets::SUBSIDY,
    &datasets::BENEFIT_PERIOD,
    &datasets::INCENTIVE,
    &datasets::PROGRESS,
    &datasets::RECONCILIATION,
    &datasets::MUTUAL_AID_CHECK,
];

impl Operator {
    const ALL: [Self; 1] = [Self::EnrollmentAudit];

    /// The operator with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// The names of all operators.
    pub fn names() -> Vec<String> {
        Self::ALL.iter().map(|operator| operator.name().to_owned()).collect()
    }

    /// The name by which a step calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnrollmentAudit => "enrollment-audit",
        }
    }

    /// The extracts that it reads where a pipeline declares them, each with whether it cannot work without.
    pub const fn reads(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::EnrollmentAudit => &ENROLLMENT_AUDIT_READS,
        }
    }

    /// The snapshots that it reads. The pipeline has to name them.
    pub const fn snapshots(self) -> &'static [Reads] {
        match self {
            Self::EnrollmentAudit => &[],
        }
    }

    /// The documents that it makes, in words.
    pub const fn documents(self) -> &'static [&'static str] {
        match self {
            Self::EnrollmentAudit => &[],
        }
    }

    /// Every dataset that it can make, in the order of publishing, but for `rejects`, which is the runner's.
    pub const fn datasets(self) -> &'static [&'static DatasetSpec] {
        match self {
            Self::EnrollmentAudit => &ENROLLMENT_AUDIT_MAKES,
        }
    }

    /// Whether it works for a benefit year: then a logical date that no year of the pack holds is refused.
    pub const fn needs_year(self) -> bool {
        match self {
            Self::EnrollmentAudit => true,
        }
    }

    /// The columns of an extract that it reads, in the shapes in which it wants them; `None` where the policy has no
    /// rules for what the extract tells.
    pub fn columns(self, extract: &str, policy: &Policy) -> Option<&'static [Want]> {
        match self {
            Self::EnrollmentAudit => audit::wants(extract, policy),
        }
    }

    /// How the frames of an extract are divided while they are read.
    pub fn split(self, extract: &str, year: BenefitYear, on: Day) -> Option<Box<Divide<'static>>> {
        match self {
            Self::EnrollmentAudit if extract == "enrollment" => Some(Box::new(audit::split_enrollment(year, on))),
            Self::EnrollmentAudit => None,
        }
    }

    /// Does the work.
    ///
    /// # Errors
    /// An extract contradicts itself in a way that no single row is to blame for, or a defect of the program.
    pub fn run(self, inputs: Inputs<'_>) -> Result<Outcome, OperatorError> {
        match self {
            Self::EnrollmentAudit => {
                let Inputs { extracts, certificates, policy, date, .. } = inputs;
                let policy = policy.ok_or(OperatorError::NoYear { operator: self.name() })?;
                let audit = audit::enrollment_audit(extracts, certificates, policy, date)?;
                let datasets = audit.datasets.into_iter().map(|(spec, rows)| Made { spec, rows }).collect();
                let births = Note {
                    name: "birth_date_differs",
                    count: audit.births_differ,
                    text: format!(
                        "persons whose birth date in household differs from their number's, which holds: {}",
                        audit.births_differ
                    ),
                };
                let not_yet = audit.settlements_not_yet.map(|not_yet| ("settlement", Aside { elsewhere: None, not_yet }));
                Ok(Outcome {
                    datasets,
                    rejects: audit.rejects,
                    aside: not_yet.into_iter().collect(),
                    notes: vec![births],
                    ..Outcome::default()
                })
            }
        }
    }
}
