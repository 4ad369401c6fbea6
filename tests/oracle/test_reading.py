"""How the oracle reads values and text: `python3 -m unittest discover tests/oracle`."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import values  # noqa: E402
from text import Unreadable  # noqa: E402
from tiny import ADULT, DAY, HOUSEHOLD, County, number  # noqa: E402


class Values(unittest.TestCase):
    def test_check_character(self):
        # the worked example of GB 11643-1999
        self.assertEqual(values.check_character("11010519491231002"), "X")

    def test_numbers(self):
        today = DAY(2024, 3, 31)

        def seen(text, kind=""):
            return values.parse_certificate(text, kind, today)
        good = number(DAY(1980, 5, 6), 7)
        self.assertEqual(seen(good), (("01", good), None))
        self.assertEqual(seen(good[:6] + good[8:17]), (("01", good), None))
        self.assertEqual(seen(good + "42"), (("01", good), None))
        self.assertEqual(seen(good + "42", "09"), (("01", good), None))
        self.assertEqual(seen(good, "09"), (("09", good), None))
        self.assertEqual(seen("".join(chr(ord(c) + 0xFEE0) for c in good)), (("01", good), None))
        for bad in ("1" * 15, good[:9] + "\u200b" + good[9:], good[:17], "340399990229123"):
            self.assertEqual(seen(bad), (None, "bad_certno"))
        self.assertEqual(seen(number(DAY(2024, 4, 1))), (None, "not_born_yet"))
        self.assertEqual(seen(number(DAY(1799, 12, 31))), (None, "bad_certno"))
        self.assertEqual(seen(number(DAY(1800, 1, 1)))[1], None)
        self.assertEqual(seen("Ｃ１", "02"), (("02", "Ｃ１"), None))

    def test_dates(self):
        for text in ("2024-01-05", "20240105", "2024/1/5", "2024/01/05", "2024-01-05 23:59:59.9", "2024/1/5T8:05", "20240105083000", "20240105 08:30:00"):
            self.assertEqual(values.parse_time(text).date(), DAY(2024, 1, 5), text)
        for text in ("2024-1-5", "2023-02-29", "0000-01-01", "2024-01-05 24:00:00", "2024-01-05T10:00:00Z", "202401051", "2024-01-05 ", "２０２４-01-05", "2024/1-5"):
            self.assertIsNone(values.parse_time(text), text)

    def test_amounts_and_months(self):
        for text, cents in (("380", 38000), ("-0.5", -50), ("+380.05", 38005), ("9999999999999999.99", 999999999999999999)):
            self.assertEqual(values.parse_amount(text), cents)
        for text in ("380.", ".5", "1,000", "380.005", "", "12345678901234567", "３８０"):
            self.assertIsNone(values.parse_amount(text))
        self.assertEqual(values.show_month(values.parse_month("202412")), "202412")
        for text in ("202413", "202400", "2024-1", "000001"):
            self.assertIsNone(values.parse_month(text))


class Text(unittest.TestCase):
    def rejects(self, text, day=(2024, 3, 31)):
        result = County(household=text).on(*day)
        return [(r["line"], r["column"], r["reason"]) for r in result.datasets["rejects"] if r["source"] == "household"], result

    def test_lines_and_faults(self):
        text = (f'{HOUSEHOLD}\n{ADULT},"王\n一",1980-05-06,340322101,1,1\n\n{ADULT},王一,1980-05-06,340322101,1\n'
                f"{ADULT[:17]}?,,x,1,1,1\r\n{ADULT},,x,1,1,1\n{ADULT},a,19800506,34032210,7,8\n{ADULT},a,19800506,340322101,1,\n"
                f'{number(DAY(2024, 4, 1))},a,,,,\n{ADULT},a"b,1980/5/6,340322101,1,1\n{ADULT},"never\nclosed\n')
        found, result = self.rejects(text)
        self.assertEqual(found, [(5, None, "bad_row"), (6, "certno", "bad_certno"), (7, "psn_name", "missing_value"), (8, "resd_admdvs", "bad_code"),
                                 (9, "surv_stas", "missing_value"), (10, "certno", "not_born_yet"), (12, None, "bad_row"), (2, None, "superseded")])
        self.assertEqual(result.datasets["person"][0]["psn_name"], 'a"b')
        self.assertEqual(result.counts["household", "household.csv"], [9, 1, 8])

    def test_encodings(self):
        header = "证件号码|姓名|出生日期|居住地区划|登记类型|生存状态\n"
        body = f"{ADULT}|陈東|1980-05-06|340322101|1|1\n"
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            found, result = self.rejects((header + body).encode(encoding))
            self.assertEqual((found, result.datasets["person"][0]["psn_name"]), ([], "陈東"))
        # one line that does not decode is a bad row, the file stays UTF-8
        found, result = self.rejects((header + body).encode() + body.encode("gb18030"))
        self.assertEqual(found, [(3, None, "bad_row")])

    def test_files_that_stop_the_run(self):
        for text in (b"", (HOUSEHOLD + "\n").encode(), HOUSEHOLD.replace("brdy", "x").encode() + b"\n1,2,3,4,5,6\n",
                     (HOUSEHOLD + ",姓名\n1,2,3,4,5,6,7\n").encode(), (HOUSEHOLD + "\n").encode("utf-16")):
            with self.assertRaises(Unreadable):
                County(household=text).on(2024, 3, 31)

    def test_updates(self):
        text = f"{HOUSEHOLD},updt_time\n" + "".join(
            f"{ADULT},{name},1980-05-06,340322101,1,1,{updated}\n" for name, updated in (("a", "2023-01-02"), ("b", "2023-01-01"), ("c", ""), ("d", "20230102")))
        found, result = self.rejects(text)
        self.assertEqual([line for line, _, _ in found], [2, 3, 4])
        self.assertEqual(result.datasets["person"][0]["psn_name"], "d")


if __name__ == "__main__":
    unittest.main()
