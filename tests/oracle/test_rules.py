"""五河: benefit periods, duplicates and tables, case by case."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tiny import ADULT, DAY, ENROLLMENT, HOUSEHOLD, County, actions, enrolled, number, record  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
