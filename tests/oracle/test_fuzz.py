"""The maker of counties: below the gate, the same bytes again, and every branch of every region within a few seeds."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fuzz  # noqa: E402
from audit import GATE, audit  # noqa: E402
from policies import POLICIES, REGIONS  # noqa: E402

EVERYWHERE = {"concentrated", "newborn_from_birth", "newborn_after_payment"}
BASES = {"141121": EVERYWHERE | {"special_group", "none"}, "340600": EVERYWHERE | {"migrant_extension", "none"},
         "340322": EVERYWHERE | {"migrant_extension", "special_group", "waiting"}, "331100": EVERYWHERE | {"special_group", "waiting"},
         "411600": EVERYWHERE | {"none"}}
AID = {None, "relation", "out_of_province", "payer_not_employee", "payee_is_employee", "year", "window"}


class Fuzz(unittest.TestCase):
    def test_every_branch_below_the_gate(self):
        for region in REGIONS:
            seen = defaultdict(set)
            for seed in range(8):
                with tempfile.TemporaryDirectory() as folder:
                    today = fuzz.make(os.path.join(folder, "a"), seed, 150, region=region)
                    result = audit(os.path.join(folder, "a"), today, region, 3500000)
                self.assertLess(max(result.gates.values()), GATE)
                self.note(seen, result)
            self.assertEqual(seen["basis"], BASES[region], region)
            self.assertEqual(seen["category"], {c for p in POLICIES if p.region == region for c in p.subsidy}, region)
            if region == "331100":
                self.assertLessEqual({3, 4, 5, 6}, seen["waiting_months"])
                self.assertEqual(seen["capped"], {True, False})
            if region == "411600":
                self.assertEqual(seen["aid"], AID)
            if region == "141121":
                self.assertEqual(seen["reaches_required"], {True, False, None})

    @staticmethod
    def note(seen, result):
        for column, dataset in (("basis", "benefit_period"), ("waiting_months", "benefit_period"), ("category", "subsidy"),
                                ("capped", "incentive"), ("reaches_required", "progress")):
            seen[column].update(row[column] for row in result.datasets.get(dataset, []))
        seen["aid"].update(row["reason"] for row in result.datasets.get("mutual_aid_check", []))

    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, salt in (("a", "1"), ("b", "2")):
                subprocess.run([sys.executable, fuzz.__file__, os.path.join(folder, name), "--seed", "5", "--persons", "60", "--region", "331100"],
                               check=True, env=dict(os.environ, PYTHONHASHSEED=salt), stdout=subprocess.DEVNULL)
            found = []
            for name in ("a", "b"):
                top = pathlib.Path(folder, name)
                found.append({str(f.relative_to(top)): f.read_bytes() for f in top.rglob("*") if f.is_file()})
            self.assertEqual(found[0], found[1])


if __name__ == "__main__":
    unittest.main()
