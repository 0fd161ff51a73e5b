from odoo import models
from odoo.fields import Domain

from ...models.referral.club_referral import CURRENT


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """One person of several cards: who has brought him, and whom he has brought.

    Stock moves foreign keys by SQL and deletes all rows of a card where the database
    refuses one. So whatever would be refused is settled before: nothing is lost.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: whoever may merge contacts need not have rights in the club
        src_sudo, dst_sudo = src_partners.sudo(), dst_partner.sudo()
        self.env.flush_all()
        self._club_merge_own_referrals(src_sudo | dst_sudo)
        self._club_merge_bindings(src_sudo | dst_sudo)
        dst_sudo._club_keep_code_of(src_sudo)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """The card says what the binding that is left says, and it is looked at anew:
        together the cards may tell what each of them did not."""
        # sudo: as above
        src_sudo, dst_sudo = src_partners.sudo(), dst_partner.sudo()
        cards_sudo = src_sudo | dst_sudo
        cards_sudo.invalidate_recordset(["club_referrer_id"])
        noted = dst_sudo.club_referrer_id
        for card in cards_sudo.sorted("id"):
            noted = noted or card.club_referrer_id
        cards_sudo.with_context(club_bound=True).club_referrer_id = False
        res = super()._update_values(src_partners, dst_partner)
        Referral_sudo = dst_sudo.env["club.referral"]
        Referral_sudo.invalidate_model()
        current_sudo = Referral_sudo.search(
            Domain("status", "in", CURRENT)
            & (
                Domain("referred_id", "=", dst_sudo.id)
                | Domain("referrer_id", "=", dst_sudo.id)
            )
        )
        if not current_sudo.filtered(lambda r: r.referred_id == dst_sudo):
            if noted and noted not in cards_sudo:  # noted where no programme was
                dst_sudo.with_context(club_bound=True).club_referrer_id = noted
        current_sudo._examine()
        current_sudo._project()
        current_sudo._take_stock_later()
        return res

    def _club_merge_own_referrals(self, cards):
        """Where one card was brought by another of them, or by somebody whom another
        has brought, that binding is the mistake that the merge mends."""
        env = cards.env
        for card in cards.filtered(
            lambda card: card.club_referrer_id._club_chain_up() & cards
        ):
            card._message_log(
                body=env._(
                    "Merged: %(person)s was noted as brought by %(referrer)s, who is "
                    "the same person, or was brought by him.",
                    person=card.name,
                    referrer=card.club_referrer_id.name,
                )
            )
            card.with_context(club_bound=True).club_referrer_id = False
        rows = env["club.referral"].search([("referred_id", "in", cards.ids)])
        own = rows.filtered(lambda r: r.referrer_id in cards)
        above = rows.referrer_id._club_chains_up()
        circles = rows.filtered(
            lambda r: r.status in CURRENT
            and set(above.get(r.referrer_id.id, ())) & set(cards.ids)
        )
        (own & circles)._close(
            "refused", env._("Merged: both cards are of the same person.")
        )
        (circles - own)._close(
            "refused",
            env._(
                "Merged: who brought this person was brought by him, as it turns out."
            ),
        )
        # a row of both ends on one card is refused by the database
        for row in own:
            row.write({"name": row.name or row.referred_id.name, "referred_id": False})
        env["club.referral"].search(
            [
                ("last_referrer_id", "in", cards.ids),
                "|",
                ("referrer_id", "in", cards.ids),
                ("referred_id", "in", cards.ids),
            ]
        ).write({"last_referrer_id": False, "last_way": False, "last_on": False})

    def _club_merge_bindings(self, cards):
        """Of several that hold the person the earliest goes on; who has joined by one
        of them stays with that one."""
        rows = cards.env["club.referral"].search(
            [("referred_id", "in", cards.ids), ("status", "in", CURRENT)]
        )
        kept, *others = rows.sorted(
            lambda r: (not r.joined_on, r.invited_on, r.id)
        ) or [rows]
        for other in others:
            other._close("replaced", cards.env._("Merged: %s", kept._why()))
            if other.referrer_id != kept.referrer_id:
                kept.write(
                    {
                        "last_referrer_id": other.referrer_id.id,
                        "last_way": other.way,
                        "last_on": other.invited_on,
                    }
                )
