//! What the audit asks of each extract, and how what was read becomes sources to walk.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use polars::prelude::{BooleanChunked, DataFrame, PolarsResult};

use super::AuditError;
use super::codes::Codes;
use super::person_facts::{HISTORY, HOUSEHOLD, IDENTITY, INCENTIVE_USE, PAYMENT, RECORDS, SETTLEMENT, SOURCES, STUDENT};
use crate::extract::{Extract, Kind, Origin, Reject, Shape, Want, contract, not_yet, orphan_refunds};
use crate::identity::{DivisionCode, OtherCertificates, Places};
use crate::period::{BenefitYear, Day, Month, MonthSpan};
use crate::policy::Policy;
use crate::population::bridge::to_arrow;
use crate::population::{Population, Sorted, move_keys, sorted};
use crate::rules::{Silent, validity};
use crate::statistics::progress::Target;

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
                Some(validity::may_count(codes.scheme(scheme?)?, span, year, on, &mut Silent))
            })
            .map(|may| may.unwrap_or(false))
            .collect();
        let of_the_year = block.filter(&may_count)?;
        let history = block.filter(&!may_count)?.drop_many(OF_THE_YEAR_ONLY);
        Ok(vec![of_the_year, history])
    }
}

/// All extracts, ready for the walk.
pub(super) struct Intake {
    pub population: Population<SOURCES>,
    pub certificates: OtherCertificates,
    /// Rows that gave way to others, by extract.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    pub targets: Vec<Target>,
    pub has_payments: bool,
    /// The rows of `mutual_aid` in reading order, where the extract is there.
    pub mutual_aid: Option<RecordBatch>,
    /// Used settlements of a day after the logical date, where the extract is there.
    pub settlements_not_yet: Option<u64>,
}

/// Sorts the extracts by person and takes out the rows that give way to others.
pub(super) fn take_in(mut extracts: BTreeMap<&'static str, Extract>, mut certificates: OtherCertificates) -> Result<Intake, AuditError> {
    let places = certificates.seal();
    let mut rejects = Vec::new();
    let mut sources = [const { None }; SOURCES];
    let has_payments = extracts.contains_key("payment");
    let mutual_aid = extracts.remove("mutual_aid").map(|extract| mutual_aid(extract, &places)).transpose()?;
    let mut settlements_not_yet = None;
    let targets = extracts.remove("target").map(|target| targets(&target)).transpose()?.unwrap_or_default();
    let parts: [(&'static str, &[usize]); 7] = [
        ("household", &[HOUSEHOLD]),
        ("student", &[STUDENT]),
        ("identity", &[IDENTITY]),
        ("enrollment", &[RECORDS, HISTORY]),
        ("payment", &[PAYMENT]),
        ("settlement", &[SETTLEMENT]),
        ("incentive_use", &[INCENTIVE_USE]),
    ];
    for (name, slots) in parts {
        let Some(extract) = extracts.remove(name) else { continue };
        let mut superseded = Vec::new();
        for (&slot, frame) in slots.iter().zip(extract.parts) {
            let (mut frame, gone) = sort_out(name, frame, &places)?;
            if slot == SETTLEMENT {
                let settled = settled(frame)?;
                settlements_not_yet = Some(settled.not_yet);
                superseded.extend(settled.orphans);
                frame = settled.rows;
            }
            sources[slot] = Some(Sorted::from_frame(&frame)?);
            superseded.extend(gone);
        }
        superseded.sort_unstable_by_key(|reject: &Reject| reject.origin);
        rejects.push((name, superseded));
    }
    let sources = sources.map(|source| source.unwrap_or_else(Sorted::empty));
    Ok(Intake { population: Population { sources }, certificates, rejects, targets, has_payments, mutual_aid, settlements_not_yet })
}

fn sort_out(name: &'static str, frame: DataFrame, places: &Places) -> Result<(DataFrame, Vec<Reject>), AuditError> {
    let contract = contract(name).ok_or(AuditError::NoContract(name))?;
    Ok(sorted(frame, contract, places)?)
}

/// Settlements as incentives count them.
struct Settled {
    /// Of the two schemes, up to the logical date.
    rows: DataFrame,
    orphans: Vec<Reject>,
    not_yet: u64,
}

fn settled(frame: DataFrame) -> PolarsResult<Settled> {
    let (frame, orphans) = orphan_refunds(frame)?;
    let later = frame.column("not_yet")?.bool()?;
    let codes = Codes::of_contracts();
    let schemes = frame.column("insutype")?.u8()?;
    let counts: BooleanChunked = schemes
        .iter()
        .zip(later.iter())
        .map(|(place, later)| later != Some(true) && place.and_then(|p| codes.scheme(p)).is_some())
        .collect();
    let not_yet = not_yet(&frame).unwrap_or_default();
    Ok(Settled { rows: frame.filter(&counts)?, orphans, not_yet })
}

/// The rows of `mutual_aid` in reading order, with the keys that persons have after sealing.
fn mutual_aid(extract: Extract, places: &Places) -> Result<RecordBatch, AuditError> {
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
    use crate::extract::CONTRACTS;
    use crate::policy::Packs;
    use crate::rules::Scheme;

    #[test]
    fn every_wanted_column_is_declared() {
        let packs = Packs::shipped().unwrap();
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
