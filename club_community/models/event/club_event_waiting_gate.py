from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .event_registration import SEATED


class ClubEventClaim(models.Model):
    _inherit = "club.event.claim"

    @api.model
    def _awaited(self, event):
        """Newcomers do not pass those who wait.

        Whoever waits and for whom there is enough everywhere is about to be called:
        his places are not there for others. For whom there is not enough, in those
        limits that lack places, nobody else gets what is left; but an event is not
        closed to all since one of its tickets is sold out. The same rule in Python:
        ``event.event._club_awaited``.
        """
        self.env["club.event.waiting"].flush_model()
        return SQL(
            """
            SELECT kind, pool_id, slot_id, sum(quantity)
              FROM (SELECT *, bool_or(lacks) OVER (PARTITION BY id) AS waits
                      FROM (SELECT DISTINCT entry.id, pool.kind, pool.pool_id,
                                   pool.slot_id, quantity,
                                   capacity - COALESCE(taken, 0) < quantity AS lacks
                              FROM pool
                              JOIN club_event_waiting AS entry
                                ON entry.event_id = %s AND entry.state = 'waiting'
                               AND pool.slot_id IN (0, COALESCE(entry.slot_id, 0))
                               AND pool.ticket_id IN (0, entry.ticket_id)
                              LEFT JOIN counted
                                   ON (counted.kind, counted.pool_id, counted.slot_id)
                                    = (pool.kind, pool.pool_id, pool.slot_id)
                           ) AS demand
                   ) AS demand
             WHERE lacks OR NOT waits
             GROUP BY kind, pool_id, slot_id
            """,
            event.id,
        )

    @api.model
    def _nobody_waits(self, event):
        self.env["club.event.waiting"].flush_model()
        return SQL(
            """
            NOT EXISTS (SELECT FROM club_event_waiting
                         WHERE event_id = %s AND state = 'waiting')
            """,
            event.id,
        )


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_glance_queries(self):
        """Whether others wait: then the rule of the gate is asked at once."""
        self.env["club.event.waiting"].flush_model()
        return [
            *super()._club_glance_queries(),
            SQL(
                """
                SELECT event_id, 'waited_for', 0, 0, 0, sum(quantity)
                  FROM club_event_waiting
                 WHERE event_id = ANY(%s) AND state = 'waiting'
                 GROUP BY event_id
                """,
                self.ids,
            ),
        ]

    def _club_seat(self, registrations, queue=True):
        """Who was called passes the queue; nobody else does."""
        called = registrations.filtered(lambda r: r._club_is_called())
        if called:
            super()._club_seat(called, queue=False)
        newcomers = registrations - called
        return super()._club_seat(newcomers, queue) if newcomers else None

    def _club_full_sentence(self, lacking, *, waited_for=None):
        """Say that others wait, where that is the reason."""
        sentence = super()._club_full_sentence(lacking)
        count = waited_for
        if count is None:
            # sudo: buyers have no rights on the queue
            count = sum(self.sudo()._club_queue().mapped("quantity"))
        if not count:
            return sentence
        return "\n".join(
            [
                sentence,
                self.env._("%(count)s places are waited for already.", count=count)
                if count > 1
                else self.env._("One place is waited for already."),
                self.env._(
                    "Who waits comes first: join the waiting list. Staff can give a "
                    "free place on purpose, with a reason, from there."
                ),
            ]
        )

    def _club_queue(self):
        """Those who wait; read for all events of a list at once."""
        return self.club_waiting_ids.filtered(lambda e: e.state == "waiting")

    def _club_left(self, pools, taken, slot, ticket, *, queue=True):
        """For newcomers: without what others wait for.

        :param queue: False to see the places whoever waits for them
        """
        waiting = self.sudo()._club_queue() if queue else None  # sudo: as above
        if not waiting or not pools:
            return super()._club_left(pools, taken, slot, ticket)
        slots = slot or self.env["event.slot"].browse(
            {pool.slot_id for pool in pools if pool.slot_id}
        )
        awaited = self._club_awaited(waiting, self._club_pools(slots), taken)
        pools = [
            pool._replace(
                capacity=pool.capacity
                - awaited.get((pool.kind, pool.id, pool.slot_id), 0)
            )
            for pool in pools
        ]
        left = super()._club_left(pools, taken, slot, ticket)
        return left if left is None else max(left, 0)

    def _club_awaited(self, waiting, pools, taken):
        """Places that are not there for newcomers; the rule of the gate, in Python.

        :param waiting: the ``club.event.waiting`` entries of this event that wait
        :param taken: see ``_club_taken``
        :return: ``{(kind, id, slot id): places}``
        """
        left, scope = {}, {}
        for pool in pools:
            key = (pool.kind, pool.id, pool.slot_id)
            left.setdefault(key, pool.capacity)
            scope.setdefault(key, set()).add(pool.ticket_id)
        for (event_id, slot_id, ticket_id), count in taken.items():
            for key, tickets in scope.items():
                if (
                    event_id == self.id
                    and key[2] in (0, slot_id)
                    and tickets & {0, ticket_id}
                ):
                    left[key] -= count
        awaited = {}
        for entry in waiting:
            mine = [
                key
                for key, tickets in scope.items()
                if key[2] in (0, entry.slot_id.id or 0)
                and tickets & {0, entry.ticket_id.id}
            ]
            lacking = [key for key in mine if left[key] < entry.quantity]
            for key in lacking or mine:
                awaited[key] = awaited.get(key, 0) + entry.quantity
        return awaited


class ClubEventWaiting(models.Model):
    _inherit = "club.event.waiting"

    def _fits(self):
        """Whether there is enough for this entry, in every limit, at this moment."""
        self.ensure_one()
        event = self.event_id
        pools = event._club_pools(self.slot_id)
        rows = [
            (-number, self.slot_id.id or 0, self.ticket_id.id)
            for number in range(1, self.quantity + 1)
        ]
        return not pools or not self.env["club.event.claim"]._lacking(
            event, rows, pools, queue=False
        )


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    @api.depends(
        "event_id.club_waiting_ids.state", "event_id.club_waiting_ids.quantity"
    )
    def _compute_seats(self):
        return super()._compute_seats()

    @api.depends(
        "event_id.club_waiting_ids.state", "event_id.club_waiting_ids.quantity"
    )
    def _compute_is_sold_out(self):
        """Sold out, for newcomers, is also what others wait for."""
        res = super()._compute_is_sold_out()
        for ticket in self:
            # sudo: visitors have no rights on the queue
            if not ticket.is_sold_out and ticket.sudo().event_id._club_queue():
                ticket.is_sold_out = ticket._club_left_for_all() == 0
        return res

    def _club_left_for_all(self, slot=None):
        """Places left for newcomers; None where nothing limits them."""
        self.ensure_one()
        event, ticket = self.event_id._origin, self._origin
        slots = slot or event.event_slot_ids.filtered("event_id.is_multi_slots")
        pools = event._club_pools(slots)
        taken = event._club_taken()
        if slot or not event.is_multi_slots:
            return event._club_left(pools, taken, slot, ticket)
        left = [event._club_left(pools, taken, slot, ticket) for slot in slots]
        return None if None in left else sum(left)

    def _club_is_sold_now(self):
        self.ensure_one()
        return self.is_launched and not self.is_expired

    def _club_check_waiting(self, partner, quantity, slot):
        """Refuse who may not, or need not, wait; the one judge of joining.

        :raise UserError: says why
        """
        self.ensure_one()
        event = self.event_id
        if event.is_multi_slots and slot.event_id != event:
            raise UserError(self.env._("Choose a time first."))
        if quantity < 1:
            raise UserError(self.env._("At least one place is waited for."))
        if reason := self._club_waiting_refusal(partner, slot):
            raise UserError(reason)
        if self.limit_max_per_order and quantity > self.limit_max_per_order:
            raise UserError(
                self.env._(
                    "One person can have %(count)s places of “%(ticket)s” at most.",
                    count=self.limit_max_per_order,
                    ticket=self.name,
                )
            )
        self.env["club.event.waiting"]._check_quantity(self, slot, quantity)
        left = self._club_left_for_all(slot)
        has = self.env["club.event.waiting"]._open_entry(self, partner, slot)
        if not has and (left is None or left >= quantity):
            raise UserError(self.env._("A place is free now: you need not wait."))

    def _club_waiting_refusal(self, partner, slot):
        """Why somebody cannot wait for this ticket: always said, nothing is hidden.

        :return: a sentence, or None
        """
        self.ensure_one()
        event = self.event_id
        if event.is_finished or event.kanban_state == "cancel" or not event.active:
            return self.env._("“%(event)s” is not open for booking.", event=event.name)
        if not event.club_has_waiting_list:
            return self.env._(
                "“%(event)s” has no waiting list. Look in again: a place that is given "
                "back is on sale at once.",
                event=event.name,
            )
        if self.is_expired:
            return self.env._("“%(ticket)s” is not sold any more.", ticket=self.name)
        judge = getattr(self, "_club_access", None)
        if judge:
            allowed, reason, *_more = judge(partner, slot)[self]
            if not allowed:
                return reason
        return None


class EventRegistration(models.Model):
    _inherit = "event.registration"

    club_waiting_id = fields.Many2one(
        "club.event.waiting",
        string="From the Waiting List",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        readonly=True,
        groups="event.group_event_registration_desk",
    )

    def _club_is_called(self):
        """Whether this place is offered to somebody who has waited for it."""
        self.ensure_one()
        # sudo: whoever registers may not see the queue
        registration = self.sudo()
        entry = registration.club_waiting_id
        return (
            entry.state == "offered"
            and entry.event_id == registration.event_id
            and entry.slot_id == registration.event_slot_id
            and entry.ticket_id == registration.event_ticket_id
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get("club_waiting_id") for vals in vals_list):
            self._club_refuse_to_pass()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and "club_waiting_id" in vals:
            self._club_refuse_to_pass()
        res = super().write(vals)
        if vals.get("state") in SEATED:
            self._club_answer_waiting()
        return res

    def _club_refuse_to_pass(self):
        raise AccessError(
            self.env._(
                "Nobody passes the waiting list by hand. Use “Give a Place Now”, which "
                "asks for a reason."
            )
        )

    def _club_answer_waiting(self):
        """The places are confirmed: whoever waited for them waits no more."""
        # sudo: whoever pays has no rights on the queue
        entries = self.sudo().club_waiting_id
        entries.filtered(lambda e: e.state == "offered" and not e.is_paid)._accepted()

    def _club_hold(self, until=None):
        """An offer lasts at least as long as its places are held."""
        res = super()._club_hold(until)
        # sudo: whoever pays has no rights on the queue
        for entry in self.sudo().club_waiting_id.filtered(
            lambda e: e.state == "offered" and e.offer_until
        ):
            ends = [d for d in entry.registration_ids.mapped("club_held_until") if d]
            if ends and max(ends) > entry.offer_until:
                entry.offer_until = max(ends)
        return res

    def _club_places_given_back(self):
        """Call the next at once, where somebody waits."""
        res = super()._club_places_given_back()
        # sudo: whoever cancels has no rights on the queue
        Waiting = self.env["club.event.waiting"].sudo()
        self.sudo().club_waiting_id.filtered(
            lambda e: e.state == "offered"
            and set(e.registration_ids.mapped("state")) == {"cancel"}
        ).write({"state": "left", "offer_until": False})
        if Waiting.search_count(
            [("event_id", "in", self.event_id.ids), ("state", "=", "waiting")], limit=1
        ):
            Waiting._call_soon()
        return res


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        res = super()._action_confirm()
        # stock confirms the places by a computed field, which calls no write
        places = self._club_event_lines().registration_ids
        places.filtered(lambda r: r.state in SEATED)._club_answer_waiting()
        return res
