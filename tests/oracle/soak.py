#!/usr/bin/env python3
"""Fuzz counties through canbao and the oracle, one seed, region and benefit year after the other.

    python3 tests/oracle/soak.py --canbao target/release/canbao --seeds 1-50 [--region CODE]... [--year Y] [--date D] [--persons 300]
                                 [--contested] [--go-on] [--work DIR]

Needs pyarrow (compare.py). All regions and years unless some are given. Stops at the
first county that differs unless `--go-on`; the county, the snapshot and the log
of a differing one stay in the work folder. Exit 1 when any differed.
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

import fuzz
from compare import compare
from policies import POLICIES, REGIONS
from values import parse_amount

# The parameter nobody states, by the seed: none, far above the rewards of 5000 and 10 000 yuan, and a fifth of it between, on and next to them.
CAPS = (None, "400000", "35000", "25000", "24999.95", "25000.05")


def command_line(o, folder, region, cap, today):
    command = [os.path.abspath(o.canbao), "run", "enrollment-audit", "--date", str(today), "--data", os.path.join(folder, "data"),
               "--publish", os.path.join(folder, "published"), "--state", os.path.join(folder, "state"), "--region", region, "--json"]
    command += ["--set", f"critical_illness_cap={cap}"] if cap else []
    return command + (["--year", str(o.year)] if o.year else [])


def run(o, folder, region, cap, today):
    """(the report, None) or (None, what went wrong)"""
    command = command_line(o, folder, region, cap, today)
    done = subprocess.run(command, capture_output=True, text=True)
    with open(os.path.join(folder, "run.log"), "w", encoding="utf-8") as f:
        f.write(" ".join(command) + "\n" + done.stdout + done.stderr + f"\nexit {done.returncode}\n")
    if done.returncode:
        return None, f"canbao ended with {done.returncode}: {(done.stderr.strip().splitlines() or [''])[-1]}"
    return json.loads(done.stdout), None


def one(o, policy, seed):
    """True where canbao and the oracle agree."""
    region = policy.region
    folder = os.path.join(o.work, f"{region}-{policy.year}-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    data = os.path.join(folder, "data")
    today = fuzz.make(data, seed, o.persons, o.date, o.contested, region, policy.year)
    cap = CAPS[seed % len(CAPS)] if policy.incentive else None
    where = f"{region} {policy.year} seed {seed} {today}{f' cap {cap}' if cap else ''}"
    report, fault = run(o, folder, region, cap, today)
    if fault:
        print(f"{where}: {fault}")
        return False
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        findings = compare(data, report["snapshot"].removeprefix("file://"), today, region, cap and parse_amount(cap), o.year, o.show, report)
    if findings:
        print(f"{where}: {findings} findings\n{said.getvalue()}", flush=True)
        return False
    print(f"{where}: {said.getvalue().strip()}", flush=True)
    shutil.rmtree(folder)
    return True


def soak(o, policies, seeds):
    """The counties that differ, by name."""
    bad = []
    for seed in seeds:
        for policy in policies:
            if one(o, policy, seed):
                continue
            bad.append(f"{policy.region} {policy.year} seed {seed}")
            if not o.go_on:
                return bad
    return bad


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", required=True)
    a.add_argument("--seeds", default="1-20")
    a.add_argument("--region", action="append", choices=REGIONS)
    a.add_argument("--year", type=int)
    a.add_argument("--persons", type=int, default=300)
    a.add_argument("--date", type=datetime.date.fromisoformat)
    a.add_argument("--contested", action="store_true")
    a.add_argument("--go-on", action="store_true")
    a.add_argument("--show", type=int, default=5)
    a.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "canbao-oracle"))
    o = a.parse_args()
    first, _, last = o.seeds.partition("-")
    policies = [p for p in POLICIES if (not o.region or p.region in o.region) and o.year in (None, p.year)]
    if o.date and not o.year:
        policies = [p for p in policies if p.window_begin <= o.date <= p.last_day]
    bad = soak(o, policies, range(int(first), int(last or first) + 1))
    print(f"differ: {', '.join(bad)}" if bad else "all agree")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
