from odoo import api, models


class ClubMembership(models.Model):
    """Whatever happens to a membership, the journey looks at its person at once."""

    _inherit = "club.membership"

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever has a quotation or a period of today is looked at at once.

        Periods that are over come with an import, one after the other: each would send
        its person from "former" to "returned". The night places them by what they all
        say together.
        """
        later = self.with_context(club_journey_later=True)
        memberships = super(ClubMembership, later).create(vals_list)
        memberships = memberships.with_env(self.env)
        today = self._today()
        memberships.filtered(
            lambda m: not m.date_end or m.date_end >= today
        ).partner_id._club_journey_now()
        return memberships

    def write(self, vals):
        res = super().write(vals)
        if {"state", "leave_date", "date_end"} & vals.keys():
            self.partner_id._club_journey_now()
        return res
