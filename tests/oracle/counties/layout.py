"""Rows into files: encodings, delimiters, headers, quotes, white space, parts, and lines that cannot be read."""

import os

from contracts import CHINESE, DECLARED

# white space around values; the first is none
PADS = ["", "", "", "", "", "", "", " ", "  ", "\u3000", "\u00a0"]
# optional columns a file may go without
DROPPED = {"household": ("hshd_no",), "identity": ("dept",), "enrollment": ("finsubs_amt", "psn_type"),
           "settlement": ("mdtrt_id", "psn_no", "fixmedins_code", "fixmedins_name", "dise_codg", "dise_name", "acct_pay", "psn_cash_pay")}
IN_PARTS = {"enrollment": 0.8, "household": 0.3, "identity": 0.3, "target": 0}
BROKEN_UTF8 = [b"\xff", b"\xe4\xbd", b"\xc0\xaf", b"\xed\xa0\x80"]


class Layout:
    def __init__(self, people):
        self.rows, self.contested = people.rows, people.contested
        self.r, self.chance = people.r, people.chance

    def write(self, folder):
        for source, rows in self.rows.items():
            if not rows:
                continue
            if self.chance(IN_PARTS.get(source, 0.15)):
                self.parts(os.path.join(folder, source), source, rows)
            else:
                put(os.path.join(folder, source + self.r.choice([".csv", ".txt"])), self.file(source, rows, last=source != "target"))

    def parts(self, folder, source, rows):
        os.makedirs(folder, exist_ok=True)
        count = self.r.choice([2, 3])
        split = [[] for _ in range(count)]
        for at, row in enumerate(rows):  # no part without a row
            split[at if at < count else self.r.randrange(count)].append(row)
        names = self.r.sample(["2023.csv", "a.csv", "B.csv", "第一部分.csv", "10.csv", "9.csv"], count)
        for name, some in zip(names, split):
            if some:
                put(os.path.join(folder, name), self.file(source, some, last=True))
        put(os.path.join(folder, ".hidden.csv"), b"not,a,part\n")
        put(os.path.join(folder, "readme.md"), b"not a part\n")

    # ------------------------------------------------ one file

    def file(self, source, rows, last):
        """The bytes of one file; `last`: it may end in a quote that never closes."""
        r = self.r
        encoding, delimiter = r.choice(["utf-8", "gb18030"]), r.choice([",", "\t", "|"])
        style = r.choice(["plain", "chinese", "upper", "mixed"])
        columns = self.columns(source, style)
        extra = r.sample(["备注", "ROWNUM", "certno2", ""], r.choice([0, 0, 1, 2])) if style != "plain" else []
        end = r.choice(["\n", "\r\n"])
        out = []

        def line(cells, broken=b""):
            out.append(delimiter.join(cells).encode(encoding) + broken + end.encode())
            while self.chance(0.03):
                out.append((b"   " if self.contested and self.chance(0.5) else b"") + end.encode())

        line([self.cell(n, delimiter) for n in self.header(columns, style) + extra])
        for number, row in enumerate(rows):
            dress = style != "plain" and not row.get("_plain")
            cells = [self.cell(row.get(c, ""), delimiter, dress and c != "psn_name") for c in columns]
            cells += [self.cell(r.choice(["x", "", "1" + delimiter + "2"]), delimiter) for _ in extra]
            broken = b"\xff\xfe" if encoding == "gb18030" else r.choice(BROKEN_UTF8)
            line(*(self.spoiled(cells, broken) if number and source != "target" and self.chance(0.012) else (cells,)))
        data = self.tail(b"".join(out), encoding, delimiter, end, last)
        return (b"\xef\xbb\xbf" if encoding == "utf-8" and self.chance(0.4) else b"") + data

    def columns(self, source, style):
        columns = [c for c, _, _ in DECLARED[source] if self.contested or (source, c) != ("student", "updt_time")]
        columns = [c for c in columns if c not in DROPPED.get(source, ()) or self.chance(0.7)]
        if style != "plain" and self.chance(0.5):
            self.r.shuffle(columns)
        return columns

    def header(self, columns, style):
        out = []
        for name in columns:
            if style == "chinese" or style == "mixed" and self.chance(0.5):
                name = self.r.choice(CHINESE[name])
            elif style == "upper":
                name = name.upper() if self.chance(0.5) else name.title()
            if style != "plain" and self.chance(0.2):
                name = self.r.choice([" ", "\u3000"]) + name + " "
            out.append(name)
        return out

    def cell(self, text, delimiter, dress=False):
        """One field, quoted where it must be and sometimes where it need not."""
        if dress and text != "" and text.strip() == text:
            text = self.r.choice(PADS) + text + self.r.choice(PADS)
        must = delimiter in text or "\n" in text or text.startswith('"')
        if must or self.chance(0.05):
            return '"' + text.replace('"', '""') + '"'
        return text

    def spoiled(self, cells, broken):
        """A row that cannot be read as one, or is empty throughout: its cells, and bytes that do not decode."""
        kind = self.r.choice(["short", "long", "bytes", "bytes", "empty"])
        if kind == "short":
            return cells[:-1], b""
        if kind == "long":
            return cells + [""], b""
        return ([""] * len(cells), b"") if kind == "empty" else (cells, broken)

    def tail(self, data, encoding, delimiter, end, last):
        if last and self.chance(0.5):
            return data + (delimiter.join(["开了头", '"没有尾']) + end + "还有一行" + end * 2).encode(encoding)
        return data[:len(data.rstrip(b"\r\n"))] if self.chance(0.4) else data


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)
