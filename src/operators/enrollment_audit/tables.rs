//! All datasets of one cohort as they grow: a person's facts go to the rules, the decisions into columns.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::benefit_period::BenefitTable;
use super::duplicate_enrollment::DuplicateTable;
use super::incentive::IncentiveTable;
use super::missed_enrollment::MissedTable;
use super::person::PersonTable;
use super::person_facts::{Context, Facts, Person, SOURCES, certno};
use super::reconciliation::ReconciliationTable;
use super::subsidy::SubsidyTable;
use crate::operators::enrollment_audit::progress::Tallies;
use canbao_rules::money::Yuan;
use canbao_rules::rules::benefit_period::{Circumstances, benefit_period};
use canbao_rules::rules::duplicates::{self, Finding};
use canbao_rules::rules::incentive::uplift;
use canbao_rules::rules::missed::{PersonStatus, missed};
use canbao_rules::rules::reconciliation::reconcile;
use canbao_rules::rules::subsidy::award;
use canbao_rules::rules::{DuplicateKind, Record, Trace, validity};
use canbao_sources::population::PersonRows;

/// The datasets of some persons.
#[derive(Debug, Default)]
pub(super) struct Tables {
    person: PersonTable,
    duplicate: DuplicateTable,
    missed: MissedTable,
    subsidy: SubsidyTable,
    benefit: BenefitTable,
    incentive: IncentiveTable,
    reconciliation: ReconciliationTable,
    pub(super) tallies: Tallies,
    pub(super) births_differ: u64,
}

/// One batch of each dataset.
pub(super) struct Batches {
    pub person: RecordBatch,
    pub duplicate: RecordBatch,
    pub missed: RecordBatch,
    pub subsidy: RecordBatch,
    pub benefit: RecordBatch,
    pub incentive: RecordBatch,
    pub reconciliation: RecordBatch,
}

impl Tables {
    /// Decides everything about one person.
    pub(super) fn decide<'a>(
        &mut self,
        rows: &PersonRows<SOURCES>,
        facts: &mut Facts<'a>,
        context: &Context<'a>,
        has_payments: bool,
        trace: &mut impl Trace,
    ) {
        let Context { policy, on, .. } = *context;
        let mut buffer = [0; 18];
        let certno = certno(rows.key, context.certificates, &mut buffer);
        facts.gather(rows, context, trace);
        let person = facts.person(rows, certno, context, trace);
        self.births_differ += u64::from(person.births_differ);

        let findings = duplicates::decide(&facts.records, person.residence.as_ref(), person.schooling.as_ref(), policy, on, trace);
        self.list_duplicates(&person, &facts.records, &findings);
        let reconciled = if has_payments { reconcile(&facts.valid, &facts.payments, person.categories, policy, on, trace) } else { None };
        if let Some(found) = &reconciled {
            self.reconciliation.push(certno, found);
        }
        if person.is_listed(policy) {
            let duplicate = findings.iter().any(|f| f.overlap.is_some());
            let paid = has_payments.then(|| reconciled.map_or(Yuan::ZERO, |found| found.paid));
            self.list_person(&person, facts, duplicate, paid, context, trace);
        }
    }

    fn list_person(
        &mut self,
        person: &Person<'_>,
        facts: &Facts<'_>,
        duplicate: bool,
        paid: Option<Yuan>,
        context: &Context<'_>,
        trace: &mut impl Trace,
    ) {
        let Context { policy, on, .. } = *context;
        let award = award(person.categories, person.is_dead(), policy, trace);
        let missed = missed(&status(person), policy, on, trace);
        self.person.push(person, award.as_ref(), duplicate, missed.is_some());
        if let Some(missed) = &missed {
            self.missed.push(person, missed, award.as_ref());
        }
        if let Some(award) = &award {
            self.subsidy.push(person, award, policy.premium.personal, paid);
        }
        let paid_today = self.list_benefits(person, facts, context, trace);
        if person.enrolled_here
            && let Some(uplift) = uplift(&facts.records, &facts.claims, &facts.uses, policy, on, trace)
        {
            self.incentive.push(person.certno, &uplift);
        }
        self.tallies.of(person.township()).add(person.eligible, person.enrolled_here, paid_today);
    }

    /// Lists what each valid resident record here gives; says whether one was paid on the logical date.
    fn list_benefits(&mut self, person: &Person<'_>, facts: &Facts<'_>, context: &Context<'_>, trace: &mut impl Trace) -> bool {
        let Context { policy, on, .. } = *context;
        let circumstances = Circumstances {
            born: person.born,
            identities: &facts.identities,
            schooling: person.schooling.as_ref(),
            records: &facts.records,
        };
        let mut here: Vec<&Record<'_>> = facts.valid.iter().filter(|r| validity::is_valid_here(r, policy, on)).collect();
        here.sort_by_key(|r| by_payment(r));
        let mut paid_today = false;
        for record in here {
            self.benefit.push(person.certno, record, &benefit_period(record, &circumstances, policy, on, trace));
            paid_today |= record.paid_on() == Some(on);
        }
        paid_today
    }

    fn list_duplicates(&mut self, person: &Person<'_>, records: &[Record<'_>], findings: &[Finding]) {
        let mut listed: Vec<(&Record<'_>, &Finding)> = findings.iter().map(|finding| (&records[finding.record], finding)).collect();
        listed.sort_by_key(|(record, finding)| (by_payment(record), finding.kind == DuplicateKind::Deceased));
        for (record, finding) in listed {
            self.duplicate.push(person.certno, person.name, record, finding);
        }
    }

    pub(super) fn finish(&mut self) -> Result<Batches, ArrowError> {
        Ok(Batches {
            person: self.person.finish()?,
            duplicate: self.duplicate.finish()?,
            missed: self.missed.finish()?,
            subsidy: self.subsidy.finish()?,
            benefit: self.benefit.finish()?,
            incentive: self.incentive.finish()?,
            reconciliation: self.reconciliation.finish()?,
        })
    }
}

fn status(person: &Person<'_>) -> PersonStatus {
    PersonStatus {
        eligible: person.eligible,
        covers: person.covered_by.len(),
        categories: person.categories,
        born: person.born,
        student: person.student,
        prior_enrolled: person.years.prior(),
    }
}

/// The order of one person's records in a dataset: by payment (none comes last), then by what else tells them
/// apart, so that it does not depend on the order of reading.
fn by_payment<'a>(record: &Record<'a>) -> impl Ord + use<'a> {
    (
        record.paid_at.is_none(),
        record.paid_at,
        record.psn_no,
        record.scheme,
        record.area,
        record.months.first,
        record.months.last,
        record.personal,
    )
}
