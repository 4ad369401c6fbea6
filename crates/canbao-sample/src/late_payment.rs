//! What a case of late payment makes of a person: when he pays, which label he holds, where he is at school.

use canbao_rules::period::Day;
use canbao_rules::policy::{GroupTest, Leaving};

use super::chance::Topic;
use super::late::{Edge, LateCase, LateFacts};
use super::person::Person;
use super::spans::{Held, Schooling};

impl Person<'_> {
    /// The case of somebody whom a label lets in late, or nearly does.
    pub fn late_facts(&self, case: &LateCase) -> LateFacts {
        match (case.test, case.label) {
            (GroupTest::InForce(_), Some(label)) => LateFacts { held: Some(self.held_since_long(label)), ..LateFacts::default() },
            (GroupTest::BegunThisYear(_), Some(label)) => {
                let begun = Held { label, begins: self.new_year(0).plus_days(1), ends: None };
                let held = if case.edge == Edge::OtherYear { self.held_since_long(label) } else { begun };
                LateFacts { held: Some(held), ..LateFacts::default() }
            }
            (GroupTest::AfterLeaving { leaving, months, .. }, Some(label)) => {
                let (left, paid) = self.left_and_paid(case.edge, |day| day.plus_months(months));
                let held = match leaving {
                    Leaving::Begin => Held { label, begins: left, ends: None },
                    Leaving::End => self.left_at_end(label, case.edge, left, paid),
                };
                LateFacts { paid: Some(paid), held: Some(held), schooling: None }
            }
            (GroupTest::UntilMonthEnd { months, .. }, Some(label)) => {
                let (begins, paid) = self.left_and_paid(case.edge, |day| day.month().plus(months).last_day());
                LateFacts { paid: Some(paid), held: Some(Held { label, begins, ends: None }), schooling: None }
            }
            (GroupTest::SchoolRegistration { months }, _) => {
                let (begins, paid) = self.left_and_paid(case.edge, |day| day.plus_months(months));
                let area = if case.edge == Edge::Elsewhere { self.away } else { self.school_area() };
                LateFacts { paid: Some(paid), held: None, schooling: Some(Schooling { area, begins, ends: None }) }
            }
            (_, None) => LateFacts::default(),
        }
    }

    /// A leaving day that is the end of a label's span.
    fn left_at_end(&self, label: usize, edge: Edge, left: Day, paid: Day) -> Held {
        let since = self.held_since_long(label).begins.min(left.plus_days(-400));
        match edge {
            Edge::DayTooEarly => Held { label, begins: paid.plus_days(1), ends: Some(paid.plus_days(60)) },
            Edge::StillThere => Held { label, begins: since, ends: Some(paid.plus_days(30)) },
            Edge::NotLeft => Held { label, begins: since, ends: None },
            _ => Held { label, begins: since, ends: Some(left) },
        }
    }

    /// The day on which a span begins and the day of payment; `last` gives the span's last day.
    fn left_and_paid(&self, edge: Edge, last: impl Fn(Day) -> Day) -> (Day, Day) {
        let mut dice = self.dice(Topic::Late, 0);
        let begins = self.new_year(0).plus_days(dice.between(1, 55));
        match edge {
            Edge::Ordinary | Edge::Elsewhere | Edge::StillThere | Edge::NotLeft => (begins, begins.plus_days(dice.between(10, 50))),
            Edge::FirstDay => (begins, begins),
            Edge::LastDay => (begins, last(begins)),
            Edge::ShortMonth => {
                let begins = day_that_a_later_month_lacks(begins, &last);
                (begins, last(begins))
            }
            Edge::DayTooLate => (begins, last(begins).plus_days(1)),
            Edge::DayTooEarly => (begins.plus_days(1), begins),
            Edge::OtherYear => {
                let begins = self.new_year(0).plus_days(-dice.between(5, 25));
                (begins, begins.plus_days(dice.between(28, 50)))
            }
            Edge::BeforeTheYear => {
                let window_ends = self.county().window.1;
                (window_ends.plus_days(-dice.between(3, 30)), window_ends.plus_days(1))
            }
        }
    }

    /// A label in force since before the earliest records, without an end.
    fn held_since_long(&self, label: usize) -> Held {
        self.since_long(label, &mut self.dice(Topic::Labels, 0))
    }
}

/// The last day of the first month, of those from the day's on, whose end a span cuts short; the day itself if none.
fn day_that_a_later_month_lacks(day: Day, last: &impl Fn(Day) -> Day) -> Day {
    let mut ends = (0..12).map(|months| day.month().plus(months).last_day());
    ends.find(|&end| last(end).ymd().2 < end.ymd().2).unwrap_or(day)
}
