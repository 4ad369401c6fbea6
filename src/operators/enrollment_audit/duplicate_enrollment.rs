//! `duplicate_enrollment`: one row a record of a duplicate group, for everybody in the extract.

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::ArrowError;

use super::person_facts::append;
use canbao_publish::build::{MomentBuilder, MoneyBuilder, batch};
use canbao_publish::datasets::DUPLICATE_ENROLLMENT;
use canbao_rules::rules::Record;
use canbao_rules::rules::duplicates::Finding;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct DuplicateTable {
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
    overlap_begn: StringBuilder,
    overlap_end: StringBuilder,
    action: StringBuilder,
    reason: StringBuilder,
    refund_amt: MoneyBuilder,
}

impl DuplicateTable {
    pub(super) fn push(&mut self, certno: &str, name: Option<&str>, record: &Record<'_>, finding: &Finding) {
        self.certno.append_value(certno);
        self.psn_name.append_option(name);
        self.kind.append_value(finding.kind.as_str());
        self.psn_no.append_value(record.psn_no);
        self.insutype.append_value(record.scheme.as_str());
        append(&mut self.insu_admdvs, Some(record.area));
        append(&mut self.accrym_begn, Some(record.months.first));
        append(&mut self.accrym_end, Some(record.months.last));
        self.clct_time.push(record.paid_at);
        self.psn_clct_amt.push(record.personal);
        append(&mut self.overlap_begn, finding.overlap.map(|months| months.first));
        append(&mut self.overlap_end, finding.overlap.map(|months| months.last));
        self.action.append_value(finding.action.as_str());
        self.reason.append_value(finding.reason.as_str());
        self.refund_amt.push(Some(finding.refund));
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &DUPLICATE_ENROLLMENT,
            &mut [
                &mut self.certno,
                &mut self.psn_name,
                &mut self.kind,
                &mut self.psn_no,
                &mut self.insutype,
                &mut self.insu_admdvs,
                &mut self.accrym_begn,
                &mut self.accrym_end,
                &mut self.clct_time,
                &mut self.psn_clct_amt,
                &mut self.overlap_begn,
                &mut self.overlap_end,
                &mut self.action,
                &mut self.reason,
                &mut self.refund_amt,
            ],
        )
    }
}
