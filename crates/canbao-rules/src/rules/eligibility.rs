//! Who should be enrolled (docs/rules.md, Who should be enrolled).

use crate::period::Day;
use crate::policy::{Category, CategorySet, Policy};

use super::codes::{Rule, Survival};
use super::facts::{Residence, Schooling};
use super::trace::{Step, Trace};

/// Whether the person should be enrolled here: alive, at home here by household or permit or at a
/// school here, and not in military service. Someone without a household row counts as alive.
pub fn is_eligible(
    residence: Option<&Residence>,
    schooling: Option<&Schooling>,
    categories: CategorySet,
    policy: &Policy,
    on: Day,
    trace: &mut impl Trace,
) -> bool {
    trace.begin(Rule::Eligibility, None);
    residence.iter().for_each(|r| trace.saw(r.row));
    let surv_stas = residence.map(|r| r.survival);
    let alive = match surv_stas {
        None | Some(Survival::Alive | Survival::Unknown) => true,
        Some(Survival::Dead | Survival::Imprisoned | Survival::Missing) => false,
    };
    let (area, region) = (residence.map(|r| r.area), policy.region.area);
    let lives_here = area.is_some_and(|area| policy.region.covers(area));
    let eligible = trace.test(alive, || Step::Alive { surv_stas })
        && (trace.test(lives_here, || Step::LivesHere { area, region }) || studies_here(schooling, policy, on, trace))
        && !trace.test(categories.has(Category::InService), || Step::InService {});
    trace.conclude(|| Step::Eligible { eligible });
    eligible
}

fn studies_here(schooling: Option<&Schooling>, policy: &Policy, on: Day, trace: &mut impl Trace) -> bool {
    schooling.iter().for_each(|s| trace.saw(s.row));
    let here = schooling.is_some_and(|s| s.in_force(on) && policy.region.covers(s.school));
    trace.test(here, || Step::StudiesHere { school: schooling.map(|s| s.school), region: policy.region.area, on })
}

/// Whether the person is a student on the date, at whatever school (`student`).
pub fn is_student(schooling: Option<&Schooling>, on: Day, trace: &mut impl Trace) -> bool {
    trace.begin(Rule::Student, None);
    schooling.iter().for_each(|s| trace.saw(s.row));
    let student = schooling.is_some_and(|s| s.in_force(on));
    trace.test(student, || Step::AtSchool {
        school: schooling.map(|s| s.school),
        begin: schooling.map(|s| s.begin),
        end: schooling.and_then(|s| s.end),
        on,
    });
    trace.conclude(|| Step::Student { student });
    student
}
