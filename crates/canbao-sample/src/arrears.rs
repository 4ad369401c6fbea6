//! Late payers where the wait depends on earlier years: every count of broken and repaid years, and what breaks one.

use canbao_rules::period::Day;
use canbao_rules::policy::{Arrears, Policy, Waiting};

use super::chance::Topic;
use super::late::some_day;
use super::person::Person;
use super::record::{Record, working_hours};

/// What somebody's records of an earlier year are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Past {
    /// A resident record paid in the year's window.
    InTime,
    /// A resident record of which nobody knows when it was paid.
    Untimed,
    /// A resident record paid on the last day of the year itself.
    LastDay,
    /// A resident record paid on the first day of the benefit year.
    FirstDayAfter,
    /// A resident record paid together with the benefit year's.
    Repaid,
    /// An employee record of so many months.
    Employed(u32),
    /// Such a one, and a resident record paid together with the benefit year's.
    EmployedAndRepaid(u32),
    Missing,
}

/// The years before the benefit year, the last first; those before them were paid in time, if there are any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct History {
    pub last: Vec<Past>,
    pub before: Past,
}

/// Every history that the pack's waiting time tells apart; none where waiting does not depend on earlier years.
pub fn histories(policy: &Policy) -> Vec<History> {
    let Waiting::Arrears(Arrears { long_break_years, months_of_unbroken_year, .. }) = policy.waiting else { return Vec::new() };
    let in_order = |last: Vec<Past>| History { last, before: Past::InTime };
    let mut histories = Vec::new();
    for broken in 0..=long_break_years + 1 {
        for repaid in 0..=broken {
            let past = |year| if year < repaid { Past::Repaid } else { Past::Missing };
            histories.push(in_order((0..broken).map(past).collect()));
        }
    }
    let months = months_of_unbroken_year.unsigned_abs().clamp(2, 12);
    let single = [
        Past::Employed(months - 1),
        Past::Employed(months),
        Past::EmployedAndRepaid(months - 1),
        Past::LastDay,
        Past::FirstDayAfter,
        Past::Untimed,
    ];
    histories.extend(single.map(|past| in_order(vec![past])));
    histories.push(History { last: Vec::new(), before: Past::Missing });
    histories
}

impl Person<'_> {
    /// The day on which somebody with a history pays for the benefit year, and for years repaid.
    pub fn day_of_arrears(&self) -> Day {
        /// Months of payment. The first who shows a history pays in the first three, so that cover begins in the year;
        /// later ones pay later.
        const MONTHS: [i32; 8] = [0, 1, 2, 4, 7, 5, 0, 1];
        let round = self.nth / self.people.histories.len().max(1) as u64;
        let month = MONTHS[((self.nth % 3 + 2 * round) % 8) as usize];
        some_day(self.new_year(0), month, &mut self.dice(Topic::Late, 0))
    }

    /// The records of the year that lies `before` years before the benefit year.
    pub fn past_records(&self, before: i32, in_time: Record, mut emit: impl FnMut(Record)) {
        let histories = &self.people.histories;
        let Some(history) = histories.get((self.nth % histories.len().max(1) as u64) as usize) else { return };
        let past = usize::try_from(before - 1).ok().and_then(|year| history.last.get(year)).copied().unwrap_or(history.before);
        let year = self.county().year - before;
        let time = (self.day_of_arrears(), working_hours(&mut self.dice(Topic::Late, 1)));
        let repaid =
            Record { paid: Some(time), personal_fen: self.county().premium(self.county().year).personal.fen(), fiscal_fen: 0, ..in_time };
        let last_day = self.new_year(1 - before).plus_days(-1);
        let employed = |months| self.employee(year, self.here, 1, months, (last_day.plus_days(-20), time.1));
        match past {
            Past::Missing => {}
            Past::InTime => emit(in_time),
            Past::Untimed => emit(Record { paid: None, ..in_time }),
            Past::LastDay => emit(Record { paid: Some((last_day, time.1)), ..in_time }),
            Past::FirstDayAfter => emit(Record { paid: Some((self.new_year(0), time.1)), ..repaid }),
            Past::Repaid => emit(repaid),
            Past::Employed(months) => emit(employed(months)),
            Past::EmployedAndRepaid(months) => [employed(months), repaid].into_iter().for_each(emit),
        }
    }
}
