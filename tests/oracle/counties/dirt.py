"""Faulty copies of good rows, exact repetitions, near repetitions. Where they land is by chance."""

from contracts import DECLARED
from counties.edges import DAY, ONE
from values import check_character

BAD_TIMES = ["2023-02-29", "2024-13-01", "2024-00-10", "20240230", "2024-1-5", "2024.01.05", "24-01-05", "2024-01-05 24:00:00", "2024-01-05 10:60:00",
             "2024-01-05 10:00:60", "2024-01-05Z", "2024-01-05T10:00:00Z", "2024-01-05 10:00:00+08:00", "0000-01-01", "10000-01-01", "2024-01-05 ", "无", "45000",
             "２０２４-01-05", "2024-01-05  10:00:00", "2024/1/5 10", "2024-01-05 10:00:00.", "20240105103", "2024-01/05", "2024/1-5", "-2024-01-05",
             "2024-01-05 1:2:3", "2024年1月5日"]
BAD_MONTHS = ["202413", "202400", "2024-01", "20241", "2024011", "000012", "二零二四", "２０２４０１", "2024 1", "+20241"]
BAD_AMOUNTS = ["1,000", "380.000", "380.", ".5", "1e3", "￥380", "380元", "--1", "+", "-", "12345678901234567", "３８０", "3 80", "NaN", "0x10"]
BAD_YEARS = ["24", "02024", "2024.0", "２０２４", "20 24", "year", "-2024"]
BAD_CODES = ["0x", "7", "11", "01", "１", "正常", "-1", "1.0"]
BAD_AREAS = ["34032", "3403221", "34032210", "3403221000001", "34032A", "３４０３２２", "五河县", "340322 101", "total", "340322.0", "-34032"]
BAD_LABELS = ["脱贫户", "特困", "destitute", "特困 人员", "特困人员;低保对象", "01"]


class Dirt:
    def __init__(self, people):
        self.people, self.pen = people, people.pen
        self.r, self.chance = people.r, people.chance
        self.today, self.contested = people.today, people.contested
        self.spare = 0

    def add(self, source):
        rows, r = self.people.rows[source], self.r
        good = list(rows)
        if source == "target":
            if self.chance(0.5):
                rows.insert(r.randint(0, len(rows)), dict(admdvs=r.choice(["34032210", "total"]), name="坏镇", registered="1", target="1"))
            return
        for _ in range(int(len(good) * (0.06 if source == "settlement" else 0.09))):
            bad = self.dirty(source, self.model(good))
            if bad is not None:
                rows.insert(r.randint(0, len(rows)), bad)
        for _ in range(int(len(good) * 0.05)):  # repeated as written
            rows.insert(r.randint(0, len(rows)), dict(self.model(good)))
        if source in ("identity", "payment"):
            for _ in range(int(len(good) * 0.02)):
                rows.insert(r.randint(0, len(rows)), self.nearly_repeated(source, r.choice(good)))

    def model(self, good):
        row = self.r.choice(good)
        row["_plain"] = not self.contested  # as written means: without white space that only one of the two has
        return row

    def nearly_repeated(self, source, row):
        row = dict(row, psn_name="" if row["psn_name"] else "某人")
        if source == "payment":
            row.update(order_no=row["order_no"] + "B", psn_name="")
        return row

    def dirty(self, source, row):
        """A faulty copy of a row; None where the column drawn cannot be faulty."""
        r, row, columns = self.r, dict(row), DECLARED[source]
        column, kind, required = r.choice(columns)
        if not self.spoil(row, column, kind) and not required:
            return None
        if required and self.chance(0.3):
            row[column] = r.choice(["", "", " ", "\u3000"])
        if self.chance(0.1):  # a second fault further on or before
            other, _, needed = r.choice(columns)
            if needed:
                row[other] = ""
        if source == "enrollment" and row["psn_no"].strip():  # where it happens to be good, no tie that only the order breaks
            self.spare += 1
            row["psn_no"] = f"Q{self.spare:07}"
        if source == "settlement":
            self.dirty_settlement(row)
        return row

    def dirty_settlement(self, row):
        """Some lie after the logical date, where no fault counts; for some a refund names the faulty row."""
        if row["setl_time"] and self.chance(0.25):
            row["setl_time"] = self.pen.time(self.pen.moment(self.today + self.r.choice([1, 1, 40]) * ONE))
        if row["setl_id"].strip() and self.chance(0.3):
            self.spare += 1
            row["setl_id"] = f"X{self.spare:07}"
            if self.chance(0.5):
                refund = dict(self.r.choice(self.people.rows["settlement"]), setl_id=f"Y{self.spare:07}", refd_setl_flag="1", init_setl_id=row["setl_id"])
                self.people.rows["settlement"].append(refund)

    def spoil(self, row, column, kind):
        """Writes a bad value into the column; False where every text is good."""
        r, what, after = self.r, kind.split()[0], "after" in kind
        if what in ("date", "time"):
            row[column] = r.choice(BAD_TIMES)
            if after:
                row["begntime"], row[column] = "2024-03-02", r.choice(["2024-03-01 23:59:59", "2024/3/1"])
        elif what == "month":
            row[column] = r.choice(BAD_MONTHS)
            if after and self.chance(0.4):
                row["accrym_begn"], row["accrym_end"] = "202403", "202402"
        elif what in ("amount", "count"):
            row[column] = r.choice(BAD_AMOUNTS)
        elif what == "code":
            row[column] = "2" if column in ("clct_flag", "refd_setl_flag") and self.chance(0.3) else r.choice([c for c in BAD_CODES if c not in kind.split()])
        elif what in ("year", "area", "label"):
            row[column] = r.choice({"year": BAD_YEARS, "area": BAD_AREAS, "label": BAD_LABELS}[what])
        elif what == "certno":
            row["psn_cert_type"], row[column] = self.bad_number()
        else:
            return False
        return True

    def bad_number(self):
        """(type, number)"""
        r = self.r
        good = self.pen.number(DAY(1980, 1, 1))
        wrong = good[:17] + ("0" if good[17] != "0" else "1")
        if self.chance(0.15):
            return "09", r.choice([wrong, good[:17] + ("X" if good[17] != "X" else "1")]) + "42"
        late = self.pen.number(self.today + r.choice([1, 30, 400]) * ONE)
        return r.choice(["", "01"]), r.choice([
            wrong, late, late, good[:9] + "\u200b" + good[9:], good + "\u200b", "\ufeff" + good, good[:6] + " " + good[6:], good[:17], good + "1",
            "1" * 15, "0" * 15, "1" * 18, "340399801301123", "340399990229123", bad_day("20230229"), bad_day("17991231"), bad_day("19801301"), good[:17] + "Y",
            "Ｘ" * 18, "null", good + "4X", good[:18] + "421", wrong + "42", good[:5] + "O" + good[6:]])


def bad_day(day):
    body = f"340399{day}001"
    return body + check_character(body)
