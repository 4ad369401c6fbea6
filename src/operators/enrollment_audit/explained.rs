//! One person's audit, told step by step: the same facts, the same rules in the same order as for everybody.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use super::codes::Codes;
use super::input_rows;
use super::intake::{Shared, Sorting};
use super::mutual_aid_check::{self, Employees};
use super::person_facts::{Context, Facts, Sources};
use super::tables::Tables;
use super::{AuditError, in_order};
use crate::operators::PersonDecisions;
use canbao_publish::DatasetSpec;
use canbao_publish::datasets::MUTUAL_AID_CHECK;
use canbao_rules::identity::{Certificate, OtherCertificates, PersonKey};
use canbao_rules::period::Day;
use canbao_rules::policy::Policy;
use canbao_rules::rules::Trace;
use canbao_sources::Extract;

/// Audits one person, and tells `trace` why. `None` where no used row is about the person.
pub fn explain(
    mut extracts: BTreeMap<&'static str, Extract>,
    certificates: OtherCertificates,
    policy: &Policy,
    on: Day,
    person: Certificate<'_>,
    trace: &mut impl Trace,
) -> Result<Option<PersonDecisions>, AuditError> {
    let has_payments = extracts.contains_key("payment");
    let shared = Shared::of(&mut extracts, certificates, has_payments)?;
    let population = Sorting::default().whole(&mut extracts, &shared.places)?;
    let key = match person {
        Certificate::Resident(number) => Some(PersonKey::from(number)),
        Certificate::Other { kind, number } => shared.certificates.find(kind, number),
    };
    let Some(key) = key else { return Ok(None) };
    let sources = Sources::of(&population);
    let codes = Codes::of_contracts();
    let context = Context { policy, on, codes: &codes, certificates: &shared.certificates, sources: &sources };

    let found = population.person(key);
    let mut rows = input_rows::of_person(&population, &found, context.certificates);
    rows.extend(shared.mutual_aid.iter().flat_map(|batch| input_rows::of_mutual_aid(batch, key, context.certificates)));
    if rows.is_empty() {
        return Ok(None);
    }
    let mut tables = Tables::default();
    tables.decide(&found, &mut Facts::default(), &context, shared.has_payments, trace);
    let mut datasets: Vec<(&'static DatasetSpec, RecordBatch)> = in_order(vec![tables.finish()?])
        .into_iter()
        .flat_map(|(spec, batches)| batches.into_iter().map(move |batch| (spec, batch)))
        .collect();
    let mut employees = Employees::of(shared.mutual_aid.as_ref());
    employees.look(&(0..=u64::MAX), &population, &context);
    let checked = mutual_aid_check::check(&shared, &employees, policy, Some(key), trace)?;
    datasets.extend(checked.map(|rows| (&MUTUAL_AID_CHECK, rows)));
    datasets.retain(|(_, batch)| batch.num_rows() > 0);
    Ok(Some(PersonDecisions { datasets, rows }))
}
