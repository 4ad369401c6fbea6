//! What an operator declares of itself: a pipeline's file is checked against it, and a plan is made of it.

use canbao_publish::DatasetSpec;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// What an operator is, reads and makes. It holds for every pipeline and every date.
#[derive(Debug)]
pub struct OperatorSpec {
    /// The name by which a `[[step]]` calls it.
    pub name: &'static str,
    /// What it is, in Chinese, as reports and pages show it.
    pub title: &'static str,
    /// The extracts that it reads where a pipeline declares them.
    pub extracts: &'static [ExtractRequirement],
    /// The snapshots that it reads. The pipeline has to name all of them.
    pub snapshots: &'static [SnapshotRequirement],
    /// Every dataset that it can make, in the order of publishing, but for `rejects`, which belongs to every run.
    pub datasets: &'static [&'static DatasetSpec],
    /// The documents that it makes, in words.
    pub documents: &'static [&'static str],
    /// The options that a `[[step]]` may give it.
    pub options: &'static [OptionSpec],
    /// What part a benefit year plays.
    pub benefit_year: BenefitYearUse,
}

/// An extract that an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractRequirement {
    /// The extract's name.
    pub extract: &'static str,
    /// Whether the operator cannot work without it.
    pub required: bool,
}

/// A snapshot that an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotRequirement {
    /// The role: the name of the pipeline that publishes it, unless the file says otherwise.
    pub role: &'static str,
    /// Whether the operator cannot work without it.
    pub required: bool,
    /// Whether the operator reads the pipeline's own past, all of it for the region and the benefit year.
    pub whole_past: bool,
}

/// An option of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// The option's name.
    pub name: &'static str,
    /// Which values it takes, in words.
    pub expected: &'static str,
}

/// What part a benefit year plays in an operator's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenefitYearUse {
    /// It works for a benefit year: a logical date that no year of the pack holds is refused.
    Required,
    /// It uses the year where there is one, such as that of a snapshot which it reads.
    Optional,
    /// It uses none.
    Unused,
}

/// An option with a value that the operator cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} `{value}` cannot be taken, expected {expected}")]
pub struct InvalidOption {
    /// The option.
    pub name: &'static str,
    /// The value as written.
    pub value: String,
    /// Which values it takes.
    pub expected: &'static str,
}

impl Diagnostic for InvalidOption {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }
}

impl OperatorSpec {
    /// Whether it reads an extract where a pipeline declares it.
    pub fn reads(&self, extract: &str) -> bool {
        self.extracts.iter().any(|requirement| requirement.extract == extract)
    }
}

impl ExtractRequirement {
    /// An extract without which the operator cannot work.
    pub const fn required(extract: &'static str) -> Self {
        Self { extract, required: true }
    }

    /// An extract without which a part of the result is left out.
    pub const fn optional(extract: &'static str) -> Self {
        Self { extract, required: false }
    }
}

impl OptionSpec {
    /// The fault of a value that the option does not take.
    pub fn invalid(&self, value: &toml::Value) -> InvalidOption {
        InvalidOption { name: self.name, value: value.to_string(), expected: self.expected }
    }
}
