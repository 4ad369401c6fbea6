//! Late payers whom one of the pack's special groups lets in, and those who just miss it.
//!
//! Each test of the pack gives its cases in turn: the ordinary one, and the edges of its span of days.

use canbao_rules::period::Day;
use canbao_rules::policy::{Category, GroupTest, Leaving, Policy};

use super::chance::{Dice, Topic};
use super::county::Label;
use super::person::{Held, Person, Schooling};

/// How the day of payment lies to the days that a test asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Some weeks after the beginning, or in force for long.
    Ordinary,
    /// On the very day of the beginning.
    FirstDay,
    /// On the last day that the test lets in.
    LastDay,
    /// On the last day, in a month that lacks the day of the beginning.
    ShortMonth,
    /// A day after the last.
    DayTooLate,
    /// A day before the beginning.
    DayTooEarly,
    /// Begun in another calendar year than the test asks for.
    OtherYear,
    /// In time, and still in the year before the benefit year.
    BeforeTheYear,
    /// The other system has not been left yet, but an end is known.
    StillThere,
    /// The other system has no end.
    NotLeft,
    /// At a school of another region.
    Elsewhere,
}

/// A test of the pack with one of its edges.
#[derive(Debug, Clone, Copy)]
pub struct LateCase {
    pub test: GroupTest,
    /// Place in `county.labels`; of school registration none.
    label: Option<usize>,
    pub edge: Edge,
}

/// What a case makes of a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct LateFacts {
    /// `None`: some day of the first months.
    pub paid: Option<Day>,
    pub held: Option<Held>,
    pub schooling: Option<Schooling>,
}

/// The cases of labels and those of schools: first each test's ordinary one, by the order of labels, then the edges.
pub fn cases(policy: &Policy, labels: &[Label]) -> (Vec<LateCase>, Vec<LateCase>) {
    let tests = || policy.special.tests.iter().copied();
    let (mut ordinary, mut edges) = (Vec::new(), Vec::new());
    for (place, label) in labels.iter().enumerate() {
        // Of several labels with one category the first stands for all.
        if labels[..place].iter().any(|before| before.category == label.category) {
            continue;
        }
        for test in tests().filter(|test| category_of(test) == Some(label.category)) {
            let case = |edge| LateCase { test, label: Some(place), edge };
            ordinary.push(case(Edge::Ordinary));
            edges.extend(edges_of(&test, policy).into_iter().map(case));
        }
    }
    ordinary.extend(edges);
    let mut schools = Vec::new();
    for test in tests().filter(|test| matches!(test, GroupTest::SchoolRegistration { .. })) {
        let edges = edges_of(&test, policy);
        schools.extend([Edge::Ordinary].into_iter().chain(edges).map(|edge| LateCase { test, label: None, edge }));
    }
    (ordinary, schools)
}

fn category_of(test: &GroupTest) -> Option<Category> {
    match *test {
        GroupTest::InForce(category)
        | GroupTest::BegunThisYear(category)
        | GroupTest::AfterLeaving { category, .. }
        | GroupTest::UntilMonthEnd { category, .. } => Some(category),
        GroupTest::SchoolRegistration { .. } => None,
    }
}

fn edges_of(test: &GroupTest, policy: &Policy) -> Vec<Edge> {
    const SPAN: [Edge; 5] = [Edge::FirstDay, Edge::LastDay, Edge::ShortMonth, Edge::DayTooLate, Edge::DayTooEarly];
    let mut edges = Vec::new();
    match *test {
        GroupTest::InForce(_) => {}
        GroupTest::BegunThisYear(_) => edges.push(Edge::OtherYear),
        GroupTest::AfterLeaving { leaving, this_year, .. } => {
            edges.extend(SPAN);
            if this_year {
                edges.push(Edge::OtherYear);
            } else if days_between_window_and_year(policy) > 1 {
                edges.push(Edge::BeforeTheYear);
            }
            if leaving == Leaving::End {
                edges.extend([Edge::StillThere, Edge::NotLeft]);
            }
        }
        GroupTest::UntilMonthEnd { .. } => edges.extend([Edge::FirstDay, Edge::LastDay, Edge::DayTooLate, Edge::DayTooEarly]),
        GroupTest::SchoolRegistration { .. } => {
            edges.extend(SPAN);
            edges.push(Edge::Elsewhere);
        }
    }
    edges
}

/// Days after the window and before the benefit year.
fn days_between_window_and_year(policy: &Policy) -> i32 {
    policy.year.first_day().epoch() - policy.window.last.epoch() - 1
}

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

/// Some day of the month that lies so many months after another day's.
pub fn some_day(first: Day, months: i32, dice: &mut Dice) -> Day {
    let month = first.plus_months(months).month();
    month.first_day().plus_days(dice.between(0, month.last_day().ymd().2 as i32 - 1))
}
