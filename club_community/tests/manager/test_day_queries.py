from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .day_common import DayCommon


@tagged("post_install", "-at_install")
class TestDayQueries(DayCommon):
    """My day opens with as many queries for a hundred people as for ten."""

    def _specification(self, view_type):
        """What the client asks of each row, as it stands in the view."""
        views = self.Day.get_views([(False, view_type)])
        names = views["models"]["club.day"]["fields"]
        return {
            name: {"fields": {"display_name": {}}}
            if field["type"] == "many2one"
            else {}
            for name, field in names.items()
            if name in self.Day._fields
        }

    def _some(self, count):
        people = self._people(
            count, club_manager_id=self.personal_manager.id, club_channel="phone"
        )
        for number, person in enumerate(people):
            self._activity(person, days=-1 - number % 5)
            self._activity(person, days=0)
        self._move(people, self.here)
        people._write({"club_stage_since": self._days_ago(40)})
        self.here.expected_days = 10
        self.env["club.membership"].create(
            [
                {
                    "partner_id": person.id,
                    "plan_id": self.plan.id,
                    "date_start": self.today - timedelta(days=700),
                    "date_end": self.today + timedelta(days=20),
                }
                for person in people
            ]
        )
        self.env.flush_all()

    def test_overdue_comes_from_the_index_in_its_order(self):
        """Eighty activities are read for the first page, however many are overdue."""
        domain = [("user_id", "=", self.personal_manager.id), ("code", "=", "overdue")]
        query = self.Day.sudo()._search(domain, limit=80, order="place, date, id")
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        lines = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(line for (line,) in lines)
        self.assertIn("mail_activity_club_day_idx", plan)
        self.assertNotIn("Sort", plan)

    def _cost(self, look):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        look()
        return self.env.cr.sql_log_count - before

    def _looks(self):
        domain = [("is_mine", "=", True)]
        lists, cards = self._specification("list"), self._specification("kanban")

        def grouped():
            groups = self.Day.web_read_group(
                domain,
                ["reason_id"],
                auto_unfold=True,
                unfold_read_specification=lists,
                unfold_read_default_limit=80,
            )
            self.assertGreater(groups["length"], 3)

        return {
            "list of a reason": lambda: self.Day.web_search_read(
                [*domain, ("code", "=", "overdue")], lists
            ),
            "cards": lambda: self.Day.web_search_read(domain, cards),
            "groups": grouped,
        }

    def test_queries_do_not_grow(self):
        self._some(10)
        looks = self._looks()
        for look in looks.values():
            look()  # caches of the registry
        few = {name: self._cost(look) for name, look in looks.items()}
        self._some(90)
        many = {name: self._cost(look) for name, look in looks.items()}
        for name, look in few.items():
            self.assertLessEqual(many[name], look, name)
        self.assertLess(max(many.values()), 28)

    def test_scripts_do_not_grow(self):
        def scripts(rows):
            return lambda: rows.mapped("script")

        self._some(10)
        rows = self.Day.search([("code", "=", "overdue")])
        scripts(rows)()
        few = self._cost(scripts(rows))
        self._some(90)
        many = self._cost(scripts(self.Day.search([("code", "=", "overdue")])))
        self.assertLessEqual(many, few)

    def test_the_overdue_are_found_by_the_index(self):
        query = self.Day._search(
            [("user_id", "=", self.personal_manager.id), ("code", "=", "overdue")]
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        explained = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in explained)
        self.assertIn("club_day_idx", plan)
        self.assertNotIn("crm_lead", plan, "the other reasons are not even looked at")
