"""Enrollment records, and which of them are valid: docs/contract.md, Valid record."""

import calendar
import datetime
from dataclasses import dataclass

DAY = datetime.date
SCHEMES = ("310", "390")


@dataclass(eq=False)
class Record:
    """One used enrollment row of scheme 310 or 390."""
    psn_no: str
    insutype: str
    area: str
    status: str
    joined: datetime.date
    first: int            # accrual, months since year 0
    last: int
    paid_flag: str
    paid: datetime.datetime
    amount: int
    revs: str
    at: int               # place among the used rows

    def shares_a_month(self, other):
        return self.first <= other.last and other.first <= self.last

    def months_of(self, year):
        """The months of accrual in that year."""
        return set(range(max(self.first, year * 12), min(self.last, year * 12 + 11) + 1))

    def touches(self, year):
        return self.first <= year * 12 + 11 and year * 12 <= self.last


def earliest_paid(r):
    """Sorts by full clct_time (none comes last), then psn_no, then place."""
    return (r.paid is None, r.paid or datetime.datetime.min, r.psn_no, r.at)


class Case:
    """What decides about records: policy, logical date, benefit year."""

    def __init__(self, policy, today):
        self.policy, self.today, self.year = policy, today, policy.year
        self.first_day, self.last_day = DAY(policy.year, 1, 1), DAY(policy.year, 12, 31)
        self.before = today < self.first_day
        self.month = today.year * 12 + today.month - 1

    def paid_for(self, r):
        return r.paid_flag == "1" and (r.revs or "Z") == "Z" and (r.paid is None or r.paid.date() <= self.today)

    def valid(self, r):
        """A valid record for the benefit year."""
        if r.status != "1" or not self.paid_for(r):
            return False
        if r.touches(self.year):
            return True
        monthly = r.insutype == "310" and self.before
        return monthly and any(r.first <= month <= r.last for month in (self.month, self.month - 1))

    def valid_prior(self, r, year):
        """A valid record for a year before the benefit year."""
        return self.paid_for(r) and r.touches(year)

    def enrolled_in(self, person, year, schemes):
        """Whether a year before the benefit year has a valid record of one of the schemes, wherever."""
        return any(r.insutype in schemes and self.valid_prior(r, year) for r in person.records)

    def years_in_a_row(self, person, schemes):
        """Years with such a record, ending the year before the benefit year."""
        years = 0
        while self.enrolled_in(person, self.year - 1 - years, schemes):
            years += 1
        return years


def birthday(born, years):
    """29 February falls on the 28th in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return DAY(born.year + years, 2, 28)


def months_later(day, months):
    """The same day some months on; a day the month lacks becomes its last, one after the year 9999 the last of all."""
    month = day.year * 12 + day.month - 1 + months
    if month // 12 > DAY.max.year:
        return DAY.max
    first = DAY(month // 12, month % 12 + 1, 1)
    return min(first + (day - day.replace(day=1)), month_end(first))


def month_start(day, months):
    """The first day of the month that comes some months after the day's."""
    return months_later(day.replace(day=1), months)


def month_end(day):
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
