"""The people of a county and what the extracts say of them: household, school, identity, records, payments."""

import datetime

from contracts import DECLARED
from counties.edges import DAY, ONE
from counties.history import History
from records import birthday, months_later

NAMES = ["王伟", "李娜", "张建国", "买买提·吐尔逊", "欧阳娜娜", "陈東", "周億", "田梶", "刘㛃", "吴𠮷", "O'Neil, Anne", 'Li "Xiao" Ming', "赵 一", "ＺＨＡＯ",
         "诸葛|亮", "钱\t多"]
# among them characters GB18030 writes with a trail byte that is `|`: 東 億 梶
OTHER_KINDS = ["02", "03", "07", "08", "09", "99"]


class People:
    """Fills `rows`, a list of rows (column -> text) for each extract."""

    def __init__(self, pen, edges, contested):
        self.pen, self.edges, self.contested = pen, edges, contested
        self.r, self.chance = pen.r, pen.chance
        self.today, self.year, self.premium = edges.today, edges.year, edges.policy.premium // 100
        self.rows = {s: [] for s in DECLARED}
        self.all = []
        self.orders = 0
        self.labels, self.births = edges.labels(), edges.births()
        self.history = History(self)

    # ------------------------------------------------ one person

    def payday(self):
        """A day of payment: mostly edges of window, months, extension and the logical date."""
        early = [d for d in self.edges.paydays if d <= self.today]
        return self.r.choice(early if self.chance(0.93) and early else self.edges.paydays)

    def late(self):
        """A day of payment after the window, None where the logical date leaves none."""
        days = [d for d in self.edges.paydays if self.edges.policy.window_end < d <= self.today]
        return self.r.choice(days) if days else None

    def birth(self):
        """(birth date, day of payment or None)"""
        r = self.r
        kind = r.random()
        if kind < 0.50:
            return DAY(r.randint(1930, 2005), r.randint(1, 12), r.randint(1, 28)), self.late() if self.chance(0.4) else None
        if kind < 0.55:
            return r.choice([DAY(1800, 1, 1), DAY(1899, 12, 31), DAY(1900, 1, 1), DAY(1904, 2, 29), DAY(2000, 2, 29), DAY(2016, 2, 29), DAY(2020, 2, 29)]), None
        if kind < 0.67:  # around the first birthday and the birth on the logical date
            year_ago = birthday(self.today, -1)
            return r.choice([year_ago, year_ago - ONE, year_ago + ONE, self.today, self.today - ONE, self.today + ONE, self.today - 40 * ONE]), None
        if kind < 0.96:
            return self.newborn()
        return r.choice([DAY(self.year - 1, 2, 28), DAY(self.year - 1, 3, 1), DAY(self.year - 1, 2, 27)]), DAY(self.year, 2, r.choice([27, 28]))

    def newborn(self):
        """A child against the day of its own payment."""
        r = self.r
        born = r.choice(self.births)
        year_on, ninety = birthday(born, 1), self.edges.policy.newborn_days
        paid = r.choice([born - 20 * ONE, born, born + (ninety - 1) * ONE, born + ninety * ONE, born + (ninety + 1) * ONE, year_on - ONE, year_on,
                         year_on + ONE, self.edges.policy.window_end, self.edges.policy.window_end + ONE, self.edges.first_day])
        if born > self.today:
            born = self.today - r.choice([0, 89, 90, 91]) * ONE
        return born, paid

    def person(self, place):
        r = self.r
        born, paid = self.birth()
        kind = "01" if self.chance(0.9) else r.choice(OTHER_KINDS)
        number = self.pen.number(born) if kind == "01" else self.other_number()
        who = {"kind": kind, "number": number, "born": born, "paid": paid, "name": r.choice(NAMES) + str(place), "place": place,
               "pool": [self.pen.moment(self.payday()) for _ in range(3)]}
        self.all.append(who)
        if self.chance(0.88):
            self.household(who)
        if self.chance(0.35):
            self.student(who)
        for _ in range(r.choice([0, 0, 0, 1, 1, 2, 3])):
            self.identity(who)
        self.history.write(who)
        self.payment(who)
        if kind != "01" and self.chance(0.2):  # the same number under another type is somebody else
            other = dict(who, kind=r.choice([k for k in ("02", "03", "98") if k != kind]), name=r.choice(NAMES) + f"{place}b")
            self.household(other)
            self.history.write(other)

    def other_number(self):
        self.pen.serial += 1
        n = self.pen.serial
        return self.r.choice([f"C{n:08}", f"GA{n:06}x", f"第{n}号", f"{n:015}", "H" + f"{n:09}（１）", f"{'1' * 14}{n:04}"])

    def base(self, who):
        number = self.pen.spelled(who["number"]) if who["kind"] == "01" else who["number"]
        kind = who["kind"] if who["kind"] != "01" else self.r.choice(["01", "", "01", " 01 "])
        if kind.strip() == "" and who["kind"] == "01" and len(number.strip()) == 20 and self.chance(0.5):
            kind = "09"
        return {"certno": number, "psn_cert_type": kind, "psn_name": who["name"]}

    # ------------------------------------------------ its rows

    def household(self, who):
        r = self.r
        times = r.choice([[None], [None], [None], [0], [0, 1], [1, 0], [None, 0], [0, None], [0, 0], [None, None], [2, 1, 0], [0, 1, 1]])
        base = datetime.datetime(self.year - 1, 6, 1, 12, 0, 0)
        for t in times:
            brdy = who["born"] if self.chance(0.93) else who["born"] + ONE
            row = self.base(who)
            row.update(
                gend=r.choice(["1", "2", "1", "2", "9", ""]), brdy=self.pen.date(brdy), hshd_no=f"H{r.randint(1, 99):04}",
                hshd_rlts=r.choice(["01", "02", "10", ""]),
                resd_admdvs=r.choice(self.edges.townships) + r.choice(["", "001", "205"]) if self.chance(0.85) else r.choice(self.edges.residences),
                regi_type=r.choice(["1", "1", "1", "2"]), surv_stas=r.choice(["1"] * 8 + ["9", "2", "2", "2", "3", "4"]),
                updt_time="" if t is None else self.pen.time(base + datetime.timedelta(days=t, milliseconds=500 * t)))
            self.rows["household"].append(row)

    def student(self, who):
        r = self.r
        paid = who["paid"] or r.choice(who["pool"]).date()
        for _ in range(r.choice([1, 1, 1, 2])):
            begin = r.choice([self.today, self.today - ONE, self.today + ONE, DAY(self.year - 3, 9, 1), DAY(self.year - 1, 9, 1), paid, paid + ONE]
                             + [months_later(paid, -3) + by * ONE for by in (-1, 0, 1)])
            end = r.choice([None, None, self.today, self.today - ONE, self.today + ONE, DAY(self.year + 3, 6, 30), begin])
            end = end if end is None or end >= begin else None
            self.school(who, r.choice(self.edges.schools), begin, end)

    def school(self, who, area, begin, end):
        r, row = self.r, self.base(who)
        row.update(school_name=r.choice(["第一中学", "县,第二中学", '某省"大学"', "多行\n学校", "", "学校|东校区"]),
                   school_admdvs=area, begntime=self.pen.date(begin), endtime=self.pen.date(end))
        if self.contested:
            row["updt_time"] = r.choice(["", "2023-09-02 10:00:00", "2023-09-01"])
        self.rows["student"].append(row)

    def identity(self, who):
        r = self.r
        paid = who["paid"] or r.choice(who["pool"]).date()
        begin = r.choice([DAY(2020, 1, 1), DAY(self.year - 1, 1, 1), self.edges.first_day, self.edges.first_day - ONE, self.today, self.today - ONE,
                          self.today + ONE, paid, paid - ONE, paid + ONE])
        end = r.choice([None, None, None, self.today, self.today - ONE, self.today + ONE, paid, paid - ONE, paid + ONE, begin, DAY(9999, 12, 31)])
        if self.chance(0.4):  # left another system about three months before the payment: begin or end counts as the day
            left = r.choice(self.edges.leavings(paid))
            begin, end = r.choice([(left, end), (left, left), (left - 400 * ONE, left), (left, None)])
        self.category(who, r.choice(self.labels), begin, end)

    def category(self, who, label, begin, end):
        end = end if end is None or end >= begin else begin
        row = self.base(who)
        row.update(psn_idet_type=label, begntime=self.pen.date(begin), endtime=self.pen.date(end),
                   dept=self.r.choice(["民政局", "乡村振兴局", "残联\n办公室", "a,b", ""]))
        if not self.chance(0.8):
            row["psn_name"] = ""
        self.rows["identity"].append(row)

    def payment(self, who):
        r = self.r
        due = who.get("due")
        if due and self.chance(0.6):  # paid as registered
            moment = self.pen.moment(min(self.today, r.choice(who["pool"]).date()))
            self.order(who, clct_year=str(self.year), pay_time=self.pen.time(moment), pay_amt=due, pay_stas="1")
        for _ in range(r.choice([0, 0, 0, 0, 1, 2]) if due else r.choice([0, 0, 0, 0, 0, 1, 1, 2])):
            day = r.choice([who["pool"][0].date(), self.today, self.today + ONE, self.edges.first_day - ONE, self.payday()])
            year = r.choice([self.year] * 8 + [self.year - 1, self.year + 1])
            amount = self.pen.amount(r.choice([self.premium] * 3 + [60, 190, 0, 350]))
            self.order(who, clct_year=str(year), pay_time=self.pen.time(self.pen.moment(day)), pay_amt=amount, pay_stas=r.choice(["1"] * 6 + ["2"]))

    def order(self, who, **cells):
        self.orders += 1
        self.rows["payment"].append(dict(self.base(who), order_no=f"T{self.orders:09}", **cells))

    # ------------------------------------------------ townships

    def targets(self):
        total = 0
        for n, township in enumerate(self.edges.townships[:12] + [f"{self.edges.home}888", "340399001"]):
            target = self.r.choice([0, 1, 5, 10, 10, 20, 20, 40])
            total += target
            self.rows["target"].append(dict(admdvs=township, name=f"第{n}镇", registered=str(target + 7), target=str(target)))
        self.rows["target"].append(dict(admdvs="TOTAL", name="合计", registered="1", target=str(total - 1)))

    def tidy_townships(self):
        """Townships next to the share that must be enrolled: on it, and the nearest above and below; some lose rows to dirt."""
        for n, (enrolled, people) in enumerate([(19, 20), (20, 21), (18, 19), (19, 20), (19, 20)]):
            for k in range(people):
                place = 90000 + 100 * n + k
                who = {"kind": "01", "number": self.pen.number(DAY(1970, 5, 5)), "name": f"赵{place}", "place": place}
                self.rows["household"].append(dict(self.base(who), brdy="1970-05-05", resd_admdvs=f"{self.edges.home}{700 + n}", regi_type="1", surv_stas="1"))
                if k < enrolled:
                    self.history.record(who, "390", self.edges.home, self.year * 12, self.year * 12 + 11, None)
