//! What became of every row: counts by source and file, and the dataset `rejects`.
//!
//! Invariant: a row is rejected at most once, so for every file rows read = rows used + rows rejected.
//!
//! Rejects become rows of the dataset only while it is written: there may be as many as rows.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_schema::{ArrowError, SchemaRef};

use super::checkpoint::FingerprintFile;
use super::gates::SourceCounts;
use super::report::{FileReport, SourceReport};
use super::source_spec::SourceSpec;
use crate::operators::UncountedRows;
use canbao_publish::{InputEntry, datasets};
use canbao_sources::{Noted, Origin, Reject, RejectLog};

/// Rows in one batch of `rejects`.
const BATCH: usize = 1 << 16;

/// The rows of one source.
#[derive(Debug)]
pub(super) struct RowCounts {
    source: String,
    /// The contract's place among all contracts: by it `rejects` is ordered.
    order: usize,
    /// Rows used and rejected are filled in by [`RowCounts::report`].
    files: Vec<FileReport>,
    /// By origin.
    log: RejectLog,
    /// What operators rejected.
    rejects: Vec<Reject>,
    uncounted: Option<UncountedRows>,
}

impl RowCounts {
    pub fn new(source: &SourceSpec, files: Vec<FileReport>) -> Self {
        let order = canbao_sources::CONTRACTS.iter().position(|contract| contract.name == source.contract.name);
        let (log, rejects) = (RejectLog::default(), Vec::new());
        Self { source: source.extract.clone(), order: order.unwrap_or(usize::MAX), files, log, rejects, uncounted: None }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// The files that were read.
    pub fn files(&self) -> &[FileReport] {
        &self.files
    }

    /// Adds rejected rows. Two operators that read the same extract reject the same rows: each is taken once.
    pub fn reject(&mut self, mut rejects: Vec<Reject>) {
        if !self.rejects.is_empty() {
            let known: HashSet<Origin> = self.rejects.iter().map(|reject| reject.origin).collect();
            rejects.retain(|reject| !known.contains(&reject.origin));
        }
        self.rejects.append(&mut rejects);
    }

    /// The same with rejects by origin.
    pub fn with_log(self, log: RejectLog) -> Self {
        Self { log, ..self }
    }

    fn noted(&self) -> impl Iterator<Item = Noted<'_>> {
        self.log.iter().chain(self.rejects.iter().map(Noted::from))
    }

    /// Its files, as a fingerprint sees them.
    pub fn inputs(&self) -> impl Iterator<Item = FingerprintFile<'_>> {
        self.files.iter().map(|file| FingerprintFile { source: &self.source, file: &file.file, sha256: file.sha256.clone() })
    }

    /// Adds how many used rows an operator counts nowhere. What one operator does not tell apart another may.
    pub fn add_uncounted(&mut self, rows: UncountedRows) {
        let elsewhere = rows.elsewhere.or(self.uncounted.and_then(|known| known.elsewhere));
        self.uncounted = Some(UncountedRows { elsewhere, ..rows });
    }

    /// The same where rows of days to come are counted nowhere; `not_yet` is `None` where the extract has no such rows.
    pub fn with_not_yet(mut self, not_yet: Option<u64>) -> Self {
        self.uncounted = not_yet.map(|not_yet| UncountedRows { elsewhere: None, not_yet });
        self
    }

    /// What gates look at.
    pub fn counts(&self) -> SourceCounts {
        let read = self.files.iter().map(|file| file.rows_read).sum();
        SourceCounts { read, faulty: self.noted().filter(|reject| reject.reason.counts_in_gates()).count() as u64 }
    }

    /// How many rows of the dataset `rejects` are this source's.
    pub fn rows_rejected(&self) -> u64 {
        self.log.len() + self.rejects.len() as u64
    }

    /// All rejects by origin. The log is in that order already.
    fn by_origin(&self) -> impl Iterator<Item = Noted<'_>> {
        let mut added: Vec<Noted<'_>> = self.rejects.iter().map(Noted::from).collect();
        added.sort_by_key(|reject| reject.origin);
        let (mut logged, mut added) = (self.log.iter().peekable(), added.into_iter().peekable());
        std::iter::from_fn(move || match (logged.peek(), added.peek()) {
            (Some(one), Some(other)) if other.origin < one.origin => added.next(),
            (Some(_), _) => logged.next(),
            (None, _) => added.next(),
        })
    }

    pub fn report(&self) -> SourceReport {
        let mut files = self.files.clone();
        let mut by_reason: BTreeMap<&'static str, u64> = BTreeMap::new();
        for reject in self.noted() {
            *by_reason.entry(reject.reason.as_str()).or_default() += 1;
            if let Some(file) = files.get_mut(reject.origin.file()) {
                file.rows_rejected += 1;
            }
        }
        for file in &mut files {
            file.rows_used = file.rows_read.saturating_sub(file.rows_rejected);
        }
        let rows_read = files.iter().map(|file| file.rows_read).sum();
        let rows_rejected = self.rows_rejected();
        SourceReport {
            source: self.source.clone(),
            rows_read,
            rows_used: rows_read.saturating_sub(rows_rejected),
            rows_rejected,
            elsewhere: self.uncounted.and_then(|rows| rows.elsewhere),
            not_yet: self.uncounted.map(|rows| rows.not_yet),
            by_reason: by_reason.into_iter().map(|(reason, rows)| (reason.into(), rows)).collect(),
            files,
        }
    }
}

/// The manifest's entries, one a file.
pub(super) fn inputs(sources: &[SourceReport]) -> Vec<InputEntry> {
    let entry = |source: &SourceReport, file: &FileReport| InputEntry {
        source: source.source.clone(),
        file: file.file.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        rows_read: file.rows_read,
        rows_used: file.rows_used,
        rows_rejected: file.rows_rejected,
    };
    sources.iter().flat_map(|source| source.files.iter().map(move |file| entry(source, file))).collect()
}

/// The rows of the dataset `rejects`: by source in the contract's order, file in reading order, line.
pub(super) fn rejects(counts: &[RowCounts]) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
    let schema = datasets::REJECTS.schema();
    let mut sources: Vec<&RowCounts> = counts.iter().collect();
    sources.sort_by_key(|counts| (counts.order, &counts.source));
    sources.into_iter().flat_map(move |counts| {
        let (schema, mut rows) = (Arc::clone(&schema), counts.by_origin().peekable());
        std::iter::from_fn(move || {
            rows.peek()?;
            Some(batch(&schema, counts, rows.by_ref().take(BATCH)))
        })
    })
}

fn batch<'t>(schema: &SchemaRef, counts: &RowCounts, rows: impl Iterator<Item = Noted<'t>>) -> Result<RecordBatch, ArrowError> {
    let mut source = StringBuilder::new();
    let mut file = StringBuilder::new();
    let mut line = Int64Builder::new();
    let mut column = StringBuilder::new();
    let mut value = StringBuilder::new();
    let mut reason = StringBuilder::new();
    for reject in rows {
        source.append_value(&counts.source);
        file.append_value(counts.files.get(reject.origin.file()).map_or("", |file| &file.file));
        line.append_value(i64::try_from(reject.origin.line()).unwrap_or(i64::MAX));
        column.append_option(reject.column);
        value.append_option(reject.value);
        reason.append_value(reject.reason.as_str());
    }
    let columns: Vec<arrow_array::ArrayRef> = vec![
        Arc::new(source.finish()),
        Arc::new(file.finish()),
        Arc::new(line.finish()),
        Arc::new(column.finish()),
        Arc::new(value.finish()),
        Arc::new(reason.finish()),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}

#[cfg(test)]
mod tests {
    use arrow_cast::pretty::pretty_format_batches;

    use super::*;
    use canbao_rules::rules::RejectReason;
    use canbao_sources::Encoding;

    fn counts(extract: &str, files: &[(&str, u64)]) -> RowCounts {
        let contract = canbao_sources::contract(extract).unwrap();
        let spec = SourceSpec { extract: extract.to_owned(), contract, required: true, encoding: Encoding::Auto };
        let file = |&(file, rows_read): &(&str, u64)| FileReport {
            file: file.to_owned(),
            bytes: 1,
            sha256: String::new(),
            rows_read,
            rows_used: 0,
            rows_rejected: 0,
        };
        RowCounts::new(&spec, files.iter().map(file).collect())
    }

    #[test]
    fn every_row_ends_in_one_place() {
        let mut enrollment = counts("enrollment", &[("enrollment/2023.csv", 5), ("enrollment/2024.csv", 4)]);
        enrollment
            .reject(vec![Reject::row(Origin::new(1, 3), RejectReason::Superseded), Reject::row(Origin::new(0, 2), RejectReason::BadRow)]);
        let report = enrollment.report();
        assert_eq!((report.rows_read, report.rows_used, report.rows_rejected), (9, 7, 2));
        let files: Vec<_> = report.files.iter().map(|f| (f.rows_read, f.rows_used, f.rows_rejected)).collect();
        assert_eq!(files, [(5, 4, 1), (4, 3, 1)]);
        assert_eq!(enrollment.counts(), SourceCounts { read: 9, faulty: 1 }, "a superseded row is no fault");
    }

    #[test]
    fn rejects_stand_in_their_order() {
        let mut payment = counts("payment", &[("payment.csv", 9)]);
        payment.reject(vec![Reject::value(Origin::new(0, 7), "pay_amt", "x", RejectReason::BadNumber)]);
        let mut household = counts("household", &[("household/a.csv", 9), ("household/b.csv", 9)]);
        household.reject(vec![
            Reject::row(Origin::new(1, 2), RejectReason::BadRow),
            Reject::value(Origin::new(0, 9), "brdy", "", RejectReason::MissingValue),
        ]);
        let mut log = RejectLog::default();
        log.note(&[
            Reject::value(Origin::new(0, 3), "pay_amt", "y", RejectReason::BadNumber),
            Reject::row(Origin::new(0, 8), RejectReason::BadRow),
        ]);
        let counts = [payment.with_log(log), household];
        assert_eq!(counts.each_ref().map(RowCounts::rows_rejected), [3, 2]);
        let batches = rejects(&counts).collect::<Result<Vec<_>, _>>().unwrap();
        insta::assert_snapshot!(pretty_format_batches(&batches).unwrap(), @"
        +-----------+-----------------+------+---------+-------+---------------+
        | source    | file            | line | column  | value | reason        |
        +-----------+-----------------+------+---------+-------+---------------+
        | household | household/a.csv | 9    | brdy    |       | missing_value |
        | household | household/b.csv | 2    |         |       | bad_row       |
        | payment   | payment.csv     | 3    | pay_amt | y     | bad_number    |
        | payment   | payment.csv     | 7    | pay_amt | x     | bad_number    |
        | payment   | payment.csv     | 8    |         |       | bad_row       |
        +-----------+-----------------+------+---------+-------+---------------+
        ");
    }
}
