"""From when a record gives cover: the benefit period of docs/rules.md: special groups and waiting months included."""

import datetime

from policies import FixedWaiting, InForce, SchoolRegistration
from records import birthday, month_end, month_start, months_later

ONE = datetime.timedelta(days=1)


def benefit(case, person, r):
    """(basis, waiting months, first day, last day)"""
    if r.paid is None:
        return "concentrated", 0, case.first_day, case.last_day
    basis, waiting, begin = late_or_in_time(case, person, r.paid.date())
    begin = begin and max(begin, case.first_day)
    if begin is None or begin > case.last_day:
        return basis, waiting, None, None
    return basis, waiting, begin, case.last_day


def late_or_in_time(case, person, p):
    """(basis, waiting months, first day before it is held against the year) for a payment on the day p."""
    policy, b = case.policy, person.born
    soon = b is not None and p <= b + policy.newborn_days * ONE
    if soon and b.year in (case.year, case.year - 1) and (b >= policy.window_begin or p > policy.window_end):
        return "newborn_from_birth", 0, b
    if p <= policy.window_end:
        return "concentrated", 0, case.first_day
    if b and not soon and p <= birthday(b, 1):
        return "newborn_after_payment", 0, p + ONE
    if policy.migrant_until and p <= policy.migrant_until and "migrant_worker" in person.in_force(p):
        return "migrant_extension", 0, case.first_day
    if any(fits(case, group, person, p) for group in policy.special):
        return "special_group", 0, month_start(p, 1) if policy.special_from_next_month else p + ONE
    if policy.waiting is None:
        return "none", 0, None
    if isinstance(policy.waiting, FixedWaiting):
        return "waiting", policy.waiting.months, month_start(p, policy.waiting.months)
    months = waiting_by_breaks(case, person)
    return "waiting", months, month_start(p, 1 + months)


def fits(case, group, person, p):
    """Whether a special group fits a person on the day p."""
    if isinstance(group, SchoolRegistration):
        return case.policy.holds(person.school_area) and person.registered <= p <= months_later(person.registered, group.months)
    spans = [(begin, end) for category, begin, end in person.categories if category == group.category]
    if isinstance(group, InForce):
        return any(begin <= p and (end is None or p <= end) and (not group.this_year or begin.year == p.year) for begin, end in spans)
    for begin, end in spans:
        left = begin if group.leaving == "begntime" else end
        if left is None or group.this_year and begin.year != p.year:
            continue
        last = month_end(month_start(left, group.months)) if group.whole_months else months_later(left, group.months)
        if begin <= p <= last:
            return True
    return False


def waiting_by_breaks(case, person):
    """Months: the fixed ones, one for each broken year, less the years repaid."""
    waiting = case.policy.waiting
    broken = broken_years(case, person)
    repaid = [year for year in broken if any(r.insutype == "390" and not in_time(r, year) for r in prior(case, person, year))]
    months = max(waiting.least, waiting.least + len(broken) - len(repaid))
    return max(months, waiting.long_least) if len(broken) >= waiting.long_break else months


def broken_years(case, person):
    """Benefit years in a row just before this one, with too few months paid in time; each only where there is an earlier record."""
    years, year = [], case.year - 1
    earliest = min((r.first // 12 for r in person.records if case.paid_for(r)), default=year)
    while year > earliest:
        months = set().union(*(r.months_of(year) for r in prior(case, person, year) if in_time(r, year)))
        if len(months) >= case.policy.waiting.unbroken:
            break
        years.append(year)
        year -= 1
    return years


def prior(case, person, year):
    return [r for r in person.records if case.valid_prior(r, year)]


def in_time(r, year):
    return r.paid is None or r.paid.year <= year
