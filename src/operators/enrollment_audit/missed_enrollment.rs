//! `missed_enrollment`: one row an eligible person who is not covered.

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_schema::ArrowError;

use super::person_facts::Person;
use canbao_publish::build::{DayBuilder, MoneyBuilder, batch};
use canbao_publish::datasets::MISSED_ENROLLMENT;
use canbao_rules::rules::missed::Missed;
use canbao_rules::rules::subsidy::Award;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct MissedTable {
    certno: StringBuilder,
    psn_name: StringBuilder,
    brdy: DayBuilder,
    township: StringBuilder,
    kind: StringBuilder,
    ledger_difficulty: BooleanBuilder,
    ledger_newborn: BooleanBuilder,
    ledger_migrant: BooleanBuilder,
    ledger_student: BooleanBuilder,
    ledger_lapsed: BooleanBuilder,
    subsidy_category: StringBuilder,
    personal_amt: MoneyBuilder,
}

impl MissedTable {
    pub(super) fn push(&mut self, person: &Person<'_>, missed: &Missed, award: Option<&Award>) {
        self.certno.append_value(person.certno);
        self.psn_name.append_option(person.name);
        self.brdy.push(person.born);
        person.write_township(&mut self.township);
        self.kind.append_value(missed.kind.as_str());
        self.ledger_difficulty.append_value(missed.difficulty);
        self.ledger_newborn.append_value(missed.newborn);
        self.ledger_migrant.append_value(missed.migrant);
        self.ledger_student.append_value(missed.student);
        self.ledger_lapsed.append_value(missed.lapsed);
        self.subsidy_category.append_option(award.map(|a| a.category.as_str()));
        self.personal_amt.push(Some(missed.personal));
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &MISSED_ENROLLMENT,
            &mut [
                &mut self.certno,
                &mut self.psn_name,
                &mut self.brdy,
                &mut self.township,
                &mut self.kind,
                &mut self.ledger_difficulty,
                &mut self.ledger_newborn,
                &mut self.ledger_migrant,
                &mut self.ledger_student,
                &mut self.ledger_lapsed,
                &mut self.subsidy_category,
                &mut self.personal_amt,
            ],
        )
    }
}
