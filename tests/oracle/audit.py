#!/usr/bin/env python3
"""A second, independent enrollment audit: slow, one person after the other, written from the contract and the rules alone.

    python3 tests/oracle/audit.py DATA --date 2024-03-31 [--region 340322] [--out DIR] [--json]

Prints the counts of each source and file and the rows of each dataset; `--out`
writes each dataset as CSV. Exit 1: an extract cannot be read; 2: no such region
or benefit year. It exists to find mistakes in canbao (see compare.py).
"""

import argparse
import csv
import datetime
import json
import os
import sys
from dataclasses import dataclass
from fractions import Fraction

from reading import Extracts, Unreadable, born_by_number, show_month

# ---------------------------------------------------------------- figures
# 五政办秘〔2023〕50号, column U of the rules; amounts in cents

DAY = datetime.date


@dataclass
class Policy:
    year: int
    premium: int
    window_begin: datetime.date
    window_end: datetime.date
    migrant_until: datetime.date
    newborn_days: int
    waiting_months: int
    employee_months: int
    death_refund: bool
    required_share: object
    subsidy: dict
    payer: dict
    special_in_force: tuple


POLICIES = {
    "340322": Policy(
        year=2024, premium=38000, window_begin=DAY(2023, 9, 1), window_end=DAY(2023, 12, 31), migrant_until=DAY(2024, 2, 29),
        newborn_days=90, waiting_months=6, employee_months=12, death_refund=True, required_share=None,
        subsidy={"destitute": 38000, "low_income": 32000, "monitored": 19000, "key_entitled": 32000, "severe_disability": 32000,
                 "special_family_planning": 38000, "two_daughter_household": 38000},
        payer={"destitute": "medical_assistance_fund", "low_income": "medical_assistance_fund", "monitored": "medical_assistance_fund",
               "special_family_planning": "township", "two_daughter_household": "township"},
        special_in_force=("destitute", "low_income", "returned_to_poverty", "monitored", "low_income_margin", "military_spouse",
                          "retired_fisher", "severe_mental_illness", "released"),
    ),
}

LABELS = {
    "特困人员": "destitute", "孤儿": "orphan", "事实无人抚养儿童": "unsupported_child", "低保对象": "low_income", "返贫致贫人口": "returned_to_poverty",
    "监测对象": "monitored", "脱贫不稳定人口": "monitored", "边缘易致贫人口": "monitored", "突发严重困难人口": "monitored",
    "重点优抚对象": "key_entitled", "重度残疾人": "severe_disability", "计划生育特殊家庭": "special_family_planning",
    "农村两女户": "two_daughter_household", "低保边缘家庭成员": "low_income_margin", "退役军人": "demobilised", "随军未就业配偶": "military_spouse",
    "刑满释放人员": "released", "严重精神障碍患者": "severe_mental_illness", "退捕渔民": "retired_fisher", "外出务工人员": "migrant_worker",
    "职工医保中断人员": "employee_lapsed", "现役军人": "in_service",
}
ORDER = list(dict.fromkeys(LABELS.values()))
DIFFICULTY = ("destitute", "orphan", "unsupported_child", "low_income", "returned_to_poverty", "monitored", "low_income_margin")

# The open reading that can be switched (READINGS.md 1): ORACLE_CONFIRM=connected
CONFIRM_ONLY_CONNECTED = os.environ.get("ORACLE_CONFIRM") == "connected"

COLUMNS = {
    "person": "certno psn_name gend brdy resd_admdvs township regi_type surv_stas student eligible covered_by enrolled_here prior_enrolled "
              "consecutive_years duplicate missed subsidy_category",
    "duplicate_enrollment": "certno psn_name kind psn_no insutype insu_admdvs accrym_begn accrym_end clct_time psn_clct_amt overlap_begn "
                            "overlap_end action reason refund_amt",
    "missed_enrollment": "certno psn_name brdy township kind ledger_difficulty ledger_newborn ledger_migrant ledger_student ledger_lapsed "
                         "subsidy_category personal_amt",
    "subsidy": "certno psn_name township category categories premium_personal subsidy_amt personal_amt payer enrolled_here paid_amt overpaid_amt",
    "benefit_period": "certno psn_no clct_time basis waiting_months benefit_begn benefit_end",
    "progress": "admdvs name registered target eligible enrolled completion_pct enrollment_pct paid_today rank reaches_required stated_total_diff",
    "reconciliation": "certno registered_amt paid_amt expected_amt status",
    "rejects": "source file line column value reason",
}
COLUMNS = {name: columns.split() for name, columns in COLUMNS.items()}


# ---------------------------------------------------------------- records

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


def earliest_paid(r):
    """Sorts by full clct_time (none comes last), then psn_no, then place."""
    return (r.paid is None, r.paid or datetime.datetime.min, r.psn_no, r.at)


class Case:
    """What decides about records: logical date and benefit year."""

    def __init__(self, policy, today):
        self.policy, self.today, self.year = policy, today, policy.year
        self.before = today < DAY(policy.year, 1, 1)
        self.month = today.year * 12 + today.month - 1

    def paid_for(self, r):
        return r.paid_flag == "1" and (r.revs or "Z") == "Z" and (r.paid is None or r.paid.date() <= self.today)

    def touches(self, r, year):
        return r.first <= year * 12 + 11 and year * 12 <= r.last

    def valid(self, r):
        """A valid record for the benefit year."""
        if r.status != "1" or not self.paid_for(r):
            return False
        if self.touches(r, self.year):
            return True
        if r.insutype == "310" and self.before:
            return r.first <= self.month <= r.last or r.first <= self.month - 1 <= r.last
        return False

    def valid_prior(self, r, year):
        """A valid record for a year before the benefit year."""
        return self.paid_for(r) and self.touches(r, year)

    # -------------------------------------------------------- duplicates

    def employee_run(self, records):
        """Months of employee cover without a gap up to the logical date's month or the last accrual month, if earlier."""
        months = set()
        for r in records:
            if r.insutype != "310" or not self.paid_for(r):
                continue
            for m in range(r.first, r.last + 1):
                year = m // 12
                if year < self.year or r.status == "1":
                    months.add(m)
        if not months:
            return 0
        end = min(self.month, max(months))
        run = 0
        while end - run in months:
            run += 1
        return run

    def place_matches(self, area, place):
        return place is not None and (area == place or area.endswith("00") and area[:4] == place[:4])

    def judge(self, records, person, decided):
        """Decides on `records`, of which none has been set aside yet; writes (action, reason) into `decided`."""
        live = [r for r in records if any(r is not o and r.shares_a_month(o) for o in records)]
        if not live:
            return
        schemes = {r.insutype for r in live}
        areas = {r.area for r in live}
        if len(schemes) > 1:
            reason = "flexible_employment"
            kept = []
            if self.employee_run(person.records) >= self.policy.employee_months:
                reason = "employee_12_months"
                kept = [r for r in live if r.insutype == "310"]
        elif len(areas) > 1 and schemes == {"310"}:
            reason = "latest_employment"
            latest = max((r.joined or DAY.min, r.joined is not None) for r in live)
            kept = self.one_area([r for r in live if (r.joined or DAY.min, r.joined is not None) == latest])
        elif len(areas) > 1:
            reason, kept = "place_unknown", []
            if person.student:
                kept = [r for r in live if self.place_matches(r.area, person.school_area)]
                reason = "school_place"
            if not kept:
                kept = [r for r in live if self.place_matches(r.area, person.home_area)]
                reason = "residence_place" if kept else "place_unknown"
            kept = self.one_area(kept)
        else:
            reason = "first_payment"
            kept = [min(live, key=earliest_paid)]

        if not kept:  # confirm
            for r in live:
                decided[r] = ("confirm", reason)
            return
        others = []
        for r in live:
            if any(r is k for k in kept):
                decided[r] = ("keep", reason)
            elif any(r.shares_a_month(k) for k in kept):
                decided[r] = ("pause", reason)
            else:
                decided[r] = ("keep", reason)
                others.append(r)
        self.judge(kept, person, decided)
        self.judge(others, person, decided)

    def one_area(self, kept):
        """Where the kept records lie in several areas: those of the area with the earliest payment."""
        if not kept:
            return kept
        area = min(kept, key=earliest_paid).area
        return [r for r in kept if r.area == area]

    def duplicates(self, person):
        """{record: (kind, action, reason, first and last month shared)} for the person's group."""
        valid = person.valid
        group = [r for r in valid if any(r is not o and r.shares_a_month(o) for o in valid)]
        if group:
            if {"310", "390"} <= {r.insutype for r in group}:
                kind = "cross_scheme"
            elif len({r.area for r in group}) > 1:
                kind = "cross_region_employee" if group[0].insutype == "310" else "cross_region_resident"
            else:
                kind = "double_payment"
        decided = {}
        for part in connected(group) if CONFIRM_ONLY_CONNECTED else [group]:
            self.judge(part, person, decided)
        out = {}
        for r in group:
            shared = [(max(r.first, o.first), min(r.last, o.last)) for o in group if r is not o and r.shares_a_month(o)]
            action, reason = decided[r]
            out[r] = (kind, action, reason, min(s[0] for s in shared), max(s[1] for s in shared))
        if self.before and self.policy.death_refund and person.dead:
            for r in person.here:
                first, last = out[r][3:] if r in out else (None, None)
                out[r] = ("deceased", "pause", "death_before_cover", first, last)
        return group, out

    # -------------------------------------------------------- benefits

    def birthday(self, born, years):
        try:
            return born.replace(year=born.year + years)
        except ValueError:
            return DAY(born.year + years, 2, 28)

    def benefit(self, r, person):
        """(basis, waiting months, first day, last day)"""
        policy = self.policy
        first_day, last_day = DAY(self.year, 1, 1), DAY(self.year, 12, 31)
        day = datetime.timedelta(days=1)
        if r.paid is None:
            return "concentrated", 0, first_day, last_day
        p, b, waiting = r.paid.date(), person.born, 0
        in_force = {c for c, begin, end in person.categories if begin <= p and (end is None or end >= p)}
        demobilised_this_year = any(c == "demobilised" and begin <= p and (end is None or end >= p) and begin.year == p.year
                                    for c, begin, end in person.categories)
        in_time = b is not None and p <= b + policy.newborn_days * day
        if b and b.year in (self.year, self.year - 1) and in_time and (b >= policy.window_begin or p > policy.window_end):
            basis, begin = "newborn_from_birth", max(b, first_day)
        elif p <= policy.window_end:
            basis, begin = "concentrated", first_day
        elif b and not in_time and p <= self.birthday(b, 1):
            basis, begin = "newborn_after_payment", p + day
        elif "migrant_worker" in in_force and p <= policy.migrant_until:
            basis, begin = "migrant_extension", first_day
        elif in_force & set(policy.special_in_force) or demobilised_this_year:
            basis, begin = "special_group", p + day
        else:
            basis, waiting = "waiting", policy.waiting_months
            m = p.year * 12 + p.month - 1 + policy.waiting_months
            begin = DAY(m // 12, m % 12 + 1, 1)
        begin = max(begin, first_day)
        if begin > last_day:
            return basis, waiting, None, None
        return basis, waiting, begin, last_day


def connected(group):
    """The group in parts, no record of one sharing a month with one of another."""
    parts, left = [], list(group)
    while left:
        part, edge = [], [left.pop(0)]
        while edge:
            r = edge.pop()
            part.append(r)
            near = [o for o in left if o.shares_a_month(r)]
            left = [o for o in left if not any(o is n for n in near)]
            edge += near
        parts.append(part)
    return parts


# ---------------------------------------------------------------- persons

class Person:
    def __init__(self, key):
        self.key = key
        self.household = self.school = None
        self.records, self.categories, self.payments = [], [], []
        self.names = {"household": None, "student": None, "enrollment": None, "identity": None}

    def settle(self, case, region):
        home = self.household
        today = case.today
        self.certno = self.key[1]
        self.name = next((n for n in self.names.values() if n), None)
        self.born = born_by_number(self.key) or (home.value["brdy"] if home else None)
        if home:
            self.gender = home.value["gend"]
        elif self.key[0] == "01":
            self.gender = "1" if int(self.certno[16]) % 2 else "2"
        else:
            self.gender = None
        self.resd = home.value["resd_admdvs"] if home else None
        self.home_area = self.resd[:6] if home else None
        self.township = self.resd[:9] if home else None
        self.regi = home.value["regi_type"] if home else None
        self.surv = home.value["surv_stas"] if home else None
        self.alive = self.surv in (None, "1", "9")
        self.dead = self.surv == "2"
        pupil = self.school.value if self.school else None
        self.student = bool(pupil) and pupil["begntime"] <= today and (pupil["endtime"] is None or pupil["endtime"] >= today)
        self.school_area = pupil["school_admdvs"][:6] if pupil else None
        here = [c for c, begin, end in self.categories if begin <= today and (end is None or end >= today)]
        self.now = [c for c in ORDER if c in here]
        self.valid = [r for r in self.records if case.valid(r)]
        self.here = [r for r in self.valid if r.insutype == "390" and r.area == region]
        self.eligible = self.alive and "in_service" not in self.now and (self.home_area == region or self.student and self.school_area == region)
        self.covered_by = sorted({f"{r.insutype}@{r.area}" for r in self.valid})
        self.enrolled_here = bool(self.here)
        self.prior_enrolled = any(case.valid_prior(r, case.year - 1) for r in self.records)
        self.consecutive = 0
        while any(case.valid_prior(r, case.year - 1 - self.consecutive) for r in self.records):
            self.consecutive += 1
        self.missed = self.eligible and not self.valid
        self.subsidised = None
        for c in self.now:
            if case.policy.subsidy.get(c, 0) > case.policy.subsidy.get(self.subsidised, 0):
                self.subsidised = c
        self.subsidy = case.policy.subsidy.get(self.subsidised, 0)
        self.personal = case.policy.premium - self.subsidy
        good = [v for v in self.payments if v["pay_stas"] == "1" and v["clct_year"] == case.year and v["pay_time"].date() <= today]
        self.good_payments = len(good)
        self.paid = sum(v["pay_amt"] for v in good)
        self.in_population = home is not None or self.school_area == region or self.enrolled_here
        self.group, self.decisions = case.duplicates(self)


def gather(extracts):
    """All persons of all extracts."""
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
        if v["insutype"] in ("310", "390"):
            one.records.append(Record(v["psn_no"], v["insutype"], v["insu_admdvs"], v["psn_insu_stas"], v["psn_insu_date"], v["accrym_begn"],
                                      v["accrym_end"], v["clct_flag"], v["clct_time"], v["psn_clct_amt"], v["revs_flag"], at))
    return [persons[k] for k in sorted(persons)]


# ---------------------------------------------------------------- datasets

def percentage(part, whole):
    """In hundredths of a per cent, half away from zero; None where it cannot be told."""
    if not whole:
        return None
    exact = Fraction(part * 10000, whole)
    return int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)


def progress(case, people, extracts, region):
    targets, total_row = {}, None
    for row in extracts.rows["target"]:
        if row.value["admdvs"] == "TOTAL":
            total_row = row.value
        else:
            targets[row.value["admdvs"]] = row.value
    townships = sorted(set(targets) | {p.township for p in people if p.home_area == region})

    def figures(some):
        enrolled = [p for p in some if p.enrolled_here]
        return {
            "eligible": sum(p.eligible for p in some), "enrolled": len(enrolled),
            "enrollment_pct": percentage(sum(p.eligible for p in enrolled), sum(p.eligible for p in some)),
            "paid_today": sum(any(r.paid and r.paid.date() == case.today for r in p.here) for p in enrolled),
        }

    rows = []
    for township in townships:
        row = figures([p for p in people if p.township == township])
        target = targets.get(township)
        row.update(admdvs=township, name=target and target["name"], registered=target and target["registered"], target=target and target["target"])
        row["exact"] = Fraction(row["enrolled"], row["target"]) if row["target"] else None
        rows.append(row)
    for row in rows:
        better = [o for o in rows if o["exact"] is not None and row["exact"] is not None and o["exact"] > row["exact"]]
        row["rank"] = None if row["exact"] is None else 1 + len(better)
        row["stated_total_diff"] = None
    total = figures(people)
    total.update(admdvs="TOTAL", name=total_row and total_row["name"], rank=None)
    total["registered"] = sum(t["registered"] for t in targets.values()) if targets else None
    total["target"] = sum(t["target"] for t in targets.values()) if targets else None
    total["stated_total_diff"] = total_row["target"] - sum(t["target"] for t in targets.values()) if total_row else None
    rows.append(total)
    for row in rows:
        row["completion_pct"] = percentage(row["enrolled"], row["target"])
        row["reaches_required"] = None
        row.pop("exact", None)
    return rows


def reconciliation(case, persons):
    rows = []
    for p in persons:
        if not p.here and not p.good_payments:
            continue
        registered = sum(r.amount or 0 for r in p.here)
        if p.good_payments > 1:
            status = "paid_twice"
        elif p.here and not p.good_payments and (registered > 0 or p.personal > 0):
            status = "registered_unpaid"
        elif p.good_payments and not p.here:
            status = "paid_unregistered"
        elif registered != p.paid or p.paid != p.personal:
            status = "amount_mismatch"
        else:
            status = "matched"
        rows.append(dict(certno=p.certno, registered_amt=registered, paid_amt=p.paid, expected_amt=p.personal, status=status))
    return rows


def datasets(case, persons, extracts, region):
    out = {name: [] for name in COLUMNS}
    with_payment = "payment" in extracts.present
    people = [p for p in persons if p.in_population]
    for p in people:
        category = None if p.dead else p.subsidised
        out["person"].append(dict(
            certno=p.certno, psn_name=p.name, gend=p.gender, brdy=p.born, resd_admdvs=p.resd, township=p.township, regi_type=p.regi,
            surv_stas=p.surv, student=p.student, eligible=p.eligible, covered_by=p.covered_by, enrolled_here=p.enrolled_here,
            prior_enrolled=p.prior_enrolled, consecutive_years=p.consecutive, duplicate=bool(p.group), missed=p.missed,
            subsidy_category=category))
        if p.missed:
            difficult = set(DIFFICULTY) | {c for c, amount in case.policy.subsidy.items() if amount}
            out["missed_enrollment"].append(dict(
                certno=p.certno, psn_name=p.name, brdy=p.born, township=p.township, kind="lapsed" if p.prior_enrolled else "never",
                ledger_difficulty=bool(difficult & set(p.now)), ledger_newborn=p.born is not None and case.today < case.birthday(p.born, 1),
                ledger_migrant="migrant_worker" in p.now, ledger_student=p.student, ledger_lapsed=p.prior_enrolled,
                subsidy_category=category, personal_amt=p.personal))
        if category:
            out["subsidy"].append(dict(
                certno=p.certno, psn_name=p.name, township=p.township, category=category, categories=";".join(p.now),
                premium_personal=case.policy.premium, subsidy_amt=p.subsidy, personal_amt=p.personal, payer=case.policy.payer.get(category),
                enrolled_here=p.enrolled_here, paid_amt=p.paid if with_payment else None,
                overpaid_amt=max(0, p.paid - p.personal) if with_payment else None))
    for p in persons:
        for r, (kind, action, reason, first, last) in p.decisions.items():
            refund = r.amount or 0 if action == "pause" and r.insutype == "390" and case.before else 0
            out["duplicate_enrollment"].append(dict(
                certno=p.certno, psn_name=p.name, kind=kind, psn_no=r.psn_no, insutype=r.insutype, insu_admdvs=r.area,
                accrym_begn=show_month(r.first), accrym_end=show_month(r.last), clct_time=r.paid, psn_clct_amt=r.amount,
                overlap_begn=show_month(first), overlap_end=show_month(last), action=action, reason=reason, refund_amt=refund))
        for r in p.here:
            basis, waiting, begin, end = case.benefit(r, p)
            out["benefit_period"].append(dict(certno=p.certno, psn_no=r.psn_no, clct_time=r.paid, basis=basis, waiting_months=waiting,
                                              benefit_begn=begin, benefit_end=end))
    out["progress"] = progress(case, people, extracts, region)
    if with_payment:
        out["reconciliation"] = reconciliation(case, persons)
    else:
        del out["reconciliation"]
    for r in extracts.rejects:
        out["rejects"].append(dict(source=r.source, file=r.file, line=r.line, column=r.column, value=r.value, reason=r.reason))
    return out


@dataclass
class Result:
    datasets: dict
    counts: dict          # (source, file) -> [read, used, rejected]
    gates: dict           # source -> share of rejects that the shipped gate counts
    brdy_differs: int


def audit(data, today, region="340322"):
    policy = POLICIES.get(region)
    if policy is None:
        raise LookupError(f"unknown region {region}")
    if not policy.window_begin <= today <= DAY(policy.year, 12, 31):
        raise LookupError(f"no benefit year of {region} holds {today}")
    extracts = Extracts(data, today, LABELS)
    case = Case(policy, today)
    persons = gather(extracts)
    for p in persons:
        p.settle(case, region)
    gates = {}
    for source in extracts.present:
        rows = sum(c[0] for (s, _), c in extracts.counts.items() if s == source)
        bad = sum(r.source == source and r.reason not in ("superseded", "not_born_yet") for r in extracts.rejects)
        gates[source] = bad / rows
    differs = sum(r.person[0] == "01" and r.value["brdy"] != born_by_number(r.person) for r in extracts.rows["household"])
    for (source, file), (read, used, rejected) in extracts.counts.items():
        assert read == used + rejected, (source, file, read, used, rejected)
    return Result(datasets(case, persons, extracts, region), extracts.counts, gates, differs)


# ---------------------------------------------------------------- command

MONEY = ("psn_clct_amt", "refund_amt", "personal_amt", "premium_personal", "subsidy_amt", "paid_amt", "overpaid_amt", "registered_amt",
         "expected_amt")
PERCENT = ("completion_pct", "enrollment_pct")


def shown(column, value):
    if value is None:
        return ""
    if column in MONEY or column in PERCENT:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
    if column == "covered_by":
        return ";".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("data")
    a.add_argument("--date", required=True, type=datetime.date.fromisoformat)
    a.add_argument("--region", default="340322")
    a.add_argument("--out")
    a.add_argument("--json", action="store_true")
    o = a.parse_args()
    try:
        result = audit(o.data, o.date, o.region)
    except Unreadable as e:
        print(f"unreadable: {e}", file=sys.stderr)
        return 1
    except LookupError as e:
        print(e, file=sys.stderr)
        return 2
    if o.out:
        os.makedirs(o.out, exist_ok=True)
        for name, rows in result.datasets.items():
            with open(os.path.join(o.out, name + ".csv"), "w", newline="", encoding="utf-8") as f:
                w = csv.writer(f)
                w.writerow(COLUMNS[name])
                for row in rows:
                    w.writerow([shown(c, row[c]) for c in COLUMNS[name]])
    counts = [dict(source=s, file=f, rows_read=c[0], rows_used=c[1], rows_rejected=c[2]) for (s, f), c in result.counts.items()]
    rows = {name: len(rows) for name, rows in result.datasets.items()}
    if o.json:
        print(json.dumps(dict(inputs=counts, datasets=rows, gates=result.gates, brdy_differs=result.brdy_differs), ensure_ascii=False, indent=1))
    else:
        for c in counts:
            print("{file:32} read {rows_read:8} used {rows_used:8} rejected {rows_rejected:7}".format(**c))
        for source, share in result.gates.items():
            print(f"{source:32} rejects for the gate {share:.2%}{'  BROKEN' if share > 0.2 else ''}")
        for name, n in rows.items():
            print(f"{name:32} rows {n:8}")
        print(f"household birth dates unlike the number's: {result.brdy_differs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
