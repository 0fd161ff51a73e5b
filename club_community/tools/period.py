"""Arithmetic of membership periods: plain dates in, plain dates out, no ORM.

The doctests are the specification; ``tests/membership/test_period.py`` runs them.
Periods are closed intervals: the end is the last day that is paid for.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)

# States in which a period counts as membership.
LIVE_STATES = ("upcoming", "active", "grace")
# States of a period that is or was paid for. The database's exclusion constraint
# speaks of the same four: keep them together.
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


def grace_end(end: date, grace_days: int) -> date:
    """Last day on which access stays open although the period is over.

    >>> grace_end(date(2026, 12, 31), 14)
    datetime.date(2027, 1, 14)
    >>> grace_end(date(2026, 12, 31), 0)
    datetime.date(2026, 12, 31)
    """
    return end + timedelta(days=grace_days)


def state_on(
    day: date,
    start: date,
    end: date,
    last_grace_day: date,
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
    """
    if day < start:
        return "upcoming"
    if day <= end:
        return "active"
    if day <= last_grace_day and not is_renewed:
        return "grace"
    return "expired"


def unbroken_since(periods: list[tuple[date, date]]) -> date | None:
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
    for start, end in sorted(periods, reverse=True):
        if since is not None and end + ONE_DAY < since:
            break
        since = start
    return since
