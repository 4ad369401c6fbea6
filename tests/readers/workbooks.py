#!/usr/bin/env python3
"""Holds the workbooks of the clean-up against its Parquet, with openpyxl and DuckDB.

    python tests/readers/workbooks.py --canbao target/debug/canbao [--data sample_data]

Audits and cleans up the sample on two dates of different weeks, with some records paused in
between, and looks at the second snapshot: every workbook's rows are those of the datasets, the
townships' together are the region's, the counts on the cover are right, numbers of certificates
are text, days are days, money has two places, and each sheet can be printed and filtered.

Ends with a line `N passed, N failed`; exit status 1 where something failed.
"""

import argparse
import datetime
import decimal
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import openpyxl

from check import FILE, ROOT, Checks

WEEKS = ("2023-11-20", "2023-12-25")

ACTIONS = {"pause": "暂停", "confirm": "待确认", "keep": "保留"}
SCHEMES = {"310": "职工医保", "390": "居民医保"}
KINDS = {
    "cross_scheme": "跨制度（职工与居民）", "cross_region_employee": "职工跨地区", "cross_region_resident": "居民跨地区",
    "double_payment": "同地重复缴费", "deceased": "待遇开始前死亡",
}
OUTCOMES = {
    "kept": "记录仍有效，现建议保留", "no_longer_duplicate": "记录仍有效，已不在重复之列",
    "record_gone": "记录已不是有效参保（暂停、冲销或不再出现）", "unknown": "参保核查中看不出",
}


def place(row):
    if row["township"] is not None:
        return row["township_name"] or row["township"]
    return f"辖区外 {row['resd_admdvs']}" if row["resd_admdvs"] else "居住地不明"


# A sheet's columns: title → what stands there, from a row of the dataset.
COMMON = {
    "案件编号": lambda r: r["case_no"],
    "姓名": lambda r: r["psn_name"],
    "证件号码": lambda r: r["certno"],
    "乡镇（街道）": place,
    "险种": lambda r: SCHEMES[r["insutype"]],
    "参保地": lambda r: r["insu_admdvs"],
    "所属期": lambda r: f"{r['accrym_begn']}–{r['accrym_end']}",
    "缴费时间": lambda r: r["clct_time"],
    "缴费（元）": lambda r: r["psn_clct_amt"],
    "首次发现": lambda r: r["first_seen"],
    "重复类型": lambda r: KINDS[r["kind"]],
    "人员编号": lambda r: r["psn_no"],
    "原案件编号": lambda r: r["reopened_from"],
}
LIST = COMMON | {
    "建议处理": lambda r: ACTIONS[r["action"]],
    "应退（元）": lambda r: r["refund_amt"],
    "与之重叠的记录": lambda r: r["collides_with"] and r["collides_with"].replace("；", "；\n"),
    "理由": lambda r: r["reason_text"],
    "接收地区": lambda r: r["receiving_area"] and r["receiving_area"].replace(";", " "),
    "未了结天数": lambda r: r["days_open"],
    "处理结果（手填）": lambda r: None,
}
SETTLED = COMMON | {
    "曾建议处理": lambda r: ACTIONS[r["action"]],
    "最后列入": lambda r: r["last_seen"],
    "了结日期": lambda r: r["settled_on"],
    "历时天数": lambda r: r["days_open"],
    "结果": lambda r: OUTCOMES[r["outcome"]],
}


def run(options, *arguments):
    command = [str(options.canbao), "run", *arguments]
    done = subprocess.run(command, cwd=options.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"exit status {done.returncode}: {' '.join(command)}")
    return options.work / done.stdout.splitlines()[-1]


def pause_some(folder):
    """Every second record to pause of the first list is paused in the extract of its year."""
    columns = "certno, psn_no, strftime(clct_time, '%Y-%m-%d %H:%M:%S')"
    listed = duckdb.execute(f"SELECT {columns} FROM {FILE} WHERE action = 'pause' ORDER BY case_no", {"file": str(folder / "cleanup_worklist.parquet")})
    return {row for at, row in enumerate(listed.fetchall()) if at % 2 == 0}


def rewrite(options, paused):
    """Pauses records in the year's extract, byte by byte: whatever else is in it, dirt included, stays."""
    folder = options.work / "data" / "enrollment"
    file = next(path for path in sorted(folder.iterdir()) if "2024" in path.name)
    header, *lines = file.read_bytes().split(b"\n")
    try:
        titles = header.decode("utf-8-sig")
    except UnicodeDecodeError:
        titles = header.decode("gb18030")
    delimiter = next(mark for mark in "\t|," if mark in titles)
    names = [name.strip() for name in titles.split(delimiter)]
    at = {column: next(place for place, name in enumerate(names) if name in known) for column, known in {
        "certno": ("certno", "证件号码"), "psn_no": ("psn_no", "人员编号"), "clct_time": ("clct_time", "缴费时间"),
        "status": ("psn_insu_stas", "参保状态")}.items()}
    changed = 0
    for place, line in enumerate(lines):
        cells = line.split(delimiter.encode())
        if len(cells) != len(names):
            continue
        key = tuple(cells[at[column]].decode("latin-1") for column in ("certno", "psn_no", "clct_time"))
        if key in paused:
            cells[at["status"]] = b"2"
            lines[place] = delimiter.encode().join(cells)
            changed += 1
    file.write_bytes(b"\n".join([header, *lines]))
    return changed


def rows_of(file, order):
    relation = duckdb.execute(f"SELECT * FROM {FILE} {order}", {"file": str(file)})
    names = [column[0] for column in relation.description]
    return [dict(zip(names, row)) for row in relation.fetchall()]


def as_cell(value):
    """A value of the dataset as openpyxl has it."""
    match value:
        case datetime.datetime():
            return value.replace(microsecond=0)
        case datetime.date():
            return datetime.datetime.combine(value, datetime.time())
        case decimal.Decimal():
            return float(value)
        case "":
            return None
    return value


def check_list(checks, name, sheet, columns, expected):
    titles = [cell.value for cell in sheet[1]]
    checks.same(f"{name}: titles", sorted(titles), sorted(columns))
    if not expected:
        checks.holds(f"{name}: says that it is empty", str(sheet.cell(2, 1).value).startswith("本"), sheet.cell(2, 1).value)
        return
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    wanted = [[as_cell(columns[title](row)) for title in titles] for row in expected]
    checks.same(f"{name}: rows", len(found), len(wanted))
    wrong = [(title, have, want) for f, w in zip(found, wanted) for title, have, want in zip(titles, f, w) if have != want]
    checks.holds(f"{name}: cells are those of the dataset", not wrong, [(title, type(have), type(want)) for title, have, want in wrong[:3]])
    for title, formats in {"证件号码": {"@"}, "案件编号": {"@"}, "参保地": {"@"}, "缴费（元）": {"#,##0.00"}, "首次发现": {"yyyy-mm-dd"}}.items():
        cells = [row[titles.index(title)] for row in sheet.iter_rows(min_row=2)]
        checks.holds(f"{name}.{title}: format", {cell.number_format for cell in cells if cell.value is not None} <= formats)
    checks.holds(f"{name}: reasons are wrapped", all(cell.alignment.wrap_text for cell in sheet[2] if titles[cell.column - 1] in ("理由", "结果")))
    checks.same(f"{name}: filters over all rows", sheet.auto_filter.ref, f"A1:{openpyxl.utils.get_column_letter(len(titles))}{len(expected) + 1}")


def check_setup(checks, name, sheet):
    checks.same(f"{name}: frozen header", sheet.freeze_panes, "C2")
    checks.same(f"{name}: header on each page", sheet.print_title_rows, "$1:$1")
    checks.same(f"{name}: A4 across", (str(sheet.page_setup.paperSize), sheet.page_setup.orientation), ("9", "landscape"))
    width, height = sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight  # without a width it is 1
    checks.same(f"{name}: one page wide", (sheet.sheet_properties.pageSetUpPr.fitToPage, int(width or 1), int(height)), (True, 1, 0))
    checks.holds(f"{name}: page numbers", "&P" in (sheet.oddFooter.center.text or "") or "&[Page]" in (sheet.oddFooter.center.text or ""), sheet.oddFooter.center.text)
    checks.holds(f"{name}: widths are set", all(sheet.column_dimensions[letter].width > 5 for letter in "ABC"))


def check_cover(checks, name, sheet, expected, settled, source, date):
    told = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True) if row[0]}
    checks.same(f"{name}: date", told["基准日"][0], date)
    checks.holds(f"{name}: source snapshot", source["snapshot"] in told["来源快照"][0], told["来源快照"][0])
    checks.same(f"{name}: source run", told["来源运行"][0], source["run_id"])
    for kind, title in [*KINDS.items(), (None, "合计")]:
        rows = [row for row in expected if kind in (None, row["kind"])]
        counts = [sum(row["action"] == action for row in rows) for action in ("pause", "confirm")]
        refund = float(sum((row["refund_amt"] for row in rows), decimal.Decimal(0)))
        checks.same(f"{name}: {title}", list(told[title][:4]), [*counts, len(rows), refund])
    day = datetime.date.fromisoformat(date)
    checks.same(f"{name}: new", told["本期新发现"][0], sum(row["first_seen"] == day for row in expected))
    checks.same(f"{name}: open for long", told["超过30天未了结"][0], sum(row["days_open"] > 30 for row in expected))
    checks.same(f"{name}: settled now", told["本期了结"][0], sum(row["settled_on"] == day for row in settled))
    checks.same(f"{name}: settled this year", told["本待遇年度累计了结"][0], len(settled))
    checks.holds(f"{name}: policy", any("〔" in key for key in told), list(told)[-8:])


def scope(name):
    """Which rows a workbook holds, by its name."""
    if name.endswith("-全部"):
        return lambda row: True
    if name.endswith("-辖区外"):
        return lambda row: row["township"] is None
    return lambda row: row["township"] == name.split("-")[0]


def check_workbook(checks, path, open_rows, settled_rows, source, date):
    name, fits = path.stem, scope(path.stem)
    book = openpyxl.load_workbook(path)
    checks.same(f"{name}: sheets", book.sheetnames, ["封面", "清单", "已了结"])
    checks.same(f"{name}: made on the logical date", book.properties.created, datetime.datetime.fromisoformat(date))
    open_here, settled_here = [row for row in open_rows if fits(row)], [row for row in settled_rows if fits(row)]
    check_list(checks, f"{name} 清单", book["清单"], LIST, open_here)
    check_list(checks, f"{name} 已了结", book["已了结"], SETTLED, settled_here)
    for sheet in (book["清单"], book["已了结"]):
        check_setup(checks, f"{name} {sheet.title}", sheet)
    check_cover(checks, f"{name} 封面", book["封面"], open_here, settled_here, source, date)
    checks.holds(f"{name}: no macro", book.vba_archive is None)
    return len(open_here), len(settled_here)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", type=Path, default=ROOT / "target" / "debug" / "canbao")
    a.add_argument("--data", type=Path, default=ROOT / "sample_data")
    options = a.parse_args()
    options.canbao = options.canbao.resolve()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="canbao-workbooks-") as folder:
        options.work = Path(folder)
        shutil.copytree(options.data, options.work / "data")
        run(options, "enrollment-audit", "--data", "data", "--date", WEEKS[0])
        paused = pause_some(run(options, "duplicate-cleanup", "--date", WEEKS[0]))
        checks.holds("records were paused in between", rewrite(options, paused) > 0)
        run(options, "enrollment-audit", "--data", "data", "--date", WEEKS[1])
        snapshot = run(options, "duplicate-cleanup", "--date", WEEKS[1])
        manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
        source = next(entry for entry in manifest["snapshots"] if entry["pipeline"] == "enrollment-audit")
        open_rows = rows_of(snapshot / "cleanup_worklist.parquet", "")
        settled_rows = rows_of(snapshot / "cleanup_settled.parquet", "ORDER BY settled_on DESC, case_no")
        checks.holds("there is something to look at", len(open_rows) > 20 and len(settled_rows) > 0, (len(open_rows), len(settled_rows)))
        checks.same("numbers of cases are there once", len({row["case_no"] for row in open_rows + settled_rows}), len(open_rows + settled_rows))

        stated = {entry["file"]: entry for entry in manifest["documents"]}
        files = sorted((snapshot / "documents").iterdir())
        checks.same("documents in the manifest", sorted(stated), [f"documents/{file.name}" for file in files])
        parts = [0, 0]
        for file in files:
            entry, content = stated[f"documents/{file.name}"], file.read_bytes()
            checks.same(f"{file.name}: sha256 and bytes", (hashlib.sha256(content).hexdigest(), len(content)), (entry["sha256"], entry["bytes"]))
            counted = check_workbook(checks, file, open_rows, settled_rows, source, WEEKS[1])
            if not file.stem.endswith("-全部"):
                parts = [part + count for part, count in zip(parts, counted)]
        checks.same("the parts together are the region's", parts, [len(open_rows), len(settled_rows)])
    print(f"readers: openpyxl {openpyxl.__version__}, DuckDB {duckdb.__version__}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
