//! One extract's file against its declared columns, for whoever prepares it.

use polars::prelude::SortMultipleOptions;

use super::{
    Contract, Encoding, ExtractError, FileReport, Labels, NoProgress, Reason, Reject, Repeats, Request, Source, SourceFile, Want,
    orphan_refunds, read, supersede,
};
use crate::identity::OtherCertificates;
use crate::period::Day;

/// What a check found.
#[derive(Debug)]
pub struct CheckReport {
    /// The extract.
    pub source: &'static str,
    /// The file.
    pub file: String,
    /// Rows in it.
    pub rows_read: u64,
    /// Rows a run would use.
    pub rows_used: u64,
    /// All others.
    pub rows_rejected: u64,
    /// One for each of them, by line.
    pub rejects: Vec<RejectedRow>,
}

/// A row that a run would not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Where the record begins; the header is 1.
    pub line: u64,
    /// The column at fault, if one is.
    pub column: Option<&'static str>,
    /// Its value as written.
    pub value: Option<Box<str>>,
    /// What is wrong.
    pub reason: Reason,
}

/// What a settlement frame needs so that [`orphan_refunds`] can judge it.
const REFUND: [Want; 3] = [Want::plain("setl_id"), Want::plain("init_setl_id"), Want::is("refd_setl_flag", "1", false)];

/// Checks a file as a run on the day `on` would, superseded rows and orphan refunds included.
///
/// # Errors
/// A file that a run could not read.
pub fn check_file(
    file: SourceFile,
    contract: &'static Contract,
    on: Day,
    labels: Option<&Labels>,
    encoding: Encoding,
) -> Result<CheckReport, ExtractError> {
    let refunds = contract.column("refd_setl_flag").is_some();
    let columns: &[Want] = if refunds { &REFUND } else { &[] };
    let request = Request { contract, columns, split: None, labels, on, encoding };
    let source = Source { name: contract.name.to_owned(), files: vec![file] };
    let extract = read(&source, &request, &mut OtherCertificates::default(), &NoProgress)?;
    let mut rejects = extract.rejects;
    let frame_error = |source_error| ExtractError::Frame { file: source.files[0].path.clone(), source: source_error };
    for frame in extract.parts {
        let found = (|| {
            let frame =
                if contract.repeats == Repeats::Allowed { frame } else { frame.sort(["key", "origin"], SortMultipleOptions::default())? };
            let (frame, superseded) = supersede(frame, contract)?;
            let orphans = if refunds { orphan_refunds(frame)?.1 } else { Vec::new() };
            Ok([superseded, orphans])
        })();
        rejects.extend(found.map_err(frame_error)?.into_iter().flatten());
    }
    rejects.sort_unstable_by_key(|reject| reject.origin);
    let files: Vec<FileReport> = extract.files;
    let rows_read = files.iter().map(|file| file.rows_read).sum();
    Ok(CheckReport {
        source: contract.name,
        file: files.into_iter().map(|file| file.path).next().unwrap_or_default(),
        rows_read,
        rows_used: rows_read - rejects.len() as u64,
        rows_rejected: rejects.len() as u64,
        rejects: rejects.into_iter().map(RejectedRow::from).collect(),
    })
}

impl From<Reject> for RejectedRow {
    fn from(reject: Reject) -> Self {
        Self { line: reject.origin.line(), column: reject.column, value: reject.value, reason: reject.reason }
    }
}
