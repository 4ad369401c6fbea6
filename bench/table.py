#!/usr/bin/env python3
"""Every figure that canbao has an aim for, measured by one command, each with its aim beside it.

    python bench/table.py [--runs 5] [--parts enrollment,gb18030,settlement,growth,…] [--build]
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
import re
import statistics
import subprocess
import sys
from pathlib import Path

import gb18030
import program
import rules
import run
import space
from run import say
from space import MILLION, scaled

GROWTH = (1, 2, 4, 8, 16)
GIB = 1024  # MiB
# What canbao is given so that it holds all rows of extracts: bytes a person, and beside them.
HELD, SPARE = 1300, 256 << 20
MEMORY = re.compile(r"(?i)(\d+) *([kmgt]?)(i?)b")
# The aims of 1 to 16 million people: growth "no faster than the rows", give or take what the same thing differs by anyway.
NOISE = 1.05
PARTS = ("enrollment", "enrollment-large", "gb18030", "gb18030-large", "settlement", "growth", "beyond-memory", "start", "serve", "binary", "rules", "build")


def arguments():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--parts", default=",".join(PARTS[:-1]), help=f"a comma-separated choice of {', '.join(PARTS)}")
    a.add_argument("--scale", type=float, default=1.0, help="all sizes times this")
    a.add_argument("--runs", type=int, default=5, help="counted runs of each program")
    a.add_argument("--build", action="store_true", help="time a clean release build too, as the part `build` does")
    a.add_argument("--largest", type=int, default=max(GROWTH), help="millions of people at which growth ends")
    a.add_argument("--memory", default="4GiB", help="the limit for canbao from 2 million people on, as it takes it itself")
    a.add_argument("--cores", type=int, default=2, help="as many cores as the aims are for; 0 takes all there are")
    a.add_argument("--tidy", action="store_true", help="remove extracts as soon as no later part needs them")
    a.add_argument("--go-on", action="store_true", help="keep what was measured with this program and these options before")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--canbao", type=Path, default=run.ROOT / "target" / "release" / "canbao")
    a.add_argument("--profiled", type=Path, help="a canbao built with line tables, for the rules' share (see README)")
    a.add_argument("--python", default=sys.executable, help="the Python that has peers/requirements.txt installed")
    a.add_argument("--openfisca", help="the Python that has peers/requirements-openfisca.txt installed; without it that comparison is left out")
    a.add_argument("--work", type=Path, default=run.ROOT / "target" / "bench", help="extracts and outputs go here")
    o = a.parse_args()
    o.parts = [part for part in o.parts.split(",") if part]
    o.parts += ["build"] if o.build and "build" not in o.parts else []
    if unknown := [part for part in o.parts if part not in PARTS]:
        a.error(f"unknown part `{unknown[0]}`, expected one of {', '.join(PARTS)}")
    if o.runs < 1 or not 0 < o.scale <= 1:
        a.error("`--runs` must be at least 1, and `--scale` above 0 and at most 1")
    if not MEMORY.fullmatch(o.memory):
        a.error(f"`--memory {o.memory}` is no amount of memory, expected a whole number and a unit, such as 4GiB")
    o.canbao, o.work = o.canbao.resolve(), o.work.resolve()
    if not o.canbao.is_file():
        a.error(f"there is no program at `{o.canbao}`; build it with `cargo build --release` or name it with `--canbao`")
    o.work.mkdir(parents=True, exist_ok=True)
    sizes = [scaled(o, n) for n in GROWTH if n <= o.largest]
    o.held = [size for size in sizes if 2 * enough(size) <= run.machine_memory()]  # the other half is for the pages of files
    o.beyond = [size for size in sizes if enough(size) > in_bytes(o.memory)]
    return o


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


def words(runs):
    """A program's figures in one cell."""
    if isinstance(runs, str):
        return f"failed: {runs}"
    reading = f", of which reading {middle(runs, 'read'):.2f} s" if "read" in runs[0] else ""
    return f"{run.spread(runs, 'wall', 2)} s{reading}, {middle(runs, 'cpu'):.2f} s processor, {middle(runs, 'peak'):.0f} MiB"


class Table:
    """The rows of one part, and remarks below the table."""

    def __init__(self):
        self.rows, self.notes = [], []

    def row(self, work, figure, aim="", holds=None):
        self.rows.append((work, figure, aim, "" if holds is None else "yes" if holds else "MISSED"))

    def peak(self, work, runs, most, aim):
        """The largest resident size, and whether it is within the aim."""
        failed = isinstance(runs, str)
        self.row(f"{work}: peak", f"failed: {runs}" if failed else f"{run.spread(runs, 'peak', 0)} MiB", aim, not failed and middle(runs, "peak") <= most)

    def ratio(self, work, runs, name, other, most=None):
        """canbao's time through another's, with the other's figures beside it."""
        aim, cell = "" if most is None else f"≤ {most:.2f}", f"{work}: wall ÷ {name}, {words(other)}"
        if isinstance(runs, str) or isinstance(other, str):
            self.row(cell, "one of them failed", aim, False if most and isinstance(runs, str) else None)
            return
        ratio = middle(runs, "wall") / middle(other, "wall")
        self.row(cell, f"{ratio:.3f}", aim, None if most is None else ratio <= most)

    def agreement(self, work, told):
        found, far = run.differences({label: t["rows"] for label, t in told.items()})
        if found:
            self.notes.append(f"{work}: rows that differ" + (" (**further apart than they may be**)" if far else "") + ": "
                              + "; ".join(line[2:] for line in found))


def people(size):
    return f"{size / MILLION:g} million people" if size >= MILLION else f"{size:,} people".replace(",", " ")


def limit(o, size):
    """The memory limit that canbao gets at this size: none up to a million people."""
    return o.memory if size > scaled(o, 1) else None


# ---------------------------------------------------------------- parts

def audit(o, millions, names, most):
    """The enrollment audit at one size."""
    table, size = Table(), scaled(o, millions)
    options = run.work_for(o, "enrollment", size, memory=limit(o, size))
    data = run.extracts(options)
    say(f"enrollment-audit, {people(size)}")
    figures, told = rounds(o, {name: (name, options, data) for name in names})
    work, canbao = f"`enrollment-audit`, {people(size)}", figures["canbao"]
    table.row(f"{work}: canbao", words(canbao))
    if not isinstance(canbao, str):
        table.row(f"{work}: its stages", run.stages(canbao))
    table.peak(work, canbao, most, f"≤ {most // GIB} GiB")
    for name in names[1:]:
        table.ratio(work, canbao, name, figures[name], {"duckdb": 0.7, "floor": 1.25}.get(name))
    table.agreement(work, told)
    return table


def part_enrollment(o):
    return audit(o, 1, ("canbao", "duckdb", "floor", "polars"), 1 * GIB)


def part_enrollment_large(o):
    return audit(o, 10, ("canbao", "duckdb"), 4 * GIB)


def encodings(o, millions):
    """The same audit on the same extracts in two encodings."""
    table, size = Table(), scaled(o, millions)
    options = run.work_for(o, "enrollment", size, memory=limit(o, size))
    utf8 = run.extracts(options)
    other = gb18030.extracts(utf8)
    say(f"enrollment-audit in both encodings, {people(size)}")
    figures, told = rounds(o, {"utf-8": ("canbao", options, utf8), "gb18030": ("canbao", options, other)})
    work = f"`enrollment-audit` in GB18030, {people(size)}"
    table.row(f"{work}: canbao", words(figures["gb18030"]))
    table.ratio(work, figures["gb18030"], "the UTF-8 run", figures["utf-8"], 1.25)
    if len(told) == 2:
        # Bytes that belong to no character are rejected in either encoding, so the datasets are equal to the byte.
        plain, chinese = (told[label]["hashes"] for label in ("utf-8", "gb18030"))
        unequal = [name for name in plain if plain[name] != chinese.get(name)]
        table.row(f"{work}: datasets equal to the byte", f"{len(plain) - len(unequal)} of {len(plain)}{', not ' if unequal else ''}{', '.join(unequal)}", "all", not unequal)
    return table


def part_gb18030(o):
    return encodings(o, 1)


def part_gb18030_large(o):
    return encodings(o, 10)


def part_settlement(o):
    table, size = Table(), scaled(o, 20)
    options = run.work_for(o, "settlement", size, memory=None)
    data = run.extracts(options)
    say(f"settlement-statistics, {size} rows")
    figures, told = rounds(o, {name: (name, options, data) for name in ("canbao", "duckdb")})
    work = f"`settlement-statistics`, {size / MILLION:g} million rows"
    table.row(f"{work}: canbao", words(figures["canbao"]))
    table.peak(work, figures["canbao"], 1 * GIB, "≤ 1 GiB")
    table.ratio(work, figures["canbao"], "duckdb", figures["duckdb"], 0.7)
    table.agreement(work, told)
    return table


def in_bytes(memory):
    """The bytes of a limit as `--memory` of canbao takes it."""
    number, power, binary = MEMORY.fullmatch(memory).groups()
    return int(number) * (1024 if binary else 1000) ** " kmgt".index(power.lower() or " ")


def enough(size):
    """The limit within which canbao holds all rows of so many people."""
    return size * HELD + SPARE


def part_growth(o):
    """canbao alone with all rows held, all sizes in turn: a size is compared with the one before in the same round."""
    table, data, options = Table(), {}, {}
    for size in o.held:
        options[size] = run.work_for(o, "enrollment", size, memory=f"{enough(size)}B")
        data[size] = run.extracts(options[size])
    say("growth, rows held")
    figures, told = rounds(o, {people(size): ("canbao", options[size], data[size]) for size in o.held})
    for label, runs in figures.items():
        table.row(f"growth, {label}, rows held: canbao", words(runs))
    sizes = list(figures)
    for small, large in zip(sizes, sizes[1:]):
        work = f"growth, {large}, rows held"
        if isinstance(figures[small], str) or isinstance(figures[large], str):
            table.row(f"{work}: growth", "one of them failed", "without failing", False)
            continue
        rows = told[large]["read"] / told[small]["read"]
        for key, name in (("wall", "time"), ("peak", "memory")):
            grown = statistics.median(after[key] / before[key] / rows for before, after in zip(figures[small], figures[large]))
            table.row(f"{work}: growth of {name} ÷ growth of rows, from {small}", f"{grown:.3f}", f"≤ 1 ({NOISE} with noise)", grown <= NOISE)
    if moved := [label for label in told if told[label]["ranges"]]:
        raise run.Failed(f"expected rows to be held, and they were put aside: {', '.join(moved)}")
    return table


def part_beyond_memory(o):
    """canbao where rows do not fit into `--memory`, in turn with itself where they are held, as far as they can be."""
    table = Table()
    for size in o.beyond:
        limits = {"held": f"{enough(size)}B", "aside": o.memory} if size in o.held else {"aside": o.memory}
        options = {label: run.work_for(o, "enrollment", size, memory=memory) for label, memory in limits.items()}
        data = run.extracts(options["aside"])
        say(f"beyond memory, {people(size)}")
        figures, told = rounds(o, {label: ("canbao", of, data) for label, of in options.items()})
        space.tidy(o, "beyond-memory", data)
        work, aside = f"beyond memory, {people(size)}", figures["aside"]
        table.row(f"{work}: canbao", words(aside))
        table.peak(work, aside, 4 * GIB, "≤ 4 GiB, slower and not failing")
        if isinstance(aside, str):  # larger sizes are not tried
            break
        table.row(f"{work}: ranges in which persons were worked on", f"{told['aside']['ranges'] or 'none: all rows were held'}")
        if "held" in figures:
            table.ratio(work, aside, "rows held", figures["held"])
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

def marks(o):
    """What the figures of each part belong to: another program, or other options that matter to it, give others."""
    digest = hashlib.sha256()
    with open(o.canbao, "rb") as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    mark = {"program": digest.hexdigest(), "scale": o.scale, "runs": o.runs, "seed": o.seed, "memory": o.memory, "cores": o.cores}
    own = {"growth": o.largest, "beyond-memory": o.largest, "rules": [str(o.profiled), str(o.openfisca)]}
    return {part: {**mark, "own": own.get(part)} for part in PARTS}


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
    notes.insert(0, f"above a million people, and beyond memory, canbao runs with `--memory {o.memory}`")
    print("".join(f"\n- {note}" for note in notes))
    named = {name: version for part in kept.values() for name, version in part["versions"].items()}
    told = [f"{name} {version}{run.commit() if name == 'canbao' else ''}" for name, version in named.items()]
    days = sorted({part["date"] for part in kept.values()})
    print(f"\nMachine: {run.machine()}.\nVersions: {', '.join([*told, f'Python {platform.python_version()}'])}.\nDate: {' to '.join(dict.fromkeys((days[0], days[-1])))}.")


def main():
    o = arguments()
    if o.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:o.cores])  # the programs inherit it
    space.check(o)
    store, mark = o.work / "figures.json", marks(o)
    kept = json.loads(store.read_text(encoding="utf-8")) if o.go_on and store.is_file() else {}
    kept = {part: found for part, found in kept.items() if found["mark"] == mark[part]}
    for part in o.parts:
        if part in kept:
            say(f"{part}: measured on {kept[part]['date']}")
        else:
            o.versions = {}
            try:
                table = globals()["part_" + part.replace("-", "_")](o)
            except (run.Failed, subprocess.CalledProcessError) as failure:
                say(str(failure))
                table = Table()
                table.row(part, f"failed: {str(failure).splitlines()[0]}", "", False)
            kept[part] = {"rows": table.rows, "notes": table.notes, "versions": o.versions, "date": str(datetime.date.today()), "mark": mark[part]}
            store.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        space.tidy(o, part)
    printed(o, {part: kept[part] for part in PARTS if part in kept})
    return 0


if __name__ == "__main__":
    sys.exit(main())
