//! Tracing a figure: its query, and the answer's rows.
//!
//! What is shown is the whole answer, small cells included: it is for those who may see the snapshots, not for print.

use polars::prelude::DataFrame;

use super::Bulletin;
use super::error::BulletinError;
use super::figures::{Figure, answers};

/// A figure with what is to be shown of it.
#[derive(Debug)]
pub struct Trace<'a> {
    /// The query.
    pub figure: &'a Figure,
    /// The answer, or the row and column that were asked for.
    pub rows: DataFrame,
}

/// Finds a figure of a bulletin: `QUERY`, `QUERY/ROW` or `QUERY/ROW/COLUMN`.
///
/// # Errors
/// There is none of this name.
pub fn trace<'a>(bulletin: &'a Bulletin, name: &str) -> Result<Trace<'a>, BulletinError> {
    let mut parts = name.splitn(3, '/');
    let id = parts.next().unwrap_or_default();
    let Some(figure) = bulletin.figures.iter().find(|figure| figure.id == id) else {
        let known: Vec<String> = bulletin.figures.iter().map(|figure| figure.id.to_owned()).collect();
        return Err(BulletinError::UnknownFigure {
            name: id.to_owned(),
            nearest: canbao_rules::suggestion::nearest(id, &known).map(str::to_owned),
        });
    };
    // What is worked out from the answer has no row or column of its own: all that it comes from is shown.
    let is_derived = !figure.derived.is_empty();
    let unknown = |what, name: &str| BulletinError::UnknownCell { figure: figure.id, what, name: name.to_owned() };
    let mut rows = figure.rows.clone();
    if let Some(key) = parts.next() {
        match answers(&rows, figure.keys).iter().position(|answer| answer.key == key) {
            Some(at) => rows = rows.slice(i64::try_from(at).unwrap_or(0), 1),
            None if is_derived => return Ok(Trace { figure, rows }),
            None => return Err(unknown("row", key)),
        }
    }
    if let Some(column) = parts.next() {
        match rows.select([column]) {
            Ok(selected) => rows = selected,
            Err(_) if is_derived => {}
            Err(_) => return Err(unknown("column", column)),
        }
    }
    Ok(Trace { figure, rows })
}
