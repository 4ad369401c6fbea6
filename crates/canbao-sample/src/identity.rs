//! The labels that civil affairs and other offices give people.

use super::certificate::Office;
use super::dirt::{ALL_ONES, BAD_CHECK, Dirt, NO_SUCH_DAY, fault, put_row};
use super::extract::{Extract, Form};
use super::person::Person;
use super::row::{Column, Fault, Row, SURPLUS, Scope, Values};
use super::spans::Held;

const COLUMNS: &[Column] = &[
    ("certno", "证件号码"),
    ("psn_name", "姓名"),
    ("psn_idet_type", "人员身份类别"),
    ("begntime", "开始日期"),
    ("endtime", "结束日期"),
    ("dept", "来源部门"),
];

const FAULTS: &[Fault] = &[
    fault("psn_idet_type", "其他困难人员", Scope::Anywhere),
    BAD_CHECK,
    fault("begntime", "2023-02-30", Scope::Anywhere),
    fault("begntime", "", Scope::Anywhere),
    fault("endtime", "1999-01-01", Scope::Mixed),
    NO_SUCH_DAY,
    fault(SURPLUS, "?", Scope::Anywhere),
    ALL_ONES,
];

/// The identity extract.
#[derive(Debug, Clone, Copy)]
pub struct Identity;

impl Extract for Identity {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        if person.foreign && form.is_plain() {
            return;
        }
        let mut dirt = person.dirt(Office::Identity, form.medium, FAULTS);
        for held in person.held.iter().flatten() {
            put_row(row, &IdentityRow { person, plain: form.is_plain(), held }, dirt, &form.header);
            dirt = Dirt::Clean;
        }
    }
}

impl Person<'_> {
    /// Rows of this person in the identity extract, but for repeated ones.
    pub fn labels(&self) -> u64 {
        self.held.iter().flatten().count() as u64
    }
}

struct IdentityRow<'a> {
    person: &'a Person<'a>,
    plain: bool,
    held: &'a Held,
}

impl Values for IdentityRow<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let person = self.person;
        let label = &person.county().labels[self.held.label];
        let by_card = label.card && !self.plain && !person.foreign && person.index.is_multiple_of(2);
        if by_card {
            row.text(person.disability_card().as_str());
        } else {
            row.text(person.written_certificate(Office::Identity, self.plain).as_str());
        }
        if !self.plain {
            let as_card = by_card && person.index.is_multiple_of(4);
            row.text(if as_card { "09" } else { person.certificate_type() });
        }
        row.text(person.name().as_str());
        row.text(&label.name);
        row.day(Some(self.held.begins));
        row.day(self.held.ends);
        row.text(&label.dept);
    }
}
