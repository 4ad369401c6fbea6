//! Late payers whom one of the pack's special groups lets in, and those who just miss it.
//!
//! Each test of the pack gives its cases in turn: the ordinary one, and the edges of its span of days.

use canbao_rules::period::Day;
use canbao_rules::policy::{Category, GroupTest, Leaving, Policy};

use super::chance::Dice;
use super::county::Label;
use super::spans::{Held, Schooling};

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
    pub label: Option<usize>,
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

/// Some day of the month that lies so many months after another day's.
pub fn some_day(first: Day, months: i32, dice: &mut Dice) -> Day {
    let month = first.plus_months(months).month();
    month.first_day().plus_days(dice.between(0, month.last_day().ymd().2 as i32 - 1))
}
