//! Which snapshots a bulletin is made from.
//!
//! Settlements: the month's newest snapshot, which is that of its last day where there is one. Enrollment and the
//! clean-up are states: the newest that is not after the month's end, even of an earlier month; the bulletin says of
//! which day it is.

use super::error::BulletinError;
use canbao_publish::{Publisher, Snapshot};
use canbao_rules::period::Month;

/// The pipeline whose snapshots tell of enrollment.
pub const AUDIT: &str = "enrollment-audit";
/// The pipeline whose snapshots tell of the clean-up of duplicates.
pub const CLEANUP: &str = "duplicate-cleanup";
/// The pipeline whose snapshots tell of settlements.
pub const SETTLEMENT: &str = "settlement-statistics";

/// The snapshots at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct InputSnapshots<'a> {
    /// Of enrollment.
    pub audit: Option<&'a Snapshot>,
    /// Of the clean-up of duplicates.
    pub cleanup: Option<&'a Snapshot>,
    /// Of settlements.
    pub settlement: Option<&'a Snapshot>,
}

impl InputSnapshots<'_> {
    /// Whether there is nothing to make a bulletin from.
    pub const fn is_empty(&self) -> bool {
        self.audit.is_none() && self.cleanup.is_none() && self.settlement.is_none()
    }
}

/// The snapshots chosen for a month.
#[derive(Debug)]
pub struct Chosen {
    audit: Option<Snapshot>,
    cleanup: Option<Snapshot>,
    settlement: Option<Snapshot>,
}

/// Chooses among all that is published. Without `region` it is that of the month's settlements, else that of the
/// newest audit.
///
/// # Errors
/// The location cannot be looked into, or a manifest is not ours.
pub fn choose(publisher: &Publisher, month: Month, region: Option<&str>) -> Result<Chosen, BulletinError> {
    let find = |pipeline: &str, region: Option<&str>, within: bool| newest(publisher, pipeline, month, region, within);
    let settlement = find(SETTLEMENT, region, true)?;
    let region = region.map(str::to_owned).or_else(|| region_of(settlement.as_ref()));
    let audit = find(AUDIT, region.as_deref(), false)?;
    let region = region.or_else(|| region_of(audit.as_ref()));
    let cleanup = find(CLEANUP, region.as_deref(), false)?;
    Ok(Chosen { audit, cleanup, settlement })
}

impl Chosen {
    /// The snapshots.
    pub const fn snapshots(&self) -> InputSnapshots<'_> {
        InputSnapshots { audit: self.audit.as_ref(), cleanup: self.cleanup.as_ref(), settlement: self.settlement.as_ref() }
    }

    /// The region's code, as the snapshots state it.
    pub fn region(&self) -> Option<String> {
        let all = [&self.settlement, &self.audit, &self.cleanup];
        all.into_iter().find_map(|snapshot| region_of(snapshot.as_ref()))
    }
}

fn region_of(snapshot: Option<&Snapshot>) -> Option<String> {
    snapshot?.manifest().run.region.clone()
}

/// A pipeline's newest whole snapshot of a region that is not after the month's end, or lies `within` the month.
fn newest(
    publisher: &Publisher,
    pipeline: &str,
    month: Month,
    region: Option<&str>,
    within: bool,
) -> Result<Option<Snapshot>, BulletinError> {
    for name in publisher.snapshots(pipeline)?.into_iter().rev() {
        if name.date > month.last_day() || (within && name.date.month() != month) {
            continue;
        }
        let snapshot = Snapshot::open(publisher, pipeline, name)?;
        let fits = |snapshot: &Snapshot| match (region, &snapshot.manifest().run.region) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        if let Some(snapshot) = snapshot.filter(fits) {
            return Ok(Some(snapshot));
        }
    }
    Ok(None)
}
