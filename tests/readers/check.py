#!/usr/bin/env python3
"""Reads a published snapshot with readers that canbao does not share a line with: DuckDB, pandas, pyarrow.

    python tests/readers/check.py --canbao target/debug/canbao [--data sample_data] [--date 2023-12-31]

Publishes the sample twice into a temporary folder and holds the result against what
is promised to those who read it: names and types of the columns, a Chinese title and
a meaning in each field's metadata, counts and hashes as the manifest states them,
`latest.json` on the newest snapshot, and the same bytes from the second run.

Ends with a line `N passed, N failed`; exit status 1 where something failed.
"""

import argparse
import datetime
import decimal
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[2]

TEXT, BOOL, COUNT, MONEY, PERCENT, DAY, MOMENT, TEXTS = "text", "bool", "count", "money", "percent", "day", "moment", "texts"

# kind → what DuckDB may call the type
DUCKDB_TYPES = {
    TEXT: {"VARCHAR"}, BOOL: {"BOOLEAN"}, COUNT: {"INTEGER", "BIGINT"}, MONEY: {"DECIMAL(18,2)"}, PERCENT: {"DECIMAL(9,2)"},
    DAY: {"DATE"}, MOMENT: {"TIMESTAMP"}, TEXTS: {"VARCHAR[]"},
}

# Every dataset of `enrollment-audit` for 340322, its columns in the published order.
DATASETS = {
    "person": {
        "certno": TEXT, "psn_name": TEXT, "gend": TEXT, "brdy": DAY, "resd_admdvs": TEXT, "township": TEXT, "regi_type": TEXT,
        "surv_stas": TEXT, "student": BOOL, "eligible": BOOL, "covered_by": TEXTS, "enrolled_here": BOOL, "prior_enrolled": BOOL,
        "consecutive_years": COUNT, "duplicate": BOOL, "missed": BOOL, "subsidy_category": TEXT,
    },
    "duplicate_enrollment": {
        "certno": TEXT, "psn_name": TEXT, "kind": TEXT, "psn_no": TEXT, "insutype": TEXT, "insu_admdvs": TEXT, "accrym_begn": TEXT,
        "accrym_end": TEXT, "clct_time": MOMENT, "psn_clct_amt": MONEY, "overlap_begn": TEXT, "overlap_end": TEXT, "action": TEXT,
        "reason": TEXT, "refund_amt": MONEY,
    },
    "missed_enrollment": {
        "certno": TEXT, "psn_name": TEXT, "brdy": DAY, "township": TEXT, "kind": TEXT, "ledger_difficulty": BOOL,
        "ledger_newborn": BOOL, "ledger_migrant": BOOL, "ledger_student": BOOL, "ledger_lapsed": BOOL, "subsidy_category": TEXT,
        "personal_amt": MONEY,
    },
    "subsidy": {
        "certno": TEXT, "psn_name": TEXT, "township": TEXT, "category": TEXT, "categories": TEXT, "premium_personal": MONEY,
        "subsidy_amt": MONEY, "personal_amt": MONEY, "payer": TEXT, "enrolled_here": BOOL, "paid_amt": MONEY, "overpaid_amt": MONEY,
    },
    "benefit_period": {
        "certno": TEXT, "psn_no": TEXT, "clct_time": MOMENT, "basis": TEXT, "waiting_months": COUNT, "benefit_begn": DAY,
        "benefit_end": DAY,
    },
    "progress": {
        "admdvs": TEXT, "name": TEXT, "registered": COUNT, "target": COUNT, "eligible": COUNT, "enrolled": COUNT,
        "completion_pct": PERCENT, "enrollment_pct": PERCENT, "paid_today": COUNT, "rank": COUNT, "reaches_required": BOOL,
        "stated_total_diff": COUNT,
    },
    "reconciliation": {"certno": TEXT, "registered_amt": MONEY, "paid_amt": MONEY, "expected_amt": MONEY, "status": TEXT},
    "rejects": {"source": TEXT, "file": TEXT, "line": COUNT, "column": TEXT, "value": TEXT, "reason": TEXT},
}

# The folder's name `snapshot=…` would otherwise come as one more column.
FILE = "read_parquet($file, hive_partitioning = false)"

MANIFEST = ["run_id", "logical_date", "region", "benefit_year", "program_version", "policy", "inputs", "datasets"]


class Checks:
    """Counts what held, prints what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def holds(self, what, condition, found=""):
        if condition:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {what}{f': {found}' if found != '' else ''}")

    def same(self, what, found, expected):
        self.holds(what, found == expected, f"found {found!r}, expected {expected!r}")


def publish(options, into):
    """One run of the program. Gives the snapshot's folder as `latest.json` names it, and its last line."""
    command = [str(options.canbao), "run", "enrollment-audit", "--data", str(options.data), "--publish", str(into / "published"),
               "--state", str(into / "state"), "--date", options.date]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"exit status {done.returncode}: {' '.join(command)}")
    pipeline = into / "published" / "enrollment-audit"
    latest = json.loads((pipeline / "latest.json").read_text(encoding="utf-8"))
    lines = done.stdout.splitlines()
    return pipeline / latest["snapshot"], lines[-1] if lines else ""


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_snapshot(checks, snapshot, last_line, options):
    """The folder and the manifest: names, counts, hashes; every input row used or rejected."""
    checks.holds("snapshot is named after the logical date", snapshot.name.startswith(f"snapshot={options.date}."), snapshot.name)
    checks.holds("the last line is the snapshot's path", snapshot.name in last_line, last_line)
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    checks.same("manifest: missing keys", [key for key in MANIFEST if key not in manifest], [])
    checks.same("manifest: logical_date", manifest["logical_date"], options.date)
    checks.same("manifest: region", manifest["region"], "340322")
    checks.same("manifest: benefit_year", manifest["benefit_year"], 2024)
    checks.holds("manifest: policy has a hash and sources", manifest["policy"]["sha256"] and manifest["policy"]["sources"])

    checks.same("datasets in the manifest", sorted(d["name"] for d in manifest["datasets"]), sorted(DATASETS))
    checks.same("files in the snapshot", sorted(p.name for p in snapshot.iterdir()),
                sorted(["manifest.json", *(f"{name}.parquet" for name in DATASETS)]))
    for stated in manifest["datasets"]:
        file = snapshot / f"{stated['name']}.parquet"
        checks.same(f"{stated['name']}: sha256", sha256(file), stated["sha256"])

    rejected = 0
    for stated in manifest["inputs"]:
        name = f"input {stated['file']}"
        file = options.data / stated["file"]
        checks.same(f"{name}: bytes", file.stat().st_size, stated["bytes"])
        checks.same(f"{name}: sha256", sha256(file), stated["sha256"])
        checks.same(f"{name}: rows used + rejected", stated["rows_used"] + stated["rows_rejected"], stated["rows_read"])
        rejected += stated["rows_rejected"]
    counts = {d["name"]: d["rows"] for d in manifest["datasets"]}
    checks.same("rows of rejects", counts["rejects"], rejected)
    return {d["name"]: d for d in manifest["datasets"]}


def check_metadata(checks, name, file, columns):
    """With pyarrow: titles, meanings, compression, statistics."""
    parquet = pyarrow.parquet.ParquetFile(file)
    for column in columns:
        field = parquet.schema_arrow.field(column)
        metadata = {key.decode(): value.decode("utf-8") for key, value in (field.metadata or {}).items()}
        for key in ("title", "meaning"):
            text = metadata.get(key, "")
            checks.holds(f"{name}.{column}: `{key}` in the field's metadata is Chinese", any("一" <= c <= "鿿" for c in text), repr(text))
        if columns[column] == MOMENT:
            checks.holds(f"{name}.{column}: no time zone", field.type.tz is None, field.type)
    groups = [parquet.metadata.row_group(g) for g in range(parquet.metadata.num_row_groups)]
    chunks = [group.column(c) for group in groups for c in range(group.num_columns)]
    checks.same(f"{name}: compression", {chunk.compression for chunk in chunks} | {"ZSTD"}, {"ZSTD"})
    checks.same(f"{name}: columns without statistics", sorted({c.path_in_schema for c in chunks if c.num_values > 0 and not c.is_stats_set}), [])


def check_duckdb(checks, name, file, columns, stated):
    found = {row[0]: row[1] for row in duckdb.execute(f"DESCRIBE SELECT * FROM {FILE}", {"file": str(file)}).fetchall()}
    checks.same(f"{name}: columns in DuckDB", list(found), list(columns))
    for column, kind in columns.items():
        checks.holds(f"{name}.{column}: type in DuckDB", found.get(column) in DUCKDB_TYPES[kind], f"found {found.get(column)}, expected {kind}")
    rows = len(duckdb.execute(f"SELECT * FROM {FILE}", {"file": str(file)}).fetchall())  # every value is read
    checks.same(f"{name}: rows in DuckDB", rows, stated["rows"])
    checks.same(f"{name}: columns in the manifest", len(found), stated["columns"])


def is_kind(value, kind):
    match kind:
        case "text":
            return isinstance(value, str)
        case "bool":
            return value in (True, False)
        case "count":
            return value == int(value)
        case "money" | "percent":
            return isinstance(value, decimal.Decimal) and value.as_tuple().exponent == -2
        case "day":
            return isinstance(value, datetime.date)
        case "moment":
            return isinstance(value, pandas.Timestamp) and value.tz is None
        case "texts":
            return all(isinstance(part, str) for part in value)


def check_pandas(checks, name, file, columns, stated):
    frame = pandas.read_parquet(file, engine="pyarrow")
    checks.same(f"{name}: columns in pandas", list(frame.columns), list(columns))
    checks.same(f"{name}: rows in pandas", len(frame), stated["rows"])
    for column, kind in columns.items():
        if column not in frame:
            continue
        wrong = next((value for value in frame[column].dropna() if not is_kind(value, kind)), None)
        checks.holds(f"{name}.{column}: values in pandas are {kind}", wrong is None, type(wrong).__name__)


def check_progress(checks, file):
    """The county's own table adds up to one more than its stated total, and `progress` shows it."""
    rows = duckdb.execute(f"SELECT admdvs, registered, target, rank, stated_total_diff FROM {FILE}", {"file": str(file)}).fetchall()
    checks.same("progress: the last row", rows[-1], ("TOTAL", 695520, 542469, None, -1))
    checks.same("progress: only the TOTAL row has `stated_total_diff`", {row[4] for row in rows[:-1]}, {None})
    checks.same("progress: townships with a target", sum(row[2] is not None for row in rows[:-1]), 14)


def check_again(checks, before, first, second):
    """A second run with the same date: a snapshot of its own with the same bytes, the first one as it was."""
    checks.holds("second run: `latest.json` names a new snapshot", first != second, second.name)
    checks.same("second run: the first snapshot", {path.name: sha256(path) for path in first.iterdir()}, before)
    for name in DATASETS:
        checks.same(f"second run: {name} has the same bytes", sha256(second / f"{name}.parquet"), before[f"{name}.parquet"])


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", type=Path, default=ROOT / "target" / "debug" / "canbao")
    a.add_argument("--data", type=Path, default=ROOT / "sample_data")
    a.add_argument("--date", default="2023-12-31")
    options = a.parse_args()
    options.canbao, options.data = options.canbao.resolve(), options.data.resolve()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="canbao-readers-") as folder:
        into = Path(folder)
        snapshot, last_line = publish(options, into)
        stated = check_snapshot(checks, snapshot, last_line, options)
        for name, columns in DATASETS.items():
            file = snapshot / f"{name}.parquet"
            check_metadata(checks, name, file, columns)
            check_duckdb(checks, name, file, columns, stated[name])
            check_pandas(checks, name, file, columns, stated[name])
        check_progress(checks, snapshot / "progress.parquet")
        before = {path.name: sha256(path) for path in snapshot.iterdir()}
        again, _ = publish(options, into)
        check_again(checks, before, snapshot, again)
    print(f"readers: DuckDB {duckdb.__version__}, pandas {pandas.__version__}, pyarrow {pyarrow.__version__}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
