"""A filter over contacts that somebody has typed: of a rule, or of a segment."""

import ast

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, Query

from ..profile.found_by_fact import only_of


def people_filter(record):
    """The filter of a rule or a segment, as it was typed and as it is asked.

    :param record: with ``name`` and ``domain``
    :return: ``(Domain, Domain)``; the second is ready for SQL
    :raise ValidationError: it cannot be asked of the database, with the reason
    """
    # sudo: which columns may be asked is the caller's to judge
    people = record.env["res.partner"].sudo()
    try:
        domain = Domain(ast.literal_eval(record.domain))
        if not _is_about_themselves(people, domain):
            people = only_of(people, None)
        ready = domain.optimize_full(people)
        # a column without a value in the database is found out here only
        query = Query(record.env, "p", SQL.identifier("res_partner"))
        ready._to_sql(people, "p", query)
    except (
        *(AttributeError, KeyError, MemoryError, RecursionError),
        *(SyntaxError, TypeError, ValueError),
    ) as error:
        raise ValidationError(
            record.env._(
                "The facts of “%(name)s” are no filter over contacts: %(error)s",
                name=record.name,
                error=error,
            )
        ) from error
    return domain, ready


def _is_about_themselves(people, domain):
    """Whether a filter asks about nobody but these people, as by way of them."""
    for condition in domain.iter_conditions():
        field = people._fields.get(condition.field_expr)
        if field is None or "any" in condition.operator:
            return False
        if field.related and not field.store:
            return False
    return True
