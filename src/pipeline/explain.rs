//! One person's decisions as a run would make them, with their trace; nothing is published.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::definition::{OperatorStep, READ, Step};
use super::error::RunError;
use super::inputs::{self, Reading};
use super::plan::Plan;
use super::progress::Progress;
use crate::operators::{ExplainInputs, ExplainPerson, PersonDecisions};
use canbao_publish::PersonIdMask;
use canbao_rules::explanation::Recorder;
use canbao_rules::identity::Certificate;
use canbao_runtime::diagnostic::Defect;

/// What a run would say of one person.
#[derive(Debug)]
pub struct PersonReport {
    /// The person's rows in the datasets and in the extracts; `None` where no used row is about them.
    pub decisions: Option<PersonDecisions>,
    /// The files of each extract, in reading order.
    pub files: BTreeMap<String, Vec<String>>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
}

/// Reads the extracts of a plan and decides about one person by the first operator that explains its decisions; `recorder`
/// hears why.
///
/// # Errors
/// As a run that fails while reading or deciding; a pipeline that decides about nobody.
pub fn explain(plan: &Plan, person: Certificate<'_>, recorder: &mut Recorder, progress: &dyn Progress) -> Result<PersonReport, RunError> {
    let decides = |(place, step)| decides_about_persons(step).map(|(operator, name)| (place, operator, name));
    let Some((place, operator, name)) = plan.pipeline.steps.iter().enumerate().find_map(decides) else {
        return Err(RunError::DecidesNothing { file: plan.pipeline.file.clone() });
    };
    progress.stage_begins(READ);
    let Reading { counts, mut operators, absent, .. } = inputs::read(plan, |step| step == place, None, progress)?;
    let files = counts.iter().map(|counts| {
        let report = counts.report();
        (report.source, report.files.into_iter().map(|file| file.file).collect())
    });
    let extracts = operators.remove(&place).unwrap_or_default();
    let inputs = ExplainInputs { extracts, policy: plan.policy(), date: plan.date, person };
    let decisions = operator.explain_person(inputs, recorder).map_err(|error| RunError::stage(name, error))?;
    let persons = plan.persons().map_err(|error| RunError::stage(name, error))?;
    let decisions = decisions.map(|decisions| masked(decisions, persons.mask())).transpose();
    Ok(PersonReport { decisions: decisions.map_err(|error| RunError::stage(name, Defect(error)))?, files: files.collect(), absent })
}

/// The operator of a step and its name, where the operator explains its decisions.
fn decides_about_persons(step: &Step) -> Option<(&'static dyn ExplainPerson, &'static str)> {
    let Step::Operator(OperatorStep { operator, .. }) = step else { return None };
    Some((operator.explain()?, operator.spec().name))
}

/// The rows of datasets with what a snapshot would hold in place of numbers and names.
fn masked(mut decisions: PersonDecisions, mask: &PersonIdMask) -> Result<PersonDecisions, ArrowError> {
    for (spec, batch) in &mut decisions.datasets {
        let rows = std::mem::replace(batch, RecordBatch::new_empty(spec.schema()));
        *batch = mask.mask_rows(rows, &mask.schema(&spec.schema()))?;
    }
    Ok(decisions)
}
