"""Late payers, each aimed at one door: a special group on its first or last day, the extension for migrants, or waiting after broken years."""

from counties.edges import AROUND, DAY, LABEL_OF, ONE
from policies import InForce, SchoolRegistration, WaitingByBreaks


class LatePayers:
    def __init__(self, people):
        self.people, self.pen, self.edges = people, people.pen, people.edges
        self.r, self.chance = people.r, people.chance
        self.policy = people.edges.policy
        self.doors = list(self.policy.special)
        if self.policy.migrant_until:
            self.doors += ["migrants"] * (2 + len(self.doors) // 5)
        if isinstance(self.policy.waiting, WaitingByBreaks):
            self.doors += ["breaks"] * len(self.doors)

    def person(self, place):
        """Nobody where there is no door, or where the logical date leaves no late day."""
        paid = self.people.late()
        if not self.doors or paid is None:
            return
        r, january = self.r, self.edges.year * 12
        who = {"kind": "01", "number": self.pen.number(DAY(r.randint(1930, 2005), 5, 6)), "name": f"钱{place}", "place": place, "paid": paid,
               "pool": [self.pen.moment(paid)]}
        door = r.choice(self.doors)
        if door == "breaks":
            self.people.history.broken_years(who, r.choice([1, 2, 4, 5, 6, 7]))
        elif door == "migrants":
            who["paid"] = min(self.policy.migrant_until + r.choice(AROUND), self.people.today)
            self.in_force(who, "migrant_worker")
        elif isinstance(door, InForce):
            self.in_force(who, door.category)
        elif isinstance(door, SchoolRegistration):
            self.people.school(who, r.choice(self.edges.here if self.chance(0.8) else self.edges.schools), self.aimed_at(paid), None)
        else:
            self.since_leaving(who, door)
        self.people.history.record(who, "390", r.choice(self.edges.here), january, january + 11, self.pen.moment(who["paid"]))
        self.people.payment(who)
        self.people.all.append(who)

    def aimed_at(self, paid):
        return self.r.choice(self.edges.leavings(paid))

    def in_force(self, who, category):
        """On or next to the first or last day of the category."""
        paid = who["paid"]
        begin = self.r.choice([DAY(2020, 1, 1), DAY(paid.year, 1, 1), DAY(paid.year, 1, 1) - ONE, paid, paid, paid + ONE])
        end = self.r.choice([None, paid, paid, paid - ONE, paid + ONE])
        self.people.category(who, LABEL_OF[category], begin, end)

    def since_leaving(self, who, door):
        """The day that counts is aimed at; the other end of the period lies anywhere, or is the day that counts by mistake."""
        left = self.aimed_at(who["paid"])
        if self.chance(0.1):
            left = who["paid"] + self.r.choice(AROUND)
        if (door.leaving == "begntime") != self.chance(0.1):
            self.people.category(who, LABEL_OF[door.category], left, self.r.choice([None, left, who["paid"] + ONE]))
        else:
            self.people.category(who, LABEL_OF[door.category], left - self.r.choice([0, 31, 400]) * ONE, left)
