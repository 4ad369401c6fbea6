//! The police's list of the registered and of the holders of residence permits.

use super::certificate::Office;
use super::chance::Topic;
use super::dirt::{ALL_ONES, BAD_CHECK, Dirt, NO_SUCH_DAY, NOT_BORN_YET, UNDECODABLE, fault, put_row};
use super::extract::{Extract, Form};
use super::person::{Person, Place};
use super::record::{Time, working_hours};
use super::row::{Column, Fault, Row, SHORT, SURPLUS, Scope, Values};

const COLUMNS: &[Column] = &[
    ("certno", "证件号码"),
    ("psn_cert_type", "证件类型"),
    ("psn_name", "姓名"),
    ("gend", "性别"),
    ("brdy", "出生日期"),
    ("hshd_no", "户号"),
    ("hshd_rlts", "与户主关系"),
    ("resd_admdvs", "居住地区划"),
    ("regi_type", "登记类型"),
    ("surv_stas", "生存状态"),
    ("updt_time", "更新时间"),
];

const FAULTS: &[Fault] = &[
    BAD_CHECK,
    NO_SUCH_DAY,
    NOT_BORN_YET,
    fault("brdy", "1988-13-01", Scope::Anywhere),
    fault("psn_name", "", Scope::Anywhere),
    fault("regi_type", "3", Scope::Anywhere),
    fault("resd_admdvs", "34032", Scope::Mixed),
    UNDECODABLE,
    fault(SURPLUS, "", Scope::Lines),
    fault(SHORT, "", Scope::Lines),
    ALL_ONES,
    fault("surv_stas", "7", Scope::Anywhere),
];

/// The household extract.
#[derive(Debug, Clone, Copy)]
pub struct Household;

impl Extract for Household {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn undeclared(&self) -> &'static [Column] {
        &[("polc_stn", "派出所")]
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        let Some(residence) = person.residence() else { return };
        let mut dice = person.dice(Topic::Households, 0);
        let day = person.new_year(0).plus_days(dice.between(-1_200, 60)).max(person.birth.day.plus_days(1));
        let updated = (!dice.one_in(200)).then(|| (day, working_hours(&mut dice)));
        let other_birthday = dice.one_in(1_500);
        let dirt = person.dirt(Office::Household, form.medium, FAULTS);
        let values = HouseholdRow { person, plain: form.is_plain(), residence, updated, other_birthday };
        if let (Dirt::Renewed, Some((day, seconds))) = (dirt, updated) {
            let moved = residence - residence % 1_000 + 1;
            let before = (day.plus_days(-400), seconds);
            put_row(row, &HouseholdRow { residence: moved, updated: Some(before), ..values }, dirt, &form.header);
        }
        put_row(row, &values, dirt, &form.header);
    }
}

impl Person<'_> {
    /// `resd_admdvs` with twelve digits, for those on the list.
    fn residence(&self) -> Option<u64> {
        let village = 200 + self.index / 300 % 18;
        match self.place {
            Place::Home(township) | Place::Permit(township) => Some(self.county().townships[township].code * 1_000 + village),
            Place::Elsewhere(area) => Some(u64::from(area) * 1_000_000 + 101_000 + village),
            Place::Unlisted => None,
        }
    }
}

struct HouseholdRow<'a> {
    person: &'a Person<'a>,
    plain: bool,
    residence: u64,
    updated: Option<Time>,
    other_birthday: bool,
}

impl Values for HouseholdRow<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let person = self.person;
        row.text(person.written_certificate(Office::Household, self.plain).as_str());
        row.text(person.certificate_type());
        row.text(person.name().as_str());
        row.text(if person.birth.number.is_male() { "1" } else { "2" });
        row.day(Some(person.birth.day.plus_days(i32::from(self.other_birthday))));
        row.integer(self.residence / 1_000 * 10_000_000 + person.index / 3 % 10_000_000);
        row.text(["01", "10", "20"][(person.index % 3) as usize]);
        // Some offices know the township only.
        row.integer(if !self.plain && person.index % 16 == 3 { self.residence / 1_000 } else { self.residence });
        row.text(if matches!(person.place, Place::Permit(_)) { "2" } else { "1" });
        row.integer(u64::from(person.survival));
        row.time(self.updated);
        if !self.plain {
            row.text(["城区派出所", "中心派出所", ""][(person.index % 3) as usize]);
        }
    }
}
