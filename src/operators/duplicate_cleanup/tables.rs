//! The two datasets, from cases to columns.

use arrow_array::RecordBatch;
use arrow_array::builder::{Int32Builder, StringBuilder};

use super::audit::Judged;
use super::case::{Home, Record, Settled, Who};
use super::case_register::Entry;
use super::error::CleanupError;
use super::keys::Keys;
use canbao_publish::build::{DayBuilder, MomentBuilder, MoneyBuilder, batch};
use canbao_publish::datasets::{CLEANUP_SETTLED, CLEANUP_WORKLIST};
use canbao_rules::period::{Day, MonthSpan};

/// One row of `cleanup_worklist`.
pub struct Open<'a> {
    pub entry: Entry,
    pub who: Who,
    pub judged: &'a Judged,
    pub home: &'a Home,
    /// The records with which it collides, in words.
    pub collides_with: Option<String>,
    pub reason_text: String,
    pub receiving_area: Option<String>,
}

/// The columns that both datasets have.
#[derive(Default)]
struct Common {
    case_no: StringBuilder,
    certno: StringBuilder,
    psn_name: StringBuilder,
    kind: StringBuilder,
    psn_no: StringBuilder,
    insutype: StringBuilder,
    insu_admdvs: StringBuilder,
    accrym_begn: StringBuilder,
    accrym_end: StringBuilder,
    clct_time: MomentBuilder,
    psn_clct_amt: MoneyBuilder,
    action: StringBuilder,
    reason: StringBuilder,
    refund_amt: MoneyBuilder,
    resd_admdvs: StringBuilder,
    township: StringBuilder,
    township_name: StringBuilder,
    first_seen: DayBuilder,
    days_open: Int32Builder,
    reopened_from: StringBuilder,
    match_key: StringBuilder,
}

impl Common {
    fn push(&mut self, entry: &Entry, who: &Who, record: &Record, home: &Home, until: Day, keys: &Keys<'_>) -> Result<(), CleanupError> {
        self.case_no.append_value(entry.number.to_string());
        self.certno.append_value(&record.certno);
        self.psn_name.append_option(record.name.as_deref());
        self.kind.append_value(record.kind.as_str());
        self.psn_no.append_value(&record.psn_no);
        self.insutype.append_value(&record.insutype);
        self.insu_admdvs.append_value(&record.area);
        self.accrym_begn.append_value(record.months.first.to_string());
        self.accrym_end.append_value(record.months.last.to_string());
        self.clct_time.push(record.paid_at);
        self.psn_clct_amt.push(record.personal);
        self.action.append_value(record.action.as_str());
        self.reason.append_value(record.reason.as_str());
        self.refund_amt.push(Some(record.refund));
        self.resd_admdvs.append_option(home.residence.as_deref());
        self.township.append_option(home.township.as_deref());
        self.township_name.append_option(home.township_name.as_deref());
        self.first_seen.push(Some(entry.first_seen));
        self.days_open.append_value(until.epoch() - entry.first_seen.epoch());
        self.reopened_from.append_option(entry.reopened_from.map(|number| number.to_string()));
        self.match_key.append_option(keys.written(who)?);
        Ok(())
    }
}

/// `cleanup_worklist` for a date.
pub fn worklist(rows: &[Open<'_>], date: Day, keys: &Keys<'_>) -> Result<RecordBatch, CleanupError> {
    let mut common = Common::default();
    let (mut overlap_begn, mut overlap_end) = (StringBuilder::new(), StringBuilder::new());
    let (mut collides_with, mut reason_text, mut receiving_area) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        common.push(&row.entry, &row.who, &row.judged.record, row.home, date, keys)?;
        let month = |pick: fn(MonthSpan) -> canbao_rules::period::Month| row.judged.overlap.map(|overlap| pick(overlap).to_string());
        overlap_begn.append_option(month(|overlap| overlap.first));
        overlap_end.append_option(month(|overlap| overlap.last));
        collides_with.append_option(row.collides_with.as_deref());
        reason_text.append_value(&row.reason_text);
        receiving_area.append_option(row.receiving_area.as_deref());
    }
    let c = &mut common;
    let rows = batch(
        &CLEANUP_WORKLIST,
        &mut [
            &mut c.case_no,
            &mut c.certno,
            &mut c.psn_name,
            &mut c.kind,
            &mut c.psn_no,
            &mut c.insutype,
            &mut c.insu_admdvs,
            &mut c.accrym_begn,
            &mut c.accrym_end,
            &mut c.clct_time,
            &mut c.psn_clct_amt,
            &mut overlap_begn,
            &mut overlap_end,
            &mut collides_with,
            &mut c.action,
            &mut c.reason,
            &mut reason_text,
            &mut c.refund_amt,
            &mut receiving_area,
            &mut c.resd_admdvs,
            &mut c.township,
            &mut c.township_name,
            &mut c.first_seen,
            &mut c.days_open,
            &mut c.reopened_from,
            &mut c.match_key,
        ],
    );
    Ok(rows?)
}

/// `cleanup_settled`.
pub fn settled(all: &[Settled], keys: &Keys<'_>) -> Result<RecordBatch, CleanupError> {
    let mut common = Common::default();
    let (mut last_seen, mut settled_on, mut outcome) = (DayBuilder::default(), DayBuilder::default(), StringBuilder::new());
    for settled in all {
        let case = &settled.case;
        let entry = Entry { number: case.number, first_seen: case.first_seen, reopened_from: case.reopened_from };
        common.push(&entry, &case.who, &case.record, &case.home, settled.settled_on, keys)?;
        last_seen.push(Some(settled.last_seen));
        settled_on.push(Some(settled.settled_on));
        outcome.append_value(settled.outcome.as_str());
    }
    let c = &mut common;
    let rows = batch(
        &CLEANUP_SETTLED,
        &mut [
            &mut c.case_no,
            &mut c.certno,
            &mut c.psn_name,
            &mut c.kind,
            &mut c.psn_no,
            &mut c.insutype,
            &mut c.insu_admdvs,
            &mut c.accrym_begn,
            &mut c.accrym_end,
            &mut c.clct_time,
            &mut c.psn_clct_amt,
            &mut c.action,
            &mut c.reason,
            &mut c.refund_amt,
            &mut c.resd_admdvs,
            &mut c.township,
            &mut c.township_name,
            &mut c.first_seen,
            &mut last_seen,
            &mut settled_on,
            &mut c.days_open,
            &mut outcome,
            &mut c.reopened_from,
            &mut c.match_key,
        ],
    );
    Ok(rows?)
}
