"""One person with everything the extracts say: categories in force, cover, subsidy, payments."""

from duplicates import duplicates
from policies import ORDER
from records import SCHEMES, Record
from values import born_by_number

NAMED_BY = ("household", "student", "enrollment", "identity")  # the first that knows a name


class Person:
    """Filled by `gather`, then judged once by `settle`."""

    def __init__(self, key):
        self.key, self.certno = key, key[1]
        self.household = self.school = None
        self.records, self.categories, self.payments = [], [], []
        self.names = dict.fromkeys(NAMED_BY)

    def in_force(self, day):
        return {category for category, begin, end in self.categories if begin <= day and (end is None or end >= day)}

    def settle(self, case):
        self.describe()
        self.attend(case.today)
        self.cover(case)
        self.subsidise(case)
        self.pay(case)
        self.group, self.decisions = duplicates(case, self)

    def describe(self):
        home = self.household.value if self.household else {}
        self.name = next((n for n in self.names.values() if n), None)
        self.born = born_by_number(self.key) or home.get("brdy")
        self.gender = home.get("gend")
        if not home and self.key[0] == "01":
            self.gender = "1" if int(self.certno[16]) % 2 else "2"
        self.resd, self.regi, self.surv = home.get("resd_admdvs"), home.get("regi_type"), home.get("surv_stas")
        self.home_area = self.resd and self.resd[:6]
        self.township = self.resd and self.resd[:9]
        self.alive = self.surv in (None, "1", "9")
        self.dead = self.surv == "2"

    def attend(self, today):
        pupil = self.school.value if self.school else None
        self.school_area = pupil and pupil["school_admdvs"][:6]
        self.registered = pupil and pupil["begntime"]
        self.student = bool(pupil) and pupil["begntime"] <= today and (pupil["endtime"] is None or pupil["endtime"] >= today)

    def cover(self, case):
        holds = case.policy.holds
        self.now = [c for c in ORDER if c in self.in_force(case.today)]
        self.valid = [r for r in self.records if case.valid(r)]
        self.here = [r for r in self.valid if r.insutype == "390" and holds(r.area)]
        self.enrolled_here = bool(self.here)
        self.covered_by = sorted({f"{r.insutype}@{r.area}" for r in self.valid})
        belongs = holds(self.home_area) or self.student and holds(self.school_area)
        self.eligible = self.alive and "in_service" not in self.now and belongs
        self.missed = self.eligible and not self.valid
        self.consecutive = case.years_in_a_row(self, SCHEMES)
        self.prior_enrolled = self.consecutive > 0
        self.in_population = self.household is not None or holds(self.school_area) or self.enrolled_here

    def subsidise(self, case):
        amounts = case.policy.subsidy
        self.subsidised = None
        for c in self.now:
            if amounts.get(c, 0) > amounts.get(self.subsidised, 0):
                self.subsidised = c
        self.subsidy = amounts.get(self.subsidised, 0)
        self.personal = case.policy.premium - self.subsidy

    def pay(self, case):
        good = [v for v in self.payments if v["pay_stas"] == "1" and v["clct_year"] == case.year and v["pay_time"].date() <= case.today]
        self.good_payments = len(good)
        self.paid = sum(v["pay_amt"] for v in good)


def gather(extracts):
    """All persons of the extracts that tell who somebody is."""
    persons = {}

    def person(row):
        one = persons.setdefault(row.person, Person(row.person))
        if row.source in one.names and one.names[row.source] is None:
            one.names[row.source] = row.value["psn_name"]
        return one

    for row in extracts.rows["household"]:
        person(row).household = row
    for row in extracts.rows["student"]:
        person(row).school = row
    for row in extracts.rows["identity"]:
        v = row.value
        person(row).categories.append((v["psn_idet_type"], v["begntime"], v["endtime"]))
    for row in extracts.rows["payment"]:
        person(row).payments.append(row.value)
    for at, row in enumerate(extracts.rows["enrollment"]):
        v, one = row.value, person(row)
        if v["insutype"] in SCHEMES:
            one.records.append(Record(v["psn_no"], v["insutype"], v["insu_admdvs"], v["psn_insu_stas"], v["psn_insu_date"], v["accrym_begn"],
                                      v["accrym_end"], v["clct_flag"], v["clct_time"], v["psn_clct_amt"], v["revs_flag"], at))
    return [persons[k] for k in sorted(persons)]
