"""A filter over contacts that somebody has typed: of a rule, or of a segment."""

import ast

from odoo.fields import Domain
from odoo.tools import SQL, Query


class NoFilterError(ValueError):
    """What was typed cannot be asked of the database."""


def people_filter(env, text):
    """The filter, as it was typed and as it is asked.

    :return: ``(Domain, Domain)``; the second is ready for SQL
    :raise NoFilterError: with the reason
    """
    # sudo: which columns may be asked is the caller's to judge
    people = env["res.partner"].sudo()
    try:
        domain = Domain(ast.literal_eval(text))
        ready = domain.optimize_full(people)
        # a column without a value in the database is found out here only
        query = Query(env, "p", SQL.identifier("res_partner"))
        ready._to_sql(people, "p", query)
    except (
        *(AttributeError, KeyError, MemoryError, RecursionError),
        *(SyntaxError, TypeError, ValueError),
    ) as error:
        raise NoFilterError(str(error)) from error
    return domain, ready
