from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ...models.profile import res_partner_likeness


class LikenessCommon(TransactionCase):
    """Anna, who looks for an investor, and people who share more or less with her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "like_pm", "club_community.group_club_user"
        )
        cls.employee = new_test_user(cls.env, "like_employee", "base.group_user")
        cls.member = new_test_user(cls.env, "like_member", "base.group_portal")
        cls.city = cls.env["club.chapter"].create({"name": "Kazan of likeness"})
        cls.trade = cls.env["res.partner.industry"].create({"name": "Beekeeping"})
        cls.ride, cls.read = cls.env["club.interest"].create(
            [{"name": "Riding likeness"}, {"name": "Reading likeness"}]
        )
        cls.polo = cls.env["club.interest"].create(
            {"name": "Polo likeness", "kind": "sport"}
        )
        cls.anna = cls._person(
            "Anna",
            club_interest_ids=[Command.set([cls.ride.id, cls.read.id])],
            club_sport_ids=[Command.set(cls.polo.ids)],
            club_chapter_id=cls.city.id,
            club_industry_id=cls.trade.id,
            club_seeks="An investor for honey",
            club_gives="Hives for your garden",
        )
        # all she has, a part of it, one thing
        cls.vera = cls._person(
            "Vera",
            club_interest_ids=[Command.set([cls.ride.id, cls.read.id])],
            club_sport_ids=[Command.set(cls.polo.ids)],
            club_chapter_id=cls.city.id,
            club_industry_id=cls.trade.id,
            club_gives="I know investors in farming",
        )
        cls.boris = cls._person(
            "Boris",
            club_interest_ids=[Command.set(cls.ride.ids)],
            club_chapter_id=cls.city.id,
        )
        cls.gleb = cls._person("Gleb", club_interest_ids=[Command.set(cls.read.ids)])
        cls.stranger = cls._person("Zoya", club_seeks="A quiet place")

    @classmethod
    def _person(cls, name, **values):
        return cls.env["res.partner"].create({"name": name, **values})

    def _answer(self, given, *people):
        purpose = self.env["club.consent.purpose"]._get("directory")
        for person in people:
            person._club_answer_consent(purpose, given, "member")

    def _names(self, person=None, for_member=False, limit=10, user=None):
        person = person or self.anna
        if user:
            person = person.with_user(user)
        found = person._club_people_like(limit, for_member)
        return [row["partner"].sudo().name for row in found]


@tagged("post_install", "-at_install")
class TestLikeness(LikenessCommon):
    def test_ranked_by_what_two_share(self):
        found = self.anna._club_people_like()
        self.assertEqual(
            [row["partner"] for row in found], [self.vera, self.boris, self.gleb]
        )
        scores = [row["score"] for row in found]
        # circles 2 x 3, sport 3, city 3, work 2, gives 5; circle 3, city 3; circle 3
        self.assertEqual(scores, [19, 6, 3])
        self.assertEqual(self._names(limit=1), ["Vera"])

    def test_reasons_for_a_manager(self):
        vera, boris, gleb = self.anna._club_people_like()
        self.assertEqual(
            vera["reasons"],
            [
                "Can give what Anna looks for: “I know investors in farming”",
                "In common: Reading likeness, Riding likeness, Polo likeness",
                "Same city: Kazan of likeness",
                "Same field of work: Beekeeping",
            ],
        )
        self.assertEqual(
            boris["reasons"],
            ["In common: Riding likeness", "Same city: Kazan of likeness"],
        )
        self.assertEqual(gleb["reasons"], ["In common: Reading likeness"])
        (anna, *_others) = self.vera._club_people_like()
        self.assertIn(
            "Looks for what Vera can give: “An investor for honey”", anna["reasons"]
        )

    def test_a_member_reads_nothing_that_the_other_wrote(self):
        self._answer(True, self.vera)
        (vera,) = self.anna._club_people_like(for_member=True)
        self.assertEqual(vera["reasons"][0], "Can give what you look for")
        self.assertNotIn("farming", str(vera["reasons"]))

    def test_russian_words_and_labels(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.ride.with_context(lang="ru_RU").name = "Верховая езда"
        ivan = self._person("Иван", club_gives="Знаю инвесторов")
        self.anna.club_seeks = "Ищу инвестора"
        self.assertIn("Иван", self._names())
        found = self.anna.with_context(lang="ru_RU")._club_people_like()
        self.assertIn("Верховая езда", str(found))
        # signs that mean something to the text search are no trouble
        self.anna.club_seeks = "a & b | !c:* 'd' (https://x.example/?a=1&b='2') \\"
        self.assertNotIn(ivan.name, self._names())

    def test_members_see_only_who_agreed(self):
        self.assertEqual(self._names(for_member=True), [])
        self._answer(True, self.vera, self.boris)
        self.assertEqual(self._names(for_member=True), ["Vera", "Boris"])
        self._answer(False, self.vera)
        self.assertEqual(self._names(for_member=True), ["Boris"])

    def test_former_members_are_not_shown_to_members(self):
        self._answer(True, self.vera, self.boris)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET club_state = 'former' WHERE id = %s",
            [self.vera.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._names(for_member=True), ["Boris"])
        self.assertIn("Vera", self._names())

    def test_managers_do_not_see_who_said_no(self):
        self._answer(True, self.boris)
        self._answer(False, self.vera)
        self.assertEqual(self._names(user=self.manager), ["Boris", "Gleb"])
        self._answer(True, self.vera)
        self.assertEqual(self._names(user=self.manager), ["Vera", "Boris", "Gleb"])

    def test_another_yes_is_no_yes_to_this(self):
        purpose = self.env["club.consent.purpose"]._get("portrait")
        self.vera._club_answer_consent(purpose, True, "member")
        self.boris._club_answer_consent(purpose, False, "member")
        self.assertEqual(self._names(for_member=True), [])
        self.assertIn("Boris", self._names())

    def test_never_the_archived_companies_or_oneself(self):
        self.vera.active = False
        self.boris.is_company = True
        self.assertEqual(self._names(), ["Gleb"])

    def test_never_people_or_cities_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other of likeness"})
        away = self.env["club.chapter"].create(
            {"name": "Away of likeness", "company_id": other.id}
        )
        self._answer(True, self.vera, self.boris, self.gleb)
        self.vera.company_id = other
        self.boris.club_chapter_id = away
        self.assertEqual(self._names(user=self.manager), ["Gleb"])
        # a page for members: superuser's rights, companies of who is logged in
        anna = self.anna.with_user(self.member).sudo()
        self.assertEqual(self._names(anna, for_member=True), ["Gleb"])

    def test_rules_on_contacts_count(self):
        rule = {
            "name": "No Vera",
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": f"[('id', '!=', {self.vera.id})]",
        }
        self.env["ir.rule"].create(rule)
        self.assertEqual(self._names(user=self.manager), ["Boris", "Gleb"])

    def test_archived_interests_do_not_count(self):
        self.read.active = False
        self.assertEqual(self._names(), ["Vera", "Boris"])

    def test_without_anything_in_common(self):
        self.assertEqual(self._names(self.stranger), [])
        empty = self._person("Nobody")
        self.assertEqual(self._names(empty), [])

    def test_a_room_adds_a_signal(self):
        """As lower rooms do: a fragment of SQL, and the words for it."""
        Partner = self.registry["res.partner"]
        signals, words = Partner._club_likeness_signals, Partner._club_likeness_words

        def more_signals(partner):
            name = partner._club_shared_record("land", 50, "country_id")
            return [*signals(partner), name]

        def more_words(partner, for_member):
            return {**words(partner, for_member), "land": "Same country: %(what)s"}

        self.patch(Partner, "_club_likeness_signals", more_signals)
        self.patch(Partner, "_club_likeness_words", more_words)
        country = self.env.ref("base.be")
        (self.anna | self.gleb).country_id = country
        first = self.anna._club_people_like()[0]
        self.assertEqual(first["partner"], self.gleb)
        self.assertEqual(
            first["reasons"],
            ["In common: Reading likeness", f"Same country: {country.name}"],
        )

    def test_one_query_for_few_and_for_many(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            self.anna.check_access("read")
            self._labels = self.anna.name  # for the words
            before = self.env.cr.sql_log_count
            found = self.anna._club_people_like(30)
            return self.env.cr.sql_log_count - before, len(found)

        queries()
        few = queries()
        choice = [Command.set([self.ride.id, self.read.id])]
        self.env["res.partner"].create(
            [
                {"name": f"Rider {number}", "club_interest_ids": choice}
                for number in range(27)
            ]
        )
        queries()
        self.assertEqual((few, queries()), ((1, 3), (1, 30)))

    def test_who_shares_much_is_found_among_many_who_share_little(self):
        """The first look is bounded; who is on the short list is compared whole."""
        self.patch(res_partner_likeness, "_LOOK_AT", 3)
        choice = [Command.set(self.ride.ids)]
        self.env["res.partner"].create(
            [
                {"name": f"Rider {number}", "club_interest_ids": choice}
                for number in range(10)
            ]
        )
        found = self.anna._club_people_like(2)
        self.assertEqual(found[0]["partner"], self.vera)
        self.assertEqual(found[0]["score"], 19)

    def test_the_dialog(self):
        self._answer(False, self.gleb)
        action = self.anna.with_user(self.manager).action_club_people_like()
        dialog = self.env["club.likeness"].browse(action["res_id"])
        self.assertEqual(action["target"], "new")
        self.assertEqual(dialog.line_ids.partner_id, self.vera | self.boris)
        self.assertIn("Same city", dialog.line_ids[0].reasons)
        self.assertEqual(dialog.line_ids[0].action_open()["res_id"], self.vera.id)
        with self.assertRaises(AccessError):
            self.anna.with_user(self.employee).action_club_people_like()

    def test_employees_find_no_club_in_the_form(self):
        views = self.env["res.partner"].with_user(self.employee)
        arch = views.get_view(self.env.ref("base.view_partner_form").id)["arch"]
        self.assertNotIn("action_club_people_like", arch)
        views = self.env["res.partner"].with_user(self.manager)
        arch = views.get_view(self.env.ref("base.view_partner_form").id)["arch"]
        self.assertIn("action_club_people_like", arch)
