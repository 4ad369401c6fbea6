"""Extracts into checked rows and rejects, as sections 2 and 3 of the contract say.

Slow on purpose: one character, one row, one column at a time. Text only (CSV and
TXT in UTF-8 and GB18030); workbooks and Parquet are left to other tests.
"""

import datetime
import os
import re
from dataclasses import dataclass, field

# Unicode White_Space; str.strip() would also take U+001C to U+001F.
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

# column, kind, required; in the order of section 2
DECLARED = {
    "household": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", True), ("gend", "text", False),
                  ("brdy", "date", True), ("hshd_no", "text", False), ("hshd_rlts", "text", False), ("resd_admdvs", "area 9 12", True),
                  ("regi_type", "code 1 2", True), ("surv_stas", "code 1 2 3 4 9", True), ("updt_time", "time", False)],
    "identity": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False), ("psn_idet_type", "label", True),
                 ("begntime", "date", True), ("endtime", "date after begntime", False), ("dept", "text", False)],
    "enrollment": [("psn_no", "text", True), ("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False),
                   ("insutype", "code 310 320 330 340 350 360 370 380 390 391 392 410 510", True), ("insu_admdvs", "area 6", True),
                   ("psn_type", "text", False), ("psn_insu_stas", "text", True), ("psn_insu_date", "date", False),
                   ("accrym_begn", "month", True), ("accrym_end", "month after accrym_begn", True), ("clct_flag", "code 0 1", True),
                   ("clct_time", "time", False), ("psn_clct_amt", "amount", False), ("finsubs_amt", "amount", False), ("revs_flag", "text", False)],
    # updt_time: section 3 speaks of a student row's (READINGS 12)
    "student": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False), ("school_name", "text", False),
                ("school_admdvs", "area 6 9 12", True), ("begntime", "date", True), ("endtime", "date after begntime", False),
                ("updt_time", "time", False)],
    "payment": [("order_no", "text", True), ("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False),
                ("clct_year", "year", True), ("pay_time", "time", True), ("pay_amt", "amount", True), ("pay_stas", "code 1 2", True)],
    "target": [("admdvs", "area 9 TOTAL", True), ("name", "text", True), ("registered", "count", True), ("target", "count", True)],
}

CHINESE = {
    "certno": ["证件号码"], "psn_cert_type": ["证件类型"], "psn_name": ["姓名"], "gend": ["性别"], "brdy": ["出生日期"], "hshd_no": ["户号"],
    "hshd_rlts": ["与户主关系"], "resd_admdvs": ["居住地区划"], "regi_type": ["登记类型"], "surv_stas": ["生存状态"], "updt_time": ["更新时间"],
    "psn_idet_type": ["人员身份类别"], "begntime": ["开始日期", "开始"], "endtime": ["结束日期", "结束"], "dept": ["来源部门"],
    "psn_no": ["人员编号"], "insutype": ["险种"], "insu_admdvs": ["参保地区划"], "psn_type": ["人员类别"], "psn_insu_stas": ["参保状态"],
    "psn_insu_date": ["参保日期"], "accrym_begn": ["费款所属期起"], "accrym_end": ["费款所属期止"], "clct_flag": ["到账"], "clct_time": ["缴费时间"],
    "psn_clct_amt": ["个人缴费"], "finsubs_amt": ["财政补助"], "revs_flag": ["冲销"], "school_name": ["学校"], "school_admdvs": ["学校区划"],
    "order_no": ["订单号"], "clct_year": ["缴费年度"], "pay_time": ["支付时间"], "pay_amt": ["支付金额"], "pay_stas": ["支付状态"],
    "admdvs": ["区划"], "name": ["名称"], "registered": ["户籍人口数"], "target": ["目标任务数"],
}

REPEATABLE = ("enrollment", "identity", "payment")
NEWEST_WINS = ("household", "student")


class Unreadable(Exception):
    """The run stops with exit 1 and this message."""


@dataclass
class Row:
    source: str
    file: str
    line: int
    text: dict            # declared column -> trimmed text ("" where empty or absent)
    value: dict = field(default_factory=dict)
    person: tuple = None  # (type, number)


@dataclass
class Reject:
    source: str
    file: str
    line: int
    column: str
    value: str
    reason: str


# ---------------------------------------------------------------- values

def trim(text):
    return text.strip(WHITE)


def is_digits(text):
    return text != "" and all(c in "0123456789" for c in text)


def a_date(year, month, day):
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


TIME = r"(?:[ T](?P<h>[0-9]{1,2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]+))?)?)?"
FORMS = [re.compile(p, re.A) for p in (
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})" + TIME,
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})" + TIME,
    r"(?P<y>[0-9]{4})/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})" + TIME,
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<h>[0-9]{2})(?P<i>[0-9]{2})(?P<s>[0-9]{2})(?P<f>)?",
)]


def parse_time(text):
    """A datetime, or None."""
    for form in FORMS:
        found = form.fullmatch(text)
        if not found:
            continue
        day = a_date(found["y"], found["m"], found["d"])
        hour, minute, second = int(found["h"] or 0), int(found["i"] or 0), int(found["s"] or 0)
        if day is None or hour > 23 or minute > 59 or second > 59:
            return None
        micro = int(((found["f"] or "") + "000000")[:6])
        return datetime.datetime(day.year, day.month, day.day, hour, minute, second, micro)
    return None


def parse_month(text):
    """Months since year 0, or None."""
    if len(text) != 6 or not is_digits(text):
        return None
    year, month = int(text[:4]), int(text[4:])
    if year < 1 or not 1 <= month <= 12:
        return None
    return year * 12 + month - 1


def show_month(m):
    return None if m is None else f"{m // 12:04}{m % 12 + 1:02}"


def parse_amount(text):
    """Cents, or None."""
    found = re.fullmatch(r"([+-]?)([0-9]{1,16})(?:\.([0-9]{1,2}))?", text)
    if not found:
        return None
    cents = int(found[2]) * 100 + int(((found[3] or "") + "00")[:2])
    return -cents if found[1] == "-" else cents


def check_character(seventeen):
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    total = sum(int(c) * w for c, w in zip(seventeen, weights))
    return "10X98765432"[total % 11]


def fold(text):
    """Full width to half width."""
    out = []
    for c in text:
        if 0xFF01 <= ord(c) <= 0xFF5E:
            out.append(chr(ord(c) - 0xFEE0))
        elif c == "\u3000":
            out.append(" ")
        else:
            out.append(c)
    return "".join(out)


def parse_certificate(number, kind, today):
    """((type, number), None), or (None, reason). `number` is trimmed and not empty."""
    kind = kind or "01"
    plain = trim(fold(number)).replace("x", "X")
    twenty = re.fullmatch(r"[0-9]{17}[0-9X][0-9]{2}", plain)
    if kind == "09" and twenty:
        kind = "01"
    if kind != "01":
        return (kind, number), None
    if twenty:
        plain = plain[:18]
    if len(plain) == 15:
        if not is_digits(plain) or len(set(plain)) == 1:
            return None, "bad_certno"
        plain = plain[:6] + "19" + plain[6:]
        plain += check_character(plain)
    if len(plain) != 18 or not is_digits(plain[:17]) or plain[17] not in "0123456789X":
        return None, "bad_certno"
    born = a_date(plain[6:10], plain[10:12], plain[12:14])
    if born is None or born.year < 1800 or plain[17] != check_character(plain[:17]):
        return None, "bad_certno"
    if born > today:
        return None, "not_born_yet"
    return ("01", plain), None


def born_by_number(person):
    kind, number = person
    return a_date(number[6:10], number[10:12], number[12:14]) if kind == "01" else None


# ---------------------------------------------------------------- text into records

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
    at, line, size = 0, 1, len(text)
    while at < size:
        # a blank line is no record (READINGS 5: white space other than the delimiter is blank too)
        stop = text.find("\n", at)
        stop = size if stop < 0 else stop
        if trim(text[at:stop]) == "" and delimiter not in text[at:stop]:
            at, line = stop + 1, line + 1
            continue
        first, fields, ended = line, [], False
        while not ended:
            cell, closed = [], True
            if at < size and text[at] == '"':
                at, closed = at + 1, False
                while at < size:
                    if text[at] == '"':
                        if text[at + 1:at + 2] == '"':
                            cell.append('"')
                            at += 2
                            continue
                        at, closed = at + 1, True
                        break
                    if text[at] == "\n":
                        line += 1
                    cell.append(text[at])
                    at += 1
            if not closed:
                yield first, line, None
                return
            stop = text.find("\n", at)
            stop = size if stop < 0 else stop
            found = text.find(delimiter, at, stop)
            stop = stop if found < 0 else found
            cell.append(text[at:stop])
            at = stop
            fields.append("".join(cell))
            if at >= size or text[at] == "\n":
                ended = True
            at += 1
        if fields[-1].endswith("\r"):
            fields[-1] = fields[-1][:-1]
        yield first, line, fields
        line += 1


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


# ---------------------------------------------------------------- rows

class Extracts:
    """Everything read: used rows and rejects by source, and counts by file."""

    def __init__(self, data, today, labels, sources=tuple(DECLARED)):
        self.today, self.labels = today, labels
        self.rows, self.rejects, self.counts = {}, [], {}
        self.present = []
        for source in sources:
            self.rows[source] = []
            files = files_of(data, source)
            if not files:
                if source in ("household", "enrollment"):
                    raise Unreadable(f"no extract {source}")
                continue
            self.present.append(source)
            good = []
            for file in files:
                good += self.read(data, source, file)
            self.rows[source] = self.without_superseded(source, good)
            for row in self.rows[source]:
                self.counts[source, row.file][1] += 1

    def reject(self, source, file, line, column, value, reason):
        self.rejects.append(Reject(source, file, line, column, value, reason))
        self.counts[source, file][2] += 1

    def read(self, data, source, file):
        with open(os.path.join(data, file), "rb") as f:
            raw = f.read()
        encoding, raw = encoding_of(raw, file)
        text, broken = decode_lines(raw, encoding)
        delimiter = delimiter_of(text)
        self.counts[source, file] = [0, 0, 0]  # read, used, rejected
        header, places, good = None, None, []
        for first, last, fields in records(text, delimiter):
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
            row = Row(source, file, first, {c: trim(fields[places[c]]) if c in places else "" for c, _, _ in DECLARED[source]})
            fault = self.first_fault(row)
            if fault:
                column, reason = fault
                self.reject(source, file, first, column, fields[places[column]], reason)
            else:
                good.append(row)
        if self.counts[source, file][0] == 0:
            raise Unreadable(f"{file}: no rows")
        return good

    def first_fault(self, row):
        for column, kind, required in DECLARED[row.source]:
            text = row.text[column]
            if text == "":
                if required:
                    return column, "missing_value"
                row.value[column] = None
                continue
            value, reason = self.parse(row, column, kind.split(), text)
            if reason:
                return column, reason
            row.value[column] = value
        return None

    def parse(self, row, column, kind, text):
        what, listed = kind[0], kind[1:]
        if what == "text":
            return text, None
        if what == "certno":
            row.person, reason = parse_certificate(text, row.text["psn_cert_type"], self.today)
            return text, reason
        if what == "label":
            return self.labels.get(text), None if text in self.labels else "unknown_identity_type"
        if what == "code":
            return text, None if text in listed else "bad_code"
        if what == "area":
            good = text == "TOTAL" and "TOTAL" in listed or is_digits(text) and str(len(text)) in listed
            return text, None if good else "bad_code"
        if what in ("date", "time"):
            value = parse_time(text)
            if value is None:
                return None, "bad_date"
            value = value.date() if what == "date" else value
            if listed and value < row.value[listed[1]]:
                return None, "bad_date"
            return value, None
        if what == "month":
            value = parse_month(text)
            if value is None or listed and value < row.value[listed[1]]:
                return None, "bad_date"
            return value, None
        if what == "amount":
            value = parse_amount(text)
        elif what == "year":
            value = int(text) if is_digits(text) and len(text) == 4 and int(text) >= 1 else None
        elif what == "count":
            value = int(text) if is_digits(text) and len(text) <= 18 else None
        return value, "bad_number" if value is None else None

    def without_superseded(self, source, good):
        """Of rows that repeat, the first; of a person's household or student rows, the newest. Rows come in reading order."""
        if source in REPEATABLE:
            seen, kept = set(), []
            for row in good:
                written = tuple(row.text[c] for c, _, _ in DECLARED[source])
                if written in seen:
                    self.reject(source, row.file, row.line, None, None, "superseded")
                else:
                    seen.add(written)
                    kept.append(row)
            return kept
        if source in NEWEST_WINS:
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
                    self.reject(source, row.file, row.line, None, None, "superseded")
            return kept
        return good
