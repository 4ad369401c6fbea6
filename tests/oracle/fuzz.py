#!/usr/bin/env python3
"""Writes a small nasty county: extracts full of edges and dirt, the same bytes for the same arguments.

    python3 tests/oracle/fuzz.py OUT --seed S --persons N [--date D] [--contested]

Prints the logical date the edges were laid around (chosen by the seed unless
given). `--contested` adds input on which readers of the contract may differ
(READINGS.md). The share of rejects in each source stays below the shipped gate.
"""

import argparse
import datetime
import os
import random
import sys

from reading import CHINESE, DECLARED, check_character

DAY = datetime.date
ONE = datetime.timedelta(days=1)
DATES = [DAY(2023, 9, 1), DAY(2023, 9, 30), DAY(2023, 10, 15), DAY(2023, 11, 30), DAY(2023, 12, 30), DAY(2023, 12, 31), DAY(2024, 1, 1),
         DAY(2024, 1, 31), DAY(2024, 2, 28), DAY(2024, 2, 29), DAY(2024, 3, 1), DAY(2024, 3, 31), DAY(2024, 5, 31), DAY(2024, 6, 30),
         DAY(2024, 9, 30), DAY(2024, 12, 30), DAY(2024, 12, 31)]
REGION = "340322"
TOWNSHIPS = [f"340322{100 + n}" for n in range(14)]
AREAS = [REGION] * 5 + ["340300"] * 2 + ["340321", "340321", "340100", "340122", "320100", "320102", "340000", "310000", "340399"]
LABELS = ["特困人员", "孤儿", "事实无人抚养儿童", "低保对象", "返贫致贫人口", "监测对象", "脱贫不稳定人口", "边缘易致贫人口", "突发严重困难人口", "重点优抚对象",
          "重度残疾人", "计划生育特殊家庭", "农村两女户", "低保边缘家庭成员", "退役军人", "随军未就业配偶", "刑满释放人员", "严重精神障碍患者", "退捕渔民",
          "外出务工人员", "职工医保中断人员", "现役军人"]
NAMES = ["王伟", "李娜", "张建国", "买买提·吐尔逊", "欧阳娜娜", "陈東", "周億", "田梶", "刘㛃", "吴𠮷", "O'Neil, Anne", 'Li "Xiao" Ming', "赵 一", "ＺＨＡＯ",
         "诸葛|亮", "钱\t多"]
# white space around values; the first is none
PADS = ["", "", "", "", "", "", "", " ", "  ", "\u3000", "\u00a0"]
# in NAMES: characters GB18030 writes with a trail byte that is `|`: 東 億 梶


class Maker:
    def __init__(self, seed, persons, today, contested):
        self.r = random.Random(f"canbao oracle {seed}")
        self.today = today or self.r.choice(DATES)
        self.n, self.contested = persons, contested
        self.serial = self.orders = 0
        self.rows = {s: [] for s in DECLARED}

    # ------------------------------------------------ values

    def chance(self, p):
        return self.r.random() < p

    def number(self, born, division=None):
        self.serial += 1
        # divisions never assigned; residence permits begin with 8, foreigners' cards with 9
        division = division or self.r.choice(["340399", "340398", "349999", "819999", "829999", "839999", "990101", "940156"])
        if self.serial > 999:
            division = str(349000 + self.serial // 1000)
        body = f"{division}{born:%Y%m%d}{self.serial % 1000:03}"
        return body + check_character(body)

    def spelled(self, number):
        """One of the ways an identity number is written."""
        way = self.r.random()
        if way < 0.06 and number[6:8] == "19" and len(set(number[:6] + number[8:17])) > 1:
            return number[:6] + number[8:17]
        if way < 0.10:
            return "".join(chr(ord(c) + 0xFEE0) for c in number)
        if way < 0.14:
            return number.lower()
        if way < 0.17:
            return number + self.r.choice(["42", "11", "71"])
        if way < 0.20:
            return self.r.choice([" ", "\u3000", "\u00a0 "]) + number + self.r.choice(["", " ", "\u3000"])
        if way < 0.22 and number.endswith("X"):
            return number[:-1] + "ｘ"
        return number

    def date(self, day):
        """A date in one of its forms, now and then with a time."""
        if day is None:
            return ""
        y, m, d = f"{day.year:04}", day.month, day.day
        text = self.r.choice([f"{y}-{m:02}-{d:02}"] * 3 + [f"{y}{m:02}{d:02}", f"{y}/{m}/{d}", f"{y}/{m:02}/{d:02}"])
        if self.chance(0.1):
            text += self.r.choice([" 00:00:00", "T23:59:59", " 8:05:09", " 08:05", " 23:59:59.999", "T0:00:00.000001"])
        elif self.chance(0.03):
            text = f"{y}{m:02}{d:02}" + self.r.choice(["235959", "000000", "083000"])
        return text

    def time(self, moment):
        if moment is None:
            return ""
        y, m, d, h, i, s = f"{moment.year:04}", moment.month, moment.day, moment.hour, moment.minute, moment.second
        fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
        ways = [f"{y}-{m:02}-{d:02} {h:02}:{i:02}:{s:02}{fraction}"] * 3
        ways += [f"{y}/{m}/{d} {h}:{i:02}:{s:02}{fraction}", f"{y}-{m:02}-{d:02}T{h:02}:{i:02}:{s:02}{fraction}", f"{y}{m:02}{d:02} {h:02}:{i:02}:{s:02}{fraction}"]
        if not fraction:
            ways.append(f"{y}{m:02}{d:02}{h:02}{i:02}{s:02}")
        if not fraction and not s:
            ways.append(f"{y}-{m:02}-{d:02} {h}:{i:02}")
        if not fraction and not s and not i and not h:
            ways += [f"{y}{m:02}{d:02}", f"{y}/{m}/{d}"]
        return self.r.choice(ways)

    def moment(self, day):
        clock = self.r.choice([(0, 0, 0, 0), (23, 59, 59, 0), (8, 5, 9, 0), (12, 30, 0, 0), (23, 59, 59, 999000), (0, 0, 0, 1000), (10, 0, 0, 250000)])
        return datetime.datetime(day.year, day.month, day.day, *clock)

    def amount(self, yuan):
        plus = "+" if yuan >= 0 else ""
        return self.r.choice([f"{yuan}", f"{yuan}.00", f"{yuan}.0", f"{plus}{yuan}", f"{yuan}.5" if self.chance(0.1) else f"{yuan}.00"])

    def near_today(self):
        return self.today + self.r.choice([-400, -31, -2, -1, 0, 0, 1, 2, 31]) * ONE

    def payday(self):
        """A day of payment: mostly edges of window, months, extension and the logical date."""
        t = self.today
        edges = [DAY(2023, 8, 31), DAY(2023, 9, 1), DAY(2023, 10, 8), DAY(2023, 11, 11), DAY(2023, 12, 30), DAY(2023, 12, 31), DAY(2024, 1, 1), DAY(2024, 1, 31),
                 DAY(2024, 2, 1), DAY(2024, 2, 28), DAY(2024, 2, 29), DAY(2024, 3, 1), DAY(2024, 5, 31), DAY(2024, 6, 1), DAY(2024, 6, 30), DAY(2024, 7, 1),
                 DAY(2024, 8, 31), DAY(2024, 12, 30), DAY(2024, 12, 31), t, t, t - ONE, t + ONE]
        early = [d for d in edges if d <= t]
        return self.r.choice(early if self.chance(0.93) else edges)

    # ------------------------------------------------ people

    def birth(self):
        """(birth date, day of payment or None)"""
        r = self.r
        kind = r.random()
        if kind < 0.45:
            return DAY(r.randint(1930, 2005), r.randint(1, 12), r.randint(1, 28)), None
        if kind < 0.50:
            return r.choice([DAY(1800, 1, 1), DAY(1899, 12, 31), DAY(1900, 1, 1), DAY(1904, 2, 29), DAY(2000, 2, 29), DAY(2016, 2, 29), DAY(2020, 2, 29)]), None
        if kind < 0.62:  # around the first birthday and the birth on the logical date
            try:
                year_ago = self.today.replace(year=self.today.year - 1)
            except ValueError:
                year_ago = DAY(self.today.year - 1, 2, 28)
            return r.choice([year_ago, year_ago - ONE, year_ago + ONE, self.today, self.today - ONE, self.today + ONE, self.today - 40 * ONE]), None
        if kind < 0.95:  # newborns against their own payment
            born = r.choice([DAY(2022, 12, 31), DAY(2023, 1, 1), DAY(2023, 1, 31), DAY(2023, 3, 15), DAY(2023, 6, 2), DAY(2023, 8, 31), DAY(2023, 9, 1),
                             DAY(2023, 10, 2), DAY(2023, 10, 3), DAY(2023, 12, 31), DAY(2024, 1, 1), DAY(2024, 2, 28), DAY(2024, 2, 29), DAY(2024, 3, 1),
                             DAY(2024, 4, 30)])
            year_on = DAY(born.year + 1, 2, 28) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + 1)
            paid = r.choice([born - 20 * ONE, born, born + 89 * ONE, born + 90 * ONE, born + 91 * ONE, year_on - ONE, year_on, year_on + ONE, DAY(2023, 12, 31),
                             DAY(2024, 1, 1)])
            if born > self.today:
                born = self.today - r.choice([0, 89, 90, 91]) * ONE
            return born, paid
        return r.choice([DAY(2023, 2, 28), DAY(2023, 3, 1), DAY(2023, 2, 27)]), DAY(2024, 2, r.choice([27, 28, 29]))

    def person(self, place):
        r = self.r
        born, paid = self.birth()
        kind = "01"
        if self.chance(0.10):
            kind = r.choice(["02", "03", "07", "08", "09", "99"])
            self.serial += 1
            number = r.choice([f"C{self.serial:08}", f"GA{self.serial:06}x", f"第{self.serial}号", f"{self.serial:015}", "H" + f"{self.serial:09}（１）",
                               f"{'1' * 14}{self.serial:04}"])
        else:
            number = self.number(born)
        who = {"kind": kind, "number": number, "born": born, "paid": paid, "name": r.choice(NAMES) + str(place), "place": place,
               "pool": [self.moment(self.payday()) for _ in range(3)]}
        seen = r.random()
        if seen < 0.88:
            self.household(who)
        if self.chance(0.35):
            self.student(who)
        for _ in range(r.choice([0, 0, 0, 1, 1, 2, 3])):
            self.identity(who)
        self.enrollment(who)
        self.payment(who)
        if kind != "01" and self.chance(0.2):  # the same number under another type is somebody else
            other = dict(who, kind=r.choice([k for k in ("02", "03", "98") if k != kind]), name=r.choice(NAMES) + f"{place}b")
            self.household(other)
            self.enrollment(other)

    def base(self, who):
        number = self.spelled(who["number"]) if who["kind"] == "01" else who["number"]
        kind = who["kind"] if who["kind"] != "01" else self.r.choice(["01", "", "01", " 01 "])
        if kind.strip() == "" and who["kind"] == "01" and len(number.strip()) == 20 and self.chance(0.5):
            kind = "09"
        return {"certno": number, "psn_cert_type": kind, "psn_name": who["name"]}

    def household(self, who):
        r = self.r
        times = r.choice([[None], [None], [None], [0], [0, 1], [1, 0], [None, 0], [0, None], [0, 0], [None, None], [2, 1, 0], [0, 1, 1]])
        base = datetime.datetime(2023, 6, 1, 12, 0, 0)
        for t in times:
            brdy = who["born"] if self.chance(0.93) else who["born"] + ONE
            row = self.base(who)
            row.update(
                gend=r.choice(["1", "2", "1", "2", "9", ""]), brdy=self.date(brdy), hshd_no=f"H{r.randint(1, 99):04}", hshd_rlts=r.choice(["01", "02", "10", ""]),
                resd_admdvs=r.choice(TOWNSHIPS) + r.choice(["", "001", "205"]) if self.chance(0.85)
                else r.choice(["340321101", "340399001002", "320102003", "340300000", "340322999"]),
                regi_type=r.choice(["1", "1", "1", "2"]), surv_stas=r.choice(["1"] * 8 + ["9", "2", "2", "2", "3", "4"]),
                updt_time="" if t is None else self.time(base + datetime.timedelta(days=t, milliseconds=500 * t)))
            self.rows["household"].append(row)

    def student(self, who):
        r = self.r
        for _ in range(r.choice([1, 1, 1, 2])):
            begin = r.choice([self.today, self.today - ONE, self.today + ONE, DAY(2021, 9, 1), DAY(2023, 9, 1)])
            end = r.choice([None, None, self.today, self.today - ONE, self.today + ONE, DAY(2027, 6, 30), begin])
            end = end if end is None or end >= begin else None
            row = self.base(who)
            row.update(school_name=r.choice(["五河一中", "五河县,第二中学", '安徽"大学"', "多行\n学校", "", "学校|东校区"]),
                       school_admdvs=r.choice(["340322", "340322101", "340322102001", "340300", "340321", "340321101", "340100", "340122", "320102"]),
                       begntime=self.date(begin), endtime=self.date(end))
            if self.contested:
                row["updt_time"] = r.choice(["", "2023-09-02 10:00:00", "2023-09-01"])
            self.rows["student"].append(row)

    def identity(self, who):
        r = self.r
        label = r.choice(LABELS + ["外出务工人员", "外出务工人员", "退役军人", "低保对象", "特困人员"])
        paid = who["paid"] or r.choice(who["pool"]).date()
        begin = r.choice([DAY(2020, 1, 1), DAY(2023, 1, 1), DAY(2024, 1, 1), self.today, self.today - ONE, self.today + ONE, paid, paid - ONE, paid + ONE,
                          DAY(2023, 12, 31)])
        end = r.choice([None, None, None, self.today, self.today - ONE, self.today + ONE, paid, paid - ONE, paid + ONE, begin, DAY(9999, 12, 31)])
        end = end if end is None or end >= begin else begin
        row = self.base(who)
        row.update(psn_idet_type=label, begntime=self.date(begin), endtime=self.date(end), dept=r.choice(["民政局", "乡村振兴局", "残联\n办公室", "a,b", ""]))
        if not self.chance(0.8):
            row["psn_name"] = ""
        self.rows["identity"].append(row)

    def months(self):
        """An accrual period of or around the benefit year."""
        r = self.r
        t = self.today.year * 12 + self.today.month - 1
        y = 2024 * 12
        if self.chance(0.35):
            return y, y + 11
        if self.chance(0.5):
            first = y + r.randint(0, 11)
            return first, min(first + r.choice([0, 1, 2, 5, 11]), y + 11 + r.choice([0, 0, 3]))
        return r.choice([(y, y + 2), (y + 2, y + 5), (y + 3, y + 5), (y + 5, y + 11), (y + 6, y + 11), (y - 1, y), (y - 12, y), (y - 6, y + 5), (y - 12, y - 1),
                         (y + 11, y + 11), (y + 11, y + 14), (y + 12, y + 23), (y, y), (t, t), (t - 1, t - 1), (t - 2, t - 2), (t + 1, t + 1), (t - 2, t + 1),
                         (t - 11, t), (t - 10, t), (y - 14, y + 11)])

    def record(self, who, insutype, area, first, last, paid, status="1", flag="1", revs=None, joined=None, amount=None):
        show = "{:04}{:02}"
        row = self.base(who)
        row.update(
            psn_no=f"P{who['place']:05}{self.r.randint(1, 99):02}", insutype=insutype, insu_admdvs=area, psn_type=self.r.choice(["11", "1101", ""]),
            psn_insu_stas=status, psn_insu_date=self.date(joined), accrym_begn=show.format(first // 12, first % 12 + 1),
            accrym_end=show.format(last // 12, last % 12 + 1), clct_flag=flag, clct_time=self.time(paid),
            psn_clct_amt=self.amount(380 if amount is None else amount) if self.chance(0.96) or self.today.year < 2024 and not self.contested else "",
            finsubs_amt=self.r.choice(["640", "640.00", "", "0", "-640.5", "9999999999999999.99"]), revs_flag=self.r.choice(["Z", "", "Z"]) if revs is None else revs)
        # never a tie that only the order of rows could break
        taken = who.setdefault("taken", set())
        while (row["psn_no"], paid) in taken:
            row["psn_no"] = f"P{who['place']:05}{self.r.randint(1, 999):03}"
        taken.add((row["psn_no"], paid))
        if insutype == "310":
            who["310"] = True
        elif area == REGION and first // 12 <= 2024 <= last // 12:
            who.setdefault("due", row["psn_clct_amt"])
        self.rows["enrollment"].append(row)

    def enrollment(self, who):
        r = self.r
        y = 2024 * 12
        t = self.today.year * 12 + self.today.month - 1
        joined = [None, DAY(2010, 7, 1), DAY(2022, 1, 1), DAY(2023, 12, 31), DAY(2024, 2, 1)]

        def paid():
            if self.chance(0.005):
                return self.moment(DAY(1, 1, 1))
            if who["paid"] and self.chance(0.7):
                return self.moment(who["paid"])
            return r.choice(who["pool"] + [None]) if self.chance(0.7) else self.moment(self.payday())

        what = r.random()
        if what < 0.40:  # one ordinary record, here as a rule
            if self.chance(0.6):
                self.record(who, r.choice(["390", "390", "390", "310"]), REGION if self.chance(0.8) else r.choice(AREAS), y, y + 11, paid(),
                            status=r.choice(["1"] * 9 + ["2"]), flag=r.choice(["1"] * 9 + ["0"]), revs=r.choice([None] * 9 + ["R"]),
                            amount=r.choice([380, 380, 60, 0, 190, 350]))
        elif what < 0.85:  # a mixed group
            schemes = r.choice([["390"], ["390"], ["390"], ["390"], ["310"], ["310", "390"], ["310", "390", "390"]])
            areas = r.sample(AREAS, r.choice([1, 2, 3, 4]))
            short = self.chance(0.5)  # chains and groups apart rather than whole years
            for _ in range(r.choice([4, 5, 5, 6]) if short else r.choice([2, 2, 3, 3, 4, 5])):
                first, last = self.months()
                if short:
                    first = y + r.choice([0, 0, 2, 3, 5, 6, 6, 8, 9, 11])
                    last = first + r.choice([0, 0, 1, 2, 3])
                self.record(who, r.choice(schemes), r.choice(areas), first, last, paid(), status=r.choice(["1"] * 14 + ["2", "4"]),
                            flag=r.choice(["1"] * 14 + ["0"]), revs=r.choice([None] * 14 + ["R", "z"]), joined=r.choice(joined),
                            amount=r.choice([380, 380, 60, 0, 350, 31, -380]))
        if self.chance(0.25 if who.get("310") else 0.06):
            self.run_of_months(who, t)
        # years before: whole years with gaps, paused since, other schemes, records of several years
        depth = r.choice([0, 1, 1, 2, 3, 5, 7])
        for back in range(1, depth + 1):
            if self.chance(0.15):
                continue
            year = 2024 - back
            self.record(who, r.choice(["390", "390", "310", "340"]), r.choice(AREAS), year * 12, year * 12 + 11,
                        r.choice([None, self.moment(DAY(year - 1, 11, 3)), self.moment(DAY(year, 3, 3))]) if year < 2023 else
                        r.choice([None, self.moment(DAY(2022, 12, 1)), self.moment(self.today), self.moment(self.today + ONE)]),
                        status=r.choice(["1", "1", "2", "4"]), flag=r.choice(["1"] * 9 + ["0"]), revs=r.choice([None] * 9 + ["R"]), amount=350)
        if self.chance(0.03):
            self.record(who, r.choice(["310", "390"]), r.choice(AREAS), 12 * (2023 - r.choice([3, 9, 40, 70])), 2023 * 12 + r.randint(0, 11), None)
        if self.chance(0.05):
            self.record(who, r.choice(["320", "340", "391", "510"]), REGION, y, y + 11, paid())

    def run_of_months(self, who, t):
        """Employee cover of 11, 12 or 13 months up to the logical date's month, whole, in pieces, or with a gap."""
        r = self.r
        length = r.choice([11, 12, 12, 13, 24])
        end = t + r.choice([0, 0, 0, -1, 1])
        start, at = end - length + 1, end - length + 1
        while at <= end:
            last = min(end, at + r.choice([0, 2, 5, 11, 23]))
            status = r.choice(["1", "1", "1", "2"]) if last < 2024 * 12 else "1"
            self.record(who, "310", r.choice(AREAS), at, last, None if self.chance(0.5) else self.moment(min(self.today, DAY(2024, 1, 5))), status=status,
                        joined=r.choice([None, DAY(2022, 1, 1), DAY(2023, 5, 1)]), amount=0)
            at = last + 1 + (1 if self.chance(0.07) and at > start else 0)

    def payment(self, who):
        r = self.r
        due = who.get("due")
        if due and self.chance(0.6):  # paid as registered
            self.orders += 1
            row = self.base(who)
            row.update(order_no=f"T{self.orders:09}", clct_year="2024", pay_time=self.time(self.moment(min(self.today, r.choice(who["pool"]).date()))),
                       pay_amt=due, pay_stas="1")
            self.rows["payment"].append(row)
        for _ in range(r.choice([0, 0, 0, 0, 1, 2]) if due else r.choice([0, 0, 0, 0, 0, 1, 1, 2])):
            self.orders += 1
            row = self.base(who)
            row.update(order_no=f"T{self.orders:09}", clct_year=r.choice(["2024"] * 8 + ["2023", "2025"]),
                       pay_time=self.time(self.moment(r.choice([who["pool"][0].date(), self.today, self.today + ONE, DAY(2023, 12, 31), self.payday()]))),
                       pay_amt=self.amount(r.choice([380, 380, 380, 60, 190, 0, 350])), pay_stas=r.choice(["1"] * 6 + ["2"]))
            self.rows["payment"].append(row)

    def targets(self):
        total = 0
        for n, township in enumerate(TOWNSHIPS[:12] + ["340322888", "340399001"]):
            target = self.r.choice([0, 1, 5, 10, 10, 20, 20, 40])
            total += target
            self.rows["target"].append(dict(admdvs=township, name=f"第{n}镇", registered=str(target + 7), target=str(target)))
        self.rows["target"].append(dict(admdvs="TOTAL", name="合计", registered="1", target=str(total - 1)))

    # ------------------------------------------------ dirt

    def dirty(self, source, row):
        """A faulty copy of a row, or raw cells."""
        r = self.r
        row = dict(row)
        columns = DECLARED[source]
        column, kind, required = r.choice(columns)
        what = kind.split()[0]
        if what in ("date", "time"):
            row[column] = r.choice(["2023-02-29", "2024-13-01", "2024-00-10", "20240230", "2024-1-5", "2024.01.05", "24-01-05", "2024-01-05 24:00:00",
                                    "2024-01-05 10:60:00", "2024-01-05 10:00:60", "2024-01-05Z", "2024-01-05T10:00:00Z", "2024-01-05 10:00:00+08:00", "0000-01-01",
                                    "10000-01-01", "2024-01-05 ", "无", "45000", "２０２４-01-05", "2024-01-05  10:00:00", "2024/1/5 10", "2024-01-05 10:00:00.",
                                    "20240105103", "2024-01/05", "2024/1-5", "-2024-01-05", "2024-01-05 1:2:3", "2024年1月5日"])
            if "after" in kind:
                row["begntime"], row[column] = "2024-03-02", r.choice(["2024-03-01 23:59:59", "2024/3/1"])
        elif what == "month":
            row[column] = r.choice(["202413", "202400", "2024-01", "20241", "2024011", "000012", "二零二四", "２０２４０１", "2024 1", "+20241"])
            if "after" in kind and self.chance(0.4):
                row["accrym_begn"], row["accrym_end"] = "202403", "202402"
        elif what in ("amount", "count"):
            row[column] = r.choice(["1,000", "380.000", "380.", ".5", "1e3", "￥380", "380元", "--1", "+", "-", "12345678901234567", "３８０", "3 80", "NaN", "0x10"])
        elif what == "year":
            row[column] = r.choice(["24", "02024", "2024.0", "２０２４", "20 24", "year", "-2024"])
        elif what == "code":
            row[column] = r.choice(["0x", "7", "11", "01", "１", "正常", "-1", "1.0"])
            if column == "clct_flag" and self.chance(0.3):
                row[column] = "2"
        elif what == "area":
            row[column] = r.choice(["34032", "3403221", "34032210", "3403221000001", "34032A", "３４０３２２", "五河县", "340322 101", "total", "340322.0", "-34032"])
        elif what == "label":
            row[column] = r.choice(["脱贫户", "特困", "destitute", "特困 人员", "特困人员;低保对象", "01"])
        elif what == "certno":
            row["psn_cert_type"] = r.choice(["", "01"])
            good = self.number(DAY(1980, 1, 1))
            wrong = good[:17] + ("0" if good[17] != "0" else "1")
            late = self.number(self.today + r.choice([1, 30, 400]) * ONE)
            row[column] = r.choice([wrong, late, late, good[:9] + "\u200b" + good[9:], good + "\u200b", "\ufeff" + good, good[:6] + " " + good[6:], good[:17], good + "1",
                                    "1" * 15, "0" * 15, "1" * 18, "340399801301123", "340399990229123", self.bad_day("20230229"), self.bad_day("17991231"),
                                    self.bad_day("19801301"), good[:17] + "Y", "Ｘ" * 18, "null", good + "4X", good[:18] + "421", wrong + "42", good[:5] + "O" + good[6:]])
            if self.chance(0.15):
                row["psn_cert_type"], row[column] = "09", self.r.choice([wrong, good[:17] + ("X" if good[17] != "X" else "1")]) + "42"
        elif not required:
            return None
        if required and self.chance(0.3):
            row[column] = r.choice(["", "", " ", "\u3000"])
        if self.chance(0.1):  # a second fault further on or before
            other, _, needed = r.choice(columns)
            if needed:
                row[other] = ""
        return row

    def bad_day(self, day):
        body = f"340399{day}001"
        return body + check_character(body)

    def add_dirt(self, source):
        """Copies of good rows: faulty ones, exact repetitions, near repetitions. Where they land is by chance."""
        rows, r = self.rows[source], self.r
        good = list(rows)
        if source == "target":
            if self.chance(0.5):
                rows.insert(r.randint(0, len(rows)), dict(admdvs=r.choice(["34032210", "total"]), name="坏镇", registered="1", target="1"))
            return
        for _ in range(int(len(good) * 0.09)):
            model = r.choice(good)
            model["_plain"] = not self.contested
            bad = self.dirty(source, model)
            if bad is not None:
                if source == "enrollment" and bad["psn_no"].strip():  # where it happens to be good, no tie that only the order breaks
                    self.orders += 1
                    bad["psn_no"] = f"Q{self.orders:07}"
                rows.insert(r.randint(0, len(rows)), bad)
        for _ in range(int(len(good) * 0.05)):  # repeated as written
            model = r.choice(good)
            model["_plain"] = not self.contested
            rows.insert(r.randint(0, len(rows)), dict(model))
        if source in ("identity", "payment"):  # alike, but not as written
            for _ in range(int(len(good) * 0.02)):
                row = dict(r.choice(good))
                row["psn_name"] = "" if row["psn_name"] else "某人"
                if source == "payment":
                    row["order_no"] += "B"
                    row["psn_name"] = ""
                rows.insert(r.randint(0, len(rows)), row)

    # ------------------------------------------------ files

    def cell(self, text, delimiter, dress):
        """One field, quoted where it must be and sometimes where it need not."""
        if dress and text != "" and text.strip() == text:
            text = self.r.choice(PADS) + text + self.r.choice(PADS)
        must = delimiter in text or "\n" in text or text.startswith('"')
        if must or self.chance(0.05):
            return '"' + text.replace('"', '""') + '"'
        return text

    def header(self, source, columns, style):
        out = []
        for c in columns:
            name = c
            if c in CHINESE and style == "chinese":
                name = self.r.choice(CHINESE[c])
            elif style == "upper":
                name = c.upper() if self.chance(0.5) else c.title()
            elif style == "mixed" and c in CHINESE and self.chance(0.5):
                name = CHINESE[c][0]
            if style != "plain" and self.chance(0.2):
                name = self.r.choice([" ", "\u3000"]) + name + " "
            out.append(name)
        return out

    def file(self, source, rows, encoding, delimiter, style, last=False):
        """The bytes of one file."""
        r = self.r
        columns = [c for c, _, _ in DECLARED[source] if not (source == "student" and c == "updt_time" and not self.contested)]
        columns = [c for c in columns if c not in ("hshd_no", "finsubs_amt", "dept", "psn_type") or self.chance(0.7)]
        if style != "plain" and self.chance(0.5):
            r.shuffle(columns)
        extra = r.sample(["备注", "ROWNUM", "certno2", ""], r.choice([0, 0, 1, 2])) if style != "plain" else []
        places = columns + [None] * len(extra)
        end = r.choice(["\n", "\r\n"])
        dress = style != "plain"
        out = []

        def put(cells, broken=b""):
            line = delimiter.join(cells).encode(encoding) + broken
            out.append(line + end.encode())
            while self.chance(0.03):
                out.append((b"   " if self.contested and self.chance(0.5) else b"") + end.encode())

        put([self.cell(n, delimiter, False) for n in self.header(source, columns, style) + extra])
        for number, row in enumerate(rows):
            cells = [self.cell(row.get(c, ""), delimiter, dress and c != "psn_name" and not row.get("_plain")) if c
                     else self.cell(r.choice(["x", "", "1" + delimiter + "2"]), delimiter, False) for c in places]
            if self.chance(0.012) and number and source != "target":
                kind = r.choice(["short", "long", "bytes", "bytes", "empty"])
                if kind == "short":
                    cells.pop()
                elif kind == "long":
                    cells.append("")
                elif kind == "empty":
                    cells = [""] * len(cells)
                if kind == "bytes":
                    put(cells, b"\xff\xfe" if encoding == "gb18030" else r.choice([b"\xff", b"\xe4\xbd", b"\xc0\xaf", b"\xed\xa0\x80"]))
                    continue
            put(cells)
        data = b"".join(out)
        if last and self.chance(0.5):
            data += delimiter.join(["开了头", '"没有尾']).encode(encoding) + end.encode() + "还有一行".encode(encoding) + end.encode() * 2
        elif self.chance(0.4):
            data = data[:data.rstrip(b"\r\n").__len__()]
        bom = encoding == "utf-8" and self.chance(0.4)
        return (b"\xef\xbb\xbf" if bom else b"") + data

    def layout(self):
        r = self.r
        return r.choice(["utf-8", "gb18030"]), r.choice([",", "\t", "|"]), r.choice(["plain", "chinese", "upper", "mixed"])

    def write(self, folder):
        for place in range(self.n):
            self.person(place)
        self.targets()
        for source in DECLARED:
            self.add_dirt(source)
        for source, rows in self.rows.items():
            parts = self.chance({"enrollment": 0.8, "household": 0.3, "identity": 0.3}.get(source, 0.15)) and source != "target"
            if parts:
                os.makedirs(os.path.join(folder, source), exist_ok=True)
                count = self.r.choice([2, 3])
                split = [[] for _ in range(count)]
                for row in rows:
                    split[self.r.randrange(count)].append(row)
                names = self.r.sample(["2023.csv", "a.csv", "B.csv", "第一部分.csv", "10.csv", "9.csv"], count)
                for name, some in zip(names, split):
                    with open(os.path.join(folder, source, name), "wb") as f:
                        f.write(self.file(source, some, *self.layout(), last=True))
                with open(os.path.join(folder, source, ".hidden.csv"), "wb") as f:
                    f.write(b"not,a,part\n")
                with open(os.path.join(folder, source, "readme.md"), "wb") as f:
                    f.write(b"not a part\n")
            else:
                with open(os.path.join(folder, source + self.r.choice([".csv", ".txt"])), "wb") as f:
                    f.write(self.file(source, rows, *self.layout(), last=source != "target"))


def make(out, seed, persons, today=None, contested=False):
    """Writes the county into `out` and says for which date it is meant."""
    os.makedirs(out, exist_ok=True)
    if os.listdir(out):
        raise SystemExit(f"{out} is not empty")
    maker = Maker(seed, persons, today, contested)
    maker.write(out)
    return maker.today


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("out")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--persons", type=int, default=300)
    a.add_argument("--date", type=datetime.date.fromisoformat)
    a.add_argument("--contested", action="store_true")
    o = a.parse_args()
    print(make(o.out, o.seed, o.persons, o.date, o.contested))
    return 0


if __name__ == "__main__":
    sys.exit(main())
