"""compare.py against snapshots made from the oracle's own results, whole and spoiled. Skipped without pyarrow."""

import contextlib
import decimal
import hashlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    raise unittest.SkipTest("no pyarrow")

import audit  # noqa: E402
import compare  # noqa: E402
import fuzz  # noqa: E402
import tables  # noqa: E402
from policies import REGIONS  # noqa: E402


def arrow_type(dataset, name):
    if name in tables.MONEY:
        return pa.decimal128(18, 2)
    if name in tables.PERCENT:
        return pa.decimal128(9, 2)
    if name in compare.DATES:
        return pa.date32()
    if name in compare.TIMES:
        return pa.timestamp("us")
    if name in compare.INTEGERS and not (dataset == "person" and name == "eligible"):
        return pa.int64()
    if name in compare.BOOLS:
        return pa.bool_()
    return pa.list_(pa.string()) if name == "covered_by" else pa.string()


def write(folder, result, today, spoil):
    entries = []
    for dataset, rows in result.datasets.items():
        fields = [pa.field(c, arrow_type(dataset, c), metadata={"name": "某"}) for c in tables.COLUMNS[dataset]]
        rows = [dict(r) for r in rows]
        spoil(dataset, rows, fields)
        columns = []
        for field in fields:
            values = [r[field.name] for r in rows]
            if pa.types.is_decimal(field.type):
                values = [None if v is None else decimal.Decimal(v).scaleb(-2) for v in values]
            columns.append(pa.array(values, field.type))
        path = os.path.join(folder, dataset + ".parquet")
        pq.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path, compression="zstd")
        with open(path, "rb") as f:
            entries.append(dict(name=dataset, rows=len(rows), columns=len(fields), sha256=hashlib.sha256(f.read()).hexdigest()))
    inputs = [dict(source=s, file=f, rows_read=c[0], rows_used=c[1], rows_rejected=c[2]) for (s, f), c in result.counts.items()]
    with open(os.path.join(folder, "manifest.json"), "w") as f:
        json.dump(dict(logical_date=str(today), region=result.policy.region, benefit_year=result.policy.year, inputs=inputs, datasets=entries), f)


def report_of(result):
    """As `run --json` prints it; settlement stands last, with the rows of a later day."""
    sums = {}
    for (source, _), counts in result.counts.items():
        sums[source] = [a + b for a, b in zip(sums.get(source, [0, 0, 0]), counts)]
    sources = [dict(source=s, rows_read=c[0], rows_used=c[1], rows_rejected=c[2], not_yet=result.not_yet.get(s, 0)) for s, c in sums.items()]
    return {"sources": sorted(sources, key=lambda s: s["source"] == "settlement")}


class Compare(unittest.TestCase):
    def findings(self, spoil, region="331100", spoil_report=lambda report: None):
        with tempfile.TemporaryDirectory() as folder:
            data, snapshot = os.path.join(folder, "data"), os.path.join(folder, "snapshot")
            today = fuzz.make(data, 11, 100, region=region)
            os.makedirs(snapshot)
            result = audit.audit(data, today, region)
            write(snapshot, result, today, spoil)
            report = report_of(result)
            spoil_report(report)
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                count = compare.compare(data, snapshot, today, region, report=report)
            return count, said.getvalue()

    def test_whole(self):
        for region in REGIONS:
            self.assertEqual(self.findings(lambda *a: None, region)[0], 0, region)

    def test_spoiled(self):
        def value(dataset, rows, fields):
            if dataset == "person":
                rows[3]["missed"] = not rows[3]["missed"]

        def lost(dataset, rows, fields):
            if dataset == "rejects":
                del rows[5]

        def twice(dataset, rows, fields):
            if dataset == "benefit_period":
                rows.append(rows[0])

        def order(dataset, rows, fields):
            if dataset == "progress":
                rows.reverse()

        def kind(dataset, rows, fields):
            if dataset == "reconciliation":
                fields[1] = pa.field("registered_amt", pa.decimal128(20, 2), metadata={"name": "某"})

        def verdict(dataset, rows, fields):
            if dataset == "mutual_aid_check":
                rows[0]["reason"] = "window2"

        def reward(dataset, rows, fields):
            if dataset == "incentive":
                rows[0]["uplift_total"] += 1

        for spoil, region in ((value, "331100"), (lost, "331100"), (twice, "331100"), (order, "331100"), (kind, "331100"), (verdict, "411600"),
                              (reward, "331100")):
            count, said = self.findings(spoil, region)
            self.assertGreater(count, 0, spoil.__name__)
            self.assertNotRegex(said, r"\d{18}")

    def test_report(self):
        def forget(report):
            report["sources"][-1].pop("not_yet")

        def miscount(report):
            report["sources"][0]["rows_used"] += 1

        for spoil in (forget, miscount):
            self.assertEqual(self.findings(lambda *a: None, spoil_report=spoil)[0], 1, spoil.__name__)


if __name__ == "__main__":
    unittest.main()
