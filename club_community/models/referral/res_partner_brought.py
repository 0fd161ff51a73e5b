from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from ..profile.found_by_fact import facts_of, people_by_count


class ResPartner(models.Model):
    """How many members somebody has brought: a fact for the journey's rules."""

    _inherit = "res.partner"

    club_brought_count = fields.Integer(
        string="Members Brought",
        compute="_compute_club_brought_count",
        search="_search_club_brought_count",
        groups=CLUB_USER,
        help="People whom this one has brought and who have become members; whoever "
        "has left since counts, too.",
    )

    @api.model
    def _club_sql_brought(self):
        """``person_id, count`` of whoever has brought members."""
        self.flush_model(["club_referrer_id", "club_joined"])
        return SQL(
            """
            SELECT club_referrer_id AS person_id, count(*) AS count
              FROM res_partner
             WHERE club_referrer_id IS NOT NULL AND club_joined IS NOT NULL
             GROUP BY club_referrer_id
            """
        )

    def _compute_club_brought_count(self):
        counts = facts_of(self, self._club_sql_brought())
        for person in self:
            person.club_brought_count = counts.get(person.id, 0)

    def _search_club_brought_count(self, operator, value):
        self._check_field_access(self._fields["club_brought_count"], "read")
        return people_by_count(self, self._club_sql_brought(), operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        people = super().create(vals_list)
        if any(vals.get("club_referrer_id") for vals in vals_list):
            people._club_tell_referrers()
        return people

    def write(self, vals):
        if "club_referrer_id" not in vals:
            return super().write(vals)
        self._club_tell_referrers()
        res = super().write(vals)
        self._club_tell_referrers()
        return res

    def _club_tell_referrers(self):
        """Let the rules look at who has brought these people."""
        # sudo: whoever saves a contact need not see who has brought whom
        if referrers := self.sudo().club_referrer_id:
            referrers._club_journey_now()


class ClubMembership(models.Model):
    """Whoever becomes a member moves the one who has brought him."""

    _inherit = "club.membership"

    @api.model_create_multi
    def create(self, vals_list):
        memberships = super().create(vals_list)
        memberships.partner_id._club_tell_referrers()
        return memberships

    def write(self, vals):
        res = super().write(vals)
        if "state" in vals:
            self.partner_id._club_tell_referrers()
        return res
