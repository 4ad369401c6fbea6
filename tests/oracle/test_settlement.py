"""The settlement oracle's own cases, and that its fuzz reaches what they are about."""

import datetime
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fuzz_settlement  # noqa: E402
from settlement import TooLarge, care, family, percent, scope, statistics  # noqa: E402
from tiny import number  # noqa: E402

DAY = datetime.date
HEADER = "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,dise_codg,dise_name,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id"


def settled(setl_id, time, person=1, insutype="390", area="340322", med_type="21", code="", name="", yuan="10", refund="", original=""):
    who = number(DAY(1980, 5, 6), person)
    return f"{setl_id},{who},{insutype},340322,{area},{med_type},{code},{name},{time},{yuan},{yuan},{yuan},{refund},{original}"


def count(day, *rows):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "settlement.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return statistics(folder, day, "340322")


def cell(result, period, span, **keys):
    """The one row of settlement_statistics or chronic_statistics (with dise_codg) that fits; None where there is none."""
    dataset = "chronic_statistics" if "dise_codg" in keys else "settlement_statistics"
    keys = {"insutype": "all", "scope": "local", **keys}
    found = [r for r in result.datasets[dataset] if (r["period"], r["span"]) == (period, span) and all(r[k] == v for k, v in keys.items())]
    return found[0] if found else None


class Values(unittest.TestCase):
    def test_codes(self):
        self.assertEqual([scope("340322", area) for area in ("340302", "340101", "320322")], ["local", "in_province", "cross_province"])
        self.assertEqual([care(code) for code in ("28", "26", "13", "140104", "41", "4101")], ["inpatient", "other", "outpatient", "chronic", "pharmacy", "other"])
        self.assertEqual([family(code) for code in ("m03900", "m07800", "M078001", "M1", "")], ["M039", "M07800", "M078", "M1", None])

    def test_percentages(self):
        self.assertEqual([percent(1, 3), percent(2, 3), percent(-1, 800), percent(1, 0), percent(1, -1)], [3333, 6667, -13, None, None])
        self.assertEqual([percent(99999, 1), percent(100000, 1)], [999990000, None])


class Spans(unittest.TestCase):
    rows = [settled("S1", "2023-02-28"), settled("S2", "2024-02-29"), settled("S3", "2023-02-15"), settled("S4", "2024-02-15")]

    def test_whole_month(self):
        row = cell(count(DAY(2024, 2, 29), *self.rows), "2024-02", "month", care="inpatient")
        self.assertEqual((row["person_times"], row["persons"], row["person_times_prev"], row["person_times_growth_pct"]), (2, 1, 2, 0))

    def test_up_to_the_same_day(self):
        result = count(DAY(2024, 2, 15), *self.rows)
        row = cell(result, "2024-02", "ytd", care="inpatient")
        self.assertEqual((row["person_times"], row["person_times_prev"], result.not_yet), (1, 1, 1))
        self.assertIsNone(cell(result, "2024-01", "month", care="inpatient"))


class Refunds(unittest.TestCase):
    def test_persons_and_names(self):
        chronic = dict(med_type="14", code="M999")
        result = count(DAY(2023, 1, 31), settled("S1", "2023-01-01", name="甲", **chronic), settled("S2", "2023-01-02", person=2, name="乙", **chronic),
                       settled("R1", "2023-01-03", yuan="-10", refund="1", original="S1", name="丙", **chronic),
                       settled("R2", "2023-01-04", yuan="-10", refund="1", original="S9", name="丁", **chronic))
        row = cell(result, "2023-01", "month", dise_codg="M999")
        self.assertEqual((row["person_times"], row["persons"], row["fund_pay_sumamt"], row["dise_name"]), (1, 1, 1000, "丙"))
        self.assertEqual([(r["line"], r["reason"]) for r in result.datasets["rejects"]], [(5, "orphan_refund")])

    def test_too_large(self):
        large = [settled(f"S{n}", "2023-01-01", yuan="9999999999999999.99") for n in range(2)]
        with self.assertRaises(TooLarge):
            count(DAY(2023, 1, 31), *large)


class Fuzz(unittest.TestCase):
    def test_every_branch(self):
        seen, reasons, families, named = set(), set(), set(), set()
        for seed in range(1, 16):
            with tempfile.TemporaryDirectory() as folder:
                today = fuzz_settlement.make(os.path.join(folder, "a"), seed, 400, DAY(2024, 2, 28))
                result = statistics(os.path.join(folder, "a"), today, "340322")
            seen |= {(r["scope"], r["care"], r["insutype"]) for r in result.datasets["settlement_statistics"]}
            reasons |= {r["reason"] for r in result.datasets["rejects"]}
            families |= {r["dise_codg"] for r in result.datasets["chronic_statistics"]}
            named |= {r["dise_name"] for r in result.datasets["chronic_statistics"]}
            self.assertTrue(result.elsewhere and result.not_yet)
        self.assertEqual(len(seen), 3 * 5 * 3)
        self.assertLessEqual({"superseded", "orphan_refund", "bad_row", "bad_certno", "bad_date", "bad_number", "bad_code", "missing_value"}, reasons)
        self.assertLessEqual({"M039", "M078", "M07800", "M999", None}, families)
        self.assertLessEqual({"高血压", "慢性肾衰竭", "无编码"}, named)

    def test_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in "ab":
                fuzz_settlement.make(os.path.join(folder, name), 3, 100)
            a, b = (sorted((p.relative_to(root), p.read_bytes()) for p in root.rglob("*") if p.is_file()) for root in map(pathlib.Path(folder).joinpath, "ab"))
            self.assertEqual(a, b)


if __name__ == "__main__":
    unittest.main()
