"""Where and when a region's rules change their mind: places in and around it, and days next to windows, extensions, months and years."""

import datetime
from dataclasses import dataclass

from policies import LABELS, FixedWaiting, SchoolRegistration
from records import month_end, months_later

DAY = datetime.date
ONE = datetime.timedelta(days=1)
AROUND = (-ONE, 0 * ONE, ONE)
LABEL_OF = {category: label for label, category in reversed(LABELS.items())}


@dataclass(frozen=True)
class Places:
    """Division codes: the region's counties, those of its neighbourhood (a county's own city pool among them), those far off."""
    counties: tuple
    near: tuple
    far: tuple


PLACES = {
    "141121": Places(("141121",), ("141100", "141100", "141122", "141182"), ("140100", "140105", "140000", "310000", "340399")),
    "340600": Places(("340602", "340603", "340604", "340621", "340600"), ("340322", "340300", "341300"), ("340100", "340122", "340000", "320100")),
    "340322": Places(("340322",), ("340300", "340300", "340321", "340321"), ("340100", "340122", "320100", "320102", "340000", "310000", "340399")),
    "331100": Places(("331102", "331121", "331122", "331181", "331100"), ("331002", "331000", "330700"), ("330100", "330000", "310000", "340399")),
    "411600": Places(("411602", "411681", "411628", "411625", "411600"), ("411500", "411700", "411702"), ("410100", "410000", "340100", "310000")),
}


class Edges:
    """All that a maker of counties asks about a policy and a logical date."""

    def __init__(self, policy, today):
        self.policy, self.today, self.year = policy, today, policy.year
        self.first_day, self.last_day = DAY(self.year, 1, 1), DAY(self.year, 12, 31)
        places = PLACES[policy.region]
        counties = [c for c in places.counties if not c.endswith("00")]
        self.region = policy.region
        self.home = counties[0]
        self.townships = [f"{counties[n % len(counties)]}{100 + n}" for n in range(14)]
        self.here = list(places.counties)
        self.areas = self.here * max(1, 5 // len(self.here)) + list(places.near) + list(places.far)
        self.residences = [f"{places.near[-1]}101", "340399001002", f"{places.far[0]}003", f"{places.near[0]}000", f"{self.home}999"]
        self.schools = [self.home, f"{self.home}101", f"{self.home}102001", self.here[-1], *places.near, f"{places.near[-1]}101", *places.far[:2]]
        self.paydays = self.days_of_payment()

    # ------------------------------------------------ days

    @staticmethod
    def dates(policy):
        """Logical dates worth a look."""
        y, begin, end = policy.year, policy.window_begin, policy.window_end
        days = [begin, month_end(begin), end - 45 * ONE, end - ONE, end, end + ONE, DAY(y - 1, 12, 30), DAY(y - 1, 12, 31), DAY(y, 1, 1), DAY(y, 1, 31),
                DAY(y, 2, 28), month_end(DAY(y, 2, 1)), DAY(y, 3, 1), DAY(y, 3, 31), DAY(y, 5, 31), DAY(y, 6, 30), DAY(y, 7, 1), DAY(y, 8, 31), DAY(y, 9, 30),
                DAY(y, 12, 30), DAY(y, 12, 31), policy.last_day]
        days += [policy.migrant_until + d for d in AROUND] if policy.migrant_until else []
        days = [d for d in days if begin <= d <= policy.last_day]
        return days + [d for d in days if d > end + 60 * ONE]  # twice where late payers may have come

    def days_of_payment(self):
        """Days next to those on which the answer changes."""
        p, y = self.policy, self.year
        days = [d + by for d in (p.window_begin, p.window_end, self.first_day, self.last_day) for by in AROUND]
        days += [DAY(y - 1, 10, 8), DAY(y - 1, 11, 11), DAY(y, 1, 31), DAY(y, 2, 1), DAY(y, 2, 28), month_end(DAY(y, 2, 1)), DAY(y, 3, 1), DAY(y, 5, 31),
                 DAY(y, 6, 1), DAY(y, 6, 30), DAY(y, 7, 1), DAY(y, 8, 31), DAY(y, 9, 1)]
        days += [p.migrant_until + d for d in AROUND] * 2 if p.migrant_until else []
        if not isinstance(p.waiting, FixedWaiting):  # the last months that lead to cover, for each length of waiting
            days += [DAY(y, month, d) for month in (4, 5, 7, 8, 9) for d in (1, 30)]
        return days + [self.today, self.today, self.today - ONE, self.today + ONE]

    def births(self):
        """Newborns next to window, new year and the ninety days before the window's end."""
        y, begin, end = self.year, self.policy.window_begin, self.policy.window_end
        ninety = self.policy.newborn_days * ONE
        days = [DAY(y - 2, 12, 31), DAY(y - 1, 1, 1), DAY(y - 1, 1, 31), DAY(y - 1, 3, 15), DAY(y - 1, 6, 2), begin - ONE, begin, end - ninety - ONE,
                end - ninety, end - ninety + ONE, DAY(y - 1, 12, 31), DAY(y, 1, 1), DAY(y, 2, 28), month_end(DAY(y, 2, 1)), month_end(DAY(y - 1, 2, 1)),
                DAY(y, 3, 1), DAY(y, 4, 30)]
        return days

    def leavings(self, paid):
        """Days of leaving for which a payment is just in time, or just not."""
        days = [months_later(paid, -3) + by for by in AROUND]
        days += [months_later(paid.replace(day=1), -months) + by for months in (2, 3, 4) for by in (-ONE, 0 * ONE)]
        return days + [paid - 60 * ONE, DAY(paid.year - 1, 12, 31), DAY(paid.year, 1, 1)]

    # ------------------------------------------------ labels

    def labels(self):
        """Every label, those that decide something here more often."""
        p = self.policy
        telling = [g.category for g in p.special if not isinstance(g, SchoolRegistration)] + list(p.subsidy)
        telling += ["migrant_worker"] * 3 if p.migrant_until else []
        telling += ["demobilised", "in_service"]
        return list(LABELS) + [LABEL_OF[c] for c in telling]

    def months(self, r, chance):
        """An accrual period of or around the benefit year."""
        t = self.today.year * 12 + self.today.month - 1
        y = self.year * 12
        if chance(0.35):
            return y, y + 11
        if chance(0.5):
            first = y + r.randint(0, 11)
            return first, min(first + r.choice([0, 1, 2, 5, 11]), y + 11 + r.choice([0, 0, 3]))
        return r.choice([(y, y + 2), (y + 2, y + 5), (y + 3, y + 5), (y + 5, y + 11), (y + 6, y + 11), (y - 1, y), (y - 12, y), (y - 6, y + 5), (y - 12, y - 1),
                         (y + 11, y + 11), (y + 11, y + 14), (y + 12, y + 23), (y, y), (t, t), (t - 1, t - 1), (t - 2, t - 2), (t + 1, t + 1), (t - 2, t + 1),
                         (t - 11, t), (t - 10, t), (y - 14, y + 11)])
