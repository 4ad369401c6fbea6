"""Hand-written mini cases for the oracle itself: `python3 -m unittest discover tests/oracle`."""

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import audit  # noqa: E402
import fuzz  # noqa: E402
from text import Unreadable  # noqa: E402
import values  # noqa: E402

DAY = datetime.date
HOUSEHOLD = "certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas"
ENROLLMENT = "psn_no,certno,insutype,insu_admdvs,psn_insu_stas,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt,psn_insu_date"


def number(born, serial=1):
    body = f"340399{born:%Y%m%d}{serial:03}"
    return body + values.check_character(body)


ADULT = number(DAY(1980, 5, 6))


class County:
    """Extracts written as text, audited on the spot."""

    def __init__(self, **texts):
        self.texts = {"household": f"{HOUSEHOLD}\n{ADULT},王一,1980-05-06,340322101,1,1\n", "enrollment": f"{ENROLLMENT}\n{self.other()}\n"}
        self.texts.update(texts)

    @staticmethod
    def other():
        return f"P0,{number(DAY(1970, 1, 1), 9)},390,340399,1,202401,202412,1,,380,"

    def on(self, *day):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in self.texts.items():
                with open(os.path.join(folder, name + ".csv"), "wb") as f:
                    f.write(text if isinstance(text, bytes) else text.encode())
            return audit.audit(folder, DAY(*day))


def enrolled(*rows, who=ADULT, birth=None):
    """A county in which `who` has these records: (psn_no, scheme, area, begin, end, paid, amount, joined)."""
    lines = [f"{no},{who},{scheme},{area},1,{begin},{end},1,{paid},{amount},{joined}" for no, scheme, area, begin, end, paid, amount, joined in rows]
    return {"enrollment": ENROLLMENT + "\n" + "\n".join(lines) + "\n"}


def record(no, scheme="390", area="340322", begin="202401", end="202412", paid="2023-10-01", amount="380", joined=""):
    return no, scheme, area, begin, end, paid, amount, joined


def actions(result):
    return {r["psn_no"]: (r["action"], r["reason"]) for r in result.datasets["duplicate_enrollment"]}


class Values(unittest.TestCase):
    def test_check_character(self):
        # the worked example of GB 11643-1999
        self.assertEqual(values.check_character("11010519491231002"), "X")

    def test_numbers(self):
        today = DAY(2024, 3, 31)

        def seen(text, kind=""):
            return values.parse_certificate(text, kind, today)
        good = number(DAY(1980, 5, 6), 7)
        self.assertEqual(seen(good), (("01", good), None))
        self.assertEqual(seen(good[:6] + good[8:17]), (("01", good), None))
        self.assertEqual(seen(good + "42"), (("01", good), None))
        self.assertEqual(seen(good + "42", "09"), (("01", good), None))
        self.assertEqual(seen(good, "09"), (("09", good), None))
        self.assertEqual(seen("".join(chr(ord(c) + 0xFEE0) for c in good)), (("01", good), None))
        for bad in ("1" * 15, good[:9] + "\u200b" + good[9:], good[:17], "340399990229123"):
            self.assertEqual(seen(bad), (None, "bad_certno"))
        self.assertEqual(seen(number(DAY(2024, 4, 1))), (None, "not_born_yet"))
        self.assertEqual(seen(number(DAY(1799, 12, 31))), (None, "bad_certno"))
        self.assertEqual(seen(number(DAY(1800, 1, 1)))[1], None)
        self.assertEqual(seen("Ｃ１", "02"), (("02", "Ｃ１"), None))

    def test_dates(self):
        for text in ("2024-01-05", "20240105", "2024/1/5", "2024/01/05", "2024-01-05 23:59:59.9", "2024/1/5T8:05", "20240105083000", "20240105 08:30:00"):
            self.assertEqual(values.parse_time(text).date(), DAY(2024, 1, 5), text)
        for text in ("2024-1-5", "2023-02-29", "0000-01-01", "2024-01-05 24:00:00", "2024-01-05T10:00:00Z", "202401051", "2024-01-05 ", "２０２４-01-05", "2024/1-5"):
            self.assertIsNone(values.parse_time(text), text)

    def test_amounts_and_months(self):
        for text, cents in (("380", 38000), ("-0.5", -50), ("+380.05", 38005), ("9999999999999999.99", 999999999999999999)):
            self.assertEqual(values.parse_amount(text), cents)
        for text in ("380.", ".5", "1,000", "380.005", "", "12345678901234567", "３８０"):
            self.assertIsNone(values.parse_amount(text))
        self.assertEqual(values.show_month(values.parse_month("202412")), "202412")
        for text in ("202413", "202400", "2024-1", "000001"):
            self.assertIsNone(values.parse_month(text))


class Text(unittest.TestCase):
    def rejects(self, text, day=(2024, 3, 31)):
        result = County(household=text).on(*day)
        return [(r["line"], r["column"], r["reason"]) for r in result.datasets["rejects"] if r["source"] == "household"], result

    def test_lines_and_faults(self):
        text = (f'{HOUSEHOLD}\n{ADULT},"王\n一",1980-05-06,340322101,1,1\n\n{ADULT},王一,1980-05-06,340322101,1\n'
                f"{ADULT[:17]}?,,x,1,1,1\r\n{ADULT},,x,1,1,1\n{ADULT},a,19800506,34032210,7,8\n{ADULT},a,19800506,340322101,1,\n"
                f'{number(DAY(2024, 4, 1))},a,,,,\n{ADULT},a"b,1980/5/6,340322101,1,1\n{ADULT},"never\nclosed\n')
        found, result = self.rejects(text)
        self.assertEqual(found, [(5, None, "bad_row"), (6, "certno", "bad_certno"), (7, "psn_name", "missing_value"), (8, "resd_admdvs", "bad_code"),
                                 (9, "surv_stas", "missing_value"), (10, "certno", "not_born_yet"), (12, None, "bad_row"), (2, None, "superseded")])
        self.assertEqual(result.datasets["person"][0]["psn_name"], 'a"b')
        self.assertEqual(result.counts["household", "household.csv"], [9, 1, 8])

    def test_encodings(self):
        header = "证件号码|姓名|出生日期|居住地区划|登记类型|生存状态\n"
        body = f"{ADULT}|陈東|1980-05-06|340322101|1|1\n"
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            found, result = self.rejects((header + body).encode(encoding))
            self.assertEqual((found, result.datasets["person"][0]["psn_name"]), ([], "陈東"))
        # one line that does not decode is a bad row, the file stays UTF-8
        found, result = self.rejects((header + body).encode() + body.encode("gb18030"))
        self.assertEqual(found, [(3, None, "bad_row")])

    def test_files_that_stop_the_run(self):
        for text in (b"", (HOUSEHOLD + "\n").encode(), HOUSEHOLD.replace("brdy", "x").encode() + b"\n1,2,3,4,5,6\n",
                     (HOUSEHOLD + ",姓名\n1,2,3,4,5,6,7\n").encode(), (HOUSEHOLD + "\n").encode("utf-16")):
            with self.assertRaises(Unreadable):
                County(household=text).on(2024, 3, 31)

    def test_updates(self):
        text = f"{HOUSEHOLD},updt_time\n" + "".join(
            f"{ADULT},{name},1980-05-06,340322101,1,1,{updated}\n" for name, updated in (("a", "2023-01-02"), ("b", "2023-01-01"), ("c", ""), ("d", "20230102")))
        found, result = self.rejects(text)
        self.assertEqual([line for line, _, _ in found], [2, 3, 4])
        self.assertEqual(result.datasets["person"][0]["psn_name"], "d")


class Benefit(unittest.TestCase):
    def basis(self, born, paid, day, identity=None):
        who = number(born)
        texts = dict(enrolled(record("P1", paid=paid), who=who), household=f"{HOUSEHOLD}\n{who},小,{born},340322101,1,1\n")
        if identity:
            texts["identity"] = "certno,psn_idet_type,begntime,endtime\n" + "".join(f"{who},{label},{a},{b}\n" for label, a, b in identity)
        row = County(**texts).on(*day).datasets["benefit_period"][0]
        return row["basis"], row["waiting_months"], str(row["benefit_begn"]), str(row["benefit_end"])

    def test_newborns(self):
        day, end = (2024, 12, 31), "2024-12-31"
        self.assertEqual(self.basis(DAY(2024, 2, 1), "2024-05-01", day), ("newborn_from_birth", 0, "2024-02-01", end))  # 90 days
        self.assertEqual(self.basis(DAY(2024, 2, 1), "2024-05-02", day), ("newborn_after_payment", 0, "2024-05-03", end))  # 91 days
        self.assertEqual(self.basis(DAY(2023, 10, 3), "2024-01-01", day), ("newborn_from_birth", 0, "2024-01-01", end))
        self.assertEqual(self.basis(DAY(2023, 8, 31), "2023-11-01", day), ("concentrated", 0, "2024-01-01", end))
        self.assertEqual(self.basis(DAY(2023, 3, 1), "2024-03-01", day), ("newborn_after_payment", 0, "2024-03-02", end))
        self.assertEqual(self.basis(DAY(2023, 3, 1), "2024-03-02", day), ("waiting", 6, "2024-09-01", end))
        self.assertEqual(self.basis(DAY(2023, 12, 31), "2024-12-31", day), ("newborn_after_payment", 0, "None", "None"))
        self.assertEqual(self.basis(DAY(2024, 2, 29), "", day), ("concentrated", 0, "2024-01-01", end))

    def test_late_payers(self):
        born, day, end = DAY(1980, 1, 1), (2024, 12, 31), "2024-12-31"
        self.assertEqual(self.basis(born, "2023-12-31 23:59:59", day), ("concentrated", 0, "2024-01-01", end))
        self.assertEqual(self.basis(born, "2024-06-30", day), ("waiting", 6, "2024-12-01", end))
        self.assertEqual(self.basis(born, "2024-07-01", day), ("waiting", 6, "None", "None"))
        migrant = [("外出务工人员", "2024-02-29", "2024-02-29")]
        self.assertEqual(self.basis(born, "2024-02-29", day, migrant), ("migrant_extension", 0, "2024-01-01", end))
        self.assertEqual(self.basis(born, "2024-02-28", day, migrant)[0], "waiting")
        self.assertEqual(self.basis(born, "2024-03-01", day, [("外出务工人员", "2020-01-01", "")])[0], "waiting")
        self.assertEqual(self.basis(born, "2024-03-05", day, [("退役军人", "2024-01-01", "")]), ("special_group", 0, "2024-03-06", end))
        self.assertEqual(self.basis(born, "2024-03-05", day, [("退役军人", "2023-12-31", "")])[0], "waiting")
        self.assertEqual(self.basis(born, "2024-12-31", day, [("低保边缘家庭成员", "2024-12-31", "")]), ("special_group", 0, "None", "None"))


class Duplicates(unittest.TestCase):
    def group(self, *rows, day=(2024, 3, 31), **texts):
        return County(**dict(enrolled(*rows), **texts)).on(*day)

    def test_first_payment(self):
        result = self.group(record("B"), record("A"), record("C", begin="202406", paid=""))
        self.assertEqual(actions(result), {"A": ("keep", "first_payment"), "B": ("pause", "first_payment"), "C": ("pause", "first_payment")})
        # B shares no month with the kept A and is judged again, alone with C
        result = self.group(record("A", end="202403", paid="2023-09-01"), record("X", begin="202403", end="202406", paid="2023-09-02"),
                            record("B", begin="202406", end="202412", paid="2023-09-03"), record("C", begin="202407", paid="2023-09-04"))
        self.assertEqual([actions(result)[n][0] for n in "AXBC"], ["keep", "pause", "keep", "pause"])
        first = result.datasets["duplicate_enrollment"][0]
        self.assertEqual((first["kind"], first["overlap_begn"], first["overlap_end"]), ("double_payment", "202403", "202403"))

    def test_places(self):
        school = {"student": f"certno,school_admdvs,begntime\n{ADULT},340101,2023-09-01\n"}
        rows = record("H"), record("S", area="340100", paid="2023-12-01")
        self.assertEqual(actions(self.group(*rows, **school)), {"H": ("pause", "school_place"), "S": ("keep", "school_place")})
        self.assertEqual(actions(self.group(*rows)), {"H": ("keep", "residence_place"), "S": ("pause", "residence_place")})
        self.assertEqual(actions(self.group(record("A", area="310101"), record("B", area="320100"))),
                         {"A": ("confirm", "place_unknown"), "B": ("confirm", "place_unknown")})
        # pool and county both fit: the area paid first
        self.assertEqual(actions(self.group(record("A"), record("B", area="340300", paid="2023-09-30"), record("C", area="340300", paid="2023-12-01"))),
                         {"A": ("pause", "residence_place"), "B": ("keep", "first_payment"), "C": ("pause", "first_payment")})

    def test_employees(self):
        rows = (record("E", "310", "310100", "202304", "202403", "", "0", "2023-04-01"), record("R"))
        self.assertEqual(actions(self.group(*rows)), {"E": ("keep", "employee_12_months"), "R": ("pause", "employee_12_months")})
        self.assertEqual(actions(self.group(*rows, day=(2024, 4, 1))), {"E": ("keep", "employee_12_months"), "R": ("pause", "employee_12_months")})
        short = (record("E", "310", "310100", "202305", "202403", "", "0", ""), record("R"))
        self.assertEqual(actions(self.group(*short)), {"E": ("confirm", "flexible_employment"), "R": ("confirm", "flexible_employment")})
        two = (record("E", "310", "310100", "202401", "202403", joined="2024-01-01"), record("F", "310", "320100", "202403", "202412", joined="2023-01-01"),
               record("G", "310", "320100", "202409", "202412"))
        self.assertEqual(actions(self.group(*two)), {"E": ("keep", "latest_employment"), "F": ("pause", "latest_employment"), "G": ("keep", "latest_employment")})

    def test_death_and_refund(self):
        dead = {"household": f"{HOUSEHOLD}\n{ADULT},王一,1980-05-06,340322101,1,2\n"}
        row, = self.group(record("A", paid=""), day=(2023, 12, 31), **dead).datasets["duplicate_enrollment"]
        self.assertEqual((row["kind"], row["action"], row["refund_amt"], row["overlap_begn"]), ("deceased", "pause", 38000, None))
        self.assertEqual(self.group(record("A", paid=""), **dead).datasets["duplicate_enrollment"], [])
        rows = record("A", paid="2023-10-01"), record("B", paid="2023-10-02", amount="60")
        self.assertEqual([r["refund_amt"] for r in self.group(*rows, day=(2023, 12, 31)).datasets["duplicate_enrollment"]], [0, 6000])
        self.assertEqual([r["refund_amt"] for r in self.group(*rows, day=(2024, 1, 1)).datasets["duplicate_enrollment"]], [0, 0])

    def test_employee_months_before_the_year(self):
        for last, covered in (("202311", ["310@340322"]), ("202310", [])):
            result = self.group(record("E", "310", "340322", "202301", last), day=(2023, 12, 31))
            self.assertEqual(result.datasets["person"][0]["covered_by"], covered)
            self.assertTrue(result.datasets["person"][0]["prior_enrolled"])


class Tables(unittest.TestCase):
    def test_subsidy_and_missed(self):
        identity = ("certno,psn_idet_type,begntime,endtime\n" + "".join(
            f"{ADULT},{label},{a},{b}\n" for label, a, b in (("重度残疾人", "2020-01-01", ""), ("低保对象", "2020-01-01", "2024-03-31"),
                                                             ("农村两女户", "2024-04-01", ""), ("外出务工人员", "2020-01-01", ""))))
        result = County(identity=identity).on(2024, 3, 31)
        row, = result.datasets["subsidy"]
        self.assertEqual((row["category"], row["categories"], row["subsidy_amt"], row["personal_amt"], row["payer"], row["paid_amt"]),
                         ("low_income", "low_income;severe_disability;migrant_worker", 32000, 6000, "medical_assistance_fund", None))
        row, = result.datasets["missed_enrollment"]
        self.assertEqual((row["kind"], row["ledger_difficulty"], row["ledger_migrant"], row["ledger_lapsed"]), ("never", True, True, False))
        self.assertNotIn("reconciliation", result.datasets)

    def test_progress(self):
        target = "admdvs,name,registered,target\n340322102,乙,1,3\n340322101,甲,1,3\n340322103,丙,1,0\nTOTAL,合计,9,5\n"
        result = County(**enrolled(record("A", paid="2024-03-31 08:00:00")), target=target).on(2024, 3, 31)
        self.assertEqual([(r["admdvs"], r["completion_pct"], r["rank"]) for r in result.datasets["progress"]],
                         [("340322101", 3333, 1), ("340322102", 0, 2), ("340322103", None, None), ("TOTAL", 1667, None)])
        total = result.datasets["progress"][-1]
        self.assertEqual((total["stated_total_diff"], total["paid_today"], total["name"], total["registered"]), (-1, 1, "合计", 3))

    def test_reconciliation(self):
        def status(*payments, amount="380"):
            lines = [f"T{n},{ADULT},2024,2023-10-01,{paid},{state}" for n, (paid, state) in enumerate(payments)] + [f"Z,{number(DAY(1960, 1, 1))},2023,20231001,1,1"]
            texts = enrolled(record("A", amount=amount)) if amount else {}
            rows = County(**texts, payment="order_no,certno,clct_year,pay_time,pay_amt,pay_stas\n" + "\n".join(lines) + "\n").on(2024, 3, 31)
            return [r["status"] for r in rows.datasets["reconciliation"]]
        self.assertEqual(status((380, 1)), ["matched"])
        self.assertEqual(status((380, 2)), ["registered_unpaid"])
        self.assertEqual(status((380, 1), (380, 1)), ["paid_twice"])
        self.assertEqual(status((379, 1)), ["amount_mismatch"])
        self.assertEqual(status((380, 1), amount=None), ["paid_unregistered"])
        self.assertEqual(status((380, 2), amount=None), [])

    def test_repeats(self):
        row = f"P1,{ADULT},390,340322,1,202401,202412,1,2023-10-01,380,"
        again = row.replace("2023-10-01", "20231001")
        result = County(enrollment=f"{ENROLLMENT}\n{row}\n{again}\n{row}\n").on(2024, 3, 31)
        self.assertEqual([(r["line"], r["reason"]) for r in result.datasets["rejects"]], [(4, "superseded")])
        self.assertEqual(len(result.datasets["benefit_period"]), 2)


class Fuzz(unittest.TestCase):
    def test_counties_add_up_and_stay_below_the_gate(self):
        for seed in range(3):
            with tempfile.TemporaryDirectory() as folder:
                today = fuzz.make(os.path.join(folder, "a"), seed, 120)
                result = audit.audit(os.path.join(folder, "a"), today)
                self.assertLess(max(result.gates.values()), 0.2)

    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, salt in (("a", "1"), ("b", "2")):
                subprocess.run([sys.executable, fuzz.__file__, os.path.join(folder, name), "--seed", "5", "--persons", "60"], check=True,
                               env=dict(os.environ, PYTHONHASHSEED=salt), stdout=subprocess.DEVNULL)
            found = []
            for name in ("a", "b"):
                top = pathlib.Path(folder, name)
                found.append({str(f.relative_to(top)): f.read_bytes() for f in top.rglob("*") if f.is_file()})
            self.assertEqual(found[0], found[1])


if __name__ == "__main__":
    unittest.main()
