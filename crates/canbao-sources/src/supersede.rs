//! Rows that give way to another row of the same person.

use std::collections::{HashMap, HashSet};

use polars::prelude::{BooleanChunked, DataFrame, NamedFrom, PolarsResult};

use super::columnwise::filter;
use super::{Contract, Kind, Origin, Reject, Repeats, SETTLEMENT};
use canbao_rules::rules::RejectReason;

/// Leaves of a frame the rows that stand, and names those that do not, by origin.
///
/// The frame is one that [`super::read()`] gave, whole persons at a time, sorted by (`key`, `origin`):
/// rows that are equal in every column have the same certificate, so equal rows stand together.
/// `not_yet` rows stand, and nothing gives way to them.
///
/// # Errors
/// Where the frame lacks a column that [`super::read()`] gives the contract's frames.
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
    let mut rejects: Vec<Reject> = fallen.map(|(_, &origin)| Reject::row(Origin(origin), RejectReason::Superseded)).collect();
    if rejects.is_empty() {
        return Ok((frame, rejects));
    }
    rejects.sort_unstable_by_key(|reject| reject.origin);
    Ok((filter(frame, &BooleanChunked::new("stands".into(), &stands))?, rejects))
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
    let mut refunds = Refunds::default();
    refunds.note(&frame)?;
    refunds.look_for_originals(&frame)?;
    let orphans = refunds.orphans();
    Ok((without_orphans(frame, &orphans)?, orphans))
}

/// The rows of a frame without those that are orphans, which are by origin.
///
/// # Errors
/// Where the frame lacks the column `origin`.
pub fn without_orphans(frame: DataFrame, orphans: &[Reject]) -> PolarsResult<DataFrame> {
    if orphans.is_empty() {
        return Ok(frame);
    }
    let stands = |origin: &u64| orphans.binary_search_by_key(origin, |orphan| orphan.origin.0).is_err();
    let stands: Vec<bool> = numbers(&frame, "origin")?.iter().map(stands).collect();
    filter(frame, &BooleanChunked::new("stands".into(), &stands))
}

/// What finds orphan refunds where settlements come frame by frame, as [`orphan_refunds`] takes them: first all are noted,
/// then originals are looked for in all.
#[derive(Debug, Default)]
pub struct Refunds {
    refunds: Vec<Refund>,
    /// The rows that stand of each number that a refund names.
    originals: HashMap<Box<str>, usize>,
}

#[derive(Debug)]
struct Refund {
    origin: Origin,
    id: Option<Box<str>>,
    original: Option<Box<str>>,
}

impl Refunds {
    /// Notes the refunds of a frame.
    ///
    /// # Errors
    /// Where it lacks a column.
    pub fn note(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let (ids, originals) = (frame.column("setl_id")?.str()?, frame.column("init_setl_id")?.str()?);
        let (refunds, not_yet) = (refunds(frame)?, frame.column("not_yet")?.bool()?);
        let origins = numbers(frame, "origin")?;
        for row in (0..origins.len()).filter(|&row| refunds[row] && not_yet.get(row) != Some(true)) {
            let (id, original) = (ids.get(row).map(Box::from), originals.get(row).map(Box::from));
            if let Some(original) = &original {
                self.originals.entry(Box::clone(original)).or_default();
            }
            self.refunds.push(Refund { origin: Origin(origins[row]), id, original });
        }
        Ok(())
    }

    /// Whether no refund was noted.
    pub fn is_empty(&self) -> bool {
        self.refunds.is_empty()
    }

    /// Counts the rows of a frame that refunds name.
    ///
    /// # Errors
    /// Where it lacks a column.
    pub fn look_for_originals(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        if self.is_empty() {
            return Ok(());
        }
        for id in frame.column("setl_id")?.str()?.iter().flatten() {
            if let Some(rows) = self.originals.get_mut(id) {
                *rows += 1;
            }
        }
        Ok(())
    }

    /// The refunds without an original, by origin.
    pub fn orphans(mut self) -> Vec<Reject> {
        self.refunds.sort_unstable_by_key(|refund| refund.origin);
        let mut stands = vec![true; self.refunds.len()];
        loop {
            let mut fell = false;
            for (refund, stands) in self.refunds.iter().zip(&mut stands).filter(|(_, stands)| **stands) {
                // The row itself is no original, but another one of its number is.
                let itself = usize::from(refund.id == refund.original);
                let original = refund.original.as_ref().and_then(|original| self.originals.get(original));
                if original.is_some_and(|&rows| rows > itself) {
                    continue;
                }
                (*stands, fell) = (false, true);
                if let Some(rows) = refund.id.as_ref().and_then(|id| self.originals.get_mut(id)) {
                    *rows -= 1;
                }
            }
            if !fell {
                break;
            }
        }
        let fallen = self.refunds.iter().zip(stands).filter(|(_, stands)| !stands);
        let orphan = |refund: &Refund| {
            Reject::value(refund.origin, "init_setl_id", refund.original.as_deref().unwrap_or(""), RejectReason::OrphanRefund)
        };
        fallen.map(|(refund, _)| orphan(refund)).collect()
    }
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
