//! What the audit asks of each extract, and how what was read becomes sources to walk.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use arrow_array::RecordBatch;
use polars::prelude::{BooleanChunked, DataFrame, PolarsResult};

use super::AuditError;
use super::codes::Codes;
use super::person_facts::{HISTORY, HOUSEHOLD, IDENTITY, INCENTIVE_USE, PAYMENT, RECORDS, SETTLEMENT, SOURCES, STUDENT};
use crate::operators::SpilledExtracts;
use crate::operators::enrollment_audit::progress::Target;
use canbao_rules::identity::{DivisionCode, KeyRenumbering, OtherCertificates};
use canbao_rules::period::{BenefitYear, Day, Month, MonthSpan};
use canbao_rules::policy::Policy;
use canbao_rules::rules::{NoTrace, validity};
use canbao_sources::population::bridge::to_arrow;
use canbao_sources::population::{Population, Sorted, move_keys, sorted};
use canbao_sources::{
    Contract, Extract, Kind, Origin, Reject, Shape, Want, columnwise, contract, not_yet, orphan_refunds, orphans_spilled, supersede,
    without_orphans,
};

/// The columns that the audit keeps of an extract; `None` where it does not read it, or where the policy has no rules
/// for what it tells.
pub fn wants(extract: &str, policy: &Policy) -> Option<&'static [Want]> {
    Some(match extract {
        "settlement" | "incentive_use" if policy.incentive.is_none() => return None,
        "mutual_aid" if policy.mutual_aid.is_none() => return None,
        "household" => &const { plain(["psn_name", "gend", "brdy", "resd_admdvs", "regi_type", "surv_stas", "updt_time"]) },
        "identity" => &const { plain(["psn_name", "psn_idet_type", "begntime", "endtime"]) },
        "student" => &const { plain(["psn_name", "school_admdvs", "begntime", "endtime"]) },
        "payment" => &const { plain(["clct_year", "pay_time", "pay_amt", "pay_stas"]) },
        "target" => &const { plain(["admdvs", "name", "registered", "target"]) },
        "enrollment" => &ENROLLMENT,
        "settlement" => &const { plain(["insutype", "setl_id", "setl_time", "fund_pay_sumamt", "refd_setl_flag", "init_setl_id"]) },
        "incentive_use" => &const { plain(["year"]) },
        "mutual_aid" => &const { plain(["payer_admdvs", "payee_admdvs", "relation", "clct_year", "pay_time", "pay_amt"]) },
        _ => return None,
    })
}

pub(super) const ENROLLMENT: [Want; 12] = [
    Want { column: "psn_name", shape: Shape::Plain },
    Want { column: "psn_no", shape: Shape::Plain },
    Want { column: "insutype", shape: Shape::Plain },
    Want { column: "insu_admdvs", shape: Shape::Plain },
    Want { column: "psn_insu_stas", shape: Shape::Is { equals: "1", when_empty: false } },
    Want { column: "psn_insu_date", shape: Shape::Plain },
    Want { column: "accrym_begn", shape: Shape::Plain },
    Want { column: "accrym_end", shape: Shape::Plain },
    Want { column: "clct_flag", shape: Shape::Is { equals: "1", when_empty: false } },
    Want { column: "clct_time", shape: Shape::Plain },
    Want { column: "psn_clct_amt", shape: Shape::Plain },
    Want { column: "revs_flag", shape: Shape::Is { equals: "Z", when_empty: true } },
];

/// The columns that only records of the benefit year need.
const OF_THE_YEAR_ONLY: [&str; 4] = ["psn_no", "insu_admdvs", "psn_insu_date", "psn_clct_amt"];

const fn plain<const N: usize>(columns: [&'static str; N]) -> [Want; N] {
    let mut wants = [Want { column: "", shape: Shape::Plain }; N];
    let mut place = 0;
    while place < N {
        wants[place].column = columns[place];
        place += 1;
    }
    wants
}

/// Parts a block of enrollment rows into those that may count for the year, whole, and those of other years, down
/// to what history asks. Rows that are equal in every column fall into the same part.
pub fn split_enrollment(year: BenefitYear, on: Day) -> impl Fn(DataFrame) -> PolarsResult<Vec<DataFrame>> + Sync {
    let codes = Codes::of_contracts();
    move |block| {
        let months = |name: &str| block.column(name)?.i32();
        let may_count: BooleanChunked = months("accrym_begn")?
            .iter()
            .zip(months("accrym_end")?.iter())
            .zip(block.column("insutype")?.u8()?.iter())
            .map(|((first, last), scheme)| {
                let span = MonthSpan::new(Month::from_index(first?), Month::from_index(last?))?;
                Some(validity::may_count(codes.scheme(scheme?)?, span, year, on, &mut NoTrace))
            })
            .map(|may| may.unwrap_or(false))
            .collect();
        let of_the_year = block.filter(&may_count)?;
        let history = block.filter(&!may_count)?.drop_many(OF_THE_YEAR_ONLY);
        Ok(vec![of_the_year, history])
    }
}

/// What is about nobody or about several persons, and is held throughout.
pub(super) struct Shared {
    pub certificates: OtherCertificates,
    pub places: KeyRenumbering,
    pub targets: Vec<Target>,
    pub has_payments: bool,
    /// The rows of `mutual_aid` in reading order, where the extract is there.
    pub mutual_aid: Option<RecordBatch>,
}

impl Shared {
    /// Takes it out of the extracts, of which persons are left.
    pub(super) fn of(
        extracts: &mut BTreeMap<&'static str, Extract>,
        mut certificates: OtherCertificates,
        has_payments: bool,
    ) -> Result<Self, AuditError> {
        let places = certificates.seal();
        let mutual_aid = extracts.remove("mutual_aid").map(|extract| mutual_aid(extract, &places)).transpose()?;
        let targets = extracts.remove("target").map(|target| targets(&target)).transpose()?.unwrap_or_default();
        Ok(Self { certificates, places, targets, has_payments, mutual_aid })
    }
}

/// Which sources each extract makes, in the order in which they are worked on.
const PARTS: [(&str, &[usize]); 7] = [
    ("household", &[HOUSEHOLD]),
    ("student", &[STUDENT]),
    ("identity", &[IDENTITY]),
    ("enrollment", &[RECORDS, HISTORY]),
    ("payment", &[PAYMENT]),
    (SETTLEMENT_EXTRACT, &[SETTLEMENT]),
    ("incentive_use", &[INCENTIVE_USE]),
];

const SETTLEMENT_EXTRACT: &str = "settlement";

/// What was found out about rows on the way.
#[derive(Default)]
pub(super) struct Sorting {
    /// Rows that gave way to others, and refunds without an original, by extract.
    rejects: BTreeMap<&'static str, Vec<Reject>>,
    /// Used settlements of a day after the logical date, where the extract is there.
    pub settlements_not_yet: Option<u64>,
}

impl Sorting {
    /// The rejects of each extract, in reading order.
    pub(super) fn rejects(&mut self) -> Vec<(&'static str, Vec<Reject>)> {
        let mut rejects: Vec<_> = std::mem::take(&mut self.rejects).into_iter().collect();
        rejects.iter_mut().for_each(|(_, rejects)| rejects.sort_unstable_by_key(|reject| reject.origin));
        rejects
    }

    /// All persons at once: sorts the extracts by person and takes out the rows that give way to others. Each extract's
    /// frame is gone before the next one is sorted.
    pub(super) fn whole(
        &mut self,
        extracts: &mut BTreeMap<&'static str, Extract>,
        places: &KeyRenumbering,
    ) -> Result<Population<SOURCES>, AuditError> {
        let mut sources = [const { None }; SOURCES];
        for (name, slots) in PARTS {
            let Some(Extract { parts, .. }) = extracts.remove(name) else { continue };
            for (&slot, frame) in slots.iter().zip(parts) {
                let (mut frame, gone) = sorted(frame, contract_of(name)?, places)?;
                self.reject(name, gone);
                if slot == SETTLEMENT {
                    let (settlements, orphans) = orphan_refunds(frame)?;
                    self.reject(name, orphans);
                    frame = self.settled(settlements)?;
                }
                sources[slot] = Some(source(frame)?);
            }
        }
        Ok(Population { sources: sources.map(|source| source.unwrap_or_else(Sorted::empty)) })
    }

    /// The refunds without an original among all persons' settlements.
    pub(super) fn orphans(
        &mut self,
        spilled: &SpilledExtracts,
        places: &KeyRenumbering,
        ranges: &[RangeInclusive<u64>],
    ) -> Result<Vec<Reject>, AuditError> {
        let Some(settlements) = spilled.extracts.get(SETTLEMENT_EXTRACT) else { return Ok(Vec::new()) };
        let Some(runs) = settlements.parts.first() else { return Ok(Vec::new()) };
        let orphans = orphans_spilled(runs, contract_of(SETTLEMENT_EXTRACT)?, ranges, places, &spilled.store)?;
        self.reject(SETTLEMENT_EXTRACT, orphans.clone());
        Ok(orphans)
    }

    /// The persons of a range of keys, of extracts that were spilled.
    pub(super) fn range(
        &mut self,
        spilled: &SpilledExtracts,
        places: &KeyRenumbering,
        keys: &RangeInclusive<u64>,
        orphans: &[Reject],
    ) -> Result<Population<SOURCES>, AuditError> {
        let mut sources = [const { None }; SOURCES];
        for (name, slots) in PARTS {
            let Some(extract) = spilled.extracts.get(name) else { continue };
            for (&slot, runs) in slots.iter().zip(&extract.parts) {
                let rows = runs.read_back(keys, places, &spilled.store)?;
                let (mut frame, gone) = supersede(rows, contract_of(name)?)?;
                self.reject(name, gone);
                if slot == SETTLEMENT {
                    frame = self.settled(without_orphans(frame, orphans)?)?;
                }
                sources[slot] = Some(source(frame)?);
            }
        }
        Ok(Population { sources: sources.map(|source| source.unwrap_or_else(Sorted::empty)) })
    }

    fn reject(&mut self, extract: &'static str, mut rejects: Vec<Reject>) {
        self.rejects.entry(extract).or_default().append(&mut rejects);
    }

    /// Settlements as incentives count them: of the two schemes, up to the logical date.
    fn settled(&mut self, settlements: DataFrame) -> PolarsResult<DataFrame> {
        let later = settlements.column("not_yet")?.bool()?;
        let codes = Codes::of_contracts();
        let schemes = settlements.column("insutype")?.u8()?;
        let counts: BooleanChunked = schemes
            .iter()
            .zip(later.iter())
            .map(|(place, later)| later != Some(true) && place.and_then(|p| codes.scheme(p)).is_some())
            .collect();
        *self.settlements_not_yet.get_or_insert(0) += not_yet(&settlements).unwrap_or_default();
        columnwise::filter(settlements, &counts)
    }
}

/// The rows that stand, as a source to walk.
fn source(mut frame: DataFrame) -> Result<Sorted, AuditError> {
    // It has told which rows stand, and weighs as much as a key.
    if frame.column("fingerprint").is_ok() {
        frame.drop_in_place("fingerprint")?;
    }
    Ok(Sorted::from_frame(&frame)?)
}

fn contract_of(name: &'static str) -> Result<&'static Contract, AuditError> {
    contract(name).ok_or(AuditError::NoContract(name))
}

/// The rows of `mutual_aid` in reading order, with the keys that persons have after sealing.
fn mutual_aid(extract: Extract, places: &KeyRenumbering) -> Result<RecordBatch, AuditError> {
    let mut frame = extract.parts.into_iter().next().unwrap_or_default();
    move_keys(&mut frame, &["payer_key", "payee_key"], places)?;
    Ok(to_arrow(&frame)?)
}

/// The rows of `target`. A township that is there twice leaves open what its target is.
fn targets(extract: &Extract) -> Result<Vec<Target>, AuditError> {
    let mut targets: Vec<Target> = Vec::new();
    for frame in &extract.parts {
        let (codes, names) = (frame.column("admdvs")?.u64()?, frame.column("name")?.str()?);
        let (registered, target) = (frame.column("registered")?.i64()?, frame.column("target")?.i64()?);
        let origins = frame.column("origin")?.u64()?;
        for row in 0..frame.height() {
            let Some(code) = codes.get(row) else { continue };
            let township = (code != Kind::TOTAL).then(|| DivisionCode::from_packed(code).township()).flatten();
            if targets.iter().any(|known| known.township == township) {
                let origin = Origin(origins.get(row).unwrap_or_default());
                let file = extract.files.get(origin.file()).map_or("target", |file| file.path.as_str());
                return Err(AuditError::TargetTwice { file: file.to_owned(), line: origin.line() });
            }
            targets.push(Target {
                township,
                name: names.get(row).unwrap_or_default().to_owned(),
                registered: registered.get(row).unwrap_or_default(),
                target: target.get(row).unwrap_or_default(),
            });
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use canbao_rules::rules::Scheme;
    use canbao_sources::CONTRACTS;

    #[test]
    fn every_wanted_column_is_declared() {
        let packs = crate::policies::shipped().unwrap();
        for policy in packs.iter().flat_map(|pack| pack.years()) {
            for extract in CONTRACTS {
                for want in wants(extract.name, policy).unwrap_or_default() {
                    assert!(extract.column(want.column).is_some(), "{}.{}", extract.name, want.column);
                }
            }
        }
    }

    #[test]
    fn schemes_are_told_by_their_codes() {
        let codes = Codes::of_contracts();
        let known: Vec<Scheme> = (0..20).filter_map(|place| codes.scheme(place)).collect();
        assert_eq!(known, [Scheme::Employee, Scheme::Resident]);
    }
}
