from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ...models.event.event_booking import Seat
from .who_common import WhoCommon


@tagged("post_install", "-at_install")
class TestTicketAccess(WhoCommon):
    def _order(self, user, **values):
        return (
            self.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": self.ivan.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "event_id": self.event.id,
                                "event_ticket_id": self.ticket.id,
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    # --- Conditions -----------------------------------------------------------------

    def test_everybody(self):
        self.assertFalse(self.ticket.club_is_restricted)
        self.assertOpen(self.ivan)
        self.assertOpen(self.env["res.partner"])

    def test_members(self):
        self.ticket.club_who = "members"
        self._make_member(self.vera, plan=self.silver_plan)
        self.assertOpen(self.vera)
        self.assertClosed(self.ivan, "for members. You can join here: /club/join")
        self.assertClosed(self.env["res.partner"], "for members")

    def test_plans_and_levels_any_will_do(self):
        self.ticket.club_grade_ids = self.gold
        self._make_member(self.vera)
        self._make_member(self.ivan, plan=self.silver_plan)
        self.assertOpen(self.vera)
        self.assertClosed(
            self.ivan, "for Gold. Your plan can be raised here: /my/club/ch"
        )
        self.ticket.club_plan_ids = self.silver_plan
        self.assertOpen(self.vera)
        self.assertOpen(self.ivan)
        self.assertClosed(self.olga, "Silver plan or Gold")

    def test_level_set_by_hand_counts(self):
        vip = self.env["res.partner.grade"].create({"name": "VIP"})
        self.ticket.club_grade_ids = vip
        self.olga.grade_id = vip
        self.assertOpen(self.olga)

    def test_chapter(self):
        moscow, kazan = self.env["club.chapter"].create(
            [{"name": "Moscow of tests"}, {"name": "Kazan of tests"}]
        )
        self.ticket.club_chapter_ids = moscow
        self.vera.club_chapter_id = moscow
        self.ivan.club_chapter_id = kazan
        self.assertOpen(self.vera)
        self.assertClosed(self.ivan, "for people of Moscow of tests")

    def test_circle_and_what_is_below_it(self):
        sport, golf, tennis = self.env["club.interest"].create(
            [
                {"name": "Games", "kind": "sport"},
                {"name": "Golf of tests", "kind": "sport"},
                {"name": "Tennis of tests", "kind": "sport"},
            ]
        )
        golf.parent_id = sport
        self.ticket.club_interest_ids = sport
        self.vera.club_sport_ids = golf
        self.ivan.club_sport_ids = tennis
        self.assertOpen(self.vera)
        self.assertClosed(self.ivan, "circle Games.*/my/club/profile")

    def test_all_that_is_filled_in_must_hold(self):
        moscow = self.env["club.chapter"].create({"name": "Moscow of tests"})
        self.ticket.write(
            {"club_who": "members", "club_chapter_ids": [Command.set(moscow.ids)]}
        )
        (self.vera + self.ivan).club_chapter_id = moscow
        self._make_member(self.vera)
        self._make_member(self.olga)
        self.assertOpen(self.vera)
        self.assertClosed(self.ivan, "for members")
        self.assertClosed(self.olga, "for people of")

    def test_by_invitation(self):
        self.ticket.club_invitation = "only"
        self.assertClosed(self.vera, "with an invitation")
        invited = self.ivan

        def is_invited(ticket, partner):
            return partner == invited

        self.patch(self.registry["event.event.ticket"], "_club_is_invited", is_invited)
        self.assertOpen(self.ivan)
        self.ticket.write({"club_invitation": "only", "club_who": "members"})
        self.assertClosed(self.ivan, "for members")
        self.ticket.club_invitation = "also"
        self.assertOpen(self.ivan)
        self.assertClosed(self.olga, "for members")

    # --- The day of the event -------------------------------------------------------

    def _move_event(self, days):
        start = fields.Datetime.now() + timedelta(days)
        self.event.write({"date_begin": start, "date_end": start + timedelta(hours=1)})

    def test_expired_before_the_event(self):
        """field.md: “member-only ticket behaviour”: judged on the day, not today."""
        self.ticket.club_who = "members"
        period = self._make_member(self.vera, end=10)
        self._move_event(10)
        self.assertOpen(self.vera)
        self._move_event(period.plan_id.grace_days + 12)
        self.assertClosed(self.vera, "membership ends on .* before the event.*/my/club")
        self._make_member(self.vera, start=11, end=100)  # renewed
        self.assertOpen(self.vera)

    def test_grace_covers_its_days(self):
        self.ticket.club_who = "members"
        self.plan.grace_days = 14
        self._make_member(self.vera, end=10)
        self._move_event(20)
        self.assertOpen(self.vera)

    def test_upcoming_counts_from_its_start(self):
        self.ticket.club_who = "members"
        self._make_member(self.vera, start=5)
        self.assertClosed(self.vera, "begins on .* after the event")
        self._move_event(6)
        self.assertOpen(self.vera)

    def test_lapsed(self):
        self.ticket.club_who = "members"
        self._make_member(self.vera, start=-400, end=-100)
        self.assertEqual(self.vera.club_state, "former")
        self.assertClosed(self.vera, "membership is over. Renew it here: /my/club")

    def test_overdue_and_paused(self):
        self.ticket.club_who = "members"
        period = self._make_member(self.vera)
        period.sudo().write({"state": "waiting"})
        self.assertClosed(self.vera, "fee is not paid yet. Pay it here: /my/club")
        period.sudo().write({"state": "paused"})
        self.assertClosed(self.vera, "is paused")

    def test_pending_offer_is_no_membership(self):
        self.ticket.club_who = "members"
        order = self.plan._make_offer(self.vera)
        self.assertEqual(order.order_line.club_membership_ids.state, "draft")
        self.assertClosed(self.vera, "You can join here")

    def test_refunded_is_no_membership(self):
        self.ticket.club_who = "members"
        period = self._make_member(self.vera)
        period.sudo().write({"state": "cancelled"})
        self.assertClosed(self.vera, "You can join here")

    def test_company_is_no_member(self):
        self.ticket.club_who = "members"
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.assertClosed(company, "belongs to a person")

    def test_the_slots_day_counts(self):
        self.ticket.club_who = "members"
        self.plan.grace_days = 0
        self._make_member(self.vera, end=1)
        day = self.event.date_begin.date()
        self.event.write(
            {
                "is_multi_slots": True,
                "date_begin": fields.Datetime.to_datetime(day),
                "date_end": fields.Datetime.to_datetime(day) + timedelta(days=5),
            }
        )
        first, last = self.env["event.slot"].create(
            [
                {
                    "event_id": self.event.id,
                    "date": date,
                    "start_hour": 9,
                    "end_hour": 10,
                }
                for date in (day, day + timedelta(3))
            ]
        )
        self.assertOpen(self.vera, slot=first)
        self.assertClosed(self.vera, "before the event", slot=last)
        with self.assertRaisesRegex(UserError, "before the event"):
            self.event._club_book(self.vera, [Seat(self.ticket, self.vera)], last)

    # --- Early access -----------------------------------------------------------------

    def test_early_access_by_level(self):
        sale = fields.Datetime.now() + timedelta(days=3)
        self._move_event(20)
        self.ticket.write(
            {
                "start_sale_datetime": sale,
                "club_early_ids": [
                    Command.create({"grade_id": self.gold.id, "days": 7})
                ],
            }
        )
        self._make_member(self.vera)
        self._make_member(self.ivan, plan=self.silver_plan)
        self.assertOpen(self.vera)
        access = self._access(self.ivan)
        self.assertEqual((access.allowed, access.opens_on), (False, sale))
        self.assertRegex(
            access.reason, "opens to you on .*\nOpen to Gold from .*/my/club/change"
        )
        self.event._club_book(self.vera, [Seat(self.ticket, self.vera)])
        with self.assertRaisesRegex(UserError, "opens to you on"):
            self.event._club_book(self.ivan, [Seat(self.ticket, self.ivan)])
        self.ticket.start_sale_datetime = sale + timedelta(days=10)
        self.assertEqual(self._access(self.vera).opens_on, sale + timedelta(days=3))

    # --- Limits -------------------------------------------------------------------

    def test_limit_per_ticket_counts_guests_against_the_host(self):
        self.ticket.club_limit = 2
        seats = [Seat(self.ticket, self.vera), self._guest_seat("Guest of hers")]
        self.event._club_book(self.vera, seats)
        self.assertClosed(self.vera, "may have 2 places of “Standard”.* 2 are taken")
        with self.assertRaisesRegex(UserError, "may have 2 places"):
            self._register(self.vera)
        self.assertOpen(self.ivan)

    def test_limit_at_once(self):
        self.ticket.club_limit = 1
        with self.assertRaisesRegex(UserError, "may have 1 places"):
            self.event._club_book(self.vera, [Seat(self.ticket, self.vera)] * 2)
        vals = {
            "event_id": self.event.id,
            "event_ticket_id": self.ticket.id,
            "partner_id": self.vera.id,
        }
        with self.assertRaisesRegex(UserError, "may have 1 places"):
            self.env["event.registration"].create([vals, vals])

    def test_limit_of_the_event_over_all_tickets(self):
        self.event.club_limit = 1
        other = self.ticket.copy({"name": "Other"})
        first = self._register(self.vera)
        self.assertClosed(self.vera, "may have 1 places of “Evening”", ticket=other)
        first.action_cancel()
        self.assertOpen(self.vera, ticket=other)

    def test_a_place_for_another_member_counts_for_him(self):
        self.ticket.club_limit = 1
        self._register(self.vera)
        self.event._club_book(self.vera, [Seat(self.ticket, self.ivan)])
        self.assertClosed(self.ivan, "may have 1 places")

    def test_lapsed_hold_comes_back_within_the_limit_only(self):
        self.ticket.club_limit = 1
        held = self._register(self.vera, state="draft")
        held._club_hold()
        held.club_held_until = fields.Datetime.now() - timedelta(seconds=2)
        self._register(self.vera)
        with self.assertRaisesRegex(UserError, "may have 1 places"):
            held._club_hold()

    # --- Every way in -------------------------------------------------------------

    def test_create_move_and_another_attendee(self):
        self.event.seats_limited = False
        self.ticket.club_who = "members"
        self._make_member(self.vera)
        open_ticket = self.ticket.copy({"name": "Open", "club_who": "everybody"})
        with self.assertRaisesRegex(UserError, "Ivan: .*for members"):
            self._register(self.ivan, event_ticket_id=self.ticket.id)
        other = self._register(self.ivan, event_ticket_id=open_ticket.id)
        with self.assertRaisesRegex(UserError, "for members"):
            other.event_ticket_id = self.ticket
        mine = self._register(self.vera, event_ticket_id=self.ticket.id)
        with self.assertRaisesRegex(UserError, "for members"):
            mine.club_attendee_id = self.ivan
        with self.assertRaisesRegex(UserError, "for members"):
            mine.partner_id = self.ivan
        self._register(
            self.ivan, event_ticket_id=self.ticket.id, club_attendee_id=self.vera.id
        )

    def test_reactivated(self):
        self.ticket.club_who = "members"
        period = self._make_member(self.vera)
        mine = self._register(self.vera)
        mine.action_cancel()
        period.sudo().write({"state": "waiting"})
        with self.assertRaisesRegex(UserError, "not paid yet"):
            mine.action_confirm()
        mine.active = False
        mine.state = "cancel"
        with self.assertRaisesRegex(UserError, "not paid yet"):
            mine.write({"active": True, "state": "open"})

    def test_a_place_is_kept_when_the_fee_lapses_later(self):
        """Who was let in is not thrown out by a payment or the check-in."""
        self.ticket.club_who = "members"
        period = self._make_member(self.vera)
        mine = self._register(self.vera)
        period.sudo().write({"state": "waiting"})
        mine.action_set_done()
        self.assertEqual(mine.state, "done")

    def test_import(self):
        self.ticket.club_who = "members"
        result = self.env["event.registration"].load(
            ["event_id/.id", "event_ticket_id/.id", "partner_id/.id"],
            [[str(self.event.id), str(self.ticket.id), str(self.ivan.id)]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("for members", result["messages"][0]["message"])

    def test_sales_order(self):
        self.ticket.club_who = "members"
        with self.assertRaisesRegex(UserError, "for members"):
            self._order(self.desk).action_confirm()
        self._make_member(self.ivan)
        order = self._order(self.desk)
        order.action_confirm()
        self.assertEqual(order.order_line.registration_ids.state, "open")

    def test_booking_is_refused_before_anything_is_made(self):
        self.ticket.club_who = "members"
        before = self.env["event.registration"].search_count([])
        with self.assertRaisesRegex(UserError, "You can join here"):
            self.event._club_book(self.ivan, [Seat(self.ticket, self.ivan)])
        self.assertEqual(self.env["event.registration"].search_count([]), before)

    # --- Staff --------------------------------------------------------------------

    def test_staff_may_and_says_why(self):
        self.ticket.club_who = "members"
        with self.assertRaisesRegex(UserError, "Against the Rule Because"):
            self._register(self.ivan)
        event = self.event.with_user(self.event_user)
        mine = (
            self.env["event.registration"]
            .with_user(self.event_user)
            .with_context(tracking_disable=False)
            .create(
                {
                    "event_id": event.id,
                    "event_ticket_id": self.ticket.id,
                    "partner_id": self.ivan.id,
                    "club_access_reason": "Speaker",
                }
            )
        )
        self.assertEqual(mine.state, "open")
        self.assertEqual(
            self.env["event.registration"]._fields["club_access_reason"].tracking, True
        )

    def test_nobody_else_may(self):
        self.ticket.club_who = "members"
        vals = {
            "event_id": self.event.id,
            "event_ticket_id": self.ticket.id,
            "partner_id": self.ivan.id,
        }
        Registration = self.env["event.registration"].with_user(self.desk)
        with self.assertRaises(AccessError):
            Registration.create({**vals, "club_access_reason": "A friend"})
        with self.assertRaises(AccessError):
            Registration.with_context(default_club_access_reason="A friend").create(
                vals
            )
        with self.assertRaises(AccessError):
            self._order(self.desk, club_access_reason="A friend")
        portal = new_test_user(self.env, "visitor", "base.group_portal")
        seat = Seat(
            self.ticket, portal.partner_id, values={"club_access_reason": "Hello"}
        )
        with self.assertRaises(AccessError):
            self.event.with_user(portal)._club_book(portal.partner_id, [seat])

    def test_order_that_staff_lets_through(self):
        self.ticket.club_who = "members"
        order = self._order(self.desk)
        order.with_user(self.env.ref("base.user_admin")).club_access_reason = "Speaker"
        order.action_confirm()
        self.assertEqual(
            order.sudo().order_line.registration_ids.club_access_reason, "Speaker"
        )

    def test_staff_registers_before_the_sale(self):
        self.ticket.write(
            {
                "start_sale_datetime": fields.Datetime.now() + timedelta(hours=5),
                "club_who": "members",
            }
        )
        self._make_member(self.vera)
        self._register(self.vera)
        portal = new_test_user(self.env, "visitor", "base.group_portal")
        with self.assertRaisesRegex(UserError, "opens to you on"):
            self.env["event.registration"].with_user(portal).sudo().create(
                {
                    "event_id": self.event.id,
                    "event_ticket_id": self.ticket.id,
                    "partner_id": self.vera.id,
                }
            )

    # --- Templates, copies, figures -------------------------------------------------

    def test_template_carries_the_rules_along(self):
        template = self.env["event.type"].create(
            {
                "name": "Dinner",
                "event_type_ticket_ids": [
                    Command.create(
                        {
                            "name": "For Gold",
                            "product_id": self.product.id,
                            "club_who": "members",
                            "club_limit": 2,
                            "club_grade_ids": [Command.set(self.gold.ids)],
                            "club_plan_ids": [
                                Command.set((self.plan + self.silver_plan).ids)
                            ],
                            "club_early_ids": [
                                Command.create({"grade_id": self.gold.id, "days": 3})
                            ],
                        }
                    )
                ],
            }
        )
        event = self.env["event.event"].create(
            {
                "name": "By template",
                "event_type_id": template.id,
                "date_begin": self.event.date_begin,
                "date_end": self.event.date_end,
            }
        )
        self._assert_carried(event.event_ticket_ids)
        form = Form(self.env["event.event"])
        form.name = "By form"
        form.event_type_id = template
        form.date_begin, form.date_end = self.event.date_begin, self.event.date_end
        self._assert_carried(form.save().event_ticket_ids)
        self._assert_carried(event.copy().event_ticket_ids)
        event.event_ticket_ids.club_plan_ids = False
        self.assertEqual(len(template.event_type_ticket_ids.club_plan_ids), 2)

    def _assert_carried(self, ticket):
        self.assertEqual(
            (ticket.club_who, ticket.club_limit, ticket.club_grade_ids),
            ("members", 2, self.gold),
        )
        self.assertEqual(ticket.club_plan_ids, self.plan + self.silver_plan)
        self.assertEqual(
            (ticket.club_early_ids.grade_id, ticket.club_early_ids.days), (self.gold, 3)
        )
        self.assertTrue(ticket.club_is_restricted)

    def _many_tickets(self, count):
        tickets = self.env["event.event.ticket"]
        moscow = self.env["club.chapter"].search([], limit=1) or self.env[
            "club.chapter"
        ].create({"name": "City"})
        interest = self.env["club.interest"].search([], limit=1)
        for _number in range(count):
            ticket = self._make_event().event_ticket_ids
            ticket.write(
                {
                    "club_who": "members",
                    "club_limit": 2,
                    "club_grade_ids": [Command.set(self.gold.ids)],
                    "club_chapter_ids": [Command.set(moscow.ids)],
                    "club_interest_ids": [Command.set(interest.ids)],
                    "start_sale_datetime": fields.Datetime.now() + timedelta(hours=1),
                    "club_early_ids": [
                        Command.create({"grade_id": self.gold.id, "days": 3})
                    ],
                }
            )
            tickets |= ticket
        self.vera.club_chapter_id = moscow
        self.vera.club_interest_ids = interest
        return tickets

    def _queries(self, ask):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        ask()
        return self.env.cr.sql_log_count - before

    def test_access_in_a_constant_number_of_queries(self):
        self._make_member(self.vera)
        few, many = self._many_tickets(3), self._many_tickets(30)
        self._queries(lambda: few._club_access(self.vera))  # warm
        one = self._queries(lambda: few._club_access(self.vera))
        ten = self._queries(lambda: many._club_access(self.vera))
        self.assertTrue(all(a.allowed for a in many._club_access(self.vera).values()))
        self.assertEqual(one, ten)

    def test_check_of_many_registrations_in_a_constant_number_of_queries(self):
        self.ticket.write({"club_who": "members", "club_limit": 1})
        self.event.seats_limited = False
        people = self.env["res.partner"].create(
            [{"name": f"Member {number}"} for number in range(33)]
        )
        for person in people:
            self._make_member(person)
        few = self._register_all(people[:3])
        many = self._register_all(people[3:])
        self._queries(few._check_club_access)
        one = self._queries(few._check_club_access)
        self.assertEqual(one, self._queries(many._check_club_access))

    def _register_all(self, people):
        return self.env["event.registration"].create(
            [
                {
                    "event_id": self.event.id,
                    "event_ticket_id": self.ticket.id,
                    "partner_id": person.id,
                }
                for person in people
            ]
        )
