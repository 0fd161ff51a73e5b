from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.event.event_booking import Seat
from ..common import ClubCommon
from .common import EventCommon


def from_now(**delta):
    return fields.Datetime.now() + timedelta(**delta)


class RuleMixin:
    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job = self.env.ref("club_community.ir_cron_club_event_cancel")
            job.sudo().method_direct_trigger()
        self.env.invalidate_all()

    @classmethod
    def _move(cls, event, **delta):
        start = from_now(**delta)
        event.write({"date_begin": start, "date_end": start + timedelta(hours=4)})

    @classmethod
    def _rules(cls, event, *rules):
        event.club_cancel_rule_ids = [Command.clear()] + [
            Command.create({"days": days, "share": share}) for days, share in rules
        ]


@tagged("post_install", "-at_install")
class TestCancel(RuleMixin, EventCommon):
    def test_place_is_free_at_once(self):
        self.event.seats_max = 1
        place = self._register(self.vera)
        place._club_cancel("Ill")
        self.assertEqual((place.state, place.club_cancel_reason), ("cancel", "Ill"))
        self.assertTrue(place.club_cancelled_on)
        self.assertEqual(self._register(self.ivan).state, "open")

    def test_shares_by_days(self):
        self._rules(self.event, (14, 100), (3, 50))
        place = self._register(self.vera)
        for days, share in ((20, 1), (14.01, 1), (13.9, 0.5), (3.01, 0.5), (2, 0)):
            self._move(self.event, days=days)
            with self.subTest(days=days):
                self.assertEqual(place._club_refund_share(), share)
        self._rules(self.event)
        self.assertEqual(place._club_refund_share(), 1)

    def test_steps_to_come(self):
        self._rules(self.event, (14, 100), (3, 50), (0, 20))
        self._move(self.event, days=10)
        place = self._register(self.vera)
        steps = place._club_cancel_steps()
        self.assertEqual([share for _until, share in steps], [50, 20])

    def test_until_when(self):
        place = self._register(self.vera)
        self.event.club_cancel_hours = 48
        self._move(self.event, hours=49)
        self.assertFalse(place._club_cancel_obstacle())
        self._move(self.event, hours=47)
        self.assertIn("could be cancelled until", place._club_cancel_obstacle())
        self.event.club_can_cancel = False
        self.assertIn("on-line", place._club_cancel_obstacle())
        self._move(self.event, hours=-1)
        self.assertIn("has begun", place._club_cancel_obstacle())

    def test_used_ticket(self):
        place = self._register(self.vera)
        place.action_set_done()
        with self.assertRaisesRegex(UserError, "used at the door"):
            place._club_cancel()

    def test_twice(self):
        place = self._register(self.vera)
        place._club_cancel()
        with self.assertRaisesRegex(UserError, "is cancelled"):
            place._club_cancel()

    def test_letter_is_queued(self):
        place = self._register(self.vera)
        place._club_cancel()
        mail = self.env["mail.mail"].search([("email_to", "ilike", "Vera@example.com")])
        self.assertEqual((len(mail), mail.state), (1, "outgoing"))
        self.assertIn("is cancelled", mail.body_html)

    def test_confirmed_again_is_not_cancelled(self):
        place = self._register(self.vera)
        place._club_cancel("Ill")
        place.action_confirm()
        self.assertFalse(place.club_cancelled_on or place.club_cancel_reason)

    def test_bad_rules(self):
        for rule in ((3, 101), (-1, 50), (3, -5)):
            with (
                self.subTest(rule),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._rules(self.event, rule)

    def test_whose_it_is(self):
        """Hi.Events #905: the attendee cancels; who gave it away does not."""
        place = self._register(self.vera, club_attendee_id=self.ivan.id)

        def mine(person):
            return place.search_count(
                place._club_mine(person) & fields.Domain("id", "=", place.id)
            )

        self.assertEqual(
            [mine(p) for p in (self.vera, self.ivan, self.olga)], [1, 1, 0]
        )
        place.write(
            {"club_given_by_id": self.ivan.id, "club_attendee_id": self.olga.id}
        )
        self.assertEqual(
            [mine(p) for p in (self.vera, self.ivan, self.olga)], [0, 0, 1]
        )

    # --- After the deadline -------------------------------------------------------

    def test_request_to_the_organiser(self):
        """Indico #5264: after the deadline a change is asked for, not made."""
        organiser = new_test_user(self.env, "organiser", "event.group_event_user")
        self.event.user_id = organiser
        place = self._register(self.vera)
        first = place._club_ask_organiser("Can my <b>sister</b> come?")
        self.assertEqual(first.user_id, organiser)
        self.assertIn("&lt;b&gt;sister", str(first.note))
        self.assertEqual(place._club_ask_organiser("Please!"), first)
        self.assertIn("Please!", str(first.note))
        with self.assertRaisesRegex(UserError, "what you want"):
            place._club_ask_organiser("  ")
        self.assertEqual(place.state, "open")

    # --- Cancelled people are neither printed nor mailed --------------------------

    def test_cancelled_are_not_printed(self):
        """Odoo #155125, #22882."""
        living, gone = self._register(self.vera), self._register(self.ivan)
        gone.action_cancel()
        report = "event.action_report_event_registration_responsive_html_ticket"
        Report = self.env["ir.actions.report"]
        html = Report._render_qweb_html(report, (living | gone).ids)[0].decode()
        self.assertIn(living.barcode, html)
        self.assertNotIn(gone.barcode, html)
        with self.assertRaisesRegex(UserError, "not printed"):
            Report._render_qweb_html(report, gone.ids)

    def test_cancelled_are_not_mailed(self):
        place = self._register(self.vera)
        place.action_cancel()
        with self.assertRaisesRegex(UserError, "not mailed"):
            place.action_send_badge_email()

    # --- The whole event ----------------------------------------------------------

    def _cancel_event(self, message="<p>The hall was flooded.</p>"):
        wizard = self.env["club.event.cancel.wizard"].create(
            {"event_id": self.event.id, "message": message}
        )
        wizard.action_cancel_event()

    def test_cancel_event_tells_everybody(self):
        """Hi.Events #617: with a message to all."""
        self.event.seats_max = 10
        places = self._register(self.vera) | self._register(self.ivan)
        twice = self._register(self.vera)
        done = self._register(self.olga, state="done")
        self._cancel_event()
        self.assertEqual(self.event.kanban_state, "cancel")
        with self.assertRaises(UserError):
            self.event._club_book(self.olga, [Seat(self.ticket, self.olga)])
        self._run_cron()
        self.assertEqual(set((places | twice).mapped("state")), {"cancel"})
        self.assertEqual(done.state, "done")
        mails = self.env["mail.mail"].search([("body_html", "ilike", "was flooded")])
        self.assertEqual(
            sorted(mails.mapped("email_to")), ["Ivan@example.com", "Vera@example.com"]
        )
        self._run_cron()
        self.assertEqual(
            self.env["mail.mail"].search_count([("body_html", "ilike", "was flooded")]),
            2,
        )

    def test_cancel_event_without_a_message(self):
        with self.assertRaisesRegex(UserError, "shall be told"):
            self._cancel_event("<p><br></p>")

    def test_cancel_event_that_is_over(self):
        self._move(self.event, days=-3)
        with self.assertRaisesRegex(UserError, "is over"):
            self._cancel_event()

    def test_queries_do_not_grow_with_guests(self):
        """Cancelling places takes no query for each of them."""
        event = self._make_event(0)

        def cost(count):
            places = self.env["event.registration"].union(
                *(self._register(self.vera, event) for _ in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            places.with_context(club_guests_stay=False).action_cancel()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(3), cost(30))


@tagged("post_install", "-at_install")
class TestCancelPaid(RuleMixin, ClubCommon):
    """What becomes of the money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place_product = cls.env["product.product"].create(
            {
                "name": "Place",
                "type": "service",
                "service_tracking": "event",
                "list_price": 100,
                "taxes_id": False,
                "invoice_policy": "order",
            }
        )
        cls.event = cls.env["event.event"].create(
            {
                "name": "Ball",
                "date_begin": from_now(days=10),
                "date_end": from_now(days=10, hours=4),
                "company_id": cls.company.id,
                "event_mail_ids": False,
                "event_ticket_ids": [
                    Command.create(
                        {
                            "name": "Standard",
                            "product_id": cls.place_product.id,
                            "price": 100,
                        }
                    )
                ],
            }
        )
        cls.ticket = cls.event.event_ticket_ids
        cls._rules(cls.event, (14, 100), (3, 50))

    def _book(self, count=2):
        guests = [
            Seat(
                self.ticket,
                name=f"Guest {n}",
                email=f"g{n}@example.com",
                values=self.event._club_guest_consent(),
            )
            for n in range(1, count)
        ]
        return self.event._club_book(
            self.member, [Seat(self.ticket, self.member), *guests]
        )

    def _pay_order(self, order):
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        return invoice

    def test_half_of_one_place_comes_back(self):
        (host, guest), order = self._book()
        invoice = self._pay_order(order)
        self.assertIn("50.00", " ".join(guest._club_cancel_terms()))
        guest._club_cancel()
        refund = invoice.reversal_move_ids
        self.assertEqual((refund.state, refund.amount_total), ("draft", 50))
        self.assertEqual((host.state, guest.state), ("open", "cancel"))
        self.assertEqual(order.order_line.product_uom_qty, 1)

    def test_host_and_guests_in_one_credit_note(self):
        (host, guest), order = self._book()
        invoice = self._pay_order(order)
        self._move(self.event, days=20)
        self.assertEqual((host | guest)._club_refund_amount(), {order: 200})
        host._club_cancel()
        self.assertEqual(invoice.reversal_move_ids.amount_total, 200)
        self.assertEqual(guest.state, "cancel")

    def test_nothing_comes_back(self):
        (host, _guest), order = self._book()
        invoice = self._pay_order(order)
        self._move(self.event, days=2)
        self.assertIn("Nothing is given back", " ".join(host._club_cancel_terms()))
        host._club_cancel()
        self.assertFalse(invoice.reversal_move_ids)

    def test_as_credit(self):
        self.event.club_refund_as = "credit"
        (_host, guest), order = self._book()
        invoice = self._pay_order(order)
        self.assertIn("as credit", " ".join(guest._club_cancel_terms()))
        guest._club_cancel()
        refund = invoice.reversal_move_ids
        self.assertEqual((refund.state, refund.amount_residual), ("posted", 50))

    def test_quotation_asks_for_less(self):
        (host, guest), order = self._book()
        guest._club_cancel()
        self.assertEqual((order.state, order.amount_untaxed), ("draft", 100))
        self.assertEqual(host.state, "draft")
        host._club_cancel()
        self.assertEqual(order.state, "cancel")

    def test_event_cancelled_gives_all_back(self):
        self._move(self.event, days=1)
        places, order = self._book()
        invoice = self._pay_order(order)
        self.event._club_cancel_event("<p>Ill</p>", refund=True)
        self._run_cron()
        self._run_cron()
        self.assertEqual(set(places.mapped("state")), {"cancel"})
        self.assertEqual(len(invoice.reversal_move_ids), 1)
        self.assertEqual(invoice.reversal_move_ids.amount_total, 200)

    def test_manager_decides_otherwise(self):
        (host, guest), order = self._book()
        invoice = self._pay_order(order)
        with Form(
            self.env["club.event.place.cancel"].with_context(
                default_registration_id=host.id
            )
        ) as form:
            self.assertEqual((form.share, form.with_guests), (50, True))
            form.share = 100
            form.with_guests = False
        form.record.with_user(self.club_manager).action_cancel_place()
        self.assertEqual((host.state, guest.state), ("cancel", "open"))
        self.assertEqual(invoice.reversal_move_ids.amount_total, 100)
