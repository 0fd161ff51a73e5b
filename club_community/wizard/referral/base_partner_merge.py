from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One person of several cards is not his own referrer.

        Where one card was brought by another of them, or by somebody whom another has
        brought, that binding is the mistake that the merge mends: it goes, and the one
        that stays is noted. Stock would delete whoever violates the trigger.
        """
        cards = src_partners | dst_partner
        # sudo: whoever may merge contacts need not have rights in the club
        for card in cards._club_brought_within().sudo():
            card._message_log(
                body=self.env._(
                    "Merged: %(person)s was noted as brought by %(referrer)s, who is "
                    "the same person, or was brought by him.",
                    person=card.name,
                    referrer=card.club_referrer_id.name,
                )
            )
            card.club_referrer_id = False
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """The referrer of the card that stays first, then of the oldest other."""
        # sudo: as above
        cards_sudo = (src_partners | dst_partner).sudo()
        kept = dst_partner.sudo().club_referrer_id
        for card in cards_sudo.sorted("id"):
            kept = kept or card.club_referrer_id
        src_partners.sudo().write({"club_referrer_id": False})
        res = super()._update_values(src_partners, dst_partner)
        if kept and kept not in cards_sudo:
            dst_partner.sudo().club_referrer_id = kept
        return res


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_brought_within(self):
        """Those of these cards whose chain of referrers leads to another of them."""
        self.flush_model(["club_referrer_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above AS (
                    SELECT id AS card, club_referrer_id AS id
                      FROM res_partner WHERE id = ANY(%(ids)s)
                     UNION
                    SELECT above.card, p.club_referrer_id
                      FROM above JOIN res_partner p ON p.id = above.id
                )
                SELECT DISTINCT card FROM above WHERE id = ANY(%(ids)s)
                """,
                ids=self.ids,
            )
        )
        return self.browse(row[0] for row in rows)
