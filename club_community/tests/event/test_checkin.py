import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import EventCommon

NOW = fields.Datetime.now
HOUR = timedelta(hours=1)


class DoorCommon(EventCommon):
    """An event that goes on now, its desk, and one who may more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = new_test_user(
            cls.env, "door_desk", "event.group_event_registration_desk"
        )
        cls.chief = new_test_user(cls.env, "door_chief", "event.group_event_user")
        cls.event.write(
            {
                "seats_limited": False,
                "date_begin": NOW() - HOUR,
                "date_end": NOW() + 3 * HOUR,
            }
        )
        cls.registration = cls._register(cls.vera)

    def _scan(self, what, event=None, user=None, **context):
        """What the desk says to a code, or to the code of a ticket."""
        barcode = what if isinstance(what, str) else what.barcode
        event = self.event if event is None else event
        self.env.flush_all()
        Registration = self.env["event.registration"].with_user(user or self.desk)
        return Registration.with_context(**context).register_attendee(barcode, event.id)

    def _situation(self, *args, **kwargs):
        return self._scan(*args, **kwargs)["club"]["situation"]

    def _says(self, answer):
        return "\n".join(answer["club"]["lines"])


@tagged("post_install", "-at_install")
class TestCheckin(DoorCommon):
    # --- Each situation -----------------------------------------------------------

    def test_welcome_then_already_in_and_where(self):
        answer = self._scan(self.registration, club_gate="North")
        self.assertEqual(answer["status"], "confirmed_registration")
        self.assertEqual(answer["club"]["title"], "Welcome")
        self.assertEqual(answer["club"]["tone"], "success")
        self.assertEqual(self.registration.state, "done")
        row = self.registration.club_checkin_ids
        self.assertEqual((row.gate, row.user_id), ("North", self.desk))
        again = self._scan(self.registration, user=self.chief, club_gate="South")
        self.assertEqual(again["status"], "already_registered")
        self.assertEqual(again["club"]["situation"], "already")
        self.assertIn("Gate: North", self._says(again))
        self.assertIn(self.desk.name, self._says(again))
        self.assertEqual(self.registration.club_checkin_ids, row)

    def test_cancelled_and_archived(self):
        self.registration.action_cancel()
        answer = self._scan(self.registration)
        self.assertEqual(answer["status"], "canceled_registration")
        self.assertEqual(answer["club"]["situation"], "cancelled")
        self.assertFalse(answer["club"]["may_let_in"])
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.registration.with_user(self.chief).action_club_let_in()
        self.registration.write({"state": "open", "active": False})
        self.assertEqual(self._situation(self.registration), "cancelled")
        self.assertFalse(self.registration.club_checkin_ids)

    def test_old_code_of_a_ticket_that_was_given_away(self):
        old = self.registration.barcode
        self.registration.write(
            {"barcode": "new-code", "club_attendee_id": self.ivan.id, "name": "Ivan"}
        )
        answer = self._scan(old)
        self.assertEqual(answer["club"]["situation"], "replaced")
        self.assertIn("given to somebody else", self._says(answer))
        self.assertIn("Ivan", self._says(answer))
        self.assertEqual((answer["name"], self.registration.state), ("Vera", "open"))
        self.assertEqual(self._situation("new-code"), "welcome")
        self.assertEqual(self._situation(old), "replaced")

    def test_old_code_of_a_lost_ticket(self):
        old = self.registration.barcode
        self.registration.barcode = "another"
        answer = self._scan(old)
        self.assertIn("got a new code", self._says(answer))
        self.registration.barcode = "another"
        self.assertEqual(
            self.env["club.event.old.barcode"].search_count(
                [("registration_id", "=", self.registration.id)]
            ),
            1,
        )

    def test_unpaid_and_held(self):
        draft = self._register(self.ivan, state="draft")
        draft._club_hold()
        answer = self._scan(draft)
        self.assertEqual(answer["status"], "unconfirmed_registration")
        self.assertEqual(answer["club"]["situation"], "unpaid")
        self.assertIn("held until", self._says(answer))
        self.assertFalse(answer["club"]["may_let_in"])
        self.assertEqual(draft.state, "draft")
        with self.assertRaisesRegex(UserError, "not paid"):
            draft.with_user(self.desk).action_club_let_in()
        self.assertTrue(self._scan(draft, user=self.chief)["club"]["may_let_in"])
        answer = draft.with_user(self.chief).action_club_let_in()
        self.assertEqual(answer["club"]["situation"], "welcome")
        self.assertEqual(draft.state, "done")

    def test_unpaid_is_not_let_into_a_full_house(self):
        event = self._make_event(1, date_begin=NOW() - HOUR, date_end=NOW() + HOUR)
        self._register(self.vera, event)
        draft = self._register(self.ivan, event, state="draft")
        with self.assertRaisesRegex(UserError, "not enough places"):
            draft.with_user(self.chief).action_club_let_in()

    def test_wrong_event_says_which(self):
        other = self._make_event(name="Concert")
        ticket = self._register(self.ivan, other)
        answer = self._scan(ticket)
        self.assertEqual(answer["status"], "need_manual_confirmation")
        self.assertEqual(answer["club"]["situation"], "wrong_event")
        self.assertIn("Concert", self._says(answer))
        self.assertFalse(ticket.club_checkin_ids)
        answer = ticket.with_user(self.desk).action_club_let_in()
        self.assertEqual(answer["status"], "confirmed_registration")

    def test_wrong_event_that_is_over_or_unpaid_asks_nobody(self):
        past = self._make_event(date_begin=NOW() - 9 * HOUR, date_end=NOW() - HOUR)
        ticket = self._register(self.ivan, past)
        answer = self._scan(ticket)
        self.assertEqual(answer["status"], "not_ongoing_event")
        self.assertFalse(answer["club"]["may_let_in"])
        draft = self._register(self.ivan, self._make_event(), state="draft")
        self.assertFalse(self._scan(draft)["club"]["may_let_in"])

    def test_too_early_and_too_late(self):
        event = self._make_event()  # tomorrow
        ticket = self._register(self.ivan, event)
        answer = self._scan(ticket, event)
        self.assertEqual(answer["club"]["situation"], "early")
        self.assertTrue(answer["club"]["may_let_in"])
        event.club_doors_hours = 0
        self.assertEqual(self._situation(ticket, event), "welcome")
        other = self._register(self.vera, event)
        event.write({"date_begin": NOW() - 5 * HOUR, "date_end": NOW() - HOUR})
        answer = self._scan(other, event)
        self.assertEqual(answer["status"], "not_ongoing_event")
        self.assertEqual(answer["club"]["situation"], "late")
        self.assertEqual(other.state, "open")

    def test_not_found(self):
        for nonsense in ("123", "", " ", False, "' OR 1=1 --", "я" * 300):
            answer = self._scan(nonsense) if nonsense else self._scan_raw(nonsense)
            self.assertEqual(answer["error"], "invalid_ticket")
            self.assertEqual(answer["club"]["situation"], "unknown")

    def _scan_raw(self, barcode):
        Registration = self.env["event.registration"].with_user(self.desk)
        return Registration.register_attendee(barcode, self.event.id)

    def test_guest_of(self):
        guest = self._register(self.vera, name="Petr")
        badges = [b["text"] for b in self._scan(guest)["club"]["badges"]]
        self.assertEqual(badges, ["Guest of Vera"])
        mine = self._scan(self.registration)["club"]["badges"]
        self.assertEqual(mine, [])

    def test_level_on_the_screen(self):
        self.vera.grade_id = self.env["res.partner.grade"].create({"name": "Gold"})
        badges = self._scan(self.registration)["club"]["badges"]
        self.assertEqual([b["text"] for b in badges], ["Gold"])

    def test_desk_of_all_events(self):
        answer = self._scan(self.registration, self.env["event.event"])
        self.assertEqual(answer["club"]["situation"], "welcome")

    # --- Card ---------------------------------------------------------------------

    def _card(self, partner, token="card-of-a-member"):
        self.env.cr.execute(
            "UPDATE res_partner SET club_card_token = %s WHERE id = %s",
            [token, partner.id],
        )
        partner.invalidate_recordset(["club_card_token"])
        return f"https://club.example.com/club/check/{token}"

    def test_card_instead_of_the_ticket(self):
        card = self._card(self.vera)
        guest = self._register(self.vera, name="Petr")
        given = self._register(self.vera, club_attendee_id=self.olga.id, name="Olga")
        answer = self._scan(card)
        self.assertEqual(answer["club"]["situation"], "welcome")
        self.assertEqual(answer["id"], self.registration.id)
        self.assertEqual(self._situation(card), "already")
        self.assertEqual(guest.state + given.state, "openopen")

    def test_card_of_one_who_was_brought(self):
        ticket = self._register(self.vera, club_attendee_id=self.olga.id, name="Olga")
        answer = self._scan(self._card(self.olga))
        self.assertEqual((answer["id"], ticket.state), (ticket.id, "done"))

    def test_card_without_a_ticket(self):
        answer = self._scan(self._card(self.ivan))
        self.assertEqual(answer["error"], "invalid_ticket")
        self.assertEqual(answer["club"]["situation"], "no_ticket")
        self.assertIn("Ivan", self._says(answer))
        unknown = "https://club.example.com/club/check/nobodys-card-at-all"
        self.assertEqual(self._situation(unknown), "unknown")

    def test_card_at_the_desk_of_all_events(self):
        answer = self._scan(self._card(self.vera), self.env["event.event"])
        self.assertEqual(answer["club"]["situation"], "welcome")

    # --- Kinds of check -----------------------------------------------------------

    def test_daily(self):
        self.event.club_checkin_kind = "daily"
        self.assertEqual(self._situation(self.registration), "welcome")
        self.assertEqual(self._situation(self.registration), "already")
        row = self.registration.club_checkin_ids
        day = row.day - timedelta(days=1)
        row.write({"day": day, "occasion": day.isoformat()})
        self.assertEqual(self._situation(self.registration), "welcome")
        self.assertEqual(len(self.registration.club_checkin_ids), 2)
        self.assertEqual(self.registration.state, "done")

    def test_day_is_the_day_at_the_event(self):
        self.event.date_tz = "Pacific/Kiritimati"
        moment = fields.Datetime.to_datetime("2030-05-01 12:00:00")
        self.assertEqual(str(self.event._club_today(moment)), "2030-05-02")

    def test_a_ticket_may_be_of_another_kind(self):
        self.event.club_checkin_kind = "daily"
        self.ticket.club_checkin_kind = "once"
        self._scan(self.registration)
        self.assertEqual(self.registration.club_checkin_ids.occasion, "once")

    def test_once_stays_once_where_the_kind_is_changed(self):
        self._scan(self.registration)
        self.event.club_checkin_kind = "daily"
        self.assertEqual(self._situation(self.registration), "already")

    def _checks(self):
        self.event.club_checkin_kind = "check"
        return self.env["club.event.check"].create(
            [
                {
                    "name": name,
                    "event_id": self.event.id,
                    "date_begin": NOW() + begin * HOUR,
                    "date_end": NOW() + end * HOUR,
                }
                for name, begin, end in (("Talk", -1, 1), ("Dinner", 2, 3))
            ]
        )

    def test_each_check_by_the_clock_and_by_choice(self):
        talk, dinner = self._checks()
        answer = self._scan(self.registration)
        self.assertEqual(self._says(answer), "Talk")
        self.assertEqual(self._situation(self.registration), "already")
        answer = self._scan(self.registration, club_check_id=dinner.id)
        self.assertEqual(answer["club"]["situation"], "welcome")
        self.assertEqual(self.registration.club_checkin_ids.check_id, talk + dinner)
        again = self._situation(self.registration, club_check_id=dinner.id)
        self.assertEqual(again, "already")

    def test_check_that_the_ticket_is_not_good_for(self):
        talk, dinner = self._checks()
        gala = self.ticket.copy({"name": "Gala"})
        dinner.ticket_ids = gala
        answer = self._scan(self.registration, club_check_id=dinner.id)
        self.assertEqual(answer["club"]["situation"], "wrong_check")
        self.assertIn("Dinner", self._says(answer))
        talk.unlink()
        self.assertEqual(self._situation(self.registration), "late")
        dinner.ticket_ids = False
        answer = self._scan(self.registration)
        self.assertEqual(answer["club"]["situation"], "early")
        self.assertIn("Dinner", self._says(answer))

    def test_check_of_another_events_ticket(self):
        _talk, dinner = self._checks()
        with self.assertRaisesRegex(UserError, "choose its tickets"):
            dinner.ticket_ids = self._make_event().event_ticket_ids

    def test_check_forged_by_the_client(self):
        self._checks()
        for forged in (-1, 10**9, "x", [1], None):
            answer = self._scan(self.registration, club_check_id=forged, club_gate=[1])
            self.assertIn(answer["club"]["situation"], ("welcome", "already"))

    def test_slots(self):
        start = (NOW() - timedelta(days=1)).replace(hour=0, minute=0, second=0)
        event = self._make_event(
            0,
            is_multi_slots=True,
            date_begin=start,
            date_end=start + timedelta(days=4),
            club_checkin_kind="check",
        )
        yesterday, tomorrow = self.env["event.slot"].create(
            [
                {
                    "event_id": event.id,
                    "date": (start + timedelta(days=days)).date(),
                    "start_hour": 18,
                    "end_hour": 20,
                }
                for days in (0, 3)
            ]
        )
        late = self._register(self.vera, event, event_slot_id=yesterday.id)
        early = self._register(self.vera, event, event_slot_id=tomorrow.id)
        self.assertEqual(self._situation(late, event), "late")
        self.assertEqual(self._situation(early, event), "early")
        early.with_user(self.desk).action_club_let_in()
        self.assertEqual(early.club_checkin_ids.occasion, f"slot-{tomorrow.id}")

    # --- Stock's own buttons ------------------------------------------------------

    def test_stock_button_checks_in_and_undoes(self):
        others = self._register(self.ivan) + self._register(self.olga)
        both = self.registration + others
        both.with_user(self.desk).action_set_done()
        self.assertEqual(len(both.club_checkin_ids), 3)
        self.assertEqual(self._situation(self.registration), "already")
        both.with_user(self.desk).action_confirm()
        self.assertEqual(set(both.club_checkin_ids.mapped("undone_by_id")), {self.desk})
        self.assertEqual(self._situation(self.registration), "welcome")

    def test_marking_many_asks_no_more_than_marking_one(self):
        def queries(count):
            many = self.env["event.registration"].union(
                *(self._register(self.vera) for _one in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            many.event_id.club_checkin_kind, many.mapped("name")
            before = self.env.cr.sql_log_count
            many.with_user(self.desk).action_set_done()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        one, ten = queries(2), queries(20)
        self.assertLessEqual(ten, one + 2)

    def test_attended_before_there_were_check_ins(self):
        self.env.cr.execute(
            "UPDATE event_registration SET state = 'done' WHERE id = %s",
            self.registration.ids,
        )
        self.registration.invalidate_recordset()
        self.assertEqual(self._situation(self.registration), "already")
        self.assertFalse(self.registration.club_checkin_ids)

    # --- Undo ---------------------------------------------------------------------

    def test_undo_is_tracked_and_the_ticket_good_again(self):
        self._scan(self.registration)
        row = self.registration.club_checkin_ids
        row.with_user(self.chief).action_undo()
        self.assertEqual(row.undone_by_id, self.chief)
        self.assertTrue(row.undone_at)
        self.assertEqual(self.registration.state, "open")
        notes = " ".join(self.registration.message_ids.mapped("body"))
        self.assertIn("Check-in undone", notes)
        self.assertEqual(self._situation(self.registration), "welcome")
        self.assertEqual(len(self.registration.club_checkin_ids), 2)

    def test_desk_undoes_its_own_of_this_moment_only(self):
        other = new_test_user(
            self.env, "door_other", "event.group_event_registration_desk"
        )
        self._scan(self.registration)
        mine = self.registration.with_user(self.desk)
        with self.assertRaisesRegex(UserError, "event manager"):
            self.registration.with_user(other).action_club_undo_checkin()
        with self.assertRaisesRegex(UserError, "event manager"):
            self.registration.with_user(other).action_confirm()
        mine.action_club_undo_checkin()
        self.assertEqual(self.registration.state, "open")
        self._scan(self.registration)
        self.registration.club_checkin_ids.write({"checked_at": NOW() - HOUR})
        with self.assertRaisesRegex(UserError, "event manager"):
            mine.action_club_undo_checkin()

    def test_undo_of_one_day_leaves_the_other(self):
        self.test_daily()
        self.registration.with_user(self.desk).action_club_undo_checkin()
        self.assertEqual(self.registration.state, "done")
        alive = self.registration.club_checkin_ids.filtered(lambda r: not r.undone_at)
        self.assertEqual(len(alive), 1)

    # --- Rights -------------------------------------------------------------------

    def test_nobody_writes_check_ins_by_hand(self):
        self._scan(self.registration)
        row = self.registration.club_checkin_ids
        for user in (self.desk, self.chief):
            mine = row.with_user(user)
            with self.assertRaises(AccessError):
                mine.write({"gate": "Other"})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"registration_id": self.registration.id})

    def test_employee_does_nothing_at_the_door(self):
        employee = new_test_user(self.env, "door_employee", "base.group_user")
        with self.assertRaises(AccessError):
            self._scan(self.registration, user=employee)
        with self.assertRaises(AccessError):
            self.registration.with_user(employee).action_club_let_in()

    # --- Screens ------------------------------------------------------------------

    def test_in_the_house(self):
        self._register(self.ivan)
        self._scan(self.registration)
        event = self.event.with_user(self.desk)
        self.assertEqual(event.club_house, "1 of 2")
        self.event.club_checkin_kind = "daily"
        self.env.invalidate_all()
        self.assertEqual(event.club_house, "1 of 2")
        self.registration.club_checkin_ids.day -= timedelta(days=1)
        self.env.invalidate_all()
        self.assertEqual(event.club_house, "0 of 2")
        action = event.action_club_checkins()
        rows = self.env[action["res_model"]].with_user(self.desk)
        self.assertEqual(rows.search(action["domain"]).event_id, self.event)

    def test_form_of_an_event(self):
        with Form(self.event.with_user(self.chief)) as form:
            form.club_checkin_kind = "check"
            with form.club_check_ids.new() as check:
                check.name = "Boat"
                check.date_begin = NOW()
                check.date_end = NOW() + HOUR
        setup = self.env["event.event"].with_user(self.desk)
        self.assertEqual(
            [c["name"] for c in setup.club_desk_setup(self.event.id)["checks"]],
            ["Boat"],
        )
        self.assertEqual(setup.club_desk_setup(False)["checks"], [])

    def test_door_list_by_name_without_cancelled(self):
        self._register(self.olga).action_cancel()
        self._register(self.ivan, name="anton")
        self._register(self.vera, name="Petr")
        self._scan(self.registration)
        rows = self.event.with_user(self.desk)._club_door_list()
        self.assertEqual([r["name"] for r in rows], ["anton", "Petr", "Vera"])
        self.assertEqual([r["is_in"] for r in rows], [False, False, True])
        self.assertEqual(rows[1]["host"], "Vera")
        for report in (
            "club_community.report_event_door_list",
            "event.event_event_attendee_list",
        ):
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                report, self.event.ids
            )
            self.assertIn(b"Petr", html)
            self.assertNotIn(b"Olga", html)

    def test_qr_of_a_ticket_is_small(self):
        """Indico #6101: 29 rows, not the 41 of an address."""
        svg = self.registration._club_ticket_qr()
        size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
        self.assertLessEqual(size, 25 + 4)

    # --- How much it costs --------------------------------------------------------

    def test_scan_costs_the_same_in_a_full_house(self):
        def queries():
            ticket = self._register(self.ivan)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._scan(ticket, club_gate="North")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for _one in range(30):
            self._scan(self._register(self.vera))
        self.assertLessEqual(queries(), few)


@tagged("post_install", "-at_install")
class TestArrival(DoorCommon):
    """The manager knows that his member has come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "door_manager",
            "club_community.group_club_user",
            notification_type="inbox",
        )
        cls.vera.club_manager_id = cls.manager

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("club_community.ir_cron_club_arrival").method_direct_trigger()
        self.env.invalidate_all()

    def _notes(self):
        return self.env["mail.message"].search(
            [("partner_ids", "in", self.manager.partner_id.ids)]
        )

    def test_told_once_a_day(self):
        before = self.env["bus.bus"].search_count([])
        badges = self._scan(self.registration)["club"]["badges"]
        self.assertEqual(badges[0]["text"], f"VIP, manager: {self.manager.name}")
        self.assertFalse(self._notes())
        self._run()
        self.assertIn("Vera is here", self._notes().subject)
        self.assertGreater(self.env["bus.bus"].search_count([]), before)
        self.registration.club_checkin_ids.with_user(self.chief).action_undo()
        self._scan(self.registration)
        self._run()
        self._run()
        self.assertEqual(len(self._notes()), 2)
        second = self._register(self.vera)
        self._scan(second)
        self._run()
        self.assertEqual(len(self._notes()), 2)
        self.assertEqual(second.club_checkin_ids.alert, "repeated")

    def test_only_these_levels_or_nobody(self):
        gold = self.env["res.partner.grade"].create({"name": "Gold"})
        self.event.write(
            {
                "club_arrival_alert": "level",
                "club_alert_grade_ids": [Command.set(gold.ids)],
            }
        )
        self._scan(self.registration)
        self._run()
        self.assertFalse(self._notes())
        self.vera.grade_id = gold
        self._scan(self._register(self.vera))
        self._run()
        self.assertEqual(len(self._notes()), 1)
        self.event.club_arrival_alert = "none"
        olga = self._register(self.olga)
        self.olga.club_manager_id = self.manager
        self._scan(olga)
        self.assertFalse(olga.club_checkin_ids.alert)

    def test_not_of_guests(self):
        self._scan(self._register(self.vera, name="Petr"))
        self._run()
        self.assertFalse(self._notes())

    def test_the_job_is_called(self):
        job = self.env.ref("club_community.ir_cron_club_arrival")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])
        self._scan(self.registration)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)]),
            triggers + 1,
        )

    def test_his_deputy_while_he_is_away(self):
        deputy = new_test_user(
            self.env,
            "door_deputy",
            "club_community.group_club_user",
            name="Dina",
            notification_type="inbox",
        )
        self.env["club.absence"].create(
            {
                "user_id": self.manager.id,
                "deputy_id": deputy.id,
                "date_until": fields.Date.add(fields.Date.today(), days=3),
            }
        )
        badges = self._scan(self.registration)["club"]["badges"]
        self.assertEqual(badges[0]["text"], "VIP, manager: Dina")
        self._run()
        self.assertFalse(self._notes())
        note = self.env["mail.message"].search(
            [("partner_ids", "in", deputy.partner_id.ids)]
        )
        self.assertIn("Vera is here", note.subject)
        self.assertIn(f"For {self.manager.name}, who is away until", note.body)

    def test_language_of_the_manager(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.manager.lang = "ru_RU"
        self._scan(self.registration)
        self._run()
        self.assertIn("Vera", self._notes().subject)
