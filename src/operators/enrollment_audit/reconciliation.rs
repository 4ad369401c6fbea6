//! `reconciliation`: one row a person with a valid resident record here or a successful payment.

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::ArrowError;

use canbao_publish::build::{MoneyBuilder, batch};
use canbao_publish::datasets::RECONCILIATION;
use canbao_rules::rules::reconciliation::Reconciliation;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct ReconciliationTable {
    certno: StringBuilder,
    registered_amt: MoneyBuilder,
    paid_amt: MoneyBuilder,
    expected_amt: MoneyBuilder,
    status: StringBuilder,
}

impl ReconciliationTable {
    pub(super) fn push(&mut self, certno: &str, found: &Reconciliation) {
        self.certno.append_value(certno);
        self.registered_amt.push(Some(found.registered));
        self.paid_amt.push(Some(found.paid));
        self.expected_amt.push(Some(found.expected));
        self.status.append_value(found.status.as_str());
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &RECONCILIATION,
            &mut [&mut self.certno, &mut self.registered_amt, &mut self.paid_amt, &mut self.expected_amt, &mut self.status],
        )
    }
}
