#!/usr/bin/env python3
"""Every figure that canbao has an aim for, measured by one command, each with its aim beside it.

    python bench/table.py [--runs 5] [--parts enrollment,gb18030,settlement,growth,start,serve,binary,rules] [--build]
    python bench/table.py --scale 0.01 --runs 1        everything, small, in about a minute: no figures to quote

Programs run in turn on the same files, as in `run.py`, whose functions these are. Prints one Markdown table with the
machine, the versions and the date. What each part found is kept in `figures.json` of the work folder: `--go-on` takes
from there what this program was measured for already. `bench/README.md` says what is compared and what is not.

Exit status: 0, also where an aim is missed (the table says MISSED); 2 where the disk is too small or a word is wrong.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import gb18030
import program
import rules
import run
from run import say

MILLION = 1_000_000
GROWTH = (1, 2, 4, 8, 16)
GIB = 1024  # MiB
# The aims of 1 to 16 million people: growth "no faster than the rows", give or take what two medians differ by anyway.
NOISE = 1.05
# What a row of extracts takes on the disk, and what a run needs beside them for what it writes and puts aside.
BYTES = {"enrollment": 800, "settlement": 215}
ASIDE = {"enrollment": 400, "settlement": 120}
PARTS = ("enrollment", "gb18030", "settlement", "growth", "start", "serve", "binary", "rules")


def arguments():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--parts", default=",".join(PARTS), help="a comma-separated choice of the parts")
    a.add_argument("--scale", type=float, default=1.0, help="all sizes times this")
    a.add_argument("--runs", type=int, default=5, help="counted runs of each program")
    a.add_argument("--build", action="store_true", help="time a clean release build too")
    a.add_argument("--largest", type=int, default=max(GROWTH), help="millions of people at which growth ends")
    a.add_argument("--memory", default="4GiB", help="the limit for canbao from 2 million people on, where it knows `--memory`")
    a.add_argument("--cores", type=int, default=2, help="as many cores as the aims are for; 0 takes all there are")
    a.add_argument("--tidy", action="store_true", help="remove extracts as soon as no later part needs them")
    a.add_argument("--go-on", action="store_true", help="keep what was measured with this program, scale and number of runs")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--canbao", type=Path, default=run.ROOT / "target" / "release" / "canbao")
    a.add_argument("--profiled", type=Path, help="a canbao built with line tables, for the rules' share (see README)")
    a.add_argument("--python", default=sys.executable, help="the Python that has peers/requirements.txt installed")
    a.add_argument("--openfisca", help="the Python that has peers/requirements-openfisca.txt installed; without it that comparison is left out")
    a.add_argument("--work", type=Path, default=run.ROOT / "target" / "bench", help="extracts and outputs go here")
    o = a.parse_args()
    o.parts = [part for part in o.parts.split(",") if part]
    if unknown := [part for part in o.parts if part not in PARTS]:
        a.error(f"unknown part `{unknown[0]}`, expected one of {', '.join(PARTS)}")
    if o.runs < 1 or not 0 < o.scale <= 1:
        a.error("`--runs` must be at least 1, and `--scale` above 0 and at most 1")
    o.canbao, o.work = o.canbao.resolve(), o.work.resolve()
    if not o.canbao.is_file():
        a.error(f"there is no program at `{o.canbao}`; build it with `cargo build --release` or name it with `--canbao`")
    o.work.mkdir(parents=True, exist_ok=True)
    told = subprocess.run([str(o.canbao), "run", "--help"], capture_output=True, text=True, check=True).stdout
    o.limited = "--memory" in told
    o.sizes = {"enrollment": (scaled(o, 1), scaled(o, 10)), "growth": [scaled(o, n) for n in GROWTH if n <= o.largest]}
    return o


def scaled(o, millions):
    return max(program.SMALL, round(millions * MILLION * o.scale))


# ---------------------------------------------------------------- the disk

def wanted(o):
    """For each part, the folders of extracts that it needs: path, bytes of it, bytes beside it while programs run."""
    wants = {part: [] for part in o.parts}

    def want(part, what, size, gb=False):
        if part in wants:
            one = run.work_for(o, what, size)
            path = gb18030.folder_of(run.data_of(one)) if gb else run.data_of(one)
            wants[part].append((path, size * BYTES[what], size * ASIDE[what]))

    for size in o.sizes["enrollment"]:
        want("enrollment", "enrollment", size)
        want("gb18030", "enrollment", size)
        want("gb18030", "enrollment", size, gb=True)
    want("settlement", "settlement", scaled(o, 20))
    for size in o.sizes["growth"]:
        want("growth", "enrollment", size)
    want("rules", "enrollment", scaled(o, 1))
    return wants


def check_disk(o):
    """Says what is needed, and stops where it is not there."""
    wants = wanted(o)
    held, most, seen = 0, 0, set()
    for at, (part, folders) in enumerate(wants.items()):
        fresh = {path: size for path, size, _ in folders if path not in seen and not path.is_dir()}
        seen |= {path for path, _, _ in folders}
        held += sum(fresh.values())
        most = max(most, held + max((aside for _, _, aside in folders), default=0))
        if o.tidy:
            later = {path for others in list(wants.values())[at + 1:] for path, _, _ in others}
            held -= sum(size for path, size, _ in folders if path not in later)
    free = shutil.disk_usage(o.work).free
    say(f"needs {most / 1e9:.1f} GB in {o.work}, of which {free / 1e9:.1f} GB are free")
    if most > free:
        hint = "" if o.tidy else "; `--tidy` removes extracts as soon as no part needs them any more"
        say(f"too little space\nhint: name another folder with `--work`, fewer parts with `--parts`, or a smaller `--largest`{hint}")
        sys.exit(2)


def tidy(o, part):
    if o.tidy:
        wants = wanted(o)
        later = {path for name in o.parts[o.parts.index(part) + 1:] for path, _, _ in wants[name]}
        for path, _, _ in wants[part]:
            if path not in later:
                shutil.rmtree(path, ignore_errors=True)


# ---------------------------------------------------------------- rounds

def rounds(o, contenders):
    """Runs `contenders` in turn: label → (program, options, extracts). Gives label → figures, label → what it told last.

    One that fails is out, with its reason in place of figures: what a size asks for beyond a peer's means is a result.
    """
    figures, told, out = {label: [] for label in contenders}, {}, {}
    for turn in range(o.runs + 1):
        say("warm-up" if turn == 0 else f"round {turn} of {o.runs}")
        for label, (name, options, data) in contenders.items():
            if label in out:
                continue
            try:
                figure, told[label] = run.run_once(name, options, data, label)
            except run.Failed as failure:
                say(str(failure))
                out[label] = str(failure).partition("\n")[0].partition(":")[0]
                continue
            o.versions.update(told[label]["versions"])
            if turn > 0:
                figures[label].append(figure)
    return {label: out.get(label) or runs for label, runs in figures.items()}, told


def middle(runs, key):
    return statistics.median(f[key] for f in runs)


class Table:
    """The rows of one part, and remarks below the table."""

    def __init__(self):
        self.rows, self.notes = [], []

    def row(self, work, figure, aim="", holds=None):
        self.rows.append((work, figure, aim, "" if holds is None else "yes" if holds else "MISSED"))

    def absolute(self, work, runs, key, unit, places, most=None, told=None):
        """A median with its spread, and whether it is at most `most`."""
        name = {"wall": "wall", "peak": "peak", "cpu": "processor"}[key]
        if isinstance(runs, str):
            self.row(f"{work}, {name}", f"failed: {runs}", told or "", False if most is not None else None)
            return
        self.row(f"{work}, {name}", f"{run.spread(runs, key, places)} {unit}", told or "", None if most is None else middle(runs, key) <= most)

    def ratio(self, work, runs, other, key, most):
        if isinstance(runs, str) or isinstance(other, str):
            self.row(work, "one of them failed", f"≤ {most:.2f}", False if isinstance(runs, str) else None)
            return
        ratio = middle(runs, key) / middle(other, key)
        self.row(work, f"{ratio:.2f}", f"≤ {most:.2f}", ratio <= most)

    def agreement(self, work, told):
        found, far = run.differences({label: t["rows"] for label, t in told.items()})
        if found:
            self.notes.append(f"{work}: rows that differ" + (" (**further apart than they may be**)" if far else "") + ": "
                              + "; ".join(line[2:] for line in found))


def people(size):
    return f"{size / MILLION:g} million people" if size >= MILLION else f"{size:,} people".replace(",", " ")


def limit(o, size):
    """The memory limit that canbao gets at this size: none up to a million people."""
    return o.memory if o.limited and size > scaled(o, 1) else None


# ---------------------------------------------------------------- parts

def audit(o, size, names):
    """The enrollment audit at one size by these programs."""
    options = run.work_for(o, "enrollment", size, memory=limit(o, size))
    data = run.extracts(options)
    say(f"enrollment-audit, {people(size)}")
    return rounds(o, {name: (name, options, data) for name in names})


def part_enrollment(o):
    table = Table()
    for size, most, names in zip(o.sizes["enrollment"], (1 * GIB, 4 * GIB), (("canbao", "duckdb", "polars", "floor"), ("canbao", "duckdb"))):
        figures, told = audit(o, size, names)
        work = f"`enrollment-audit`, {people(size)}"
        table.absolute(f"{work}: canbao", figures["canbao"], "wall", "s", 2)
        table.absolute(f"{work}: canbao", figures["canbao"], "cpu", "s", 2)
        table.absolute(f"{work}: canbao", figures["canbao"], "peak", "MiB", 0, most, f"≤ {most // GIB} GiB")
        for name in names[1:]:
            table.absolute(f"{work}: {name}", figures[name], "wall", "s", 2)
            table.absolute(f"{work}: {name}", figures[name], "peak", "MiB", 0)
        table.ratio(f"{work}: wall ÷ duckdb's", figures["canbao"], figures["duckdb"], "wall", 0.7)
        if "floor" in names:
            table.ratio(f"{work}: wall ÷ floor's", figures["canbao"], figures["floor"], "wall", 1.25)
            if not isinstance(figures["floor"], str):
                table.row(f"{work}: of the floor, reading alone", f"{run.spread(figures['floor'], 'read', 2)} s")
        if not isinstance(figures["canbao"], str):
            table.row(f"{work}: canbao's stages", run.stages(figures["canbao"]))
        table.agreement(work, told)
    return table


def part_gb18030(o):
    table = Table()
    for size in o.sizes["enrollment"]:
        options = run.work_for(o, "enrollment", size, memory=limit(o, size))
        utf8 = run.extracts(options)
        other = gb18030.extracts(utf8)
        say(f"enrollment-audit in both encodings, {people(size)}")
        figures, told = rounds(o, {"utf-8": ("canbao", options, utf8), "gb18030": ("canbao", options, other)})
        work = f"GB18030, {people(size)}"
        table.absolute(f"{work}: canbao", figures["gb18030"], "wall", "s", 2)
        table.absolute(f"{work}: canbao", figures["gb18030"], "peak", "MiB", 0)
        table.ratio(f"{work}: wall ÷ the UTF-8 run's", figures["gb18030"], figures["utf-8"], "wall", 1.25)
        if len(told) == 2:
            # Bytes that belong to no character are rejected in either encoding, so the datasets are equal to the byte.
            hashes = [told[label]["hashes"] for label in ("utf-8", "gb18030")]
            unequal = [name for name in hashes[0] if hashes[0][name] != hashes[1].get(name)]
            table.row(f"{work}: datasets equal to the byte", f"{len(hashes[0]) - len(unequal)} of {len(hashes[0])}" + (f", not {', '.join(unequal)}" if unequal else ""),
                      "all", not unequal)
    return table


def part_settlement(o):
    table, size = Table(), scaled(o, 20)
    options = run.work_for(o, "settlement", size, memory=None)
    data = run.extracts(options)
    say(f"settlement-statistics, {size} rows")
    figures, told = rounds(o, {name: (name, options, data) for name in ("canbao", "duckdb")})
    work = f"`settlement-statistics`, {size / MILLION:g} million rows"
    table.absolute(f"{work}: canbao", figures["canbao"], "wall", "s", 2)
    table.absolute(f"{work}: canbao", figures["canbao"], "cpu", "s", 2)
    table.absolute(f"{work}: canbao", figures["canbao"], "peak", "MiB", 0, 1 * GIB, "≤ 1 GiB")
    table.absolute(f"{work}: duckdb", figures["duckdb"], "wall", "s", 2)
    table.absolute(f"{work}: duckdb", figures["duckdb"], "peak", "MiB", 0)
    table.ratio(f"{work}: wall ÷ duckdb's", figures["canbao"], figures["duckdb"], "wall", 0.7)
    table.agreement(work, told)
    return table


def part_growth(o):
    """All sizes with the same settings. DuckDB comes along for as long as it fits: three quarters of the memory."""
    table, before, fits = Table(), None, True
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    for size in o.sizes["growth"]:
        options = run.work_for(o, "enrollment", size, memory=o.memory if o.limited else None)
        data = run.extracts(options)
        say(f"growth, {people(size)}")
        figures, told = rounds(o, {name: (name, options, data) for name in (("canbao", "duckdb") if fits else ("canbao",))})
        work, canbao, duckdb = f"growth, {people(size)}", figures["canbao"], figures.get("duckdb")
        table.absolute(f"{work}: canbao", canbao, "wall", "s", 2)
        largest = size == scaled(o, 16)
        table.absolute(f"{work}: canbao", canbao, "peak", "MiB", 0, 4 * GIB if largest else None, "≤ 4 GiB, and it does not fail" if largest else None)
        if duckdb:
            table.absolute(f"{work}: duckdb", duckdb, "wall", "s", 2)
            table.absolute(f"{work}: duckdb", duckdb, "peak", "MiB", 0)
            fits = not isinstance(duckdb, str) and 2 * middle(duckdb, "peak") <= 0.75 * total
            if not fits:
                table.notes.append(f"duckdb is not measured beyond {people(size)}: twice its memory would be more than three quarters of the machine's")
        if isinstance(canbao, str):
            break
        now = {"rows": told["canbao"]["read"], "wall": middle(canbao, "wall"), "peak": middle(canbao, "peak")}
        if before:
            for key, name in (("wall", "time"), ("peak", "memory")):
                grown = (now[key] / before[key]) / (now["rows"] / before["rows"])
                table.row(f"{work}: growth of {name} ÷ growth of rows, from half as many", f"{grown:.2f}", f"≤ 1 ({NOISE} with noise)", grown <= NOISE)
        before = now
    return table


def part_start(o):
    took = program.starts(o)
    table, ms = Table(), [1000 * t for t in took]
    table.row("start to first line of `canbao runs`, a month of runs", f"{statistics.median(ms):.1f} ms ({min(ms):.1f}–{max(ms):.1f})", "< 50 ms", statistics.median(ms) < 50)
    return table


def part_serve(o):
    table = Table()
    resident, own, seconds = program.idle(o)
    more = "" if own is None else f", of which {own:.0f} MiB its own and the rest pages of the program's file"
    table.row(f"idle `canbao serve` after {program.IDLE_SECONDS} s: resident", f"{resident:.0f} MiB{more}", "< 60 MiB", resident < 60)
    table.row(f"idle `canbao serve` after {program.IDLE_SECONDS} s: processor, start included", f"{seconds:.2f} s")
    return table


def part_binary(o):
    table, size = Table(), o.canbao.stat().st_size
    table.row("the program's file", f"{size / 1e6:.1f} MB", "< 80 MB", size < 80e6)
    return table


def part_build(o):
    table = Table()
    took, size = program.build(o)
    table.row("clean release build, two jobs", f"{took / 60:.1f} min", "< 10 min", took < 600)
    table.row("the release binary of that build", f"{size / 1e6:.1f} MB", "< 80 MB", size < 80e6)
    return table


def part_rules(o):
    options = run.work_for(o, "enrollment", scaled(o, 1), memory=None)
    data = run.extracts(options)
    say(f"the rules alone, {people(options.persons)}")
    table = Table()
    rules.measure(o, options, data, table)
    return table


# ---------------------------------------------------------------- all together

def fingerprint(o):
    """What figures belong to: another program, scale or number of runs gives others."""
    digest = hashlib.sha256()
    with open(o.canbao, "rb") as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    return {"program": digest.hexdigest(), "scale": o.scale, "runs": o.runs, "seed": o.seed, "memory": o.memory if o.limited else None, "cores": o.cores}


def printed(o, kept):
    small = "" if o.scale == 1 else f" **Sizes times {o.scale:g}: a trial of the command, no figures to quote.**"
    print(f"Medians of {o.runs} runs in turn after one warm-up, least and largest in brackets; aims are for two cores.{small}\n")
    print("| work | measured | aim | holds |\n|---|---:|---:|---|")
    for part in kept.values():
        for row in part["rows"]:
            print("| " + " | ".join(row) + " |")
    missed = sum(row[3] == "MISSED" for part in kept.values() for row in part["rows"])
    held = sum(row[3] == "yes" for part in kept.values() for row in part["rows"])
    print(f"\n{held} aims hold, {missed} are MISSED.")
    notes = [note for part in kept.values() for note in part["notes"]]
    if o.limited:
        notes.insert(0, f"from 2 million people on, and in all sizes of growth, canbao runs with `--memory {o.memory}`")
    print("".join(f"\n- {note}" for note in notes))
    named = {name: version for part in kept.values() for name, version in part["versions"].items()}
    told = ", ".join(f"{name} {version}{run.commit() if name == 'canbao' else ''}" for name, version in named.items())
    days = sorted({part["date"] for part in kept.values()})
    print(f"\nMachine: {run.machine()}.\nVersions: {told}, Python {platform.python_version()}.\nDate: {' to '.join(dict.fromkeys((days[0], days[-1])))}.")


def main():
    o = arguments()
    if o.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:o.cores])  # the programs inherit it
    check_disk(o)
    store, mark = o.work / "figures.json", fingerprint(o)
    stored = json.loads(store.read_text(encoding="utf-8")) if o.go_on and store.is_file() else {}
    kept = stored["parts"] if stored.get("mark") == mark else {}
    for part in [*o.parts, *(["build"] if o.build else [])]:
        if part in kept:
            say(f"{part}: measured on {kept[part]['date']}")
            continue
        o.versions = {}
        try:
            table = globals()[f"part_{part}"](o)
        except (run.Failed, subprocess.CalledProcessError) as failure:
            say(str(failure))
            table = Table()
            table.row(part, f"failed: {str(failure).splitlines()[0]}", "", False)
        kept[part] = {"rows": table.rows, "notes": table.notes, "versions": o.versions, "date": str(datetime.date.today())}
        store.write_text(json.dumps({"mark": mark, "parts": kept}, ensure_ascii=False), encoding="utf-8")
        if part in o.parts:
            tidy(o, part)
    order = [*PARTS, "build"]
    printed(o, dict(sorted(kept.items(), key=lambda item: order.index(item[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
