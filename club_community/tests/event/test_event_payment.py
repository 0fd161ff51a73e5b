from datetime import timedelta
from unittest.mock import patch

from psycopg2.extras import Json

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import EventCommon

EVENT_PAYMENT = "odoo.addons.club_community.models.event.event_payment"


class EventPaymentCommon(EventCommon, AccountPaymentCommon):
    """A paid event of three places, quotations, and cards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.company.currency_id
        cls.product.list_price = 100
        cls.event = cls._make_event(price=100)
        cls.ticket = cls.event.event_ticket_ids
        cls.partner = cls.vera

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "club_community.group_club_admin"
        )

    def _order(self, count=1, partner=None, lines=(), event=None):
        ticket = (event or self.event).event_ticket_ids
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.vera).id,
                "require_payment": True,
                "require_signature": False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "event_id": ticket.event_id.id,
                            "event_ticket_id": ticket.id,
                            "product_uom_qty": count,
                        }
                    ),
                    *lines,
                ],
            }
        )

    def _start(self, order, **values):
        """The buyer goes to the provider's page."""
        return self._create_transaction(
            "redirect",
            reference=f"{order.name}-{len(order.transaction_ids)}",
            sale_order_ids=[Command.set(order.ids)],
            amount=values.pop("amount", order.amount_total),
            partner_id=order.partner_id.id,
            **values,
        )

    def _finish(self, transaction, state="done"):
        """The provider has taken the money, and Odoo carries it out."""
        getattr(transaction, f"_set_{state}")()
        transaction._post_process()
        self.env.flush_all()

    def _expire(self, order):
        """The hold ends, and others take what places there are."""
        order.order_line.registration_ids.club_held_until = (
            fields.Datetime.now() - timedelta(minutes=1)
        )

    def _states(self, order):
        return sorted(order.order_line.registration_ids.mapped("state"))


@tagged("post_install", "-at_install")
class TestEventPayment(EventPaymentCommon):
    # --- In time ------------------------------------------------------------------

    def test_quotation_of_the_backend_paid_in_the_portal(self):
        order = self._order(2)
        self.assertFalse(order.order_line.registration_ids)
        transaction = self._start(order)
        held = order.order_line.registration_ids
        self.assertEqual(held.mapped("club_has_place"), [True, True])
        self._finish(transaction)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._states(order), ["open", "open"])
        self.assertEqual(held.club_attendee_id, self.vera)
        self.assertEqual(len(held.filtered("club_attendee_id")), 1)
        self.assertFalse(order.club_refund_ids)

    def test_attendee_who_was_named_stays(self):
        order = self._order(1)
        transaction = self._start(order)
        order.order_line.registration_ids.club_attendee_id = self.olga
        self._finish(transaction)
        self.assertEqual(order.order_line.registration_ids.club_attendee_id, self.olga)

    def test_last_places_are_not_counted_against_their_own_buyer(self):
        """Stock's shop asks, after the places are held, whether there are enough."""
        order = self._order(3)
        self._start(order)
        self.event._verify_seats_availability([(False, self.ticket, 3)])
        with self.assertRaises(ValidationError):
            self.event._verify_seats_availability([(False, self.ticket, 4)])
        # that is so for whoever holds them, and as long as he does
        self._expire(order)
        for _number in range(3):
            self._register(self.olga)
        with self.assertRaises(ValidationError):
            self.event._verify_seats_availability([(False, self.ticket, 3)])
        self.env.cr.precommit.data.clear()
        with self.assertRaises(ValidationError):
            self.event._verify_seats_availability([(False, self.ticket, 1)])

    # --- Too late -----------------------------------------------------------------

    def test_late_with_places_left(self):
        order = self._order(2)
        transaction = self._start(order)
        self._expire(order)
        self._finish(transaction)
        self.assertEqual(self._states(order), ["open", "open"])
        self.assertFalse(order.club_refund_ids)

    def test_late_with_one_place_left(self):
        order = self._order(2)
        transaction = self._start(order)
        self._expire(order)
        for _number in range(2):
            self._register(self.olga)
        self._finish(transaction)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._states(order), ["cancel", "open"])
        self.assertEqual(order.order_line.product_uom_qty, 1)
        self.assertEqual(order.amount_total, 100)
        row = order.club_refund_ids
        self.assertEqual((row.kind, row.state, row.amount), ("late", "due", 100))
        self.assertEqual((row.places, row.event_id), (1, self.event))
        self.assertEqual(row.transaction_id, transaction)

    def test_late_with_no_place_left(self):
        order = self._order(2)
        transaction = self._start(order)
        self._expire(order)
        for _number in range(3):
            self._register(self.olga)
        for _twice in range(2):
            self._finish(transaction)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self._states(order), ["cancel", "cancel"])
        self.assertEqual(order.club_refund_ids.mapped("amount"), [200])
        self.assertEqual(transaction.payment_id.amount, 200, "the payment stands")

    def test_late_before_anything_was_held(self):
        """A quotation whose registrations were deleted meanwhile."""
        order = self._order(3)
        transaction = self._start(order)
        order.order_line.registration_ids.unlink()
        self._register(self.olga)
        self._finish(transaction)
        self.assertEqual(self._states(order), ["cancel", "open", "open"])
        self.assertEqual(order.club_refund_ids.amount, 100)

    def test_the_rest_of_the_order_is_confirmed(self):
        other = self._make_event(price=100)
        order = self._order(
            1,
            lines=[
                Command.create(
                    {
                        "product_id": self.product.id,
                        "event_id": other.id,
                        "event_ticket_id": other.event_ticket_ids.id,
                        "product_uom_qty": 2,
                    }
                )
            ],
        )
        transaction = self._start(order)
        self._expire(order)
        for _number in range(3):
            self._register(self.olga)
        self._finish(transaction)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.amount_total, 200)
        states = order.order_line[1].registration_ids.mapped("state")
        self.assertEqual(states, ["open", "open"])
        self.assertEqual(order.club_refund_ids.amount, 100)

    def test_deposit(self):
        """Of half the price, half of the lost place's price goes back."""
        order = self._order(2)
        order.prepayment_percent = 0.5
        transaction = self._start(order, amount=100)
        self._expire(order)
        for _number in range(2):
            self._register(self.olga)
        self._finish(transaction)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.club_refund_ids.amount, 50)

    def _late_and_full(self):
        """Paid when the last place was gone, with the setting "waiting list"."""
        self.event.club_late_payment = "waiting"
        order = self._order(1)
        transaction = self._start(order)
        self._expire(order)
        for _number in range(3):
            self._register(self.olga, self.event)
        self._finish(transaction)
        return order

    def test_waiting_list_that_takes_nobody(self):
        """Where the setting wants the waiting list, and it refuses: money goes back."""
        refuses = {"side_effect": UserError("no")}, {"return_value": False}
        for how in refuses:
            hook = patch.object(
                self.registry["event.event"], "_club_late_on_waiting_list", **how
            )
            with self.subTest(how), hook, mute_logger(EVENT_PAYMENT):
                self.event.registration_ids.action_cancel()
                order = self._late_and_full()
                refund = order.club_refund_ids
                self.assertEqual((refund.state, refund.amount), ("due", 100))

    def test_money_is_kept_and_used(self):
        order = self._late_and_full()
        entry, refund = self.event.sudo().club_waiting_ids, order.club_refund_ids
        self.assertEqual((entry.state, entry.is_paid), ("waiting", True))
        self.assertEqual((refund.state, refund.amount), ("kept", 100))
        self.event.registration_ids.filtered("club_has_place")[0].action_cancel()
        self.assertTrue(self.event.sudo()._club_offer_next())
        self.assertEqual((entry.state, refund.state), ("accepted", "used"))
        place = entry.registration_ids
        self.assertEqual((place.state, place.sale_order_id), ("open", order))
        self.assertEqual((order.state, order.amount_total), ("sale", 100))
        with self.assertRaises(UserError):
            refund.action_paid_by_hand()
        refund.action_give_back()
        self.assertEqual(refund.state, "used", "nobody gets both")

    def test_money_is_kept_until_he_leaves(self):
        order = self._late_and_full()
        entry, refund = self.event.sudo().club_waiting_ids, order.club_refund_ids
        entry._leave()
        self.assertEqual((entry.state, refund.state), ("left", "due"))
        self.assertFalse(entry.activity_ids, "the job gives it back")

    def test_money_is_kept_no_longer_than_the_event(self):
        for number, values in enumerate(
            (
                {"kanban_state": "cancel"},
                {"active": False},
                {
                    "date_begin": fields.Datetime.now() - timedelta(days=2),
                    "date_end": fields.Datetime.now() - timedelta(days=1),
                },
            )
        ):
            with self.subTest(values):
                self.event = self._make_event(price=100, name=f"Evening {number}")
                order = self._late_and_full()
                entry = self.event.sudo().club_waiting_ids
                self.event.write(values)
                self.assertIn(entry, entry._of_closed_events())
                entry._close()
                self.assertEqual(entry.state, "expired")
                self.assertEqual(order.club_refund_ids.state, "due")

    def test_money_kept_for_two_tickets(self):
        """One has got its place; of the rest somebody decides."""
        order = self._late_and_full()
        entry, refund = self.event.sudo().club_waiting_ids, order.club_refund_ids
        other = entry.sudo().copy(
            {"partner_id": self.olga.id, "is_paid": True, "order_id": order.id}
        )
        entry._leave()
        self.assertEqual(refund.state, "kept")
        self.assertTrue(entry.activity_ids)
        other._leave()
        self.assertEqual(refund.state, "due")

    def test_order_that_cannot_be_confirmed(self):
        """The money stays written down, the places are kept, somebody is asked."""
        order = self._order(1)
        transaction = self._start(order)
        order.order_line[0].copy({"order_id": order.id, "product_uom_qty": 0})
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order_line SET event_id = NULL WHERE id = %s",
            [order.order_line[-1].id],
        )
        self.env.invalidate_all()
        self._finish(transaction)
        self.assertEqual(order.state, "draft", "stock does not confirm it")
        self.assertTrue(transaction.is_post_processed)
        self.assertTrue(transaction.payment_id)
        self.assertTrue(order.activity_ids)
        held = order.order_line[0].registration_ids
        self.assertGreaterEqual(held.club_held_until, self.event.date_end)

    # --- Cancelled, twice, reserved ---------------------------------------------------

    def test_paid_after_the_order_was_cancelled(self):
        order = self._order(1)
        transaction = self._start(order)
        order._action_cancel()
        for _twice in range(2):
            self._finish(transaction)
        self.assertEqual(order.state, "cancel")
        row = order.club_refund_ids
        self.assertEqual((row.kind, row.amount), ("order", 100))

    def test_paid_twice(self):
        order = self._order(1)
        first, second = self._start(order), self._start(order)
        self._finish(first)
        self._finish(second)
        self._finish(first)
        row = order.club_refund_ids
        self.assertEqual((row.kind, row.amount), ("twice", 100))
        self.assertEqual(row.transaction_id, second)
        self.assertEqual(self._states(order), ["open"])

    def test_reserved_and_set_free(self):
        self.provider.support_manual_capture = "full_only"
        order = self._order(2)
        transaction = self._start(order)
        self._finish(transaction, "authorized")
        self.assertEqual(self._states(order), ["open", "open"])
        self._finish(transaction, "canceled")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self._states(order), ["cancel", "cancel"])
        self.assertFalse(order.club_refund_ids)

    def test_given_up_card_after_an_order_by_invoice(self):
        """Only an amount that had been reserved cancels an order."""
        order = self._order(1)
        transaction = self._start(order)
        order.action_confirm()
        self._finish(transaction, "canceled")
        self.assertEqual(order.state, "sale")

    # --- Invoices -------------------------------------------------------------------

    def _invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()

    def test_invoice_paid_by_bank_transfer(self):
        order = self._order(2)
        order.action_confirm()
        registrations = order.order_line.registration_ids
        self.assertTrue(all(registrations.mapped("club_has_place")))
        invoice = self._invoice(order)
        self._pay(invoice)
        self.assertEqual(self._states(order), ["open", "open"])

    def test_credit_note(self):
        order = self._order(2)
        order.action_confirm()
        invoice = self._invoice(order)
        self._pay(invoice)
        note = invoice._reverse_moves()
        note.invoice_line_ids.quantity = 1
        self.assertEqual(self._states(order), ["open", "open"], "a draft takes nothing")
        note.action_post()
        self.assertEqual(self._states(order), ["cancel", "open"])

    def test_credit_note_posted_after_places_were_cancelled(self):
        """The draft of a cancelled place, posted later, takes no second place."""
        for locked in (False, True):
            with self.subTest(locked=locked):
                self.event = self._make_event(price=100)
                order = self._order(3)
                order.action_confirm()
                order.locked = locked
                invoice = self._invoice(order)
                self._pay(invoice)
                place = order.order_line.registration_ids[:1]
                place.action_cancel()
                order._club_give_back(place, 100)
                note = order.invoice_ids.filtered(lambda m: m.state == "draft")
                self.assertEqual(note.amount_untaxed, 100)
                note.action_post()
                self.assertEqual(self._states(order), ["cancel", "open", "open"])
                # one more by hand, without cancelling before: one more place
                again = invoice._reverse_moves()
                again.invoice_line_ids.quantity = 1
                again.action_post()
                self.assertEqual(self._states(order), ["cancel", "cancel", "open"])

    def test_credit_note_over_part_of_the_price(self):
        order = self._order(2)
        order.action_confirm()
        invoice = self._invoice(order)
        self._pay(invoice)
        note = invoice._reverse_moves()
        note.invoice_line_ids.price_unit = 30
        note.action_post()
        self.assertEqual(self._states(order), ["open", "open"])

    def test_invoice_that_is_replaced(self):
        order = self._order(2)
        order.action_confirm()
        invoice = self._invoice(order)
        self._pay(invoice)
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"journal_id": invoice.journal_id.id}).modify_moves()
        self.assertEqual(self._states(order), ["open", "open"])

    # --- Owed -----------------------------------------------------------------------

    def test_never_more_than_was_paid(self):
        order = self._order(2)
        transaction = self._start(order)
        self._finish(transaction)
        Refund = self.env["club.event.refund"]
        first = Refund._club_owe(order, 150, "rule", self.event)
        second = Refund._club_owe(order, 150, "rule", self.event)
        self.assertEqual((first + second).mapped("amount"), [150, 50])
        self.assertFalse(Refund._club_owe(order, 150, "rule", self.event))

    def test_paid_by_bank_transfer_is_given_back_by_hand(self):
        order = self._order(2)
        order.action_confirm()
        self.assertFalse(self.env["club.event.refund"]._club_owe(order, 10, "rule"))
        self._pay(self._invoice(order))
        row = self.env["club.event.refund"]._club_owe(order, 100, "rule", self.event)
        self.assertEqual((row.state, row.amount), ("by_hand", 100))
        accountant = new_test_user(
            self.env,
            "bookkeeper",
            "account.group_account_invoice",
            company_id=self.env.company.id,
        )
        clerk = new_test_user(
            self.env,
            "clerk",
            "event.group_event_user",
            company_id=self.env.company.id,
        )
        row._club_step()
        self.assertTrue(row.activity_ids)
        with self.assertRaises(UserError):
            row.with_user(clerk).action_paid_by_hand()
        row.with_user(accountant).action_paid_by_hand()
        self.assertEqual((row.state, row.done_by_id), ("done", accountant))
        self.assertFalse(row.activity_ids)

    # --- Letters ---------------------------------------------------------------------

    def test_letter_to_the_payer(self):
        order = self._order(1)
        transaction = self._start(order)
        self._expire(order)
        for _number in range(3):
            self._register(self.olga)
        self._finish(transaction)
        row = order.club_refund_ids.sudo()
        row._club_tell_safely()
        mail = self.env["mail.mail"].search(
            [("model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertEqual(mail.recipient_ids, self.vera)
        self.assertIn("they went to others", mail.body_html)
        self.assertEqual(mail.state, "outgoing", "queued")

    def test_letter_that_cannot_be_made(self):
        order = self._order(1)
        self._finish(self._start(order))
        row = self.env["club.event.refund"]._club_owe(order, 100, "rule", self.event)
        template = self.env.ref("club_community.mail_template_event_refund")
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = %s WHERE id = %s",
            [Json({"en_US": '<t t-out="object.no_such_field"/>'}), template.id],
        )
        template.invalidate_recordset()
        with self.assertLogs("odoo", level="ERROR"):
            row._club_tell_safely()
        self.assertTrue(row.is_told)
