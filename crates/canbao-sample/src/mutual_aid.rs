//! Premiums paid for relatives from employees' personal accounts: good ones, and some that fail each test of the pack.

use super::certificate::Office;
use super::chance::{Dice, Topic, deal, nth};
use super::cover::Cover;
use super::dirt::{fault, put_row};
use super::extract::{Extract, Form};
use super::person::Person;
use super::record::{Insurance, Time, working_hours};
use super::row::{Column, Fault, Row, SHORT, SURPLUS, Scope, Values};
use canbao_rules::policy::{Area, MutualAid};

const COLUMNS: &[Column] = &[
    ("payer_certno", "代缴人证件号码"),
    ("payer_admdvs", "代缴人参保地区划"),
    ("payee_certno", "参保人证件号码"),
    ("payee_admdvs", "参保人参保地区划"),
    ("relation", "代缴关系"),
    ("clct_year", "缴费年度"),
    ("pay_time", "支付时间"),
    ("pay_amt", "支付金额"),
];

const FAULTS: &[Fault] = &[
    fault("payer_certno", "340399199001151238", Scope::Anywhere),
    fault("payee_certno", "340399199002301235", Scope::Anywhere),
    fault("relation", "", Scope::Anywhere),
    fault("pay_amt", "四百", Scope::Anywhere),
    fault(SHORT, "", Scope::Lines),
    fault("payee_admdvs", "4116", Scope::Mixed),
    fault("pay_time", "2024-11-31 09:00:00", Scope::Anywhere),
    fault(SURPLUS, "", Scope::Lines),
    fault("payer_certno", "111111111111111", Scope::Anywhere),
];

/// Of 2^9 persons so many have their premium paid by a relative, if their cover allows it.
const PAYEES: u32 = 72;
const PAYEE_BITS: u32 = 9;

/// The test that a payment fails, or how it passes them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trial {
    Good,
    FirstDay,
    LastDay,
    /// The payee is insured in another region of the province.
    OtherRegion,
    Relation,
    PayeeOutOfProvince,
    PayerOutOfRegion,
    PayerNotEmployee,
    PayeeIsEmployee,
    OtherYear,
    BeforeWindow,
    AfterWindow,
    /// Fails the first test and the last.
    RelationAndWindow,
}

impl Trial {
    /// The trial of the `turn`-th payee with this cover; `None` where nobody pays for such a person.
    fn of(cover: Cover, turn: u64) -> Option<Self> {
        const RESIDENTS: [Trial; 16] = [
            Trial::Good,
            Trial::Relation,
            Trial::Good,
            Trial::PayerOutOfRegion,
            Trial::Good,
            Trial::PayerNotEmployee,
            Trial::Good,
            Trial::OtherYear,
            Trial::Good,
            Trial::BeforeWindow,
            Trial::FirstDay,
            Trial::AfterWindow,
            Trial::Good,
            Trial::RelationAndWindow,
            Trial::LastDay,
            Trial::Good,
        ];
        match cover {
            Cover::Resident => Some(RESIDENTS[(turn % 16) as usize]),
            // Where the payee is insured decides which of the two it is.
            Cover::ResidentElsewhere => Some(Self::OtherRegion),
            Cover::Employee | Cover::EmployeeByMonth => turn.is_multiple_of(4).then_some(Self::PayeeIsEmployee),
            _ => None,
        }
    }

    fn payer_cover(self) -> fn(Cover) -> bool {
        match self {
            Self::PayerNotEmployee => |cover| cover == Cover::Resident,
            _ => |cover| cover == Cover::Employee,
        }
    }
}

/// The mutual_aid extract.
#[derive(Debug, Clone, Copy)]
pub struct Aid<'a> {
    pub terms: &'a MutualAid,
}

impl Extract for Aid<'_> {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        let Some(payment) = self.payment(person, form.is_plain()) else { return };
        put_row(row, &payment, person.dirt(Office::MutualAid, form.medium, FAULTS), &form.header);
    }
}

impl Aid<'_> {
    /// What a relative has paid for this person.
    fn payment<'a>(&'a self, payee: &'a Person<'a>, plain: bool) -> Option<Payment<'a>> {
        let card = deal(payee.people.seed, Topic::Aid, 0, payee.index, PAYEE_BITS);
        if card >= PAYEES || payee.foreign {
            return None;
        }
        let turn = nth(payee.index, PAYEE_BITS, card, 0, PAYEES);
        let trial = Trial::of(payee.cover, turn)?;
        let mut record = None;
        payee.records(payee.county().year, |found| record = record.or(Some(found)));
        let record = record?;
        let relations = &self.terms.relations;
        let wanted = relations.get((turn / 2 % relations.len().max(1) as u64) as usize)?;
        let (payer, fits) = payer_of(payee, trial, wanted)?;
        let mut dice = payee.dice(Topic::Aid, 0);
        let out_of_province = trial == Trial::OtherRegion && !self.terms.admits(Area::new(record.area));
        let trial = if out_of_province { Trial::PayeeOutOfProvince } else { trial };
        let premium = payee.county().premium(self.terms.year.0).personal.fen();
        Some(Payment {
            payer,
            payer_area: if trial == Trial::PayerOutOfRegion { payee.away } else { payer.here },
            payee,
            payee_area: record.area,
            relation: match trial {
                Trial::Relation | Trial::RelationAndWindow => dice.pick(&UNLISTED),
                _ if fits => wanted,
                _ => self.likely_relation(&payer, payee, &mut dice),
            },
            year: self.terms.year.0 - i32::from(trial == Trial::OtherYear),
            time: self.time(trial, record.paid.filter(|_| record.insurance == Insurance::Resident), &mut dice),
            fen: if record.insurance == Insurance::Resident { record.personal_fen } else { premium },
            plain,
        })
    }

    /// The time of the payee's own record where the window holds it, unless the trial wants another.
    fn time(&self, trial: Trial, paid: Option<Time>, dice: &mut Dice) -> Time {
        let window = self.terms.window;
        let days = window.last.epoch() - window.first.epoch();
        let day = match trial {
            Trial::FirstDay => window.first,
            Trial::LastDay => window.last,
            Trial::BeforeWindow | Trial::RelationAndWindow => window.first.plus_days(-1 - dice.between(0, 5)),
            Trial::AfterWindow => window.last.plus_days(1 + dice.between(0, 40)),
            _ => match paid {
                Some((day, _)) if window.first <= day && day <= window.last => day,
                _ => window.first.plus_days(dice.between(0, days)),
            },
        };
        (day, paid.map_or_else(|| working_hours(dice), |(_, seconds)| seconds))
    }

    /// One of the pack's relations that the years between the two suggest.
    fn likely_relation<'a>(&'a self, payer: &Person<'_>, payee: &Person<'_>, dice: &mut Dice) -> &'a str {
        let listed = |wanted: &str| self.terms.relations.iter().find(|known| known.as_str() == wanted);
        listed(dice.pick(suggested(payer, payee))).or(self.terms.relations.first()).map_or("", String::as_str)
    }
}

/// Relations that no pack lists.
const UNLISTED: [&str; 4] = ["叔侄", "朋友", "儿媳", "其他"];

/// What the payee may be to the payer, by the years between them.
fn suggested(payer: &Person<'_>, payee: &Person<'_>) -> &'static [&'static str] {
    match payee.birth.day.year() - payer.birth.day.year() {
        ..-45 => &["祖父母", "外祖父母"],
        -45..-17 => &["父母"],
        -17..18 => &["配偶", "兄弟姐妹"],
        18..46 => &["子女"],
        _ => &["孙子女", "外孙子女"],
    }
}

/// Somebody not far off whose cover fits, if possible of an age that fits the relation, too; and whether it does.
fn payer_of<'a>(payee: &Person<'a>, trial: Trial, relation: &str) -> Option<(Person<'a>, bool)> {
    const LOOKED_AT: u64 = 200;
    let people = payee.people;
    let fits = trial.payer_cover();
    let others = (1..LOOKED_AT.min(people.persons)).map(|step| people.person((payee.index + step * 7) % people.persons));
    let mut second_best = None;
    for payer in others.filter(|payer| fits(payer.cover) && !payer.foreign && payer.index != payee.index) {
        if suggested(&payer, payee).contains(&relation) {
            return Some((payer, true));
        }
        second_best = second_best.or(Some((payer, false)));
    }
    second_best
}

struct Payment<'a> {
    payer: Person<'a>,
    payer_area: u32,
    payee: &'a Person<'a>,
    payee_area: u32,
    relation: &'a str,
    year: i32,
    time: Time,
    fen: i64,
    plain: bool,
}

impl Values for Payment<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        row.text(self.payer.written_certificate(Office::MutualAid, self.plain).as_str());
        row.integer(self.payer_area.into());
        row.text(self.payee.written_certificate(Office::MutualAid, self.plain).as_str());
        row.integer(self.payee_area.into());
        row.text(self.relation);
        row.integer(self.year.unsigned_abs().into());
        row.time(Some(self.time));
        row.amount(self.fen);
    }
}
