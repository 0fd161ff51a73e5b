from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import JourneyCommon


class SegmentCommon(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segments = cls.env["club.segment"]
        cls.segments.search([("id", "!=", 0)]).active = False

    @classmethod
    def _segment(cls, domain="[]", **vals):
        return cls.segments.create({"name": "Some people", "domain": domain, **vals})

    @classmethod
    def _segment_of(cls, people, **vals):
        return cls._segment(f"[('id', 'in', {people.ids})]", **vals)

    def _queries(self, function, is_twice=True):
        """Of the second call: what the first one warms up is not the function's."""
        if is_twice:
            self._queries(function, is_twice=False)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestSegments(SegmentCommon):
    # --- Who is in it ---------------------------------------------------------------

    def test_people_by_their_facts_in_several_segments(self):
        people = self._people(3, club_role="owner")
        firm = self.env["res.partner"].create(
            {"name": "Firm", "is_company": True, "club_role": "owner"}
        )
        people[2].active = False
        owners = self._segment("[('club_role', '=', 'owner')]")
        first = self._segment_of(people[0], sequence=1)
        self.assertEqual(people[:2] & owners.partner_ids, people[:2])
        self.assertFalse(firm & owners.partner_ids)
        self.assertEqual(people[0].club_segment_ids, first + owners)
        self.assertEqual(people[1].club_segment_ids, owners)
        self.assertFalse(people[2].club_segment_ids)

    def test_another_filter_counts_at_once(self):
        people = self._people(2)
        segment = self._segment_of(people[0])
        segment.domain = f"[('id', '=', {people[1].id})]"
        self.assertEqual(segment.partner_ids, people[1])
        segment.active = False
        self.assertFalse(people.club_segment_ids)
        segment.active = True
        self.assertEqual(segment.partner_ids, people[1])

    def test_the_night_and_the_button_bring_it_up_to_date(self):
        person = self._people(1, club_role="owner")
        segment = self._segment("[('club_role', '=', 'owner')]")
        person.club_role = "expert"
        self.assertIn(person, segment.partner_ids)
        self._nightly("ir_cron_club_segment")
        self.env.invalidate_all()
        self.assertNotIn(person, segment.partner_ids)
        person.club_role = "owner"
        segment.with_user(self.club_admin).action_count()
        self.assertIn(person, segment.partner_ids)
        with self.assertRaises(AccessError):
            segment.with_user(self.personal_manager).action_count()

    def test_a_night_that_changes_nothing_writes_no_row(self):
        people = self._people(20)
        self._segment_of(people)

        def rows():
            self.env.cr.execute(
                "SELECT ctid, xmin, * FROM club_segment_partner_rel ORDER BY 3, 4"
            )
            return self.env.cr.fetchall()

        before = rows()
        self.assertEqual(len(before), 20)
        self.segments.search([("id", "!=", 0)])._count()
        self.assertEqual(rows(), before)

    def test_a_column_that_is_gone_stops_no_other_segment(self):
        person = self._people(1, club_role="owner")
        broken = self._segment_of(person)
        sound = self._segment("[('club_role', '=', 'owner')]")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE club_segment SET domain = %s WHERE id = %s",
            ["[('club_gone', '=', 1)]", broken.id],
        )
        person.club_role = "expert"
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.club_community", "WARNING"):
            self._nightly("ir_cron_club_segment")
        self.env.invalidate_all()
        self.assertEqual(broken.partner_ids, person)
        self.assertNotIn(person, sound.partner_ids)

    def test_nobody_is_put_in_by_hand(self):
        person = self._people(1)
        segment = self._segment("[('id', '=', 0)]")
        admin = self.club_admin
        for step in (
            lambda: person.with_user(admin).write({"club_segment_ids": segment.ids}),
            lambda: segment.with_user(admin).write({"partner_ids": person.ids}),
            lambda: self.segments.with_user(admin).create(
                {"name": "A", "domain": "[]", "partner_ids": person.ids}
            ),
        ):
            with self.assertRaises(AccessError):
                step()

    # --- What may be asked -----------------------------------------------------------

    def test_bad_filters_are_refused(self):
        for domain, words in (
            ("[('no_such_field', '=', 1)]", "no filter over contacts"),
            ("young and bored", "no filter over contacts"),
            ("[(", "no filter over contacts"),
            ("[('club_segment_ids', '!=', False)]", "asks for club_segment_ids"),
            ("[('club_card_token', '=', 'x')]", "asks for club_card_token"),
            ("[('club_membership_ids.amount', '>', 5)]", "club_membership_ids.amount"),
            (
                "[('club_membership_ids', 'any', [('amount', '>', 5)])]",
                "club_membership_ids",
            ),
            ("[('sale_order_ids.amount_total', '>', 5)]", "sale_order_ids"),
            ("[('user_ids.password', '=', 'x')]", "no filter over contacts"),
        ):
            with self.subTest(domain), self.assertRaisesRegex(ValidationError, words):
                self._segment(domain)

    def test_confidential_facts_stay_confidential(self):
        """Whatever leads to the sheet is refused, also from the end of a path."""
        sheets = [
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field.relational and field.comodel_name == "club.profile.private"
        ]
        for name in sheets:
            with self.subTest(name), self.assertRaises(ValidationError):
                self._segment(f"[('{name}', '!=', False)]")
        private = self.env["club.profile.private"]
        groups = self.env["res.groups"]._get_group_definitions()
        manager = groups.parse("club_community.group_club_user")
        self.assertFalse(self.segments._is_open_to_managers(private, manager))
        interest = self.env["club.interest"]
        self.assertTrue(self.segments._is_open_to_managers(interest, manager))

    def test_facts_to_show_are_for_all_managers(self):
        token = self.env["ir.model.fields"]._get("res.partner", "club_card_token")
        with self.assertRaisesRegex(ValidationError, "club_card_token"):
            self._segment(fact_field_ids=token.ids)

    # --- Figures ---------------------------------------------------------------------

    def test_figures(self):
        people = self._people(4)
        segment = self._segment_of(people)
        year = timedelta(days=365)
        start = self.today - timedelta(days=400)
        for person in people[:2]:
            self._create_period(person, start, start + year - timedelta(days=1))
        self._create_period(people[0], start + year, start + 2 * year, amount=1200.0)
        self._create_period(people[2], self.today, self.today + year, amount=600.0)
        self._nightly("ir_cron_club_advance")
        self.env.invalidate_all()
        self.assertEqual(segment.person_count, 4)
        self.assertEqual(segment.ended_count, 2)
        self.assertEqual(segment.retention, 50)
        living = people.filtered(lambda p: p.club_state in ("active", "grace"))
        self.assertEqual(segment.member_count, len(living))
        self.assertAlmostEqual(segment.average_fee, 900, delta=5)
        self.assertEqual(segment.currency_id, self.company.currency_id)
        days = [p.club_tenure_days for p in living]
        self.assertAlmostEqual(
            segment.average_tenure, sum(days) / len(days) / 30.4375, places=2
        )

    def test_figures_of_a_personal_manager_are_of_his_portfolio(self):
        people = self._people(2)
        people[0].club_manager_id = self.personal_manager
        for person in people:
            self._create_period(person, self.today, self.today + timedelta(days=364))
        segment = self._segment_of(people).with_user(self.personal_manager)
        self.assertEqual(segment.member_count, 1)
        self.assertEqual(segment.person_count, 2)

    def test_four_conversions(self):
        people = self._people(2)
        segment = self._segment_of(people)
        self._move(people, self._stage("heard"))
        self._move(people[0], self._stage("welcome"))
        self.env.invalidate_all()
        self.assertEqual(segment.attract_rate, 50)
        self.assertEqual(segment.activate_rate, 0)
        self._move(people[0], self._stage("settled"))
        self.env.invalidate_all()
        self.assertEqual(segment.activate_rate, 100)
        self.assertEqual(segment.retain_rate, 0)

    def test_queries_do_not_grow_with_the_segments(self):
        columns = ["person_count", "member_count", "average_fee", "retention"]
        columns += ["average_tenure", "attract_rate", "retain_rate"]
        people = self._people(3)
        few = self._segment_of(people)
        many = self.segments.create(
            [
                {"name": f"Segment {n}", "domain": f"[('id', 'in', {people.ids})]"}
                for n in range(10)
            ]
        )
        few.read(columns)
        self.assertEqual(
            self._queries(lambda: few.read(columns)),
            self._queries(lambda: many.read(columns)),
        )

    # --- Opening it ------------------------------------------------------------------

    def test_opening_lists_people_with_the_facts_that_matched(self):
        people = self._people(2, club_role="owner")
        fields = self.env["ir.model.fields"]
        segment = self._segment_of(
            people,
            fact_field_ids=(
                fields._get("res.partner", "club_role")
                + fields._get("res.partner", "club_interest_ids")
            ).ids,
        )
        people[0].club_interest_ids = self.env.ref("club_community.club_interest_golf")
        action = segment.with_user(self.personal_manager).action_people()
        found = (
            self.env["res.partner"]
            .with_user(self.personal_manager)
            .with_context(**action["context"])
            .search(action["domain"])
        )
        self.assertEqual(found, people)
        self.assertIn("Role in the Business: Owner", found[0].club_segment_facts)
        self.assertIn("Golf", found[0].club_segment_facts)

    def test_queries_of_the_facts_do_not_grow_with_the_people(self):
        role = self.env["ir.model.fields"]._get("res.partner", "club_role")
        circles = self.env["ir.model.fields"]._get("res.partner", "club_interest_ids")
        golf = self.env.ref("club_community.club_interest_golf")
        people = self._people(30, club_role="owner", club_interest_ids=golf.ids)
        segment = self._segment_of(people, fact_field_ids=(role + circles).ids)
        people = people.with_context(club_segment_id=segment.id)
        people[:3].mapped("club_segment_facts")
        few = people.browse(people[:3].ids)
        self.assertEqual(
            self._queries(lambda: few.mapped("club_segment_facts")),
            self._queries(lambda: people.mapped("club_segment_facts")),
        )
        bare = people.with_context(club_segment_id=False)
        few = bare.browse(bare[:3].ids)
        self.assertEqual(
            self._queries(lambda: few.mapped("club_segment_facts")),
            self._queries(lambda: bare.mapped("club_segment_facts")),
        )

    def test_highest_fees(self):
        # a currency of this test's own: nobody else pays in it
        currency = self.env["res.currency"].create({"name": "ZZZ", "symbol": "Z"})
        dear, cheap, month = (
            self._create_plan(name=name, price=price, currency_id=currency.id, **vals)
            for name, price, vals in (
                ("Dear", 5000, {}),
                ("Cheap", 1000, {}),
                ("Month", 100, {"period_months": 1}),
            )
        )
        people = self._people(8)
        end = self.today + timedelta(days=20)
        for number, person in enumerate(people):
            plan = dear if number < 2 else month if number == 2 else cheap
            self._create_period(person, self.today, end, plan)
        found = self.env["res.partner"].search(
            [("club_pays_most", "=", True), ("id", "in", people.ids)]
        )
        self.assertEqual(found, people[:2])
        self.assertEqual(people.filtered("club_pays_most"), people[:2])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.employee).search(
                [("club_pays_most", "=", True)]
            )


@tagged("post_install", "-at_install")
class TestShippedSegments(JourneyCommon):
    def test_at_least_five_with_a_persona_and_facts(self):
        shipped = self.env["club.segment"].search([])
        self.assertGreaterEqual(len(shipped), 5)
        for segment in shipped:
            with self.subTest(segment.name):
                self.assertTrue(segment.persona)
                self.assertTrue(segment.fact_field_ids)
                segment._conditions()

    def test_a_newcomer_of_this_year(self):
        self._create_period(self.member, self.today, self.today + timedelta(days=364))
        segments = self.env["club.segment"].search([])
        segments._count()
        newcomers = self.env.ref("club_community.club_segment_newcomers")
        loyal = self.env.ref("club_community.club_segment_loyal")
        self.assertIn(newcomers, self.member.club_segment_ids)
        self.assertNotIn(loyal, self.member.club_segment_ids)
