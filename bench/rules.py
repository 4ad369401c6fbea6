"""What canbao's rules cost a person, beside the same rules in OpenFisca.

Of canbao: a profile of a whole run. `perf` says at which instruction the processor was, two thousand times a second; the
line tables of the program say from which of our files that instruction comes, inlined functions included. What comes
from `crates/canbao-rules/src/rules/` is the rules. Without `perf` or line tables there is an upper bound alone: the whole stage in which
rules decide, which also sorts and joins rows, gathers facts and fills columns.

    python bench/rules.py PROGRAM DATA     prints the profile of one run by room; PROGRAM must have line tables
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

import run
from run import say

HERTZ = 1999
# Helpers that rules and reading call, and that are not always inlined: days and months, money, the pack's values.
HELPERS = ("src/period", "src/money", "src/policy", "chrono")


class NoProfile(Exception):
    """There can be none here; the text says why."""


# ---------------------------------------------------------------- the profile

def profile(words, file):
    """The rooms in which the processor was while `words` ran: room → samples."""
    recorded = subprocess.run(["perf", "record", "--quiet", "-F", str(HERTZ), "-e", "cpu-clock", "-o", str(file), "--", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=run.ROOT)
    if recorded.returncode != 0:
        raise run.Failed(f"exit status {recorded.returncode}: perf record\n{recorded.stderr[-2000:]}")
    told = subprocess.run(["perf", "script", "-i", str(file), "-F", "ip", "--show-mmap-events"], capture_output=True, text=True, check=True).stdout
    return rooms(told, words[0])


def rooms(script, program):
    """The samples of `perf script` by room."""
    mapped, samples = [], Counter()
    pattern = re.compile(r"\[0x([0-9a-f]+)\(0x([0-9a-f]+)\) @ (?:0x)?([0-9a-f]+) .*\]: \S+ (.*)$")
    name = str(Path(program).resolve())
    for line in script.splitlines():
        if "PERF_RECORD_MMAP" in line:
            if (found := pattern.search(line)) and found[4] == name:
                mapped.append(tuple(int(found[i], 16) for i in (1, 2, 3)))
        elif word := line.strip():
            samples[int(word.split()[0], 16)] += 1
    segments = loaded(name)
    inside, found = {}, Counter()
    for address, count in samples.items():
        at = address_in_file(address, mapped, segments)
        if at is None:
            found["kernel and C library"] += count
        else:
            inside[at] = inside.get(at, 0) + count
    for at, room in zip(inside, symbolised(name, list(inside))):
        found[room] += inside[at]
    return found


def loaded(name):
    """The segments of the program: place in the file, address, size."""
    told = subprocess.run(["readelf", "-lW", name], capture_output=True, text=True, check=True).stdout
    return [tuple(int(word, 16) for word in (part[1], part[2], part[4])) for part in map(str.split, told.splitlines()) if part[:1] == ["LOAD"]]


def address_in_file(address, mapped, segments):
    for start, size, place in mapped:
        if start <= address < start + size:
            offset = address - start + place
            for of_file, virtual, length in segments:
                if of_file <= offset < of_file + length:
                    return offset - of_file + virtual
    return None


def symbolised(name, addresses):
    """The room of each address."""
    lines = subprocess.run(["addr2line", "-a", "-f", "-C", "-i", "-e", name], input="\n".join(map(hex, addresses)), capture_output=True, text=True,
                           check=True).stdout.splitlines()
    stacks, at = [], 0
    while at < len(lines):
        if lines[at].startswith("0x"):
            stacks.append([])
            at += 1
        else:
            stacks[-1].append((lines[at], lines[at + 1].rpartition(":")[0]))
            at += 2
    if len(stacks) != len(addresses):
        raise NoProfile("addr2line did not tell of every address")
    found = [room_of(stack) for stack in stacks]
    if not any(room.startswith("src/") for room in found):
        raise NoProfile(f"`{Path(name).name}` has no line tables")
    return found


def room_of(stack):
    """Rules, where any of the inlined functions is one; else the innermost of our rooms, a helper's only where it is not inlined; else the library."""
    ours = [path.rpartition("/src/")[2] for _, path in stack if is_ours(path)]
    if any(path.startswith("rules/") for path in ours):
        return "src/rules"
    if ours:
        rooms_of_stack = ["src/" + room(path) for path in ours]
        return next((found for found in rooms_of_stack if found not in HELPERS), rooms_of_stack[0])
    for function, path in stack:
        named = re.search(r"/registry/src/[^/]+/([A-Za-z0-9_-]+?)-\d", path) or re.match(r"<?&?(?:mut )?([a-z][a-z0-9_]*)(?=::)", function)
        if named or function.startswith(("ZSTD_", "HUF_", "FSE_")):
            crate = named[1].replace("-", "_") if named else "zstd"
            return "polars" if crate.startswith("polars") else "std" if crate in ("core", "alloc", "std") else crate
    return "other libraries"


def room(path):
    return path.partition("/")[0].removesuffix(".rs")


SOURCES = [run.ROOT / "src", *(run.ROOT / "crates").glob("*/src")]
ROOMS = {room(path.name) for source in SOURCES for path in source.iterdir()}


def is_ours(path):
    return "/src/" in path and not re.search(r"/registry/|/rustc/|/library/|/checkouts/|/toolchains/|/deps/", path) and room(path.rpartition("/src/")[2]) in ROOMS


# ---------------------------------------------------------------- for the table

def audited(options, data, program, out):
    """The command of an audit with its results in `out`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    return [str(word) for word in run.command_of("canbao", run.work_for(options, "enrollment", options.persons, canbao=program), data, out)]


def openfisca(o, data, snapshot, date):
    words = [o.openfisca, str(run.PEERS / "openfisca_rules.py"), str(data), str(snapshot), "--date", date]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=run.ROOT)
    if not done.stdout:
        raise run.Failed(f"exit status {done.returncode}: openfisca_rules.py\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def spread(values, places=0):
    return f"{statistics.median(values):.{places}f} ({min(values):.{places}f}–{max(values):.{places}f})"


def measure(o, options, data, table):
    """Puts what the rules cost into the table. Programs run in turn: canbao, canbao under `perf`, OpenFisca."""
    out, work = o.work / "out" / "rules", f"rules, {options.persons / 1e6:g} million people"
    stages, profiles, peers = [], [], []
    for turn in range(o.runs + 1):
        say("warm-up" if turn == 0 else f"round {turn} of {o.runs}")
        figures, printed = run.measured(audited(options, data, o.canbao, out), out)
        told = run.told_of("canbao", options, printed, out)
        persons, stage = told["rows"]["person"], told["stages"]["enrollment-audit"]
        stages.append(1e9 * stage * run.cores() / persons)
        say(f"  canbao {figures['wall']:.2f} s, of which {stage:.2f} s where rules decide")
        if o.profiled:
            try:
                profiles.append(profile(audited(options, data, o.profiled.resolve(), o.work / "out" / "profile"), o.work / "perf.data"))
                say(f"  profile {sum(profiles[-1].values())} samples, {profiles[-1]['src/rules']} in rules")
            except (NoProfile, FileNotFoundError) as why:
                table.notes.append(f"the rules' share is not measured: {why}")
                o.profiled = None
        if o.openfisca:
            peers.append(openfisca(o, data, Path(json.loads(printed)["snapshot"]), options.date))
            say(f"  openfisca {peers[-1]['cpu_s']:.2f} s processor")
    o.versions.update(told["versions"])
    table.row(f"{work}: the stage in which canbao's decide, all cores (an upper bound)", f"{spread(stages[1:])} ns a person")
    mine = told_of_profiles(work, profiles[1:], persons, table) if profiles[1:] else None
    if peers:
        told_of_peers(work, peers[1:], persons, mine, table)
        o.versions.update({"openfisca-core": peers[-1]["openfisca-core"], "numpy": peers[-1]["numpy"]})
    for folder in ("rules", "profile"):
        shutil.rmtree(o.work / "out" / folder, ignore_errors=True)
    (o.work / "perf.data").unlink(missing_ok=True)


def told_of_profiles(work, profiles, persons, table):
    """The rows of the profile; gives the medians of nanoseconds a person, of rules and of rules with all helpers."""
    mine = [1e9 * p["src/rules"] / HERTZ / persons for p in profiles]
    helped = [1e9 * sum(p[room] for room in HELPERS) / HERTZ / persons for p in profiles]
    share = [100 * p["src/rules"] / sum(p.values()) for p in profiles]
    table.row(f"{work}: canbao's, by the profile", f"{spread(mine)} ns a person, {statistics.median(share):.1f} % of the run's processor time")
    table.row(f"{work}: canbao's calendar, money and policy values, whoever asks", f"{spread(helped)} ns a person")
    summed = sum(profiles, Counter())
    shares = ", ".join(f"{room} {100 * n / sum(summed.values()):.1f} %" for room, n in summed.most_common(14))
    table.notes.append(f"where the processor was during `enrollment-audit`: {shares}")
    return statistics.median(mine), statistics.median(map(sum, zip(mine, helped)))


def told_of_peers(work, peers, persons, mine, table):
    theirs = [1e9 * p["cpu_s"] / persons for p in peers]
    table.row(f"{work}: OpenFisca's, without duplicates", f"{spread(theirs)} ns a person")
    table.row(f"{work}: OpenFisca's decisions that differ from canbao's", "none" if not peers[-1]["differs"] else "; ".join(peers[-1]["differs"]), "none",
              not peers[-1]["differs"])
    if mine:
        least, most = (statistics.median(theirs) / ns for ns in reversed(mine))
        table.row(f"{work}: OpenFisca's ÷ canbao's", f"{most:.1f}; {least:.1f} if all of calendar, money and policy were the rules'")
    groups = ", ".join(f"{name} {statistics.median(p['groups'][name]['ns_a_person'] for p in peers):.0f} ns" for name in peers[0]["groups"])
    compared = ", ".join(f"{name} {n}" for name, n in peers[-1]["compared"].items())
    table.notes.append(f"OpenFisca a person: {groups}; rows compared with canbao's: {compared}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, data, work = sys.argv[1], sys.argv[2], run.ROOT / "target" / "bench" / "profile"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    words = [program, "run", "enrollment-audit", "--region", run.REGION, "--data", data, "--publish", str(work / "published"), "--state", str(work / "state"),
             "--date", run.WORK["enrollment"]["date"]]
    found = profile(words, work / "perf.data")
    shutil.rmtree(work)
    for room, count in found.most_common():
        print(f"{100 * count / sum(found.values()):6.2f} % {count / HERTZ:8.2f} s  {room}")


if __name__ == "__main__":
    try:
        main()
    except (NoProfile, run.Failed) as failure:
        sys.exit(str(failure))
