"""Benefit periods: from when a valid record gives cover, and why."""

import datetime

import numpy
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .categories import bit, bits
from .entities import Record
from .persons import SLOTS
from .vectors import birthday, day, first_that_fits, month_start, year_of


class Basis(Enum):
    none = "no benefit period"
    newborn_from_birth = "newborn, paid soon after birth"
    concentrated = "paid in the window"
    newborn_after_payment = "newborn, paid before the first birthday"
    migrant_extension = "returning migrant worker"
    special_group = "one of the special groups"
    waiting = "has to wait"


AT = {basis.name: at for at, basis in enumerate(Basis)}


class basis(Variable):
    value_type = Enum
    possible_values = Basis
    default_value = Basis.none
    entity = Record
    definition_period = DateUnit.YEAR
    label = "Why cover begins when it does: the first that fits"

    def formula(record, period, parameters):
        at, here = parameters(period), record("valid_here", period)
        result = numpy.zeros(record.count, numpy.uint8)
        # Only records that count here are looked at; only late payers among them need their categories.
        rows = numpy.flatnonzero(here)
        owner = record.simulation.populations["resident"]
        whose = owner.members_entity_id[rows]
        paid, born = record("paid_on", period)[rows], owner("born", period)[whose]
        first, last, days = day(at.window.first), day(at.window.last), at.newborn.days
        age_of_year = period.start.year - year_of(born)
        soon = paid <= born + days
        in_time = numpy.isnat(paid) | (paid <= last)
        from_birth = ~numpy.isnat(paid) & ((age_of_year == 0) | (age_of_year == 1)) & soon & ((born >= first) | (paid > last))
        decided = first_that_fits(len(rows), [(from_birth, AT["newborn_from_birth"]), (in_time, AT["concentrated"])], AT["waiting"], numpy.uint8)
        late = numpy.flatnonzero(decided == AT["waiting"])
        decided[late] = judge_late(period, at, owner, whose[late], paid[late], born[late])
        result[rows] = decided
        return EnumArray(result, Basis)


def judge_late(period, at, owner, whose, paid, born):
    """The basis of who paid after the window, by what the person was on the day of payment."""
    in_force, begun = numpy.zeros(len(whose), numpy.int32), numpy.zeros(len(whose), numpy.int32)
    for slot in range(SLOTS):
        category, begin, end = (owner(f"identity_{slot}{part}", period)[whose] for part in ("", "_begin", "_end"))
        holds = (category > 0) & (begin <= paid) & (end >= paid)
        mark = numpy.where(holds, numpy.left_shift(1, category), 0).astype(numpy.int32)
        in_force |= mark
        begun |= numpy.where(year_of(begin) == year_of(paid), mark, 0)
    newborn = (paid > born + at.newborn.days) & (paid <= birthday(born, at.newborn.birthday))
    migrant = (paid <= day(at.migrant_until)) & (in_force & bit("migrant_worker") != 0)
    special = (in_force & bits(at.special.in_force) != 0) | (begun & bits(at.special.begun_this_year) != 0)
    cases = [(newborn, AT["newborn_after_payment"]), (migrant, AT["migrant_extension"]), (special, AT["special_group"])]
    return first_that_fits(len(whose), cases, AT["waiting"], numpy.uint8)


class waiting_months(Variable):
    value_type = int
    entity = Record
    definition_period = DateUnit.YEAR
    label = "Months of waiting, the month of payment being the first"

    def formula(record, period, parameters):
        waits = record("basis", period).view(numpy.ndarray) == AT["waiting"]
        return waits * (parameters(period).waiting.nth_month - 1)


class benefit_begin(Variable):
    value_type = datetime.date
    entity = Record
    definition_period = DateUnit.YEAR
    label = "First day of cover, NaT where there is none in the year"

    def formula(record, period, parameters):
        at, why = parameters(period), record("basis", period).view(numpy.ndarray)
        january, december = day(f"{period.start.year}-01-01"), day(f"{period.start.year}-12-31")
        begin = numpy.full(record.count, january, "M8[D]")
        begin[why == AT["none"]] = numpy.datetime64("NaT")
        owner = record.simulation.populations["resident"]
        paid = record("paid_on", period)
        rows = numpy.flatnonzero(why == AT["newborn_from_birth"])
        begin[rows] = numpy.maximum(owner("born", period)[owner.members_entity_id[rows]], january)
        rows = numpy.flatnonzero((why == AT["newborn_after_payment"]) | (why == AT["special_group"]))
        begin[rows] = paid[rows] + 1
        rows = numpy.flatnonzero(why == AT["waiting"])
        begin[rows] = month_start(paid[rows], at.waiting.nth_month - 1)
        begin[begin > december] = numpy.datetime64("NaT")
        return begin


class benefit_end(Variable):
    value_type = datetime.date
    entity = Record
    definition_period = DateUnit.YEAR
    label = "Last day of cover, NaT where there is none in the year"

    def formula(record, period):
        begin = record("benefit_begin", period)
        return numpy.where(numpy.isnat(begin), numpy.datetime64("NaT", "D"), day(f"{period.start.year}-12-31"))


VARIABLES = [basis, waiting_months, benefit_begin, benefit_end]
