//! One row of either dataset as a workbook shows it.

use arrow_array::RecordBatch;

use super::super::LONG_OPEN_DAYS;
use super::super::case::CaseNumber;
use super::super::cells::{Cells, Row};
use super::super::error::CleanupError;
use canbao_publish::datasets::CLEANUP_SETTLED;
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment};
use canbao_rules::rules::{DuplicateAction, DuplicateKind, DuplicateOutcome};

/// A row. What only one of the datasets has is empty in the other.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub number: CaseNumber,
    pub certno: &'a str,
    pub name: Option<&'a str>,
    pub kind: DuplicateKind,
    pub psn_no: &'a str,
    pub insutype: &'a str,
    pub area: &'a str,
    pub first_month: &'a str,
    pub last_month: &'a str,
    pub paid_at: Option<Moment>,
    pub personal: Option<Yuan>,
    pub action: DuplicateAction,
    pub refund: Option<Yuan>,
    pub township: Option<&'a str>,
    pub township_name: Option<&'a str>,
    pub residence: Option<&'a str>,
    pub first_seen: Day,
    pub days_open: i32,
    pub reopened_from: Option<&'a str>,
    pub collides_with: Option<&'a str>,
    pub reason: &'a str,
    pub receiving_area: Option<&'a str>,
    pub end: Option<End>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub last_seen: Day,
    pub settled_on: Day,
    pub outcome: DuplicateOutcome,
}

/// The rows of a published dataset.
pub(super) fn lines<'a>(batch: &'a RecordBatch, dataset: &'static str) -> Result<Vec<Line<'a>>, CleanupError> {
    Cells::of(batch, dataset).rows().map(|row| line(&row, dataset == CLEANUP_SETTLED.name)).collect()
}

fn line<'a>(row: &Row<'a>, settled: bool) -> Result<Line<'a>, CleanupError> {
    let end = || {
        let outcome = row.code("outcome")?;
        Ok::<_, CleanupError>(End { last_seen: row.day("last_seen")?, settled_on: row.day("settled_on")?, outcome })
    };
    let open_only = |name| if settled { Ok(None) } else { row.text(name) };
    Ok(Line {
        number: row.case_number("case_no")?.ok_or_else(|| row.missing("case_no"))?,
        certno: row.known("certno")?,
        name: row.text("psn_name")?,
        kind: row.code("kind")?,
        psn_no: row.known("psn_no")?,
        insutype: row.known("insutype")?,
        area: row.known("insu_admdvs")?,
        first_month: row.known("accrym_begn")?,
        last_month: row.known("accrym_end")?,
        paid_at: row.moment("clct_time")?,
        personal: row.money("psn_clct_amt")?,
        action: row.code("action")?,
        refund: row.money("refund_amt")?,
        township: row.text("township")?,
        township_name: row.text("township_name")?,
        residence: row.text("resd_admdvs")?,
        first_seen: row.day("first_seen")?,
        days_open: row.int("days_open")?,
        reopened_from: row.text("reopened_from")?,
        collides_with: open_only("collides_with")?,
        reason: open_only("reason_text")?.unwrap_or_default(),
        receiving_area: open_only("receiving_area")?,
        end: if settled { Some(end()?) } else { None },
    })
}

impl Line<'_> {
    /// Whether the case has been open for long.
    pub fn is_long_open(&self) -> bool {
        self.days_open > LONG_OPEN_DAYS
    }

    /// Whether the case is gone since the list before this date's.
    pub fn is_settled_on(&self, date: Day) -> bool {
        self.end.is_some_and(|end| end.settled_on == date)
    }
}
