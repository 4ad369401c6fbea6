"""Sizes of extracts, and the disk that they take."""

import shutil
import sys

import gb18030
import program
import run
from run import say

MILLION = 1_000_000
# What a row of extracts takes on the disk, and what a run needs beside them for what it writes and puts aside.
BYTES = {"enrollment": 800, "settlement": 215}
ASIDE = {"enrollment": 700, "settlement": 120}


def scaled(o, millions):
    return max(program.SMALL, round(millions * MILLION * o.scale))


def steps(o):
    """What is measured one after the other: (part, folders of extracts that it needs), a folder being its path, its bytes,
    and the bytes beside it while programs run. What is beyond memory takes a step for each size."""

    def folder(what, size, gb=False):
        path = run.data_of(run.work_for(o, what, size))
        return (gb18030.folder_of(path) if gb else path), size * BYTES[what], size * ASIDE[what]

    one, ten = scaled(o, 1), scaled(o, 10)
    of = {
        "enrollment": [[folder("enrollment", one)]],
        "enrollment-large": [[folder("enrollment", ten)]],
        "gb18030": [[folder("enrollment", one), folder("enrollment", one, gb=True)]],
        "gb18030-large": [[folder("enrollment", ten), folder("enrollment", ten, gb=True)]],
        "settlement": [[folder("settlement", scaled(o, 20))]],
        "growth": [[folder("enrollment", size) for size in o.held]],
        "beyond-memory": [[folder("enrollment", size)] for size in o.beyond],
        "rules": [[folder("enrollment", one)]],
    }
    return [(part, folders) for part in o.parts for folders in of.get(part, [])]


def check(o):
    """Says what is needed, and stops where it is not there."""
    todo = steps(o)
    held, most, seen = 0, 0, set()
    for at, (_, folders) in enumerate(todo):
        held += sum(size for path, size, _ in folders if path not in seen and not path.is_dir())
        seen |= {path for path, _, _ in folders}
        most = max(most, held + max(aside for _, _, aside in folders))
        if o.tidy:
            later = needed(todo[at + 1:])
            gone = [(path, size) for path, size, _ in folders if path not in later]
            held -= sum(size for _, size in gone)
            seen -= {path for path, _ in gone}
    free = shutil.disk_usage(o.work).free
    say(f"needs {most / 1e9:.1f} GB in {o.work}, where {free / 1e9:.1f} GB are free")
    if most > free:
        hint = "" if o.tidy else "; `--tidy` removes extracts as soon as no part needs them any more"
        say(f"too little space\nhint: name another folder with `--work`, fewer parts with `--parts`, or a smaller `--largest`{hint}")
        sys.exit(2)


def needed(todo):
    return {path for _, folders in todo for path, _, _ in folders}


def tidy(o, part, data=None):
    """Removes, where it is asked for, the extracts of a part, or this one of its folders, that no later step needs."""
    if not o.tidy:
        return
    todo = steps(o)
    of_part = [at for at, (name, folders) in enumerate(todo) if name == part and (data is None or data in needed([(name, folders)]))]
    for path in needed([todo[at] for at in of_part]) - needed(todo[max(of_part, default=-1) + 1:]):
        shutil.rmtree(path, ignore_errors=True)
