from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER

SHOWN_DAYS = 90


class ClubReferralVisit(models.Model):
    """How often a member's link was opened on a day. No cookie, and nothing of whom."""

    _name = "club.referral.visit"
    _description = "Visits by a Personal Link"
    _order = "day desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", readonly=True
    )
    day = fields.Date(required=True, readonly=True)
    visits = fields.Integer(required=True, readonly=True)

    _once = models.UniqueIndex("(partner_id, day)", "A row per member and day.")

    @api.model
    def _count(self, member):
        """Count one more visit today.

        Two visitors of the same link at the same moment may count as one.

        :param member: the ``res.partner`` whose link was opened
        """
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO club_referral_visit AS v (partner_id, day, visits)
                        VALUES (%s, %s, 1)
                            ON CONFLICT (partner_id, day)
                            DO UPDATE SET visits = v.visits + 1
                        """,
                        member.id,
                        fields.Date.context_today(self),
                    )
                )
        except psycopg2.errors.SerializationFailure:
            return
        self.invalidate_model(["visits"], flush=False)


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_link_visits = fields.Integer(
        string="Visits by the Link",
        compute="_compute_club_link_visits",
        groups=CLUB_USER,
        help="How often the personal link was opened in the last 90 days.",
    )

    def _compute_club_link_visits(self):
        since = fields.Date.context_today(self) - timedelta(SHOWN_DAYS)
        # sudo: whoever sees the member sees his figure
        counted = (
            self.env["club.referral.visit"]
            .sudo()
            ._read_group(
                [("partner_id", "in", self.ids), ("day", ">", since)],
                ["partner_id"],
                ["visits:sum"],
            )
        )
        visits = {partner.id: count for partner, count in counted}
        for person in self:
            person.club_link_visits = visits.get(person.id, 0)
