from datetime import timedelta

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...tools.period import LIVE_STATES
from .common import ReferralCommon


@tagged("post_install", "-at_install")
class TestReferralFigures(ReferralCommon):
    """What the screens say, counted by hand beside."""

    def _total(self, model, *aggregates, domain=(), by=()):
        rows = self.env[model]._read_group(list(domain), list(by), list(aggregates))
        return rows if by else rows[0]

    def _date(self, referral, **days_ago):
        """Stages of a referral as if they were so many days ago."""
        referral.write(
            {
                name: self.today - timedelta(days) if days is not None else False
                for name, days in days_ago.items()
            }
        )

    # --- People brought -----------------------------------------------------------

    def test_shares_and_days(self):
        """Of four who were brought two applied and one joined; a fifth is refused."""
        people = self._people(5)
        rows = [self._bind(person, days_ago=100) for person in people]
        self._date(rows[0], applied_on=90, joined_on=70)
        self._date(rows[1], applied_on=60)
        rows[4]._close("refused", "by a test")
        figures = self._total(
            "club.figure.referral",
            *("brought:sum", "applied:sum", "joined:sum", "visited:sum"),
            *("share_applied:avg", "share_joined:avg", "share_client:avg"),
            *("days_to_apply:avg", "days_to_join:avg", "days_applied_to_joined:avg"),
            domain=[("referrer_id", "=", self.member.id), ("status", "=", "bound")],
        )
        self.assertEqual(figures, (4, 2, 1, 2, 50, 25, 0, 25, 30, 20))

    def test_by_city_way_and_manager(self):
        """City of the person, else of the referrer; manager of the referrer."""
        here, there = self.env["club.chapter"].create(
            [{"name": "Here"}, {"name": "There"}]
        )
        self.member.write(
            {"club_chapter_id": here.id, "club_manager_id": self.personal_manager.id}
        )
        one, other = self._people(2)
        other.club_chapter_id = there
        self._bind(one, way="link")
        self._bind(other, way="guest")
        rows = self.env["club.figure.referral"].search(
            [("referrer_id", "=", self.member.id)], order="id"
        )
        self.assertEqual(rows.club_chapter_id, here | there)
        self.assertEqual(rows.mapped("way"), ["link", "guest"])
        self.assertEqual(rows.club_manager_id, self.personal_manager)
        self.assertEqual(rows[0].action_open_person()["res_id"], one.id)

    # --- Active clients -------------------------------------------------------------

    def test_active_clients_by_month(self):
        """Two members; one has bought twice within a year, and then no more."""
        start = self.today - timedelta(700)
        one, two = self._people(2)
        for person in (one, two):
            self._create_period(person, start, self.today + timedelta(30))
        for days_ago in (600, 500):
            self._buy(one, days_ago=days_ago)
        self._buy(two, days_ago=500)

        def figures(days_ago):
            month = (self.today - timedelta(days_ago)).replace(day=1)
            return self._total(
                "club.figure.month",
                *("members:count_distinct", "active_clients:count_distinct"),
                "share_active:avg",
                domain=[
                    ("month", "=", month),
                    ("partner_id", "in", (one + two).ids),
                ],
            )

        self.assertEqual(figures(560), (2, 0, 0.0))
        self.assertEqual(figures(450), (2, 1, 50.0))
        self.assertEqual(figures(0), (2, 0, 0.0))

    # --- K-factor -----------------------------------------------------------------

    def test_k_factor(self):
        """Two members of a year bring three people, of whom two join: K is 1."""
        year = self.today.replace(year=self.today.year - 1, month=3, day=1)
        for person in (self.member, self.other):
            self._create_period(person, year, year + timedelta(100))
        days_ago = (self.today - year).days
        rows = [self._bind(person, days_ago=days_ago) for person in self._people(3)]
        for row in rows[:2]:
            self._paid(row.referred_id)
        self._settle()
        year = year.replace(month=1)
        domain = [("year", "=", year), ("company_id", "=", self.company.id)]
        self.assertEqual(
            self._total(
                "club.figure.k",
                *("members:sum", "brought:sum", "joined:sum"),
                *("per_member:avg", "k_factor:avg"),
                domain=domain,
            ),
            (2, 3, 2, 1.5, 1.0),
        )
        share = self._total("club.figure.k", "share_joined:avg", domain=domain)[0]
        self.assertAlmostEqual(share, 200 / 3)
        now = [("year", "=", self.today.replace(month=1, day=1))]
        now += [("partner_id", "in", rows[0].referred_id.ids)]
        self.assertEqual(self._total("club.figure.k", "members:sum", domain=now), (1,))

    # --- Revenue ------------------------------------------------------------------

    def test_share_of_revenue(self):
        """Of two equal sales one is to somebody who was brought."""
        brought, alone = self._people(2)
        self._bind(brought)
        for person in (brought, alone):
            self._buy(person)
        domain = [("partner_id", "in", (brought | alone).ids)]
        (row,) = self._total(
            "club.figure.revenue",
            *("revenue:sum", "recommended:sum", "share:avg", "paid:sum"),
            domain=domain,
            by=["stream"],
        )
        stream, revenue, recommended, share, paid = row
        self.assertEqual((stream, share), ("other", 50))
        self.assertAlmostEqual(revenue, recommended * 2)
        self.assertAlmostEqual(paid, revenue)

    def test_revenue_is_what_stock_says(self):
        """The sum over everybody is stock's sum of posted invoices."""
        self._sell_and_pay(self._person())
        bought = self._buy(self.other)
        bought._reverse_moves([{"invoice_date": self.today}]).action_post()
        (wanted,) = self._total(
            "account.move",
            "amount_untaxed_signed:sum",
            domain=[
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("partner_id", "!=", False),
            ],
        )
        (found,) = self._total("club.figure.revenue", "revenue:sum")
        self.assertAlmostEqual(found, wanted)
        streams = self._total("club.figure.revenue", "revenue:sum", by=["stream"])
        self.assertIn("fees", dict(streams))

    # --- Where members come from --------------------------------------------------

    def test_members_by_channel_add_up(self):
        """Rows of any grouping add up to the members; the first touch counts."""
        brought = self._person("Was brought")
        self._bind(brought, way="guest")
        source = self.env["utm.source"].create({"name": "Fair"})
        asked = self._person("Asked")
        lead = {"name": "Asks", "partner_id": asked.id, "source_id": source.id}
        self.env["crm.lead"].create([{**lead, "user_id": self.salesman.id}, lead])
        given = self._person("Was given", club_manager_id=self.personal_manager.id)
        for person in (brought, asked, given):
            self._paid(person)
        given.club_manager_id = self.club_manager
        self._settle()
        count = self.env["res.partner"].search_count(
            [("club_state", "in", LIVE_STATES), ("is_company", "=", False)]
        )
        for by in ("channel", "acquired_by_id", "source_id", "club_chapter_id"):
            rows = self._total("club.figure.acquired", "members:sum", by=[by])
            self.assertEqual(sum(row[1] for row in rows), count, by)
        row = self.env["club.figure.acquired"].browse((brought | asked | given).ids)
        row = row.sorted("id")
        self.assertEqual(row.mapped("channel"), ["guest", "application", "recorded"])
        self.assertEqual(row[1].source_id, source)
        self.assertEqual(row[1].acquired_by_id, self.salesman)
        self.assertEqual(row[2].acquired_by_id, self.personal_manager)

    def test_brought_per_person(self):
        """Three who were brought, by two who came by themselves: 1.5."""
        for person in self._people(3):
            self._bind(person)
        people = self.member | self.other | self.member.club_referred_ids
        self.assertEqual(
            self._total(
                "club.figure.acquired",
                *("per_person:avg", "alone:sum", "brought:sum"),
                domain=[("partner_id", "in", people.ids)],
            ),
            (1.5, 2, 3),
        )

    # --- The tree as a list -------------------------------------------------------

    def test_branch_by_level(self):
        """Grouped by level the list says what the tree says."""
        first, second = self._people(2)
        third = self._person("Third")
        self._bind(first)
        self._bind(second)
        self._bind(third, referrer=first)
        self._paid(first)
        self._buy(third)
        self._settle()
        branch = self.env["club.figure.branch"].with_context(
            club_tree_root=self.member.id
        )
        rows = branch._read_group(
            [], ["level"], ["people:sum", "joined:sum", "revenue:sum", "other:sum"]
        )
        tree = [
            (level["level"], level["people"], level["joined"])
            + (level["revenue"], level["other"])
            for level in self.member._club_tree()[self.member.id]
        ]
        self.assertEqual([row[:3] for row in rows], [row[:3] for row in tree])
        self.assertAlmostEqual(rows[1][3], tree[1][3])
        self.assertAlmostEqual(rows[1][4], rows[1][3])
        whole = self.env["club.figure.branch"].search(
            [("root_id", "=", self.member.id)]
        )
        self.assertEqual(whole.partner_id, first | second | third)
        action = self.member.action_club_branch()
        self.assertEqual(action["context"]["club_tree_root"], self.member.id)

    def test_form_and_cards_in_constant_queries(self):
        """Count and revenue of one member, and of a picture full of them."""

        def queries(people, names):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people.web_read({name: {} for name in names})
            return self.env.cr.sql_log_count - before

        for names in (
            ["club_branch_count", "club_branch_revenue"],
            ["club_social_capital", "club_social_parts", "club_introduced_count"],
        ):
            people = self._people(20)
            for above, below in zip(people[:10], people[10:], strict=True):
                self._bind(below, referrer=above)
            queries(people, names)
            self.assertEqual(queries(people[:2], names), queries(people, names))
        self.assertEqual(people[0].club_branch_count, 1)

    def test_picture(self):
        """Stock's hierarchy: the person, whom he has brought, and by whom he was."""
        above = self._person("Above")
        first = self._person("First")
        self._bind(self.member, referrer=above)
        self._bind(first)
        found = self.env["res.partner"].hierarchy_read(
            [("id", "=", self.member.id)],
            {"name": {}, "club_branch_count": {}, "club_referred_ids": {"fields": {}}},
            "club_referrer_id",
            "club_referred_ids",
        )
        names = {row["name"]: row["club_branch_count"] for row in found}
        self.assertEqual(names, {"Above": 2, self.member.name: 1, "First": 0})

    # --- Social capital -----------------------------------------------------------

    def test_social_capital(self):
        """A referral that joined and a meeting: two; found and sorted by it."""
        first, second = self._people(2)
        self._bind(first)
        self._bind(second)
        self._paid(first)
        self.env["club.introduction"].create(
            {"partner_id": self.member.id, "other_id": self.other.id}
        ).met_on = self.today
        self._settle()
        self.assertEqual(self.member.club_social_capital, 2)
        self.assertEqual(self.other.club_social_capital, 1)
        self.assertIn("Brought and joined: 1", self.member.club_social_parts)
        people = self.env["res.partner"]
        found = people.search(
            [
                ("club_social_capital", ">", 0),
                ("id", "in", (self.member | self.other).ids),
            ],
            order="club_social_capital desc",
        )
        self.assertEqual(found.ids, [self.member.id, self.other.id])
        found = people.search(
            [("id", "in", (self.member | first).ids)], order="club_social_capital, id"
        )
        self.assertEqual(found.ids, [first.id, self.member.id])
        fields = people.fields_get(["club_social_capital"], ["sortable"])
        self.assertTrue(fields["club_social_capital"]["sortable"])

    def test_a_room_adds_to_social_capital(self):
        """What another room counts is in the total, the parts and the search."""
        components = type(self.env["res.partner"])._club_social_components

        def more(people):
            answers = SQL("SELECT %s AS person_id, 5 AS count", self.other.id)
            return {**components(people), "answers": ("Answers", answers)}

        self.patch(type(self.env["res.partner"]), "_club_social_components", more)
        self.assertEqual(self.other.club_social_capital, 5)
        self.assertIn("Answers: 5", self.other.club_social_parts)
        found = self.env["res.partner"].search([("club_social_capital", "=", 5)])
        self.assertEqual(found, self.other)

    def test_who_introduces_and_never_converts(self):
        for person in self._people(2):
            self._bind(person)
        third = self._person()
        self._bind(third, referrer=self.other)
        self._paid(third)
        domain = [("club_introduced_count", ">=", 1), ("club_brought_count", "=", 0)]
        found = self.env["res.partner"].search(
            domain + [("id", "in", (self.member | self.other).ids)],
            order="club_introduced_count desc",
        )
        self.assertEqual(found, self.member)

    # --- Rights -------------------------------------------------------------------

    def test_rights_of_a_personal_manager(self):
        """Figures of his own people; of others' trees no money."""
        self.member.club_manager_id = self.personal_manager
        stranger = new_test_user(
            self.env, "club_pm_2", "club_community.group_club_user"
        )
        first, second = self._people(2)
        self._bind(first)
        self._bind(second, referrer=self.other)
        self._buy(first)
        self._settle()

        def seen(user, model, **context):
            rows = self.env[model].with_user(user).with_context(**context).search([])
            return rows

        mine = self.personal_manager
        branch = seen(mine, "club.figure.branch", club_tree_root=self.member.id)
        self.assertEqual(branch.partner_id, first)
        for user in (mine, stranger):
            self.assertFalse(
                seen(user, "club.figure.branch", club_tree_root=self.other.id)
            )
        self.assertFalse(seen(stranger, "club.figure.k").filtered("brought"))
        self.assertEqual(self.member.with_user(mine).club_branch_count, 1)
        self.assertTrue(self.member.with_user(mine).club_branch_revenue)
        self.assertEqual(self.member.with_user(stranger).club_branch_count, 1)
        self.assertFalse(self.member.with_user(stranger).club_branch_revenue)
        self.assertFalse(self.member.with_user(stranger).club_branch_currency_id)
