"""The profile's plain arithmetic, without the ORM; the doctests are its contract."""

from typing import NamedTuple


class Capture(NamedTuple):
    """Who says a fact, and how sure he is.

    It travels in the context under ``club_capture``. A client's context is JSON, which
    cannot make one: so nobody can claim over RPC to be the member himself.
    """

    source: str
    ref: str | None = None
    confidence: int = 100
    # what the ledger calls a fact that this one takes off the card
    gone_state: str = "cleared"
    # somebody has looked at both values and chosen this one
    settles: bool = False
    # rows of a list are being written one by one; the list is noted as a whole after
    whole: bool = False
    # many people at once: what each one's answer came with, by the person's id
    refs: dict | None = None
    # the flow tells the ledger itself, once for all people that it writes
    is_noted_by_caller: bool = False

    def ref_of(self, person_id):
        """What a person's fact came with.

        >>> Capture("event", refs={7: "event.registration,1"}).ref_of(7)
        'event.registration,1'
        >>> Capture("bot", "chat,1").ref_of(7)
        'chat,1'
        """
        return (self.refs or {}).get(person_id, self.ref)


def share(weights, known):
    """How much of the profile is filled in, whole per cent, by weight.

    Never 100 before everything is there, never 0 where something is.

    >>> share({"a": 3, "b": 1}, {"a"})
    75
    >>> share({"a": 999, "b": 1}, {"a"}), share({"a": 999, "b": 1}, {"b"})
    (99, 1)
    >>> share({"a": 1}, {"a", "archived"}), share({"a": 1}, ()), share({}, ())
    (100, 0, 0)
    """
    total = sum(weights.values())
    got = sum(weight for point, weight in weights.items() if point in known)
    if not got or not total:
        return 0
    return 100 if got == total else min(max(round(100 * got / total), 1), 99)


def worth(weight, is_stale):
    """What an answer would be worth: a fact that is old is half known.

    >>> worth(4, False), worth(4, True)
    (4.0, 2.0)
    """
    return weight / 2 if is_stale else float(weight)


def plain(value):
    """A value of the card as the ledger keeps it: JSON, nothing for what is empty.

    >>> import datetime
    >>> plain(datetime.date(2026, 5, 1)), plain(False), plain(""), plain(0), plain([])
    ('2026-05-01', None, None, None, None)
    >>> plain("  golf "), plain([2, 1])
    ('golf', [2, 1])
    """
    if isinstance(value, str):
        value = value.strip()
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    return value or None
