from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        """Who paid before he had a login gets the member group with it."""
        users = super().create(vals_list)
        users._club_give_pending()
        return users

    def write(self, vals):
        changes = {"group_ids", "active", "partner_id"} & vals.keys()
        if not changes or self.env.context.get("club_drives"):
            return super().write(vals)
        if "group_ids" in vals:
            self._club_leave_groups(vals["group_ids"])
        res = super().write(vals)
        self._club_give_pending()
        return res

    def _club_give_pending(self):
        """Member groups that wait for a login, or were lost with what was written."""
        # sudo: whoever makes a login has no rights on the ledger
        self.env["club.entitlement"].sudo().search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("kind", "=", "group"),
                ("state", "in", ("pending", "failed", "given")),
            ]
        )._drive("give")

    def _club_leave_groups(self, commands):
        """Take the member groups off logins that become no portal logins.

        They imply the portal's group, so stock could neither revoke a member's portal
        access nor make him an employee: nobody may be two types of user.

        :param commands: what is written to ``group_ids``
        """
        # sudo: whoever changes a login has no rights on the ledger
        rows = (
            self.env["club.entitlement"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("kind", "=", "group"),
                    ("state", "=", "given"),
                ]
            )
        )
        if rows and self._club_ends_portal(commands):
            rows._drive("take")
            rows._set_outcome(
                "pending", self.env._("The member has no portal login any more.")
            )

    @api.model
    def _club_ends_portal(self, commands):
        """Whether commands for ``group_ids`` add another type of user."""
        added = [command[1] for command in commands if command[0] == 4]
        for command in commands:
            if command[0] == 6:
                added += command[2]
        # sudo: reading what a group implies
        implied = self.env["res.groups"].sudo().browse(added).all_implied_ids
        portal = self.env.ref("base.group_portal")
        return bool(implied & (implied._get_user_type_groups() - portal))
