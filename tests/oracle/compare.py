#!/usr/bin/env python3
"""Compares a canbao snapshot of enrollment-audit with the independent audit of audit.py.

    python3 tests/oracle/compare.py DATA SNAPSHOT_DIR --date 2024-03-31 [--region 340322] [--year Y] [--set critical_illness_cap=400000] [--show 5]

Needs pyarrow. Each dataset: columns and their order, types, then the rows as a
multiset; the manifest's counts, rows, columns and hashes. Prints the first
differences with numbers masked; exit 1 when anything differs.
"""

import argparse
import datetime
import decimal
import hashlib
import json
import os
import re
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq

from audit import GATE, add_policy_options, audit
from tables import COLUMNS, MONEY, PERCENT
from text import Unreadable
from values import WHITE

DATES = ("brdy", "benefit_begn", "benefit_end")
TIMES = ("clct_time", "pay_time")
BOOLS = ("student", "eligible", "enrolled_here", "prior_enrolled", "duplicate", "missed", "ledger_difficulty", "ledger_newborn", "ledger_migrant",
         "ledger_student", "ledger_lapsed", "reaches_required", "capped", "valid")
INTEGERS = ("consecutive_years", "zero_claim_years", "clct_year", "waiting_months", "registered", "target", "eligible", "enrolled", "paid_today", "rank", "stated_total_diff", "line")
KEYS = {
    "person": ["certno"], "duplicate_enrollment": ["certno", "psn_no", "insutype", "insu_admdvs", "accrym_begn", "accrym_end", "clct_time"],
    "missed_enrollment": ["certno"], "subsidy": ["certno"], "benefit_period": ["certno", "psn_no", "clct_time"], "progress": ["admdvs"],
    "incentive": ["certno"], "reconciliation": ["certno"],
    "mutual_aid_check": ["payer_certno", "payee_certno", "pay_time", "relation", "payer_admdvs"], "rejects": ["source", "file", "line"],
}


class Findings:
    def __init__(self, show):
        self.show, self.count = show, 0

    def say(self, text):
        self.count += 1
        print(text)


def type_fault(dataset, name, kind):
    """What is wrong with a column's type, or None."""
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    text = str(kind)
    if name == "covered_by":
        good = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return None if good and "string" in str(kind.value_type) else text
    if name in MONEY:
        return None if text in ("decimal128(18, 2)", "decimal64(18, 2)") else text
    if name in PERCENT:
        return None if text in ("decimal128(9, 2)", "decimal32(9, 2)", "decimal64(9, 2)") else text
    if name in DATES:
        return None if text == "date32[day]" else text
    if name in TIMES:
        return None if pa.types.is_timestamp(kind) and kind.tz is None else text
    if name in BOOLS and not (dataset == "progress" and name == "eligible"):
        return None if text == "bool" else text
    if name in INTEGERS:
        return None if pa.types.is_integer(kind) else text
    return None if text in ("string", "large_string", "string_view") else text


def plain(name, value):
    """A value of either side in one form."""
    if value is None:
        return () if name == "covered_by" else None
    if isinstance(value, decimal.Decimal):
        return int(value.scaleb(2).to_integral_exact())
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, float):
        return f"float {value}"
    return value


def normal(dataset, name, value):
    value = plain(name, value)
    if dataset == "rejects" and name == "value":
        return "" if value is None else value.strip(WHITE)
    if name in ("accrym_begn", "accrym_end", "overlap_begn", "overlap_end") and value is not None:
        return str(value)
    return value


def masked(name, value):
    if value is None:
        return "null"
    if name == "psn_name" and value:
        return value[0] + "*" * (len(value) - 1)
    text = str(value)
    if name in ("certno", "psn_no", "value") and len(text) > 10:
        return text[:6] + "*" * (len(text) - 10) + text[-4:]
    return re.sub(r"[0-9０-９]{11,}", lambda m: m[0][:6] + "*" * (len(m[0]) - 10) + m[0][-4:], text)


def row_text(columns, row):
    return " ".join(f"{c}={masked(c, v)}" for c, v in zip(columns, row))


def compare_rows(f, dataset, columns, ours, theirs):
    ours = Counter(tuple(normal(dataset, c, r[c]) for c in columns) for r in ours)
    theirs = Counter(tuple(normal(dataset, c, r.get(c)) for c in columns) for r in theirs)
    lacking, extra = list((ours - theirs).elements()), list((theirs - ours).elements())
    if not lacking and not extra:
        return
    places = [columns.index(k) for k in KEYS[dataset] if k in columns]

    def key(row):
        return tuple(str(row[p]) for p in places)

    by_key = {}
    for row in extra:
        by_key.setdefault(key(row), []).append(row)
    differing, shown = Counter(), 0
    only_ours = only_theirs = 0
    for row in sorted(lacking, key=key):
        partner = by_key.get(key(row))
        if partner:
            other = min(partner, key=lambda o: sum(a != b for a, b in zip(row, o)))
            partner.remove(other)
            wrong = [(c, a, b) for c, a, b in zip(columns, row, other) if a != b]
            differing.update(c for c, _, _ in wrong)
            if shown < f.show:
                shown += 1
                f.say(f"  {dataset}: {' '.join(masked(columns[p], row[p]) for p in places)}: "
                      + "; ".join(f"{c}: oracle {masked(c, a)}, canbao {masked(c, b)}" for c, a, b in wrong))
        else:
            only_ours += 1
            if shown < f.show:
                shown += 1
                f.say(f"  {dataset}: canbao lacks {row_text(columns, row)}")
    for rows in by_key.values():
        for row in rows:
            only_theirs += 1
            if only_theirs <= f.show:
                f.say(f"  {dataset}: canbao alone {row_text(columns, row)}")
    f.say(f"{dataset}: {only_ours} rows lacking, {only_theirs} too many, {sum(differing.values())} values differ "
          f"({', '.join(f'{c} {n}' for c, n in differing.most_common())})")


def read_snapshot(path):
    table = pq.ParquetFile(path).read()
    return table.schema, table.to_pylist()


def compression_faults(path):
    meta, out = pq.ParquetFile(path).metadata, set()
    for g in range(meta.num_row_groups):
        for c in range(meta.num_columns):
            column = meta.row_group(g).column(c)
            if column.compression != "ZSTD":
                out.add(f"{column.path_in_schema} is {column.compression}")
    return sorted(out)


def compare_dataset(f, dataset, ours, path):
    if not os.path.exists(path):
        f.say(f"{dataset}: no file")
        return
    schema, theirs = read_snapshot(path)
    columns = COLUMNS[dataset]
    if schema.names != columns:
        f.say(f"{dataset}: columns {schema.names}, expected {columns}")
    for field in schema:
        fault = type_fault(dataset, field.name, field.type) if field.name in columns else None
        if fault:
            f.say(f"{dataset}: {field.name} is {fault}")
    for fault in compression_faults(path):
        f.say(f"{dataset}: {fault}")
    bare = [field.name for field in schema if not field.metadata or len([k for k in field.metadata if not k.startswith(b"PARQUET:")]) == 0]
    if bare:
        f.say(f"{dataset}: no field metadata on {', '.join(bare)}")
    if dataset == "progress" and theirs and theirs[-1].get("admdvs") != "TOTAL":
        f.say("progress: TOTAL is not the last row")
    compare_rows(f, dataset, [c for c in columns if c in schema.names], ours, theirs)


def compare_manifest(f, result, snapshot, today):
    path = os.path.join(snapshot, "manifest.json")
    if not os.path.exists(path):
        f.say("no manifest.json")
        return
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    for name, value in (("logical_date", str(today)), ("region", result.policy.region), ("benefit_year", result.policy.year)):
        if manifest.get(name) != value:
            f.say(f"manifest: {name} is {manifest.get(name)!r}, expected {value!r}")
    theirs = {(i["source"], i["file"]): [i["rows_read"], i["rows_used"], i["rows_rejected"]] for i in manifest["inputs"]}
    for key in sorted(set(theirs) | set(result.counts)):
        if theirs.get(key) != result.counts.get(key):
            f.say(f"manifest: {key[1]}: read, used, rejected {theirs.get(key)}, expected {result.counts.get(key)}")
    listed = {d["name"]: d for d in manifest["datasets"]}
    if set(listed) != set(result.datasets):
        f.say(f"manifest: datasets {sorted(listed)}, expected {sorted(result.datasets)}")
    for name, entry in listed.items():
        file = os.path.join(snapshot, name + ".parquet")
        if not os.path.exists(file):
            f.say(f"manifest: {name} has no file")
            continue
        with open(file, "rb") as opened:
            digest = hashlib.sha256(opened.read()).hexdigest()
        meta = pq.ParquetFile(file)
        expected = (meta.metadata.num_rows, len(meta.schema_arrow.names), digest)
        if (entry["rows"], entry["columns"], entry["sha256"].lower()) != expected:
            f.say(f"manifest: {name}: rows, columns, sha256 {(entry['rows'], entry['columns'], entry['sha256'])}, the file has {expected}")


def compare_report(f, result, report):
    """What `run --json` says of each source."""
    theirs = {s["source"]: [s["rows_read"], s["rows_used"], s["rows_rejected"], s.get("not_yet", 0)] for s in report["sources"]}
    ours = {}
    for (source, _), counts in result.counts.items():
        ours[source] = [a + b for a, b in zip(ours.get(source, [0, 0, 0]), counts)]
    for source in sorted(set(theirs) | set(ours)):
        expected = source in ours and ours[source] + [result.not_yet.get(source, 0)]
        if theirs.get(source) != expected:
            f.say(f"report: {source}: read, used, rejected, not yet {theirs.get(source)}, expected {expected}")


def compare(data, snapshot, today, region="340322", cap=None, year=None, show=5, report=None):
    """Number of findings; `region`, `cap` and `year` as in `audit`, `report` what `run --json` printed."""
    f = Findings(show)
    result = audit(data, today, region, cap, year)
    for source, share in result.gates.items():
        if share > GATE:
            print(f"note: {source}: {share:.1%} rejects, the shipped gate stops such a run")
    for dataset, rows in result.datasets.items():
        compare_dataset(f, dataset, rows, os.path.join(snapshot, dataset + ".parquet"))
    files = {n[:-8] for n in os.listdir(snapshot) if n.endswith(".parquet")}
    for name in sorted(files - set(result.datasets)):
        f.say(f"{name}: a dataset nobody asked for")
    compare_manifest(f, result, snapshot, today)
    if report:
        compare_report(f, result, report)
    sizes = ", ".join(f"{n} {len(r)}" for n, r in result.datasets.items())
    print(f"{'DIFFERS' if f.count else 'equal'}: {sizes}")
    return f.count


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("data")
    a.add_argument("snapshot")
    a.add_argument("--date", required=True, type=datetime.date.fromisoformat)
    add_policy_options(a)
    a.add_argument("--show", type=int, default=5)
    o = a.parse_args()
    try:
        return 1 if compare(o.data, o.snapshot, o.date, o.region, o.cap, o.year, o.show) else 0
    except Unreadable as e:
        print(f"the oracle cannot read the data: {e}")
        return 1
    except LookupError as e:
        print(e)
        return 2


if __name__ == "__main__":
    sys.exit(main())
