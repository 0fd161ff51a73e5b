from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.event.club_event_waiting import OPEN_WAITING


class ClubEventWaitingMove(models.TransientModel):
    """Change somebody's place in the queue of an event, with a reason."""

    _name = "club.event.waiting.move"
    _description = "Change the Order of an Event's Queue"

    waiting_id = fields.Many2one(
        "club.event.waiting", required=True, ondelete="cascade"
    )
    position = fields.Integer(string="New Place", required=True, default=1)
    reason = fields.Char(required=True)

    def action_move(self):
        """Move the entry.

        :raise UserError: no reason, or a place before the first
        """
        self.ensure_one()
        self.waiting_id.check_access("write")
        if self.position < 1:
            raise UserError(self.env._("The first place is number 1."))
        self.waiting_id._move_to(self.position, self.reason)
        return {"type": "ir.actions.act_window_close"}


class ClubEventWaitingGive(models.TransientModel):
    """Staff gives free places to somebody past the queue, on purpose.

    Past those who wait, never past the limits: an event cannot be oversold by this.
    The person gets an offer, as everybody whose turn it is.
    """

    _name = "club.event.waiting.give"
    _description = "Give a Place Past the Queue"

    event_id = fields.Many2one(
        "event.event",
        required=True,
        ondelete="cascade",
        compute="_compute_from_waiting",
        store=True,
        readonly=False,
    )
    is_multi_slots = fields.Boolean(related="event_id.is_multi_slots")
    waiting_id = fields.Many2one("club.event.waiting", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        ondelete="cascade",
        compute="_compute_from_waiting",
        store=True,
        readonly=False,
    )
    ticket_id = fields.Many2one(
        "event.event.ticket",
        required=True,
        ondelete="cascade",
        domain="[('event_id', '=', event_id)]",
        compute="_compute_from_waiting",
        store=True,
        readonly=False,
    )
    slot_id = fields.Many2one(
        "event.slot",
        string="Time",
        ondelete="cascade",
        domain="[('event_id', '=', event_id)]",
        compute="_compute_from_waiting",
        store=True,
        readonly=False,
    )
    quantity = fields.Integer(
        string="Places",
        required=True,
        compute="_compute_from_waiting",
        store=True,
        readonly=False,
    )
    reason = fields.Char(required=True)

    @api.depends("waiting_id")
    def _compute_from_waiting(self):
        for wizard in self:
            entry = wizard.waiting_id
            wizard.event_id = entry.event_id or wizard.event_id
            wizard.partner_id = entry.partner_id or wizard.partner_id
            wizard.ticket_id = entry.ticket_id or wizard.ticket_id
            wizard.slot_id = entry.slot_id or wizard.slot_id
            wizard.quantity = entry.quantity or wizard.quantity or 1

    def action_give(self):
        """Offer the places now.

        :raise UserError: no reason, or there are not enough places
        """
        self.ensure_one()
        # sudo: the queue moves by its own steps; the right to ask for it is checked
        Waiting = self.env["club.event.waiting"]
        Waiting.check_access("write")
        self.event_id.check_access("write")
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why this place is given past the queue."))
        Waiting_sudo = Waiting.sudo()
        entry = Waiting_sudo._open_entry(self.ticket_id, self.partner_id, self.slot_id)
        if entry.state == "offered":
            raise UserError(
                self.env._(
                    "A place is kept for %(name)s already.", name=self.partner_id.name
                )
            )
        entry = entry or Waiting_sudo.create(
            {
                "event_id": self.event_id.id,
                "slot_id": self.slot_id.id,
                "ticket_id": self.ticket_id.id,
                "partner_id": self.partner_id.id,
            }
        )
        entry.write({"quantity": self.quantity, "order_reason": reason})
        self._offer(entry)
        entry.message_post(
            body=self.env._(
                "%(user)s gave a place past the queue: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _offer(self, entry):
        given = entry._fits() and (
            entry._start_paid() if entry.is_paid else entry._offer()
        )
        if not given or entry.state not in (*OPEN_WAITING, "accepted"):
            raise UserError(
                self.env._(
                    "There are not enough free places for this. Raise the limit, or "
                    "wait until one is given back."
                )
            )
