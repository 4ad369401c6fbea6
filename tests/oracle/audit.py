#!/usr/bin/env python3
"""A second, independent enrollment audit: slow, one person after the other, written from the contract and the rules alone.

    python3 tests/oracle/audit.py DATA --date 2024-03-31 [--region 340322] [--year Y] [--set critical_illness_cap=400000] [--out DIR] [--json]

Prints the counts of each source and file and the rows of each dataset; `--out`
writes each dataset as CSV. Exit 1: an extract cannot be read; 2: no such region
or benefit year. It exists to find mistakes in canbao (see compare.py).
"""

import argparse
import csv
import datetime
import json
import os
import sys
from dataclasses import dataclass

from persons import gather
from policies import LABELS, policy_for
from reading import Extracts
from records import Case
from tables import COLUMNS, MONEY, PERCENT, datasets
from text import Unreadable
from values import born_by_number, parse_amount

GATE = 0.2  # the shipped pipeline stops above this share of rejects in a source


@dataclass
class Result:
    policy: object
    datasets: dict
    counts: dict          # (source, file) -> [read, used, rejected]
    gates: dict           # source -> share of rejects that the shipped gate counts
    not_yet: dict         # source -> used rows of a later day
    brdy_differs: int


def audit(data, today, region="340322", cap=None, year=None):
    """`cap`: critical_illness_cap in cents; `year`: the benefit year, where not the date's."""
    policy = policy_for(region, today, year)
    extracts = Extracts(data, today, LABELS)
    case = Case(policy, today)
    persons = gather(extracts)
    for p in persons:
        p.settle(case)
    for (source, file), (read, used, rejected) in extracts.counts.items():
        assert read == used + rejected, (source, file, read, used, rejected)
    differs = sum(r.person[0] == "01" and r.value["brdy"] != born_by_number(r.person) for r in extracts.rows["household"])
    return Result(policy, datasets(case, persons, extracts, cap), extracts.counts, gates(extracts), later(extracts), differs)


def gates(extracts):
    out = {}
    for source in extracts.present:
        rows = sum(c[0] for (s, _), c in extracts.counts.items() if s == source)
        bad = sum(r.source == source and r.reason not in ("superseded", "not_born_yet") for r in extracts.rejects)
        out[source] = bad / rows
    return out


def later(extracts):
    return {"settlement": sum(row.not_yet for row in extracts.rows["settlement"])}


# ---------------------------------------------------------------- command

def add_policy_options(parser):
    parser.add_argument("--region", default="340322")
    parser.add_argument("--year", type=int, help="benefit year, where not the date's")
    parser.add_argument("--set", type=setting, default=None, dest="cap", metavar="critical_illness_cap=YUAN")


def setting(text):
    """Cents of `critical_illness_cap=YUAN`, the one parameter without a value of its own."""
    name, _, value = text.partition("=")
    cents = parse_amount(value)
    if name != "critical_illness_cap" or cents is None:
        raise argparse.ArgumentTypeError(f"expected critical_illness_cap=YUAN, found {text}")
    return cents


def shown(column, value):
    if value is None:
        return ""
    if column in MONEY or column in PERCENT:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
    if column == "covered_by":
        return ";".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def write(result, folder):
    os.makedirs(folder, exist_ok=True)
    for name, rows in result.datasets.items():
        with open(os.path.join(folder, name + ".csv"), "w", newline="", encoding="utf-8") as f:
            w = csv.writer(f)
            w.writerow(COLUMNS[name])
            for row in rows:
                w.writerow([shown(c, row[c]) for c in COLUMNS[name]])


def report(result, as_json):
    counts = [dict(source=s, file=f, rows_read=c[0], rows_used=c[1], rows_rejected=c[2]) for (s, f), c in result.counts.items()]
    rows = {name: len(rows) for name, rows in result.datasets.items()}
    if as_json:
        print(json.dumps(dict(benefit_year=result.policy.year, inputs=counts, datasets=rows, gates=result.gates, brdy_differs=result.brdy_differs),
                         ensure_ascii=False, indent=1))
        return
    for c in counts:
        print("{file:32} read {rows_read:8} used {rows_used:8} rejected {rows_rejected:7}".format(**c))
    for source, share in result.gates.items():
        print(f"{source:32} rejects for the gate {share:.2%}{'  BROKEN' if share > GATE else ''}")
    for name, n in rows.items():
        print(f"{name:32} rows {n:8}")
    print(f"household birth dates unlike the number's: {result.brdy_differs}")


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("data")
    a.add_argument("--date", required=True, type=datetime.date.fromisoformat)
    add_policy_options(a)
    a.add_argument("--out")
    a.add_argument("--json", action="store_true")
    o = a.parse_args()
    try:
        result = audit(o.data, o.date, o.region, o.cap, o.year)
    except Unreadable as e:
        print(f"unreadable: {e}", file=sys.stderr)
        return 1
    except LookupError as e:
        print(e, file=sys.stderr)
        return 2
    if o.out:
        write(result, o.out)
    report(result, o.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
