//! What the audit asks of each extract, and how what was read becomes sources to walk.

use std::collections::BTreeMap;

use polars::prelude::{BooleanChunked, DataFrame, PolarsResult};

use super::AuditError;
use super::codes::Codes;
use super::person_facts::{HISTORY, HOUSEHOLD, IDENTITY, PAYMENT, RECORDS, SOURCES, STUDENT};
use crate::extract::{Extract, Kind, Origin, Reject, Shape, Want, contract};
use crate::identity::{DivisionCode, OtherCertificates, Places};
use crate::period::{BenefitYear, Day, Month, MonthSpan};
use crate::population::{Population, Sorted, sorted};
use crate::rules::validity;
use crate::statistics::progress::Target;

/// The columns that the audit keeps of an extract; `None` where it does not read it.
pub fn wants(extract: &str) -> Option<&'static [Want]> {
    Some(match extract {
        "household" => &const { plain(["psn_name", "gend", "brdy", "resd_admdvs", "regi_type", "surv_stas", "updt_time"]) },
        "identity" => &const { plain(["psn_name", "psn_idet_type", "begntime", "endtime"]) },
        "student" => &const { plain(["psn_name", "school_admdvs", "begntime", "endtime"]) },
        "payment" => &const { plain(["clct_year", "pay_time", "pay_amt", "pay_stas"]) },
        "target" => &const { plain(["admdvs", "name", "registered", "target"]) },
        "enrollment" => &ENROLLMENT,
        _ => return None,
    })
}

const ENROLLMENT: [Want; 12] = [
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
                Some(validity::may_count(codes.scheme(scheme?)?, span, year, on))
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
}

/// Sorts the extracts by person and takes out the rows that give way to others.
pub(super) fn take_in(mut extracts: BTreeMap<&'static str, Extract>, mut certificates: OtherCertificates) -> Result<Intake, AuditError> {
    let places = certificates.seal();
    let mut rejects = Vec::new();
    let mut sources = [const { None }; SOURCES];
    let has_payments = extracts.contains_key("payment");
    let targets = extracts.remove("target").map(|target| targets(&target)).transpose()?.unwrap_or_default();
    let parts: [(&'static str, &[usize]); 5] = [
        ("household", &[HOUSEHOLD]),
        ("student", &[STUDENT]),
        ("identity", &[IDENTITY]),
        ("enrollment", &[RECORDS, HISTORY]),
        ("payment", &[PAYMENT]),
    ];
    for (name, slots) in parts {
        let Some(extract) = extracts.remove(name) else { continue };
        let mut superseded = Vec::new();
        for (&slot, frame) in slots.iter().zip(extract.parts) {
            let (frame, gone) = sort_out(name, frame, &places)?;
            sources[slot] = Some(Sorted::from_frame(&frame)?);
            superseded.extend(gone);
        }
        superseded.sort_unstable_by_key(|reject: &Reject| reject.origin);
        rejects.push((name, superseded));
    }
    let sources = sources.map(|source| source.unwrap_or_else(Sorted::empty));
    Ok(Intake { population: Population { sources }, certificates, rejects, targets, has_payments })
}

fn sort_out(name: &'static str, frame: DataFrame, places: &Places) -> Result<(DataFrame, Vec<Reject>), AuditError> {
    let contract = contract(name).ok_or(AuditError::NoContract(name))?;
    Ok(sorted(frame, contract, places)?)
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
    use crate::rules::Scheme;

    #[test]
    fn every_wanted_column_is_declared() {
        for extract in ["household", "identity", "student", "payment", "target", "enrollment"] {
            for want in wants(extract).unwrap() {
                assert!(contract(extract).unwrap().column(want.column).is_some(), "{extract}.{}", want.column);
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
