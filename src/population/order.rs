//! Frames by person: keys settled, rows sorted, those that give way to others taken out.

use polars::prelude::{ChunkApply, DataFrame, IntoSeries, PolarsResult, SortMultipleOptions};

use crate::extract::{Contract, Reject, supersede};
use crate::identity::{PersonKey, Places};

/// The rows of one extract by person key, equal keys in reading order, without those that give way to others; and
/// these as rejects. `places` says where the certificates went that are no resident numbers.
pub fn sorted(mut frame: DataFrame, contract: &Contract, places: &Places) -> PolarsResult<(DataFrame, Vec<Reject>)> {
    if !places.is_identity() {
        let keys = frame.column("key")?.u64()?.apply_values(|key| places.moved(PersonKey(key)).0);
        frame.with_column(keys.into_series().into())?;
    }
    // Reading order is kept among equal keys, so the sort must be stable.
    let by_key = frame.sort(["key"], SortMultipleOptions::default().with_maintain_order(true))?;
    drop(frame);
    supersede(by_key, contract)
}
