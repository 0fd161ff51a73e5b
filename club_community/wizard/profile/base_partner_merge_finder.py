from odoo import fields, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Pairs, links and finds of merged cards (S4.11).

    Stock moves foreign keys by SQL: it would trip over our unique indexes, and where
    a constraint is in its way it deletes the rows. So everything that the merge makes
    equal is settled before stock moves the rest.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        self.env.flush_all()
        self._merge_club_pairs(src_partners, dst_partner)
        self._merge_club_links(src_partners, dst_partner)
        self._merge_club_hits(src_partners, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """What the card that stays leads to, now that it has everything."""
        res = super()._update_values(src_partners, dst_partner)
        for model in ("club.duplicate", "club.link", "club.watch.hit"):
            self.env[model].invalidate_model()
        dst_partner._club_look_for_watched(is_far=True)
        return res

    def _merge_club_pairs(self, src_partners, dst_partner):
        """The pair is merged; what is known of pairs with others goes along.

        Who is not the same as one of them is not the same as the one they are.
        """
        cards = src_partners | dst_partner
        # sudo: whoever may merge contacts need not have rights in the club
        pairs_sudo = self.env["club.duplicate"].sudo()
        pairs_sudo = pairs_sudo.search(
            [
                ("state", "!=", "merged"),
                "|",
                ("partner_id", "in", cards.ids),
                ("other_id", "in", cards.ids),
            ]
        )
        inside = pairs_sudo.filtered(
            lambda pair: pair.partner_id in cards and pair.other_id in cards
        )
        inside.write(
            {
                "partner_id": dst_partner.id,
                "other_id": False,
                "state": "merged",
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        outside = pairs_sudo - inside
        kept = {}  # other person -> pair
        for pair in outside.sorted(lambda p: (p.state == "open", p.id)):
            other = pair.other_id if pair.partner_id in cards else pair.partner_id
            kept.setdefault(other, pair)
        (outside - pairs_sudo.browse().union(*kept.values())).unlink()
        for other, pair in kept.items():
            low, high = sorted((dst_partner.id, other.id))
            pair.write({"partner_id": low, "other_id": high})

    def _merge_club_links(self, src_partners, dst_partner):
        """A link that both have is kept once, the other is archived. Between the
        merged cards there can be none any more: it is noted in the history."""
        cards = src_partners | dst_partner
        # sudo: whoever may merge contacts need not have rights in the club
        links_sudo = self.env["club.link"].sudo().with_context(active_test=False)
        links_sudo = links_sudo.search(
            ["|", ("from_id", "in", cards.ids), ("to_id", "in", cards.ids)]
        )
        inside = links_sudo.filtered(
            lambda link: link.from_id in cards and link.to_id in cards
        )
        for link in inside:
            dst_partner.message_post(
                body=self.env._(
                    "Link removed, since both are one person now: %(link)s",
                    link=link.display_name,
                )
            )
        live = (links_sudo - inside).filtered("active")
        inside.unlink()
        known = set()
        # the oldest stands for all; what stays on the card that stays comes first
        for link in live.sorted(
            lambda link: (dst_partner not in link._ends(), link.id)
        ):
            ends = [
                dst_partner.id if card in cards else card.id
                for card in (link.from_id, link.to_id)
            ]
            key = (link.kind_id, *(sorted(ends) if link.is_mutual else ends))
            if key in known:
                link.active = False
            known.add(key)

    def _merge_club_hits(self, src_partners, dst_partner):
        """Of equal finds the decided one is kept, else the best."""
        cards = src_partners | dst_partner
        # sudo: whoever may merge contacts need not have rights in the club
        hits_sudo = self.env["club.watch.hit"].sudo()
        hits_sudo = hits_sudo.search(
            ["|", ("partner_id", "in", cards.ids), ("firm_id", "in", cards.ids)]
        )
        known = set()
        for hit in hits_sudo.sorted(
            lambda hit: (hit.state == "open", -hit.likeness, hit.id)
        ):
            key = (
                hit.watch_id,
                *(
                    dst_partner if card in cards else card
                    for card in (hit.partner_id, hit.firm_id)
                ),
            )
            if key in known:
                hit._cancel_activities()
                hit.unlink()
            known.add(key)
