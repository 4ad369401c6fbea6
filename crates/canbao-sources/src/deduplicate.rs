//! The rows of an extract that stand: what the row check let pass, less what gives way to other rows.

use std::ops::RangeInclusive;

use polars::prelude::{DataFrame, PolarsResult, SortMultipleOptions};

use super::{
    Contract, Extract, ExtractError, FileReport, Progress, ReadBackError, Refunds, Reject, Repeats, Request, SortedRuns, Source,
    SpillStore, SpilledExtract, Want, orphan_refunds, ranges, read, read_spilled, supersede,
};
use canbao_rules::identity::{KeyRenumbering, OtherCertificates};

/// An extract that was checked and nothing more.
#[derive(Debug)]
pub struct CheckedExtract {
    /// The files in reading order.
    pub files: Vec<FileReport>,
    /// Every row that a run would not use, in reading order, superseded rows and orphan refunds included.
    pub rejects: Vec<Reject>,
    /// Used rows of a day after the logical date; `None` of an extract that has no such rows.
    pub not_yet: Option<u64>,
}

/// What a settlement frame needs so that [`orphan_refunds`] can judge it.
const REFUND: [Want; 3] = [Want::plain("setl_id"), Want::plain("init_setl_id"), Want::plain("refd_setl_flag")];

/// Checks an extract against its declared columns as a run would; the columns and the division that `request`
/// asks for play no part.
///
/// # Errors
/// The extract cannot be read, lacks a required column, or has no rows.
pub fn check_extract(source: &Source, request: &Request<'_>, progress: &dyn Progress) -> Result<CheckedExtract, ExtractError> {
    let columns: &[Want] = if has_refunds(request.contract) { &REFUND } else { &[] };
    let request = Request { columns, split: None, ..*request };
    let mut extract = read(source, &request, &mut OtherCertificates::default(), progress)?;
    let files = std::mem::take(&mut extract.files);
    let (rows, rejects) = deduplicated(extract, request.contract).map_err(|error| frame_error(source, error))?;
    Ok(CheckedExtract { files, rejects, not_yet: not_yet(&rows) })
}

/// How many rows are of a day after the logical date; `None` of an extract that has no such rows.
pub fn not_yet(rows: &DataFrame) -> Option<u64> {
    let later = rows.column("not_yet").ok()?.bool().ok()?;
    Some(u64::from(later.sum().unwrap_or_default()))
}

/// The rows that stand, in reading order, and everything rejected, in reading order too.
///
/// The extract is one that [`read()`] gave undivided; of a settlement, with `setl_id`, `init_setl_id` and `refd_setl_flag`.
///
/// # Errors
/// Where the frame lacks a column that [`read()`] gives it.
pub fn deduplicated(extract: Extract, contract: &Contract) -> PolarsResult<(DataFrame, Vec<Reject>)> {
    let Extract { mut parts, mut rejects, .. } = extract;
    let mut rows = parts.pop().unwrap_or_default();
    if contract.repeats != Repeats::Allowed && rows.height() > 0 {
        let by_person = rows.sort(["key", "origin"], SortMultipleOptions::default())?;
        let (stand, superseded) = supersede(by_person, contract)?;
        rejects.extend(superseded);
        rows = stand.sort(["origin"], SortMultipleOptions::default())?;
    }
    if has_refunds(contract) && rows.height() > 0 {
        let (stand, orphans) = orphan_refunds(rows)?;
        rejects.extend(orphans);
        rows = stand;
    }
    rejects.sort_unstable_by_key(|reject| reject.origin);
    Ok((rows, rejects))
}

/// Checks an extract as [`check_extract`] does, with its rows on a store and about `most` bytes of them held at a time.
///
/// # Errors
/// As [`check_extract`], and where rows cannot be spilled or read back.
pub fn check_spilled(
    source: &Source,
    request: &Request<'_>,
    progress: &dyn Progress,
    store: &SpillStore,
    most: usize,
) -> Result<CheckedExtract, ExtractError> {
    let contract = request.contract;
    let columns: &[Want] = if has_refunds(contract) { &REFUND } else { &[] };
    let request = Request { columns, split: None, ..*request };
    let mut certificates = OtherCertificates::default();
    let SpilledExtract { parts, files, rejects } = read_spilled(source, &request, &mut certificates, progress, store)?;
    let mut checked = CheckedExtract { files, rejects: rejects.to_vec(), not_yet: contract.not_yet.map(|_| 0) };
    let lost = |error: ReadBackError| match error {
        ReadBackError::Io(source) => ExtractError::Spill { file: first_file(&checked.files), source },
        ReadBackError::Frame(error) => frame_error(source, error),
    };
    let mut more = Vec::new();
    if let Some(runs) = parts.first().filter(|_| contract.repeats != Repeats::Allowed || has_refunds(contract)) {
        let places = certificates.seal();
        let ranges = ranges(&[runs], &places, store, most).map_err(|error| lost(error.into()))?;
        for keys in &ranges {
            let rows = runs.read_back(keys, &places, store).map_err(lost)?;
            let (rows, superseded) = supersede(rows, contract).map_err(|error| lost(error.into()))?;
            more.extend(superseded);
            checked.not_yet = checked.not_yet.zip(not_yet(&rows)).map(|(before, more)| before + more);
        }
        if has_refunds(contract) {
            more.extend(orphans_spilled(runs, contract, &ranges, &places, store).map_err(lost)?);
        }
    }
    checked.rejects.extend(more);
    checked.rejects.sort_unstable_by_key(|reject| reject.origin);
    Ok(checked)
}

/// The refunds without an original among all settlements on a store, by origin.
///
/// # Errors
/// Rows cannot be read back.
pub fn orphans_spilled(
    runs: &SortedRuns,
    contract: &Contract,
    ranges: &[RangeInclusive<u64>],
    places: &KeyRenumbering,
    store: &SpillStore,
) -> Result<Vec<Reject>, ReadBackError> {
    let rows_of = |keys: &RangeInclusive<u64>| Ok::<_, ReadBackError>(supersede(runs.read_back(keys, places, store)?, contract)?.0);
    let mut refunds = Refunds::default();
    for keys in ranges {
        refunds.note(&rows_of(keys)?)?;
    }
    if !refunds.is_empty() {
        for keys in ranges {
            refunds.look_for_originals(&rows_of(keys)?)?;
        }
    }
    Ok(refunds.orphans())
}

fn first_file(files: &[FileReport]) -> String {
    files.first().map(|file| file.path.clone()).unwrap_or_default()
}

fn has_refunds(contract: &Contract) -> bool {
    contract.column("refd_setl_flag").is_some()
}

/// A frame that polars refuses is a defect of the program; the extract's first file stands for it.
fn frame_error(source: &Source, error: polars::prelude::PolarsError) -> ExtractError {
    let file = source.files.first().map(|file| file.path.clone()).unwrap_or_default();
    ExtractError::Frame { file, source: error }
}
