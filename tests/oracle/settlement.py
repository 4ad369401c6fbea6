"""The settlement statistics once more, written from the contract alone: one group, one span, one row at a time.

Slow on purpose. Amounts are whole fen, percentages whole hundredths; nothing is a float.
"""

import calendar
import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass

from reading import Extracts
from text import Unreadable

SCOPES = ("cross_province", "in_province", "local")
CARES = ("inpatient", "outpatient", "chronic", "pharmacy", "other")
INSURED = {"310": ("310",), "390": ("390",), "all": ("310", "390")}
MEASURES = ("person_times", "persons", "medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt", "in_policy_pct", "person_times_prev", "fund_pay_prev",
            "person_times_growth_pct", "fund_pay_growth_pct")
COLUMNS = {
    "settlement_statistics": ("period", "span", "scope", "care", "insutype") + MEASURES,
    "chronic_statistics": ("period", "span", "scope", "insutype", "dise_codg", "dise_name") + MEASURES,
    "settlement_revisions": ("dataset", "period", "span", "scope", "care", "insutype", "dise_codg", "measure", "old_value", "new_value", "compared_with"),
    "rejects": ("source", "file", "line", "column", "value", "reason"),
}
# (docs/rules.md, Disease families)
FAMILIES = {"M039": "高血压", "M016": "糖尿病", "M005": "恶性肿瘤", "M078": "尿毒症透析", "M083": "器官移植抗排异"}
LARGEST = 10**18 - 1


class TooLarge(Exception):
    """A sum that DECIMAL(18,2) cannot hold: the run fails."""


@dataclass
class Result:
    datasets: dict
    counts: dict   # (source, file): [read, used, rejected]
    elsewhere: int
    not_yet: int


def scope(insured, treated):
    if insured[:2] != treated[:2]:
        return "cross_province"
    return "in_province" if insured[:4] != treated[:4] else "local"


def care(med_type):
    if med_type in ("21", "22", "23", "24", "25", "28"):
        return "inpatient"
    if med_type in ("11", "12", "13"):
        return "outpatient"
    if med_type.startswith("14"):
        return "chronic"
    return "pharmacy" if med_type == "41" else "other"


def family(code):
    if code == "":
        return None
    return "M07800" if code.upper() == "M07800" else code[:4].upper()


def percent(part, whole):
    """Hundredths of a percent, half away from zero; None where the divisor is not positive or DECIMAL(9,2) cannot hold it."""
    if whole <= 0:
        return None
    size = (abs(part) * 20000 + whole) // (2 * whole)
    return None if size > 999999999 else -size if part < 0 else size


def covers(region, area):
    """A city's region takes every area with its first four digits, a county's the six."""
    return area[:4] == region[:4] if region.endswith("00") else area == region


def last_of_month(day):
    return day.day == calendar.monthrange(day.year, day.month)[1]


@dataclass
class Counted:
    """A counted row."""
    person: tuple
    moment: datetime.datetime
    scope: str
    care: str
    insutype: str
    family: str
    name: str
    setl_id: str
    times: int
    amounts: tuple


class Statistics:
    def __init__(self, data, today, region):
        self.today, self.region = today, region
        read = Extracts(data, today, {}, ("settlement",))
        if "settlement" not in read.present:
            raise Unreadable("no extract settlement")
        self.rejects, self.counts = read.rejects, read.counts
        rows = read.rows["settlement"]
        self.not_yet = sum(r.not_yet for r in rows)
        come = [r for r in rows if not r.not_yet]
        here = [r for r in come if covers(region, r.value["insu_admdvs"])]
        self.elsewhere = len(come) - len(here)
        self.counted = [self.row(r) for r in here if r.value["insutype"] in ("310", "390")]

    def row(self, r):
        v = r.value
        return Counted(
            person=r.person, moment=v["setl_time"], scope=scope(v["insu_admdvs"], v["mdtrtarea_admvs"]), care=care(v["med_type"]),
            insutype=v["insutype"], family=family(r.text["dise_codg"]), name=r.text["dise_name"], setl_id=v["setl_id"],
            times=-1 if v["refd_setl_flag"] == "1" else 1, amounts=(v["medfee_sumamt"], v["inscp_scp_amt"], v["fund_pay_sumamt"]))

    # ------------------------------------------------ spans

    def spans(self):
        """(period, span, first day, last day, first day before, last day before) of every span."""
        for month in range(1, self.today.month + 1):
            for span in ("month", "ytd"):
                begin = 1 if span == "ytd" else month
                partial = month == self.today.month and not last_of_month(self.today)
                first, last = self.limits(self.today.year, begin, month, self.today.day if partial else None)
                before = self.limits(self.today.year - 1, begin, month, self.today.day if partial else None) if self.today.year > 1 else None
                yield f"{self.today.year:04}-{month:02}", span, (first, last), before

    @staticmethod
    def limits(year, begin, month, day):
        return datetime.date(year, begin, 1), datetime.date(year, month, day or calendar.monthrange(year, month)[1])

    # ------------------------------------------------ measures

    def measures(self, now, before):
        """The measures of two lists of rows."""
        come = Counter()
        for r in now:
            come[r.person] += r.times
        medfee, in_scope, fund = (self.sum(r.amounts[i] for r in now) for i in range(3))
        fund_prev = self.sum(r.amounts[2] for r in before)
        times, times_prev = sum(r.times for r in now), sum(r.times for r in before)
        return {
            "person_times": times, "persons": sum(n > 0 for n in come.values()), "medfee_sumamt": medfee, "inscp_scp_amt": in_scope,
            "fund_pay_sumamt": fund, "in_policy_pct": percent(fund, in_scope), "person_times_prev": times_prev, "fund_pay_prev": fund_prev,
            "person_times_growth_pct": percent(times - times_prev, times_prev), "fund_pay_growth_pct": percent(fund - fund_prev, fund_prev)}

    @staticmethod
    def sum(amounts):
        total = sum(amounts)
        if abs(total) > LARGEST:
            raise TooLarge
        return total

    def table(self, groups):
        """A row for each span and key of `groups` (key: (the row's columns, its counted rows)) with a row in it or a year before."""
        out = []
        for period, span, now, before in self.spans():
            for key, rows in groups:
                these = [r for r in rows if now[0] <= r.moment.date() <= now[1]]
                those = [r for r in rows if before and before[0] <= r.moment.date() <= before[1]]
                if these or those:
                    out.append({"period": period, "span": span, **key, **self.measures(these, those)})
        return out

    def settlement(self):
        groups = []
        for s in SCOPES:
            for c in CARES:
                for insured, codes in INSURED.items():
                    rows = [r for r in self.counted if r.scope == s and r.care == c and r.insutype in codes]
                    groups.append(({"scope": s, "care": c, "insutype": insured}, rows))
        return self.table(groups)

    def chronic(self):
        of_family = defaultdict(list)
        for r in self.counted:
            if r.care == "chronic":
                of_family[r.family].append(r)
        groups = []
        for s in SCOPES:
            for insured, codes in INSURED.items():
                for code in sorted(of_family, key=lambda code: (code is None, code)):
                    rows = [r for r in of_family[code] if r.scope == s and r.insutype in codes]
                    groups.append(({"scope": s, "insutype": insured, "dise_codg": code, "dise_name": self.name(code, of_family[code])}, rows))
        return self.table(groups)

    @staticmethod
    def name(code, rows):
        if code in FAMILIES:
            return FAMILIES[code]
        named = [(r.moment, r.setl_id, r.name) for r in rows if r.name]
        return max(named)[2] if named else None


def statistics(data, today, region, earlier=None, compared_with=None):
    """Everything a run gives; `earlier` is (date, result) of the run that it is compared with."""
    made = Statistics(data, today, region)
    datasets = {"settlement_statistics": made.settlement(), "chronic_statistics": made.chronic()}
    datasets["settlement_revisions"] = revisions(datasets, earlier, compared_with) if earlier else []
    datasets["rejects"] = sorted(({c: getattr(r, c) for c in COLUMNS["rejects"]} for r in made.rejects), key=lambda r: (r["file"].encode(), r["line"]))
    return Result(datasets, made.counts, made.elsewhere, made.not_yet)


# ---------------------------------------------------------------- revisions

def revisions(datasets, earlier, compared_with):
    """Figures of months that were over then, and are others now."""
    date, before = earlier
    out = []
    for dataset in ("settlement_statistics", "chronic_statistics"):
        keys = COLUMNS[dataset][:5]
        old = {tuple(r[k] for k in keys): r for r in before.datasets[dataset]}
        new = {tuple(r[k] for k in keys): r for r in datasets[dataset]}
        years = {r["period"][:4] for r in datasets[dataset]} | {r["period"][:4] for r in before.datasets[dataset]}
        for key in set(old) | set(new):
            row = dict(zip(keys, key))
            if len(years) == 1 and was_over(row["period"], date):
                out += changed(dataset, row, old.get(key), new.get(key), compared_with)
    return out


def was_over(period, date):
    year, month = int(period[:4]), int(period[5:])
    return datetime.date(year, month, calendar.monthrange(year, month)[1]) <= date


def changed(dataset, key, old, new, compared_with):
    out = []
    for measure in MEASURES:
        values = [value(row, measure) for row in (old, new)]
        if values[0] != values[1]:
            out.append({"dataset": dataset, "care": "chronic", "dise_codg": None, **key, "measure": measure, "old_value": values[0],
                        "new_value": values[1], "compared_with": compared_with})
    return out


def value(row, measure):
    """In hundredths of the measure's unit; a group without a row counted nothing."""
    if row is None:
        return None if measure.endswith("_pct") else 0
    whole = measure in ("person_times", "persons", "person_times_prev")
    return row[measure] * 100 if whole else row[measure]
