//! Who should be enrolled (RULES, "Who should be enrolled").

use crate::period::Day;
use crate::policy::{Category, CategorySet, Policy};

use super::{Residence, Schooling, Survival};

/// Whether the person should be enrolled here: alive, at home here by household or permit or at a
/// school here, and not in military service. Someone without a household row counts as alive.
pub fn is_eligible(
    residence: Option<&Residence>,
    schooling: Option<&Schooling>,
    categories: CategorySet,
    policy: &Policy,
    on: Day,
) -> bool {
    let alive = residence.is_none_or(|r| match r.survival {
        Survival::Alive | Survival::Unknown => true,
        Survival::Dead | Survival::Imprisoned | Survival::Missing => false,
    });
    let lives_here = residence.is_some_and(|r| policy.region.covers(r.area));
    let studies_here = schooling.is_some_and(|s| s.in_force(on) && policy.region.covers(s.school));
    alive && (lives_here || studies_here) && !categories.has(Category::InService)
}

/// Whether the person is a student on the date, at whatever school (`student`).
pub fn is_student(schooling: Option<&Schooling>, on: Day) -> bool {
    schooling.is_some_and(|s| s.in_force(on))
}
