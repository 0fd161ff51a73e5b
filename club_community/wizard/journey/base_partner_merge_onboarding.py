from odoo import fields, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One person has one running start, and nobody is introduced to himself.

        Stock deletes every row of a card where one of them breaks a key, so those are
        settled first: the oldest start goes on, doubled introductions go.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        cards_sudo = (dst_partner | src_partners).sudo()
        running = cards_sudo.env["club.onboarding"].search(
            [("partner_id", "in", cards_sudo.ids), ("state", "=", "running")],
            order="started_on, id",
        )
        running[1:].write(
            {
                "state": "stopped",
                "stopped_by": "merged",
                "ended_on": fields.Datetime.now(),
                "stalled_gate": 0,
            }
        )
        rows = cards_sudo.env["club.introduction"].search(
            [
                "|",
                ("partner_id", "in", cards_sudo.ids),
                ("other_id", "in", cards_sudo.ids),
            ],
            order="met_on, id",
        )
        seen, doubled = set(), rows.browse()
        for row in rows:
            others = (row.partner_id | row.other_id) - cards_sudo
            if not others or others in seen:
                doubled |= row
            seen.add(others)
        doubled.unlink()
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)
