"""A person's enrollment records: the benefit year with its overlaps, and the years before with their breaks and repairs."""

from counties.edges import DAY, ONE


class History:
    def __init__(self, people):
        self.people, self.pen, self.edges = people, people.pen, people.edges
        self.r, self.chance = people.r, people.chance
        self.today, self.year, self.premium = people.today, people.year, people.premium
        self.first = self.year * 12  # the benefit year's January, months since year 0
        self.joined = [None, DAY(2010, 7, 1), DAY(2022, 1, 1), DAY(self.year - 1, 12, 31), DAY(self.year, 2, 1)]

    def write(self, who):
        what = self.r.random()
        if what < 0.40:
            self.ordinary(who)
        elif what < 0.85:
            self.mixed_group(who)
        if self.chance(0.25 if who.get("310") else 0.06):
            self.run_of_months(who)
        self.years_before(who)
        if self.chance(0.03):  # many years in one record
            self.record(who, self.r.choice(["310", "390"]), self.r.choice(self.edges.areas), 12 * (self.year - 1 - self.r.choice([3, 9, 40, 70])),
                        self.first - 12 + self.r.randint(0, 11), None)
        if self.chance(0.05):
            self.record(who, self.r.choice(["320", "340", "391", "510"]), self.edges.home, self.first, self.first + 11, self.paid(who))

    def record(self, who, insutype, area, first, last, paid, status="1", flag="1", revs=None, joined=None, amount=None):
        r, pen = self.r, self.pen
        show = "{:04}{:02}"
        stated = self.chance(0.96) or self.today < self.edges.first_day and not self.people.contested
        row = self.people.base(who)
        row.update(
            psn_no=f"P{who['place']:05}{r.randint(1, 99):02}", insutype=insutype, insu_admdvs=area, psn_type=r.choice(["11", "1101", ""]),
            psn_insu_stas=status, psn_insu_date=pen.date(joined), accrym_begn=show.format(first // 12, first % 12 + 1),
            accrym_end=show.format(last // 12, last % 12 + 1), clct_flag=flag, clct_time=pen.time(paid),
            psn_clct_amt=pen.amount(self.premium if amount is None else amount) if stated else "",
            finsubs_amt=r.choice(["640", "640.00", "", "0", "-640.5", "9999999999999999.99"]), revs_flag=r.choice(["Z", "", "Z"]) if revs is None else revs)
        # never a tie that only the order of rows could break
        taken = who.setdefault("taken", set())
        while (row["psn_no"], paid) in taken:
            row["psn_no"] = f"P{who['place']:05}{r.randint(1, 999):03}"
        taken.add((row["psn_no"], paid))
        if insutype == "310":
            who["310"] = True
            if status == flag == "1" and first <= self.first + 11 and last >= self.first:
                who["employed"] = True
        elif area in self.edges.here and first // 12 <= self.year <= last // 12:
            who.setdefault("due", row["psn_clct_amt"])
        self.people.rows["enrollment"].append(row)

    def paid(self, who):
        if self.chance(0.005):
            return self.pen.moment(DAY(1, 1, 1))
        if who["paid"] and self.chance(0.7):
            return self.pen.moment(who["paid"])
        return self.r.choice(who["pool"] + [None]) if self.chance(0.7) else self.pen.moment(self.people.payday())

    # ------------------------------------------------ the benefit year

    def ordinary(self, who):
        """One record of the whole year, here as a rule; now and then none."""
        r = self.r
        if self.chance(0.6):
            self.record(who, r.choice(["390", "390", "390", "310"]), r.choice(self.edges.here if self.chance(0.8) else self.edges.areas), self.first,
                        self.first + 11, self.paid(who), status=r.choice(["1"] * 9 + ["2"]), flag=r.choice(["1"] * 9 + ["0"]),
                        revs=r.choice([None] * 9 + ["R"]), amount=r.choice([self.premium] * 2 + [60, 0, 190, 350]))

    def mixed_group(self, who):
        r = self.r
        schemes = r.choice([["390"], ["390"], ["390"], ["390"], ["310"], ["310", "390"], ["310", "390", "390"]])
        areas = r.sample(self.edges.areas, r.choice([1, 2, 3, 4]))
        short = self.chance(0.5)  # chains and groups apart rather than whole years
        for _ in range(r.choice([4, 5, 5, 6]) if short else r.choice([2, 2, 3, 3, 4, 5])):
            first, last = self.edges.months(r, self.chance)
            if short:
                first = self.first + r.choice([0, 0, 2, 3, 5, 6, 6, 8, 9, 11])
                last = first + r.choice([0, 0, 1, 2, 3])
            self.record(who, r.choice(schemes), r.choice(areas), first, last, self.paid(who), status=r.choice(["1"] * 14 + ["2", "4"]),
                        flag=r.choice(["1"] * 14 + ["0"]), revs=r.choice([None] * 14 + ["R", "z"]), joined=r.choice(self.joined),
                        amount=r.choice([self.premium] * 2 + [60, 0, 350, 31, -self.premium]))

    def run_of_months(self, who):
        """Employee cover of 11, 12 or 13 months up to the logical date's month, whole, in pieces, or with a gap."""
        r = self.r
        end = self.today.year * 12 + self.today.month - 1 + r.choice([0, 0, 0, -1, 1])
        start = at = end - r.choice([11, 12, 12, 13, 24]) + 1
        while at <= end:
            last = min(end, at + r.choice([0, 2, 5, 11, 23]))
            status = r.choice(["1", "1", "1", "2"]) if last < self.first else "1"
            paid = None if self.chance(0.5) else self.pen.moment(min(self.today, DAY(self.year, 1, 5)))
            self.record(who, "310", r.choice(self.edges.areas), at, last, paid, status=status,
                        joined=r.choice([None, DAY(2022, 1, 1), DAY(self.year - 1, 5, 1)]), amount=0)
            at = last + 1 + (1 if self.chance(0.07) and at > start else 0)

    # ------------------------------------------------ the years before

    def years_before(self, who):
        """Whole years with gaps, paused since, of other schemes; for some without a gap, for some a life of breaks and repairs."""
        life = self.r.choice(["broken"] * 8 + ["mixed"] * 9 + ["steady"] * 3)
        if life == "broken":
            self.broken_years(who, self.r.choice([1, 2, 3, 4, 5, 6, 7]))
            return
        depth = self.r.choice([0, 1, 1, 2, 3, 5, 7] if life == "mixed" else [1, 2, 3, 4, 5, 6, 7])
        for back in range(1, depth + 1):
            year = self.year - back
            if life == "steady" or not self.chance(0.15):
                self.prior(who, year, year * 12, year * 12 + 11, self.paid_before(year), scheme="390" if life == "steady" else None)

    def broken_years(self, who, depth):
        """So many years, before them as a rule the one without which no year counts as broken."""
        start = self.year - depth
        if self.chance(0.7):
            self.prior(who, start - 1, (start - 1) * 12, start * 12 - 1, None, scheme=self.r.choice(["390", "310"]))
        for year in range(start, self.year):
            self.broken_year(who, year)

    def paid_before(self, year):
        """Mostly in time; the year just before also on and after the logical date."""
        options = [None, DAY(year - 1, 12, 1), self.today, self.today + ONE] if year == self.year - 1 else [None, DAY(year - 1, 11, 3), DAY(year, 3, 3)]
        day = self.r.choice(options)
        return day and self.pen.moment(day)

    def broken_year(self, who, year):
        """A year not paid, paid late, on its last day, on the day after, for too few months, or for just enough."""
        r, january = self.r, year * 12
        what = r.random()
        if what < 0.30:
            return
        if what < 0.60:  # whole, in time or repaid
            day = r.choice([DAY(year, 12, 31), DAY(year + 1, 1, 1), DAY(year + 1, 3, 3), self.people.payday(), self.today, self.today + ONE])
            self.prior(who, year, january, january + 11, self.pen.moment(day), scheme=r.choice(["390", "390", "390", "310"]))
            return
        begin, length = january + r.choice([0, 2, 3, 4]), r.choice([7, 8, 8, 9, 9, 10])
        end = min(begin + length - 1, january + 11)
        if what < 0.80:  # so many months in one piece, perhaps with a late rest
            self.prior(who, year, begin, end, self.paid_before(year))
            if self.chance(0.4):
                self.prior(who, year, january, january + 11, self.pen.moment(DAY(year + 1, 1, r.choice([1, 15]))))
            return
        middle = begin + r.choice([2, 4])  # in two pieces that touch, overlap or leave a month, of two schemes; or over new year
        self.prior(who, year, begin, middle, self.paid_before(year))
        self.prior(who, year, middle + r.choice([0, 1, 1, 2]), end + r.choice([0, 0, 3]), self.paid_before(year), scheme=r.choice(["310", "390"]))

    def prior(self, who, year, first, last, paid, scheme=None):
        r = self.r
        scheme = scheme or r.choice(["390", "390", "310", "340"])
        self.record(who, scheme, r.choice(self.edges.areas), first, max(first, last), paid, status=r.choice(["1", "1", "2", "4"]),
                    flag=r.choice(["1"] * 12 + ["0"]), revs=r.choice([None] * 12 + ["R"]), amount=350)
