"""Bytes into records of fields, and the files of an extract, as docs/contract.md says.

Slow on purpose: one character, one line at a time. Text only (CSV and TXT in
UTF-8 and GB18030); workbooks and Parquet are left to other tests.
"""

import os

from values import trim


class Unreadable(Exception):
    """The run stops with exit 1 and this message."""


def valid_utf8(raw):
    try:
        raw.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def encoding_of(data, where):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(f"{where}: UTF-16")
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8", data[3:]
    foreign = [line for line in data.split(b"\n") if any(b > 127 for b in line)]
    good = [line for line in foreign if valid_utf8(line)]
    return ("utf-8" if 2 * len(good) >= len(foreign) else "gb18030"), data


def decode_lines(data, encoding):
    """The text with its line ends, and the set of lines (from 1) that do not decode."""
    text, broken = [], set()
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            text.append(raw.decode(encoding))
        except UnicodeDecodeError:
            text.append(raw.decode(encoding, "replace"))
            broken.add(number)
    return "\n".join(text), broken


def delimiter_of(text):
    """The one of `,` tab `|` that stands most often in the first line that is not blank, outside quotes."""
    for line in text.split("\n"):
        if trim(line) == "":
            continue
        counts, inside = {",": 0, "\t": 0, "|": 0}, False
        for c in line:
            if c == '"':
                inside = not inside
            elif not inside and c in counts:
                counts[c] += 1
        return max(counts, key=lambda c: counts[c])
    return ","


def records(text, delimiter):
    """Yields (first line, last line, fields or None where a quote never closes)."""
    at, line = 0, 1
    while at < len(text):
        stop = end_of_line(text, at)
        if trim(text[at:stop]) == "" and delimiter not in text[at:stop]:  # a blank line is no record (docs/contract.md, Text files)
            at, line = stop + 1, line + 1
            continue
        fields, stop = one_record(text, at, delimiter)
        last = line + text.count("\n", at, stop)
        yield line, last, fields
        at, line = stop + 1, last + 1


def end_of_line(text, at):
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def one_record(text, at, delimiter):
    """The fields of the record that begins at `at`, None where a quote never closes; and where its line ends."""
    fields = []
    while True:
        quoted, at = quoted_part(text, at)
        if quoted is None:
            return None, len(text)
        end = end_of_line(text, at)
        stop = text.find(delimiter, at, end)
        stop = end if stop < 0 else stop
        fields.append(quoted + text[at:stop])
        at = stop + 1
        if stop == end:
            break
    if fields[-1].endswith("\r"):
        fields[-1] = fields[-1][:-1]
    return fields, stop


def quoted_part(text, at):
    """What stands in quotes at the field's very start, and where it ends; None where it never does."""
    if text[at:at + 1] != '"':
        return "", at
    out, at = [], at + 1
    while at < len(text):
        if text[at] != '"':
            out.append(text[at])
            at += 1
        elif text[at + 1:at + 2] == '"':
            out.append('"')
            at += 2
        else:
            return "".join(out), at + 1
    return None, at


def files_of(data, source):
    """Paths below the data location, in reading order; [] where there is no extract."""
    found = [f"{source}.{ext}" for ext in ("csv", "txt", "parquet", "xlsx") if os.path.lexists(os.path.join(data, f"{source}.{ext}"))]
    folder = os.path.join(data, source)
    if os.path.isdir(folder):
        found.append(source)
    if len(found) > 1:
        raise Unreadable(f"{found[0]} and {found[1]} both exist")
    if found == [source]:
        names = [n for n in os.listdir(folder) if n.endswith(".csv") and not n.startswith(".")]
        return [f"{source}/{n}" for n in sorted(names, key=os.fsencode)]
    if found and found[0].endswith((".parquet", ".xlsx")):
        raise Unreadable(f"{found[0]}: this oracle reads text only")
    return found
