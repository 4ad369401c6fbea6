"""Settlements as the audit reads them, and the rewards of 丽水."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tiny import ADULT, STRANGER, County, enrolled, record  # noqa: E402

SETTLEMENT = "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id\n"


def settled(no, day="2025-06-01", fund="100", refund="", original="", who=ADULT, scheme="390"):
    return f"{no},{who},{scheme},331102,331102,21,{day},300,200,{fund},{refund},{original}\n"


def used(*years):
    return "certno,year,used_amt\n" + "".join(f"{ADULT},{year},0\n" for year in years)


class Settlement(unittest.TestCase):
    def rejects(self, *lines, day=(2026, 3, 31)):
        result = County("331100", settlement=SETTLEMENT + "".join(lines)).on(*day)
        counts = result.counts["settlement", "settlement.csv"]
        return [(r["line"], r["column"], r["value"], r["reason"]) for r in result.datasets["rejects"]], counts

    def test_orphans(self):
        found, counts = self.rejects(
            settled("A"), settled("B", refund="1", original="A"), settled("C", refund="1"), settled("D", refund="1", original="D"),
            settled("E", refund="1", original="C"), settled("F", refund="1", original="B"), settled("G", refund="1", original="a"),
            settled("H", refund="0", original="nowhere"), settled("I", "2026-04-01"), settled("J", refund="1", original="I"))
        self.assertEqual(sorted(found), [(4, "init_setl_id", "", "orphan_refund"), (5, "init_setl_id", "D", "orphan_refund"),
                                         (6, "init_setl_id", "C", "orphan_refund"), (8, "init_setl_id", "a", "orphan_refund")])
        self.assertEqual(counts, [10, 6, 4])

    def test_the_original_must_be_used(self):
        found, _ = self.rejects(settled("A", scheme="39"), settled("B", refund="1", original="A"), settled("C"), settled("C"), settled("D", refund="1", original="C"))
        self.assertEqual(found, [(2, "insutype", "39", "bad_code"), (5, None, None, "superseded"), (3, "init_setl_id", "A", "orphan_refund")])

    def test_not_yet(self):
        late = settled("", "2026-04-01 00:00:00", "x", refund="7", who="1")
        found, counts = self.rejects(late, late, settled("A", "2026-03-31 23:59:59"), "1,2\n", settled("B", "x"), settled("C", "2026-03-31", refund="2"))
        self.assertEqual(found, [(5, None, None, "bad_row"), (6, "setl_time", "x", "bad_date"), (7, "refd_setl_flag", "2", "bad_code")])
        self.assertEqual(counts, [6, 3, 3])


class Incentive(unittest.TestCase):
    def row(self, first, cap=None, day=(2026, 3, 31), scheme="390", **texts):
        """The reward for 2026 of who has records from that year to 2025."""
        rows = [record(f"P{y}", scheme if y < 2026 else "390", "331121", f"{y}01", f"{y}12", "") for y in range(first, 2027)]
        row, = County("331100", cap, **dict(enrolled(*rows), **texts)).on(*day).datasets["incentive"]
        return tuple(row[c] for c in ("consecutive_years", "zero_claim_years", "uplift_consecutive", "uplift_zero_claim", "uplift_total", "capped"))

    def test_years_in_a_row(self):
        self.assertEqual(self.row(2026), (0, 0, 0, 0, 0, None))
        self.assertEqual(self.row(2022), (4, 1, 0, 500000, 500000, None))
        self.assertEqual(self.row(2021), (5, 1, 500000, 500000, 1000000, None))
        self.assertEqual(self.row(2010), (16, 1, 500000, 500000, 1000000, None))
        self.assertEqual(self.row(2010, scheme="310"), (0, 0, 0, 0, 0, None))

    def test_nothing_takes_effect_in_the_first_year(self):
        rows = [record(f"P{y}", area="331121", begin=f"{y}01", end=f"{y}12", paid="") for y in range(2010, 2026)]
        row, = County("331100", **enrolled(*rows)).on(2025, 3, 31).datasets["incentive"]
        self.assertEqual((row["consecutive_years"], row["zero_claim_years"], row["uplift_total"], row["capped"]), (15, 0, 0, None))

    def test_claims(self):
        def claimed(*lines):
            return self.row(2022, settlement=SETTLEMENT + settled("Z", who=STRANGER) + "".join(lines))[1]
        self.assertEqual(claimed(), 1)
        self.assertEqual(claimed(settled("A", fund="0.01")), 0)
        self.assertEqual(claimed(settled("A"), settled("B", "2025-12-31 23:59:59", "-100", "1", "A")), 1)
        self.assertEqual(claimed(settled("A"), settled("B", "2026-01-01", "-100", "1", "A")), 0)
        self.assertEqual(claimed(settled("A", scheme="310")), 0)
        self.assertEqual(claimed(settled("A", scheme="510")), 1)
        self.assertEqual(claimed(settled("A", "2024-12-31")), 1)

    def test_uses(self):
        for year, zero in ((2024, 1), (2025, 0), (2026, 0)):
            self.assertEqual(self.row(2022, incentive_use=used(2023, year, 2022))[1], zero)

    def test_the_cap(self):
        self.assertEqual(self.row(2010, 40000000)[4:], (1000000, False))
        self.assertEqual(self.row(2010, 5000000)[4:], (1000000, False))
        self.assertEqual(self.row(2010, 4999995)[4:], (999999, True))
        self.assertEqual(self.row(2026, 0)[4:], (0, False))

    def test_only_packs_that_have_it(self):
        self.assertNotIn("incentive", County("340322").on(2024, 3, 31).datasets)


if __name__ == "__main__":
    unittest.main()
