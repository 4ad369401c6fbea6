//! `subsidy`: one row a person of `person` who is not dead and has a subsidised category in force.

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_schema::ArrowError;

use super::person_facts::Person;
use canbao_publish::build::{MoneyBuilder, batch};
use canbao_publish::datasets::SUBSIDY;
use canbao_rules::money::Yuan;
use canbao_rules::rules::subsidy::{Award, overpaid};

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
pub(super) struct SubsidyTable {
    certno: StringBuilder,
    psn_name: StringBuilder,
    township: StringBuilder,
    category: StringBuilder,
    categories: StringBuilder,
    premium_personal: MoneyBuilder,
    subsidy_amt: MoneyBuilder,
    personal_amt: MoneyBuilder,
    payer: StringBuilder,
    enrolled_here: BooleanBuilder,
    paid_amt: MoneyBuilder,
    overpaid_amt: MoneyBuilder,
}

impl SubsidyTable {
    /// `paid` is what arrived at the tax office; `None` where there is no payment extract.
    pub(super) fn push(&mut self, person: &Person<'_>, award: &Award, premium: Yuan, paid: Option<Yuan>) {
        use std::fmt::Write;
        self.certno.append_value(person.certno);
        self.psn_name.append_option(person.name);
        person.write_township(&mut self.township);
        self.category.append_value(award.category.as_str());
        // Writing into a string builder cannot fail.
        let _ = write!(self.categories, "{}", person.categories);
        self.categories.append_value("");
        self.premium_personal.push(Some(premium));
        self.subsidy_amt.push(Some(award.amount));
        self.personal_amt.push(Some(award.personal));
        self.payer.append_option(award.payer.map(|p| p.as_str()));
        self.enrolled_here.append_value(person.enrolled_here);
        self.paid_amt.push(paid);
        self.overpaid_amt.push(paid.map(|paid| overpaid(paid, award.personal)));
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &SUBSIDY,
            &mut [
                &mut self.certno,
                &mut self.psn_name,
                &mut self.township,
                &mut self.category,
                &mut self.categories,
                &mut self.premium_personal,
                &mut self.subsidy_amt,
                &mut self.personal_amt,
                &mut self.payer,
                &mut self.enrolled_here,
                &mut self.paid_amt,
                &mut self.overpaid_amt,
            ],
        )
    }
}
