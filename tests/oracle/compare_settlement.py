#!/usr/bin/env python3
"""Compares a canbao snapshot of settlement-statistics with the independent count of settlement.py.

    python3 tests/oracle/compare_settlement.py DATA SNAPSHOT_DIR --date 2023-09-30 [--region 340322] [--show 5]

Needs pyarrow. Each dataset: columns, types, then the rows in their order; the report's
counts are compared by soak_settlement.py, which runs the program. Exit 1 when anything differs.
"""

import argparse
import datetime
import decimal
import json
import os
import sys

import pyarrow.parquet as pq

from compare import Findings, compression_faults, masked
from settlement import CARES, COLUMNS, MEASURES, SCOPES, statistics
from text import Unreadable
from values import WHITE

COUNTS = ("person_times", "persons", "person_times_prev", "line")
MONEY = ("medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt", "fund_pay_prev", "old_value", "new_value")
INSURED = ("310", "390", "all")
SPANS = ("month", "ytd")
DATASETS = ("settlement_statistics", "chronic_statistics")


def expected_type(column):
    if column in COUNTS:
        return "int64"
    return "decimal128(18, 2)" if column in MONEY else "decimal128(9, 2)" if column.endswith("_pct") else "string"


def order(dataset, row):
    """By what the rows of a dataset are ordered."""
    if dataset == "rejects":
        return row["file"].encode(), row["line"]
    code = row.get("dise_codg")
    key = (row["period"], SPANS.index(row["span"]), SCOPES.index(row["scope"]), CARES.index(row.get("care", "chronic")), INSURED.index(row["insutype"]),
           code is None, code or "")
    if dataset == "settlement_revisions":
        return (DATASETS.index(row["dataset"]), *key, MEASURES.index(row["measure"]))
    return key


def plain(dataset, column, value):
    if isinstance(value, decimal.Decimal):
        return int(value.scaleb(2).to_integral_exact())
    if dataset == "rejects" and column == "value":
        return "" if value is None else value.strip(WHITE)
    return value


def compare_dataset(f, dataset, ours, path):
    table = pq.ParquetFile(path).read()
    columns = COLUMNS[dataset]
    if tuple(table.schema.names) != columns:
        f.say(f"{dataset}: columns {table.schema.names}, expected {columns}")
        return
    for field in table.schema:
        if str(field.type) != expected_type(field.name):
            f.say(f"{dataset}: {field.name} is {field.type}, expected {expected_type(field.name)}")
        if not field.metadata or not field.metadata.get(b"title") or not field.metadata.get(b"meaning"):
            f.say(f"{dataset}: {field.name} has no title or meaning")
    for fault in compression_faults(path):
        f.say(f"{dataset}: {fault}")
    ours = [tuple(plain(dataset, c, r[c]) for c in columns) for r in sorted(ours, key=lambda r: order(dataset, r))]
    theirs = [tuple(plain(dataset, c, r[c]) for c in columns) for r in table.to_pylist()]
    if ours == theirs:
        return
    if sorted(map(str, ours)) == sorted(map(str, theirs)):
        f.say(f"{dataset}: the rows stand in another order")
        return
    for row in [r for r in ours if r not in theirs][:f.show]:
        f.say(f"  {dataset}: canbao lacks {shown(columns, row)}")
    for row in [r for r in theirs if r not in ours][:f.show]:
        f.say(f"  {dataset}: canbao alone {shown(columns, row)}")
    f.say(f"{dataset}: {len(ours)} rows expected, {len(theirs)} found")


def shown(columns, row):
    return " ".join(f"{c}={masked(c, v)}" for c, v in zip(columns, row))


def compare_manifest(f, result, snapshot, today, region):
    with open(os.path.join(snapshot, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    for name, value in (("logical_date", str(today)), ("region", region), ("benefit_year", None)):
        if manifest[name] != value:
            f.say(f"manifest: {name} is {manifest[name]!r}, expected {value!r}")
    theirs = {(i["source"], i["file"]): [i["rows_read"], i["rows_used"], i["rows_rejected"]] for i in manifest["inputs"]}
    if theirs != result.counts:
        f.say(f"manifest: read, used, rejected {theirs}, expected {result.counts}")
    if {d["name"] for d in manifest["datasets"]} != set(COLUMNS):
        f.say(f"manifest: datasets {[d['name'] for d in manifest['datasets']]}, expected {list(COLUMNS)}")


def compare(result, snapshot, today, region, show=5):
    """Number of findings."""
    f = Findings(show)
    for dataset, rows in result.datasets.items():
        compare_dataset(f, dataset, rows, os.path.join(snapshot, dataset + ".parquet"))
    compare_manifest(f, result, snapshot, today, region)
    sizes = ", ".join(f"{n} {len(r)}" for n, r in result.datasets.items())
    print(f"{'DIFFERS' if f.count else 'equal'}: {sizes}")
    return f.count


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("data")
    a.add_argument("snapshot")
    a.add_argument("--date", required=True, type=datetime.date.fromisoformat)
    a.add_argument("--region", default="340322")
    a.add_argument("--show", type=int, default=5)
    o = a.parse_args()
    try:
        return 1 if compare(statistics(o.data, o.date, o.region), o.snapshot, o.date, o.region, o.show) else 0
    except Unreadable as e:
        print(f"the oracle cannot read the data: {e}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
