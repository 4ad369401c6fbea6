//! School registrations.

use super::certificate::Office;
use super::dirt::{BAD_CHECK, Dirt, NO_SUCH_DAY, NOT_BORN_YET, fault, put_row};
use super::extract::{Extract, Form};
use super::person::Person;
use super::row::{Column, Fault, Row, SHORT, Scope, Values};
use super::short::Short;
use super::spans::Schooling;

const COLUMNS: &[Column] = &[
    ("certno", "证件号码"),
    ("psn_name", "姓名"),
    ("school_name", "学校"),
    ("school_admdvs", "学校区划"),
    ("begntime", "开始日期"),
    ("endtime", "结束日期"),
];

const FAULTS: &[Fault] = &[
    BAD_CHECK,
    fault("begntime", "2023-09-31", Scope::Anywhere),
    fault("school_admdvs", "", Scope::Anywhere),
    fault(SHORT, "", Scope::Lines),
    fault("school_admdvs", "3403", Scope::Mixed),
    NO_SUCH_DAY,
    fault("endtime", "2001-07-01", Scope::Mixed),
    NOT_BORN_YET,
];

/// The student extract.
#[derive(Debug, Clone, Copy)]
pub struct Student;

impl Extract for Student {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        let Some(schooling) = person.schooling.filter(|_| !(person.foreign && form.is_plain())) else { return };
        let dirt = person.dirt(Office::Student, form.medium, FAULTS);
        let values = StudentRow { person, plain: form.is_plain(), schooling };
        if matches!(dirt, Dirt::Renewed) {
            // The school of before; without a time of change the later line stands.
            let before = Schooling { begins: schooling.begins.plus_months(-36), ends: Some(schooling.begins.plus_days(-60)), ..schooling };
            put_row(row, &StudentRow { schooling: before, ..values }, dirt, &form.header);
        }
        put_row(row, &values, dirt, &form.header);
    }
}

struct StudentRow<'a> {
    person: &'a Person<'a>,
    plain: bool,
    schooling: Schooling,
}

impl Values for StudentRow<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let person = self.person;
        row.text(person.written_certificate(Office::Student, self.plain).as_str());
        if !self.plain {
            row.text(person.certificate_type());
        }
        row.text(person.name().as_str());
        row.text(school(person).as_str());
        let area = u64::from(self.schooling.area);
        row.integer(match person.index % 8 {
            5 if !self.plain => area * 1_000 + 101,
            6 if !self.plain => area * 1_000_000 + 101_001,
            _ => area,
        });
        row.day(Some(self.schooling.begins));
        row.day(self.schooling.ends);
    }
}

/// A school that nobody goes to.
fn school(person: &Person<'_>) -> Short {
    let age = person.county().year - person.birth.day.year();
    let mut name = Short::default();
    name.push("样例第");
    name.push_padded(1 + person.index / 40 % 90, 2);
    name.push(match age {
        ..13 => "小学",
        13..19 => "中学",
        _ => "学院",
    });
    name
}
