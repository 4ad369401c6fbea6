#!/usr/bin/env python3
"""Fuzzed settlements through canbao and the oracle, one seed and region after the other.

    python3 tests/oracle/soak_settlement.py --canbao target/release/canbao --seeds 1-50 [--region CODE]... [--rows 400] [--go-on] [--work DIR]

For each seed two runs: one for an earlier date over another extract, then the one for the
drawn date, which is compared with the first (settlement_revisions). Needs pyarrow
(compare.py). What differs stays in the work folder. Exit 1 when anything differed.
"""

import argparse
import contextlib
import datetime
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

import fuzz_settlement
from compare_settlement import compare
from policies import REGIONS
from settlement import statistics


def run(o, folder, data, region, today):
    """The program's report."""
    command = [os.path.abspath(o.canbao), "run", "settlement-statistics", "--date", str(today), "--data", data, "--publish",
               os.path.join(folder, "published"), "--state", os.path.join(folder, "state"), "--region", region, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    with open(os.path.join(folder, "run.log"), "a", encoding="utf-8") as f:
        f.write(" ".join(command) + "\n" + done.stdout + done.stderr + f"\nexit {done.returncode}\n")
    if done.returncode:
        raise RuntimeError(f"canbao ended with {done.returncode}: {(done.stderr.strip().splitlines() or [''])[-1]}")
    return json.loads(done.stdout)


def compared(o, folder, data, region, today, earlier):
    """The oracle's result, and how many findings there are."""
    report = run(o, folder, data, region, today)
    result = statistics(data, today, region, earlier, earlier and f"snapshot={earlier[0]}.1")
    findings = compare(result, report["snapshot"], today, region, o.show)
    source = report["sources"][0]
    counts = {"elsewhere": result.elsewhere, "not_yet": result.not_yet, "rows_rejected": len(result.datasets["rejects"])}
    if {name: source[name] for name in counts} != counts:
        print(f"report: {source}, expected {counts}")
        findings += 1
    return result, findings


def one(o, region, seed):
    """True where canbao and the oracle agree in both runs."""
    folder = os.path.join(o.work, f"settlement-{region}-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    data = [os.path.join(folder, name) for name in ("earlier", "later")]
    today = fuzz_settlement.make(data[1], seed, o.rows, None, region)
    days = [1, 20, 31, 60, 200, 400][seed % 6]
    before = today - datetime.timedelta(days=days)
    # Much the same extract: the same seed with a few rows less.
    fuzz_settlement.make(data[0], seed, o.rows - 5 * (seed % 3), today, region)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            first, findings = compared(o, folder, data[0], region, before, None)
            _, more = compared(o, folder, data[1], region, today, (before, first))
    except RuntimeError as fault:
        print(f"{region} seed {seed} {today}: {fault}", flush=True)
        return False
    print(f"{region} seed {seed} {today}: {said.getvalue().strip()}", flush=True)
    if findings + more:
        return False
    shutil.rmtree(folder)
    return True


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", required=True)
    a.add_argument("--seeds", default="1-20")
    a.add_argument("--region", action="append", choices=REGIONS)
    a.add_argument("--rows", type=int, default=400)
    a.add_argument("--go-on", action="store_true")
    a.add_argument("--show", type=int, default=5)
    a.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "canbao-oracle"))
    o = a.parse_args()
    first, _, last = o.seeds.partition("-")
    bad = []
    for seed in range(int(first), int(last or first) + 1):
        for region in o.region or ["340322", "340600"]:
            if not one(o, region, seed):
                bad.append(f"{region} seed {seed}")
                if not o.go_on:
                    break
        if bad and not o.go_on:
            break
    print(f"differ: {', '.join(bad)}" if bad else "all agree")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
