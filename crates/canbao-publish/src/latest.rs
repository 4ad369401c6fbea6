//! Moving `latest.json`.

use super::error::PublishError;
use super::layout::{LATEST, json};
use super::manifest::Latest;
use super::snapshot_name::SnapshotName;
use super::store::Store;

/// Moves a pipeline's `latest.json` to a snapshot unless it names that one or a newer one; says whether it did. A
/// `latest.json` that cannot be read names nothing, and is replaced.
pub(super) fn move_latest(store: &dyn Store, pipeline: &str, snapshot: SnapshotName) -> Result<bool, PublishError> {
    let ours = Latest { snapshot };
    let content = json(&ours, LATEST, LATEST)?;
    store.revise(&format!("{pipeline}/{LATEST}"), &mut |present| {
        let present = present.and_then(|content| serde_json::from_slice::<Latest>(content).ok());
        let newer = present.is_none_or(|latest| latest.snapshot < ours.snapshot);
        newer.then(|| content.clone())
    })
}
