//! What a county's own people were treated for: a modest number of settlements a person and year.
//!
//! Years without a claim come in every way that a rule may have to tell apart: nothing settled, nothing paid by the
//! fund, all of it given back in the same year or in the next.

use super::super::certificate::Office;
use super::super::chance::{Dice, Topic, deal};
use super::super::county::County;
use super::super::cover::Cover;
use super::super::dirt::{Dirt, put_row};
use super::super::extract::{Extract, Form};
use super::super::person::Person;
use super::super::record::working_hours;
use super::super::row::{Column, Row};
use super::figures::{Care, Figures};
use super::places::{Distance, Places};
use super::{COLUMNS, FAULTS, Patient, Refund, Settlement};
use canbao_rules::period::Day;

/// The settlement extract of a county: the two years before the benefit year, and its first three months.
#[derive(Debug)]
pub struct Claims {
    figures: Figures,
    places: Places,
}

/// How somebody's claims went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Nothing,
    Ordinary,
    /// Settled, and the fund paid nothing.
    BelowThreshold,
    Refunded,
    /// Settled in December, given back in January.
    RefundedNextYear,
    PartlyRefunded,
    /// A chronic disease, settled every month.
    Chronic,
    /// A refund whose original is not there.
    OrphanRefund,
    /// Settled after the extracts were made, by a clock that is wrong.
    NotYet,
    /// An insurance that plays no part.
    OtherInsurance,
}

/// The deck of courses has 2^6 cards.
const COURSE_BITS: u32 = 6;
/// Settlements of one person are numbered below this.
const EACH: u64 = 64;
/// No settlement of a person has this number.
const UNKNOWN: u64 = EACH - 1;

impl Course {
    fn of(person: &Person<'_>) -> Self {
        match deal(person.people.seed, Topic::Claims, 0, person.index, COURSE_BITS) {
            0..10 => Self::Ordinary,
            10..14 => Self::BelowThreshold,
            14..16 => Self::Refunded,
            16..18 => Self::RefundedNextYear,
            18..20 => Self::PartlyRefunded,
            20..23 => Self::Chronic,
            23 => Self::OrphanRefund,
            24 => Self::NotYet,
            25 => Self::OtherInsurance,
            _ => Self::Nothing,
        }
    }
}

impl Claims {
    pub fn new(county: &County, figures: Figures) -> Self {
        Self { figures, places: Places::of(county) }
    }

    fn each(&self, person: &Person<'_>, plain: bool, mut emit: impl FnMut(Settlement<'_>)) {
        let mut dice = person.dice(Topic::Claims, 0);
        let mut visits = Visits { claims: self, person, plain, count: 0 };
        let year = person.county().year;
        match Course::of(person) {
            Course::Nothing => {}
            Course::Ordinary => {
                for year in year - 2..=year {
                    for _ in 0..dice.between(1, 3) {
                        visits.some_day(year, &mut dice).into_iter().for_each(&mut emit);
                    }
                }
            }
            Course::BelowThreshold => {
                for year in year - 2..year {
                    visits.some_day(year, &mut dice).map(without_fund).into_iter().for_each(&mut emit);
                }
            }
            Course::Refunded | Course::PartlyRefunded => {
                let hundredths = if Course::of(person) == Course::Refunded { 100 } else { 35 };
                for year in year - 2..year {
                    let Some(settled) = visits.some_day(year, &mut dice) else { continue };
                    let last = person.new_year(year + 1 - person.county().year).plus_days(-1);
                    let day = settled.time.0.plus_days(dice.between(0, 20)).min(last);
                    let refund = settled.refunded(visits.number(), (day, settled.time.1.saturating_add(60)), hundredths);
                    [settled, refund].into_iter().for_each(&mut emit);
                }
            }
            Course::RefundedNextYear => {
                let december = person.new_year(-1).plus_days(-dice.between(1, 28));
                let Some(settled) = visits.on(december, None, &mut dice) else { return };
                let refund = settled.refunded(visits.number(), (person.new_year(-1).plus_days(dice.between(1, 20)), 36_000), 100);
                [settled, refund].into_iter().for_each(&mut emit);
            }
            Course::Chronic => {
                for month in 0..15 {
                    let day = person.new_year(-1).plus_months(month).plus_days(dice.between(0, 27));
                    visits.on(day, self.figures.care(CHRONIC), &mut dice).into_iter().for_each(&mut emit);
                }
            }
            Course::OrphanRefund => {
                let Some(settled) = visits.some_day(year - 1, &mut dice) else { return };
                let unnamed = person.index.is_multiple_of(2);
                let refund = if unnamed { Refund::Unnamed } else { Refund::Of(person.index * EACH + UNKNOWN) };
                emit(Settlement { refund, ..settled.refunded(settled.number, settled.time, 100) });
            }
            Course::NotYet => {
                let day = person.new_year(0).plus_days(dice.between(100, 300));
                visits.on(day, None, &mut dice).into_iter().for_each(&mut emit);
            }
            Course::OtherInsurance => {
                let insurance = dice.pick(&self.figures.other_insurances);
                let settled = visits.some_day(year - 1, &mut dice);
                settled.map(|settled| Settlement { insurance, ..settled }).into_iter().for_each(&mut emit);
            }
        }
    }
}

/// 门诊慢特病.
const CHRONIC: &str = "14";

fn without_fund(settled: Settlement<'_>) -> Settlement<'_> {
    let mut amounts = settled.amounts;
    amounts.cash += amounts.fund;
    amounts.fund = 0;
    Settlement { amounts, ..settled }
}

/// One person's settlements, numbered as they are made.
struct Visits<'a> {
    claims: &'a Claims,
    person: &'a Person<'a>,
    plain: bool,
    count: u64,
}

impl<'a> Visits<'a> {
    fn number(&mut self) -> u64 {
        self.count += 1;
        self.person.index * EACH + self.count
    }

    /// Some day of a year; of the benefit year, before the extracts were made.
    fn some_day(&mut self, year: i32, dice: &mut Dice) -> Option<Settlement<'a>> {
        let first = self.person.new_year(year - self.person.county().year);
        let days = if year == self.person.county().year { 89 } else { 364 };
        self.on(first.plus_days(dice.between(0, days)), None, dice)
    }

    /// A settlement of this or some kind of care, unless the day is before the birth.
    fn on(&mut self, day: Day, care: Option<&'a Care>, dice: &mut Dice) -> Option<Settlement<'a>> {
        let (person, Claims { figures, places }) = (self.person, self.claims);
        let number = self.number();
        let care = care.unwrap_or_else(|| figures.any_care(dice));
        let employee = person.cover.is_employee();
        let distance = match dice.below(1024) {
            throw if throw < figures.scope.cross_province => Distance::CrossProvince,
            throw if throw < figures.scope.cross_province + figures.scope.in_province => Distance::InProvince,
            _ => Distance::Local,
        };
        let settled = Settlement {
            number,
            visit: number,
            patient: Patient {
                index: person.index,
                certificate: person.written_certificate(Office::Settlement, self.plain),
                certificate_type: (!self.plain).then(|| person.certificate_type()),
            },
            insurance: if employee { 310 } else { 390 },
            insured: if matches!(person.cover, Cover::ResidentElsewhere | Cover::EmployeeElsewhere) { person.away } else { person.here },
            treated: places.treated(distance, dice),
            institution: dice.below(40) + 1,
            care,
            disease: figures.disease(care, dice),
            time: (day, working_hours(dice)),
            amounts: figures.amounts(care, employee, dice),
            refund: Refund::No,
        };
        (person.birth.day < day).then_some(settled)
    }
}

impl Extract for Claims {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        if person.foreign && form.is_plain() {
            return;
        }
        let mut dirt = person.dirt(Office::Settlement, form.medium, FAULTS);
        self.each(person, form.is_plain(), |settled| {
            put_row(row, &settled, dirt, &form.header);
            dirt = Dirt::Clean;
        });
    }
}
