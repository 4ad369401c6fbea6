//! Who has used up the raise that years without a claim have earned.

use super::certificate::Office;
use super::chance::{Topic, deal, nth};
use super::dirt::{ALL_ONES, BAD_CHECK, Dirt, fault, put_row};
use super::extract::{Extract, Form};
use super::person::Person;
use super::row::{Column, Fault, Row, SHORT, Scope, Values};

const COLUMNS: &[Column] = &[("certno", "证件号码"), ("year", "年度"), ("used_amt", "使用额度")];

const FAULTS: &[Fault] = &[
    BAD_CHECK,
    fault("year", "20二五", Scope::Anywhere),
    fault("used_amt", "", Scope::Anywhere),
    ALL_ONES,
    fault(SHORT, "", Scope::Lines),
    fault("used_amt", "5,000", Scope::Mixed),
];

/// The incentive_use extract.
#[derive(Debug, Clone, Copy)]
pub struct IncentiveUse;

/// Of 2^8 persons so many have used the raise.
const USERS: u32 = 6;
const USER_BITS: u32 = 8;

impl Extract for IncentiveUse {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        if person.foreign && form.is_plain() {
            return;
        }
        let mut dirt = person.dirt(Office::IncentiveUse, form.medium, FAULTS);
        person.uses(|year| {
            put_row(row, &Use { person, plain: form.is_plain(), year }, dirt, &form.header);
            dirt = Dirt::Clean;
        });
    }
}

impl Person<'_> {
    /// Whether the extract has a row of this person, and maybe several.
    pub fn is_user(&self) -> bool {
        deal(self.people.seed, Topic::Uses, 0, self.index, USER_BITS) < USERS
    }

    /// Hands over the years in which the raise was used: last year, the year before, this year, or two of them.
    fn uses(&self, emit: impl FnMut(i32)) {
        let card = deal(self.people.seed, Topic::Uses, 0, self.index, USER_BITS);
        if card >= USERS {
            return;
        }
        let year = self.county().year;
        let years: &[i32] = match nth(self.index, USER_BITS, card, 0, USERS) % 4 {
            0 => &[1],
            1 => &[2],
            2 => &[0],
            _ => &[2, 1],
        };
        years.iter().map(|before| year - before).for_each(emit);
    }
}

struct Use<'a> {
    person: &'a Person<'a>,
    plain: bool,
    year: i32,
}

impl Values for Use<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let person = self.person;
        row.text(person.written_certificate(Office::IncentiveUse, self.plain).as_str());
        if !self.plain {
            row.text(person.certificate_type());
        }
        row.integer(self.year.unsigned_abs().into());
        row.amount(i64::from(person.dice(Topic::Uses, 0).between(500, 5_000)) * 100);
    }
}
