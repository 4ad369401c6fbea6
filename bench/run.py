#!/usr/bin/env python3
"""canbao and hand-written peers on the same extracts, in turn, in one go.

    python bench/run.py [--persons 1000000] [--runs 5] [--date 2024-03-31] [--only canbao,duckdb,polars,floor]
    python bench/run.py --what settlement [--rows 20000000] [--runs 5] [--date 2024-12-31] [--only canbao,duckdb]

The first measures `enrollment-audit`, the second `settlement-statistics`.
Makes the extracts once with `canbao sample --plain`, then runs each program in turn
(A B C A B C …), every time as a fresh process with an empty output folder. One round
of warm-up is not counted. What a process took is what the kernel says of it when it
ends (`wait4`): wall time, processor seconds of user and system, largest resident size.
Prints a Markdown table. `bench/README.md` says what is compared and what is not;
`bench/table.py` measures all works and sizes with one command and holds them against their aims.

Exit status: 0; 1 where a program failed or two of them count different things.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
REGION = "340322"  # the peers are written for this county and for no other

# What is measured: the pipeline, the size of its extracts, the default date, and the programs.
WORK = {
    "enrollment": {
        "pipeline": "enrollment-audit", "size": "persons", "date": "2024-03-31",
        "scripts": {"canbao": None, "duckdb": "duckdb_audit.py", "polars": "polars_audit.py", "floor": "floor.py"},
    },
    "settlement": {
        "pipeline": "settlement-statistics", "size": "rows", "date": "2024-12-31",
        "scripts": {"canbao": None, "duckdb": "duckdb_settlement.py"},
    },
}

# Row counts further apart than this share are a finding. These are only shown: the peers check less, and publish less
# or count by other groups (see README).
CLOSE = 0.02
ONLY_SHOWN = {"rejects", "chronic_statistics", "settlement_revisions"}


class Failed(Exception):
    """A program ended with a status other than 0. The first line says which and how, the rest is what it complained of."""


def arguments():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--what", choices=WORK, default="enrollment")
    a.add_argument("--persons", type=int, default=1_000_000, help="for enrollment")
    a.add_argument("--rows", type=int, default=20_000_000, help="for settlement")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--runs", type=int, default=5, help="counted runs of each program")
    a.add_argument("--date", help="the logical date")
    a.add_argument("--only", help="a comma-separated choice of the programs")
    a.add_argument("--canbao", type=Path, default=ROOT / "target" / "release" / "canbao")
    a.add_argument("--python", default=sys.executable, help="the Python that has peers/requirements.txt installed")
    a.add_argument("--work", type=Path, default=ROOT / "target" / "bench", help="extracts and outputs go here")
    a.add_argument("--memory", help="passed on to `canbao run`, where it knows the option")
    o = a.parse_args()
    o.work_of = WORK[o.what]
    o.date = o.date or o.work_of["date"]
    known = list(o.work_of["scripts"])
    o.only = known if o.only is None else [name for name in o.only.split(",") if name]
    if unknown := [name for name in o.only if name not in known]:
        a.error(f"unknown program `{unknown[0]}`, expected one of {', '.join(known)}")
    if o.runs < 1:
        a.error("`--runs` must be at least 1")
    o.canbao, o.work = o.canbao.resolve(), o.work.resolve()
    if not o.canbao.is_file():
        a.error(f"there is no program at `{o.canbao}`; build it with `cargo build --release` or name it with `--canbao`")
    return o


def work_for(o, what, size, **more):
    """The same options for another work and size."""
    of = WORK[what]
    return argparse.Namespace(**{**vars(o), "what": what, "work_of": of, "date": of["date"], of["size"]: size, **more})


def data_of(o):
    """Where the extracts are. The folder's name says what made them."""
    return o.work / f"data-{o.what}-{REGION}-{getattr(o, o.work_of['size'])}-seed{o.seed}"


def extracts(o):
    """The folder with the extracts, made when it is not there."""
    size = o.work_of["size"]
    number = getattr(o, size)
    data = data_of(o)
    if not data.is_dir():
        unfinished = data.with_name(data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        say(f"making extracts of {number} {size} in {data.name}")
        what = [] if o.what == "enrollment" else ["--what", o.what]
        command = [o.canbao, "sample", unfinished, *what, f"--{size}", number, "--seed", o.seed, "--region", REGION, "--plain"]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr, cwd=ROOT)
        unfinished.rename(data)
    return data


def say(text):
    print(text, file=sys.stderr, flush=True)


def command_of(name, o, data, out):
    if name == "canbao":
        memory = ["--memory", o.memory] if o.memory else []
        return [o.canbao, "run", o.work_of["pipeline"], "--region", REGION, "--data", data, "--publish", out / "published", "--state", out / "state", "--date", o.date,
                "--json", *memory]
    date = [] if name == "floor" else ["--date", o.date]
    return [o.python, PEERS / o.work_of["scripts"][name], data, out, *date]


def measured(command, out):
    """Runs one fresh process. Gives seconds, processor seconds, peak MiB, and what it printed."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    words = [str(word) for word in command]
    # Files and not pipes: nothing here has to keep up with the process while it is timed.
    with open(out / "stdout", "w+", encoding="utf-8") as stdout, open(out / "stderr", "w+", encoding="utf-8") as stderr:
        began = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=ROOT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)  # reaped above: keep `Popen` from waiting again
        stdout.seek(0)
        stderr.seek(0)
        printed, complaints = stdout.read(), stderr.read().splitlines()
    if child.returncode != 0:
        raise Failed("\n".join([f"exit status {child.returncode}: {' '.join(words)}", *complaints[-20:]]))
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB here
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * unit / 2**20}, printed


def told_of(name, o, printed, out):
    """What the program says of its run: the rows of each dataset, versions, and for canbao its stages and the datasets' hashes."""
    if name != "canbao":
        told = json.loads(printed.splitlines()[-1])
        told["versions"] = {key: told[key] for key in ("duckdb", "polars") if key in told}
        return told
    report = json.loads(printed)
    pipeline = out / "published" / o.work_of["pipeline"]
    snapshot = json.loads((pipeline / "latest.json").read_text(encoding="utf-8"))["snapshot"]
    manifest = json.loads((pipeline / snapshot / "manifest.json").read_text(encoding="utf-8"))
    return {
        "rows": {d["name"]: d["rows"] for d in manifest["datasets"]},
        "hashes": {d["name"]: d["sha256"] for d in manifest["datasets"]},
        "stages": {stage["stage"]: stage["seconds"] for stage in report["stages"]},
        "read": sum(source["rows_read"] for source in report["sources"]),
        "ranges": next((note["count"] for note in report["notes"] if note["name"] == "ranges_of_persons"), None),
        "versions": {"canbao": manifest["program_version"]},
    }


def run_once(name, o, data, label=None):
    """One run: its figures, and what the program told."""
    out = o.work / "out" / name
    try:
        figures, printed = measured(command_of(name, o, data, out), out)
        told = told_of(name, o, printed, out)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    if name == "floor":
        # The script first only reads, then reads and writes. The second pass is the floor; the first is shown by itself.
        figures["wall"] -= told["read_s"]
        figures["cpu"] -= told["read_cpu_s"]
        figures["read"] = told["read_s"]
    figures.update({f"stage {stage}": seconds for stage, seconds in told.get("stages", {}).items()})
    say(f"  {label or name:8} {figures['wall']:8.2f} s {figures['cpu']:8.2f} s processor {figures['peak']:8.0f} MiB")
    return figures, told


def spread(figures, key, places):
    values = [f[key] for f in figures]
    return f"{statistics.median(values):.{places}f} ({min(values):.{places}f}–{max(values):.{places}f})"


def table(figures):
    """Medians with the least and the largest value, and each median against canbao's."""
    lines = ["| program | wall s | processor s | peak MiB | wall ÷ canbao | processor ÷ canbao | peak ÷ canbao |", "|---|---:|---:|---:|---:|---:|---:|"]
    for name, runs in figures.items():
        cells = [name, spread(runs, "wall", 2), spread(runs, "cpu", 2), spread(runs, "peak", 0)]
        for key in ("wall", "cpu", "peak"):
            base = statistics.median(f[key] for f in figures["canbao"]) if "canbao" in figures else 0
            cells.append(f"{statistics.median(f[key] for f in runs) / base:.2f}" if base else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def differences(rows):
    """Datasets whose row counts are not equal, and whether any is further off than `CLOSE`."""
    audits = {name: counts for name, counts in rows.items() if name != "floor"}
    first = next(iter(audits), None)
    lines, far = [], False
    for dataset in dict.fromkeys(d for counts in audits.values() for d in counts):
        counts = {name: audits[name].get(dataset) for name in audits}
        if len(set(counts.values())) == 1:
            continue
        base = counts[first]
        off = [n is None or base is None or abs(n - base) > CLOSE * max(base, 1) for n in counts.values()]
        finding = any(off) and dataset not in ONLY_SHOWN
        far |= finding
        told = ", ".join(f"{name} {'none' if n is None else n}" for name, n in counts.items())
        lines.append(f"- `{dataset}`: {told}{f' (further apart than {CLOSE:.0%})' if finding else ''}")
    return lines, far


def first_match(path, key):
    try:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return None


def cores():
    """How many cores the programs may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine_memory():
    """The machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def machine():
    memory = machine_memory() / 2**30
    model = first_match("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    return f"{cores()} cores of {model}, {memory:.0f} GiB of memory, {platform.system()} {platform.release()} {platform.machine()}"


def commit():
    """Which source the figures belong to, where git is there to say it."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True)
        return f" ({done.stdout.strip()})"
    except (OSError, subprocess.CalledProcessError):
        return ""


def stages(runs):
    """The medians of canbao's own stages, in words."""
    names = [key for key in runs[0] if key.startswith("stage ")]
    return ", ".join(f"{key[6:]} {statistics.median(f[key] for f in runs):.2f} s" for key in names)


def main():
    o = arguments()
    data = extracts(o)
    size = sum(f.stat().st_size for f in data.rglob("*") if f.is_file())
    figures, rows, versions = {name: [] for name in o.only}, {}, {}
    for turn in range(o.runs + 1):
        say("warm-up" if turn == 0 else f"round {turn} of {o.runs}")
        for name in o.only:
            figure, told = run_once(name, o, data)
            if rows.setdefault(name, told["rows"]) != told["rows"]:
                raise Failed(f"`{name}` counted other rows in this round than in the one before")
            versions.update(told["versions"])
            if turn > 0:
                figures[name].append(figure)

    told = ", ".join(f"{name} {version}{commit() if name == 'canbao' else ''}" for name, version in versions.items())
    number = f"{o.persons} people" if o.what == "enrollment" else f"{o.rows} settlements"
    print(f"`{o.work_of['pipeline']}`, {number}, {size / 10**6:.0f} MB of UTF-8 CSV, logical date {o.date}: "
          f"medians of {o.runs} runs in turn after one warm-up, least and largest in brackets.\n")
    print("\n".join(table(figures)))
    if "floor" in figures:
        print(f"\nThe floor's reading alone: {spread(figures['floor'], 'read', 2)} s.")
    if "canbao" in figures:
        print(f"\ncanbao's stages: {stages(figures['canbao'])}.")
    print(f"\nMachine: {machine()}.\nVersions: {told}, Python {platform.python_version()}.\nDate: {datetime.date.today()}.")
    found, far = differences(rows)
    if found:
        print("\nRows that differ:\n" + "\n".join(found))
    elif len(set(rows) - {"floor"}) > 1:
        print("\nThe programs agree in the rows of every dataset.")
    return 1 if far else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(str(failure))
    except subprocess.CalledProcessError as failure:
        sys.exit(f"exit status {failure.returncode}: {' '.join(failure.cmd)}")
