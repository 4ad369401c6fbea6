"""Rewards on the cap of critical-illness insurance, for years in a row and for years without a claim."""

from collections import defaultdict
from fractions import Fraction

from records import SCHEMES

RESIDENT = ("390",)


class Claims:
    """What the fund paid for each person in each year, nothing where no settlement says so, and when a reward was last used."""

    def __init__(self, extracts):
        self.paid, self.used = defaultdict(int), {}
        for row in extracts.rows["settlement"]:
            if not row.not_yet and row.value["insutype"] in SCHEMES:
                self.paid[row.person, row.value["setl_time"].year] += row.value["fund_pay_sumamt"]
        for row in extracts.rows["incentive_use"]:
            self.used[row.person] = max(self.used.get(row.person, 0), row.value["year"])

    def none_in(self, person, year):
        return self.paid[person, year] <= 0


def incentive(case, person, claims, cap):
    """The row of a person enrolled here; `cap` in cents, None where nobody states it."""
    policy = case.policy.incentive
    years = case.years_in_a_row(person, RESIDENT)
    counted = range(max(policy.first_year, claims.used.get(person.key, 0) + 1), case.year)
    without = sum(case.enrolled_in(person, year, RESIDENT) and claims.none_in(person.key, year) for year in counted)
    steady = policy.step * max(0, min(years - policy.years_before, case.year - policy.first_year))
    healthy = policy.step * without
    total, capped = steady + healthy, None
    if cap is not None:
        most = Fraction(cap * policy.share_of_cap_pct, 100)
        capped = total > most
        total = min(total, most)
    return dict(certno=person.certno, consecutive_years=years, zero_claim_years=without, uplift_consecutive=steady, uplift_zero_claim=healthy,
                uplift_total=int(total), capped=capped)
