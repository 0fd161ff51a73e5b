from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_referrer_id = fields.Many2one(
        "res.partner",
        string="Referred By",
        index="btree_not_null",
        ondelete="set null",
        domain=[("is_company", "=", False)],
        help="The person who brought this one to the club.",
        groups="club_community.group_club_user",
    )
    club_referred_ids = fields.One2many(
        "res.partner",
        "club_referrer_id",
        string="Brought to the Club",
        groups="club_community.group_club_user",
    )

    @api.constrains("club_referrer_id")
    def _check_club_referrer(self):
        if self._has_cycle("club_referrer_id"):
            raise ValidationError(
                self.env._(
                    "Nobody can be brought to the club by himself or by somebody "
                    "whom he brought."
                )
            )
