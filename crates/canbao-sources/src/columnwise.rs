//! Rows chosen from a frame column by column, each old column gone as soon as its new one is there.
//!
//! polars' own `take` and `filter` hold the whole frame twice, and an extract's frame is most of what a run holds.

use polars::prelude::{BooleanChunked, Column, DataFrame, IdxCa, IdxSize, PolarsResult};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// The rows by key; equal keys by what `then` gives for a row.
///
/// # Errors
/// Where the frame lacks its keys.
pub fn sort_by_key<T: Ord + Copy + Send>(frame: DataFrame, then: impl Fn(IdxSize) -> T) -> PolarsResult<DataFrame> {
    let keys = frame.column("key")?.u64()?.iter().map(Option::unwrap_or_default);
    let mut order: Vec<(u64, T, IdxSize)> = keys.zip(0..).map(|(key, row)| (key, then(row), row)).collect();
    order.par_sort_unstable();
    let order: Vec<IdxSize> = order.into_iter().map(|(_, _, row)| row).collect();
    take(frame, &IdxCa::from_vec("order".into(), order))
}

fn take(frame: DataFrame, rows: &IdxCa) -> PolarsResult<DataFrame> {
    each(frame, rows.len(), |column| {
        // Taking from many chunks looks for the chunk of every row.
        let whole = column.as_materialized_series().rechunk();
        drop(column);
        Ok(whole.take(rows)?.into())
    })
}

/// The rows for which the mask holds.
///
/// # Errors
/// The mask is not as long as the frame.
pub fn filter(frame: DataFrame, mask: &BooleanChunked) -> PolarsResult<DataFrame> {
    each(frame, mask.sum().unwrap_or_default() as usize, |column| column.filter(mask))
}

fn each(frame: DataFrame, rows: usize, of: impl Fn(Column) -> PolarsResult<Column> + Sync + Send) -> PolarsResult<DataFrame> {
    let columns = frame.into_columns().into_par_iter().map(of);
    DataFrame::new(rows, columns.collect::<PolarsResult<Vec<_>>>()?)
}
