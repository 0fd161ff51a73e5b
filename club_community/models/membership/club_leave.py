from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date

LEAVE_STATES = [
    ("requested", "Leaving"),
    ("done", "Left"),
    ("undone", "Taken back"),
    ("saved", "Stayed"),
]


class ClubLeave(models.Model):
    """That somebody wants to leave: when he said so, why, and what came of it.

    A row is never deleted or made anew: taking back and staying are states. The
    periods themselves are ended by ``club.membership._leave``.
    """

    _name = "club.leave"
    _description = "Request to Leave"
    _inherit = ["mail.thread"]
    _order = "date_requested desc, id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"

    # All the rest is written by the flows alone.
    _TYPED = frozenset({"reason_ids", "note", "save_offer"})

    membership_id = fields.Many2one(
        "club.membership", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="membership_id.partner_id", string="Member", store=True, index=True
    )
    plan_id = fields.Many2one(related="membership_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(
        related="membership_id.company_id", store=True, index=True
    )
    state = fields.Selection(
        LEAVE_STATES, required=True, default="requested", index=True, tracking=True
    )
    date_requested = fields.Date(string="Requested on", required=True)
    date_effective = fields.Date(
        string="Last Day", help="The last day of the membership.", tracking=True
    )
    reason_ids = fields.Many2many("club.leaving.reason", string="Reasons")
    note = fields.Text(
        string="In His Own Words", help="What the club could do better, as he said it."
    )
    save_offer = fields.Text(
        string="What Was Offered", help="What was tried so that the member stays."
    )
    by_member = fields.Boolean(string="Asked in the Portal")
    was_for_life = fields.Boolean()
    dropped_ids = fields.Many2many(
        "club.membership",
        string="Periods Given Back",
        help="Paid periods that had not begun and never will.",
    )
    refund_move_ids = fields.Many2many(
        "account.move",
        string="Credit Notes",
        groups="account.group_account_invoice",
    )

    _one_open = models.UniqueIndex(
        "(membership_id) WHERE state = 'requested'",
        "This member has asked to leave already.",
    )

    @api.constrains("reason_ids", "state", "note")
    def _check_reasons(self):
        """S2.13: nobody leaves without a reason or the words "not told"."""
        for leave in self:
            leave._check_told(leave.partner_id, leave.reason_ids, leave.note)

    @api.model
    def _check_told(self, member, reasons, note):
        """Refuse a request that does not say why.

        :raise ValidationError: no reason, or one that asks for words without them
        """
        if not reasons:
            raise ValidationError(
                self.env._("Please say why you leave, or that you would rather not.")
                if self.env.user.partner_id == member
                else self.env._(
                    "Say why %(name)s leaves, or choose “Not told”.", name=member.name
                )
            )
        asking = reasons.filtered("asks_text")[:1]
        if asking and not (note or "").strip():
            raise ValidationError(
                self.env._(
                    "“%(reason)s”: please write in a few words what is meant.",
                    reason=asking.name,
                )
            )

    def write(self, vals):
        if not self.env.su and (forbidden := vals.keys() - self._TYPED):
            raise AccessError(
                self.env._(
                    "“%(field)s” follows from what the member asked for: use the "
                    "buttons on his membership.",
                    field=self._fields[min(forbidden)]._description_string(self.env),
                )
            )
        return super().write(vals)

    def action_open_refunds(self):
        self.ensure_one()
        return self.refund_move_ids._get_records_action()

    def _tell(self):
        """Note the request in the membership's history and thank the member."""
        self.ensure_one()
        self.membership_id.message_post(
            body=self.env._(
                "Leaves; the last day is %(date)s. Reasons: %(reasons)s.",
                date=format_date(self.env, self.date_effective),
                reasons=", ".join(self.reason_ids.mapped("name")),
            )
        )
        template = self.env.ref(
            "club_community.mail_template_leave", raise_if_not_found=False
        )
        # sudo: a template may be sent by whoever may let a member go
        if template and self.partner_id.email:
            template.sudo().send_mail(
                self.id, email_layout_xmlid="mail.mail_notification_layout"
            )

    def _undo_until(self):
        """Last day on which this request may be taken back; ``False``: never."""
        self.ensure_one()
        days = self.plan_id.undo_days
        if self.state not in ("requested", "done") or not days:
            return False
        return fields.Date.add(self.date_requested, days=days)

    def _check_may_undo(self):
        """:raise UserError: too late, paid back already, or the days are taken"""
        self.ensure_one()
        until = self._undo_until()
        if not until or until < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The time to take it back is over. Sell a new membership instead."
                )
            )
        # sudo: a personal manager has no rights on credit notes
        if any(move.state == "posted" for move in self.sudo().refund_move_ids):
            raise UserError(
                self.env._(
                    "The fee was given back already. Sell a new membership instead."
                )
            )

    def _undo(self):
        """Put everything back as it was before the request.

        :raise UserError: see ``_check_may_undo``, or the days are taken by now
        """
        self.ensure_one()
        self._check_may_undo()
        leave_sudo = self.sudo()  # sudo: flows write what nobody types
        periods_sudo = leave_sudo.membership_id._leaving_with(leave_sudo)
        periods_sudo._unleave(leave_sudo)
        leave_sudo.refund_move_ids.filtered(lambda m: m.state == "draft").unlink()
        leave_sudo.state = "undone"
        leave_sudo.flush_recordset()  # the next request would meet this one
        self.membership_id.message_post(
            body=self.env._("The member stays: the request to leave was taken back.")
        )
