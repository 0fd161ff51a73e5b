from odoo import api, fields, models


class ClubReferralOldCode(models.Model):
    """A code of a card that was merged: links that were sent go on working (S0.11)."""

    _name = "club.referral.old.code"
    _description = "Former Referral Code"
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", readonly=True
    )

    _code_idx = models.UniqueIndex("(code)", "This code leads to somebody already.")


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _club_owner_of_code(self, code):
        owner = super()._club_owner_of_code(code)
        if not owner and code:
            # sudo: visitors have no rights on codes
            old_sudo = self.env["club.referral.old.code"].sudo()
            owner = old_sudo.search([("code", "=", code)], limit=1).partner_id
        return owner

    def _club_keep_code_of(self, cards):
        """This card's code is that of the person; those of his other cards lead here.

        :param cards: further ``res.partner`` of the same person
        """
        self.ensure_one()
        codes = [code for card in cards if (code := card.club_referral_code)]
        if not codes:
            return
        cards.club_referral_code = False
        cards.flush_recordset(["club_referral_code"])
        if not self.club_referral_code:
            self.club_referral_code = codes.pop(0)
        self.env["club.referral.old.code"].create(
            [{"code": code, "partner_id": self.id} for code in codes]
        )
