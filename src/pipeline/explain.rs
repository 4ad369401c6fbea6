//! One person's decisions as a run would make them, with their trace; nothing is published.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::definition::{READ, Step};
use super::error::RunError;
use super::inputs::{self, Reading};
use super::operator::Operator;
use super::plan::Plan;
use super::progress::Progress;
use crate::operators::enrollment_audit::{self, PersonAudit};
use canbao_publish::PersonIdMask;
use canbao_rules::identity::Certificate;
use canbao_rules::rules::Trace;

/// What a run would say of one person.
#[derive(Debug)]
pub struct PersonReport {
    /// The person's rows in the datasets and in the extracts; `None` where no used row is about him.
    pub audit: Option<PersonAudit>,
    /// The files of each extract, in reading order.
    pub files: BTreeMap<String, Vec<String>>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
}

/// Reads the extracts of a plan and decides about one person, telling `trace` why.
///
/// # Errors
/// As a run that fails while reading or deciding; a pipeline that decides about nobody.
pub fn explain(plan: &Plan, person: Certificate<'_>, trace: &mut impl Trace, progress: &dyn Progress) -> Result<PersonReport, RunError> {
    let decides = plan.pipeline.steps.iter().any(|step| matches!(step, Step::Operator(Operator::EnrollmentAudit)));
    if !decides {
        return Err(RunError::DecidesNothing { file: plan.pipeline.file.clone() });
    }
    let policy = plan.policy().ok_or_else(|| RunError::NoRegion { file: plan.pipeline.file.clone() })?;
    progress.stage_begins(READ);
    let Reading { tallies, extracts, certificates, absent, .. } = inputs::read(plan, None, progress)?;
    let files = tallies.iter().map(|tally| {
        let report = tally.report();
        (report.source, report.files.into_iter().map(|file| file.file).collect())
    });
    let name = Operator::EnrollmentAudit.name();
    let audit = enrollment_audit::explain(extracts, certificates, policy, plan.date, person, trace)
        .map_err(|error| RunError::stage(name, error))?;
    let persons = plan.persons().map_err(|error| RunError::stage(name, error))?;
    let audit = audit.map(|audit| masked(audit, persons.mask())).transpose().map_err(|error| RunError::stage(name, error))?;
    Ok(PersonReport { audit, files: files.collect(), absent })
}

/// The rows of datasets with what a snapshot would hold in place of numbers and names.
fn masked(mut audit: PersonAudit, mask: &PersonIdMask) -> Result<PersonAudit, ArrowError> {
    for (spec, batch) in &mut audit.datasets {
        let rows = std::mem::replace(batch, RecordBatch::new_empty(spec.schema()));
        *batch = mask.mask_rows(rows, &mask.schema(&spec.schema()))?;
    }
    Ok(audit)
}
