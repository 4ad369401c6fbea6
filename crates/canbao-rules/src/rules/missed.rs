//! Who is missed, and in which of the five ledgers (docs/rules.md, Who should be enrolled;
//! docs/contract.md, missed_enrollment). A person is missed who is eligible and has no valid record anywhere.

use crate::money::Yuan;
use crate::period::Day;
use crate::policy::{Category, CategorySet, Parameter, Policy};

use super::codes::{MissedKind, Rule};
use super::subsidy::personal_amount;
use super::trace::{Step, Trace};

/// The ledgers of a missed person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// Last year's enrollment.
    pub kind: MissedKind,
    /// `ledger_difficulty`.
    pub difficulty: bool,
    /// `ledger_newborn`: not yet one year old.
    pub newborn: bool,
    /// `ledger_migrant`.
    pub migrant: bool,
    /// `ledger_student`.
    pub student: bool,
    /// `ledger_lapsed`.
    pub lapsed: bool,
    /// `personal_amt`: what the person would have to pay.
    pub personal: Yuan,
}

/// What the rule needs to know about a person.
#[derive(Debug, Clone, Copy)]
pub struct PersonStatus {
    /// Should be enrolled ([`super::eligibility`]).
    pub eligible: bool,
    /// How many schemes and places cover the person for the year.
    pub covers: usize,
    /// The categories in force.
    pub categories: CategorySet,
    /// The birth date, where it is known.
    pub born: Option<Day>,
    /// The column of `person`: at whatever school.
    pub student: bool,
    /// Enrolled the year before.
    pub prior_enrolled: bool,
}

/// The ledgers of someone who is missed; `None` for who is not: need not be enrolled, or is covered somewhere.
pub fn missed(person: &PersonStatus, policy: &Policy, on: Day, trace: &mut impl Trace) -> Option<Missed> {
    trace.begin(Rule::Missed, None);
    let missed = trace.test(person.eligible, || Step::ShouldEnroll {})
        && !trace.test(person.covers > 0, || Step::Covered { records: person.covers });
    if !missed {
        trace.conclude(|| Step::NotMissed { missed });
        return None;
    }
    let found = ledgers(person, policy, on, trace);
    let Missed { kind, difficulty, newborn, migrant, student, lapsed, personal } = found;
    trace.conclude(|| Step::Missed {
        kind,
        ledger_difficulty: difficulty,
        ledger_newborn: newborn,
        ledger_migrant: migrant,
        ledger_student: student,
        ledger_lapsed: lapsed,
        personal_amt: personal,
    });
    Some(found)
}

fn ledgers(person: &PersonStatus, policy: &Policy, on: Day, trace: &mut impl Trace) -> Missed {
    let PersonStatus { categories, born, student, prior_enrolled, .. } = *person;
    trace.used(Parameter::Difficulty);
    trace.used(Parameter::NewbornBirthday);
    let birthday = born.map(|b| b.birthday(policy.newborn.birthday));
    Missed {
        kind: if prior_enrolled { MissedKind::Lapsed } else { MissedKind::Never },
        difficulty: trace.test(categories.meets(policy.difficulty), || Step::InDifficulty { categories }),
        newborn: trace.test(birthday.is_some_and(|day| on < day), || Step::Newborn { born, birthday, on }),
        migrant: trace.test(categories.has(Category::MigrantWorker), || Step::Migrant {}),
        student: trace.test(student, || Step::IsStudent {}),
        lapsed: trace.test(prior_enrolled, || Step::EnrolledBefore {}),
        personal: personal_amount(categories, policy),
    }
}
