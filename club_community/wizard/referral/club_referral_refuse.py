from odoo import fields, models


class ClubReferralRefuse(models.TransientModel):
    """Why a binding does not count, asked in a window so that it is not forgotten."""

    _name = "club.referral.refuse"
    _description = "Refuse a Referral"

    referral_ids = fields.Many2many("club.referral", string="Referrals")
    why = fields.Char(
        string="Reason",
        help="In a sentence: whoever asks later is told this, and by whom it was said.",
    )

    def action_refuse(self):
        """Refuse them.

        :raise AccessError: the user is no club manager
        :raise UserError: nobody says why, or it was decided already
        """
        self.ensure_one()
        self.referral_ids._refuse(self.why)
        return {"type": "ir.actions.act_window_close"}
