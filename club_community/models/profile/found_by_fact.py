"""People found by a fact that SQL counts: domains for search methods of the partner.

Each is one subselect over the facts, computed once whatever the number of people. Call
``_check_field_access`` before: stock checks the columns that a search names, and SQL
names none.
"""

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

_COMPARED = {
    ">": (SQL(">"), int.__gt__),
    "<": (SQL("<"), int.__lt__),
    ">=": (SQL(">="), int.__ge__),
    "<=": (SQL("<="), int.__le__),
}


# Context: ids of the only people who are asked about, see ``only_of``.
_ONLY_OF = "club_only_of"


def only_of(people, ids):
    """Have facts looked up of these people only: of one, not of a whole club.

    What is found then holds for these and for nobody else: only for whoever asks for
    a domain, restricts it to the same ids, and asks nothing about anybody beside them.

    :param people: ``res.partner``, or whatever passes its environment on
    :param ids: None takes the restriction away
    :return: ``people`` in a context that ``people_by_count`` and ``people_by_day`` heed
    """
    return people.with_context(**{_ONLY_OF: None if ids is None else tuple(ids)})


def _of_asked(people, facts):
    ids = people.env.context.get(_ONLY_OF)
    if ids is None:
        return facts
    return SQL("SELECT * FROM (%s) f WHERE f.person_id = ANY(%s)", facts, list(ids))


def people_by_count(people, counts, operator, value):
    """A domain of people by a number that most of them do not have.

    :param people: ``res.partner``, whose search it is
    :param counts: ``SELECT person_id, count`` of those who have one
    :return: ``Domain``, or NotImplemented as search methods do
    """
    counts = _of_asked(people, counts)
    if operator == "in":
        values = sorted({int(count or 0) for count in value}) or [-1]
        compared, fits_none = SQL("f.count = ANY(%s)", values), 0 in values
    elif operator in _COMPARED:
        sign, compare = _COMPARED[operator]
        value = int(value)
        compared, fits_none = SQL("f.count %s %s", sign, value), compare(0, value)
    else:
        return NotImplemented
    if fits_none:
        others = SQL("(SELECT f.person_id FROM (%s) f WHERE NOT %s)", counts, compared)
        return Domain("id", "not in", others)
    return Domain(
        "id", "in", SQL("(SELECT f.person_id FROM (%s) f WHERE %s)", counts, compared)
    )


def people_by_day(people, days, operator, value):
    """A domain of people by a moment that most of them do not have.

    :param people: ``res.partner``, whose search it is
    :param days: ``SELECT person_id, day`` of those who have one
    :return: ``Domain``, or NotImplemented as search methods do
    """
    days = _of_asked(people, days)
    if operator == "in":
        wanted = [fields.Datetime.to_datetime(day) for day in value if day]
        found = Domain("id", "in", _by_day(days, SQL("= ANY(%s::timestamp[])", wanted)))
        if len(wanted) < len(value):
            anybody = SQL("(SELECT f.person_id FROM (%s) f)", days)
            found |= Domain("id", "not in", anybody)
        return found
    if operator not in _COMPARED or not value:
        return NotImplemented
    compared = SQL("%s %s", _COMPARED[operator][0], value)
    return Domain("id", "in", _by_day(days, compared))


def _by_day(days, compared):
    return SQL("(SELECT f.person_id FROM (%s) f WHERE f.day %s)", days, compared)


def facts_of(people, facts):
    """``{person id: value}`` of a fact ``SELECT person_id, value``, in one query."""
    return dict(
        people.env.execute_query(
            SQL("SELECT * FROM (%s) f WHERE person_id = ANY(%s)", facts, people.ids)
        )
    )
