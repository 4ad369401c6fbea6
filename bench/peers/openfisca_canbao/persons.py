"""Residents: who should be enrolled, who is, who is missed, what the subsidy is, and whether the money adds up."""

import datetime

import numpy
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .categories import INDEX, Category, bit, bits
from .entities import Resident
from .vectors import birthday, day, first_that_fits

SLOTS = 8  # rows of the identity extract that one person can have here
DEAD = 2


def given(name, kind):
    """An input that holds for good."""
    return type(name, (Variable,), {"value_type": kind, "entity": Resident, "definition_period": DateUnit.ETERNITY, "label": name})


INPUTS = [given("born", datetime.date), given("listed_by_police", bool), given("survival", int), given("home", int), given("school", int),
          given("school_begin", datetime.date), given("school_end", datetime.date), given("payments", int), given("paid_amount", int)]
for slot in range(SLOTS):
    INPUTS += [given(f"identity_{slot}", int), given(f"identity_{slot}_begin", datetime.date), given(f"identity_{slot}_end", datetime.date)]


def yearly(kind, formula, label, **more):
    """A variable of the benefit year, named as its formula."""
    return type(formula.__name__, (Variable,), {"value_type": kind, "entity": Resident, "definition_period": DateUnit.YEAR, "label": label,
                                                "formula": formula, **more})


class MissedKind(Enum):
    not_missed = "not missed"
    lapsed = "enrolled last year"
    never = "not enrolled last year"


class Payer(Enum):
    none = "not stated"
    medical_assistance_fund = "medical-assistance fund"
    township = "township"


class Status(Enum):
    none = "neither record nor payment"
    matched = "matched"
    registered_unpaid = "registered, not paid"
    paid_unregistered = "paid, not registered"
    amount_mismatch = "amounts differ"
    paid_twice = "paid twice"


def enum(indices, of):
    return EnumArray(indices, of)


# ---- cover and history

def covered(resident, period):
    return resident.any(resident.members("valid", period))


def enrolled_here(resident, period):
    return resident.any(resident.members("valid_here", period))


def enrolled(resident, period):
    return resident.any(resident.members("counted", period))


def prior_enrolled(resident, period):
    return resident("enrolled", period.last_year)


def consecutive_years(resident, period):
    years, unbroken, year = numpy.zeros(resident.count, numpy.int32), numpy.ones(resident.count, bool), period.last_year
    while True:
        unbroken = unbroken & resident("enrolled", year)
        if not unbroken.any():
            return years
        years += unbroken
        year = year.offset(-1)


# ---- categories, and who should be enrolled

def categories(resident, period, parameters):
    today = day(parameters(period).today)
    found = numpy.zeros(resident.count, numpy.int32)
    for slot in range(SLOTS):
        category, begin, end = (resident(f"identity_{slot}{part}", period) for part in ("", "_begin", "_end"))
        # 0 is no category; days without end are far in the future.
        found |= numpy.where((category > 0) & (begin <= today) & (end >= today), numpy.left_shift(1, category), 0).astype(numpy.int32)
    return found


def has(resident, period, names):
    return resident("categories", period) & bits(names) != 0


def student(resident, period, parameters):
    today = day(parameters(period).today)
    return (resident("school", period) > 0) & (resident("school_begin", period) <= today) & (resident("school_end", period) >= today)


def eligible(resident, period, parameters):
    region, survival = parameters(period).region, resident("survival", period)
    alive = (survival == 0) | (survival == 1) | (survival == 9)
    lives, studies = resident("home", period) == region, resident("student", period) & (resident("school", period) == region)
    return alive & (lives | studies) & ~has(resident, period, ["in_service"])


def listed(resident, period, parameters):
    return resident("listed_by_police", period) | (resident("school", period) == parameters(period).region) | resident("enrolled_here", period)


# ---- subsidy: the highest amount wins, ties by the pack's order

def best(resident, period, parameters, value, kind):
    """`value` of the best category in force, 0 without one."""
    subsidy = parameters(period).subsidy
    ranked = sorted(subsidy.ranked, key=lambda category: -subsidy.amount[category])
    in_force = resident("categories", period)
    return first_that_fits(resident.count, [(in_force & bit(category) != 0, value(subsidy, category)) for category in ranked], 0, kind)


def subsidy_of_categories(resident, period, parameters):
    return best(resident, period, parameters, lambda subsidy, category: 100 * subsidy.amount[category], numpy.int32)


def personal_after_subsidy(resident, period, parameters):
    return 100 * parameters(period).premium.personal - resident("subsidy_of_categories", period)


def subsidy_category(resident, period, parameters):
    alive = resident("survival", period) != DEAD
    return enum((best(resident, period, parameters, lambda _, category: INDEX[category], numpy.uint8) * alive).astype(numpy.uint8), Category)


def subsidy_payer(resident, period, parameters):
    alive, index = resident("survival", period) != DEAD, {payer.name: at for at, payer in enumerate(Payer)}
    payer = best(resident, period, parameters, lambda subsidy, category: index[subsidy.payer[category] or "none"], numpy.uint8)
    return enum((payer * alive).astype(numpy.uint8), Payer)


# ---- who is missed

def missed(resident, period):
    return resident("eligible", period) & ~resident("covered", period)


def missed_kind(resident, period):
    prior = resident("prior_enrolled", period)
    return enum(first_that_fits(resident.count, [(~resident("missed", period), 0), (prior, 1)], 2, numpy.uint8), MissedKind)


def ledger_difficulty(resident, period, parameters):
    names = {*parameters(period).difficulty, *parameters(period).subsidy.ranked}
    return resident("missed", period) & has(resident, period, names)


def ledger_newborn(resident, period, parameters):
    at = parameters(period)
    return resident("missed", period) & (day(at.today) < birthday(resident("born", period), at.newborn.birthday))


def ledger_migrant(resident, period):
    return resident("missed", period) & has(resident, period, ["migrant_worker"])


def ledger_student(resident, period):
    return resident("missed", period) & resident("student", period)


def ledger_lapsed(resident, period):
    return resident("missed", period) & resident("prior_enrolled", period)


# ---- whether the money adds up

def registered_amount(resident, period):
    return resident.sum(resident.members("personal_amount", period) * resident.members("valid_here", period)).astype(numpy.int32)


def overpaid_amount(resident, period):
    return numpy.maximum(resident("paid_amount", period) - resident("personal_after_subsidy", period), 0)


def reconciliation(resident, period):
    here, times = resident("enrolled_here", period), resident("payments", period)
    registered, paid, expected = resident("registered_amount", period), resident("paid_amount", period), resident("personal_after_subsidy", period)
    cases = [(~here & (times == 0), 0), (times > 1, 5), (here & (times == 0) & ((registered > 0) | (expected > 0)), 2), (~here, 3),
             ((registered != paid) | (paid != expected), 4)]
    return enum(first_that_fits(resident.count, cases, 1, numpy.uint8), Status)


VARIABLES = [
    *INPUTS,
    yearly(bool, covered, "A valid record of any scheme anywhere"),
    yearly(bool, enrolled_here, "A valid resident record in the region"),
    yearly(bool, enrolled, "A valid record of a year before the benefit year"),
    yearly(bool, prior_enrolled, "Enrolled the year before"),
    yearly(int, consecutive_years, "Years enrolled in a row, up to the year before"),
    yearly(int, categories, "Categories in force on the logical date, a bit each"),
    yearly(bool, student, "At a school on the logical date"),
    yearly(bool, eligible, "Should be enrolled"),
    yearly(bool, listed, "Has a row in the list of persons"),
    yearly(int, subsidy_of_categories, "The highest subsidy of the categories in force, in cents"),
    yearly(int, personal_after_subsidy, "What is left to pay, in cents"),
    yearly(Enum, subsidy_category, "The category that gives the subsidy", possible_values=Category, default_value=Category.none),
    yearly(Enum, subsidy_payer, "Who pays the subsidy", possible_values=Payer, default_value=Payer.none),
    yearly(bool, missed, "Should be enrolled and is covered nowhere"),
    yearly(Enum, missed_kind, "Whether a missed person was enrolled last year", possible_values=MissedKind, default_value=MissedKind.not_missed),
    yearly(bool, ledger_difficulty, "Ledger of people in difficulty"),
    yearly(bool, ledger_newborn, "Ledger of newborns"),
    yearly(bool, ledger_migrant, "Ledger of migrant workers"),
    yearly(bool, ledger_student, "Ledger of students"),
    yearly(bool, ledger_lapsed, "Ledger of lapsed people"),
    yearly(int, registered_amount, "What valid records here say was paid, in cents"),
    yearly(int, overpaid_amount, "Paid beyond what was owed, in cents"),
    yearly(Enum, reconciliation, "How registration, payment and premium agree", possible_values=Status, default_value=Status.none),
]
