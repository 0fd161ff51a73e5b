from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One person, one manager at a time, one level of trust a day.

        Stock moves rows by SQL and deletes all of them where the database refuses one.
        What the card that stays says comes first; of the others what fits beside it.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        self.sudo()._club_merge_terms(src_partners, dst_partner)
        self.sudo()._club_merge_once("club.trust", "date", src_partners, dst_partner)
        self.sudo()._club_merge_once(
            "club.handover.line", "handover_id", src_partners, dst_partner
        )
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _club_merge_terms(self, src_partners, dst_partner):
        """Times of managers are cut, or go, where they overlap what stands already."""
        rows = self.env["club.portfolio.assignment"].search(
            [("partner_id", "in", (src_partners | dst_partner).ids)],
            order="date_from, id",
        )
        stands = list(rows.filtered(lambda row: row.partner_id == dst_partner))
        for row in rows.filtered(lambda row: row.partner_id != dst_partner):
            for other in stands:
                if not _overlap(row, other):
                    continue
                if row.date_from >= other.date_from:
                    row.unlink()
                    break
                row.date_until = other.date_from
            else:
                stands.append(row)

    def _club_merge_once(self, model, column, src_partners, dst_partner):
        """Of several rows with the same key the one of the card that stays is kept."""
        rows = self.env[model].search(
            [("partner_id", "in", (src_partners | dst_partner).ids)]
        )
        rows = rows.sorted(lambda row: (row.partner_id != dst_partner, -row.id))
        for same in rows.grouped(column).values():
            same[1:].unlink()

    def _update_values(self, src_partners, dst_partner):
        """The history ends with the manager whom the card has in the end."""
        res = super()._update_values(src_partners, dst_partner)
        self.env["club.portfolio.assignment"]._follow(dst_partner)
        return res


def _overlap(one, other):
    """Whether two terms share a moment; ``False`` as an end means: until now on."""
    return (not other.date_until or one.date_from < other.date_until) and (
        not one.date_until or other.date_from < one.date_until
    )
