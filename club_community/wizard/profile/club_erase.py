from odoo import api, fields, models
from odoo.exceptions import UserError


class ClubErase(models.TransientModel):
    """A club manager answers a wish to be forgotten: erases, or refuses and says why.

    He sees what will go and what must stay before he confirms.
    """

    _name = "club.erase"
    _description = "Erase a Person's Data"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    request_id = fields.Many2one(
        "club.erasure", string="Open Request", compute="_compute_request_id"
    )
    due = fields.Date(string="Answer By", related="request_id.due")
    goes = fields.Text(string="Will Go", compute="_compute_what")
    stays = fields.Text(string="Must Stay", compute="_compute_what")
    obstacle = fields.Char(compute="_compute_what")
    reason = fields.Text(
        string="Why Refused", help="The person reads it in the portal."
    )
    is_sure = fields.Boolean(string="I know that this cannot be undone")

    @api.depends("partner_id")
    def _compute_request_id(self):
        for wizard in self:
            wizard.request_id = self.env["club.erasure"]._open_of(wizard.partner_id)

    @api.depends("partner_id")
    def _compute_what(self):
        for wizard in self:
            person = wizard.partner_id
            wizard.obstacle = person and person._club_erase_obstacle()
            wizard.goes = person and _as_list(person._club_erase_goes())
            wizard.stays = person and _as_list(person._club_erase_stays())

    def action_erase(self):
        """Erase, and go back to the list of people.

        :raise UserError: not confirmed, or there is an obstacle
        """
        self.ensure_one()
        if not self.is_sure:
            raise UserError(
                self.env._("Please tick that you know that this cannot be undone.")
            )
        self.partner_id._club_erase()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("The person's data is erased."),
                "type": "success",
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": "club.erasure",
                    "name": self.env._("Requests for Erasure"),
                    "views": [(False, "list")],
                },
            },
        }

    def action_refuse(self):
        """Refuse the open request with a reason that the person reads.

        :raise UserError: no request, or no reason
        """
        self.ensure_one()
        self.partner_id._club_check_may_erase()
        if not self.request_id:
            raise UserError(self.env._("Nobody has asked for this."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: the person has a right to know."))
        self.request_id._answer("refused", self.reason.strip())
        return {"type": "ir.actions.act_window_close"}


def _as_list(lines):
    return "\n".join(f"• {line}" for line in lines)
