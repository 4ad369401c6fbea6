#!/usr/bin/env python3
"""Writes a small nasty extract of settlements, the same bytes for the same arguments.

    python3 tests/oracle/fuzz_settlement.py OUT --seed S --rows N [--region CODE] [--date D]

Prints the logical date the edges were laid around (chosen by the seed unless given).
"""

import argparse
import datetime
import os
import random
import sys

from contracts import DECLARED
from counties.dirt import Dirt
from counties.layout import Layout
from counties.pen import Pen

DAY, ONE = datetime.date, datetime.timedelta(days=1)
DATES = [DAY(2023, 9, 30), DAY(2023, 9, 29), DAY(2024, 2, 29), DAY(2024, 2, 28), DAY(2025, 2, 28), DAY(2023, 1, 1), DAY(2024, 1, 31), DAY(2023, 12, 31),
         DAY(2024, 12, 30), DAY(2023, 6, 15), DAY(2021, 3, 31), DAY(2022, 7, 1)]
CARES = ["21", "21", "22", "23", "24", "25", "28", "26", "27", "11", "12", "13", "15", "14", "14", "1401", "140104", "140201", "41", "41", "4101", "51", "91", "１４", "2101"]
DISEASES = [("M03900", "高血压"), ("m03900", "原发性高血压"), ("M0391", ""), ("M01600", "糖尿病"), ("M00500", "恶性肿瘤门诊治疗"), ("M07801", "透析"), ("M07800", "肾衰竭"),
            ("m07800", "慢性肾衰竭"), ("M0780", ""), ("M078001", "x"), ("M08300", ""), ("M99901", "甲病"), ("M99902", "乙病"), ("m999", ""), ("M1", "短码"), ("", ""),
            ("", "无编码"), ("高血压病三级", "高血压"), ("E11", "乙"), ("M001", "")]
INSURANCE = ["390", "390", "390", "390", "310", "310", "310", "320", "340", "391", "510"]
FEN = [0, 1, 1, 50, 99, 100, 12345, 25000, 100000, 999999, 10**9, -1, -100]


class Settlements:
    """Rows in the form in which `Layout` and `Dirt` take a county's people."""

    def __init__(self, r, region, today):
        self.r, self.region, self.today = r, region, today
        self.pen, self.contested = Pen(r), False
        self.rows = {source: [] for source in DECLARED}
        self.serial = 0
        self.people = [self.person(n) for n in range(r.choice([1, 3, 10, 40]))]
        self.here = [region] if not region.endswith("00") else [region, region[:4] + "02", region[:4] + "21"]
        self.places = self.here * 3 + [region[:4] + "00", region[:4] + "81", region[:2] + "0101", region[:2] + "0000", "320102", "110101", "000000", "999999"]

    def chance(self, p):
        return self.r.random() < p

    def person(self, n):
        if self.chance(0.2):
            # The same number under two types is two persons.
            return self.r.choice(["02", "03", "99"]), self.r.choice([f"E{n:07}", "E1", "e1", "Ｅ1", f"H{n} 1"])
        return "01", self.pen.number(DAY(self.r.randint(1930, 2015), self.r.randint(1, 12), self.r.randint(1, 28)))

    def base(self, who):
        kind, number = who
        if kind == "01":
            return {"certno": self.pen.spelled(number), "psn_cert_type": self.r.choice(["01", "", "", " 01 "])}
        return {"certno": number, "psn_cert_type": kind}

    # ------------------------------------------------ days

    def day(self):
        """Mostly around turns of months and years, this year and the year before, and around the logical date."""
        r, t = self.r, self.today
        year = r.choice([t.year] * 6 + [t.year - 1] * 4 + [t.year - 2, t.year - 5])
        kind = r.random()
        if kind < 0.25:
            return DAY(year, r.randint(1, 12), 1) - r.choice([0, 1]) * ONE
        if kind < 0.5:
            return self.same_day(year) + r.choice([-1, 0, 0, 1]) * ONE
        if kind < 0.55:
            return r.choice([DAY(2024, 2, 29), DAY(2020, 2, 29), DAY(year, 2, 28), DAY(year, 3, 1)])
        return DAY(year, 1, 1) + r.randint(0, 364) * ONE

    def same_day(self, year):
        try:
            return self.today.replace(year=year)
        except ValueError:
            return DAY(year, 2, 28)

    # ------------------------------------------------ rows

    def settle(self, who, day, **cells):
        r = self.r
        self.serial += 1
        code, name = r.choice(DISEASES)
        fee = r.choice(FEN)
        row = self.base(who)
        row.update(
            setl_id=f"S{self.serial:06}", mdtrt_id=r.choice(["", f"M{self.serial}"]), psn_no=r.choice(["", "P1"]), insutype=r.choice(INSURANCE),
            insu_admdvs=r.choice(self.here * 8 + self.places), mdtrtarea_admvs=r.choice(self.places), fixmedins_code=r.choice(["", "H340399001"]),
            fixmedins_name=r.choice(["", "第一,人民医院", '"中心"医院']), med_type=r.choice(CARES), dise_codg=code, dise_name=name,
            setl_time=self.pen.time(self.pen.moment(day)), medfee_sumamt=yuan(fee), inscp_scp_amt=yuan(r.choice([fee, fee * 4 // 5, 0, 1, 8])),
            fund_pay_sumamt=yuan(r.choice([fee // 2, 1, 0, fee])), acct_pay=r.choice(["", "0", "1.5"]), psn_cash_pay=r.choice(["", "99"]),
            refd_setl_flag=r.choice(["", "0"]), init_setl_id=r.choice(["", "", "S-noise"]))
        row.update(cells)
        self.rows["settlement"].append(row)
        return row

    def some(self):
        """A settlement, often refunded: whole, in part, twice, by a stranger, of nothing, in a circle."""
        r = self.r
        who, day = r.choice(self.people), self.day()
        row = self.settle(who, day)
        if self.chance(0.6):
            return
        by = who if self.chance(0.8) else r.choice(self.people)
        refund = self.refund(by, row, r.choice([day, day, day + ONE, self.day(), self.today, self.today + ONE]))
        kind = r.random()
        if kind < 0.15:
            self.refund(by, refund, self.day())  # the refund taken back, or the refund of an orphan
        elif kind < 0.22:
            refund["init_setl_id"] = r.choice(["", "S-unknown", refund["setl_id"], row["setl_id"].lower()])
            self.refund(r.choice(self.people), refund, self.day())
        elif kind < 0.27:
            other = self.refund(r.choice(self.people), refund, self.day())  # two that name each other
            refund["init_setl_id"] = other["setl_id"]
        elif kind < 0.31:
            self.refund(by, row, self.day(), setl_id=row["setl_id"])  # under its original's number
        elif kind < 0.35:
            self.refund(by, row, self.day(), setl_id=refund["setl_id"])  # two under one number

    def refund(self, by, row, day, **cells):
        same = {c: row[c] for c in ("insutype", "insu_admdvs", "mdtrtarea_admvs", "med_type", "dise_codg", "dise_name")}
        if self.chance(0.1):
            same.pop(self.r.choice(list(same)))
        amounts = {c: negative(row[c]) for c in ("medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt")}
        return self.settle(by, day, **{**same, **amounts, "refd_setl_flag": self.r.choice(["1", "1", " 1 "]), "init_setl_id": row["setl_id"], **cells})


def yuan(fen):
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02}"


def negative(text):
    return text[1:] if text.startswith("-") else "-" + text


def make(out, seed, rows, today=None, region="340322"):
    """Writes the extract into `out` and says for which date it is meant."""
    os.makedirs(out, exist_ok=True)
    if os.listdir(out):
        raise SystemExit(f"{out} is not empty")
    r = random.Random(f"canbao settlement oracle {region} {seed}")
    drawn = r.choice(DATES)
    settlements = Settlements(r, region, today or drawn)
    while len(settlements.rows["settlement"]) < rows:
        settlements.some()
    if r.random() < 0.5:
        r.shuffle(settlements.rows["settlement"])
    Dirt(settlements).add("settlement")
    Layout(settlements).write(out)
    return settlements.today


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("out")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rows", type=int, default=400)
    a.add_argument("--region", default="340322")
    a.add_argument("--date", type=datetime.date.fromisoformat)
    o = a.parse_args()
    print(make(o.out, o.seed, o.rows, o.date, o.region))
    return 0


if __name__ == "__main__":
    sys.exit(main())
