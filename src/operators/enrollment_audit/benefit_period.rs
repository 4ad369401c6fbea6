//! `benefit_period`: one row a valid resident record here.

use arrow_array::RecordBatch;
use arrow_array::builder::{Int32Builder, StringBuilder};
use arrow_schema::ArrowError;

use canbao_publish::build::{DayBuilder, MomentBuilder, batch};
use canbao_publish::datasets::BENEFIT_PERIOD;
use canbao_rules::rules::Record;
use canbao_rules::rules::benefit_period::BenefitPeriod;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct BenefitTable {
    certno: StringBuilder,
    psn_no: StringBuilder,
    clct_time: MomentBuilder,
    basis: StringBuilder,
    waiting_months: Int32Builder,
    benefit_begn: DayBuilder,
    benefit_end: DayBuilder,
}

impl BenefitTable {
    pub(super) fn push(&mut self, certno: &str, record: &Record<'_>, period: &BenefitPeriod) {
        self.certno.append_value(certno);
        self.psn_no.append_value(record.psn_no);
        self.clct_time.push(record.paid_at);
        self.basis.append_value(period.basis.as_str());
        self.waiting_months.append_value(period.waiting_months);
        self.benefit_begn.push(period.cover.map(|(first, _)| first));
        self.benefit_end.push(period.cover.map(|(_, last)| last));
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &BENEFIT_PERIOD,
            &mut [
                &mut self.certno,
                &mut self.psn_no,
                &mut self.clct_time,
                &mut self.basis,
                &mut self.waiting_months,
                &mut self.benefit_begn,
                &mut self.benefit_end,
            ],
        )
    }
}
