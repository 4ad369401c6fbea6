//! Valid records (docs/contract.md, Valid record).

use crate::period::{BenefitYear, Day, MonthSpan};
use crate::policy::Policy;

use super::codes::{Rule, Scheme};
use super::facts::Record;
use super::trace::{NoTrace, Step, Trace};

/// Whether the record counts for the policy's year: insured, paid by `on`, not reversed, and its
/// accrual months touch the year.
#[inline]
pub fn is_valid(record: &Record<'_>, policy: &Policy, on: Day) -> bool {
    tests_valid(record, policy, on, &mut NoTrace)
}

/// The same, reported to a trace as a decision on the record.
pub fn judge(record: &Record<'_>, policy: &Policy, on: Day, trace: &mut impl Trace) -> bool {
    trace.begin(Rule::Validity, Some(record.row));
    trace.saw(record.row);
    let valid = tests_valid(record, policy, on, trace);
    trace.conclude(|| Step::Valid {
        insutype: record.scheme,
        insu_admdvs: record.area,
        valid,
        valid_here: valid && is_valid_here(record, policy, on),
    });
    valid
}

fn tests_valid(record: &Record<'_>, policy: &Policy, on: Day, trace: &mut impl Trace) -> bool {
    trace.test(record.in_force, || Step::Insured {})
        && has_arrived(record, on, trace)
        && may_count(record.scheme, record.months, policy.year, on, trace)
}

/// Whether the record counted for a year before the policy's. Who paused since was enrolled then, so
/// today's state is not looked at.
#[inline]
pub fn was_valid(record: &Record<'_>, year: BenefitYear, on: Day) -> bool {
    has_arrived(record, on, &mut NoTrace) && record.months.common(year.months()).is_some()
}

/// Whether the record is a resident's, in the policy's region, and valid for its year.
#[inline]
pub fn is_valid_here(record: &Record<'_>, policy: &Policy, on: Day) -> bool {
    record.scheme == Scheme::Resident && policy.region.covers(record.area) && is_valid(record, policy, on)
}

/// Collected, not reversed, and not paid after the logical date.
pub(super) fn has_arrived(record: &Record<'_>, on: Day, trace: &mut impl Trace) -> bool {
    let paid = record.paid_on();
    trace.test(record.collected, || Step::Collected {})
        && trace.test(record.not_reversed, || Step::NotReversed {})
        && trace.test(paid.is_none_or(|paid| paid <= on), || Step::PaidByDate { paid, on })
}

/// Whether accrual months let a record count for a year at all: they touch it. Employees pay by the month:
/// before the year begins, a record that reaches this month or the last one counts for the year to come.
pub fn may_count(scheme: Scheme, months: MonthSpan, year: BenefitYear, on: Day, trace: &mut impl Trace) -> bool {
    if trace.test(months.common(year.months()).is_some(), || Step::TouchesYear { months, year }) {
        return true;
    }
    let month = on.month();
    scheme == Scheme::Employee
        && on < year.first_day()
        && trace.test(months.holds(month) || months.holds(month.plus(-1)), || Step::EmployeeReaches { months, month })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::*;
    use super::*;

    #[rstest]
    #[case::this_month("202312-202312", "2023-12-15", true)]
    #[case::last_month("202311-202311", "2023-12-15", true)]
    #[case::two_months_ago("202310-202310", "2023-12-15", false)]
    #[case::last_month_over_the_turn_of_the_year("202312-202312", "2024-01-05", false)]
    #[case::in_the_year("202401-202401", "2023-12-15", true)]
    fn employees_count_by_the_month(#[case] months: &str, #[case] on: &str, #[case] valid: bool) {
        let record = Record { scheme: Scheme::Employee, months: span(months), ..record() };
        assert_eq!(is_valid(&record, &wuhe(), day(on)), valid);
        let resident = Record { scheme: Scheme::Resident, ..record };
        assert_eq!(is_valid(&resident, &wuhe(), day(on)), months.starts_with("2024"));
    }

    #[test]
    fn a_paused_record_counted_in_earlier_years() {
        let record = Record { in_force: false, months: span("202301-202412"), ..record() };
        assert!(was_valid(&record, BenefitYear(2023), day("2024-03-01")));
        assert!(!is_valid(&record, &wuhe(), day("2024-03-01")));
    }
}
