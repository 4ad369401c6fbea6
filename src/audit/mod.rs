//! The enrollment audit: walks all extracts person by person, calls the rules, gathers their decisions as columns.
//!
//! One file a dataset. Nothing is decided here: what a record means, who is missed or what is owed, say
//! [`crate::rules`]; this room turns rows into facts and decisions into rows. Persons are decided in cohorts on all
//! cores; cohorts are ranges of person keys, so their order is the datasets' order and their number changes nothing.

mod benefit_period;
mod codes;
mod columns;
mod duplicate_enrollment;
mod explained;
mod incentive;
mod input_rows;
mod intake;
mod missed_enrollment;
mod mutual_aid_check;
mod person;
mod person_facts;
mod reconciliation;
mod subsidy;
mod tables;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use polars::error::PolarsError;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::extract::{Extract, Reject};
use crate::identity::OtherCertificates;
use crate::period::Day;
use crate::policy::Policy;
use crate::population::bridge::BridgeError;
use crate::publish::DatasetSpec;
use crate::publish::datasets::{
    BENEFIT_PERIOD, DUPLICATE_ENROLLMENT, INCENTIVE, MISSED_ENROLLMENT, MUTUAL_AID_CHECK, PERSON, PROGRESS, RECONCILIATION, SUBSIDY,
};
use crate::rules::Silent;
use crate::statistics::progress::{Tallies, progress};

use codes::Codes;
pub use explained::{PersonAudit, explain};
pub use input_rows::InputRow;
pub use intake::{split_enrollment, wants};
use person_facts::{Context, Facts, Sources};
use tables::{Batches, Tables};

/// Rows of the longest source in one cohort: enough that starting one costs nothing, few enough that all cores have
/// work to the end.
const COHORT_ROWS: usize = 65_536;

/// Why the audit could not be made. Rows never make it fail, a bad row is a reject.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The document's table names a township twice, so what its target is stays open.
    #[error("`{file}` line {line} column `admdvs`: the township stands in the table twice, expected one row for each")]
    TargetTwice {
        /// The file below the data location.
        file: String,
        /// The line of the second row.
        line: u64,
    },
    /// An extract that no contract describes.
    #[error("no contract declares the extract `{0}`")]
    NoContract(&'static str),
    /// A frame could not be sorted or cut: a defect of this program.
    #[error("a frame of the audit could not be made")]
    Frame(#[from] PolarsError),
    /// A frame could not be handed over: a defect of this program.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// A dataset's columns do not fit its description: a defect of this program.
    #[error("a dataset of the audit could not be put together")]
    Dataset(#[from] ArrowError),
}

/// What the audit gives.
#[derive(Debug)]
pub struct EnrollmentAudit {
    /// The datasets in the order of publishing, each in batches; those whose extract is absent, or for which the policy
    /// has no rules, are left out.
    pub datasets: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>,
    /// Rows that gave way to others and refunds without an original, by extract, in reading order.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    /// Used settlements of a day after the logical date, where the extract was read.
    pub settlements_not_yet: Option<u64>,
    /// Persons whose birth date in household differs from that of their number, which holds.
    pub births_differ: u64,
}

/// Audits the extracts, as they were read with [`wants`] (and [`split_enrollment`] for enrollment), for the policy's
/// year as of the logical date. `certificates` are those of the extracts, not yet sealed.
pub fn enrollment_audit(
    extracts: BTreeMap<&'static str, Extract>,
    certificates: OtherCertificates,
    policy: &Policy,
    on: Day,
) -> Result<EnrollmentAudit, AuditError> {
    let intake = intake::take_in(extracts, certificates)?;
    let sources = Sources::of(&intake.population);
    let codes = Codes::of_contracts();
    let context = Context { policy, on, codes: &codes, certificates: &intake.certificates, sources: &sources };

    let cohorts = intake.population.cohorts(COHORT_ROWS);
    let decided: Vec<(Batches, Tallies, u64)> = cohorts
        .par_iter()
        .map(|cohort| {
            let mut tables = Tables::default();
            let mut facts = Facts::default();
            for person in intake.population.persons(cohort) {
                tables.decide(&person, &mut facts, &context, intake.has_payments, &mut Silent);
            }
            let tallies = std::mem::take(&mut tables.tallies);
            Ok((tables.finish()?, tallies, tables.births_differ))
        })
        .collect::<Result<_, AuditError>>()?;

    let mut tallies = Tallies::default();
    let mut births_differ = 0;
    let mut batches = Vec::with_capacity(decided.len());
    for (of_cohort, counted, differ) in decided {
        batches.push(of_cohort);
        tallies.merge(&counted);
        births_differ += differ;
    }
    let mut datasets = in_order(batches);
    datasets.retain(|(spec, _)| match spec.name {
        name if name == RECONCILIATION.name => intake.has_payments,
        name if name == INCENTIVE.name => policy.incentive.is_some(),
        _ => true,
    });
    let before_reconciliation = datasets.iter().position(|(spec, _)| spec.name == RECONCILIATION.name).unwrap_or(datasets.len());
    datasets.insert(before_reconciliation, (&PROGRESS, vec![progress(&tallies, &intake.targets, policy)?]));
    let checked = mutual_aid_check::check(&intake, &context, None, &mut Silent)?;
    datasets.extend(checked.map(|rows| (&MUTUAL_AID_CHECK, vec![rows])));
    Ok(EnrollmentAudit { datasets, rejects: intake.rejects, settlements_not_yet: intake.settlements_not_yet, births_differ })
}

/// The datasets of persons in the order of publishing.
fn in_order(decided: Vec<Batches>) -> Vec<(&'static DatasetSpec, Vec<RecordBatch>)> {
    let specs: [&'static DatasetSpec; 7] =
        [&PERSON, &DUPLICATE_ENROLLMENT, &MISSED_ENROLLMENT, &SUBSIDY, &BENEFIT_PERIOD, &INCENTIVE, &RECONCILIATION];
    let mut datasets = specs.map(|spec| (spec, Vec::with_capacity(decided.len())));
    for Batches { person, duplicate, missed, subsidy, benefit, incentive, reconciliation } in decided {
        let batches = [person, duplicate, missed, subsidy, benefit, incentive, reconciliation];
        datasets.iter_mut().zip(batches).for_each(|((_, rows), batch)| rows.push(batch));
    }
    datasets.into()
}
