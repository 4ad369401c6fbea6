//! What the audit's snapshot tells: the records in question, where their persons live, and what became of others.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::case::{Case, Home, Record, Who};
use super::cells::{Row, each_row, every_row};
use super::error::CleanupError;
use super::keys::Keys;
use super::past;
use canbao_publish::datasets::{BENEFIT_PERIOD, DUPLICATE_ENROLLMENT, PERSON, PROGRESS};
use canbao_publish::{PersonIds, Snapshot};
use canbao_rules::period::{Moment, MonthSpan};
use canbao_rules::policy::{Area, Region};
use canbao_rules::rules::{DuplicateKind, DuplicateOutcome};

/// The insurance whose records of the region the audit lists one by one.
const RESIDENT: &str = "390";

/// One record of a duplicate group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The record.
    pub record: Record,
    /// The months that it shares with any other.
    pub overlap: Option<MonthSpan>,
}

/// The townships of a region with their names, by code.
pub type Townships = BTreeMap<String, Option<String>>;

/// Where persons live and what covers them, as far as was asked.
#[derive(Debug, Default)]
pub struct Persons {
    homes: HashMap<String, Home>,
    /// By a case's person: `insutype@area` of every valid record.
    covered: HashMap<String, Vec<String>>,
    /// Every valid resident record in the region by person, number and time; `None` where the audit publishes none.
    enrolled: Option<HashSet<(Who, Option<Moment>)>>,
}

/// The records of all duplicate groups, in the audit's order.
///
/// # Errors
/// The audit's persons are not plain, or it cannot be read.
pub fn judged(audit: &Snapshot) -> Result<Vec<Judged>, CleanupError> {
    let rows = audit.rows(DUPLICATE_ENROLLMENT.name, Some(&[]))?;
    if PersonIds::of(rows.schema()) != Some(PersonIds::Plain) {
        let form = PersonIds::of(rows.schema()).map_or("an unknown form", PersonIds::as_str).to_owned();
        return Err(CleanupError::Masked { path: audit.shown(), form });
    }
    every_row(audit, DUPLICATE_ENROLLMENT.name, |row| {
        Ok(Judged { record: past::record(row)?, overlap: row.months("overlap_begn", "overlap_end")? })
    })
}

impl Persons {
    /// Looks for the persons of records, and for those of cases in the form in which their list has them.
    ///
    /// # Errors
    /// The audit cannot be read, or lacks `person`.
    pub fn look(audit: &Snapshot, records: &[Judged], cases: &[Case], places: &Places<'_>, keys: &Keys<'_>) -> Result<Self, CleanupError> {
        let wanted: HashSet<&str> = records.iter().map(|judged| judged.record.certno.as_str()).collect();
        let asked: HashSet<&str> = cases.iter().map(|case| case.who.person()).collect();
        let mut found = Self::default();
        each_row(audit, PERSON.name, Some(&["certno", "resd_admdvs", "township", "covered_by"]), |row| {
            let certno = row.known("certno")?;
            if wanted.contains(certno) {
                found.add_home(certno, places.home(row)?);
            }
            for who in keys.forms(certno, "").into_iter().filter(|who| asked.contains(who.person())) {
                found.covered.entry(who.person().to_owned()).or_default().extend(row.list("covered_by")?);
            }
            Ok(())
        })?;
        if audit.has(BENEFIT_PERIOD.name) {
            let mut enrolled = HashSet::new();
            each_row(audit, BENEFIT_PERIOD.name, Some(&["certno", "psn_no", "clct_time"]), |row| {
                let forms = keys.forms(row.known("certno")?, row.known("psn_no")?);
                let paid_at = row.moment("clct_time")?;
                enrolled.extend(forms.into_iter().filter(|who| asked.contains(who.person())).map(|who| (who, paid_at)));
                Ok(())
            })?;
            found.enrolled = Some(enrolled);
        }
        Ok(found)
    }

    /// Of two persons whose certificates have the same number and another type, neither is known to live anywhere.
    fn add_home(&mut self, certno: &str, home: Home) {
        let known = self.homes.entry(certno.to_owned()).or_insert_with(|| home.clone());
        if *known != home {
            *known = Home::default();
        }
    }

    /// Where a person lives.
    pub fn home(&self, certno: &str) -> Home {
        self.homes.get(certno).cloned().unwrap_or_default()
    }

    /// What became of a record that is in no duplicate group any more.
    ///
    /// Records of residents here are looked for one by one. Of others the audit tells only the insurance and the area,
    /// which says nothing of one record among several of the same kind.
    pub fn outcome(&self, case: &Case, region: &Region) -> DuplicateOutcome {
        let Some(covered) = self.covered.get(case.who.person()) else { return DuplicateOutcome::Unknown };
        let Record { insutype, area, kind, paid_at, .. } = &case.record;
        let here = Area::parse(area).is_some_and(|area| region.covers(area));
        let valid = match &self.enrolled {
            Some(enrolled) if insutype == RESIDENT && here => enrolled.contains(&(case.who.clone(), *paid_at)),
            _ if !covered.contains(&format!("{insutype}@{area}")) => false,
            _ if *kind == DuplicateKind::DoublePayment => return DuplicateOutcome::Unknown,
            _ => true,
        };
        if valid { DuplicateOutcome::NoLongerDuplicate } else { DuplicateOutcome::RecordGone }
    }
}

/// The region and its townships.
#[derive(Debug)]
pub struct Places<'a> {
    /// The region.
    pub region: &'a Region,
    /// Its townships.
    pub townships: Townships,
}

impl<'a> Places<'a> {
    /// The places that the audit knows.
    ///
    /// # Errors
    /// The audit cannot be read.
    pub fn of(audit: &Snapshot, region: &'a Region) -> Result<Self, CleanupError> {
        let mut places = Self { region, townships: Townships::new() };
        // An audit without targets is published without names, and one that leaves `progress` out without any.
        if audit.has(PROGRESS.name) {
            each_row(audit, PROGRESS.name, Some(&["admdvs", "name"]), |row| {
                let code = row.known("admdvs")?;
                if places.hold(code) {
                    let name = row.text("name")?.map(str::trim).filter(|name| !name.is_empty());
                    places.townships.insert(code.to_owned(), name.map(str::to_owned));
                }
                Ok(())
            })?;
        }
        Ok(places)
    }

    /// Whether a township's code is one of the region's; `TOTAL` is none.
    fn hold(&self, township: &str) -> bool {
        township.get(..6).and_then(Area::parse).is_some_and(|area| self.region.covers(area))
    }

    fn home(&self, person: &Row<'_>) -> Result<Home, CleanupError> {
        let township = person.text("township")?.filter(|code| self.hold(code)).map(str::to_owned);
        let township_name = township.as_ref().and_then(|code| self.townships.get(code)?.clone());
        Ok(Home { residence: person.text("resd_admdvs")?.map(str::to_owned), township, township_name })
    }
}
