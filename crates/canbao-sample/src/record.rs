//! The enrollment records of a person, year by year.

use canbao_rules::period::{Day, days_in_month};

use super::chance::{Dice, Topic};
use super::cover::Cover;
use super::number::Stage;
use super::person::Person;

/// A day and the seconds since its midnight.
pub type Time = (Day, u32);

/// `insutype`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insurance {
    Employee,
    Resident,
    /// 510 生育保险: good, and of no part in the audit.
    Maternity,
}

impl Insurance {
    pub fn code(self) -> u64 {
        match self {
            Self::Employee => 310,
            Self::Resident => 390,
            Self::Maternity => 510,
        }
    }
}

/// One row of the enrollment extract.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    pub insurance: Insurance,
    pub area: u32,
    /// `psn_insu_stas`: 1 or 2.
    pub state: u8,
    pub since: Day,
    /// yyyyMM.
    pub first: u32,
    /// yyyyMM.
    pub last: u32,
    pub collected: bool,
    pub paid: Option<Time>,
    pub personal_fen: i64,
    pub fiscal_fen: i64,
    pub reversed: bool,
}

impl Person<'_> {
    /// Hands over the records that the extract of this year holds.
    pub fn records(&self, year: i32, mut emit: impl FnMut(Record)) {
        let mut dice = self.dice(Topic::Records, u64::from(year.unsigned_abs() % 16));
        let this_year = self.county().year;
        if self.birth.day.year() > year {
            return;
        }
        if year < this_year {
            self.earlier(year, &mut dice, &mut emit);
        } else if self.cover == Cover::Newborn {
            self.newborn(&mut dice, &mut emit);
        } else {
            self.this_year(&mut dice, &mut emit);
        }
    }

    fn this_year(&self, dice: &mut Dice, emit: &mut impl FnMut(Record)) {
        let (here, away) = (self.here, self.away);
        let year = self.county().year;
        let in_window = self.window_time(year, dice);
        let resident = self.resident(year, here, Some(in_window));
        let elsewhere = self.resident(year, away, Some(self.window_time(year, dice)));
        let employee = self.employee(year, here, 1, 12, self.december(dice));
        match self.cover {
            Cover::Never | Cover::Lapsed | Cover::Newborn => {}
            Cover::Resident => emit(resident),
            Cover::Untimed => emit(Record { paid: None, ..resident }),
            Cover::ResidentElsewhere => emit(elsewhere),
            Cover::LateMigrant | Cover::LateSpecial | Cover::LateSchool | Cover::LateWaiting | Cover::Arrears => {
                emit(self.resident(year, here, Some((self.late_day(dice), working_hours(dice)))));
            }
            Cover::Paused => emit(Record { state: 2, ..resident }),
            Cover::Reversed => emit(Record { reversed: true, ..resident }),
            Cover::Uncollected => emit(Record { collected: false, paid: None, ..resident }),
            Cover::Employee => self.whole_year_employee(employee, dice, emit),
            Cover::EmployeeElsewhere => emit(Record { area: away, ..employee }),
            Cover::EmployeeByMonth => (1..=4).for_each(|month| emit(self.employee_month(year, month))),
            Cover::SteadyEmployee => [resident, employee].into_iter().for_each(emit),
            Cover::FreshEmployee => {
                let last = if self.nth.is_multiple_of(2) { 12 } else { 3 };
                let fresh = self.employee(year, if dice.one_in(3) { away } else { here }, 1, last, self.december(dice));
                [resident, Record { since: self.new_year(0).plus_months(-3), ..fresh }].into_iter().for_each(emit);
            }
            Cover::TwoEmployers => {
                let newer = Record { area: away, since: self.new_year(0).plus_days(-dice.between(20, 80)), ..employee };
                [employee, newer].into_iter().for_each(emit);
            }
            Cover::SchoolAway | Cover::SchoolHere | Cover::MovedHome | Cover::NoPlace => [resident, elsewhere].into_iter().for_each(emit),
            Cover::CityPool => [resident, Record { area: away / 100 * 100, ..elsewhere }].into_iter().for_each(emit),
            Cover::TwoCounties => [resident, Record { area: self.other_area(), ..elsewhere }].into_iter().for_each(emit),
            Cover::PoolAndCounty => [resident, Record { area: self.county().code, ..elsewhere }].into_iter().for_each(emit),
            Cover::PaidTwice => {
                let again = (in_window.0.plus_days(dice.between(0, 20)).min(self.county().window.1), working_hours(dice));
                [resident, self.resident(year, here, Some(again))].into_iter().for_each(emit);
            }
            Cover::Mixed => {
                let brief = self.employee(year, away, 1, 6, self.december(dice));
                [resident, elsewhere, brief].into_iter().for_each(emit);
            }
            Cover::MixedSteady if self.nth.is_multiple_of(2) => {
                let newer = Record { area: away, since: self.new_year(0).plus_days(-30), ..employee };
                [resident, employee, newer].into_iter().for_each(emit);
            }
            Cover::MixedSteady => {
                // The two employments share no month with each other, each shares some with the resident record.
                let before = self.employee(year, away, 1, 5, self.december(dice));
                let after = self.employee(year, here, 8, 12, self.december(dice));
                [before, after, resident].into_iter().for_each(emit);
            }
            Cover::Apart => {
                let before = self.employee(year, here, 1, 2, self.december(dice));
                [before, Record { first: year as u32 * 100 + 3, ..resident }].into_iter().for_each(emit);
            }
        }
    }

    /// One record for the year; a few began in the middle of the year before, some carry maternity insurance.
    fn whole_year_employee(&self, employee: Record, dice: &mut Dice, emit: &mut impl FnMut(Record)) {
        if self.spans_years() {
            return emit(Record { first: employee.first + 6, ..employee });
        }
        emit(employee);
        if dice.one_in(12) {
            emit(Record { insurance: Insurance::Maternity, personal_fen: 0, ..employee });
        }
    }

    fn spans_years(&self) -> bool {
        self.cover == Cover::Employee && self.nth.is_multiple_of(20)
    }

    /// The cases of newborns in turn, by the days between birth and payment.
    fn newborn(&self, dice: &mut Dice, emit: &mut impl FnMut(Record)) {
        let (born, year) = (self.birth.day, self.county().year);
        let (window, first_day) = (self.county().window, self.new_year(0));
        let paid = if born >= first_day {
            match self.nth % 6 {
                0 => born.plus_days(dice.between(0, 30)),
                1 => born.plus_days(60),
                2 => born.plus_days(90),
                3 => born.plus_days(91),
                4 => born.plus_days(150),
                _ => return,
            }
        } else {
            match self.nth % 10 {
                0..3 => self.window_time(year, dice).0,
                3 => born.plus_days(90),
                4 => born.plus_days(91),
                5 => born.plus_days(150),
                6 => born.plus_days(200),
                7 => born.birthday(1).plus_days(dice.between(0, 9)),
                8 => return,
                _ => first_day.plus_days(dice.between(1, 85)),
            }
        };
        let paid = if paid < window.0 { self.window_time(year, dice).0 } else { paid };
        let time = Some((paid, working_hours(dice))).filter(|_| self.nth % 13 != 12);
        emit(self.resident(year, self.here, time));
    }

    fn earlier(&self, year: i32, dice: &mut Dice, emit: &mut impl FnMut(Record)) {
        let (here, before) = (self.here, self.county().year - year);
        if self.skips(year, before) {
            return;
        }
        let born_then = self.birth.day.year() == year;
        let time =
            if born_then { (self.birth.day.plus_days(dice.between(0, 90)), working_hours(dice)) } else { self.window_time(year, dice) };
        let area = match self.cover {
            Cover::ResidentElsewhere | Cover::EmployeeElsewhere => self.away,
            _ => here,
        };
        let resident = self.resident(year, area, Some(time));
        if self.cover == Cover::Arrears {
            return self.past_records(before, resident, emit);
        }
        let was_employee = self.cover.is_employee() && (before < 3 || !dice.one_in(8));
        let last_day = self.new_year(1 - before).plus_days(-1);
        let employee = self.employee(year, area, 1, 12, (last_day.plus_days(-dice.between(0, 40)), working_hours(dice)));
        if was_employee && self.cover == Cover::EmployeeByMonth && before == 1 {
            return (1..=12).for_each(|month| emit(self.employee_month(year, month)));
        }
        if was_employee && self.spans_years() && before == 1 {
            return emit(Record { first: employee.first + 6, last: employee.last + 94, ..employee });
        }
        let state = if self.cover == Cover::Paused { 2 } else { 1 };
        let flawed = self.cover.is_common() && dice.one_in(150);
        emit(Record { state, collected: !flawed, ..if was_employee { employee } else { resident } });
        if self.cover == Cover::FreshEmployee && before == 1 {
            emit(Record { first: employee.first + 9, ..employee });
        }
    }

    /// Whether this person was not enrolled in an earlier year.
    fn skips(&self, year: i32, before: i32) -> bool {
        let mut dice = self.dice(Topic::History, 0);
        let joined = if dice.one_in(6) { dice.between(1, 4) } else { 9 };
        let gap = if dice.one_in(25) { dice.between(1, 4) } else { 0 };
        match self.cover {
            Cover::Lapsed if before == 1 => false,
            Cover::Never if before == 1 => true,
            Cover::Never => before > 3 || joined == 9 || gap == before,
            Cover::Newborn => self.birth.day.year() != year || self.nth % 10 == 8,
            Cover::SteadyEmployee | Cover::MixedSteady | Cover::EmployeeByMonth | Cover::Arrears => false,
            _ => before > joined || before == gap,
        }
    }

    fn resident(&self, year: i32, area: u32, paid: Option<Time>) -> Record {
        let premium = self.county().premium(year);
        let window_ends = self.county().window.1;
        let owed = (premium.personal - self.subsidy_on(paid.map_or(window_ends, |(day, _)| day))).fen();
        let since = self.new_year(-7 + (self.index % 4) as i32).max(self.birth.day);
        let first = year as u32 * 100 + 1;
        Record {
            insurance: Insurance::Resident,
            area,
            state: 1,
            since,
            first,
            last: first + 11,
            collected: true,
            paid,
            personal_fen: owed.max(0),
            fiscal_fen: premium.fiscal.fen(),
            reversed: false,
        }
    }

    pub fn employee(&self, year: i32, area: u32, first: u32, last: u32, paid: Time) -> Record {
        let months = year as u32 * 100;
        let wage_fen = 300_000 + (self.index.wrapping_mul(7919) % 500_000) as i64;
        Record {
            insurance: Insurance::Employee,
            area,
            state: 1,
            since: self.new_year(-10 + (self.index % 6) as i32).plus_days((self.index % 300) as i32),
            first: months + first,
            last: months + last,
            collected: true,
            paid: Some(paid),
            // Two percent of the wage a month.
            personal_fen: wage_fen / 50 * i64::from(last - first + 1),
            fiscal_fen: 0,
            reversed: false,
        }
    }

    /// The record of one month, paid in its middle.
    fn employee_month(&self, year: i32, month: u32) -> Record {
        let day = Day::from_ymd(year, month, 15).unwrap_or(self.new_year(0));
        self.employee(year, self.here, month, month, (day, 9 * 3_600 + (self.index % 3_600) as u32))
    }

    /// A payment in the window of a year; one in forty on its last day.
    fn window_time(&self, year: i32, dice: &mut Dice) -> Time {
        let shift = 12 * (year - self.county().year);
        let (first, last) = self.county().window;
        let (first, last) = (first.plus_months(shift), last.plus_months(shift));
        let last_day = dice.one_in(40);
        let first = if self.birth.stage == Stage::Infant { first.max(self.birth.day).min(last) } else { first };
        let day = if last_day { last } else { first.plus_days(dice.between(0, last.epoch() - first.epoch())) };
        (day, working_hours(dice))
    }

    /// A payment in the last month before the benefit year.
    fn december(&self, dice: &mut Dice) -> Time {
        (self.new_year(0).plus_days(-dice.between(1, 28)), working_hours(dice))
    }

    fn late_migrant_day(&self, first: Day, dice: &mut Dice) -> Day {
        let until = self.county().policy.migrant_until.unwrap_or(first);
        first.plus_days(dice.between(0, until.epoch() - first.epoch()))
    }

    fn late_day(&self, dice: &mut Dice) -> Day {
        /// Months of late payment, most of them before the extracts were made.
        const MONTHS: [u32; 15] = [1, 2, 3, 1, 2, 3, 3, 4, 1, 2, 3, 5, 6, 7, 8];
        let first = self.new_year(0);
        match self.cover {
            Cover::LateMigrant => self.late_migrant_day(first, dice),
            Cover::LateSpecial | Cover::LateSchool => self.late().paid.unwrap_or_else(|| first.plus_days(dice.between(2, 80))),
            Cover::Arrears => self.day_of_arrears(),
            _ if self.nth % 15 == 14 && self.county().window.1 < first.plus_days(-1) => self.county().window.1.plus_days(1),
            _ => {
                let month = MONTHS[(self.nth % 15) as usize];
                let days = days_in_month(self.county().year, month) as i32;
                let day = if self.nth % 15 == 5 { days } else { dice.between(1, days) };
                first.plus_months(month as i32 - 1).plus_days(day - 1)
            }
        }
    }
}

/// Seconds of a day between 8 and 20 o'clock.
pub fn working_hours(dice: &mut Dice) -> u32 {
    8 * 3_600 + dice.below(12 * 3_600)
}
