#!/usr/bin/env python3
"""Fuzz counties through canbao and the oracle, one seed after the other.

    python3 tests/oracle/soak.py --canbao target/release/canbao --seeds 1-50 [--persons 300] [--date D] [--contested] [--work DIR]

Needs pyarrow (compare.py). Stops at the first seed that differs unless
`--go-on`; the county, the snapshot and the log of a differing seed stay in the
work folder. Exit 1 when any seed differed.
"""

import argparse
import contextlib
import datetime
import io
import os
import shutil
import subprocess
import sys
import tempfile

import fuzz
from compare import compare


def one(o, seed):
    """True where canbao and the oracle agree."""
    folder = os.path.join(o.work, f"seed-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    data = os.path.join(folder, "data")
    today = fuzz.make(data, seed, o.persons, o.date, o.contested)
    command = [os.path.abspath(o.canbao), "run", "enrollment-audit", "--date", str(today), "--data", data, "--publish", os.path.join(folder, "published"),
               "--state", os.path.join(folder, "state"), "--region", "340322", "--year", "2024"]
    run = subprocess.run(command, capture_output=True, text=True)
    with open(os.path.join(folder, "run.log"), "w", encoding="utf-8") as f:
        f.write(" ".join(command) + "\n" + run.stdout + run.stderr + f"\nexit {run.returncode}\n")
    if run.returncode:
        print(f"seed {seed} {today}: canbao ended with {run.returncode}: {(run.stderr.strip().splitlines() or [''])[-1]}")
        return False
    snapshot = run.stdout.strip().splitlines()[-1].strip()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        findings = compare(data, snapshot.removeprefix("file://"), today, show=o.show)
    if findings:
        print(f"seed {seed} {today}: {findings} findings\n{said.getvalue()}", flush=True)
        return False
    print(f"seed {seed} {today}: {said.getvalue().strip()}", flush=True)
    shutil.rmtree(folder)
    return True


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", required=True)
    a.add_argument("--seeds", default="1-20")
    a.add_argument("--persons", type=int, default=300)
    a.add_argument("--date", type=datetime.date.fromisoformat)
    a.add_argument("--contested", action="store_true")
    a.add_argument("--go-on", action="store_true")
    a.add_argument("--show", type=int, default=5)
    a.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "canbao-oracle"))
    o = a.parse_args()
    first, _, last = o.seeds.partition("-")
    bad = []
    for seed in range(int(first), int(last or first) + 1):
        if not one(o, seed):
            bad.append(seed)
            if not o.go_on:
                break
    print(f"seeds that differ: {bad}" if bad else "all seeds agree")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
