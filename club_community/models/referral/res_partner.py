from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


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

    def write(self, vals):
        """Say kindly what the trigger would refuse (res_partner_chain.py).

        :raise ValidationError: somebody would have brought himself
        """
        if vals.get("club_referrer_id"):
            # sudo: a chain goes on where somebody may see a part of it only
            referrer_sudo = self.sudo().browse(vals["club_referrer_id"])
            if self & referrer_sudo._club_chain_up().sudo(False):
                raise ValidationError(
                    self.env._(
                        "Nobody can be brought to the club by himself or by somebody "
                        "whom he brought."
                    )
                )
        return super().write(vals)

    def _club_chain_up(self):
        """This person, who brought him, who brought that one ... up to the top."""
        self.flush_model(["club_referrer_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above AS (
                    SELECT id, club_referrer_id FROM res_partner WHERE id = ANY(%s)
                     UNION
                    SELECT p.id, p.club_referrer_id
                      FROM above JOIN res_partner p ON p.id = above.club_referrer_id
                )
                SELECT id FROM above
                """,
                self.ids,
            )
        )
        return self.browse(row[0] for row in rows)
