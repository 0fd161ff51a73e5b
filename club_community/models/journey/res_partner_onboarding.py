from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from .club_onboarding import STATES


class ResPartner(models.Model):
    """The first thirty days, as lists and rules of the journey ask for them."""

    _inherit = "res.partner"

    club_onboarding_ids = fields.One2many(
        "club.onboarding", "partner_id", string="First 30 Days", groups=CLUB_USER
    )
    club_onboarding_state = fields.Selection(
        STATES,
        string="State of the First 30 Days",
        compute="_compute_club_onboarding",
        search="_search_club_onboarding_state",
        groups=CLUB_USER,
        help="Of the last membership that has begun.",
    )
    club_onboarding_progress = fields.Integer(
        string="Progress of the First 30 Days, %",
        compute="_compute_club_onboarding",
        groups=CLUB_USER,
    )
    club_onboarding_stalled = fields.Boolean(
        string="Stalled in the First 30 Days",
        compute="_compute_club_onboarding",
        search="_search_club_onboarding_stalled",
        groups=CLUB_USER,
        help="At day 10 or day 30 a step was missing, and it still is.",
    )

    @api.depends("club_onboarding_ids.state", "club_onboarding_ids.stalled_gate")
    def _compute_club_onboarding(self):
        for person in self:
            last = person.club_onboarding_ids[:1]
            person.club_onboarding_state = last.state
            person.club_onboarding_progress = last.progress
            person.club_onboarding_stalled = bool(
                last.state == "running" and last.stalled_gate
            )

    def _search_club_onboarding_state(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_onboarding_state"], "read")
        if operator != "in":
            return NotImplemented
        self.env["club.onboarding"].flush_model(["partner_id", "state", "started_on"])
        states = [state for state in value if state]
        last = """SELECT DISTINCT ON (partner_id) partner_id, state
                    FROM club_onboarding
                   ORDER BY partner_id, started_on DESC, id DESC"""
        found = Domain(
            "id",
            "in",
            SQL(
                "(SELECT l.partner_id FROM (%s) l WHERE l.state = ANY(%s))",
                SQL(last),
                states,
            ),
        )
        if len(states) == len(set(value)):
            return found
        nothing = SQL("(SELECT partner_id FROM club_onboarding)")
        return found | Domain("id", "not in", nothing)

    def _search_club_onboarding_stalled(self, operator, value):
        self._check_field_access(self._fields["club_onboarding_stalled"], "read")
        if operator != "in":
            return NotImplemented
        self.env["club.onboarding"].flush_model(["partner_id", "state", "stalled_gate"])
        stalled = SQL(
            """(SELECT partner_id FROM club_onboarding
                 WHERE state = 'running' AND stalled_gate > 0)"""
        )
        return Domain("id", "in" if True in value else "not in", stalled)

    def action_club_onboarding(self):
        """Open the first thirty days of this person."""
        self.ensure_one()
        return self.club_onboarding_ids[:1]._get_records_action()
