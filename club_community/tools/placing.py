"""Room for old periods of one person among those that stand already: plain dates.

The doctests are the specification; ``tests/membership/test_period.py`` runs them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .period import ONE_DAY, Rule, days_end, period_end

FIXED_YEAR_SHARE = 0.8  # of the periods end on one day of the year
DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Span:
    """Days from ``start`` to ``end``, both included; ``end`` None: for life.

    ``key`` says whose they are. Behind a span that ``may_follow`` another may be moved.
    """

    key: object
    start: date
    end: date | None
    may_follow: bool = True

    def overlaps(self, other: "Span") -> bool:
        return self.start <= (other.end or date.max) and other.start <= (
            self.end or date.max
        )

    def moved_to(self, start: date) -> "Span":
        """The same number of days from another start on."""
        end = self.end and start + (self.end - self.start)
        return Span(self.key, start, end, self.may_follow)


def place(
    wanted: Iterable[Span], standing: Iterable[Span], chain: bool
) -> tuple[dict, dict]:
    """Find room for spans that must not overlap, the earliest first.

    :param wanted: spans that look for room
    :param standing: spans that cannot be moved
    :param chain: move a span that overlaps behind the other, no day of it lost;
        else it finds no room
    :return: the spans that found room, and for the others the span in their way,
        both by the key of the wanted one

    >>> year = [Span(n, date(n, 1, 1), date(n, 12, 31)) for n in range(2020, 2023)]
    >>> placed, refused = place(year, [], chain=False)
    >>> list(placed), refused
    ([2020, 2021, 2022], {})

    Gaps stay gaps. What overlaps finds no room, and is never cut:

    >>> early = Span("early", date(2020, 12, 1), date(2021, 11, 30))
    >>> placed, refused = place([*year, early], [], chain=False)
    >>> list(placed), refused["early"].key
    ([2020, 2021, 2022], 2020)

    unless it may be moved, and all that follows with it, each with all its days:

    >>> placed, refused = place([*year, early], [], chain=True)
    >>> placed["early"].start, placed["early"].end
    (datetime.date(2021, 1, 1), datetime.date(2021, 12, 31))
    >>> placed[2021].start, placed[2022].start
    (datetime.date(2022, 1, 1), datetime.date(2023, 1, 1))

    Nothing moves behind what stands for other reasons, nor behind a life:

    >>> sold = Span("sold", date(2021, 6, 1), date(2022, 5, 31), may_follow=False)
    >>> place(year, [sold], chain=True)[1] == {2021: sold, 2022: sold}
    True
    >>> life = Span("life", date(2021, 1, 1), None)
    >>> list(place(year, [life], chain=True)[0])
    [2020]
    """
    occupied, placed, refused = list(standing), {}, {}
    for span in sorted(wanted, key=lambda s: (s.start, s.end or date.max, str(s.key))):
        in_the_way = _first_overlap(span, occupied)
        while in_the_way and chain and in_the_way.may_follow and in_the_way.end:
            span = span.moved_to(in_the_way.end + ONE_DAY)
            in_the_way = _first_overlap(span, occupied)
        if in_the_way:
            refused[span.key] = in_the_way
        else:
            placed[span.key] = span
            occupied.append(span)
    return placed, refused


def _first_overlap(span: Span, others: Iterable[Span]) -> Span | None:
    overlapping = (other for other in others if span.overlaps(other))
    return min(overlapping, key=lambda other: other.start, default=None)


def guess_rule(spans: Iterable[tuple[date, date]]) -> Rule:
    """The rule of a plan whose periods looked like these (first and last day).

    >>> guess_rule([(date(2025, 3, 1), date(2026, 2, 28))])
    Rule(kind='months', length=12, first_day=(1, 1), rollover=None)
    >>> guess_rule([(date(2025, 3, 1), date(2025, 3, 30))])
    Rule(kind='days', length=30, first_day=(1, 1), rollover=None)

    Who joined at any time and ended on the same day of the year had a fixed year:

    >>> guess_rule([
    ...     (date(2024, 9, 1), date(2025, 8, 31)),
    ...     (date(2025, 9, 1), date(2026, 8, 31)),
    ...     (date(2026, 2, 3), date(2026, 8, 31)),
    ... ])
    Rule(kind='year', length=0, first_day=(9, 1), rollover=None)

    Without any dates it is a year from the start:

    >>> guess_rule([])
    Rule(kind='months', length=12, first_day=(1, 1), rollover=None)
    """
    spans = list(spans)
    if not spans:
        return Rule("months", 12)
    ends = Counter((end.month, end.day) for _start, end in spans)
    common_end, count = ends.most_common(1)[0]
    if len(spans) > 1 and count >= FIXED_YEAR_SHARE * len(spans):
        after = next(end for _s, end in spans if (end.month, end.day) == common_end)
        after += ONE_DAY
        return Rule("year", first_day=(after.month, after.day))
    lengths = Counter((end - start).days + 1 for start, end in spans)
    days = lengths.most_common(1)[0][0]
    start = next(start for start, end in spans if (end - start).days + 1 == days)
    months = max(round(days / DAYS_OF_A_MONTH), 1)
    off = abs((days_end(start, days) - period_end(start, months)).days)
    allowed = 1 if months >= 12 else 0  # many write "the same day of the next year"
    return Rule("months", months) if off <= allowed else Rule("days", days)
