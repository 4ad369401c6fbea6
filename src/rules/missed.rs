//! Who is missed, and in which of the five ledgers (RULES, "Who should be enrolled"; CONTRACT,
//! missed_enrollment). A person is missed who is eligible and has no valid record anywhere.

use crate::period::Day;
use crate::policy::{Category, CategorySet, Policy};

/// Whether the person was enrolled the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Enrolled last year and not this year.
    Lapsed,
    /// Not enrolled last year.
    Never,
}

impl Kind {
    /// The word of the dataset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lapsed => "lapsed",
            Self::Never => "never",
        }
    }
}

/// A missed person's place in the ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// Last year's enrollment.
    pub kind: Kind,
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
}

/// The ledgers of someone who is missed. `student` is the column of `person`: at whatever school.
pub fn ledgers(categories: CategorySet, born: Option<Day>, student: bool, prior_enrolled: bool, policy: &Policy, on: Day) -> Missed {
    Missed {
        kind: if prior_enrolled { Kind::Lapsed } else { Kind::Never },
        difficulty: categories.meets(policy.difficulty),
        newborn: born.is_some_and(|b| on < b.birthday(policy.newborn.birthday)),
        migrant: categories.has(Category::MigrantWorker),
        student,
        lapsed: prior_enrolled,
    }
}
