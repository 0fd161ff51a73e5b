from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError

OPEN_WAITING = ("waiting", "offered")
# Whoever joins stands behind everybody whose place was set by hand.
AT_THE_END = 1_000_000


class ClubEventWaiting(models.Model):
    """Somebody waits for places of a ticket of an event that is sold out.

    All of the places that he asks for, or none. First whoever has paid already, then
    by the level, then by the time of asking; a hand-made change needs a reason. What
    is offered, and how: ``club_event_waiting_offer.py``; that newcomers do not pass:
    ``club_event_waiting_gate.py``. Source: field.md, pretix #1404, #837, #1236.
    """

    _name = "club.event.waiting"
    _description = "Waiting List of an Event"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "event_id, is_paid desc, priority desc, sequence, id"
    _rec_name = "partner_id"

    _TYPED = frozenset(
        {"event_id", "slot_id", "ticket_id", "partner_id", "quantity", "any_ticket"}
    )

    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, index="btree_not_null"
    )
    slot_id = fields.Many2one(
        "event.slot",
        string="Time",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('event_id', '=', event_id)]",
    )
    ticket_id = fields.Many2one(
        "event.event.ticket",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('event_id', '=', event_id)]",
        tracking=True,
    )
    any_ticket = fields.Boolean(
        string="Another Ticket Will Do",
        help="Once this ticket is not sold any more, as an early bird, another ticket "
        "of the event is offered instead, at its own price.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    quantity = fields.Integer(
        string="Places Wanted",
        required=True,
        default=1,
        help="All of them are offered together, or none.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("offered", "Offered"),
            ("accepted", "Comes"),
            ("expired", "Offer expired"),
            ("left", "Left the queue"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        tracking=True,
    )
    priority = fields.Integer(
        compute="_compute_priority",
        store=True,
        help="From the person's level: the higher, the earlier.",
    )
    is_moved = fields.Boolean(string="Moved by Hand", readonly=True)
    sequence = fields.Integer(default=AT_THE_END, readonly=True)
    is_paid = fields.Boolean(
        string="Has Paid",
        readonly=True,
        tracking=True,
        help="The money came when no place was left: first in the queue.",
    )
    position = fields.Integer(compute="_compute_position")
    asked_on = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True
    )
    offer_until = fields.Datetime(string="Offered Until", readonly=True, tracking=True)
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    registration_ids = fields.One2many(
        "event.registration", "club_waiting_id", string="Places", readonly=True
    )
    order_reason = fields.Char(
        string="Reason of the Last Change", readonly=True, tracking=True
    )
    value = fields.Monetary(
        compute="_compute_value",
        currency_field="currency_id",
        help="What these places would bring, at the ticket's price.",
    )
    currency_id = fields.Many2one(related="event_id.currency_id")
    wait_url = fields.Char(compute="_compute_wait_url")

    _one_open = models.UniqueIndex(
        "(event_id, COALESCE(slot_id, 0), ticket_id, partner_id)"
        " WHERE state IN ('waiting', 'offered')",
        "This person waits for this ticket already.",
    )
    _some_places = models.Constraint(
        "CHECK(quantity > 0)", "At least one place is waited for."
    )
    _queue_idx = models.Index(
        "(event_id, is_paid DESC, priority DESC, sequence, id) WHERE state = 'waiting'"
    )
    _offer_until_idx = models.Index("(offer_until) WHERE state = 'offered'")

    # --- Computes -----------------------------------------------------------------

    @api.depends("partner_id", "is_moved")
    def _compute_priority(self):
        """By the level, until somebody moves the entry by hand.

        A level that changes later counts from the job's next run: a dependency on it
        would cost a query for each member whose membership starts or ends.
        """
        for entry in self:
            if not entry.is_moved:
                entry.priority = entry.partner_id.grade_id.club_waiting_priority

    @api.depends("state", "sequence", "priority", "is_paid", "ticket_id", "slot_id")
    def _compute_position(self):
        """Place among those who wait for the same ticket; one query for all."""
        # sudo: whoever sees one entry need not see those before it
        queue = self.sudo().search(
            [("event_id", "in", self.event_id.ids), ("state", "=", "waiting")]
        )
        reached, position = {}, {}
        for entry in queue:
            key = (entry.ticket_id, entry.slot_id)
            position[entry.id] = reached[key] = reached.get(key, 0) + 1
        for entry in self:
            entry.position = position.get(entry.id, 0)

    @api.depends("quantity", "ticket_id.price")
    def _compute_value(self):
        for entry in self:
            entry.value = entry.quantity * entry.ticket_id.price

    @api.depends("event_id", "partner_id")
    def _compute_wait_url(self):
        for entry in self:
            entry.wait_url = entry.get_base_url() + entry._path()

    def _path(self):
        """Address of the page of this entry, which needs no login.

        Whoever has the link may accept, decline and leave, and nothing else.
        """
        self.ensure_one()
        return (
            f"/my/club/events/{self.event_id.id}/wait/{self.id}?token={self._token()}"
        )

    def _token(self):
        """Sign the entry and its person: a merged or changed one has another."""
        return tools.hmac(
            self.env(su=True), "club.event.waiting", (self.id, self.partner_id.id)
        )

    # --- CRUD ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.keys() - self._TYPED for vals in vals_list):
            vals_list = [
                {name: vals[name] for name in vals.keys() & self._TYPED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and self._fields.keys() & vals.keys() - self._writable():
            raise AccessError(
                self.env._(
                    "The queue follows from offers and payments. Use the buttons: "
                    "a change of the order needs a reason."
                )
            )
        return super().write(vals)

    @api.model
    def _writable(self):
        """What a client may write: messages and activities."""
        return {
            name
            for name in self._fields
            if name.startswith(("message_", "activity_", "website_message_"))
        }

    @api.constrains("event_id", "slot_id", "ticket_id", "quantity")
    def _check_ticket(self):
        for entry in self:
            event, slot = entry.event_id, entry.slot_id
            if entry.ticket_id.event_id != event or (slot and slot.event_id != event):
                raise UserError(self.env._("Choose a ticket of this event."))
            if event.is_multi_slots and not slot:
                raise UserError(self.env._("Choose a time first."))
            self._check_quantity(entry.ticket_id, entry.slot_id, entry.quantity)

    @api.model
    def _check_quantity(self, ticket, slot, quantity):
        """Nobody waits for more places than there are."""
        event = ticket.event_id
        most = event._club_left(event._club_pools(slot), {}, slot, ticket, queue=False)
        if most is not None and quantity > most:
            raise UserError(
                self.env._(
                    "“%(ticket)s” has %(count)s places in all: nobody waits for more.",
                    ticket=ticket.name,
                    count=most,
                )
            )

    # --- Join and leave -----------------------------------------------------------

    @api.model
    def _join(self, ticket, partner, quantity=1, slot=None, any_ticket=False):
        """Put somebody at the end of the queue, or change what he waits for.

        Somebody who waits and asks for fewer keeps his place; whoever asks for more
        keeps it too, since all or none are offered.

        :param ticket: the ``event.event.ticket``
        :param partner: the ``res.partner``
        :param quantity: how many places, all or none
        :param slot: the ``event.slot``, where the event has slots
        :param any_ticket: whether another ticket will do when this one is not sold
            any more
        :return: a ``club.event.waiting`` with raised rights
        :raise UserError: he may not buy it, or need not wait; says why
        """
        # sudo: members have no rights on the queue and on tickets
        Waiting, ticket_sudo = self.sudo(), ticket.sudo()
        slot_sudo = (slot or self.env["event.slot"]).sudo()
        ticket_sudo._club_check_waiting(partner, quantity, slot_sudo)
        entry = Waiting._open_entry(ticket_sudo, partner, slot_sudo)
        wanted = {"quantity": quantity, "any_ticket": any_ticket}
        if entry.state == "offered":
            raise UserError(
                self.env._("A place is kept for you already: take it, or decline it.")
            )
        if entry:
            entry.write(wanted)
        else:
            entry = Waiting.create(
                {
                    "event_id": ticket_sudo.event_id.id,
                    "slot_id": slot_sudo.id,
                    "ticket_id": ticket_sudo.id,
                    "partner_id": partner.id,
                    **wanted,
                }
            )
            entry._mail("club_community.mail_template_event_waiting_joined")
        Waiting._call_soon()
        return entry

    @api.model
    def _open_entry(self, ticket, partner, slot):
        return self.search(
            [
                ("ticket_id", "=", ticket.id),
                ("slot_id", "=", slot.id),
                ("partner_id", "=", partner.id),
                ("state", "in", OPEN_WAITING),
            ]
        )

    def action_leave(self):
        """Take people out of the queue; what was offered is free for the next."""
        self.check_access("write")
        self._leave()

    def _leave(self):
        """Also somebody who has paid may leave: then his money goes back."""
        # sudo: the state is nobody's to type
        for entry in self.sudo().filtered(lambda e: e.state in OPEN_WAITING):
            if entry.is_paid:
                entry._give_money_back()
            entry._end("left")

    def _end(self, state):
        """Close an entry; what was held for it is free."""
        self.ensure_one()
        self.write({"state": state, "offer_until": False})
        drafts = self.registration_ids.filtered(lambda r: r.state == "draft")
        if self.order_id.state in ("draft", "sent") and drafts:
            self.order_id._action_cancel()
        drafts.filtered(lambda r: r.state == "draft").action_cancel()

    def _accepted(self):
        """The places are confirmed: nobody waits any more."""
        self.write({"state": "accepted", "offer_until": False})
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _ask_staff(self, summary):
        """A to-do for whoever is responsible of the event."""
        self.ensure_one()
        responsible = self.event_id.user_id or self.event_id.create_uid
        self.activity_schedule(
            "mail.mail_activity_data_todo", user_id=responsible.id, summary=summary
        )

    # --- Order --------------------------------------------------------------------

    def _move_to(self, position, reason):
        """Give an entry another place in the queue of its ticket.

        Whoever has paid stays before those who have not.

        :param position: from 1 on
        :param reason: a sentence; it is noted in the history
        :raise UserError: no reason, or the entry does not wait
        """
        self.ensure_one()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the order is changed."))
        if self.state != "waiting":
            raise UserError(
                self.env._("%(name)s does not wait.", name=self.partner_id.name)
            )
        # sudo: the order is nobody's to type
        entry_sudo = self.sudo()
        before = entry_sudo.position
        queue = entry_sudo.search(
            [
                ("event_id", "=", entry_sudo.event_id.id),
                ("state", "=", "waiting"),
                ("is_paid", "=", entry_sudo.is_paid),
            ]
        )
        others = queue - entry_sudo
        mates = others.filtered(
            lambda e: (e.ticket_id, e.slot_id)
            == (entry_sudo.ticket_id, entry_sudo.slot_id)
        )
        after = mates[max(position - 1 - entry_sudo._paid_before(), 0) :][:1]
        index = others.ids.index(after.id) if after else len(others)
        entry_sudo._renumber(others[:index], others[index:])
        entry_sudo.order_reason = reason
        entry_sudo.invalidate_recordset(["position"])
        entry_sudo.message_post(
            body=self.env._(
                "From place %(before)s to place %(after)s by %(user)s: %(reason)s",
                before=before,
                after=entry_sudo.position,
                user=self.env.user.name,
                reason=reason,
            )
        )

    def _paid_before(self):
        """How many of the same ticket stand before, for having paid."""
        if self.is_paid:
            return 0
        return self.search_count(
            [
                ("ticket_id", "=", self.ticket_id.id),
                ("slot_id", "=", self.slot_id.id),
                ("state", "=", "waiting"),
                ("is_paid", "=", True),
            ]
        )

    def _renumber(self, before, after):
        """Put this entry between others, into the level of the one behind it.

        Numbers are given to it and to those of its level before it, and to whoever has
        one already; all others come behind, as does whoever joins.
        """
        self.ensure_one()
        priority = (after[:1] or before[-1:] or self).priority
        before = before.filtered(lambda e: e.priority == priority)
        after = after.filtered(
            lambda e: e.priority == priority and e.sequence < AT_THE_END
        )
        self.write({"is_moved": True, "priority": priority})
        for number, entry in enumerate([*before, self, *after], start=1):
            if entry.sequence != number:
                entry.sequence = number

    # --- Letters ------------------------------------------------------------------

    def _mail(self, xmlid):
        """Queue a letter in this transaction; the job of mails sends it."""
        self.ensure_one()
        # sudo: the template may be missing, and members have no rights on it
        template_sudo = self.env.ref(xmlid, raise_if_not_found=False)
        if template_sudo and self.partner_id.email_normalized:
            template_sudo.sudo().send_mail(
                self.id, email_layout_xmlid="mail.mail_notification_layout"
            )
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    club_waiting_priority = fields.Integer(
        string="Priority on Waiting Lists",
        help="Members of a level with a higher number are offered a free place first.",
    )
