//! Statistics of settlements by month, scope, kind of care, insurance and disease family
//! (docs/contract.md, How settlements are counted).
//!
//! An extract of settlements may be far larger than memory, so no row is kept as it is. While it is read each row is
//! reduced to a [`record`] ([`collect`]) and spilled with the others of its person. Once all are read,
//! [`aggregate`] takes one part of the persons after the other, on all cores: takes out rows that repeat another one,
//! finds the originals of refunds, and counts. [`figures`] makes rows of the counts, [`revisions`] holds them against
//! what was published before.
//!
//! Invariants:
//! - What is held at a time does not grow with the rows, but for rejects and for refunds whose original is not among
//!   the rows of their own person.
//! - No figure depends on the order of rows, on how they are divided into files and blocks, or on the number of
//!   threads: all counts are whole numbers that are added up.
//! - No hash decides anything by half: where two things have to be the same, 128 bits are.
//! - Rows that repeat another one and orphan refunds are those that [`canbao_sources::deduplicated`] finds.

mod aggregate;
mod calendar;
mod cells;
mod collect;
mod families;
mod figures;
mod operator;
mod record;
mod refunds;
mod revisions;
mod tables;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

pub use collect::{Collected, Collector, Collectors, Layout, WANTS};
pub use operator::{OPERATOR, SettlementStatisticsOperator};
pub use revisions::{Earlier, Unreadable};

use canbao_publish::DatasetSpec;
use canbao_publish::datasets::{CHRONIC_STATISTICS, SETTLEMENT_REVISIONS, SETTLEMENT_STATISTICS};
use canbao_rules::rules::Care;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use canbao_sources::Reject;
use figures::{Figures, Key, rows_of};

/// What the statistics come to.
#[derive(Debug)]
pub struct SettlementStatistics {
    /// The datasets in the order of publishing.
    pub datasets: Vec<(&'static DatasetSpec, RecordBatch)>,
    /// Rows that repeat another one, and refunds without their original, by origin.
    pub rejects: Vec<Reject>,
    /// Used rows of other regions.
    pub elsewhere: u64,
    /// Used rows of days to come.
    pub not_yet: u64,
    /// How many published figures are others now.
    pub revised: u64,
}

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// A sum that its published type cannot hold.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// Rows that were spilled while reading could not be read back, or more could not be spilled.
    #[error("rows of the extract `settlement` could not be put aside in a temporary file")]
    Spill(#[from] io::Error),
    /// The earlier snapshot cannot be compared with.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A dataset's columns do not fit its description: a defect of this program.
    #[error("a dataset of the statistics could not be put together")]
    Dataset(#[from] ArrowError),
}

impl Diagnostic for StatisticsError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Overflow(_) | Self::Unreadable(_) => ErrorClass::Data,
            Self::Spill(error) => error.class(),
            Self::Dataset(_) => ErrorClass::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Overflow(_) => Some("look for amounts in the extract that cannot be right".to_owned()),
            Self::Spill(error) => error.hint(),
            Self::Unreadable(_) | Self::Dataset(_) => None,
        }
    }
}

/// A sum that is too large, and where it would stand.
#[derive(Debug, thiserror::Error)]
#[error("the sum of `{column}` {key} has more than 16 digits before the point, which no published sum can hold")]
pub struct Overflow {
    column: Column,
    key: Key,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { span, scope, care, insured, disease, .. } = self;
        let (span, scope, care, insured) = (span.as_str(), scope.as_str(), care.as_str(), insured.as_str());
        write!(f, "for {} {span} {scope} {care} {insured}", self.period_text())?;
        disease.iter().try_for_each(|disease| write!(f, " {disease}"))
    }
}

/// The measures, by their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    PersonTimes,
    Persons,
    Medfee,
    InScope,
    Fund,
    InPolicyPct,
    PersonTimesPrev,
    FundPrev,
    PersonTimesGrowthPct,
    FundGrowthPct,
}

impl Column {
    const ALL: [Self; 10] = [
        Self::PersonTimes,
        Self::Persons,
        Self::Medfee,
        Self::InScope,
        Self::Fund,
        Self::InPolicyPct,
        Self::PersonTimesPrev,
        Self::FundPrev,
        Self::PersonTimesGrowthPct,
        Self::FundGrowthPct,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::PersonTimes => "person_times",
            Self::Persons => "persons",
            Self::Medfee => "medfee_sumamt",
            Self::InScope => "inscp_scp_amt",
            Self::Fund => "fund_pay_sumamt",
            Self::InPolicyPct => "in_policy_pct",
            Self::PersonTimesPrev => "person_times_prev",
            Self::FundPrev => "fund_pay_prev",
            Self::PersonTimesGrowthPct => "person_times_growth_pct",
            Self::FundGrowthPct => "fund_pay_growth_pct",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts what was collected, and compares it with what an earlier snapshot says.
///
/// # Errors
/// A sum is too large to publish; the earlier snapshot does not read as one of ours; what was spilled cannot be read
/// back.
pub fn settlement_statistics(collected: Collected, earlier: Option<&Earlier>) -> Result<SettlementStatistics, StatisticsError> {
    let (shared, not_yet) = (Arc::clone(&collected.shared), collected.not_yet);
    let reckoned = aggregate::aggregate(collected)?;
    let months = shared.calendar.months();
    let codes = shared.families.codes();

    let mut settlement: Vec<(Key, Figures)> = Vec::new();
    for (scope, care, cells) in reckoned.cells.by_care() {
        let key = |period, span, insured| Key { period, span, scope, care, insured, disease: None };
        rows_of(cells, &months, key, &mut settlement)?;
    }
    settlement.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));

    let mut chronic: Vec<(Key, Figures)> = Vec::new();
    for (scope, family, cells) in reckoned.cells.by_disease() {
        let disease = codes.get(family as usize).cloned().flatten();
        let key = |period, span, insured| Key { period, span, scope, care: Care::Chronic, insured, disease: disease.clone() };
        rows_of(&cells, &months, key, &mut chronic)?;
    }
    chronic.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));

    let numbers: std::collections::HashMap<Option<&str>, u32> =
        codes.iter().enumerate().map(|(number, code)| (code.as_deref(), number as u32)).collect();
    let name = |code: Option<&str>| {
        let of_pack = code.and_then(|code| shared.terms.family_name(code));
        of_pack.or_else(|| reckoned.names.of(*numbers.get(&code)?))
    };
    let revised = earlier
        .map(|earlier| revisions::revisions(earlier, shared.calendar.year(), &settlement, &chronic))
        .transpose()?
        .unwrap_or_default();
    let datasets = vec![
        (&SETTLEMENT_STATISTICS, tables::settlement(&settlement)?),
        (&CHRONIC_STATISTICS, tables::chronic(&chronic, name)?),
        (&SETTLEMENT_REVISIONS, tables::revisions(&revised, earlier.map_or("", |earlier| &earlier.name))?),
    ];
    let aggregate::Reckoned { rejects, elsewhere, .. } = reckoned;
    Ok(SettlementStatistics { datasets, rejects, elsewhere, not_yet, revised: revised.len() as u64 })
}
