#!/usr/bin/env python3
"""Reads a monthly bulletin with readers that canbao does not share a line with: openpyxl, DuckDB, an XML parser.

    python tests/readers/bulletin.py --canbao target/debug/canbao

Makes settlements with the sums that 淮北市 published, audits the sample county, and
holds the bulletins of both against the Parquet they were made from: totals of the
workbook's tables, native charts, no cell that is empty, an error or a small count;
the page is well-formed and asks for nothing outside of it; a second bulletin has
the same bytes.

Ends with a line `N passed, N failed`; exit status 1 where something failed.
"""

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

import duckdb
import openpyxl

ROOT = Path(__file__).resolve().parents[2]
MIN_PERSONS = 5


class Checks:
    """Counts what held, prints what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, what, found, expected):
        self.holds(what, found == expected, f"found {found!r}, expected {expected!r}")

    def holds(self, what, condition, found=""):
        if condition:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {what}{f': {found}' if found != '' else ''}")


def run(options, *arguments):
    command = [str(options.canbao), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"exit status {done.returncode}: {' '.join(command)}")
    return done.stdout


def table(sheet, title):
    """The rows below a caption, head first, up to the remarks."""
    rows = iter(sheet.iter_rows(values_only=True))
    for row in rows:
        if row[0] == title:
            break
    else:
        sys.exit(f"no table `{title}` in {sheet.title}")
    found = []
    for row in rows:
        # Remarks and the line that says where it comes from have one cell.
        if row[1] is None:
            break
        found.append(row)
    return found[0], found[1:]


def dataset(snapshot, name):
    return f"read_parquet('{snapshot}/{name}.parquet', hive_partitioning = false)"


def check_settlement(checks, book, snapshot):
    """Tables of settlements in other provinces, month and year to date, against the Parquet."""
    sheet = book["跨省异地就医直接结算"]
    names = {"inpatient": "住院", "outpatient": "普通门诊", "chronic": "门诊慢特病", "pharmacy": "定点药店", "other": "其他"}
    schemes = {"310": "职工", "390": "居民", "all": "合计"}
    for title, span in (("跨省异地就医直接结算：当月", "month"), ("跨省异地就医直接结算：年内累计", "ytd")):
        _, rows = table(sheet, title)
        # A label stands in each row of the workbook.
        printed = {(row[0], row[1]): row[2:6] for row in rows}
        query = f"""SELECT care, insutype, person_times, persons, medfee_sumamt, fund_pay_sumamt
            FROM {dataset(snapshot, 'settlement_statistics')}
            WHERE period = '2023-09' AND span = '{span}' AND scope = 'cross_province'"""
        true = duckdb.execute(query).fetchall()
        checks.holds(f"{title}: rows", len(true) > 0)
        for care, insutype, visits, persons, cost, fund in true:
            found = printed.get((names[care], schemes[insutype]))
            where = f"{title}: {care} {insutype}"
            if found is None:
                checks.holds(where, False, "no row")
            elif "*" in found:
                checks.same(f"{where} is marked whole", set(found), {"*"})
            else:
                checks.holds(f"{where} has enough persons", persons >= MIN_PERSONS or visits == 0, persons)
                checks.same(where, tuple(map(float, found)), tuple(map(float, (visits, persons, cost, fund))))
        query = f"""SELECT SUM(person_times), SUM(fund_pay_sumamt) FROM {dataset(snapshot, 'settlement_statistics')}
            WHERE period = '2023-09' AND span = '{span}' AND scope = 'cross_province' AND insutype = 'all'
            AND care IN ('inpatient', 'outpatient', 'chronic')"""
        visits, fund = duckdb.execute(query).fetchone()
        total = printed[("三类合计", "合计")]
        checks.same(f"{title}: total", (total[0], total[3]), (float(visits), float(fund)))


def check_diseases(checks, book, snapshot):
    _, rows = table(book["门诊慢特病"], "门诊慢特病：按病种，年内累计")
    query = f"""SELECT dise_codg, SUM(person_times), SUM(fund_pay_sumamt) FROM {dataset(snapshot, 'chronic_statistics')}
        WHERE period = '2023-09' AND span = 'ytd' AND insutype = 'all' GROUP BY dise_codg"""
    true = {code or "—": (float(visits), float(fund)) for code, visits, fund in duckdb.execute(query).fetchall()}
    checks.same("diseases", sorted(row[1] for row in rows), sorted(true))
    for row in rows:
        if row[2] != "*":
            checks.same(f"disease {row[1]}", (float(row[2]), float(row[4])), true[row[1]])


def check_enrollment(checks, book, snapshot):
    _, rows = table(book["参保情况"], "各乡镇（街道）参保进度")
    query = f"SELECT name, eligible, enrolled FROM {dataset(snapshot, 'progress')} WHERE admdvs = 'TOTAL'"
    _, eligible, enrolled = duckdb.execute(query).fetchone()
    checks.same("progress: total", rows[-1][:1] + rows[-1][3:5], ("合计", eligible, enrolled))
    parts = [row for row in rows[:-1] if "*" not in row]
    if len(parts) == len(rows) - 1:
        checks.same("progress: townships add up", sum(row[4] for row in parts), enrolled)
    _, rows = table(book["参保情况"], "资助参保人数：按乡镇（街道）和类别")
    query = f"""SELECT p.name, s.category, COUNT(*) FROM {dataset(snapshot, 'subsidy')} s
        JOIN {dataset(snapshot, 'progress')} p ON s.township = p.admdvs GROUP BY ALL HAVING COUNT(*) < {MIN_PERSONS}"""
    small = duckdb.execute(query).fetchall()
    marks = {row[0]: row.count("*") for row in rows}
    for name in {name for name, _, _ in small if name}:
        few = sum(1 for other, _, _ in small if other == name)
        checks.holds(f"subsidies in {name}: every small cell is marked", marks[name] >= few, (marks[name], few))


def check_workbook(checks, name, book, charts):
    found = sum(len(sheet._charts) for sheet in book)
    checks.same(f"{name}: native charts", found, charts)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                where = f"{name}: {sheet.title} {cell.coordinate}"
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    checks.holds(f"{where} is a gap in a chart", sheet.title == "图表数据" and cell.value == "=NA()", cell.value)
                checks.holds(f"{where} is no error", cell.data_type != "e", cell.value)


def check_page(checks, name, file):
    text = file.read_text(encoding="utf-8")
    tree = xml.etree.ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    checks.holds(f"{name}: well-formed", tree.tag == "html")
    outside = [word for word in ("src=", "<script", "<link", "url(", "@import") if word in text]
    checks.same(f"{name}: nothing from outside", outside, [])
    checks.same(f"{name}: no holes", [word for word in ("NaN", "inf", ">null<", "></td>") if word in text], [])


def publish(options, into, region, date):
    places = ["--publish", into / "published", "--state", into / "state", "--region", region]
    settlements = ["sample", into / "data", "--what", "settlement", "--like", "huaibei-2023", "--seed", "1", "--region", "340600"]
    if region == "340600":
        run(options, *settlements)
        return Path(run(options, "run", "settlement-statistics", "--data", into / "data", "--date", date, *places).splitlines()[-1])
    return Path(run(options, "run", "enrollment-audit", "--data", ROOT / "sample_data", "--date", date, *places).splitlines()[-1])


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--canbao", type=Path, default=ROOT / "target" / "debug" / "canbao")
    options = a.parse_args()
    options.canbao = options.canbao.resolve()
    checks = Checks()
    cases = [("淮北", "340600", "2023-09-30", 3, [check_settlement, check_diseases]), ("五河", "340322", "2023-12-31", 3, [check_enrollment])]
    with tempfile.TemporaryDirectory(prefix="canbao-bulletin-") as folder:
        for name, region, date, charts, looks in cases:
            into = Path(folder) / region
            snapshot = publish(options, into, region, date)
            arguments = ["bulletin", "--month", date[:7], "--publish", into / "published", "--out"]
            files = run(options, *arguments, into / "one").splitlines()[-3:]
            run(options, *arguments, into / "two")
            book = openpyxl.load_workbook(into / "one" / f"bulletin-{date[:7]}.xlsx")
            check_workbook(checks, name, book, charts)
            check_page(checks, name, into / "one" / f"bulletin-{date[:7]}.html")
            for look in looks:
                look(checks, book, snapshot)
            for file in map(Path, files):
                checks.holds(f"{name}: {file.name} has the same bytes again", file.read_bytes() == (into / "two" / file.name).read_bytes())
    print(f"readers: openpyxl {openpyxl.__version__}, DuckDB {duckdb.__version__}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
