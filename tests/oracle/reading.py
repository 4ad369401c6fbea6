"""Extracts into checked rows and rejects, as sections 2 and 3 of the contract say: one row, one column at a time."""

import datetime
import os
from collections import Counter
from dataclasses import dataclass, field

from contracts import CHINESE, DECLARED, NEEDED, NEWEST_WINS, REPEATABLE
from text import Unreadable, decode_lines, delimiter_of, encoding_of, files_of, records
from values import is_digits, parse_amount, parse_certificate, parse_month, parse_time, trim


@dataclass
class Row:
    source: str
    file: str
    line: int
    text: dict            # declared column -> trimmed text ("" where empty or absent)
    raw: dict             # declared column -> the field as it stands
    value: dict = field(default_factory=dict)
    person: tuple = None  # (type, number) by the last certificate column read
    not_yet: bool = False


@dataclass
class Reject:
    source: str
    file: str
    line: int
    column: str
    value: str
    reason: str


class Extracts:
    """Everything read: used rows and rejects by source, and counts by file."""

    def __init__(self, data, today, labels, sources=tuple(DECLARED)):
        self.today, self.labels = today, labels
        self.rows, self.rejects, self.counts = {s: [] for s in DECLARED}, [], {}
        self.present = []
        for source in sources:
            files = files_of(data, source)
            if files:
                self.present.append(source)
                self.rows[source] = self.source(data, source, files)
            elif source in NEEDED:
                raise Unreadable(f"no extract {source}")

    def source(self, data, source, files):
        """The used rows of one extract."""
        good = []
        for file in files:
            good += self.file(data, source, file)
        if source in REPEATABLE:
            good = self.without_repeated(good)
        if source in NEWEST_WINS:
            good = self.newest(good)
        if source == "settlement":
            good = self.without_orphans(good)
        for row in good:
            self.counts[source, row.file][1] += 1
        return good

    def reject(self, source, file, line, column, value, reason):
        self.rejects.append(Reject(source, file, line, column, value, reason))
        self.counts[source, file][2] += 1

    def file(self, data, source, file):
        """The rows of one file that have no fault of their own."""
        with open(os.path.join(data, file), "rb") as f:
            raw = f.read()
        encoding, raw = encoding_of(raw, file)
        text, broken = decode_lines(raw, encoding)
        self.counts[source, file] = [0, 0, 0]  # read, used, rejected
        header, places, good = None, None, []
        for first, last, fields in records(text, delimiter_of(text)):
            undecodable = any(first <= n <= last for n in broken)
            if header is None:
                if fields is None or undecodable:
                    raise Unreadable(f"{file}: header cannot be read")
                header, places = fields, columns_of(fields, source, file)
                continue
            self.counts[source, file][0] += 1
            if fields is None or undecodable or len(fields) != len(header):
                self.reject(source, file, first, None, None, "bad_row")
                continue
            cells = {c: fields[places[c]] if c in places else "" for c, _, _ in DECLARED[source]}
            good += self.checked(Row(source, file, first, {c: trim(t) for c, t in cells.items()}, cells))
        if self.counts[source, file][0] == 0:
            raise Unreadable(f"{file}: no rows")
        return good

    # ------------------------------------------------ one row

    def checked(self, row):
        """[row] with its values, or [] and a reject."""
        row.not_yet = row.source == "settlement" and self.is_later(row.text["setl_time"])
        fault = None if row.not_yet else self.first_fault(row)
        if fault is None:
            return [row]
        column, reason = fault
        self.reject(row.source, row.file, row.line, column, row.raw[column], reason)
        return []

    def is_later(self, text):
        moment = parse_time(text)
        return moment is not None and moment.date() > self.today

    def first_fault(self, row):
        for column, kind, required in DECLARED[row.source]:
            text = row.text[column]
            if text == "":
                if required:
                    return column, "missing_value"
                row.value[column] = None
                continue
            value, reason = self.parse(row, kind.split(), text)
            if reason:
                return column, reason
            row.value[column] = value
        return None

    def parse(self, row, kind, text):
        """(value, None) or (None, reason) for a text that is not empty."""
        what, listed = kind[0], kind[1:]
        if what == "text":
            return text, None
        if what == "certno":
            row.person, reason = parse_certificate(text, row.text.get("psn_cert_type"), self.today)
            return row.person, reason
        if what == "label":
            return self.labels.get(text), None if text in self.labels else "unknown_identity_type"
        if what == "code":
            return text, None if text in listed else "bad_code"
        if what == "area":
            good = text == "TOTAL" and "TOTAL" in listed or is_digits(text) and str(len(text)) in listed
            return text, None if good else "bad_code"
        if what in ("date", "time", "month"):
            value = parse_month(text) if what == "month" else parse_time(text)
            value = value.date() if value is not None and what == "date" else value
            bad = value is None or listed and value < row.value[listed[1]]  # "after begntime"
            return value, "bad_date" if bad else None
        value = parse_amount(text) if what == "amount" else self.number(what, text)
        return value, "bad_number" if value is None else None

    @staticmethod
    def number(what, text):
        if not is_digits(text):
            return None
        if what == "year":
            return int(text) if len(text) == 4 and int(text) >= 1 else None
        return int(text) if len(text) <= 18 else None

    # ------------------------------------------------ rows against each other, in reading order

    def without_repeated(self, good):
        """Of rows alike in every declared column, as written, the first."""
        seen, kept = set(), []
        for row in good:
            written = tuple(row.text[c] for c, _, _ in DECLARED[row.source])
            if written in seen and not row.not_yet:
                self.reject(row.source, row.file, row.line, None, None, "superseded")
            else:
                kept.append(row)
            seen.add(written)
        return kept

    def newest(self, good):
        """Of a person's rows the one with the latest updt_time, then the latest line."""
        best = {}
        for row in good:
            rank = (row.value["updt_time"] is not None, row.value["updt_time"] or datetime.datetime.min)
            if row.person not in best or rank >= best[row.person][0]:
                best[row.person] = (rank, row)
        kept = []
        for row in good:
            if best[row.person][1] is row:
                kept.append(row)
            else:
                self.reject(row.source, row.file, row.line, None, None, "superseded")
        return kept

    def without_orphans(self, good):
        """Refunds whose original is not named, is the row itself, or is not among the used rows, go; with them their own refunds."""
        kept = good
        while True:
            named = Counter(row.text["setl_id"] for row in kept)
            orphans = [row for row in kept if is_orphan(row, named)]
            if not orphans:
                return kept
            for row in orphans:
                self.reject(row.source, row.file, row.line, "init_setl_id", row.raw["init_setl_id"], "orphan_refund")
            gone = {id(row) for row in orphans}
            kept = [row for row in kept if id(row) not in gone]


def is_orphan(row, named):
    """Whether no other of the rows, counted by setl_id in `named`, is the original of this one."""
    if row.not_yet or row.value["refd_setl_flag"] != "1":
        return False
    original, own = row.text["init_setl_id"], row.text["setl_id"]
    return original == "" or named[original] <= (original == own)


def columns_of(header, source, where):
    """Place of each declared column in the header."""
    places = {}
    for place, name in enumerate(header):
        name = trim(name)
        for column, _, _ in DECLARED[source]:
            if name.lower() == column or name in CHINESE[column]:
                if column in places:
                    raise Unreadable(f"{where}: column {column} twice")
                places[column] = place
    for column, _, required in DECLARED[source]:
        if required and column not in places:
            raise Unreadable(f"{where}: no column {column}")
    return places
