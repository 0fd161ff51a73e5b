from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestChapterFigures(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "city_pm", "club_community.group_club_user"
        )
        cls.kazan, cls.perm = cls.env["club.chapter"].create(
            [{"name": "Kazan of figures"}, {"name": "Perm of figures"}]
        )
        today = fields.Date.context_today(cls.kazan)
        # state, first day in the club, filled in
        cls._live(cls.kazan, "active", today - timedelta(30), 40)
        cls._live(cls.kazan, "active", today - timedelta(31), 60)
        cls._live(cls.kazan, "grace", today - timedelta(400), 20)
        cls._live(cls.kazan, "former", today - timedelta(10), 90)
        cls._live(cls.kazan, "waiting", None, 80)
        cls._live(cls.kazan, None, None, 0)
        cls._live(cls.perm, "active", today, None)

    @classmethod
    def _live(cls, chapter, state, joined, filled):
        """A person as memberships and facts would have made him."""
        person = cls.env["res.partner"].create(
            {"name": f"{state} of {chapter.name}", "club_chapter_id": chapter.id}
        )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET club_state = %s, club_joined = %s, "
            "club_completeness = %s WHERE id = %s",
            [state, joined, filled, person.id],
        )
        cls.env.invalidate_all()
        return person

    def test_figures(self):
        figures = {
            "people_count": 6,
            "member_count": 3,
            "grace_count": 1,
            "coming_count": 1,
            "former_count": 1,
            "newcomer_count": 1,
            "completeness": 40,
        }
        kazan = self.kazan.with_user(self.manager)
        self.assertEqual({name: kazan[name] for name in figures}, figures)
        perm = self.perm.with_user(self.manager)
        self.assertEqual((perm.member_count, perm.newcomer_count), (1, 1))
        self.assertEqual(perm.completeness, 0)
        empty = self.env["club.chapter"].create({"name": "Nobody of figures"})
        self.assertEqual((empty.people_count, empty.completeness), (0, 0))

    def test_every_figure_opens_those_it_counts(self):
        for action, figure in (
            ("action_view_members", "member_count"),
            ("action_view_people", "people_count"),
            ("action_view_newcomers", "newcomer_count"),
        ):
            with self.subTest(figure):
                opened = getattr(self.kazan.with_user(self.manager), action)()
                found = self.env["res.partner"].search_count(opened["domain"])
                self.assertEqual(found, self.kazan[figure])
        graph = self.kazan.with_user(self.manager).action_view_states()
        self.assertEqual(graph["views"][0][1], "graph")
        self.assertEqual(self.env["res.partner"].search_count(graph["domain"]), 5)

    def test_archived_people_and_companies_are_not_counted(self):
        people = self.env["res.partner"].search(
            [("club_chapter_id", "=", self.kazan.id), ("club_state", "=", "active")]
        )
        people[0].active = False
        people[1].is_company = True
        self.env.invalidate_all()
        self.assertEqual((self.kazan.member_count, self.kazan.people_count), (1, 4))

    def test_queries_do_not_grow_with_chapters(self):
        specification = dict.fromkeys(
            ("name", "member_count", "newcomer_count", "people_count", "completeness"),
            {},
        )

        def queries(chapters):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            chapters.with_user(self.manager).web_read(specification)
            return self.env.cr.sql_log_count - before

        more = self.env["club.chapter"].create(
            [{"name": f"City {number} of figures"} for number in range(18)]
        )
        both = self.kazan | self.perm
        queries(both), queries(both | more)
        self.assertEqual(queries(both), queries(both | more))
