//! Frames by person: keys settled, rows sorted, those that give way to others taken out.

use polars::prelude::{ChunkApply, DataFrame, IntoSeries, PolarsResult};

use crate::{Contract, Reject, columnwise, supersede};
use canbao_rules::identity::{KeyRenumbering, PersonKey};

/// The rows of one extract by person key, equal keys in reading order, without those that give way to others; and
/// these as rejects. `places` says where the certificates went that are no resident numbers.
pub fn sorted(mut frame: DataFrame, contract: &Contract, places: &KeyRenumbering) -> PolarsResult<(DataFrame, Vec<Reject>)> {
    move_keys(&mut frame, &["key"], places)?;
    // The rows come in reading order, which is kept among equal keys.
    supersede(columnwise::sort_by_key(frame, |_| ())?, contract)
}

/// Gives these key columns of a frame the keys that persons have once all certificates are in their places.
pub fn move_keys(frame: &mut DataFrame, columns: &[&str], places: &KeyRenumbering) -> PolarsResult<()> {
    if places.is_identity() {
        return Ok(());
    }
    for column in columns {
        let keys = frame.column(column)?.u64()?.apply_values(|key| places.moved(PersonKey(key)).0);
        frame.with_column(keys.into_series().into())?;
    }
    Ok(())
}
