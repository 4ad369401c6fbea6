//! The enrollment audit as an [`Operator`].

use std::collections::BTreeMap;

use super::{Material, enrollment_audit, explain, split_enrollment, wants};
use crate::operators::{
    BenefitYearUse, ExplainInputs, ExplainPerson, ExtractForm, ExtractRequirement, NoBenefitYear, Note, Operator, OperatorError,
    OperatorInputs, OperatorOutput, OperatorSpec, PersonDecisions, ReadContext, UncountedRows,
};
use canbao_publish::datasets;
use canbao_rules::explanation::Recorder;
use canbao_sources::contract;

/// Who is enrolled, who is not, and what does not add up: the county's main job.
#[derive(Debug)]
pub struct EnrollmentAuditOperator;

/// The operator, for the list of operators.
pub static OPERATOR: EnrollmentAuditOperator = EnrollmentAuditOperator;

static SPEC: OperatorSpec = OperatorSpec {
    name: "enrollment-audit",
    title: "参保审计",
    extracts: &[
        ExtractRequirement::required("household"),
        ExtractRequirement::optional("identity"),
        ExtractRequirement::required("enrollment"),
        ExtractRequirement::optional("student"),
        ExtractRequirement::optional("payment"),
        ExtractRequirement::optional("mutual_aid"),
        ExtractRequirement::optional("target"),
        ExtractRequirement::optional("settlement"),
        ExtractRequirement::optional("incentive_use"),
    ],
    snapshots: &[],
    datasets: &[
        &datasets::PERSON,
        &datasets::DUPLICATE_ENROLLMENT,
        &datasets::MISSED_ENROLLMENT,
        &datasets::SUBSIDY,
        &datasets::BENEFIT_PERIOD,
        &datasets::INCENTIVE,
        &datasets::PROGRESS,
        &datasets::RECONCILIATION,
        &datasets::MUTUAL_AID_CHECK,
    ],
    documents: &[],
    options: &[],
    benefit_year: BenefitYearUse::Required,
};

impl Operator for EnrollmentAuditOperator {
    fn spec(&self) -> &'static OperatorSpec {
        &SPEC
    }

    fn form(&self, extract: &str, context: &ReadContext<'_>) -> Option<ExtractForm> {
        let policy = context.policy?;
        let columns = wants(extract, policy)?;
        let divide = (extract == "enrollment").then(|| Box::new(split_enrollment(policy.year, context.date)) as _);
        let may_spill = contract(extract).is_some_and(|contract| contract.is_by_person());
        Some(ExtractForm::Frames { columns, divide, may_spill })
    }

    fn run(&self, inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError> {
        let OperatorInputs { extracts, policy, date, sink, .. } = inputs;
        let policy = policy.ok_or(NoBenefitYear { operator: SPEC.name })?;
        let (spilled, certificates) = (extracts.spilled, extracts.certificates);
        let material = Material { extracts: extracts.frames, spilled, certificates, policy, on: date };
        let audit = enrollment_audit(material, sink)?;
        let births = Note {
            name: "birth_date_differs".into(),
            count: audit.births_differ,
            text: format!("persons whose birth date in household differs from their number's, which holds: {}", audit.births_differ),
        };
        let ranges = audit.ranges.map(|ranges| Note {
            name: "ranges_of_persons".into(),
            count: ranges as u64,
            text: format!("ranges in which persons were worked on, as their rows did not fit into memory: {ranges}"),
        });
        let uncounted = audit.settlements_not_yet.map(|not_yet| ("settlement", UncountedRows { elsewhere: None, not_yet }));
        Ok(OperatorOutput {
            rejects: audit.rejects,
            uncounted: uncounted.into_iter().collect::<BTreeMap<_, _>>(),
            notes: std::iter::once(births).chain(ranges).collect(),
            ..OperatorOutput::default()
        })
    }

    fn explain(&self) -> Option<&dyn ExplainPerson> {
        Some(self)
    }
}

impl ExplainPerson for EnrollmentAuditOperator {
    fn explain_person(&self, inputs: ExplainInputs<'_>, recorder: &mut Recorder) -> Result<Option<PersonDecisions>, OperatorError> {
        let ExplainInputs { extracts, policy, date, person } = inputs;
        let policy = policy.ok_or(NoBenefitYear { operator: SPEC.name })?;
        Ok(explain(extracts.frames, extracts.certificates, policy, date, person, recorder)?)
    }
}
