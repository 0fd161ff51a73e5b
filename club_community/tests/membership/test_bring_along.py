import base64
import csv
import io

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon

HEAD = (
    "id",
    "partner_id/email",
    "partner_id",
    "membership_id",
    "date_from",
    "date_to",
    "date_cancel",
    "state",
    "member_price",
    "account_invoice_id/payment_state",
    "account_invoice_id/currency_id",
)


@tagged("post_install", "-at_install")
class TestBringAlong(ClubCommon):
    """Memberships from a CSV file; for tables see ``tests/test_coming_from_oca.py``."""

    # --- Tools ------------------------------------------------------------------

    def _row(self, key, start, end, email="anna@example.com", **cells):
        row = {
            "id": key,
            "partner_id/email": email,
            "membership_id": "Gold",
            "date_from": start,
            "date_to": end,
            "state": "paid",
            "member_price": "900.0",
            **cells,
        }
        return [row.get(name, "") for name in HEAD]

    def _file(self, *rows, head=HEAD):
        text = io.StringIO()
        csv.writer(text).writerows([head, *rows])
        return base64.b64encode(text.getvalue().encode())

    def _bring(self, *rows, **vals):
        """An import up to its dry run, as a club manager makes it."""
        bring = (
            self.env["club.import"]
            .with_user(self.club_manager)
            .create({"source": "file", "file": self._file(*rows), **vals})
        )
        bring.action_read()
        bring.action_check()
        return bring

    def _run(self, bring):
        """What the job does, without its commits."""
        bring.action_run()
        self.assertEqual(bring.state, "running")
        waiting = [("import_id", "=", bring.id), ("verdict", "=", "new")]
        while self.env["club.import.line"].sudo()._take_batch(waiting):
            pass
        bring.sudo()._finish()
        self.assertEqual(bring.state, "done")
        return bring

    def _counts(self, bring):
        return (
            bring.new_count,
            bring.exists_count,
            bring.refused_count,
            bring.taken_count,
        )

    def _reasons(self, bring):
        return {
            line.key.removeprefix("file:"): line.reason
            for line in bring.line_ids
            if line.verdict == "refused"
        }

    def _days(self, person):
        periods = person.club_membership_ids.sorted("date_start")
        return [(str(one.date_start), str(one.date_end)) for one in periods]

    # --- Taken --------------------------------------------------------------------

    def test_history_with_its_gap_is_taken(self):
        """Joined date, gap and fee survive (OCA #190: the start after a gap)."""
        this_year = self.today.replace(month=1, day=1)
        end = this_year + relativedelta(years=1, days=-1)
        euro = self.env.ref("base.EUR")
        bring = self._bring(
            self._row("a", "2019-01-01", "2019-12-31"),
            self._row("b", "2020-01-01", "2020-12-31"),
            self._row(
                "c",
                str(this_year),
                str(end),
                **{
                    "account_invoice_id/payment_state": "in_payment",
                    "account_invoice_id/currency_id": "EUR",
                },
            ),
        )
        self.assertEqual(self._counts(bring), (3, 0, 0, 0))
        self.assertFalse(self.member.club_membership_ids, "a dry run makes nothing")
        self._run(bring)
        self.assertEqual(self._counts(bring), (0, 0, 0, 3))
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(str(self.member.club_joined), "2019-01-01")
        self.assertEqual(self.member.club_since, this_year)
        self.assertEqual(self.member.grade_id, self.level)
        self.assertTrue(self.member.club_number)
        periods = self.member.club_membership_ids.sorted("date_start")
        self.assertEqual(periods.mapped("kind"), ["new", "renewal", "return"])
        self.assertEqual(periods.mapped("amount"), [900, 900, 900])
        self.assertEqual(periods[-1].currency_id, euro)
        self.assertEqual(set(periods.mapped("origin")), {"import"})
        self.assertIn("Brought along: 3", bring.message_ids[0].body)

    def test_twice_doubles_nothing(self):
        rows = [
            self._row("a", "2019-01-01", "2019-12-31"),
            self._row("b", "2021-01-01", "2021-12-31"),
        ]
        bring = self._run(self._bring(*rows))
        bring.action_read()
        bring.action_check()
        self.assertEqual(self._counts(bring), (0, 2, 0, 0))
        with self.assertRaisesRegex(UserError, "nothing to bring along"):
            bring.action_run()
        again = self._bring(*rows, self._row("c", "2022-01-01", "2022-12-31"))
        self.assertEqual(self._counts(again), (1, 2, 0, 0))
        self._run(again)
        self.assertEqual(len(self.member.club_membership_ids), 3)

    @mute_logger("odoo.sql_db")
    def test_database_knows_each_old_line_once(self):
        self._run(self._bring(self._row("a", "2019-01-01", "2019-12-31")))
        with self.assertRaisesRegex(Exception, "import_key"):
            self._create_period(self.member, "2030-01-01", import_key="file:a")

    def test_key_cannot_be_changed_by_hand(self):
        period = self._create_period(self.member, "2019-01-01")
        with self.assertRaises(AccessError):
            period.with_user(self.club_admin).import_key = "file:z"

    def test_period_for_life(self):
        life = self._create_plan(name="Honorary", period_type="lifetime")
        bring = self._bring(self._row("a", "2019-01-01", "", membership_id="Honorary"))
        self.assertEqual(bring.product_ids.plan_id, life)
        self._run(bring)
        self.assertFalse(self.member.club_membership_ids.date_end)
        self.assertEqual(self.member.club_state, "active")

    # --- Not taken ------------------------------------------------------------------

    def test_report_says_of_each_line_why(self):
        archived = {"name": "Gone", "email": "gone@example.com", "active": False}
        firm = {"name": "Firm", "email": "firm@example.com", "is_company": True}
        double = {"name": "Double", "email": "double@example.com"}
        people = self.env["res.partner"].create([archived, firm, double, double])
        firm_id = people[1].export_data(["id"])["datas"][0][0]
        self._create_period(self.member, "2015-01-01", "2015-12-31")
        year = ("2019-01-01", "2019-12-31")
        cases = {
            "no_person": self._row("no_person", *year, "nobody@example.com"),
            "archived": self._row("archived", *year, "gone@example.com"),
            "free": self._row("free", *year, state="free"),
            "cancelled": self._row("cancelled", *year, state="Cancelled Member"),
            "credited": self._row(
                "credited", *year, **{"account_invoice_id/payment_state": "reversed"}
            ),
            "unpaid": self._row("unpaid", *year, state="invoiced"),
            "unpaid2": self._row(
                "unpaid2", *year, **{"account_invoice_id/payment_state": "partial"}
            ),
            "bad_fee": self._row("bad_fee", *year, member_price="-5"),
            "no_plan": self._row("no_plan", *year, membership_id="Diamond"),
            "no_dates": self._row("no_dates", "2019-01-01", ""),
            "bad_dates": self._row("bad_dates", "2019-12-31", "2019-01-01"),
            "overlap_here": self._row("overlap_here", "2015-12-31", "2016-12-30"),
            "overlap_lines": self._row("overlap_lines", "2020-06-01", "2021-05-31"),
            "unreadable": self._row("unreadable", "31.12.2019", "2019-12-31"),
            "ambiguous": self._row("ambiguous", *year, "double@example.com"),
        }
        good = self._row("good", "2020-01-01", "2020-12-31")
        head = (*HEAD, "partner_id/id")
        rows = [[*row, ""] for row in (*cases.values(), good)]
        rows.append([*self._row("company", *year, email=""), firm_id])
        bring = self.env["club.import"].create(
            {"source": "file", "file": self._file(*rows, head=head)}
        )
        bring.action_check()
        expected = {name: name.rstrip("2") for name in (*cases, "company")}
        expected["ambiguous"] = "unreadable"
        self.assertEqual(self._reasons(bring), expected)
        self.assertEqual(bring.new_count, 1)
        self._run(bring)
        self.assertEqual((bring.taken_count, bring.refused_count), (1, len(expected)))

        bring.action_download_report()
        text = base64.b64decode(bring.report).decode("utf-8-sig")
        report = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(report), len(expected))
        by_key = {row["Key"].removeprefix("file:"): row for row in report}
        self.assertIn("never paid", by_key["unpaid"]["Why Not"])
        self.assertIn("31.12.2019", by_key["unreadable"]["Details"])
        self.assertIn("2 people", by_key["ambiguous"]["Details"])
        self.assertIn("1 × The person is archived", bring.reasons)

    def test_overlaps_are_reported_and_never_cut(self):
        rows = [
            self._row("early", "2020-12-01", "2021-11-30"),
            self._row("first", "2020-01-01", "2020-12-31"),
            self._row("third", "2022-01-01", "2022-12-31"),
        ]
        bring = self._run(self._bring(*rows))
        self.assertEqual(self._reasons(bring), {"early": "overlap_lines"})
        years = [("2020-01-01", "2020-12-31"), ("2022-01-01", "2022-12-31")]
        self.assertEqual(self._days(self.member), years)
        note = bring.line_ids.filtered("reason").note
        self.assertIn("2020", note, "the days in the way are named")

    def test_overlaps_are_chained_when_asked_for(self):
        """Also after a first run that only reported them: no paid day is lost."""
        rows = [
            self._row("first", "2020-01-01", "2020-12-31"),
            self._row("early", "2020-12-01", "2021-11-30"),
            self._row("later", "2021-12-01", "2022-11-30"),
        ]
        together = [
            ("2020-01-01", "2020-12-31"),
            ("2021-01-01", "2021-12-31"),
            ("2022-01-01", "2022-12-31"),
        ]
        bring = self._bring(*rows, overlaps="chain")
        self.assertEqual(bring.new_count, 3)
        moved = bring.line_ids.filtered(lambda line: line.key == "file:early")
        self.assertIn("Moved by 31 days", moved.note)
        self._run(bring)
        self.assertEqual(self._days(self.member), together)

        other = self.env["res.partner"].create(
            {"name": "Boris", "email": "boris@example.com"}
        )
        rows = [
            self._row(f"b{number}", str(start), str(end), "boris@example.com")
            for number, (start, end) in enumerate(
                [("2020-01-01", "2020-12-31"), ("2020-12-01", "2021-11-30")]
            )
        ]
        bring = self._run(self._bring(*rows))
        self.assertEqual(self._reasons(bring), {"b1": "overlap_lines"})
        bring.overlaps = "chain"
        bring.action_read()
        bring.action_check()
        self._run(bring)
        self.assertEqual(self._days(other), together[:2])

    def test_nothing_is_chained_behind_what_was_sold_here(self):
        membership = self._sell_and_pay()
        start = membership.date_start + relativedelta(days=5)
        row = self._row("a", str(start), str(start + relativedelta(months=6)))
        bring = self._bring(row, overlaps="chain")
        self.assertEqual(self._reasons(bring), {"a": "overlap_here"})

    def test_sold_between_dry_run_and_run(self):
        start = self.today
        rows = [
            self._row("a", str(start), str(start + relativedelta(months=6))),
            self._row("b", "2020-01-01", "2020-12-31"),
        ]
        bring = self._bring(*rows)
        self.assertEqual(bring.new_count, 2)
        sold = self._sell_and_pay()
        self._run(bring)
        self.assertEqual(self._reasons(bring), {"a": "overlap_here"})
        self.assertEqual(bring.taken_count, 1)
        self.assertEqual(sold.state, "active")

    # --- Plans --------------------------------------------------------------------

    def test_plans_are_suggested_by_name_and_fee(self):
        silver = self._create_plan(name="Silver", price=500)
        rows = [
            self._row(key, "2019-01-01", "2019-12-31", membership_id=name, **fee)
            for key, name, fee in (
                ("a", "gold", {}),
                ("b", "Membership Silver 2019", {}),
                ("c", "Basic", {"member_price": "500"}),
                ("d", "Unheard of", {"member_price": "77"}),
            )
        ]
        bring = self._bring(*rows)
        chosen = {old.name: old.plan_id for old in bring.product_ids}
        none = self.env["club.plan"]
        self.assertEqual(
            chosen,
            {
                "gold": self.plan,
                "Membership Silver 2019": silver,
                "Basic": silver,
                "Unheard of": none,
            },
        )
        bring.product_ids.filtered(lambda old: not old.plan_id).plan_id = self.plan
        bring.action_read()
        self.assertTrue(all(old.plan_id for old in bring.product_ids), "choices stay")

    def test_plan_is_made_from_the_product(self):
        rows = [
            self._row("a", "2019-03-01", "2020-02-29", membership_id="Friends"),
            self._row("b", "2020-04-01", "2021-03-31", membership_id="Friends"),
        ]
        bring = self._bring(*rows)
        self.assertFalse(bring.product_ids.plan_id)
        with self.assertRaises(AccessError):
            bring.product_ids.action_make_plan()
        bring.product_ids.with_user(self.club_admin).action_make_plan()
        plan = bring.product_ids.plan_id
        self.assertEqual((plan.name, plan.price), ("Friends", 900))
        self.assertEqual((plan.period_type, plan.period_months), ("months", 12))
        bring.action_check()
        self.assertEqual(bring.new_count, 2)

    # --- Bad input ------------------------------------------------------------------

    def test_bad_files(self):
        bring = self.env["club.import"].create({"source": "file"})
        with self.assertRaisesRegex(UserError, "Choose the CSV file"):
            bring.action_read()
        bring.file = base64.b64encode(b"\xff\xfe\x00x")
        with self.assertRaisesRegex(UserError, "UTF-8"):
            bring.action_read()
        bring.file = self._file(["x", "y"], head=("name", "state"))
        with self.assertRaisesRegex(UserError, "no column id, membership_id"):
            bring.action_read()
        bring.file = base64.b64encode(b"\n")
        with self.assertRaisesRegex(UserError, "no column"):
            bring.action_read()

    def test_without_tables(self):
        self.assertEqual(self.env["club.import"].create({}).source, "file")
        bring = self.env["club.import"].create({"source": "tables"})
        with self.assertRaisesRegex(UserError, "no tables"):
            bring.action_read()

    def test_run_needs_a_dry_run(self):
        bring = self.env["club.import"].create({"source": "file"})
        with self.assertRaisesRegex(UserError, "dry run first"):
            bring.action_run()
        bring = self._bring(self._row("a", "2019-01-01", "2019-12-31"))
        bring.action_run()
        with self.assertRaisesRegex(UserError, "just now"):
            bring.action_read()

    def test_rows_twice_or_without_a_key(self):
        bring = self._bring(
            self._row("a", "2019-01-01", "2019-12-31"),
            self._row("a", "2020-01-01", "2020-12-31"),
            self._row("", "2021-01-01", "2021-12-31"),
        )
        self.assertEqual(self._counts(bring), (1, 0, 2, 0))

    def test_form_opens_for_a_manager(self):
        form = Form(self.env["club.import"].with_user(self.club_manager))
        form.source = "file"
        form.file = self._file(self._row("a", "2019-01-01", "2019-12-31"))
        bring = form.save()
        bring.action_read()
        with Form(bring) as form:
            with form.product_ids.edit(0) as old:
                old.plan_id = self.plan
        self.assertEqual(bring.product_ids.plan_id, self.plan)

    def test_formulas_in_the_report_are_text(self):
        row = self._row("a", "2019-01-01", "2019-12-31", email="", partner_id="=1+1")
        bring = self._bring(row)
        text = base64.b64decode(bring._report_csv()).decode("utf-8-sig")
        self.assertIn("'=1+1", text)

    # --- Companies ------------------------------------------------------------------

    def test_imports_of_another_company_are_not_seen(self):
        bring = self._bring(self._row("a", "2019-01-01", "2019-12-31"))
        other = self._create_company(name="Other club")
        foreign = new_test_user(
            self.env,
            "foreign_importer",
            "club_community.group_club_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for records in (bring, bring.product_ids, bring.line_ids):
            self.assertFalse(records.with_user(foreign).has_access("read"))
            self.assertFalse(
                records.with_user(self.personal_manager).has_access("read")
            )
        self.assertFalse(bring.line_ids.with_user(self.club_admin).has_access("write"))

    # --- Scale ------------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_lines(self):
        def run(prefix, count):
            people = self.env["res.partner"].create(
                [
                    {"name": f"{prefix}{n}", "email": f"{prefix}{n}@example.com"}
                    for n in range(count)
                ]
            )
            rows = [
                self._row(f"{person.email}{year}", f"{year}-01-01", f"{year}-12-31")
                for person in people
                for year in (2020, 2021)
            ]
            for row in rows:
                row[1] = row[0][:-4]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            bring = self._bring(*rows)
            lines = self.env["club.import.line"].sudo()
            taken = lines._take_batch([("import_id", "=", bring.id)])
            self.env.flush_all()
            self.assertEqual(taken, 2 * count)
            return self.env.cr.sql_log_count - before

        run("warm", 2)
        few, many = run("few", 8), run("many", 80)
        self.assertLess((many - few) / 144, 0.1, (few, many))
