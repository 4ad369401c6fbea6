//! The clean-up of duplicate enrollment as an [`Operator`].

use super::{AUDIT, Cleanup, CleanupError, CleanupInput, LISTS, LONG_OPEN_DAYS, duplicate_cleanup};
use crate::operators::{
    BenefitYearUse, DatasetOutput, Note, Operator, OperatorError, OperatorInputs, OperatorOutput, OperatorSpec, SnapshotRequirement,
};
use canbao_publish::datasets;

/// The lists of duplicate records that clerks work through.
#[derive(Debug)]
pub struct DuplicateCleanupOperator;

/// The operator, for the list of operators.
pub static OPERATOR: DuplicateCleanupOperator = DuplicateCleanupOperator;

static SPEC: OperatorSpec = OperatorSpec {
    name: "duplicate-cleanup",
    title: "重复参保清理",
    extracts: &[],
    // The audit, and all its own lists, as no number of a case may be given twice.
    snapshots: &[
        SnapshotRequirement { role: AUDIT, required: true, whole_past: false },
        SnapshotRequirement { role: LISTS, required: false, whole_past: true },
    ],
    datasets: &[&datasets::CLEANUP_WORKLIST, &datasets::CLEANUP_SETTLED],
    documents: &["a workbook for the region, one for each township, one for those who live elsewhere"],
    options: &[],
    // The year of the audit that it reads.
    benefit_year: BenefitYearUse::Optional,
};

impl Operator for DuplicateCleanupOperator {
    fn spec(&self) -> &'static OperatorSpec {
        &SPEC
    }

    fn run(&self, inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError> {
        let OperatorInputs { snapshots, pack, policy, date, persons, .. } = inputs;
        let input = CleanupInput {
            audit: snapshots.newest(AUDIT).ok_or(CleanupError::NoSnapshot { role: AUDIT })?,
            last: snapshots.newest(LISTS),
            others: snapshots.others(LISTS),
            region: pack.region(),
            policy,
            date,
            persons,
        };
        let Cleanup { worklist, settled, documents, counts } = duplicate_cleanup(&input)?;
        let datasets = vec![
            DatasetOutput { spec: &datasets::CLEANUP_WORKLIST, rows: vec![worklist] },
            DatasetOutput { spec: &datasets::CLEANUP_SETTLED, rows: vec![settled] },
        ];
        let note = |name: &'static str, count, text: &str| Note { name: name.into(), count, text: format!("{text}: {count}") };
        let age = u64::try_from(date.epoch() - input.audit.name().date.epoch()).unwrap_or(0);
        let notes = vec![
            note("audit_age_days", age, "days between the audit's date and the list's"),
            note("open_cases", counts.open, "records to pause or to confirm"),
            note("new_cases", counts.new, "of them on the list for the first time"),
            note("long_open_cases", counts.long_open, &format!("of them on it for more than {LONG_OPEN_DAYS} days")),
            note("settled_cases", counts.settled, "gone since the last list"),
        ];
        Ok(OperatorOutput { datasets, documents, notes, ..OperatorOutput::default() })
    }
}
