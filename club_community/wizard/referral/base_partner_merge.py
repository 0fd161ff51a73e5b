from odoo import models


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
        cards_sudo = cards.sudo()
        for card in cards_sudo.filtered(
            lambda card: card.club_referrer_id._club_chain_up() & cards_sudo
        ):
            card._message_log(
                body=self.env._(
                    "Merged: %(person)s was noted as brought by %(referrer)s, who is "
                    "the same person, or was brought by him.",
                    person=card.name,
                    referrer=card.club_referrer_id.name,
                )
            )
            card.with_context(club_bound=True).club_referrer_id = False
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """The referrer of the card that stays first, then of the oldest other."""
        # sudo: as above
        cards_sudo = (src_partners | dst_partner).sudo()
        kept = dst_partner.sudo().club_referrer_id
        for card in cards_sudo.sorted("id"):
            kept = kept or card.club_referrer_id
        src_partners.sudo().with_context(club_bound=True).club_referrer_id = False
        res = super()._update_values(src_partners, dst_partner)
        if kept and kept not in cards_sudo:
            dst_partner.sudo().with_context(club_bound=True).club_referrer_id = kept
        return res
