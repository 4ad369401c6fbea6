//! What a case may say, and the same as the rules see it.

use std::collections::BTreeMap;

use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment, Month, MonthSpan};
use canbao_rules::policy::{Area, Policy};
use canbao_rules::rules::{IdentitySpan, Payment, Record, Registration, Residence, Row, Scheme, Schooling, Source, Survival};
use serde::Deserialize;
use serde_yaml_ng::Value;

use super::show;

/// One case as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub name: String,
    /// The paragraph that the case tests.
    pub paragraph: String,
    pub region: Text,
    pub date: String,
    #[serde(default)]
    pub year: Option<i32>,
    /// Values for parameters that the pack leaves open, as `--set` gives them.
    #[serde(default)]
    pub set: BTreeMap<String, Text>,
    #[serde(default)]
    pub person: Person,
    #[serde(default)]
    pub townships: Vec<Township>,
    /// Rows of the extract `mutual_aid`.
    #[serde(default)]
    pub aid: Vec<AidRow>,
    pub expect: BTreeMap<String, Value>,
}

/// A word or a number, as its text.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Text(String);

impl From<Value> for Text {
    fn from(value: Value) -> Self {
        Self(show(&value))
    }
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    born: Option<String>,
    /// The area of the household row; at home in the region where the case says nothing, `none` for no row.
    residence: Option<Text>,
    registration: Option<String>,
    survival: Option<String>,
    student: Option<Student>,
    #[serde(default)]
    identities: Vec<Identity>,
    #[serde(default)]
    records: Vec<Enrollment>,
    #[serde(default)]
    payments: Vec<Paid>,
    #[serde(default)]
    settlements: Vec<Settled>,
    /// The years of the person's rows of `incentive_use`.
    #[serde(default)]
    incentive_uses: Vec<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Student {
    school: u32,
    begin: String,
    end: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    label: String,
    begin: String,
    end: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrollment {
    no: Option<Text>,
    scheme: Option<Text>,
    area: Option<u32>,
    months: Option<String>,
    in_force: Option<bool>,
    collected: Option<bool>,
    standing: Option<bool>,
    paid: Option<String>,
    since: Option<String>,
    amount: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paid {
    year: Option<i32>,
    paid: String,
    amount: Text,
    succeeded: Option<bool>,
}

/// What the funds paid in one settlement; a refund is negative.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    on: String,
    fund: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Township {
    pub enrolled: i64,
    pub eligible: Option<i64>,
    pub target: Option<i64>,
}

/// One row of `mutual_aid`: a payment for the benefit year, of an employee of the region for a relative here
/// who has no record, unless it says otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AidRow {
    pub relation: Text,
    pub paid: String,
    pub year: Option<i32>,
    #[serde(default)]
    pub payer: Party,
    #[serde(default)]
    pub payee: Party,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Party {
    pub area: Option<u32>,
    records: Option<Vec<Enrollment>>,
}

impl Party {
    /// The party's enrollment records; one employee record of the region where the payer's are not named.
    pub fn records<'a>(&'a self, policy: &Policy, payer: bool) -> Vec<Record<'a>> {
        match &self.records {
            Some(written) => written.iter().map(|r| record(r, r.no.as_deref().unwrap_or_default(), policy)).collect(),
            None => (0..usize::from(payer)).map(|_| Record { scheme: Scheme::Employee, ..plain_record("", policy) }).collect(),
        }
    }
}

/// The case's facts as the rules see them.
pub(super) struct Facts {
    pub born: Option<Day>,
    pub residence: Option<Residence>,
    pub schooling: Option<Schooling>,
    pub identities: Vec<IdentitySpan>,
    pub payments: Vec<Payment>,
    /// Day and fund payment of each settlement.
    pub settlements: Vec<(Day, Yuan)>,
    /// The years of `incentive_use`.
    pub uses: Vec<i32>,
    /// `psn_no` of each record.
    pub numbers: Vec<String>,
}

impl Facts {
    pub fn of(case: &Case, policy: &Policy) -> Self {
        let person = &case.person;
        let residence = (person.residence.as_deref() != Some("none")).then(|| Residence {
            row: row(Source::Household),
            area: person.residence.as_deref().map_or(policy.region.area, |code| Area::parse(code).unwrap()),
            registration: match person.registration.as_deref() {
                None | Some("household") => Registration::Household,
                Some("permit") => Registration::Permit,
                Some(other) => panic!("{}: registration `{other}`", case.name),
            },
            survival: match person.survival.as_deref() {
                None | Some("alive") => Survival::Alive,
                Some("dead") => Survival::Dead,
                Some("imprisoned") => Survival::Imprisoned,
                Some("missing") => Survival::Missing,
                Some("unknown") => Survival::Unknown,
                Some(other) => panic!("{}: survival `{other}`", case.name),
            },
        });
        let schooling = person.student.as_ref().map(|s| Schooling {
            row: row(Source::Student),
            school: Area::new(s.school),
            begin: day(&s.begin),
            end: s.end.as_deref().map(day),
        });
        let category = |label: &str| policy.labels().category(label).unwrap_or_else(|| panic!("{}: label `{label}`", case.name));
        Self {
            born: person.born.as_deref().map(day),
            residence,
            schooling,
            identities: person
                .identities
                .iter()
                .map(|i| IdentitySpan {
                    row: row(Source::Identity),
                    category: category(&i.label),
                    begin: day(&i.begin),
                    end: i.end.as_deref().map(day),
                })
                .collect(),
            payments: person
                .payments
                .iter()
                .map(|p| Payment {
                    row: row(Source::Payment),
                    year: p.year.unwrap_or(policy.year.0),
                    paid_at: moment(&p.paid),
                    amount: amount(&p.amount),
                    succeeded: p.succeeded.unwrap_or(true),
                })
                .collect(),
            settlements: person.settlements.iter().map(|s| (day(&s.on), amount(&s.fund))).collect(),
            uses: person.incentive_uses.clone(),
            numbers: person
                .records
                .iter()
                .enumerate()
                .map(|(i, r)| r.no.as_ref().map_or_else(|| (i + 1).to_string(), |no| no.to_string()))
                .collect(),
        }
    }

    /// The person's enrollment records.
    pub fn records<'a>(&'a self, case: &Case, policy: &Policy) -> Vec<Record<'a>> {
        case.person.records.iter().zip(&self.numbers).map(|(r, no)| record(r, no, policy)).collect()
    }
}

fn record<'a>(written: &Enrollment, psn_no: &'a str, policy: &Policy) -> Record<'a> {
    let plain = plain_record(psn_no, policy);
    Record {
        scheme: written.scheme.as_deref().map_or(plain.scheme, |code| Scheme::from_code(code).unwrap()),
        area: written.area.map_or(plain.area, Area::new),
        months: written.months.as_deref().map_or(plain.months, span),
        in_force: written.in_force.unwrap_or(true),
        collected: written.collected.unwrap_or(true),
        not_reversed: written.standing.unwrap_or(true),
        paid_at: written.paid.as_deref().map(moment),
        employed_since: written.since.as_deref().map(day),
        personal: written.amount.as_deref().map(amount),
        ..plain
    }
}

/// A resident's record in the region, for the whole benefit year, without a time of payment.
fn plain_record<'a>(psn_no: &'a str, policy: &Policy) -> Record<'a> {
    Record {
        row: row(Source::Enrollment),
        psn_no,
        scheme: Scheme::Resident,
        area: policy.region.area,
        months: policy.year.months(),
        in_force: true,
        collected: true,
        not_reversed: true,
        paid_at: None,
        employed_since: None,
        personal: None,
    }
}

/// A row of an extract, whichever: the rules do not look into it.
pub(super) fn row(source: Source) -> Row {
    Row { source, origin: 0 }
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// A day, or a day and `HH:MM`.
pub(super) fn moment(text: &str) -> Moment {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let (hours, minutes) = time.split_once(':').unwrap();
    let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
    Moment::at(day(date), minutes * 60_000_000)
}

fn amount(text: &str) -> Yuan {
    Yuan::parse(text).unwrap_or_else(|| panic!("`{text}` is no amount"))
}

/// `202401-202412`.
fn span(text: &str) -> MonthSpan {
    let month = |text: &str| Month::new(text[..4].parse().unwrap(), text[4..].parse().unwrap()).unwrap();
    let (first, last) = text.split_once('-').unwrap();
    MonthSpan::new(month(first), month(last)).unwrap()
}
