from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourFirstHour(ToursCommon):
    """A club imports last year's base, and an hour later everybody has a day."""

    def _import(self, count):
        """Stock's import of a CSV file.

        :return: the new contacts
        """
        lines = ["name,email,phone"] + [
            f"Client {n},client{n}@example.com,+7 900 {n:07}" for n in range(count)
        ]
        load = self.env["base_import.import"].create(
            {
                "res_model": "res.partner",
                "file": "\n".join(lines).encode(),
                "file_name": "clients.csv",
                "file_type": "text/csv",
            }
        )
        names = ["name", "email", "phone"]
        options = {
            "has_headers": True,
            "quoting": '"',
            "separator": ",",
            "encoding": "utf-8",
            "float_decimal_separator": ".",
            "float_thousand_separator": ",",
        }
        result = load.execute_import(names, names, options)
        return self.env["res.partner"].browse(result["ids"])

    def _first_hour_in(self, language, count):
        self.club_manager.lang = language
        people = self._import(count)
        self.assertEqual(len(people), count)
        self._sell(people[0], confirm=True)
        self.start_tour(
            "/odoo/action-club_community.club_first_hour_action",
            "club_first_hour",
            login="club_manager",
        )
        hour = self.env["club.first.hour"].search([], limit=1)
        self.assertEqual(hour.state, "running")
        self.assertGreaterEqual(hour.planned_count, count)
        job = self.env.ref("club_community.ir_cron_club_first_hour")
        for _run in range(20):  # each has its time, and goes on where the last was
            if hour.state == "running":
                job.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.assertEqual(hour.state, "done")
        made = self.env["mail.activity"].search(
            [("club_reason", "=", f"first hour {hour.id}")]
        )
        self.assertEqual(len(made), hour.planned_count)
        self.assertFalse(set(people.ids) - set(made.mapped("res_id")))
        self.start_tour(
            f"/odoo/action-club_community.club_first_hour_action/{hour.id}",
            "club_first_hour_done",
            login="club_manager",
        )

    def test_a_thousand_in_english(self):
        self._first_hour_in("en_US", 1000)

    def test_in_russian(self):
        self._first_hour_in("ru_RU", 20)
