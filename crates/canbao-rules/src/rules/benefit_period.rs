//! When cover begins and why (docs/rules.md, Benefit period: `basis`, first that fits).

use crate::period::Day;
use crate::policy::{Arrears, Category, CoverStart, GroupTest, Leaving, Parameter, Policy, Waiting};

use super::codes::{BenefitBasis, Rule};
use super::facts::{IdentitySpan, Record, Schooling};
use super::history::BrokenYears;
use super::trace::{Step, Trace};

/// One row of `benefit_period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenefitPeriod {
    /// Why.
    pub basis: BenefitBasis,
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
    /// All enrollment records of the person, of all years; used only where waiting depends on arrears.
    pub records: &'a [Record<'a>],
}

/// The benefit period of a valid resident record of the policy's year.
pub fn benefit_period(record: &Record<'_>, person: &Circumstances<'_>, policy: &Policy, on: Day, trace: &mut impl Trace) -> BenefitPeriod {
    trace.begin(Rule::BenefitPeriod, Some(record.row));
    trace.saw(record.row);
    let (first, last) = (policy.year.first_day(), policy.year.last_day());
    let paid = record.paid_on();
    trace.test(paid.is_some(), || Step::PaymentTimeKnown { paid });
    let (basis, waiting_months, start) = match paid {
        None => (BenefitBasis::Concentrated, 0, Some(first)),
        Some(paid) => basis(paid, person, policy, on, trace),
    };
    start.iter().for_each(|&day| trace.value(|| Step::CoversFrom { day }));
    let cover = start.map(|day| day.max(first)).filter(|&day| day <= last).map(|day| (day, last));
    trace.conclude(|| Step::Benefit {
        basis,
        waiting_months,
        benefit_begn: cover.map(|(begin, _)| begin),
        benefit_end: cover.map(|(_, end)| end),
    });
    BenefitPeriod { basis, waiting_months, cover }
}

/// The first basis that fits, the months of waiting, and the day from which it covers.
fn basis(paid: Day, person: &Circumstances<'_>, policy: &Policy, on: Day, trace: &mut impl Trace) -> (BenefitBasis, i32, Option<Day>) {
    let first = policy.year.first_day();
    if let Some(born) = covered_from_birth(paid, person.born, policy, trace) {
        return (BenefitBasis::NewbornFromBirth, 0, Some(born));
    }
    trace.used(Parameter::Window);
    let last = policy.window.last;
    if trace.test(paid <= last, || Step::PaidByWindowEnd { paid, last }) {
        return (BenefitBasis::Concentrated, 0, Some(first));
    }
    if person.born.is_some_and(|born| is_newborn_paid_late(paid, born, policy, trace)) {
        return (BenefitBasis::NewbornAfterPayment, 0, Some(paid.plus_days(1)));
    }
    if policy.migrant_until.is_some_and(|until| is_returning_migrant(paid, until, person, trace)) {
        return (BenefitBasis::MigrantExtension, 0, Some(first));
    }
    if policy.special.tests.iter().any(|test| fits(test, paid, person, policy, trace)) {
        trace.used(Parameter::SpecialStart);
        let start = match policy.special.start {
            CoverStart::NextDay => paid.plus_days(1),
            CoverStart::NextMonth => paid.month().plus(1).first_day(),
        };
        return (BenefitBasis::SpecialGroup, 0, Some(start));
    }
    trace.used(Parameter::Waiting);
    if !trace.test(policy.waiting != Waiting::NotAdmitted, || Step::LateAdmitted {}) {
        return (BenefitBasis::None, 0, None);
    }
    match policy.waiting {
        Waiting::NotAdmitted => (BenefitBasis::None, 0, None),
        Waiting::NthMonth { nth } => {
            trace.value(|| Step::FromNthMonth { nth });
            (BenefitBasis::Waiting, nth - 1, Some(paid.month().plus(nth - 1).first_day()))
        }
        Waiting::Arrears(arrears) => {
            let broken = BrokenYears::count(person.records, &arrears, policy, on, trace);
            let months = wait(&arrears, broken, trace);
            (BenefitBasis::Waiting, months, Some(paid.month().plus(1 + months).first_day()))
        }
    }
}

/// The birth of a child born in Y or Y−1 and paid for within the days after birth; where the window was still open,
/// only of one born since it opened.
fn covered_from_birth(paid: Day, born: Option<Day>, policy: &Policy, trace: &mut impl Trace) -> Option<Day> {
    let year = policy.year;
    let lately = born.filter(|b| (0..=1).contains(&(year.0 - b.year())));
    trace.test(lately.is_some(), || Step::BornLately { born, year });
    let born = lately?;
    trace.used(Parameter::NewbornDays);
    let until = born.plus_days(policy.newborn.days);
    if !trace.test(paid <= until, || Step::PaidSoonAfterBirth { born, paid, until }) {
        return None;
    }
    trace.used(Parameter::Window);
    let (opened, last) = (policy.window.first, policy.window.last);
    let fits = trace.test(born >= opened, || Step::BornSinceWindow { born, opened })
        || !trace.test(paid <= last, || Step::PaidByWindowEnd { paid, last });
    fits.then_some(born)
}

/// Paid after the days after birth, and by the birthday.
fn is_newborn_paid_late(paid: Day, born: Day, policy: &Policy, trace: &mut impl Trace) -> bool {
    let (after, birthday) = (born.plus_days(policy.newborn.days), born.birthday(policy.newborn.birthday));
    trace.used(Parameter::NewbornDays);
    trace.used(Parameter::NewbornBirthday);
    trace.test(after < paid && paid <= birthday, || Step::PaidByBirthday { paid, after, birthday })
}

/// Paid within the extension, and a migrant worker on that day.
fn is_returning_migrant(paid: Day, until: Day, person: &Circumstances<'_>, trace: &mut impl Trace) -> bool {
    trace.used(Parameter::MigrantExtension);
    trace.test(paid <= until, || Step::PaidInExtension { paid, until })
        && is_in_force(Category::MigrantWorker, person.identities, paid, trace)
}

fn is_in_force(category: Category, identities: &[IdentitySpan], paid: Day, trace: &mut impl Trace) -> bool {
    let rows = identities.iter().filter(|i| i.category == category);
    rows.clone().for_each(|i| trace.saw(i.row));
    trace.test(rows.clone().any(|i| i.in_force(paid)), || Step::InForceWhenPaid { category, paid })
}

/// Whether the person belongs to the group on the day of payment (docs/rules.md, Special groups).
fn fits(test: &GroupTest, paid: Day, person: &Circumstances<'_>, policy: &Policy, trace: &mut impl Trace) -> bool {
    trace.used(Parameter::SpecialGroup(*test));
    match *test {
        GroupTest::InForce(category) => is_in_force(category, person.identities, paid, trace),
        GroupTest::BegunThisYear(category) => any_of(category, person, trace, |row, trace| {
            let begun = row.in_force(paid) && row.begin.year() == paid.year();
            trace.test(begun, || Step::BegunInYearOfPayment { category, begin: row.begin, paid })
        }),
        GroupTest::AfterLeaving { category, leaving, months, this_year } => any_of(category, person, trace, |row, trace| {
            let left = match leaving {
                Leaving::Begin => Some(row.begin),
                Leaving::End => row.end,
            };
            let until = left.map(|day| day.plus_months(months));
            let begin = row.begin;
            let soon = begin <= paid && until.is_some_and(|until| paid <= until);
            trace.test(soon, || Step::PaidSoonAfterLeaving { category, begin, left, until, paid })
                && (!this_year || trace.test(begin.year() == paid.year(), || Step::BegunInYearOfPayment { category, begin, paid }))
        }),
        GroupTest::UntilMonthEnd { category, months } => any_of(category, person, trace, |row, trace| {
            let (begin, until) = (row.begin, row.begin.month().plus(months).last_day());
            trace.test(begin <= paid && paid <= until, || Step::PaidByMonthEnd { category, begin, until, paid })
        }),
        GroupTest::SchoolRegistration { months } => is_newly_at_school(months, paid, person, policy, trace),
    }
}

/// Whether a row of the category passes the test. That there is no such row is a step too.
fn any_of<T: Trace>(category: Category, person: &Circumstances<'_>, trace: &mut T, passes: impl Fn(&IdentitySpan, &mut T) -> bool) -> bool {
    let mut rows = person.identities.iter().filter(|i| i.category == category).peekable();
    if rows.peek().is_none() {
        return trace.test(false, || Step::NoSuchIdentity { category });
    }
    rows.any(|row| {
        trace.saw(row.row);
        passes(row, trace)
    })
}

fn is_newly_at_school(months: i32, paid: Day, person: &Circumstances<'_>, policy: &Policy, trace: &mut impl Trace) -> bool {
    let Some(schooling) = person.schooling else { return trace.test(false, || Step::NoSchool {}) };
    trace.saw(schooling.row);
    let (school, begin, until) = (schooling.school, schooling.begin, schooling.begin.plus_months(months));
    let soon = policy.region.covers(school) && begin <= paid && paid <= until;
    trace.test(soon, || Step::PaidSoonAfterRegistration { school, begin, until, paid })
}

/// The fixed wait, a month more for each broken year and a month less for each repaid one; never below
/// the fixed wait, nor, after a long break, below the least for that.
fn wait(arrears: &Arrears, broken: BrokenYears, trace: &mut impl Trace) -> i32 {
    let fixed = arrears.fixed_months;
    let least = if broken.years >= arrears.long_break_years { arrears.long_break_months } else { fixed };
    let months = (fixed + broken.years - broken.repaid).max(least);
    trace.value(|| Step::Wait { fixed, broken: broken.years, repaid: broken.repaid, least, months });
    months
}
