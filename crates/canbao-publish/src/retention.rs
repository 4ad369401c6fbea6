//! Which snapshots may go: by age and number, for each pipeline, and never one that is still needed.
//!
//! Needed are: the latest snapshot of a pipeline and whatever is newer; the newest [`RetentionTerms::at_least`]; what is dated after
//! today; and everything that a snapshot which stays was made from, so that a printed figure can be traced to its rows
//! for as long as it is published. A bulletin that goes sets free what only it referred to. A pipeline that reads its own
//! last snapshot thus holds its whole past: of such pipelines nothing goes that a later snapshot builds on.
//!
//! Each attempt is a snapshot and counts as one, also where a date has several.
//!
//! Invariant: what stays refers to nothing that goes, at any moment: in the order given, no snapshot goes before one that
//! refers to it.

use std::collections::{BTreeMap, BTreeSet};

use super::snapshot_name::SnapshotName;
use canbao_rules::period::Day;

/// How long a pipeline's snapshots are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionTerms {
    /// Days by which today may be after a snapshot's logical date; `None` terms all.
    pub age: Option<u32>,
    /// So many of the newest stay whatever their age.
    pub at_least: u32,
}

/// A snapshot by its pipeline and name.
pub type SnapshotId = (String, SnapshotName);

/// What retention has to know of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The pipeline that published it.
    pub pipeline: String,
    /// Its name.
    pub snapshot: SnapshotName,
    /// The snapshots that it was made from; `None` where its manifest cannot be read, and then it stays.
    pub refers_to: Option<Vec<SnapshotId>>,
    /// Whether `latest.json` names it.
    pub is_latest: bool,
}

impl StoredSnapshot {
    fn name(&self) -> SnapshotId {
        (self.pipeline.clone(), self.snapshot)
    }
}

/// The snapshots that may go, each after all that refer to it. `all` are those of every pipeline of the location. Of a
/// pipeline without a word in `terms`, or without a latest snapshot, none goes.
pub fn removable(all: &[StoredSnapshot], terms: &BTreeMap<String, RetentionTerms>, today: Day) -> Vec<SnapshotId> {
    let mut go: BTreeSet<SnapshotId> = BTreeSet::new();
    for (pipeline, keep) in terms {
        let mut own: Vec<&StoredSnapshot> = all.iter().filter(|stored| stored.pipeline == *pipeline).collect();
        own.sort_unstable_by_key(|stored| stored.snapshot);
        go.extend(outlived(&own, *keep, today).map(StoredSnapshot::name));
    }
    let mut stay: Vec<&StoredSnapshot> = all.iter().filter(|stored| !go.contains(&stored.name())).collect();
    let by_name: BTreeMap<SnapshotId, &StoredSnapshot> = all.iter().map(|stored| (stored.name(), stored)).collect();
    while let Some(stored) = stay.pop() {
        for needed in stored.refers_to.iter().flatten() {
            if go.remove(needed) {
                stay.extend(by_name.get(needed));
            }
        }
    }
    in_order(go, &by_name)
}

/// Of one pipeline's snapshots, oldest first, those that are too old and not among the newest.
fn outlived<'a>(own: &[&'a StoredSnapshot], keep: RetentionTerms, today: Day) -> impl Iterator<Item = &'a StoredSnapshot> {
    let latest = own.iter().find(|stored| stored.is_latest).map(|stored| stored.snapshot);
    // What cannot be read is no use to anybody, and what is of a day to come may be a slip: neither is counted.
    let sound: Vec<&StoredSnapshot> =
        own.iter().copied().filter(|stored| stored.refers_to.is_some() && stored.snapshot.date <= today).collect();
    let older_ones = sound.len().saturating_sub(usize::try_from(keep.at_least).unwrap_or(usize::MAX));
    let too_old = move |stored: &&StoredSnapshot| {
        let days = i64::from(today.epoch()) - i64::from(stored.snapshot.date.epoch());
        keep.age.is_some_and(|age| days > i64::from(age)) && latest.is_some_and(|latest| stored.snapshot < latest)
    };
    sound.into_iter().take(older_ones).filter(too_old)
}

/// Puts each after all that refer to it; of those that refer to each other in a ring, in the order of names.
fn in_order(mut go: BTreeSet<SnapshotId>, by_name: &BTreeMap<SnapshotId, &StoredSnapshot>) -> Vec<SnapshotId> {
    let refers = |name: &SnapshotId| by_name.get(name).and_then(|stored| stored.refers_to.as_deref()).unwrap_or_default();
    let mut order = Vec::new();
    while !go.is_empty() {
        let held: BTreeSet<&SnapshotId> = go.iter().flat_map(|name| refers(name).iter().filter(move |needed| *needed != name)).collect();
        let mut free: Vec<SnapshotId> = go.iter().filter(|name| !held.contains(name)).cloned().collect();
        if free.is_empty() {
            free = go.iter().cloned().collect();
        }
        free.iter().for_each(|name| {
            go.remove(name);
        });
        order.extend(free);
    }
    order
}

#[cfg(test)]
mod tests;
