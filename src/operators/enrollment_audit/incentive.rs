//! `incentive`: one row a person enrolled here, in packs that reward staying enrolled.

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Int32Builder, StringBuilder};
use arrow_schema::ArrowError;

use canbao_publish::build::{MoneyBuilder, batch};
use canbao_publish::datasets::INCENTIVE;
use canbao_rules::rules::incentive::Uplift;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct IncentiveTable {
    certno: StringBuilder,
    consecutive_years: Int32Builder,
    zero_claim_years: Int32Builder,
    uplift_consecutive: MoneyBuilder,
    uplift_zero_claim: MoneyBuilder,
    uplift_total: MoneyBuilder,
    capped: BooleanBuilder,
}

impl IncentiveTable {
    pub(super) fn push(&mut self, certno: &str, uplift: &Uplift) {
        self.certno.append_value(certno);
        self.consecutive_years.append_value(uplift.consecutive_years as i32);
        self.zero_claim_years.append_value(uplift.zero_claim_years as i32);
        self.uplift_consecutive.push(Some(uplift.consecutive));
        self.uplift_zero_claim.push(Some(uplift.zero_claim));
        self.uplift_total.push(Some(uplift.total));
        self.capped.append_option(uplift.capped);
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &INCENTIVE,
            &mut [
                &mut self.certno,
                &mut self.consecutive_years,
                &mut self.zero_claim_years,
                &mut self.uplift_consecutive,
                &mut self.uplift_zero_claim,
                &mut self.uplift_total,
                &mut self.capped,
            ],
        )
    }
}
