//! Errors of a pack, and of questions that a pack cannot answer.

use std::fmt;

use crate::period::{BenefitYear, Day};

use super::Fault;
use super::listing::list;

/// Where in a pack: line and column, counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// Where a text begins.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The position of a byte of the text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// Why a policy cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The pack is not what a pack has to be.
    #[error("{file} {position}: {fault}{}", and_more(*more))]
    Pack {
        /// The pack's name.
        file: String,
        /// Where the fault is.
        position: Position,
        /// What is wrong and what was expected.
        fault: Box<Fault>,
        /// How many more faults the pack has.
        more: usize,
    },
    /// Two packs of one region.
    #[error("{second} is a second pack for region `{code}`, expected one, which is {first}")]
    TwoPacks {
        /// The region.
        code: String,
        /// The pack that was read first.
        first: String,
        /// The other.
        second: String,
    },
    /// No pack has this region.
    #[error("no policy pack for region `{code}`, expected one of {}", list(known.iter().map(String::as_str)))]
    UnknownRegion {
        /// What was asked for.
        code: String,
        /// The regions with a pack.
        known: Vec<String>,
    },
    /// The date lies in no benefit year that the pack knows.
    #[error("no benefit year of region `{region}` holds {date}, expected a date {known}")]
    NoBenefitYear {
        /// The region.
        region: String,
        /// The logical date.
        date: Day,
        /// The spans of the years that the pack knows.
        known: String,
    },
    /// The pack does not know the year.
    #[error("the pack of region `{region}` has no benefit year {year}, expected one of {known}")]
    UnknownYear {
        /// The region.
        region: String,
        /// What was asked for.
        year: BenefitYear,
        /// The years that the pack knows.
        known: String,
    },
    /// `--set` names a parameter that the pack does not leave open.
    #[error("`{name}` is no parameter without a stated value in the pack of region `{region}`, expected {known}")]
    UnknownParameter {
        /// The region.
        region: String,
        /// What was named.
        name: String,
        /// The parameters that the pack leaves open.
        known: String,
    },
    /// `--set` gives something else than NAME=VALUE.
    #[error("`{0}` sets nothing, expected NAME=VALUE with an amount in yuan")]
    BadSetting(String),
}

impl PolicyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pack { fault, more: 0, .. } => fault.hint(),
            Self::Pack { file, fault, .. } => {
                let all = format!("`canbao check-policy {file}` shows all faults");
                Some(fault.hint().map_or(all.clone(), |hint| format!("{hint}; {all}")))
            }
            Self::UnknownRegion { .. } => {
                Some("`--pipelines DIR` names a folder with packs in `policies`; docs/policy-packs.md says how to add one".to_owned())
            }
            Self::TwoPacks { .. } => Some("take one of the two files away".to_owned()),
            Self::NoBenefitYear { .. } | Self::UnknownYear { .. } | Self::UnknownParameter { .. } | Self::BadSetting(_) => None,
        }
    }
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => " (and 1 more fault)".to_owned(),
        _ => format!(" (and {more} more faults)"),
    }
}
