//! Records of earlier years, as somebody's history says, and when somebody with a history pays.

use canbao_rules::period::Day;

use super::arrears::Past;
use super::chance::Topic;
use super::late::some_day;
use super::person::Person;
use super::record::{Record, working_hours};

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
