//! The enrollment audit: walks all extracts person by person, calls the rules, gathers their decisions as columns.
//!
//! One file a dataset. Nothing is decided here: what a record means, who is missed or what is owed, say
//! [`canbao_rules::rules`]; this room turns rows into facts and decisions into rows. Persons are decided in cohorts on all
//! cores; cohorts are ranges of person keys, so their order is the datasets' order and their number changes nothing.
//! Extracts that do not fit into memory are read back by larger ranges of the same kind ([`SpilledExtracts`]), and rows of datasets
//! go to their files as they are made.
//!
//! What is not about one person does not see ranges: townships are tallied over all of them, who is an employee is noted
//! for the rows of `mutual_aid`, which are checked at the end, and refunds look for their originals before the first.

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
mod operator;
mod person;
mod person_facts;
mod progress;
mod reconciliation;
mod subsidy;
mod tables;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use polars::error::PolarsError;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use self::progress::{Tallies, progress};
use crate::operators::SpilledExtracts;
use canbao_publish::datasets::{
    BENEFIT_PERIOD, DUPLICATE_ENROLLMENT, INCENTIVE, MISSED_ENROLLMENT, MUTUAL_AID_CHECK, PERSON, PROGRESS, RECONCILIATION, SUBSIDY,
};
use canbao_publish::{DatasetSink, DatasetSpec, PublishError};
use canbao_rules::identity::OtherCertificates;
use canbao_rules::period::Day;
use canbao_rules::policy::Policy;
use canbao_rules::rules::NoTrace;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use canbao_sources::population::bridge::BridgeError;
use canbao_sources::population::{Cohort, Population};
use canbao_sources::{Extract, ReadBackError, Reject, SortedRuns, ranges};

use codes::Codes;
pub use explained::explain;
use intake::{Shared, Sorting};
pub use intake::{split_enrollment, wants};
use mutual_aid_check::Employees;
pub use operator::{EnrollmentAuditOperator, OPERATOR};
use person_facts::{Context, Facts, SOURCES, Sources};
use tables::{Batches, Tables};

/// Rows of the longest source in one cohort: enough that starting one costs nothing, few enough that all cores have
/// work to the end.
const COHORT_ROWS: usize = 65_536;

/// Cohorts for each core that are decided upon at a time: enough that no core waits long for the last one.
const COHORTS_A_CORE: usize = 4;

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
    /// Rows that were spilled cannot be read back.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// Rows that were spilled cannot be looked through.
    #[error("rows could not be read back from a temporary file")]
    Spill(#[from] std::io::Error),
    /// A dataset cannot be written.
    #[error(transparent)]
    Write(#[from] PublishError),
    /// A dataset's columns do not fit its description: a defect of this program.
    #[error("a dataset of the audit could not be put together")]
    Dataset(#[from] ArrowError),
}

impl Diagnostic for AuditError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::TargetTwice { .. } => ErrorClass::Data,
            Self::NoContract(_) | Self::Frame(_) | Self::Dataset(_) => ErrorClass::Bug,
            Self::Bridge(error) => error.class(),
            Self::ReadBack(error) => error.class(),
            Self::Spill(error) => error.class(),
            Self::Write(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::ReadBack(error) => error.hint(),
            Self::Spill(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::TargetTwice { .. } | Self::NoContract(_) | Self::Frame(_) | Self::Bridge(_) | Self::Dataset(_) => None,
        }
    }
}

/// What the audit works on.
pub struct Material<'a> {
    /// The extracts, as they were read with [`wants`] (and [`split_enrollment`] for enrollment).
    pub extracts: BTreeMap<&'static str, Extract>,
    /// Those that do not fit into memory. Either all extracts by person are here, or none.
    pub spilled: Option<SpilledExtracts>,
    /// The certificates of the extracts, not yet sealed.
    pub certificates: OtherCertificates,
    /// The rules of the year.
    pub policy: &'a Policy,
    /// The logical date.
    pub on: Day,
}

/// What the audit gives beside its datasets.
#[derive(Debug)]
pub struct EnrollmentAudit {
    /// Rows that gave way to others and refunds without an original, by extract, in reading order.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    /// Used settlements of a day after the logical date, where the extract was read.
    pub settlements_not_yet: Option<u64>,
    /// Persons whose birth date in household differs from that of their number, which holds.
    pub births_differ: u64,
    /// By how many ranges persons were worked on where the rows did not fit into memory; `None` where they did.
    pub ranges: Option<usize>,
}

/// Audits the extracts for the policy's year as of the logical date. The datasets' rows go to `sink` as they are made;
/// datasets whose extract is absent, or for which the policy has no rules, are left out.
pub fn enrollment_audit(material: Material<'_>, sink: &mut dyn DatasetSink) -> Result<EnrollmentAudit, AuditError> {
    let Material { mut extracts, spilled, certificates, policy, on } = material;
    let has_payments = extracts.contains_key("payment") || spilled.as_ref().is_some_and(|spilled| spilled.extracts.contains_key("payment"));
    let shared = Shared::of(&mut extracts, certificates, has_payments)?;
    let mut sorting = Sorting::default();
    let mut walk = Walk {
        employees: Employees::of(shared.mutual_aid.as_ref()),
        shared: &shared,
        policy,
        on,
        sink,
        tallies: Tallies::default(),
        births_differ: 0,
    };
    let ranges = match &spilled {
        None => {
            let population = sorting.whole(&mut extracts, &shared.places)?;
            walk.persons(&population, &(0..=u64::MAX))?;
            None
        }
        Some(spilled) => {
            let all_runs: Vec<&SortedRuns> = spilled.extracts.values().flat_map(|extract| &extract.parts).collect();
            let ranges = ranges(&all_runs, &shared.places, &spilled.store, spilled.most)?;
            let orphans = sorting.orphans(spilled, &shared.places, &ranges)?;
            for keys in &ranges {
                let population = sorting.range(spilled, &shared.places, keys, &orphans)?;
                walk.persons(&population, keys)?;
            }
            Some(ranges.len())
        }
    };
    let Walk { employees, tallies, births_differ, .. } = walk;
    let checked = mutual_aid_check::check(&shared, &employees, policy, None, &mut NoTrace)?;
    let mut rest = vec![(&PROGRESS, vec![progress(&tallies, &shared.targets, policy)?])];
    rest.extend(checked.map(|rows| (&MUTUAL_AID_CHECK, vec![rows])));
    sink.write(rest)?;
    Ok(EnrollmentAudit { rejects: sorting.rejects(), settlements_not_yet: sorting.settlements_not_yet, births_differ, ranges })
}

/// The way past all persons, and what is gathered on it beside the datasets.
struct Walk<'w> {
    shared: &'w Shared,
    policy: &'w Policy,
    on: Day,
    sink: &'w mut dyn DatasetSink,
    employees: Employees,
    tallies: Tallies,
    births_differ: u64,
}

/// What came out of one cohort.
type Decided = (Batches, Tallies, u64);

impl Walk<'_> {
    /// Decides about the persons of a range of keys, a few cohorts at a time: while their rows are written, the next ones
    /// are decided upon, and no more rows than these are held.
    fn persons(&mut self, population: &Population<SOURCES>, keys: &RangeInclusive<u64>) -> Result<(), AuditError> {
        let sources = Sources::of(population);
        let codes = Codes::of_contracts();
        let (shared, policy, on) = (self.shared, self.policy, self.on);
        let context = Context { policy, on, codes: &codes, certificates: &shared.certificates, sources: &sources };
        self.employees.look(keys, population, &context);
        let decide = |cohorts: &[Cohort<SOURCES>]| {
            let decided = cohorts.par_iter().map(|cohort| decide(population, cohort, &context, shared.has_payments));
            decided.collect::<Result<Vec<Decided>, AuditError>>()
        };
        let cohorts = population.cohorts(COHORT_ROWS);
        let mut waves = cohorts.chunks(COHORTS_A_CORE * rayon::current_num_threads());
        let mut next = waves.next().map(&decide);
        while let Some(decided) = next {
            let decided = decided?;
            let (written, following) = rayon::join(|| self.write(decided), || waves.next().map(&decide));
            written?;
            next = following;
        }
        Ok(())
    }

    fn write(&mut self, decided: Vec<Decided>) -> Result<(), AuditError> {
        let mut batches = Vec::with_capacity(decided.len());
        for (of_cohort, counted, differ) in decided {
            batches.push(of_cohort);
            self.tallies.merge(&counted);
            self.births_differ += differ;
        }
        let mut datasets = in_order(batches);
        datasets.retain(|(spec, _)| match spec.name {
            name if name == RECONCILIATION.name => self.shared.has_payments,
            name if name == INCENTIVE.name => self.policy.incentive.is_some(),
            _ => true,
        });
        Ok(self.sink.write(datasets)?)
    }
}

fn decide(
    population: &Population<SOURCES>,
    cohort: &Cohort<SOURCES>,
    context: &Context<'_>,
    has_payments: bool,
) -> Result<Decided, AuditError> {
    let mut tables = Tables::default();
    let mut facts = Facts::default();
    for person in population.persons(cohort) {
        tables.decide(&person, &mut facts, context, has_payments, &mut NoTrace);
    }
    let tallies = std::mem::take(&mut tables.tallies);
    Ok((tables.finish()?, tallies, tables.births_differ))
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
