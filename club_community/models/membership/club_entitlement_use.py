from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class ClubEntitlementUse(models.Model):
    """One visit, one consultation: a benefit that a member has had (S3.01)."""

    _name = "club.entitlement.use"
    _description = "Use of a Benefit"
    _order = "used_on desc, id desc"

    entitlement_id = fields.Many2one(
        "club.entitlement",
        string="Benefit",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="entitlement_id.partner_id", string="Member", store=True, index=True
    )
    line_id = fields.Many2one(
        related="entitlement_id.line_id", string="What", store=True
    )
    company_id = fields.Many2one(
        related="entitlement_id.company_id", store=True, index=True
    )
    used_on = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="Served by", index="btree_not_null", ondelete="set null"
    )

    def action_undo(self):
        """Take back a use that was counted by mistake.

        :raise AccessError: only a club manager may
        """
        if not self.env.user.has_group("club_community.group_club_manager"):
            raise AccessError(
                self.env._("Ask a club manager to take back a use of a benefit.")
            )
        self.check_access("read")
        # sudo: nobody edits the ledger but by its own buttons
        self.sudo()._undo()

    def _undo(self):
        """Delete these uses; each is given back once, whoever else deletes it."""
        self.flush_model()
        rows = self.exists().entitlement_id
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM club_entitlement_use WHERE id = ANY(%s)
                 RETURNING entitlement_id
                ), counted AS (
                    SELECT entitlement_id, count(*) AS times
                      FROM gone GROUP BY entitlement_id
                )
                UPDATE club_entitlement row
                   SET used = used - counted.times
                  FROM counted
                 WHERE row.id = counted.entitlement_id
                """,
                self.ids,
            )
        )
        self.invalidate_model()
        rows.invalidate_recordset(["used", "left", "use_ids"])
