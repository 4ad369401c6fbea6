"""Enrollment records: what stands in them, and whether they count."""

import datetime

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Record
from .vectors import day

RESIDENT, EMPLOYEE = 390, 310


def given(name, kind):
    """An input that holds for good."""
    return type(name, (Variable,), {"value_type": kind, "entity": Record, "definition_period": DateUnit.ETERNITY, "label": name})


INPUTS = [given("scheme", int), given("area", int), given("insured", bool), given("collected", bool), given("standing", bool),
          given("paid_on", datetime.date), given("first_month", int), given("last_month", int), given("personal_amount", int)]


class arrived(Variable):
    value_type = bool
    entity = Record
    definition_period = DateUnit.ETERNITY
    label = "Collected, not reversed, not paid after the logical date"

    def formula(record, period, parameters):
        paid, today = record("paid_on", period), day(parameters("2024-01-01").today)
        return record("collected", period) & record("standing", period) & (numpy.isnat(paid) | (paid <= today))


class touches(Variable):
    value_type = bool
    entity = Record
    definition_period = DateUnit.YEAR
    label = "Months of accrual in the year"

    def formula(record, period):
        january = period.start.year * 12
        return (record("first_month", period) <= january + 11) & (record("last_month", period) >= january)


class counted(Variable):
    value_type = bool
    entity = Record
    definition_period = DateUnit.YEAR
    label = "A valid record of a year before the benefit year: who paused since was enrolled then"

    def formula(record, period):
        return record("arrived", period) & record("touches", period)


class valid(Variable):
    value_type = bool
    entity = Record
    definition_period = DateUnit.YEAR
    label = "A valid record of the benefit year"

    def formula(record, period, parameters):
        today = day(parameters(period).today)
        counts = record("touches", period)
        if today < day(f"{period.start.year}-01-01"):
            # Employees pay by the month: this month's record, or the last one's, counts for the year to come.
            month = today.astype("M8[M]").astype(int) + 1970 * 12
            first, last = record("first_month", period), record("last_month", period)
            reaches = (first <= month) & (last >= month - 1)
            counts = counts | (record("scheme", period) == EMPLOYEE) & reaches
        return record("insured", period) & record("arrived", period) & counts


class valid_here(Variable):
    value_type = bool
    entity = Record
    definition_period = DateUnit.YEAR
    label = "A valid record of a resident of the region"

    def formula(record, period, parameters):
        here = record("area", period) == parameters(period).region
        return record("valid", period) & (record("scheme", period) == RESIDENT) & here


VARIABLES = [*INPUTS, arrived, touches, counted, valid, valid_here]
