//! Rows that give way to another row of the same person.

use std::collections::{HashMap, HashSet};

use polars::prelude::{BooleanChunked, DataFrame, NamedFrom, PolarsResult};

use super::{Contract, Kind, Origin, Reason, Reject, Repeats, SETTLEMENT};

/// Leaves of a frame the rows that stand, and names those that do not, by origin.
///
/// The frame is one that [`super::read`] gave, whole persons at a time, sorted by (`key`, `origin`):
/// rows that are equal in every column have the same certificate, so equal rows stand together.
/// `not_yet` rows stand, and nothing gives way to them.
///
/// # Errors
/// Where the frame lacks a column that [`super::read`] gives the contract's frames.
pub fn supersede(frame: DataFrame, contract: &Contract) -> PolarsResult<(DataFrame, Vec<Reject>)> {
    if contract.repeats == Repeats::Allowed || frame.height() == 0 {
        return Ok((frame, Vec::new()));
    }
    let keys = numbers(&frame, "key")?;
    let origins = numbers(&frame, "origin")?;
    let mut stands = vec![true; keys.len()];
    match contract.repeats {
        Repeats::Allowed => {}
        Repeats::NewestStands(by) => {
            let times: Vec<Option<i64>> = match by {
                Some(by) => frame.column(by)?.datetime()?.physical().iter().collect(),
                None => vec![None; keys.len()],
            };
            for person in persons(&keys) {
                let newest = person.clone().max_by_key(|&row| (times[row], origins[row]));
                person.for_each(|row| stands[row] = Some(row) == newest);
            }
        }
        Repeats::FirstStands => {
            let fingerprints = numbers(&frame, "fingerprint")?;
            let not_yet: Vec<bool> = match frame.column("not_yet") {
                Ok(column) => column.bool()?.iter().map(|not_yet| not_yet == Some(true)).collect(),
                Err(_) => vec![false; keys.len()],
            };
            let mut seen = HashSet::new();
            for person in persons(&keys).filter(|person| person.len() > 1) {
                seen.clear();
                for row in person.filter(|&row| !not_yet[row]) {
                    stands[row] = seen.insert(fingerprints[row]);
                }
            }
        }
    }
    let fallen = stands.iter().zip(&origins).filter(|(stands, _)| !**stands);
    let mut rejects: Vec<Reject> = fallen.map(|(_, &origin)| Reject::row(Origin(origin), Reason::Superseded)).collect();
    if rejects.is_empty() {
        return Ok((frame, rejects));
    }
    rejects.sort_unstable_by_key(|reject| reject.origin);
    Ok((frame.filter(&BooleanChunked::new("stands".into(), &stands))?, rejects))
}

/// Names the refunds of a settlement frame whose original is not named, is the row itself, or is not
/// among the frame's rows, and leaves the others.
///
/// The frame has `origin`, `not_yet`, and in plain shape `setl_id`, `init_setl_id` and `refd_setl_flag`;
/// superseded rows are gone from it. An orphan is no used row, so a refund of an orphan is one too. A
/// `not_yet` row stands whatever it refunds.
///
/// # Errors
/// Where the frame lacks one of these columns.
pub fn orphan_refunds(frame: DataFrame) -> PolarsResult<(DataFrame, Vec<Reject>)> {
    let origins = numbers(&frame, "origin")?;
    let mut stands = vec![true; origins.len()];
    let mut orphans = Vec::new();
    {
        let ids = frame.column("setl_id")?.str()?;
        let originals = frame.column("init_setl_id")?.str()?;
        let (refunds, not_yet) = (refunds(&frame)?, frame.column("not_yet")?.bool()?);
        let refunds: Vec<usize> = (0..origins.len()).filter(|&row| refunds[row] && not_yet.get(row) != Some(true)).collect();
        let named: HashSet<&str> = refunds.iter().filter_map(|&row| originals.get(row)).collect();
        let mut standing: HashMap<&str, usize> = HashMap::new();
        for id in ids.iter().flatten().filter(|id| named.contains(id)) {
            *standing.entry(id).or_default() += 1;
        }
        loop {
            let before = orphans.len();
            for &row in &refunds {
                let (id, original) = (ids.get(row), originals.get(row));
                // The row itself is no original, but another one of its number is.
                let itself = usize::from(id == original);
                let found = original.is_some_and(|original| standing.get(original).is_some_and(|&rows| rows > itself));
                if stands[row] && !found {
                    stands[row] = false;
                    if let Some(rows) = id.and_then(|id| standing.get_mut(id)) {
                        *rows -= 1;
                    }
                    orphans.push(Reject::value(Origin(origins[row]), "init_setl_id", original.unwrap_or(""), Reason::OrphanRefund));
                }
            }
            if orphans.len() == before {
                break;
            }
        }
    }
    orphans.sort_unstable_by_key(|reject| reject.origin);
    if orphans.is_empty() {
        return Ok((frame, orphans));
    }
    Ok((frame.filter(&BooleanChunked::new("stands".into(), &stands))?, orphans))
}

/// Whether each row reverses another one.
fn refunds(frame: &DataFrame) -> PolarsResult<Vec<bool>> {
    let flags = frame.column("refd_setl_flag")?;
    let codes = match SETTLEMENT.column("refd_setl_flag").map(|(_, column)| column.kind) {
        Some(Kind::Code(codes)) => codes,
        _ => &[],
    };
    Ok(flags.u8()?.iter().map(|place| place.and_then(|place| codes.get(usize::from(place))) == Some(&"1")).collect())
}

/// The ranges of rows with one key.
fn persons(keys: &[u64]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut begin = 0;
    keys.chunk_by(|one, other| one == other).map(move |rows| {
        begin += rows.len();
        begin - rows.len()..begin
    })
}

fn numbers(frame: &DataFrame, column: &str) -> PolarsResult<Vec<u64>> {
    Ok(frame.column(column)?.u64()?.iter().map(Option::unwrap_or_default).collect())
}
