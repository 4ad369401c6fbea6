//! What the same pipeline published for the same region before, for operators that compare.

use std::collections::BTreeMap;

use super::operator::Operator;
use super::plan::Plan;
use crate::publish::{PublishError, Publisher};
use crate::statistics::settlement::Earlier;

/// The newest whole snapshot of the plan's pipeline and region with an earlier logical date, so that a run for the same
/// date compares with the same one again; with those of the operator's datasets that it has.
///
/// # Errors
/// The location cannot be looked into, or a dataset of the snapshot cannot be read.
pub(super) fn earlier(publisher: &Publisher, plan: &Plan, operator: Operator) -> Result<Option<Earlier>, PublishError> {
    let pipeline = &plan.pipeline.name;
    let region = plan.region();
    for snapshot in publisher.snapshots(pipeline)?.into_iter().rev().filter(|snapshot| snapshot.date < plan.date) {
        let Some(manifest) = publisher.manifest(pipeline, snapshot)? else { continue };
        if manifest.run.region.as_ref() != Some(&region) {
            continue;
        }
        let mut datasets = BTreeMap::new();
        for spec in operator.datasets().iter().filter(|spec| manifest.datasets.iter().any(|entry| entry.name == spec.name)) {
            datasets.insert(spec.name.to_owned(), publisher.rows(pipeline, snapshot, spec.name)?);
        }
        return Ok(Some(Earlier { name: snapshot.to_string(), date: snapshot.date, datasets }));
    }
    Ok(None)
}
