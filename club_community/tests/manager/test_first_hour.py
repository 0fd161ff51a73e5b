import doctest
from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...tools import first_hour as tool
from ..journey.common import JourneyCommon

MONDAY = date(2040, 1, 2)


class FirstHourCommon(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search(
            [("id", "!=", cls.env.user.partner_id.id)]
        ).filtered(lambda p: not p.user_ids).active = False
        cls.personal_manager.company_ids += cls.company
        cls.club_manager.write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.second_manager = new_test_user(
            cls.env,
            "club_pm2",
            "club_community.group_club_user",
            company_id=cls.company.id,
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Seminar", "type": "service", "list_price": 100, "taxes_id": False}
        )

    @classmethod
    def _hour(cls, **vals):
        return (
            cls.env["club.first.hour"]
            .with_user(cls.club_manager)
            .create(
                {
                    "date_from": MONDAY,
                    "date_to": MONDAY + timedelta(days=13),
                    "company_id": cls.company.id,
                    **vals,
                }
            )
        )

    @classmethod
    def _invoiced(cls, person, days_ago, amount=100, kind="out_invoice"):
        day = fields.Date.subtract(cls.today, days=days_ago)
        move = cls.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": person.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "price_unit": amount,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _ordered(cls, person, amount=100):
        order = cls.env["sale.order"].create(
            {
                "partner_id": person.id,
                "order_line": [
                    Command.create({"product_id": cls.product.id, "price_unit": amount})
                ],
            }
        )
        order.action_confirm()
        return order

    def _ready(self, people, managers=None, per_day=10, **vals):
        """A first hour whose plan is shown, of all groups."""
        hour = self._hour(**vals)
        hour.action_read()
        hour.group_ids.is_chosen = True
        hour.manager_ids = [
            Command.create({"user_id": user.id, "per_day": per_day})
            for user in managers or self.personal_manager
        ]
        hour.action_managers()
        hour.action_preview()
        return hour

    def _group_of(self, hour, person):
        row = hour.person_ids.filtered(lambda r: r.partner_id == person)
        return row.group_id.code

    def _activities(self, hour):
        return (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search([("club_reason", "=", f"first hour {hour.id}")])
        )


@tagged("post_install", "-at_install")
class TestFirstHour(FirstHourCommon):
    """S4.16: from last year's base to a dated plan of calls."""

    def test_doctests(self):
        result = doctest.testmod(tool)
        self.assertGreater(result.attempted, 10)
        self.assertFalse(result.failed)

    # --- The base -------------------------------------------------------------------

    def test_how_much_how_often_how_long_ago(self):
        vera, ivan, olga, boris = self._people(4)
        self._invoiced(vera, 10, 300)
        self._invoiced(vera, 40, 200)
        self._invoiced(vera, 5, 50, kind="out_refund")
        self._invoiced(vera, 2000, 999)  # before that time
        order = self._ordered(ivan, 70)
        invoiced = self._ordered(ivan, 30)
        self._invoice(invoiced)  # counts once
        self._invoiced(olga, 1500, 10)
        hour = self._hour()
        hour.action_read()
        rows = {row.partner_id: row for row in hour.person_ids}
        figures = {
            person: (rows[person].amount, rows[person].orders, rows[person].last_on)
            for person in (vera, ivan, olga, boris)
        }
        ago = lambda days: fields.Date.subtract(self.today, days=days)  # noqa: E731
        self.assertEqual(figures[vera], (450, 2, ago(10)))
        self.assertEqual(figures[ivan], (100, 2, order.date_order.date()))
        self.assertEqual(figures[olga], (0, 0, ago(1500)))
        self.assertEqual(figures[boris], (0, 0, False))
        self.assertEqual(self._group_of(hour, olga), "earlier")
        self.assertEqual(self._group_of(hour, boris), "never")
        self.assertEqual(sum(hour.group_ids.mapped("count")), hour.person_count)
        self.assertFalse(
            rows.keys()
            & self.env["res.users"]
            .search([])
            .filtered(lambda u: not u.share)
            .partner_id
        )

    def test_bought_and_not_talked_to(self):
        forgotten, talked, long_ago = self._people(3)
        for person in (forgotten, talked):
            self._invoiced(person, 100)
        self._invoiced(long_ago, 500)
        talked._club_touched(fields.Datetime.now() - timedelta(days=3), "call")
        long_ago._club_touched(fields.Datetime.now() - timedelta(days=600), "call")
        hour = self._hour()
        hour.action_read()
        self.assertEqual(self._group_of(hour, forgotten), "forgotten")
        self.assertNotEqual(self._group_of(hour, talked), "forgotten")
        self.assertNotEqual(self._group_of(hour, long_ago), "forgotten")
        group = hour.group_ids.filtered(lambda g: g.code == "forgotten")
        self.assertTrue(group.is_chosen)
        self.assertEqual((group.count, group.never_talked_count), (1, 1))

    def test_fifths(self):
        people = self._people(10)
        for number, person in enumerate(people):
            person._club_touched(fields.Datetime.now(), "call")
            for _time in range(1 + number // 2):
                self._invoiced(person, 400 - 30 * number, 10 + number)
        hour = self._hour()
        hour.action_read()
        rows = hour.person_ids.filtered(lambda r: r.partner_id in people)
        rows = rows.sorted(lambda r: r.partner_id.id)
        self.assertEqual(rows.mapped("recency"), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
        self.assertEqual(rows[-1].group_id.code, "best")
        self.assertEqual(rows[-1].frequency, 5)
        # equal ones stand together
        self.assertEqual(rows[0].frequency, rows[1].frequency)

    def test_companies_and_addresses(self):
        (vera,) = self._people(1)
        address = self.env["res.partner"].create(
            {"name": "Bills", "parent_id": vera.id, "type": "invoice"}
        )
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self._invoiced(address, 10)
        self._invoiced(firm, 10)
        hour = self._hour()
        hour.action_read()
        people = hour.person_ids.partner_id
        self.assertFalse((address | firm) & people)
        row = hour.person_ids.filtered(lambda r: r.partner_id == vera)
        self.assertEqual(row.amount, 100)
        self.assertEqual(hour.company_purchases, 1)

    def test_read_again_keeps_the_ticks(self):
        self._people(3)
        hour = self._hour()
        hour.action_read()
        never = hour.group_ids.filtered(lambda g: g.code == "never")
        self.assertFalse(never.is_chosen)
        never.is_chosen = True
        hour.action_back()
        self._people(2)
        hour.action_read()
        self.assertEqual(hour.group_ids.mapped("is_chosen"), [True])
        self.assertEqual(hour.group_ids.count, 5)

    # --- The plan -------------------------------------------------------------------

    def test_spread_over_managers_and_days(self):
        people = self._people(25)
        people[:5].club_manager_id = self.second_manager
        managers = self.personal_manager | self.second_manager
        hour = self._ready(
            people, managers, per_day=3, date_to=MONDAY + timedelta(days=4)
        )
        self.assertEqual((hour.chosen_count, hour.planned_count), (25, 25))
        self.assertFalse(hour.advice)
        rows = hour.person_ids
        own = rows.filtered(lambda r: r.partner_id in people[:5])
        self.assertEqual(own.user_id, self.second_manager)
        for (user, day), of_day in rows.grouped(lambda r: (r.user_id, r.date)).items():
            self.assertLessEqual(len(of_day), 3, (user, day))
            self.assertLess(day.weekday(), 5)
        counts = hour.manager_ids.mapped("planned_count")
        self.assertEqual(sorted(counts), [12, 13])
        self.assertIn("<table", hour.plan_table)
        # the same again, and less
        hour.action_back()
        hour.manager_ids[0].unlink()
        hour.action_preview()
        self.assertEqual((hour.planned_count, hour.left_count), (15, 10))
        self.assertIn("10 of 25", hour.advice)
        self.assertEqual(
            len(hour.person_ids.filtered(lambda r: r.state == "planned")), 15
        )

    def test_days_that_are_busy_already(self):
        people = self._people(4)
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": person.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                    "club_reason": "other",
                    "user_id": self.personal_manager.id,
                    "date_deadline": MONDAY,
                }
                for person in people[:2]
            ]
        )
        hour = self._ready(people, per_day=3)
        days = sorted(hour.person_ids.mapped("date"))
        self.assertEqual([day.day for day in days], [2, 3, 3, 3])

    def test_who_is_not_helped_is_left(self):
        people = self._people(4)
        people[:2].club_manager_id = self.second_manager
        hour = self._ready(people, others_help=False)
        self.assertEqual((hour.planned_count, hour.left_count), (2, 2))

    def test_steps_want_what_they_need(self):
        hour = self._hour()
        with self.assertRaisesRegex(UserError, "Look at the plan"):
            hour.action_run()
        self._people(1)
        hour.action_read()
        hour.group_ids.is_chosen = False
        with self.assertRaisesRegex(UserError, "Tick the groups"):
            hour.action_managers()
        hour.group_ids.is_chosen = True
        hour.action_managers()
        self.assertEqual(hour.manager_ids.user_id, self.club_manager)
        saturday = MONDAY + timedelta(days=5)
        hour.write({"date_from": saturday, "date_to": saturday})
        with self.assertRaisesRegex(UserError, "no working day"):
            hour.action_preview()
        hour.manager_ids.unlink()
        with self.assertRaisesRegex(UserError, "Choose who"):
            hour.action_preview()
        with self.assertRaisesRegex(ValidationError, "a year at most"):
            hour.date_to = MONDAY + timedelta(days=400)

    def test_nobody_types_the_state(self):
        hour = self._hour()
        with self.assertRaises(AccessError):
            hour.state = "running"
        with self.assertRaises(AccessError):
            self._hour(state="running")

    # --- Doing it -------------------------------------------------------------------

    def test_activities_once(self):
        people = self._people(7)
        self._invoiced(people[0], 20, 500)
        hour = self._ready(people, per_day=3, script="How was it?\n<b>Come</b>")
        hour.action_run()
        self._nightly("ir_cron_club_first_hour")
        self.assertEqual(hour.state, "done")
        made = self._activities(hour)
        self.assertEqual(
            made.mapped("res_id"), sorted(people.ids, key=made.mapped("res_id").index)
        )
        self.assertEqual(len(made), 7)
        self.assertEqual(made.user_id, self.personal_manager)
        first = made.filtered(lambda a: a.res_id == people[0].id)
        self.assertEqual(first.date_deadline, MONDAY)
        self.assertIn("500", first.note)
        self.assertIn("&lt;b&gt;", first.note)
        self.assertEqual((hour.made_count, hour.progress), (7, 100))
        self.assertEqual(
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search(hour.action_activities()["domain"]),
            made,
        )
        # run again: nothing; done ones are not made anew
        first.with_user(self.personal_manager).action_feedback()
        self._nightly("ir_cron_club_first_hour")
        self.assertEqual(self._activities(hour), made)
        with self.assertRaisesRegex(UserError, "carried out already"):
            hour.date_to = MONDAY
        with self.assertRaisesRegex(UserError, "carried out already"):
            hour.manager_ids.per_day = 100
        with self.assertRaisesRegex(UserError, "carried out already"):
            hour.group_ids.is_chosen = False
        with self.assertRaisesRegex(UserError, "Look at the plan"):
            hour.action_run()

    def test_killed_between_two_batches(self):
        """What a batch has made is noted in its own transaction."""
        hour = self._ready(self._people(9), per_day=9)
        hour.action_run()
        people = self.env["club.first.hour.person"].sudo()
        ids = hour.person_ids.ids
        people._make(ids[:4])  # and here it was killed
        self.assertEqual((hour.state, hour.made_count), ("running", 4))
        made = self._activities(hour)
        made[0].with_user(self.personal_manager).action_feedback()
        self._nightly("ir_cron_club_first_hour")
        self.assertEqual(hour.state, "done")
        people._make(ids)  # a worker who was late
        self.assertEqual(len(self._activities(hour)), 9)
        self.assertEqual(len(set(self._activities(hour).mapped("res_id"))), 9)

    def test_a_manager_who_has_left(self):
        people = self._people(2)
        hour = self._ready(people)
        hour.action_run()
        self.personal_manager.active = False
        self._nightly("ir_cron_club_first_hour")
        self.assertEqual(hour.state, "done")
        made = self._activities(hour)
        self.assertEqual(len(made), 2)
        self.assertTrue(made.user_id.active)

    # --- Size -----------------------------------------------------------------------

    def _cost(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow(self):
        costs = []
        for count in (5, 5, 80):  # the first one warms up
            self._people(count)
            hour = self._hour(date_to=MONDAY + timedelta(days=60))
            reading = self._cost(hour.action_read)
            hour.group_ids.is_chosen = True
            hour.action_managers()
            planning = self._cost(hour.action_preview)
            showing = self._cost(lambda hour=hour: (hour.plan_table, hour.left_count))
            ids = hour.person_ids.filtered("date").ids
            self.assertGreaterEqual(len(ids), count)
            making = self._cost(
                lambda ids=ids: self.env["club.first.hour.person"].sudo()._make(ids)
            )
            costs.append((reading, planning, showing, making))
        self.assertEqual(*costs[1:])


@tagged("post_install", "-at_install")
class TestFirstHourImport(FirstHourCommon):
    def test_a_thousand_from_a_file(self):
        """Done when (4): stock's import of 1,000 people, then the first hour."""
        lines = ["name,email,phone"] + [
            f"Client {n},client{n}@example.com,+7 900 {n:07}" for n in range(1000)
        ]
        options = {
            "has_headers": True,
            "quoting": '"',
            "separator": ",",
            "encoding": "utf-8",
            "float_decimal_separator": ".",
            "float_thousand_separator": ",",
        }
        load = self.env["base_import.import"].create(
            {
                "res_model": "res.partner",
                "file": "\n".join(lines).encode(),
                "file_name": "clients.csv",
                "file_type": "text/csv",
            }
        )
        result = load.execute_import(
            ["name", "email", "phone"], ["name", "email", "phone"], options
        )
        self.assertEqual(len(result["ids"]), 1000, result["messages"])
        people = self.env["res.partner"].browse(result["ids"])
        for person in people[:3]:
            self._ordered(person)
        managers = self.personal_manager | self.second_manager
        hour = self._ready(
            people, managers, per_day=30, date_to=MONDAY + timedelta(days=18)
        )
        groups = {group.code: group.count for group in hour.group_ids}
        self.assertEqual(groups["never"], 997)
        self.assertEqual(groups["forgotten"], 3)
        self.assertEqual((hour.chosen_count, hour.planned_count), (1000, 900))
        self.assertIn("100 of 1000", hour.advice)
        # who bought comes first
        buyers = hour.person_ids.filtered(lambda r: r.partner_id in people[:3])
        self.assertEqual(set(buyers.mapped("date")), {MONDAY})
        hour.action_run()
        for _run in range(10):  # each has its time, and goes on where the last was
            if hour.state == "running":
                self._nightly("ir_cron_club_first_hour")
        self.assertEqual(hour.state, "done")
        made = self._activities(hour)
        self.assertEqual(len(made), 900)
        per_day = made.grouped(lambda a: (a.user_id, a.date_deadline))
        self.assertEqual({len(of_day) for of_day in per_day.values()}, {30})
