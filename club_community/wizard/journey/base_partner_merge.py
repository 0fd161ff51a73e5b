from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One person, one open activity per kind and reason, and one history.

        Stock moves activities by SQL and deletes what the key refuses: what is open
        for the person that stays already is closed here instead, so that nothing is
        lost. The moves of all cards become one history; where he stands is what the
        newest of them says (``_update_values``).
        """
        # sudo: whoever may merge contacts need not see everybody's activities
        Activity = self.env["mail.activity"].sudo()
        keyed = Activity.search_fetch(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", (dst_partner | src_partners).ids),
                ("club_reason", "!=", False),
            ],
            ["res_id", "activity_type_id", "club_reason"],
        ).sorted(lambda activity: (activity.res_id != dst_partner.id, activity.id))
        for same in keyed.grouped(
            lambda activity: (activity.activity_type_id, activity.club_reason)
        ).values():
            same[1:].action_archive()
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """The person stands where the newest move of all his cards has put him."""
        # sudo: whoever may merge contacts need not have rights in the club
        cards_sudo = (src_partners | dst_partner).sudo()
        columns = ("club_stage_id", "club_stage_since", "club_stage_held_until")
        # stock would fill an empty column from the last card that has one
        cards_sudo.write(dict.fromkeys(columns, False))
        res = super()._update_values(src_partners, dst_partner)
        moves = cards_sudo.env["club.stage.move"]
        newest = moves.search([("partner_id", "=", dst_partner.id)], limit=1)
        newest._place()
        return res
