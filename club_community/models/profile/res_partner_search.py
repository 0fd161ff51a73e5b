from odoo import models
from odoo.modules.db import FunctionStatus


def trigrams(column):
    """Definition of an index that serves ``ilike`` on a text column.

    Written as Odoo's own ``index="trigram"`` is, which cannot be had here: it bears the
    name of the index that stock has on the same column already, and so is never made.

    ``ilike`` compares ``unaccent(column)`` where the database has that function. One
    that is not immutable can be in no index, and an index without it serves nobody; so
    there is none then, as in databases without ``pg_trgm``: slower, not broken. The
    next update makes, changes or drops it when the database has changed.

    :return: callable for ``models.Index``
    """

    def definition(registry):
        if not registry.has_trigram:
            return ""
        if registry.has_unaccent not in (
            FunctionStatus.MISSING,
            FunctionStatus.INDEXABLE,
        ):
            return ""
        expression = registry.unaccent(f'"{column}"')
        # Partial, since most people have no tax number: GIN lists every NULL. ILIKE
        # and unaccent are strict, so PostgreSQL knows that no NULL can match.
        return f'USING gin ({expression} gin_trgm_ops) WHERE "{column}" IS NOT NULL'

    return definition


class ResPartner(models.Model):
    """What a club types into search boxes is found by index, at 100,000 people too.

    Every branch of an OR needs an index, or the whole table is read for the one that
    has none: these are all columns of ``_rec_names_search`` and of the search boxes of
    contacts, people and members. A room that adds a branch adds its index.
    """

    _inherit = "res.partner"

    _club_complete_name_trgm = models.Index(trigrams("complete_name"))
    _club_email_trgm = models.Index(trigrams("email"))
    _club_phone_trgm = models.Index(trigrams("phone"))
    _club_ref_trgm = models.Index(trigrams("ref"))
    _club_vat_trgm = models.Index(trigrams("vat"))
    _club_company_registry_trgm = models.Index(trigrams("company_registry"))
    _club_number_trgm = models.Index(trigrams("club_number"))

    # Lists count all contacts whom a user may see (the rule of stock for companies).
    # A filled profile makes rows wide: counted by this index alone, it costs nothing.
    _club_contacts_count = models.Index(
        "(company_id, partner_share) WHERE active IS TRUE"
    )
    # By these a person is recognised: mail that comes in, applications, imports.
    _club_email_normalized = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _club_phone_sanitized = models.Index(
        "(phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )
