#!/usr/bin/env python3
"""The rules of enrollment-audit that decide on a person, in OpenFisca, on the rows that canbao used.

What is compared: the time that canbao's rules take on the same people. Counted is making the simulation out of vectors
and calculating every variable; reading files and joining them to vectors is not. Then every decision is set against what
canbao published: one that differs is printed and ends with exit status 1.

    python openfisca_rules.py DATA SNAPSHOT [--date 2024-03-31] [--pack pipelines/policies/340322.toml]

SNAPSHOT is the folder that `canbao run enrollment-audit` published for the same DATA and date. Prints one line of JSON.
"""

import argparse
import datetime
import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy
import polars as pl

import facts
from openfisca_canbao import SLOTS, CanbaoTaxBenefitSystem
from openfisca_canbao.categories import INDEX, Category
from openfisca_canbao.parameters import labels_of
from openfisca_canbao.benefits import Basis
from openfisca_canbao.persons import MissedKind, Payer, Status

from openfisca_core.simulations import SimulationBuilder

# What is asked, in groups whose time is told by itself. A group's time holds what it needs and nobody asked for before.
GROUPS = {
    "validity and history": ["valid", "valid_here", "covered", "enrolled_here", "prior_enrolled", "consecutive_years"],
    "categories and eligibility": ["categories", "student", "eligible", "listed"],
    "subsidy": ["subsidy_of_categories", "personal_after_subsidy", "subsidy_category", "subsidy_payer"],
    "missed": ["missed", "missed_kind", "ledger_difficulty", "ledger_newborn", "ledger_migrant", "ledger_student", "ledger_lapsed"],
    "benefit periods": ["basis", "waiting_months", "benefit_begin", "benefit_end"],
    "reconciliation": ["registered_amount", "overpaid_amount", "reconciliation"],
}


class Stopwatch:
    def __init__(self):
        self.wall, self.cpu, self.told = time.perf_counter(), time.process_time(), {}

    def __call__(self, name):
        wall, cpu = time.perf_counter(), time.process_time()
        self.told[name] = (wall - self.wall, cpu - self.cpu)
        self.wall, self.cpu = wall, cpu


def decide(system, of_record, of_person, owners, year, clock):
    """Name of a variable → its vector."""
    builder = SimulationBuilder()
    builder.create_entities(system)
    residents = len(of_person["born"])
    for entity, count in (("record", len(owners)), ("resident", residents)):
        builder.populations[entity].ids = numpy.arange(count)
        builder.populations[entity].count = count
    builder.populations["resident"].members_entity_id = owners
    simulation = builder.build(system)
    for name, values in (*of_record.items(), *of_person.items()):
        simulation.set_input(name, "ETERNITY", values)
    clock("making the simulation")
    decided = {}
    for group, names in GROUPS.items():
        for name in names:
            decided[name] = simulation.calculate(name, year)
        clock(group)
    return decided


# ---------------------------------------------------------------- against what canbao published

def words(values, of, none=None):
    """An enumeration's names; the first of them is null."""
    names = numpy.array([none, *[item.name for item in list(of)[1:]]], dtype=object)
    return pl.Series(names[numpy.asarray(values)].tolist(), dtype=pl.String)


def yuan(column):
    return (pl.col(column).cast(pl.Float64) * 100).round().cast(pl.Int64).alias(column)


def days(values):
    return pl.Series(values).cast(pl.Date)


def bare(keys):
    """The number as canbao publishes it: without the type of another certificate."""
    return keys.str.replace(r"^\w\w:", "")


def tables(decided, keys, records):
    """The datasets as far as these rules make them."""
    person = pl.DataFrame({"certno": bare(keys)}).with_columns(
        **{name: pl.Series(decided[name]) for name in ("listed", "eligible", "enrolled_here", "prior_enrolled", "student", "missed", "covered")},
        consecutive_years=pl.Series(decided["consecutive_years"]).cast(pl.Int64), subsidy_category=words(decided["subsidy_category"], Category),
        kind=words(decided["missed_kind"], MissedKind), **{name: pl.Series(decided[name]) for name in GROUPS["missed"] if name.startswith("ledger")},
        personal_amt=pl.Series(decided["personal_after_subsidy"]).cast(pl.Int64), subsidy_amt=pl.Series(decided["subsidy_of_categories"]).cast(pl.Int64),
        payer=words(decided["subsidy_payer"], Payer), overpaid_amt=pl.Series(decided["overpaid_amount"]).cast(pl.Int64),
        registered_amt=pl.Series(decided["registered_amount"]).cast(pl.Int64), status=words(decided["reconciliation"], Status))
    here = decided["valid_here"]
    benefit = records.select("psn_no", "paid_on", certno=bare(records["key"])).with_columns(
        basis=words(decided["basis"], Basis), waiting_months=pl.Series(decided["waiting_months"]).cast(pl.Int64),
        benefit_begn=days(decided["benefit_begin"]), benefit_end=days(decided["benefit_end"])).filter(pl.Series(here))
    listed = person.filter("listed")
    ledgers = [name for name in GROUPS["missed"] if name.startswith("ledger")]
    return {
        "person": listed.select("certno", "eligible", "enrolled_here", "prior_enrolled", "student", "missed", "covered", "consecutive_years", "subsidy_category"),
        "missed_enrollment": listed.filter("missed").select("certno", "kind", *ledgers, "subsidy_category", "personal_amt"),
        "subsidy": listed.filter(pl.col("subsidy_category").is_not_null()).select(
            "certno", pl.col("subsidy_category").alias("category"), "subsidy_amt", "personal_amt", "payer", "overpaid_amt"),
        "benefit_period": benefit.select("certno", "psn_no", "paid_on", "basis", "waiting_months", "benefit_begn", "benefit_end"),
        "reconciliation": person.filter(pl.col("status").is_not_null()).select(
            "certno", "registered_amt", pl.col("personal_amt").alias("expected_amt"), "status"),
    }


def published(snapshot, name):
    frame = pl.read_parquet(os.path.join(snapshot, f"{name}.parquet"))
    if name == "person":
        frame = frame.with_columns(covered=pl.col("covered_by").list.len() > 0)
    if name == "benefit_period":
        frame = frame.with_columns(paid_on=pl.col("clct_time").cast(pl.Date))
    return frame.with_columns(yuan(c) for c in frame.columns if c.endswith("_amt")).with_columns(pl.selectors.integer().cast(pl.Int64))


def differences(ours, snapshot):
    """(rows compared, remarks): a remark for each dataset that is not equal, by column, without anybody's number."""
    compared, remarks = {}, []
    for name, mine in ours.items():
        theirs = published(snapshot, name).select(mine.columns)
        mine, theirs = (frame.sort(frame.columns, nulls_last=True) for frame in (mine, theirs))
        compared[name] = len(theirs)
        if len(mine) != len(theirs):
            remarks.append(f"{name}: {len(mine)} rows, canbao has {len(theirs)}")
        elif not mine.equals(theirs):
            columns = {c: n for c in mine.columns if (n := (~mine[c].eq_missing(theirs[c])).sum())}
            remarks.append(f"{name}: other values in {columns}")
    return compared, remarks


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("data")
    a.add_argument("snapshot")
    a.add_argument("--date", default="2024-03-31")
    a.add_argument("--pack", type=Path, default=Path(__file__).resolve().parents[2] / "pipelines" / "policies" / "340322.toml")
    o = a.parse_args()
    today, year = datetime.date.fromisoformat(o.date), 2024
    rejects = pl.read_parquet(os.path.join(o.snapshot, "rejects.parquet"), columns=["source", "file", "line"])
    of_record, of_person, keys, records, used = facts.gather(o.data.rstrip("/"), rejects, labels_of(o.pack), INDEX, SLOTS, year, today)
    with open(os.path.join(o.snapshot, "manifest.json"), encoding="utf-8") as f:
        inputs = json.load(f)["inputs"]
    for source, rows in used.items():
        if rows != sum(i["rows_used"] for i in inputs if i["source"] == source):
            sys.exit(f"{source}: {rows} rows here, canbao used another number")
    system = CanbaoTaxBenefitSystem(o.pack, today)
    clock = Stopwatch()
    decided = decide(system, of_record, of_person, records["at"].to_numpy().astype("int64"), str(year), clock)
    compared, remarks = differences(tables(decided, keys, records), o.snapshot)
    persons = compared["person"]
    told = {group: {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "ns_a_person": round(1e9 * cpu / persons)} for group, (wall, cpu) in clock.told.items()}
    print(json.dumps({"what": "openfisca_rules", "persons": persons, "records": len(records), "groups": told,
                      "wall_s": round(sum(wall for wall, _ in clock.told.values()), 3), "cpu_s": round(sum(cpu for _, cpu in clock.told.values()), 3),
                      "compared": compared, "differs": remarks, "openfisca-core": version("OpenFisca-Core"), "numpy": numpy.__version__}, ensure_ascii=False))
    return 1 if remarks else 0


if __name__ == "__main__":
    sys.exit(main())
