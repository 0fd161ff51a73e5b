from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER


class ResPartner(models.Model):
    """In which segments a person is, and which facts say so (S0.02)."""

    _inherit = "res.partner"

    club_segment_ids = fields.Many2many(
        "club.segment",
        "club_segment_partner_rel",
        "partner_id",
        "segment_id",
        string="Segments",
        readonly=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
    )
    club_segment_facts = fields.Char(
        string="Why in the Segment",
        compute="_compute_club_segment_facts",
        groups=CLUB_USER,
        help="The facts of the person by which he is in the segment that you look at.",
    )
    club_pays_most = fields.Boolean(
        string="Highest Fees",
        compute="_compute_club_pays_most",
        search="_search_club_pays_most",
        groups=CLUB_USER,
        help="Of the quarter of members with the dearest plans by fee a year, among "
        "those whose plans are in the same currency. Individual fees do not count, nor "
        "do plans for life.",
    )

    @api.depends_context("club_segment_id", "lang", "tz")
    def _compute_club_segment_facts(self):
        """Facts of the segment in the context, else of the person's first one.

        All columns of all people are read at once.
        """
        chosen = self.env.context.get("club_segment_id")
        segments = self.env["club.segment"].browse(chosen) if chosen else None
        known = self.club_segment_ids if segments is None else segments
        # sudo: the names of columns are no secret
        wished = {s: s.sudo().fact_field_ids.mapped("name") for s in known}
        names = {s: list(filter(self._club_may_show, wished[s])) for s in known}
        columns = {name for found in names.values() for name in found}
        self.fetch([name for name in columns if self._fields[name].store])
        moves = self.env["club.stage.move"]
        for person in self:
            segment = segments if segments is not None else person.club_segment_ids[:1]
            facts = moves._facts_of(person, names.get(segment, ())) or {}
            facts = {name: value for name, value in facts.items() if value}
            person.club_segment_facts = moves._facts_in_words(facts)

    @api.model
    def _club_may_show(self, name):
        """Whether the reader may see a column of people, and it is still there."""
        field = self._fields.get(name)
        return field and self._has_field_access(field, "read")

    def _compute_club_pays_most(self):
        most = Domain("id", "in", self.ids) & Domain("club_pays_most", "=", True)
        found = set(self.with_context(active_test=False).search(most)._ids)
        for person in self:
            person.club_pays_most = person._origin.id in found

    def _search_club_pays_most(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_pays_most"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(["club_plan_id", "club_state", "active"])
        # sudo: fees of plans are on the price list, whichever company's
        every = self.env["club.plan"].sudo().with_context(active_test=False)
        plans = every.search([("period_type", "!=", "lifetime")])
        most = SQL(
            """(SELECT id FROM (
                SELECT p.id, plan.fee, min(plan.fee) OVER same AS least,
                       rank() OVER (same ORDER BY plan.fee DESC) AS place,
                       count(*) OVER same AS members
                  FROM res_partner p
                  JOIN unnest(%s::int[], %s::int[], %s::float[])
                       AS plan(id, currency_id, fee) ON plan.id = p.club_plan_id
                 WHERE p.active AND p.is_company IS NOT TRUE
                   AND p.club_state IN ('active', 'grace', 'paused')
                WINDOW same AS (PARTITION BY plan.currency_id)
                ) paying WHERE fee > least AND place <= ceil(members * 0.25))""",
            plans.ids,
            [plan.currency_id.id for plan in plans],
            [_fee_a_year(plan) for plan in plans],
        )
        return Domain("id", "in" if True in value else "not in", most)

    def _club_check_derived(self, names):
        """:raise AccessError: somebody puts a person into a segment by hand"""
        res = super()._club_check_derived(names)
        if not self.env.su and "club_segment_ids" in names:
            raise AccessError(
                self.env._(
                    "Who is in a segment follows from its facts: change the facts "
                    "instead of the people."
                )
            )
        return res

    def _club_export_more(self):
        return {
            **super()._club_export_more(),
            "segments": self.club_segment_ids.mapped("name"),
        }


def _fee_a_year(plan):
    """What a plan costs for twelve months; a fixed year is one."""
    months = {"months": plan.period_months, "days": plan.period_days / 30.4375}
    return plan.price * 12 / (months.get(plan.period_type) or 12)
