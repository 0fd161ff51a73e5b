"""Arithmetic of membership periods: plain dates in, plain dates out, no ORM.

The doctests are the specification; ``tests/membership/test_period.py`` runs them.
Periods are closed intervals: the end is the last day that is paid for.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)

# States in which a period counts as membership. Access is open in `active` and `grace`.
LIVE_STATES = ("upcoming", "active", "grace", "paused")
# States of a period that is or was paid for. The database's exclusion constraint
# speaks of the same five: keep them together.
PAID_STATES = (*LIVE_STATES, "expired")


def period_end(start: date, months: int) -> date:
    """Last paid day of a period of ``months`` months that starts on ``start``.

    >>> period_end(date(2026, 11, 21), 12)
    datetime.date(2027, 11, 20)
    >>> period_end(date(2026, 1, 1), 1)
    datetime.date(2026, 1, 31)

    A start on a day that the last month does not have (31 January, 29 February)
    ends with that month, so that nobody is a day short:

    >>> period_end(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    >>> period_end(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    same_day = start + relativedelta(months=months)
    was_clipped = same_day.day != start.day
    return same_day if was_clipped else same_day - ONE_DAY


def days_end(start: date, days: int) -> date:
    """Last paid day of a period of ``days`` days.

    >>> days_end(date(2024, 2, 28), 2)
    datetime.date(2024, 2, 29)
    """
    return start + timedelta(days=days - 1)


def _day_in(year: int, month_day: tuple[int, int]) -> date:
    """That day of a year; 29 February is the 28th where there is none.

    >>> _day_in(2027, (2, 29))
    datetime.date(2027, 2, 28)
    """
    month, day = month_day
    return date(year, month, min(day, monthrange(year, month)[1]))


def club_year(day: date, first_day: tuple[int, int] = (1, 1)) -> tuple[date, date]:
    """First and last day of the club's fixed year that holds ``day``.

    >>> club_year(date(2026, 11, 21))
    (datetime.date(2026, 1, 1), datetime.date(2026, 12, 31))
    >>> club_year(date(2026, 8, 31), (9, 1))
    (datetime.date(2025, 9, 1), datetime.date(2026, 8, 31))
    """
    begin = _day_in(day.year, first_day)
    if day < begin:
        begin = _day_in(day.year - 1, first_day)
    return begin, _day_in(begin.year + 1, first_day) - ONE_DAY


def is_rolled_over(
    start: date, first_day: tuple[int, int], rollover: tuple[int, int] | None
) -> bool:
    """Whether whoever starts on that day gets the whole next year, too.

    >>> is_rolled_over(date(2026, 9, 30), (1, 1), (10, 1))
    False
    >>> is_rolled_over(date(2026, 10, 1), (1, 1), (10, 1))
    True

    The year need not be the calendar's: here it starts in September.

    >>> is_rolled_over(date(2026, 12, 31), (9, 1), (6, 1))
    False
    >>> is_rolled_over(date(2027, 6, 1), (9, 1), (6, 1))
    True
    """
    if not rollover:
        return False
    begin, end = club_year(start, first_day)
    turn = _day_in(begin.year, rollover)
    if turn < begin:
        turn = _day_in(end.year, rollover)
    return turn > begin and start >= turn


@dataclass(frozen=True)
class Rule:
    """How long a fee is good for: what a plan says of its periods.

    ``kind``: ``months`` or ``days`` (rolling, ``length`` of them), ``year`` (fixed,
    from ``first_day`` on; from ``rollover`` on a buyer gets the rest of this year and
    the whole next), or ``lifetime``. Days of the year are pairs (month, day).
    """

    kind: str
    length: int = 0
    first_day: tuple[int, int] = (1, 1)
    rollover: tuple[int, int] | None = None

    def end(self, start: date) -> date | None:
        """Last paid day of a period that starts on ``start``; None: for life.

        >>> Rule("months", 12).end(date(2026, 11, 21))
        datetime.date(2027, 11, 20)
        >>> Rule("days", 30).end(date(2026, 11, 21))
        datetime.date(2026, 12, 20)
        >>> Rule("year", rollover=(10, 1)).end(date(2026, 9, 30))
        datetime.date(2026, 12, 31)
        >>> Rule("year", rollover=(10, 1)).end(date(2026, 10, 1))
        datetime.date(2027, 12, 31)
        >>> Rule("lifetime").end(date(2026, 11, 21))
        """
        if self.kind == "lifetime":
            return None
        if self.kind == "days":
            return days_end(start, self.length)
        if self.kind == "months":
            return period_end(start, self.length)
        end = club_year(start, self.first_day)[1]
        if is_rolled_over(start, self.first_day, self.rollover):
            return club_year(end + ONE_DAY, self.first_day)[1]
        return end

    def share(self, start: date, by: str) -> Fraction:
        """Part of the yearly fee that a period starting on ``start`` costs.

        :param by: ``day``, ``month`` (a month begun is paid whole) or ``none``

        Only a fixed year is ever shared; a rolling period is always whole.

        >>> Rule("year").share(date(2026, 1, 1), "day")
        Fraction(1, 1)
        >>> Rule("year").share(date(2026, 12, 31), "day")
        Fraction(1, 365)
        >>> Rule("year").share(date(2026, 11, 21), "month")
        Fraction(1, 6)
        >>> Rule("year").share(date(2026, 11, 21), "none")
        Fraction(1, 1)
        >>> Rule("months", 12).share(date(2026, 11, 21), "day")
        Fraction(1, 1)

        Past the roll-over day the whole next year is paid, and the rest of this one
        by its share; without proration the rest is a gift:

        >>> Rule("year", rollover=(10, 1)).share(date(2026, 11, 21), "month")
        Fraction(7, 6)
        >>> Rule("year", rollover=(10, 1)).share(date(2026, 11, 21), "none")
        Fraction(1, 1)
        """
        if self.kind != "year" or by == "none":
            return Fraction(1)
        begin, end = club_year(start, self.first_day)
        if by == "day":
            part = Fraction((end - start).days + 1, (end - begin).days + 1)
        else:
            gone = relativedelta(start, begin)
            part = Fraction(12 - gone.months, 12)
        return part + is_rolled_over(start, self.first_day, self.rollover)


def unused_share(
    start: date, end: date, first_unused: date, rested: int = 0
) -> Fraction:
    """Part of a paid period that is left on a day: the credit of an upgrade.

    :param rested: days before that day on which the period was paused

    >>> unused_share(date(2026, 1, 1), date(2026, 12, 31), date(2026, 1, 1))
    Fraction(1, 1)
    >>> unused_share(date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))
    Fraction(1, 365)
    >>> unused_share(date(2026, 1, 1), date(2026, 12, 31), date(2027, 5, 1))
    Fraction(0, 1)

    Ten days of pause have moved the end by ten days, and were none of the paid ones:

    >>> unused_share(date(2026, 1, 1), date(2027, 1, 10), date(2027, 1, 10), 10)
    Fraction(1, 365)
    """
    whole = (end - start).days + 1 - rested
    left = (end - max(first_unused, start)).days + 1
    return Fraction(max(left, 0), whole)


def period_start(
    requested: date | None, paid_on: date, previous_end: date | None = None
) -> date:
    """First day of a period that is paid on ``paid_on``.

    A first period, or one after a break, starts on the requested day, but never
    before the fee is paid: nobody loses a day he paid for.

    >>> period_start(None, date(2026, 11, 21))
    datetime.date(2026, 11, 21)
    >>> period_start(date(2026, 11, 1), date(2026, 11, 21))
    datetime.date(2026, 11, 21)
    >>> period_start(date(2027, 1, 1), date(2026, 11, 21))
    datetime.date(2027, 1, 1)

    While the previous period is live (its grace days included) the next one
    continues it, the day after its end, paid early or late:

    >>> period_start(date(2026, 11, 21), date(2026, 11, 21), date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    >>> period_start(date(2026, 11, 21), date(2026, 11, 21), date(2026, 11, 10))
    datetime.date(2026, 11, 11)
    >>> period_start(date(2027, 3, 1), date(2026, 11, 21), date(2026, 12, 31))
    datetime.date(2027, 3, 1)
    """
    if not previous_end:
        return max(requested or paid_on, paid_on)
    follows_on = previous_end + ONE_DAY
    asked_for_later = requested and requested > max(follows_on, paid_on)
    return requested if asked_for_later else follows_on


def grace_end(end: date | None, grace_days: int) -> date | None:
    """Last day on which access stays open although the period is over.

    >>> grace_end(date(2026, 12, 31), 14)
    datetime.date(2027, 1, 14)
    >>> grace_end(date(2026, 12, 31), 0)
    datetime.date(2026, 12, 31)

    What never ends needs no grace:

    >>> grace_end(None, 14)
    """
    return end and end + timedelta(days=grace_days)


def state_on(
    day: date,
    start: date,
    end: date | None,
    last_grace_day: date | None,
    is_renewed: bool = False,
) -> str:
    """State of a paid period on ``day``.

    >>> period = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 14)
    >>> state_on(date(2025, 12, 31), *period)
    'upcoming'
    >>> state_on(date(2026, 12, 31), *period)
    'active'
    >>> state_on(date(2027, 1, 1), *period)
    'grace'
    >>> state_on(date(2027, 1, 15), *period)
    'expired'

    A period that another one continues needs no grace:

    >>> state_on(date(2027, 1, 1), *period, is_renewed=True)
    'expired'

    A period without an end is for life:

    >>> state_on(date(2099, 1, 1), date(2026, 1, 1), None, None)
    'active'
    """
    if day < start:
        return "upcoming"
    if not end or day <= end:
        return "active"
    if day <= last_grace_day and not is_renewed:
        return "grace"
    return "expired"


def unbroken_since(periods: list[tuple[date, date | None]]) -> date | None:
    """Start of the chain of periods, without a gap of a day, that ends last.

    >>> unbroken_since([])
    >>> unbroken_since([
    ...     (date(2023, 1, 1), date(2023, 12, 31)),
    ...     (date(2025, 1, 1), date(2025, 12, 31)),
    ...     (date(2026, 1, 1), date(2026, 12, 31)),
    ... ])
    datetime.date(2025, 1, 1)
    """
    since = None
    for start, end in sorted(periods, key=lambda p: p[0], reverse=True):
        if since is not None and end and end + ONE_DAY < since:
            break
        since = start
    return since
