"""What differs between regions: windows, late entry, waiting, subsidies, shares, cities."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from policies import ORDER, POLICIES, policy_for  # noqa: E402
from tiny import ADULT, DAY, HOUSEHOLD, STRANGER, County, enrolled, home, identity, number, record  # noqa: E402


def benefit(region, paid, *spans, born=DAY(1980, 5, 6), before=(), year=None, **texts):
    """(basis, waiting months, first day) of a record paid on that day, at the year's end; `before`: records of other years."""
    policy = next(p for p in POLICIES if p.region == region and year in (None, p.year))
    who, area = number(born), home(region)
    rows = [record("P1", area=area, begin=f"{policy.year}01", end=f"{policy.year}12", paid=paid), *before]
    texts.update(enrolled(*rows, who=who), **identity(*spans, who=who) if spans else {})
    texts["household"] = f"{HOUSEHOLD}\n{who},王一,{born},{area}101,1,1\n"
    result = County(region, year=policy.year, **texts).on(policy.year, 12, 31)
    row, = (r for r in result.datasets["benefit_period"] if r["psn_no"] == "P1")
    return row["basis"], row["waiting_months"], row["benefit_begn"] and str(row["benefit_begn"])


class Years(unittest.TestCase):
    def test_the_year_of_a_date(self):
        for region, day, year in (("331100", DAY(2024, 9, 1), 2025), ("331100", DAY(2025, 8, 31), 2025), ("331100", DAY(2025, 9, 1), 2026),
                                  ("331100", DAY(2026, 12, 31), 2026), ("340600", DAY(2023, 9, 15), 2024), ("411600", DAY(2024, 10, 10), 2025)):
            self.assertEqual(policy_for(region, day).year, year)
        for region, day in (("331100", DAY(2024, 8, 31)), ("331100", DAY(2027, 1, 1)), ("340600", DAY(2023, 9, 14)), ("411600", DAY(2024, 10, 9)),
                            ("331102", DAY(2025, 1, 1))):
            self.assertRaises(LookupError, policy_for, region, day)
        self.assertRaises(LookupError, policy_for, "340322", DAY(2024, 1, 1), 2023)

    def test_subsidies_and_payers_are_of_categories_that_exist(self):
        for policy in POLICIES:
            self.assertLessEqual(set(policy.subsidy) | set(policy.payer), set(ORDER))
            self.assertLessEqual(set(policy.payer), set(policy.subsidy))
            self.assertLessEqual(max(policy.subsidy.values(), default=0), policy.premium)


class LateEntry(unittest.TestCase):
    def test_window_ends(self):
        for region, last, after, year in (("141121", "2023-12-25", "2023-12-26", 2024), ("340600", "2023-12-31", "2024-01-01", 2024),
                                          ("411600", "2024-12-31", "2025-01-01", 2025)):
            self.assertEqual(benefit(region, last), ("concentrated", 0, f"{year}-01-01"))
            self.assertEqual(benefit(region, after), ("none", 0, None))

    def test_migrants(self):
        span = ("外出务工人员", "2020-01-01", "")
        self.assertEqual(benefit("340600", "2024-02-28", span), ("migrant_extension", 0, "2024-01-01"))
        self.assertEqual(benefit("340600", "2024-02-29", span), ("none", 0, None))
        self.assertEqual(benefit("340322", "2024-02-29", span), ("migrant_extension", 0, "2024-01-01"))
        self.assertEqual(benefit("141121", "2024-01-02", span), ("none", 0, None))

    def test_wenshui_three_months_after_leaving(self):
        def basis(paid, *span):
            return benefit("141121", paid, span)
        for label in ("职工医保中断人员", "刑满释放人员", "退役军人"):
            self.assertEqual(basis("2024-05-31", label, "2024-02-29", ""), ("none", 0, None))
            self.assertEqual(basis("2024-05-29", label, "2024-02-29", "2024-03-01"), ("special_group", 0, "2024-05-30"))
            self.assertEqual(basis("2024-02-28", label, "2024-02-29", ""), ("none", 0, None))
        self.assertEqual(basis("2024-02-29", "刑满释放人员", "2023-11-30", ""), ("special_group", 0, "2024-03-01"))
        self.assertEqual(basis("2024-02-29", "退役军人", "2023-11-30", ""), ("none", 0, None))  # not in the payment's year
        self.assertEqual(basis("2023-12-26", "退役军人", "2023-11-30", ""), ("special_group", 0, "2024-01-01"))
        self.assertEqual(basis("2024-12-31", "刑满释放人员", "2024-12-01", ""), ("special_group", 0, None))

    def test_wenshui_spouse_leaves_at_the_end(self):
        for paid, begin, end, basis in (("2024-05-31", "2010-01-01", "2024-02-29", "none"), ("2024-05-29", "2010-01-01", "2024-02-29", "special_group"),
                                        ("2024-02-01", "2010-01-01", "2024-02-29", "special_group"), ("2024-02-01", "2024-01-15", "", "none"),
                                        ("2024-02-01", "2010-01-01", "9999-12-31", "special_group")):
            self.assertEqual(benefit("141121", paid, ("随军未就业配偶", begin, end))[0], basis, (paid, end))

    def test_lishui_groups(self):
        def basis(paid, label, begin, end=""):
            return benefit("331100", paid, (label, begin, end), year=2025)
        self.assertEqual(basis("2025-04-15", "职工医保中断人员", "2025-01-15"), ("special_group", 0, "2025-05-01"))
        self.assertEqual(basis("2025-04-16", "职工医保中断人员", "2025-01-15")[0], "waiting")
        self.assertEqual(basis("2025-04-30", "退役军人", "2025-01-15"), ("special_group", 0, "2025-05-01"))
        self.assertEqual(basis("2025-05-01", "退役军人", "2025-01-31")[0], "waiting")
        self.assertEqual(basis("2025-02-28", "退役军人", "2024-11-01"), ("special_group", 0, "2025-03-01"))  # of the year before
        self.assertEqual(basis("2025-12-01", "低保边缘家庭成员", "2025-12-01", "2025-12-01"), ("special_group", 0, None))
        self.assertEqual(basis("2025-03-01", "随军未就业配偶", "2025-01-01", "2025-01-01")[0], "waiting")

    def test_lishui_school(self):
        for school, begin, basis in (("331102", "2025-03-01", "special_group"), ("331100101", "2025-01-15", "special_group"),
                                     ("331002", "2025-03-01", "waiting"), ("331102", "2025-01-14", "waiting"), ("331102", "2025-04-16", "waiting")):
            text = f"certno,school_admdvs,begntime,endtime\n{ADULT},{school},{begin},{begin}\n"
            self.assertEqual(benefit("331100", "2025-04-15", year=2025, student=text)[0], basis, (school, begin))


class Waiting(unittest.TestCase):
    @staticmethod
    def wait(*before, paid="2025-03-31"):
        return benefit("331100", paid, before=before, year=2025)[1:]

    @staticmethod
    def year(y, begin=1, end=12, paid="", scheme="390", area="340100"):
        return record(f"Y{y}{begin}", scheme, area, f"{y}{begin:02}", f"{y}{end:02}", paid)

    def test_broken_years(self):
        year = self.year
        self.assertEqual(self.wait(), (3, "2025-07-01"))
        self.assertEqual(self.wait(year(2024)), (3, "2025-07-01"))
        self.assertEqual(self.wait(year(2023)), (4, "2025-08-01"))
        self.assertEqual(self.wait(year(2021)), (6, "2025-10-01"))
        self.assertEqual(self.wait(year(2019)), (8, "2025-12-01"))
        self.assertEqual(self.wait(year(2018)), (9, None))
        # nine months are enough, in two pieces and of any scheme; eight are not, unless nothing came before
        self.assertEqual(self.wait(year(2020), year(2024, 1, 5), year(2024, 4, 9, scheme="310"))[0], 3)
        self.assertEqual(self.wait(year(2023), year(2024, 1, 8))[0], 4)
        self.assertEqual(self.wait(year(2024, 1, 8))[0], 3)

    def test_repaid_years(self):
        year = self.year
        self.assertEqual(self.wait(year(2022), year(2023, paid="2025-03-31"))[0], 4)
        self.assertEqual(self.wait(year(2022), year(2023, paid="2025-03-31"), year(2024, paid="2025-01-01"))[0], 3)
        self.assertEqual(self.wait(year(2022), year(2023, paid="2024-01-01", scheme="310"))[0], 5)
        self.assertEqual(self.wait(year(2022), year(2023, paid="2023-12-31"))[0], 4)
        # who broke four years waits six months at least, however much is repaid
        repaid = [year(y, paid="2025-03-01") for y in (2021, 2022, 2023, 2024)]
        self.assertEqual(self.wait(year(2020), *repaid)[0], 6)
        self.assertEqual(self.wait(year(2018), *repaid)[0], 6)
        self.assertEqual(self.wait(year(2018), *repaid[:1])[0], 8)


class Places(unittest.TestCase):
    def test_a_city_is_all_its_areas(self):
        rows = [record(f"P{n}", area=area) for n, area in enumerate(("340602", "340600", "340699", "340700"))]
        target = "admdvs,name,registered,target\n340602101,甲,1,1\n"
        result = County("340600", **enrolled(*rows), target=target).on(2024, 3, 31)
        self.assertEqual([r["psn_no"] for r in result.datasets["benefit_period"]], ["P0", "P1", "P2"])
        self.assertEqual({r["kind"] for r in result.datasets["duplicate_enrollment"]}, {"cross_region_resident"})
        self.assertEqual([r["admdvs"] for r in result.datasets["progress"]], ["340602101", "340621101", "TOTAL"])
        self.assertTrue(result.datasets["person"][0]["eligible"])

    def test_refund_at_death_is_wuhes(self):
        for region, kinds in (("340322", ["deceased"]), ("340600", [])):
            dead = f"{HOUSEHOLD}\n{ADULT},王一,1980-05-06,{home(region)}101,1,2\n"
            result = County(region, **enrolled(record("A", area=home(region))), household=dead).on(2023, 12, 31)
            self.assertEqual([r["kind"] for r in result.datasets["duplicate_enrollment"]], kinds)


class Tables(unittest.TestCase):
    def test_subsidies(self):
        for region, spans, expected in (
                ("141121", ("孤儿", "特困人员"), ("destitute", 38000, "medical_assistance_fund")), ("141121", ("返贫致贫人口", "低保对象"), ("returned_to_poverty", 34200, "medical_assistance_fund")),
                ("340600", ("返贫致贫人口", "低保对象"), ("low_income", 34000, None)), ("340600", ("孤儿",), None), ("331100", ("特困人员",), None), ("411600", ("特困人员",), None)):
            county = County(region, **identity(*((label, "2020-01-01", "") for label in spans)))
            rows = [(r["category"], r["subsidy_amt"], r["payer"]) for r in county.on(*((2024, 12, 1))).datasets["subsidy"]]
            self.assertEqual(rows, [expected] if expected else [])

    def test_required_share(self):
        for enrolled_of_twenty, reaches in ((19, True), (18, False)):
            people = [number(DAY(1970, 5, 5), n) for n in range(20)]
            household = HOUSEHOLD + "\n" + "".join(f"{who},a,1970-05-05,141121101,1,1\n" for who in people)
            text = enrolled(*[])["enrollment"] + "".join(f"P,{who},390,141121,1,202401,202412,1,,380,\n" for who in people[:enrolled_of_twenty])
            result = County("141121", household=household, enrollment=text, target="admdvs,name,registered,target\n141121102,b,1,1\n").on(2024, 3, 31)
            self.assertEqual([(r["admdvs"], r["reaches_required"]) for r in result.datasets["progress"]],
                             [("141121101", reaches), ("141121102", None), ("TOTAL", reaches)])

    def test_difficulty_ledger(self):
        for region, label, difficult in (("331100", "低保边缘家庭成员", True), ("331100", "重度残疾人", False), ("340322", "重度残疾人", True)):
            row, = County(region, **identity((label, "2020-01-01", ""))).on(2024, 12, 1).datasets["missed_enrollment"]
            self.assertEqual((row["ledger_difficulty"], row["personal_amt"] <= 40000), (difficult, True))


class Aid(unittest.TestCase):
    def test_the_first_failing_test_names_the_reason(self):
        good = dict(payer=ADULT, payer_area="411625", payee=STRANGER, payee_area="410105", relation="外祖父母", year="2025", paid="2024-12-31 23:59:59")
        cases = [({}, None), (dict(relation="姑姑", payee_area="340100"), "relation"), (dict(payee_area="340100", payer=STRANGER), "out_of_province"),
                 (dict(payer_area="411702"), "out_of_province"), (dict(payer=STRANGER), "payer_not_employee"), (dict(payee=ADULT, year="2024"), "payee_is_employee"),
                 (dict(year="2024", paid="2025-01-01"), "year"), (dict(paid="2025-01-01"), "window"), (dict(paid="2024-10-09"), "window"),
                 (dict(paid="2024/10/10"), None)]
        header = "payer_certno,payer_admdvs,payee_certno,payee_admdvs,relation,clct_year,pay_time,pay_amt\n"
        lines = ["{payer},{payer_area},{payee},{payee_area},{relation},{year},{paid},400\n".format(**dict(good, **change)) for change, _ in cases]
        employee = enrolled(record("E", "310", "340100", "202411", "202412", ""))
        county = County("411600", mutual_aid=header + "".join(lines), **employee)
        rows = county.on(2024, 12, 31).datasets["mutual_aid_check"]
        self.assertEqual([(r["valid"], r["reason"]) for r in rows], [(reason is None, reason) for _, reason in cases])
        # by the year's last day the record of 2024 is no valid one for 2025 any more
        self.assertEqual(county.on(2025, 12, 31).datasets["mutual_aid_check"][0]["reason"], "payer_not_employee")

    def test_faults(self):
        header = "payer_certno,payer_admdvs,payee_certno,payee_admdvs,relation,clct_year,pay_time,pay_amt\n"
        lines = [f"1,411625,{ADULT},410105,父母,2025,2024-12-31,1", f"{ADULT},411625,{number(DAY(2025, 1, 2))},4101,父母,2025,2024-12-31,1",
                 f"{ADULT},4116251,{ADULT},410105,父母,2025,2024-12-31,1", f"{ADULT},411625,{ADULT},410105,,20255,2024-12-31,1",
                 f"{ADULT},411625,{ADULT},410105,父母,20255,2024-12-31,1", f"{ADULT},411625,{ADULT},410105,父母,2025,2024-12-31,", "1,2"]
        result = County("411600", mutual_aid=header + "\n".join(lines) + "\n").on(2024, 12, 31)
        self.assertEqual([(r["column"], r["reason"]) for r in result.datasets["rejects"]],
                         [("payer_certno", "bad_certno"), ("payee_certno", "not_born_yet"), ("payer_admdvs", "bad_code"), ("relation", "missing_value"),
                          ("clct_year", "bad_number"), ("pay_amt", "missing_value"), (None, "bad_row")])


if __name__ == "__main__":
    unittest.main()
