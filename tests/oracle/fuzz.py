#!/usr/bin/env python3
"""Writes a small nasty county: extracts full of edges and dirt, the same bytes for the same arguments.

    python3 tests/oracle/fuzz.py OUT --seed S --persons N [--region CODE] [--year Y] [--date D] [--contested]

Prints the logical date the edges were laid around (chosen by the seed unless
given). `--contested` adds input on which readers of the contract may differ
(READINGS.md). The share of rejects in each source stays below the shipped gate.
"""

import argparse
import datetime
import os
import random
import sys

from contracts import DECLARED
from counties.claims import Claims
from counties.dirt import Dirt
from counties.edges import Edges
from counties.late import LatePayers
from counties.layout import Layout
from counties.people import People
from counties.pen import Pen
from policies import POLICIES, policy_for


def choose(r, region, today, year):
    """(policy, logical date): what is not given is drawn."""
    if today:
        return policy_for(region, today, year), today
    policy = r.choice([p for p in POLICIES if p.region == region and year in (None, p.year)])
    return policy, r.choice(Edges.dates(policy))


def make(out, seed, persons, today=None, contested=False, region="340322", year=None):
    """Writes the county into `out` and says for which date it is meant."""
    os.makedirs(out, exist_ok=True)
    if os.listdir(out):
        raise SystemExit(f"{out} is not empty")
    r = random.Random(f"canbao oracle {region} {year} {seed}")
    policy, today = choose(r, region, today, year)
    people = People(Pen(r), Edges(policy, today), contested)
    for place in range(persons):
        people.person(place)
    late = LatePayers(people)
    for place in range(persons, persons + persons // 3):
        late.person(place)
    people.targets()
    if policy.required_share_pct:
        people.tidy_townships()
    add_claims(people, persons)
    dirt = Dirt(people)
    for source in DECLARED:
        dirt.add(source)
    Layout(people).write(out)
    return today


def add_claims(people, persons):
    """Extracts that only some packs look at; in the other counties now and then, too."""
    claims, policy = Claims(people), people.edges.policy
    if policy.incentive and people.chance(0.85) or people.chance(0.3):
        claims.settlements(0.6)
    if policy.incentive and people.chance(0.85) or people.chance(0.3):
        claims.uses(0.15)
    if policy.mutual_aid or people.chance(0.3):
        claims.mutual_aid(persons)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("out")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--persons", type=int, default=300)
    a.add_argument("--region", default="340322")
    a.add_argument("--year", type=int)
    a.add_argument("--date", type=datetime.date.fromisoformat)
    a.add_argument("--contested", action="store_true")
    o = a.parse_args()
    try:
        print(make(o.out, o.seed, o.persons, o.date, o.contested, o.region, o.year))
    except (LookupError, IndexError):
        print(f"no such region or benefit year: {o.region} {o.year or o.date or ''}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
