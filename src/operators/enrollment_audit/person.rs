//! `person`: one row for each person seen in household, in student (at a school here) or with a valid
//! resident record here.

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Int32Builder, StringBuilder};
use arrow_schema::ArrowError;

use super::person_facts::{Person, append};
use canbao_publish::build::{DayBuilder, TextListBuilder, batch};
use canbao_publish::datasets::PERSON;
use canbao_rules::rules::subsidy::Award;

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct PersonTable {
    certno: StringBuilder,
    psn_name: StringBuilder,
    gend: StringBuilder,
    brdy: DayBuilder,
    resd_admdvs: StringBuilder,
    township: StringBuilder,
    regi_type: StringBuilder,
    surv_stas: StringBuilder,
    student: BooleanBuilder,
    eligible: BooleanBuilder,
    covered_by: TextListBuilder,
    enrolled_here: BooleanBuilder,
    prior_enrolled: BooleanBuilder,
    consecutive_years: Int32Builder,
    duplicate: BooleanBuilder,
    missed: BooleanBuilder,
    subsidy_category: StringBuilder,
}

impl PersonTable {
    pub(super) fn push(&mut self, person: &Person<'_>, award: Option<&Award>, duplicate: bool, missed: bool) {
        self.certno.append_value(person.certno);
        self.psn_name.append_option(person.name);
        self.gend.append_option(person.gender);
        self.brdy.push(person.born);
        append(&mut self.resd_admdvs, person.residence_code);
        person.write_township(&mut self.township);
        self.regi_type.append_option(person.residence.map(|r| r.registration.as_str()));
        self.surv_stas.append_option(person.residence.map(|r| r.survival.as_str()));
        self.student.append_value(person.student);
        self.eligible.append_value(person.eligible);
        self.covered_by.push(person.covered_by.iter());
        self.enrolled_here.append_value(person.enrolled_here);
        self.prior_enrolled.append_value(person.years.prior());
        self.consecutive_years.append_value(person.years.consecutive() as i32);
        self.duplicate.append_value(duplicate);
        self.missed.append_value(missed);
        self.subsidy_category.append_option(award.map(|a| a.category.as_str()));
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &PERSON,
            &mut [
                &mut self.certno,
                &mut self.psn_name,
                &mut self.gend,
                &mut self.brdy,
                &mut self.resd_admdvs,
                &mut self.township,
                &mut self.regi_type,
                &mut self.surv_stas,
                &mut self.student,
                &mut self.eligible,
                &mut self.covered_by,
                &mut self.enrolled_here,
                &mut self.prior_enrolled,
                &mut self.consecutive_years,
                &mut self.duplicate,
                &mut self.missed,
                &mut self.subsidy_category,
            ],
        )
    }
}
