//! What the tax office has received.

use super::certificate::Office;
use super::chance::{Dice, Topic, deal};
use super::cover::Cover;
use super::dirt::{ALL_ONES, BAD_CHECK, Dirt, fault, put_row};
use super::extract::{Extract, Form};
use super::person::Person;
use super::record::{Insurance, Record, Time, working_hours};
use super::row::{Column, Fault, Row, SHORT, Scope, Values};
use super::short::Short;

const COLUMNS: &[Column] = &[
    ("order_no", "订单号"),
    ("certno", "证件号码"),
    ("psn_name", "姓名"),
    ("clct_year", "缴费年度"),
    ("pay_time", "支付时间"),
    ("pay_amt", "支付金额"),
    ("pay_stas", "支付状态"),
];

const FAULTS: &[Fault] = &[
    BAD_CHECK,
    fault("pay_amt", "", Scope::Anywhere),
    fault("pay_stas", "3", Scope::Mixed),
    fault("order_no", "", Scope::Anywhere),
    fault("pay_time", "2023-11-31 09:00:00", Scope::Lines),
    fault("pay_amt", "三百八", Scope::Lines),
    fault(SHORT, "", Scope::Lines),
    ALL_ONES,
];

/// The payment extract.
#[derive(Debug, Clone, Copy)]
pub struct Payment;

/// What came in for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Whole,
    Missing,
    Twice,
    Refunded,
    RefundedAndPaid,
    WrongAmount,
    Late,
}

const OUTCOME_BITS: u32 = 9;

impl Outcome {
    fn of(person: &Person<'_>) -> Self {
        match deal(person.people.seed, Topic::Outcomes, 0, person.index, OUTCOME_BITS) {
            0..5 => Self::Missing,
            5..8 => Self::Twice,
            8..10 => Self::Refunded,
            10..12 => Self::RefundedAndPaid,
            12..17 => Self::WrongAmount,
            17..20 => Self::Late,
            _ => Self::Whole,
        }
    }
}

impl Extract for Payment {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R) {
        let plain = form.is_plain();
        if person.foreign && plain {
            return;
        }
        let mut dirt = person.dirt(Office::Payment, form.medium, FAULTS);
        let mut order = 0;
        person.payments(|payment| {
            order += 1;
            put_row(row, &PaymentRow { person, plain, order, payment }, dirt, &form.header);
            dirt = Dirt::Clean;
        });
    }
}

/// One order at the tax office.
#[derive(Debug, Clone, Copy)]
struct Order {
    year: i32,
    time: Time,
    fen: i64,
    refunded: bool,
}

impl Person<'_> {
    fn payments(&self, mut emit: impl FnMut(Order)) {
        let mut dice = self.dice(Topic::Payments, 0);
        let year = self.county().year;
        let outcome = Outcome::of(self);
        self.records(year, |record| {
            if record.insurance == Insurance::Resident && self.county().covers(record.area) && record.personal_fen > 0 {
                self.pay(&record, outcome, &mut dice, &mut emit);
            }
        });
        if self.cover == Cover::Arrears {
            self.county().years().filter(|&earlier| earlier < year).for_each(|earlier| self.repay(earlier, &mut emit));
        }
        if matches!(self.cover, Cover::Never | Cover::Lapsed) && self.nth % 12 == 5 {
            let fen = self.county().premium(year).personal.fen();
            let time = (self.new_year(0).plus_days(-dice.between(1, 60)), working_hours(&mut dice));
            emit(Order { year, time, fen, refunded: false });
        }
        if self.cover == Cover::Newborn && self.birth.day < self.new_year(0) {
            let fen = self.county().premium(year - 1).personal.fen();
            let time = (self.birth.day.plus_days(dice.between(0, 90)), working_hours(&mut dice));
            emit(Order { year: year - 1, time, fen, refunded: false });
        }
    }

    /// The order behind a record of an earlier year that was paid for in the benefit year.
    fn repay(&self, year: i32, mut emit: impl FnMut(Order)) {
        self.records(year, |record| {
            let repaid = record.paid.filter(|(day, _)| record.insurance == Insurance::Resident && *day >= self.new_year(0));
            repaid.into_iter().for_each(|time| emit(Order { year, time, fen: record.personal_fen, refunded: false }));
        });
    }

    /// The orders behind one record.
    fn pay(&self, record: &Record, outcome: Outcome, dice: &mut Dice, emit: &mut impl FnMut(Order)) {
        let year = self.county().year;
        let window_ends = self.county().window.1;
        let time = record.paid.unwrap_or_else(|| (window_ends.plus_days(-dice.between(0, 90)), working_hours(dice)));
        let whole = Order { year, time, fen: record.personal_fen, refunded: false };
        let later = |days| Order { time: (time.0.plus_days(days), time.1), ..whole };
        match outcome {
            Outcome::Whole => emit(whole),
            Outcome::Missing => {}
            Outcome::Twice => [whole, later(1)].into_iter().for_each(emit),
            Outcome::Refunded => emit(Order { refunded: true, ..whole }),
            Outcome::RefundedAndPaid => [Order { refunded: true, ..whole }, later(2)].into_iter().for_each(emit),
            Outcome::WrongAmount => {
                let full = self.county().premium(year).personal.fen();
                let last_years = self.county().premium(year - 1).personal.fen();
                let fen = if record.personal_fen < full { full } else { last_years };
                // Where the premium has not changed, somebody was short of some yuan.
                let fen = if fen == record.personal_fen { fen - 1_000 } else { fen };
                emit(Order { fen, ..whole });
            }
            Outcome::Late => emit(later(40)),
        }
    }
}

struct PaymentRow<'a> {
    person: &'a Person<'a>,
    plain: bool,
    order: u64,
    payment: Order,
}

impl Values for PaymentRow<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        let (person, payment) = (self.person, &self.payment);
        let mut number = Short::default();
        number.push("T");
        number.push_padded(payment.year.unsigned_abs().into(), 4);
        number.push_padded(person.index * 10 + self.order, 12);
        row.text(number.as_str());
        row.text(person.written_certificate(Office::Payment, self.plain).as_str());
        if !self.plain {
            row.text(person.certificate_type());
        }
        row.text(person.name().as_str());
        row.integer(payment.year.unsigned_abs().into());
        row.time(Some(payment.time));
        row.amount(payment.fen);
        row.text(if payment.refunded { "2" } else { "1" });
    }
}
