"""The extracts of a folder in GB18030, byte for byte what an office would send in that encoding.

What is no UTF-8 (a byte that belongs to no character, which the sample puts into some rows) stays as it is: 0xFF is none
of GB18030's bytes either, so these rows are as unreadable as before.
"""

import shutil

from run import say

BLOCK = 1 << 24


def folder_of(data):
    return data.with_name(data.name + "-gb18030")


def extracts(data):
    """The folder in GB18030 beside `data`, made when it is not there."""
    folder = folder_of(data)
    if not folder.is_dir():
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        say(f"writing {data.name} in GB18030")
        for path in sorted(data.rglob("*.csv")):
            to = unfinished / path.relative_to(data)
            to.parent.mkdir(parents=True, exist_ok=True)
            transcode(path, to)
        unfinished.rename(folder)
    return folder


def transcode(path, to):
    # Whole lines at a time: no character is cut in two.
    with open(path, "rb") as source, open(to, "wb") as target:
        while lines := source.readlines(BLOCK):
            target.write(b"".join(lines).decode("utf-8", "surrogateescape").encode("gb18030", "surrogateescape"))
