from odoo import fields, models

_SHOWN = 20


class ClubLikeness(models.TransientModel):
    """“People like this”: whom a manager could bring together with a person (S0.04)."""

    _name = "club.likeness"
    _description = "People Like a Person"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("club.likeness.line", "likeness_id", readonly=True)


class ClubLikenessLine(models.TransientModel):
    _name = "club.likeness.line"
    _description = "Person Like Another"
    _order = "score desc, id"
    _rec_name = "partner_id"

    likeness_id = fields.Many2one(
        "club.likeness", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    score = fields.Integer(string="Alike", help="Points for all they have in common.")
    reasons = fields.Text(string="Why")

    def action_open(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_club_people_like(self):
        """Open “People like this”.

        :raise AccessError: for users outside the club
        """
        self.ensure_one()
        likeness = self.env["club.likeness"].create({"partner_id": self.id})
        self.env["club.likeness.line"].create(
            [
                {
                    "likeness_id": likeness.id,
                    "partner_id": found["partner"].id,
                    "score": found["score"],
                    "reasons": "\n".join(found["reasons"]),
                }
                for found in self._club_people_like(_SHOWN)
            ]
        )
        return likeness._get_records_action(
            name=self.env._("People Like %s", self.name), target="new"
        )
