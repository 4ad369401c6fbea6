//! Enrollment and payment records, one file a year.

use super::certificate::Office;
use super::dirt::{ALL_ONES, BAD_CHECK, Dirt, NO_SUCH_DAY, NOT_BORN_YET, UNDECODABLE, fault, put_row};
use super::extract::{Extract, Form};
use super::number::Stage;
use super::person::Person;
use super::record::{Insurance, Record};
use super::row::{Column, Fault, Row, SHORT, SURPLUS, Scope, Values};
use super::settlement::person_number;

const COLUMNS: &[Column] = &[
    ("psn_no", "人员编号"),
    ("certno", "证件号码"),
    ("psn_name", "姓名"),
    ("insutype", "险种"),
    ("insu_admdvs", "参保地区划"),
    ("psn_type", "人员类别"),
    ("psn_insu_stas", "参保状态"),
    ("psn_insu_date", "参保日期"),
    ("accrym_begn", "费款所属期起"),
    ("accrym_end", "费款所属期止"),
    ("clct_flag", "到账"),
    ("clct_time", "缴费时间"),
    ("psn_clct_amt", "个人缴费"),
    ("finsubs_amt", "财政补助"),
    ("revs_flag", "冲销"),
];

const FAULTS: &[Fault] = &[
    BAD_CHECK,
    fault("accrym_begn", "202313", Scope::Anywhere),
    fault("psn_clct_amt", "38O", Scope::Anywhere),
    fault("psn_insu_date", "2023-02-30", Scope::Anywhere),
    fault("insutype", "999", Scope::Anywhere),
    fault(SHORT, "", Scope::Lines),
    fault("psn_no", "", Scope::Anywhere),
    fault("psn_clct_amt", "380.005", Scope::Mixed),
    NO_SUCH_DAY,
    fault("accrym_end", "201901", Scope::Mixed),
    UNDECODABLE,
    fault("insu_admdvs", "34032", Scope::Mixed),
    fault("clct_time", "2023-12-32 10:00:00", Scope::Anywhere),
    NOT_BORN_YET,
    fault("clct_flag", "9", Scope::Mixed),
    fault(SURPLUS, "", Scope::Lines),
    ALL_ONES,
];

/// The enrollment extract of one benefit year.
#[derive(Debug, Clone, Copy)]
pub struct Enrollment {
    pub year: i32,
}

impl Extract for Enrollment {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn undeclared(&self) -> &'static [Column] {
        &[("opter_no", "经办人编号")]
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        let plain = form.is_plain();
        if person.foreign && plain {
            return;
        }
        let mut dirt = person.dirt(Office::Enrollment(self.year), form.medium, FAULTS);
        person.records(self.year, |record| {
            // Other programs take the codes of other insurances for errors.
            if plain && record.insurance == Insurance::Maternity {
                return;
            }
            put_row(row, &EnrollmentRow { person, plain, year: self.year, record }, dirt, &form.header);
            dirt = Dirt::Clean;
        });
    }
}

struct EnrollmentRow<'a> {
    person: &'a Person<'a>,
    plain: bool,
    year: i32,
    record: Record,
}

impl Values for EnrollmentRow<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let (person, record) = (self.person, &self.record);
        row.text(person_number(record.area, person.index).as_str());
        row.text(person.written_certificate(Office::Enrollment(self.year), self.plain).as_str());
        if !self.plain {
            row.text(person.certificate_type());
        }
        row.text(person.name().as_str());
        row.integer(record.insurance.code());
        row.integer(u64::from(record.area));
        row.text(kind(person, record));
        row.integer(u64::from(record.state));
        row.day(Some(record.since));
        row.integer(u64::from(record.first));
        row.integer(u64::from(record.last));
        row.integer(u64::from(record.collected));
        row.time(record.paid.filter(|_| record.collected));
        row.amount(record.personal_fen);
        row.amount(record.fiscal_fen);
        row.text(if record.reversed { "R" } else { "Z" });
        if !self.plain {
            row.integer(1_000 + person.index % 37);
        }
    }
}

/// `psn_type`.
fn kind(person: &Person<'_>, record: &Record) -> &'static str {
    match (record.insurance, person.birth.stage) {
        (Insurance::Employee | Insurance::Maternity, Stage::Elder) => "12",
        (Insurance::Employee | Insurance::Maternity, _) => "11",
        (Insurance::Resident, Stage::Infant | Stage::Child) => "1501",
        (Insurance::Resident, Stage::Pupil) => "1502",
        (Insurance::Resident, _) => "14",
    }
}
