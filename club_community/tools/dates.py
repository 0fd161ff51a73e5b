"""Dates that come round every year, without the ORM; the doctests are its contract.

The SQL of ``club.date`` says the same, and a test holds the two together.
"""

from datetime import date


def this_year(day, year):
    """The day of a year on which a date comes round; 29 February is the 28th then.

    >>> this_year(date(1980, 5, 3), 2026)
    datetime.date(2026, 5, 3)
    >>> this_year(date(2000, 2, 29), 2027), this_year(date(2000, 2, 29), 2028)
    (datetime.date(2027, 2, 28), datetime.date(2028, 2, 29))
    """
    if (day.month, day.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def next_occurrence(day, today):
    """When a date comes round next, today included, and how many years it is then.

    A day that is still to come is its own first occurrence, of zero years.

    >>> next_occurrence(date(1980, 5, 3), date(2026, 5, 3))
    (datetime.date(2026, 5, 3), 46)
    >>> next_occurrence(date(1980, 5, 3), date(2026, 5, 4))
    (datetime.date(2027, 5, 3), 47)
    >>> next_occurrence(date(2000, 2, 29), date(2027, 2, 28))
    (datetime.date(2027, 2, 28), 27)
    >>> next_occurrence(date(2000, 2, 29), date(2027, 3, 1))
    (datetime.date(2028, 2, 29), 28)
    >>> next_occurrence(date(2030, 7, 1), date(2026, 11, 24))
    (datetime.date(2030, 7, 1), 0)
    """
    year = max(today.year, day.year)
    if this_year(day, year) < today:
        year += 1
    return this_year(day, year), year - day.year


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
