//! Employee months without a gap, for the rule across schemes.

use crate::period::{BenefitYear, Day, Month};
use crate::policy::{Parameter, Policy};

use super::super::codes::Scheme;
use super::super::facts::Record;
use super::super::trace::{NoTrace, Step, Trace};
use super::super::validity::has_arrived;

/// Whether the person has been employed long enough, without a gap, up to the logical date's month or,
/// if that is earlier, the last month accrued.
///
/// Counts the months of all the person's employee records, of any area and year, each month by the rule
/// of its own year: for years before the policy's today's state is not looked at.
pub(super) fn is_steady(records: &[Record<'_>], policy: &Policy, on: Day, trace: &mut impl Trace) -> bool {
    trace.used(Parameter::EmployeeMonths);
    let employed = || records.iter().filter(|r| r.scheme == Scheme::Employee && has_arrived(r, on, &mut NoTrace));
    employed().for_each(|r| trace.saw(r.row));
    let until = employed().filter_map(|r| last_month(r, policy.year)).max().map(|last| last.min(on.month()));
    let months = policy.employee_months;
    let steady = until.is_some_and(|last| (0..months).all(|back| employed().any(|r| counts(r, last.plus(-back), policy.year))));
    trace.test(steady, || Step::Steady { until, months })
}

/// Whether the record makes this month an employee month.
fn counts(record: &Record<'_>, month: Month, year: BenefitYear) -> bool {
    record.months.holds(month) && (record.in_force || month.year() < year.0)
}

/// The last month that counts.
fn last_month(record: &Record<'_>, year: BenefitYear) -> Option<Month> {
    let last = if record.in_force { record.months.last } else { record.months.last.min(year.before(1).months().last) };
    (record.months.first <= last).then_some(last)
}
