from odoo import models
from odoo.tools import email_normalize

from ..profile.res_partner_erase import write_columns


class ResPartner(models.Model):
    """Forgotten people leave bindings without words: who was brought by a nameless
    contact, or was one, still counts in the figures."""

    _inherit = "res.partner"

    def _club_erase_records(self):
        res = super()._club_erase_records()
        Referral = self.env["club.referral"]
        email = email_normalize(self.email)
        if email:
            # invitations of somebody who never had a contact: they were for him
            self._club_erase_rows(
                Referral.search(
                    [("referred_id", "=", False), ("email_normalized", "=", email)]
                )
            )
        was_brought = Referral.search([("referred_id", "=", self.id)])
        has_brought = Referral.search([("referrer_id", "=", self.id)])
        self._club_erase_kept(was_brought)
        words = dict.fromkeys(("note", "detail", "closed_why", "decided_why"))
        write_columns(has_brought, words)
        # rows of others, of which he was no more than the last to bring them
        last = dict.fromkeys(("last_referrer_id", "last_way", "last_on"))
        write_columns(Referral.search([("last_referrer_id", "=", self.id)]), last)
        doubts = (was_brought | has_brought).doubt_ids
        write_columns(doubts, {"detail": None})
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                (
                    "club_reason",
                    "in",
                    [
                        f"referral {row_id}"
                        for row_id in (was_brought | has_brought).ids
                    ],
                ),
            ]
        )
        activities.unlink()
        return res

    def _club_erase_rows(self, rows):
        """Bindings stay, nameless: they are of two people, and the books' as well."""
        if rows._name == "club.referral":
            rows = rows.filtered(lambda r: self not in (r.referrer_id, r.referred_id))
        return super()._club_erase_rows(rows)
