"""Social capital: what somebody does for the others in the club (S0.22)."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from ..profile.found_by_fact import facts_of, people_by_count


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_social_capital = fields.Integer(
        string="Social Capital",
        compute="_compute_club_social",
        search="_search_club_social_capital",
        groups=CLUB_USER,
        help="What this person does for others in the club, counted one by one; the "
        "parts stand beside it.",
    )
    club_social_parts = fields.Char(
        string="Social Capital, in Parts",
        compute="_compute_club_social",
        groups=CLUB_USER,
    )
    club_introduced_count = fields.Integer(
        string="Brought, All",
        compute="_compute_club_introduced_count",
        search="_search_club_introduced_count",
        groups=CLUB_USER,
        help="People whom this one has brought and who count, members or not.",
    )

    # --- Social capital -------------------------------------------------------------

    @api.model
    def _club_social_components(self):
        """Hook: what social capital is made of; rooms below add theirs.

        :return: ``{code: (label, SQL)}`` in the order of the card; the SQL is
            ``SELECT person_id, count`` with a row for each person who has any, read
            after the columns it needs were flushed here
        """
        self.env["club.referral"].flush_model(["referrer_id", "status", "joined_on"])
        self.env["club.introduction"].flush_model()
        return {
            "joined": (
                self.env._("Brought and joined"),
                SQL(
                    "SELECT referrer_id AS person_id, count(*) AS count"
                    " FROM club_referral WHERE status = 'bound'"
                    " AND joined_on IS NOT NULL GROUP BY referrer_id"
                ),
            ),
            "introduced": (
                self.env._("Introduced others"),
                SQL(
                    "SELECT u.partner_id AS person_id, count(*) AS count"
                    " FROM club_introduction i JOIN res_users u ON u.id = i.user_id"
                    " WHERE u.partner_id NOT IN (i.partner_id, i.other_id)"
                    " GROUP BY u.partner_id"
                ),
            ),
            "met": (
                self.env._("Met by introduction"),
                SQL(
                    "SELECT person_id, count(*) AS count FROM club_introduction i"
                    " CROSS JOIN LATERAL unnest(ARRAY[i.partner_id, i.other_id])"
                    " AS person_id WHERE i.met_on IS NOT NULL GROUP BY person_id"
                ),
            ),
            # nobody answers in this room: a later one takes its place
            "answers": (
                self.env._("Answers"),
                SQL("SELECT NULL::int AS person_id, 0 AS count WHERE FALSE"),
            ),
        }

    @api.model
    def _club_sql_social(self):
        """``person_id, count`` of whoever has any, all components added up."""
        return SQL(
            "SELECT person_id, sum(count)::int AS count FROM (%s) c GROUP BY person_id",
            SQL(" UNION ALL ").join(
                SQL("SELECT person_id, count FROM (%s) part", part)
                for _label, part in self._club_social_components().values()
            ),
        )

    def _compute_club_social(self):
        """One statement for all people and components."""
        components = self._club_social_components()
        rows = self.env.execute_query(
            SQL(
                "SELECT person_id, code, count FROM (%s) c WHERE person_id = ANY(%s)",
                SQL(" UNION ALL ").join(
                    SQL(
                        "SELECT person_id, %s AS code, count FROM (%s) part", code, part
                    )
                    for code, (_label, part) in components.items()
                ),
                self.ids,
            )
        )
        counts = {(person, code): count for person, code, count in rows}
        for person in self:
            parts = [
                (label, counts.get((person._origin.id, code), 0))
                for code, (label, _part) in components.items()
            ]
            person.club_social_capital = sum(count for _label, count in parts)
            person.club_social_parts = " · ".join(
                f"{label}: {count}" for label, count in parts
            )

    def _search_club_social_capital(self, operator, value):
        self._check_field_access(self._fields["club_social_capital"], "read")
        return people_by_count(self, self._club_sql_social(), operator, value)

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Lists can be sorted by what is counted; those who have nothing are last."""
        facts = {
            "club_social_capital": self._club_sql_social,
            "club_introduced_count": self._club_sql_introduced,
        }
        if field_name not in facts:
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        self._check_field_access(self._fields[field_name], "read")
        fact = query.make_alias(alias, field_name)
        query.add_join(
            "LEFT JOIN",
            fact,
            SQL("(%s)", facts[field_name]()),
            SQL(
                "%s = %s",
                SQL.identifier(fact, "person_id"),
                SQL.identifier(alias, "id"),
            ),
        )
        count = SQL("COALESCE(%s, 0)", SQL.identifier(fact, "count"))
        return SQL("%s %s %s", count, direction, nulls)

    # --- Who introduces -------------------------------------------------------------

    @api.model
    def _club_sql_introduced(self):
        """``person_id, count`` of people whose referrals count, joined or not."""
        self.env["club.referral"].flush_model(["referrer_id", "status"])
        return SQL(
            "SELECT referrer_id AS person_id, count(*) AS count FROM club_referral"
            " WHERE status = 'bound' GROUP BY referrer_id"
        )

    def _compute_club_introduced_count(self):
        counts = facts_of(self, self._club_sql_introduced())
        for person in self:
            person.club_introduced_count = counts.get(person.id, 0)

    def _search_club_introduced_count(self, operator, value):
        self._check_field_access(self._fields["club_introduced_count"], "read")
        return people_by_count(self, self._club_sql_introduced(), operator, value)
