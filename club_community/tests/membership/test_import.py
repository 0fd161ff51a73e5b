import csv
import io

from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from ..common import ClubCommon

CLIENT = (
    "id",
    "name",
    "is_company",
    "email",
    "club_chapter_id",
    "club_manager_id",
    "club_referrer_id/id",
)
PERIOD = ("id", "partner_id/id", "plan_id", "date_start", "date_end", "amount")


@tagged("post_install", "-at_install")
class TestImport(ClubCommon):
    """A club comes with its people and their history, through the stock screens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chapter = cls.env["club.chapter"].create({"name": "Moscow"})
        cls.env["res.users"].browse(cls.personal_manager.id).write(
            {"login": "maria.orlova@example.com"}
        )
        cls.silver = cls._create_plan(name="Silver", price=500)

    # --- Tools ------------------------------------------------------------------

    def _run_import(self, model, file, dryrun=False, **options):
        """What the import screen does with a file: preview, choice of columns, go."""
        Wizard = self.env["base_import.import"].with_user(self.club_manager)
        wizard = Wizard.with_context(tracking_disable=True).create(
            {"res_model": model, "file": file, "file_type": "text/csv"}
        )
        options = {"has_headers": True, "quoting": '"', **options}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        columns = preview["headers"]
        matches = ["/".join(preview["matches"][index]) for index in range(len(columns))]
        self.assertEqual(matches, columns)
        return wizard.execute_import(matches, columns, preview["options"], dryrun)

    def _import_rows(self, model, columns, *rows, **options):
        text = io.StringIO()
        csv.writer(text).writerows([columns, *rows])
        return self._run_import(model, text.getvalue().encode(), **options)

    def _import_clients(self, *rows, **options):
        return self._import_rows("res.partner", CLIENT, *rows, **options)

    def _import_periods(self, *rows, **options):
        return self._import_rows("club.membership", PERIOD, *rows, **options)

    def _two_clients(self):
        result = self._import_clients(
            ("one", "One", "", "one@example.com", "Moscow", "", ""),
            ("two", "Two", "", "two@example.com", "", "", "one"),
        )
        self.assertFalse(result["messages"])
        return self.env["res.partner"].browse(result["ids"])

    def _bad_rows(self, result):
        """``{number of the row: what is wrong with it}``, counted as in the file."""
        self.assertFalse(result.get("ids"))
        return {
            message["rows"]["from"] + 1: message["message"]
            for message in result["messages"]
            if message["type"] == "error"
        }

    def _template(self, name):
        with file_open(f"club_community/static/xls/{name}", "rb") as file:
            return file.read()

    # --- Templates ----------------------------------------------------------------

    def test_templates_are_offered_and_exist(self):
        for model, name in (
            ("res.partner", "club_clients.csv"),
            ("club.membership", "club_memberships.csv"),
        ):
            templates = self.env[model].get_import_templates()
            self.assertIn(
                f"/club_community/static/xls/{name}",
                [template["template"] for template in templates],
            )
            self.assertTrue(self._template(name))

    def test_templates_are_imported_as_they_stand(self):
        result = self._run_import("res.partner", self._template("club_clients.csv"))
        self.assertFalse(result["messages"])
        company, anna, ilya = self.env["res.partner"].browse(result["ids"])
        self.assertTrue(company.is_company)
        self.assertEqual(anna.parent_id, company)
        self.assertEqual(ilya.club_referrer_id, anna)
        self.assertEqual(ilya.club_chapter_id, self.chapter)
        self.assertEqual(ilya.club_manager_id, self.personal_manager)
        file = self._template("club_memberships.csv")
        result = self._run_import("club.membership", file)
        self.assertFalse(result["messages"])
        periods = self.env["club.membership"].browse(result["ids"])
        self.assertEqual(periods.partner_id, anna | ilya)
        self.assertEqual(set(periods.mapped("origin")), {"import"})
        # the cells of the last row that are empty follow from the plan
        self.assertEqual(str(periods[-1].date_end), "2027-09-14")
        self.assertEqual(periods[-1].amount, 500)

    # --- A good file ----------------------------------------------------------------

    def test_dry_run_writes_nothing(self):
        before = self.env["res.partner"].search_count([])
        result = self._import_clients(
            ("one", "One", "", "one@example.com", "Moscow", "", ""), dryrun=True
        )
        self.assertTrue(result["ids"])
        self.assertFalse(result["messages"])
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_people_become_members(self):
        one, _two = self._two_clients()
        result = self._import_periods(
            ("p1", "one", "Gold", "2023-01-01", "2023-12-31", "900"),
            ("p2", "one", "Gold", str(self.today), "", ""),
        )
        self.assertFalse(result["messages"])
        self.assertEqual(one.club_state, "active")
        self.assertEqual(str(one.club_joined), "2023-01-01")
        self.assertEqual(one.grade_id, self.level)
        self.assertTrue(one.club_number)
        self.assertTrue(one.sudo().club_card_token)
        self.assertEqual(
            one.club_membership_ids.sorted("id").mapped("amount"), [900, 1000]
        )

    def test_second_import_doubles_nothing(self):
        clients = (
            ("one", "One", "", "one@example.com", "Moscow", "", ""),
            ("two", "Two", "", "two@example.com", "", "", "one"),
        )
        periods = (
            ("p1", "one", "Gold", "2023-01-01", "2023-12-31", "900"),
            ("p2", "two", "Gold", str(self.today), "", ""),
        )
        counts = []
        for _time in range(2):
            self.assertFalse(self._import_clients(*clients)["messages"])
            self.assertFalse(self._import_periods(*periods)["messages"])
            counts.append(
                [
                    self.env[model].search_count([])
                    for model in ("res.partner", "club.membership", "mail.message")
                ]
            )
        self.assertEqual(*counts)

    def test_second_import_updates_people_but_no_paid_period(self):
        one, two = self._two_clients()
        login = self.personal_manager.login
        self._import_clients(
            ("one", "One", "", "new@example.com", "", login, ""),
            ("two", "Two", "", "two@example.com", "Moscow", "", "one"),
        )
        self.assertEqual(one.email, "new@example.com")
        self.assertFalse(one.club_chapter_id)
        self.assertEqual(one.club_manager_id, self.personal_manager)
        self.assertEqual(two.club_chapter_id, self.chapter)
        self.assertEqual(two.club_referrer_id, one)
        row = ("p1", "one", "Gold", "2023-01-01", "2023-12-31", "900")
        self._import_periods(row)
        bad = self._bad_rows(self._import_periods((*row[:-1], "1")))
        self.assertIn("cannot be changed by hand", bad[1])

    def test_renewal_ends_the_grace_of_the_period_before(self):
        one, _two = self._two_clients()
        start = self.today.replace(year=self.today.year - 1, day=1)
        end = str(self.today.fromordinal(self.today.toordinal() - 2))
        follows = str(self.today.fromordinal(self.today.toordinal() - 1))
        self._import_periods(("p1", "one", "Gold", str(start), end, ""))
        self.assertEqual(one.club_state, "grace")
        self._import_periods(("p2", "one", "Gold", follows, "", ""))
        self.assertEqual(one.club_state, "active")
        self.assertEqual(
            one.club_membership_ids.sorted("id").mapped("state"), ["expired", "active"]
        )

    def test_history_is_quiet_unless_asked_for(self):
        one, _two = self._two_clients()
        before = one.message_ids
        self._import_periods(("p1", "one", "Gold", str(self.today), "", ""))
        self.assertEqual(one.message_ids, before)

    # --- Bad rows ---------------------------------------------------------------------

    def test_unknown_names(self):
        self._two_clients()
        bad = self._bad_rows(
            self._import_periods(
                ("p1", "one", "Gold", "2023-01-01", "", ""),
                ("p2", "two", "Diamond", "2023-01-01", "", ""),
                ("p3", "nobody", "Gold", "2023-01-01", "", ""),
            )
        )
        self.assertEqual(list(bad), [2, 3])
        self.assertIn("'Diamond' in field 'Plan'", bad[2])
        self.assertIn("nobody' in field 'Member'", bad[3])

    def test_day_that_does_not_exist(self):
        self._two_clients()
        for day_format, wrong, good in (
            ("%d.%m.%Y", "31.02.2025", "01.03.2025"),
            ("%Y-%m-%d", "2025-02-31", "2025-03-01"),
        ):
            result = self._import_periods(
                ("p1", "one", "Gold", good, "", ""),
                ("p2", "two", "Gold", wrong, "", ""),
                date_format=day_format,
            )
            [message] = result["messages"]
            self.assertFalse(result.get("ids"))
            self.assertIn("line 2: day is out of range", message["message"])
            self.assertIn("date_start", message["message"])

    def test_email_of_somebody_else(self):
        self._two_clients()
        bad = self._bad_rows(
            self._import_clients(
                ("three", "Three", "", "three@example.com", "", "", ""),
                ("four", "Four", "", "ANNA@example.com", "", "", ""),
                ("two", "Two", "", "one@example.com", "", "", ""),
            )
        )
        self.assertEqual(list(bad), [2, 3])
        self.assertIn("anna@example.com belongs to Anna Petrova", bad[2])
        self.assertIn("one@example.com belongs to One", bad[3])

    def test_email_twice_in_the_file(self):
        bad = self._bad_rows(
            self._import_clients(
                ("three", "Three", "", "three@example.com", "", "", ""),
                ("four", "Four", "", "Four <three@example.com>", "", "", ""),
                ("firm", "Firm", "1", "three@example.com", "", "", ""),
            )
        )
        self.assertEqual(list(bad), [2])
        self.assertIn("stands in this file twice", bad[2])

    def test_update_must_not_take_the_email_of_somebody_else(self):
        self._two_clients()
        bad = self._bad_rows(
            self._import_clients(("two", "Two", "", "anna@example.com", "", "", ""))
        )
        self.assertIn("belongs to Anna Petrova", bad[1])
        swap = self._import_clients(
            ("one", "One", "", "two@example.com", "", "", ""),
            ("two", "Two", "", "one@example.com", "", "", ""),
        )
        self.assertFalse(swap["messages"])

    def test_other_imports_keep_their_ways(self):
        result = self._import_rows(
            "res.partner", ("id", "name", "email"), ("x", "X", "anna@example.com")
        )
        self.assertFalse(result["messages"])

    @mute_logger("odoo.sql_db")
    def test_bad_periods(self):
        """Each alone among good ones: row, reason, and nothing half-written."""
        self._two_clients()
        firm = self._import_clients(("firm", "Firm", "1", "", "", "", ""))
        self.assertTrue(firm["ids"])
        good = ("p0", "one", "Gold", "2023-01-01", "2023-12-31", "900")
        for reason, row in (
            ("cannot end before", ("two", "Gold", "2024-02-01", "2024-01-01", "1")),
            ("cannot be negative", ("two", "Gold", "2024-02-01", "", "-1")),
            ("is a company", ("firm", "Gold", "2024-02-01", "", "1")),
            ("in these days already", ("one", "Silver", "2023-12-31", "", "1")),
            ("needs a plan and a start", ("two", "Gold", "", "2024-01-01", "1")),
        ):
            with self.subTest(reason):
                bad = self._bad_rows(
                    self._import_periods(
                        good,
                        ("p1", *row),
                        ("p2", "two", "Gold", str(self.today), "", ""),
                    )
                )
                self.assertEqual(list(bad), [2])
                self.assertIn(reason, bad[2])
                self.assertFalse(
                    self.env["club.membership"].search(
                        [("plan_id", "in", (self.plan | self.silver).ids)]
                    )
                )

    @mute_logger("odoo.sql_db")
    def test_overlap_with_a_live_period(self):
        one, _two = self._two_clients()
        self._create_period(one, self.today)
        bad = self._bad_rows(
            self._import_periods(
                ("p1", "two", "Gold", str(self.today), "", ""),
                ("p2", "one", "Gold", str(self.today), "", ""),
            )
        )
        self.assertEqual(list(bad), [2])
        self.assertIn("in these days already", bad[2])

    @mute_logger("odoo.sql_db")
    def test_same_file_with_other_keys(self):
        """History that is long over must not be doubled unseen."""
        self._two_clients()
        row = ("one", "Gold", "2021-01-01", "2021-12-31", "900")
        self._import_periods(("p1", *row))
        bad = self._bad_rows(self._import_periods(("other", *row)))
        self.assertIn("in these days already", bad[1])

    # --- Scale ------------------------------------------------------------------------

    def _queries(self, action):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertFalse(action()["messages"])
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_per_row_do_not_grow(self):
        """Ten times the rows: nearly no query more."""

        def clients(prefix, count):
            return [
                (f"{prefix}{n}", f"P {n}", "", f"{prefix}{n}@example.com")
                + ("Moscow", "maria.orlova@example.com", "")
                for n in range(count)
            ]

        def periods(prefix, count):
            return [
                (f"m{prefix}{n}", f"{prefix}{n}", "Gold", str(self.today), "", "")
                for n in range(count)
            ]

        self._import_clients(*clients("warm", 2))
        self._import_periods(*periods("warm", 2))
        few = self._queries(lambda: self._import_clients(*clients("few", 20)))
        many = self._queries(lambda: self._import_clients(*clients("many", 200)))
        self.assertLess((many - few) / 180, 0.2)
        few = self._queries(lambda: self._import_periods(*periods("few", 20)))
        many = self._queries(lambda: self._import_periods(*periods("many", 200)))
        self.assertLess((many - few) / 180, 0.2)
