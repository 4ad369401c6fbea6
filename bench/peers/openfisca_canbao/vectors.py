"""Calendar and bits over vectors."""

import numpy


def day(text):
    return numpy.datetime64(text, "D")


def month_start(days, months):
    """The first day of the month that comes some months after the day's."""
    return (days.astype("M8[M]") + months).astype("M8[D]")


def birthday(born, years):
    """29 February falls on the 28th in other years."""
    month = born.astype("M8[M]")
    there = month + 12 * years
    last = (there + 1).astype("M8[D]") - there.astype("M8[D]") - 1
    return there.astype("M8[D]") + numpy.minimum(born - month.astype("M8[D]"), last)


def year_of(days):
    return days.astype("M8[Y]").astype("int64") + 1970


def first_that_fits(shape, cases, otherwise, dtype):
    """As `numpy.select`, without making a vector of every constant."""
    result = numpy.full(shape, otherwise, dtype)
    for test, value in reversed(cases):
        numpy.copyto(result, value, where=test, casting="unsafe")
    return result
