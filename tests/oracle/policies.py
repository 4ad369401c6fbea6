"""The figures of docs/rules.md: one Policy for each region and benefit year. Amounts in cents.

Written from docs/rules.md and not from the packs, so that a slip of the pen on one side
shows. A figure stands here and nowhere else in the oracle.
"""

import datetime
from dataclasses import dataclass, field

DAY = datetime.date

LABELS = {
    "特困人员": "destitute", "孤儿": "orphan", "事实无人抚养儿童": "unsupported_child", "低保对象": "low_income", "返贫致贫人口": "returned_to_poverty",
    "监测对象": "monitored", "脱贫不稳定人口": "monitored", "边缘易致贫人口": "monitored", "突发严重困难人口": "monitored",
    "重点优抚对象": "key_entitled", "重度残疾人": "severe_disability", "计划生育特殊家庭": "special_family_planning",
    "农村两女户": "two_daughter_household", "低保边缘家庭成员": "low_income_margin", "退役军人": "demobilised", "随军未就业配偶": "military_spouse",
    "刑满释放人员": "released", "严重精神障碍患者": "severe_mental_illness", "退捕渔民": "retired_fisher", "外出务工人员": "migrant_worker",
    "职工医保中断人员": "employee_lapsed", "现役军人": "in_service",
}
# Ties between amounts, and `subsidy.categories`, go by this order.
ORDER = list(dict.fromkeys(LABELS.values()))
DIFFICULTY = ("destitute", "orphan", "unsupported_child", "low_income", "returned_to_poverty", "monitored", "low_income_margin")


# ---------------------------------------------------------------- special groups: who may pay late without waiting

@dataclass(frozen=True)
class InForce:
    """In the category on the day of payment; `this_year`: since a day of the payment's year."""
    category: str
    this_year: bool = False


@dataclass(frozen=True)
class SinceLeaving:
    """From `begntime` until some months after the day of leaving, which is the column `leaving`.

    `whole_months`: the months begin with the one after that of leaving.
    """
    category: str
    months: int = 3
    leaving: str = "begntime"
    this_year: bool = False
    whole_months: bool = False


@dataclass(frozen=True)
class SchoolRegistration:
    """A student of a school here, until some months after registration."""
    months: int = 3


# ---------------------------------------------------------------- waiting

@dataclass(frozen=True)
class FixedWaiting:
    """Cover from the first day of the month after `months`, of which the payment's month is the first."""
    months: int


@dataclass(frozen=True)
class WaitingByBreaks:
    """`least` months, one more for each broken year not repaid; `long_least` for who broke `long_break` years or more.

    Counted from the month after the payment's. A year is broken where in-time records cover fewer than `unbroken` of its months.
    """
    least: int = 3
    long_break: int = 4
    long_least: int = 6
    unbroken: int = 9


# ---------------------------------------------------------------- incentives, mutual aid

@dataclass(frozen=True)
class Incentive:
    """Rewards on the cap of critical-illness insurance; `first_year`: the first that counts, takes effect the year after."""
    first_year: int = 2025
    step: int = 500000
    years_before: int = 4
    share_of_cap_pct: int = 20


@dataclass(frozen=True)
class MutualAid:
    """Who may pay for whom out of a personal account, and when; the year is the benefit year."""
    province: str
    begin: datetime.date
    end: datetime.date
    relations: tuple = ("配偶", "父母", "子女", "兄弟姐妹", "祖父母", "外祖父母", "孙子女", "外孙子女")


# ---------------------------------------------------------------- the whole

@dataclass(frozen=True)
class Policy:
    region: str
    year: int
    premium: int
    window_begin: datetime.date
    window_end: datetime.date
    last_day: datetime.date              # the last logical date of this benefit year
    migrant_until: datetime.date = None
    newborn_days: int = 90
    special: tuple = ()
    special_from_next_month: bool = False
    waiting: object = None
    employee_months: int = 12
    death_refund: bool = False
    required_share_pct: int = None
    subsidy: dict = field(default_factory=dict)
    payer: dict = field(default_factory=dict)
    incentive: Incentive = None
    mutual_aid: MutualAid = None

    def holds(self, area):
        """Whether an area code lies in the region: a city's first four digits, a county's six."""
        if area is None:
            return False
        return area[:4] == self.region[:4] if self.region.endswith("00") else area[:6] == self.region


# 文水县, 文医保发〔2023〕10号
WENSHUI = Policy(
    region="141121", year=2024, premium=38000, window_begin=DAY(2023, 9, 1), window_end=DAY(2023, 12, 25), last_day=DAY(2024, 12, 31),
    special=(SinceLeaving("employee_lapsed"), SinceLeaving("demobilised", this_year=True), SinceLeaving("military_spouse", leaving="endtime"),
             SinceLeaving("released")),
    required_share_pct=95,
    subsidy={"destitute": 38000, "orphan": 38000, "unsupported_child": 38000, "low_income": 30400, "returned_to_poverty": 34200,
             "monitored": 28000},
    payer=dict.fromkeys(("destitute", "orphan", "unsupported_child", "low_income", "returned_to_poverty", "monitored"), "medical_assistance_fund"),
)

# 淮北市, 2024年度参保缴费公告
HUAIBEI = Policy(
    region="340600", year=2024, premium=38000, window_begin=DAY(2023, 9, 15), window_end=DAY(2023, 12, 31), last_day=DAY(2024, 12, 31),
    migrant_until=DAY(2024, 2, 28),
    subsidy={"destitute": 38000, "low_income": 34000, "returned_to_poverty": 30000, "monitored": 19000},
)

# 五河县, 五政办秘〔2023〕50号
WUHE = Policy(
    region="340322", year=2024, premium=38000, window_begin=DAY(2023, 9, 1), window_end=DAY(2023, 12, 31), last_day=DAY(2024, 12, 31),
    migrant_until=DAY(2024, 2, 29), death_refund=True, waiting=FixedWaiting(6),
    special=(InForce("destitute"), InForce("low_income"), InForce("returned_to_poverty"), InForce("monitored"), InForce("low_income_margin"),
             InForce("demobilised", this_year=True), InForce("military_spouse"), InForce("retired_fisher"), InForce("severe_mental_illness"),
             InForce("released")),
    subsidy={"destitute": 38000, "low_income": 32000, "monitored": 19000, "key_entitled": 32000, "severe_disability": 32000,
             "special_family_planning": 38000, "two_daughter_household": 38000},
    payer={"destitute": "medical_assistance_fund", "low_income": "medical_assistance_fund", "monitored": "medical_assistance_fund",
           "special_family_planning": "township", "two_daughter_household": "township"},
)

# 丽水市, 征求意见稿 2025-03-28
LISHUI_RULES = dict(
    region="331100", premium=40000, special_from_next_month=True, waiting=WaitingByBreaks(), incentive=Incentive(),
    special=(SinceLeaving("employee_lapsed"), SinceLeaving("released"), SinceLeaving("demobilised", whole_months=True), SchoolRegistration(),
             *(InForce(category) for category in DIFFICULTY)),
)
LISHUI_2025 = Policy(year=2025, window_begin=DAY(2024, 9, 1), window_end=DAY(2024, 12, 31), last_day=DAY(2025, 8, 31), **LISHUI_RULES)
LISHUI_2026 = Policy(year=2026, window_begin=DAY(2025, 9, 1), window_end=DAY(2025, 12, 31), last_day=DAY(2026, 12, 31), **LISHUI_RULES)

# 周口市, October 2024
ZHOUKOU = Policy(
    region="411600", year=2025, premium=40000, window_begin=DAY(2024, 10, 10), window_end=DAY(2024, 12, 31), last_day=DAY(2025, 12, 31),
    mutual_aid=MutualAid("41", DAY(2024, 10, 10), DAY(2024, 12, 31)),
)

POLICIES = (WENSHUI, HUAIBEI, WUHE, LISHUI_2025, LISHUI_2026, ZHOUKOU)
REGIONS = tuple(dict.fromkeys(p.region for p in POLICIES))


def policy_for(region, today, year=None):
    """The policy in force; LookupError where there is none."""
    known = [p for p in POLICIES if p.region == region]
    if not known:
        raise LookupError(f"unknown region {region}")
    for policy in known:
        if policy.year == year or year is None and policy.window_begin <= today <= policy.last_day:
            return policy
    raise LookupError(f"no benefit year of {region} holds {today}" if year is None else f"{region} has no benefit year {year}")
