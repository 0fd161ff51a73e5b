from odoo import fields, models


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def _subscribe_users_automatically_get_members(self):
        """Stock puts everybody of a group in again whenever somebody joins it: not
        those members who left."""
        to_add = super()._subscribe_users_automatically_get_members()
        if not any(to_add.values()):
            return to_add
        # sudo: whoever gives a group has no rights on the ledger
        left = (
            self.env["club.entitlement"]
            .sudo()
            .search_fetch(
                [
                    ("kind", "=", "channel"),
                    ("state", "=", "left"),
                    ("res_id", "in", list(to_add)),
                ],
                ["res_id", "partner_id"],
            )
        )
        gone = {(row.res_id, row.partner_id.id) for row in left}
        return {
            channel_id: [
                partner_id
                for partner_id in partner_ids
                if (channel_id, partner_id) not in gone
            ]
            for channel_id, partner_ids in to_add.items()
        }


class DiscussChannelMember(models.Model):
    _inherit = "discuss.channel.member"

    def unlink(self):
        """A member who leaves a channel himself is not put back by a renewal."""
        own = self.filtered(
            lambda member: member.partner_id == self.env.user.partner_id
        )
        if own and not self.env.context.get("club_put_out"):
            # sudo: a member has no rights on the ledger
            self.env["club.entitlement"].sudo().search(
                [
                    ("kind", "=", "channel"),
                    ("res_id", "in", own.channel_id.ids),
                    ("partner_id", "in", own.partner_id.ids),
                    ("state", "=", "given"),
                ]
            ).write({"state": "left", "taken_on": fields.Datetime.now()})
        return super().unlink()
