import doctest
from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ...tools import dates
from .common import ProfileCommon

TODAY = date(2026, 11, 24)


@tagged("post_install", "-at_install")
class TestDateArithmetic(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(dates)
        self.assertGreater(result.attempted, 5)
        self.assertFalse(result.failed)


class DatesCommon(ProfileCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Date = cls.env["club.date"]
        cls.Reminder = cls.env["club.date.reminder"]
        cls.plan = cls.env["club.plan"].create({"name": "Gold", "price": 1000})
        cls.startClassPatcher(freeze_time(TODAY))

    @classmethod
    def _join(cls, people, start=date(2026, 6, 1)):
        """Paid periods, as an import records them."""
        return cls.env["club.membership"].create(
            [
                {"partner_id": p.id, "plan_id": cls.plan.id, "date_start": start}
                for p in people
            ]
        )

    def _dates(self, person=None):
        days = self.Date.search([("partner_id", "=", (person or self.person).id)])
        return [(d.kind_id.code, d.date, d.years, d.days_to_go) for d in days]

    def _family(self, *rows):
        self.person.club_relative_ids = [
            Command.create({"name": name, "birthday": birthday})
            for name, birthday in rows
        ]

    def _tasks(self, person=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "=", (person or self.person).id),
            ],
            order="id",
        )

    def _run(self):
        self._run_cron("ir_cron_club_dates")


@tagged("post_install", "-at_install")
class TestImportantDates(DatesCommon):
    def test_what_comes_round(self):
        self._give("dates")
        self._join(self.person, date(2024, 12, 1))
        self._join(self.person, date(2025, 12, 1))
        self.person.write(
            {
                "club_birthday": "1980-11-24",
                "club_name_day": "2000-12-13",
                "club_wedding_day": "2004-02-29",
                "club_business_day": "2010-11-23",
            }
        )
        self._family(("Petya", "2015-12-30"), ("Without a day", False))
        self.assertEqual(
            self._dates(),
            [
                ("birthday", TODAY, 46, 0),
                ("joined", date(2026, 12, 1), 2, 7),
                ("name_day", date(2026, 12, 13), 0, 19),
                ("relative", date(2026, 12, 30), 11, 36),
                ("wedding", date(2027, 2, 28), 23, 96),
                ("business", date(2027, 11, 23), 17, 364),
            ],
        )
        found = self.Date.search([("whose", "=", "Petya")])
        self.assertEqual(
            found.display_name, "Anna Petrova, Birthday in the Family, Petya"
        )
        self.assertEqual(found.action_open()["res_id"], self.person.id)

    def test_nobody_who_is_not_to_be_greeted(self):
        self.person.club_birthday = "1980-12-01"
        self.assertTrue(self._dates())
        self.person.active = False
        self.assertFalse(self._dates())
        self.person.active = True
        self.person.is_company = True
        self.assertFalse(self._dates())
        self.person.is_company = False
        self._give("dates", given=False)
        self.assertFalse(self._dates())
        self._give("dates")
        self.assertTrue(self._dates())
        kind = self.env.ref("club_community.club_date_kind_birthday")
        kind.active = False
        self.assertFalse(self._dates())

    def test_family_only_with_consent(self):
        vals = {"partner_id": self.person.id, "name": "P", "birthday": "2015-12-01"}
        with self.assertRaises(UserError) as refused:
            self.env["club.relative"].with_user(self.manager).create(vals)
        self.assertIn("has not given it", str(refused.exception))
        self._give("dates")
        self.env["club.relative"].with_user(self.manager).create(vals)
        self.assertEqual(len(self._dates()), 1)
        self._give("dates", given=False)
        self.assertFalse(self.person.club_relative_ids)

    def test_the_view_and_the_arithmetic_say_the_same(self):
        """Of days around the end of February, years and weeks, on many days."""
        days = [
            date(year, month, day)
            for year in (1999, 2000, 2024, 2026)
            for month, day in (
                (1, 1),
                (2, 28),
                (3, 1),
                (11, 23),
                (11, 24),
                (11, 25),
                (12, 31),
            )
        ] + [date(1996, 2, 29), date(2000, 2, 29), date(2024, 2, 29)]
        people = self.env["res.partner"].create(
            [{"name": str(day), "club_birthday": day} for day in days]
        )
        for today in ("2024-02-28", "2024-02-29", "2026-02-28", "2026-03-01", TODAY):
            with freeze_time(today):
                self.env.invalidate_all()
                now = self.Date._today()
                found = {
                    d.partner_id: (d.date, d.years)
                    for d in self.Date.search([("partner_id", "in", people.ids)])
                }
                for person, day in zip(people, days, strict=True):
                    expected = dates.next_occurrence(day, now)
                    if expected[0] - now > timedelta(366):
                        self.assertNotIn(person, found)
                    else:
                        self.assertEqual(found[person], expected, (day, now))

    def test_the_next_one_of_a_person(self):
        self._give("dates")
        other = self.env["res.partner"].create({"name": "Nobody's"})
        self.person.club_birthday = "1980-12-20"
        self._family(("Petya", "2015-12-10"))
        self.assertEqual(self.person.club_next_date, date(2026, 12, 10))
        self.assertEqual(
            self.person.club_next_occasion, "Birthday in the Family, Petya"
        )
        self.assertFalse(other.club_next_date)
        Partner = self.env["res.partner"]
        mine = [("id", "in", (self.person | other).ids)]
        for operator, day, found in (
            ("=", date(2026, 12, 10), True),
            ("!=", date(2026, 12, 10), False),
            ("!=", False, True),
            ("<=", "today +16d", True),
            ("<=", "today +15d", False),
            (">", "today +15d", True),
            (">", "today +16d", False),
        ):
            people = Partner.search([*mine, ("club_next_date", operator, day)])
            self.assertEqual(self.person in people, found, (operator, day))
        none = Partner.search([*mine, ("club_next_date", "=", False)])
        self.assertEqual(none, other)
        outsider = Partner.with_user(self.employee)
        for domain in (
            [("club_next_date", "<=", "today +16d")],
            [("club_tenure_days", ">", 1)],
        ):
            with self.assertRaises(AccessError):
                outsider.search([*mine, *domain])

    def test_who_sees_them(self):
        self.person.club_birthday = "1980-12-20"
        mine = [("partner_id", "=", self.person.id)]
        self.assertTrue(self.Date.with_user(self.manager).search(mine))
        own = [*mine, ("club_manager_id", "=", self.manager.id)]
        self.assertTrue(self.Date.with_user(self.manager).search(own))
        with self.assertRaises(AccessError):
            self.Date.with_user(self.employee).search(mine)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.person.company_id = company
        self.assertFalse(self.Date.with_user(self.manager).search(mine))


@tagged("post_install", "-at_install")
class TestDateTasks(DatesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._join(cls.person)

    def test_a_task_in_time_and_once(self):
        self.person.club_birthday = "1980-12-02"
        self._run()
        self.assertFalse(self._tasks())
        with freeze_time("2026-11-25"):
            self._run()
            self._run()
        task = self._tasks()
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.manager)
        self.assertEqual(task.date_deadline, date(2026, 12, 2))
        self.assertEqual(task.summary, "Birthday on 12/02/2026")
        task.with_user(self.manager).action_feedback()
        self.person.club_birthday = "1980-12-03"  # put right: it is the same birthday
        with freeze_time("2026-12-01"):
            self._run()
        self.assertFalse(self._tasks())
        with freeze_time("2027-11-30"):
            self._run()
        self.assertEqual(self._tasks().date_deadline, date(2027, 12, 3))

    def test_days_missed_are_caught_up_on(self):
        self.person.club_birthday = "1980-12-02"
        with freeze_time("2026-12-02"):
            self._run()
        self.assertEqual(len(self._tasks()), 1)
        self.person.club_name_day = "2000-12-01"
        with freeze_time("2026-12-02"):
            self._run()
        self.assertEqual(len(self._tasks()), 1, "it is over")

    def test_settings_of_a_kind(self):
        self.person.club_birthday = "1980-12-20"
        kind = self.env.ref("club_community.club_date_kind_birthday")
        kind.is_reminded = False
        kind.days_before = 26
        self._run()
        self.assertFalse(self._tasks())
        kind.is_reminded = True
        self._run()
        self.assertTrue(self._tasks())

    def test_the_script(self):
        self.person.write(
            {
                "club_birthday": "1980-11-30",
                "club_food": "No <b>fish</b>",
                "club_channel": "phone",
                "club_address_as": "Anna Sergeevna",
                "club_interest_ids": [
                    Command.set(
                        self.env.ref("club_community.club_interest_investing").ids
                    )
                ],
            }
        )
        self.person._club_touched("2026-11-02 10:00:00", "call", self.manager, "Golf")
        self._run()
        note = self._tasks().note
        self.assertIn("Ask next", note)
        kind = self.env.ref("club_community.club_date_kind_birthday")
        for text in (
            kind.script,
            "46",
            "Anna Sergeevna",
            "Phone call",
            "11/02/2026, Call, profile_pm",
            "Golf",
            "Investing",
            kind.offer,
            "No &lt;b&gt;fish",
        ):
            self.assertIn(text, note)

    def test_each_child_and_twins(self):
        self._give("dates")
        self._family(
            ("Petya", "2015-11-28"), ("Katya", "2015-11-28"), ("Vera", "2012-11-29")
        )
        self._run()
        self.assertEqual(
            self._tasks().mapped("summary"),
            [
                "Birthday in the Family (Petya, Katya) on 11/28/2026",
                "Birthday in the Family (Vera) on 11/29/2026",
            ],
        )
        rows = self.Reminder.search([("partner_id", "=", self.person.id)])
        self.assertEqual(set(rows.mapped("day_key")), {1128, 1129})
        # capture makes the rows anew
        point = self._point("club_relative_ids")
        kept = self._rows("club_relative_ids")[-1].value
        self.person._club_capture(
            {point: [[*row[:3], "likes cars"] for row in kept]}, "member"
        )
        self._run()
        self.assertEqual(len(self._tasks()), 2)

    def test_a_no_takes_the_tasks_away(self):
        self._give("dates")
        self.person.club_birthday = "1980-11-30"
        self._family(("Petya", "2015-11-28"))
        self._run()
        self.assertEqual(len(self._tasks()), 2)
        self.person._club_forget_points(self._point("club_relative_ids"))
        self.assertEqual(self._tasks().mapped("summary"), ["Birthday on 11/30/2026"])
        self._give("dates", given=False)
        self.assertFalse(self._tasks())
        mine = [("partner_id", "=", self.person.id)]
        self.assertFalse(self.Reminder.search(mine))
        self._run()
        self.assertFalse(self._tasks())

    def test_a_no_by_whatever_way_takes_the_tasks_away(self):
        purpose = self.env["club.consent.purpose"]._get("dates")
        self.person.club_birthday = "1980-11-30"
        self._run()
        self.assertEqual(len(self._tasks()), 1)
        noes = [(self.person, purpose, False, None)]
        self.person._club_answer_consents(noes, "survey")
        self.assertFalse(self._tasks())

    def test_for_whom_there_is_none(self):
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "club_birthday": "1980-11-30"}
        )
        self.person.club_birthday = "1980-11-30"
        self.person.active = False
        self._run()
        self.assertFalse(self._tasks(stranger))
        self.assertFalse(self._tasks())

    def test_without_a_personal_manager(self):
        self.person.write({"club_birthday": "1980-11-30", "club_manager_id": False})
        self._run()
        self.assertEqual(
            self._tasks().user_id, self.person.club_membership_id._responsible_user()
        )

    def test_the_database_refuses_a_second_row(self):
        kind = self.env.ref("club_community.club_date_kind_birthday")
        row = (
            "INSERT INTO club_date_reminder (partner_id, kind_id, date, year, day_key)"
        )
        for _time in range(2):
            self.env.cr.execute(
                SQL(
                    "%s VALUES (%s, %s, '2026-12-01', 2026, 0) ON CONFLICT DO NOTHING",
                    SQL(row),
                    self.person.id,
                    kind.id,
                )
            )
        made = self.Reminder.search([("partner_id", "=", self.person.id)])
        self.assertEqual(len(made), 1)

    def test_kinds_stay(self):
        kind = self.env.ref("club_community.club_date_kind_birthday")
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            kind.with_user(admin).unlink()
        kind.with_user(admin).days_before = 3
        with self.assertRaises(AccessError):
            kind.with_user(self.club_manager).days_before = 4

    def test_queries_do_not_grow_with_the_people(self):
        golf = self.env.ref("club_community.club_interest_investing")

        def queries(count):
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"P {n}",
                        "club_birthday": "1980-11-30",
                        "club_food": "Fish",
                        "club_manager_id": self.manager.id,
                        "club_interest_ids": [Command.set(golf.ids)],
                    }
                    for n in range(count)
                ]
            )
            self._join(people)
            people._club_touched("2026-11-02", "call", self.manager)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._run()
            self.env.flush_all()
            used = self.env.cr.sql_log_count - start
            self.assertEqual(
                self.Reminder.search_count([("partner_id", "in", people.ids)]), count
            )
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            people.mapped("club_next_date")
            return used, self.env.cr.sql_log_count - start

        queries(1)
        self.assertEqual(queries(3), queries(30))
