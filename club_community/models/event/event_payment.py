import logging
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_logger = logging.getLogger(__name__)


class PaymentTransaction(models.Model):
    """Money that was taken has its places, or is given back; nothing undoes it.

    A hold may have ended while the buyer was on the provider's page. Whatever is found
    then, the payment stays written down: raising would only leave money without order.
    """

    _inherit = "payment.transaction"

    club_is_voided = fields.Boolean(
        string="Reservation Set Free",
        readonly=True,
        copy=False,
        help="The amount was reserved on the buyer's card, and never taken.",
    )
    club_refund_ids = fields.One2many(
        "club.event.refund",
        "transaction_id",
        groups="event.group_event_user,account.group_account_invoice",
    )

    def _update_state(self, allowed_states, target_state, state_message):
        reserved = self.filtered(lambda tx: tx.state == "authorized")
        changed = super()._update_state(allowed_states, target_state, state_message)
        if target_state == "cancel" and (voided := reserved & changed):
            voided.club_is_voided = True
        return changed

    def _club_is_money(self):
        """Whether this is a payment that was taken, or is reserved for us."""
        self.ensure_one()
        return self.state in ("authorized", "done") and self._club_takes_money()

    def _club_captured(self):
        """The transaction that has taken the money of this one: perhaps a part of it.

        Where an amount was reserved first, taking it is a transaction of its own.
        """
        self.ensure_one()
        taken = self.child_transaction_ids.filtered(
            lambda tx: tx.state == "done" and tx.operation == self.operation
        )
        return max(taken, key=lambda tx: tx.amount, default=self)

    # --- A place for each ticket ------------------------------------------------------

    def _check_amount_and_confirm_order(self):
        """Tickets whose place was given away are not sold; the rest is confirmed.

        :return: the confirmed ``sale.order`` records
        """
        confirmed = self.env["sale.order"]
        for tx in self:
            order = tx._club_tickets_to_confirm()
            if order and not tx._club_seat_or_lose(order):
                continue
            with order._club_never_raise(
                self.env._("It was paid, but could not be confirmed.")
            ):
                confirmed |= super(
                    PaymentTransaction, tx
                )._check_amount_and_confirm_order()
                order._club_event_lines()._club_open_paid()
            if order and order.state != "sale":
                order.sudo()._club_keep_paid()  # sudo: buyers have no rights
                confirmed -= order
        return confirmed

    def _club_tickets_to_confirm(self):
        """The quotation of tickets that this payment confirms, if any."""
        self.ensure_one()
        order = self.sale_order_ids
        if (
            len(order) == 1
            and order.state in ("draft", "sent")
            and order._club_event_lines()
            and order._is_confirmation_amount_reached()
        ):
            return order
        return order.browse()

    def _club_seat_or_lose(self, order):
        """Find a place for each ticket, and take off what has none.

        :return: whether anything of the order is left to confirm
        """
        order_sudo = order.sudo()  # sudo: whoever carries it out has no such rights
        if lost := order_sudo._club_seat_payer():
            order_sudo._club_lose(lost, self.sudo())
        return order.state != "cancel"

    def _post_process(self):
        """Also what becomes of money without an order, and of orders without money."""
        res = super()._post_process()
        for tx in self.filtered(lambda tx: tx.state in ("cancel", "done")):
            tx.sudo()._club_after_payment()  # sudo: it touches orders and refunds
        return res

    def _club_after_payment(self):
        self.ensure_one()
        if self.operation == "refund":
            if self.state == "done":
                self._club_after_refund()
            return
        order = self.sale_order_ids
        if len(order) != 1 or not order._club_event_lines():
            return
        if self.state == "cancel" and self.club_is_voided:
            order._club_after_void()
        elif self._club_is_money() and order.state == "cancel":
            self._club_owe_all(order, "order")
        elif self._club_is_money() and order.state == "sale":
            over = order.currency_id.round(order._club_paid() - order.amount_total)
            owed = order.club_refund_ids.filtered(lambda row: row.state != "void")
            over -= sum(owed.mapped("amount"))
            if order.currency_id.compare_amounts(over, self.amount) >= 0:
                self._club_owe_all(order, "twice")

    def _club_owe_all(self, order, kind):
        """All of this payment that is not owed already is given back."""
        if kind in self.club_refund_ids.mapped("kind"):
            return
        Refund = self.env["club.event.refund"]
        left = Refund._club_left_of(self)
        if self.currency_id.compare_amounts(left, 0) > 0:
            event = order._club_event_lines().event_id[:1]
            Refund._club_owe(order, left, kind, event, first=self)

    # --- Refunds ----------------------------------------------------------------------

    def _club_after_refund(self):
        """Refunds by stock's buttons: whose whole payment went back has no place."""
        self.ensure_one()
        row = self.env["club.event.refund"].search(
            [("refund_transaction_id", "=", self.id), ("state", "=", "by_hand")]
        )
        row.write({"state": "done", "done_on": fields.Date.context_today(self)})
        row.activity_feedback(["mail.mail_activity_data_todo"])
        payment = self.source_transaction_id
        payment = payment.source_transaction_id or payment
        for order in (
            payment.sale_order_ids | payment.invoice_ids.line_ids.sale_line_ids.order_id
        ):
            payments = order._club_payments()
            returned = (payments | payments.child_transaction_ids).child_transaction_ids
            left = sum(payments.mapped("amount")) + sum(
                tx.amount
                for tx in returned
                if tx.operation == "refund" and tx.state == "done"
            )
            if order.currency_id.compare_amounts(left, 0) <= 0 and payments:
                living = order._club_event_lines().registration_ids
                living.filtered(lambda r: r.state in ("draft", "open")).action_cancel()

    def _club_settle_refund(self):
        """Settle the payment and its refund with each other, as far as they are open.

        Stock leaves both as open amounts of the customer.
        """
        self.ensure_one()
        paid, returned = self.source_transaction_id.payment_id, self.payment_id
        account = returned.destination_account_id
        lines = (paid.move_id | returned.move_id).line_ids.filtered(
            lambda line: (
                line.account_id == account
                and not line.reconciled
                and line.parent_state == "posted"
            )
        )
        if account.reconcile and len(lines) > 1:
            lines.reconcile()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    club_refund_ids = fields.One2many(
        "club.event.refund",
        "order_id",
        groups="event.group_event_user,account.group_account_invoice",
    )

    def _club_payments(self):
        """On-line payments of these orders, and of their invoices; raised rights."""
        order_sudo = self.sudo()  # sudo: buyers see no transactions
        found = order_sudo.transaction_ids | order_sudo.invoice_ids.transaction_ids
        return found.filtered(lambda tx: tx._club_is_money())

    def _club_paid(self):
        """What was paid for an order on-line, or is reserved; stock's is not fresh."""
        self.ensure_one()
        # sudo: buyers see no transactions
        payments = self.sudo().transaction_ids.filtered(lambda tx: tx._club_is_money())
        return sum(payments.mapped("amount"))

    @contextmanager
    def _club_never_raise(self, trouble):
        """What fails in here is undone, and somebody is told: money was taken.

        Without an order it does nothing of the kind: it is none of ours.

        :param trouble: a sentence for whoever is responsible
        :raise psycopg2.OperationalError: Odoo runs the whole again
        """
        if not self:
            yield
            return
        try:
            with self.env.cr.savepoint():
                yield
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, UserError):
                _logger.exception("%s: %s", self.mapped("name"), trouble)
            for order in self:
                order._club_ask_somebody(f"{trouble} {error}")

    def _club_ask_somebody(self, note):
        """An activity on the order, for whoever looks after the event or the order."""
        self.ensure_one()
        users = self._club_event_lines().event_id.user_id | self.user_id
        users = users.filtered(
            lambda user: user.active and self.with_user(user).has_access("read")
        )
        self.sudo().activity_schedule(  # sudo: buyers have no rights on activities
            "mail.mail_activity_data_warning",
            user_id=(users[:1] or self.env.ref("base.user_admin")).id,
            note=note,
        )

    # --- Paid too late ----------------------------------------------------------------

    def _club_seat_payer(self):
        """A place for each ticket of a paid quotation, as far as there are any left.

        :return: the registrations that have none, cancelled
        """
        self.ensure_one()
        lines = self._club_event_lines()
        try:
            with self.env.cr.savepoint():
                lines._club_match_registrations()
                lines._club_drafts()._club_hold()
            return lines.registration_ids.browse()
        except ValidationError:
            return lines._club_seat_one_by_one()

    def _club_lose(self, lost, payment):
        """Take tickets without a place off a paid quotation; give their money back.

        :param lost: ``event.registration`` records, cancelled
        :param payment: the transaction that came too late
        """
        self.ensure_one()
        paid, total = self._club_paid(), self.amount_total
        share = min(paid / total, 1) if total else 1
        by_event = {}
        for event, registrations in lost.grouped("event_id").items():
            before = self.amount_total
            for line, gone in registrations.grouped("sale_order_line_id").items():
                line.write(
                    {
                        "product_uom_qty": line.product_uom_qty - len(gone),
                        # not the price of a smaller quantity
                        "price_unit": line.price_unit,
                        "discount": line.discount,
                    }
                )
            amount = self.currency_id.round((before - self.amount_total) * share)
            by_event[event] = (registrations, amount)
        if not self._club_has_anything_left():
            # also what else was paid for
            event, (registrations, amount) = by_event.popitem()
            rest = paid - sum(amount for _r, amount in by_event.values())
            by_event[event] = (registrations, self.currency_id.round(rest))
            self.with_context(disable_cancel_warning=True)._action_cancel()
        for event, (registrations, amount) in by_event.items():
            self._club_lose_of_event(event, registrations, amount, payment)

    def _club_has_anything_left(self):
        return any(
            line.product_uom_qty > 0
            and (line.price_total > 0 or line.service_tracking == "event")
            for line in self.order_line
            if not line.display_type
        )

    def _club_lose_of_event(self, event, registrations, amount, payment):
        kept = False
        # sudo: buyers have no rights on events
        if event.sudo().club_late_payment == "waiting":
            with self._club_never_raise(self.env._("The waiting list took nobody.")):
                kept = event._club_late_on_waiting_list(self, registrations, amount)
        if self.currency_id.compare_amounts(amount, 0) > 0:
            self.env["club.event.refund"]._club_owe(
                self,
                amount,
                "late",
                event,
                first=payment,
                places=len(registrations),
                **({"state": "kept"} if kept else {}),
            )

    def _club_keep_paid(self):
        """Paid tickets of an order that could not be confirmed keep their places."""
        for event, drafts in (
            self._club_event_lines()._club_drafts().grouped("event_id").items()
        ):
            with self._club_never_raise(self.env._("Its places could not be kept.")):
                drafts._club_hold(event.date_end)

    def _club_after_void(self):
        """The reserved amount was set free: nothing is paid, and nothing is sold."""
        self.ensure_one()
        invoiced = self.invoice_ids.filtered(lambda move: move.state == "posted")
        if self.state != "sale" or self._club_paid() or invoiced:
            return
        note = self.env._(
            "The amount reserved for this order was set free and never taken: the "
            "order was cancelled, and its places are free again."
        )
        with self._club_never_raise(self.env._("It could not be cancelled.")):
            if self.locked:
                self.action_unlock()
            self.with_context(disable_cancel_warning=True)._action_cancel()
            self._club_ask_somebody(note)

    def _send_payment_succeeded_for_order_mail(self):
        """Nobody is told “payment received” of an order that lost all its places."""
        lost = self.filtered(
            # sudo: buyers see no refunds
            lambda order: order.state == "cancel" and order.sudo().club_refund_ids
        )
        return super(SaleOrder, self - lost)._send_payment_succeeded_for_order_mail()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _club_drafts(self):
        return self.registration_ids.filtered(lambda r: r.state == "draft")

    def _club_seat_one_by_one(self):
        """As many places as there are; those who still hold one come first.

        :return: the registrations that have none, cancelled
        """
        drafts = self._club_drafts().sorted(lambda r: (not r.club_has_place, r.id))
        lost = drafts.filtered(lambda r: not r._club_try_hold())
        lost.action_cancel()
        for line in self:
            living = line.registration_ids.filtered(lambda r: r.state != "cancel")
            of_line = lost.filtered(lambda r, line=line: r.sale_order_line_id == line)
            wanted = int(line.product_uom_qty) - len(living) - len(of_line)
            for _missing in range(wanted):
                lost += line._club_try_registration()
            surplus = len(living) - int(line.product_uom_qty)
            if surplus > 0:
                living.sorted("id")[-surplus:].action_cancel()
        return lost

    def _club_try_registration(self):
        """One more registration; cancelled and returned where there is no place."""
        self.ensure_one()
        vals = {"sale_order_line_id": self.id, "sale_order_id": self.order_id.id}
        Registration = self.env["event.registration"].sudo()  # sudo: as stock does
        try:
            with self.env.cr.savepoint():
                Registration.create({**vals, "state": "draft"})
            return Registration
        except ValidationError:
            return Registration.create({**vals, "state": "cancel"})

    def _club_open_paid(self):
        """Paid places are confirmed, where stock waits for names of attendees.

        The customer is the attendee of one of them, unless somebody was named.
        """
        for order, lines in self.grouped("order_id").items():
            if order.state != "sale":
                continue
            customer = order.partner_id
            living = lines.registration_ids.filtered(lambda r: r.state != "cancel")
            for _place, of_event in living.grouped(
                lambda r: (r.event_id, r.event_slot_id)
            ).items():
                if not customer.is_company and not of_event.club_attendee_id:
                    his = of_event.filtered(
                        lambda r, who=customer: not r.name or r.name == who.name
                    )
                    his.sorted("id")[:1].club_attendee_id = customer
            if drafts := lines._club_drafts():
                drafts.action_confirm()


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _club_try_hold(self):
        """Hold one place, if there is one.

        :return: whether there was
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._club_hold()
        except ValidationError:
            return False
        return True


class EventEvent(models.Model):
    _inherit = "event.event"

    @api.model
    def _club_late_on_waiting_list(self, order, registrations, amount):
        """Hook: put somebody who paid too late first on the waiting list.

        :param order: his ``sale.order``; cancelled where all its tickets are lost
        :param registrations: those for which there is no place, cancelled
        :param amount: what he paid for them; kept in a row ``club.event.refund`` of the
            order in state ``kept`` (written after this), which ``_club_use`` or
            ``_club_release`` ends
        :return: whether he is on it; else his money is given back
        """
        return False
