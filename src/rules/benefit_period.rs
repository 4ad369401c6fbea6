//! When cover begins and why (RULES, "Benefit period": `basis`, first that fits).

use crate::period::Day;
use crate::policy::{Arrears, Category, CoverStart, GroupTest, Leaving, Policy, Waiting};

use super::history::Broken;
use super::{IdentitySpan, Record, Schooling};

/// Why cover begins when it does. The order is that of RULES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A newborn paid for soon after birth.
    NewbornFromBirth,
    /// Paid by the window's end, or at a time unknown.
    Concentrated,
    /// A newborn paid for later, before the first birthday.
    NewbornAfterPayment,
    /// A returning migrant worker.
    MigrantExtension,
    /// One of the pack's special groups.
    SpecialGroup,
    /// A late payer who has to wait.
    Waiting,
    /// No cover in the year.
    None,
}

impl Basis {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewbornFromBirth => "newborn_from_birth",
            Self::Concentrated => "concentrated",
            Self::NewbornAfterPayment => "newborn_after_payment",
            Self::MigrantExtension => "migrant_extension",
            Self::SpecialGroup => "special_group",
            Self::Waiting => "waiting",
            Self::None => "none",
        }
    }
}

/// One row of `benefit_period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenefitPeriod {
    /// Why.
    pub basis: Basis,
    /// 0 unless the basis is waiting.
    pub waiting_months: i32,
    /// The first and the last day of cover; `None` where there is none in the year.
    pub cover: Option<(Day, Day)>,
}

/// What a benefit period may depend on besides the record.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The birth date, where it is known.
    pub born: Option<Day>,
    /// All identity rows of the person, whatever their span.
    pub identities: &'a [IdentitySpan],
    /// The student row.
    pub schooling: Option<&'a Schooling>,
    /// All enrollment records of the person, of whatever year; asked only where waiting depends on arrears.
    pub records: &'a [Record<'a>],
}

/// The benefit period of a valid resident record of the policy's year.
pub fn benefit_period(record: &Record<'_>, person: &Circumstances<'_>, policy: &Policy, on: Day) -> BenefitPeriod {
    let (first, last) = (policy.year.first_day(), policy.year.last_day());
    let Some(paid) = record.paid_on() else {
        return BenefitPeriod { basis: Basis::Concentrated, waiting_months: 0, cover: Some((first, last)) };
    };
    let (basis, waiting_months, start) = basis(paid, person, policy, on);
    let cover = start.map(|day| day.max(first)).filter(|&day| day <= last).map(|day| (day, last));
    BenefitPeriod { basis, waiting_months, cover }
}

/// The first basis that fits, the months of waiting, and the day from which it covers.
fn basis(paid: Day, person: &Circumstances<'_>, policy: &Policy, on: Day) -> (Basis, i32, Option<Day>) {
    let first = policy.year.first_day();
    if let Some(born) = person.born.filter(|&b| is_covered_from_birth(paid, b, policy)) {
        return (Basis::NewbornFromBirth, 0, Some(born));
    }
    if paid <= policy.window.last {
        return (Basis::Concentrated, 0, Some(first));
    }
    if person.born.is_some_and(|b| b.plus_days(policy.newborn.days) < paid && paid <= b.birthday(policy.newborn.birthday)) {
        return (Basis::NewbornAfterPayment, 0, Some(paid.plus_days(1)));
    }
    if policy.migrant_until.is_some_and(|until| paid <= until) && is_in_force(Category::MigrantWorker, person.identities, paid) {
        return (Basis::MigrantExtension, 0, Some(first));
    }
    if policy.special.tests.iter().any(|test| fits(test, paid, person, policy)) {
        let start = match policy.special.start {
            CoverStart::NextDay => paid.plus_days(1),
            CoverStart::NextMonth => paid.month().plus(1).first_day(),
        };
        return (Basis::SpecialGroup, 0, Some(start));
    }
    match policy.waiting {
        Waiting::NotAdmitted => (Basis::None, 0, None),
        Waiting::NthMonth { nth } => (Basis::Waiting, nth - 1, Some(paid.month().plus(nth - 1).first_day())),
        Waiting::Arrears(arrears) => {
            let months = wait(&arrears, Broken::count(person.records, &arrears, policy, on));
            (Basis::Waiting, months, Some(paid.month().plus(1 + months).first_day()))
        }
    }
}

/// Born in Y or Y−1 and paid for within the days after birth; where the window was still open, only a
/// child born since it opened.
fn is_covered_from_birth(paid: Day, born: Day, policy: &Policy) -> bool {
    let age = policy.year.0 - born.year();
    (0..=1).contains(&age) && paid <= born.plus_days(policy.newborn.days) && (born >= policy.window.first || paid > policy.window.last)
}

fn is_in_force(category: Category, identities: &[IdentitySpan], on: Day) -> bool {
    identities.iter().any(|i| i.category == category && i.in_force(on))
}

/// Whether the person belongs to the group on the day of payment (RULES, "Special groups").
fn fits(test: &GroupTest, paid: Day, person: &Circumstances<'_>, policy: &Policy) -> bool {
    let of = |category: Category| person.identities.iter().filter(move |i| i.category == category);
    match *test {
        GroupTest::InForce(category) => is_in_force(category, person.identities, paid),
        GroupTest::BegunThisYear(category) => of(category).any(|i| i.in_force(paid) && i.begin.year() == paid.year()),
        GroupTest::AfterLeaving { category, leaving, months, this_year } => of(category).any(|i| {
            let left = match leaving {
                Leaving::Begin => Some(i.begin),
                Leaving::End => i.end,
            };
            i.begin <= paid && left.is_some_and(|day| paid <= day.plus_months(months)) && (!this_year || i.begin.year() == paid.year())
        }),
        GroupTest::UntilMonthEnd { category, months } => {
            of(category).any(|i| i.begin <= paid && paid <= i.begin.month().plus(months).last_day())
        }
        GroupTest::SchoolRegistration { months } => {
            person.schooling.is_some_and(|s| policy.region.covers(s.school) && s.begin <= paid && paid <= s.begin.plus_months(months))
        }
    }
}

/// The fixed wait, a month more for each broken year and a month less for each repaid one; never below
/// the fixed wait, nor, after a long break, below the least for that.
fn wait(arrears: &Arrears, broken: Broken) -> i32 {
    let least = if broken.years >= arrears.long_break_years { arrears.long_break_months } else { arrears.fixed_months };
    (arrears.fixed_months + broken.years - broken.repaid).max(least)
}
