from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import ClubCommon


@tagged("post_install", "-at_install")
class TestPerformance(ClubCommon, HttpCase):
    """What a screen or a batch costs does not grow with the club.

    Each is counted with N and with ten times N: a number alone would allow a query
    per record as long as it is small. How it compares with stock: ``./dev bench``.
    """

    FEW, MANY = 8, 80

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chapter = cls.env["club.chapter"].create({"name": "Kazan"})

    def _people(self, count, **vals):
        return self.env["res.partner"].create(
            [
                {
                    "name": f"Person {number:02}",
                    "club_chapter_id": self.chapter.id,
                    "club_manager_id": self.personal_manager.id,
                    "club_referrer_id": self.member.id,
                    **vals,
                }
                for number in range(count)
            ]
        )

    def _periods(self, people, start):
        return self.env["club.membership"].create(
            [
                {"partner_id": person.id, "plan_id": self.plan.id, "date_start": start}
                for person in people
            ]
        )

    def _members(self, count):
        """People with two years of history each, as real members have."""
        people = self._people(count)
        for years in (2, 1):
            self._periods(people, self.today - relativedelta(years=years, months=-1))
        return people

    def _queries(self, function):
        """Queries of a call, as a third visitor finds the caches."""
        for _visitor in range(3):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            function()
            self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _specification(self, model, view_id, view_type):
        """What the web client asks for in a list or kanban of plain fields."""
        arch = model.get_view(view_id, view_type)["arch"]
        names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
        return {
            name: (
                {"fields": {"display_name": {}}}
                if model._fields[name].type == "many2one"
                else {}
            )
            for name in names
        }

    def _assert_list_is_flat(self, model, view_id, view_type, domain_of):
        """A page of few records asks for no less than a page of many.

        Neither page is full: on a full one stock counts what lies beyond it.
        """
        specification = self._specification(model, view_id, view_type)

        def queries(count):
            domain = domain_of(self._members(count))
            self.assertGreaterEqual(model.search_count(domain), count)
            return self._queries(
                lambda: model.web_search_read(domain, specification, limit=1000)
            )

        self.assertEqual(queries(self.FEW), queries(self.MANY), view_type)

    def test_lists_of_members(self):
        partners = self.env["res.partner"].with_user(self.club_manager)
        for view_type in ("list", "kanban"):
            view = self.env.ref(f"club_community.club_member_view_{view_type}")
            self._assert_list_is_flat(
                partners, view.id, view_type, lambda people: [("id", "in", people.ids)]
            )

    def test_list_of_memberships(self):
        memberships = self.env["club.membership"].with_user(self.club_manager)
        self._assert_list_is_flat(
            memberships,
            False,
            "list",
            lambda people: [("partner_id", "in", people.ids)],
        )

    def test_form_of_a_person(self):
        """Neither with his history nor with the club around him."""

        def person(years):
            partner = self._people(1)
            for year in range(years):
                start = self.today - relativedelta(years=year, days=1)
                self._periods(partner, start)
            return partner.with_user(self.club_manager)

        few, many = person(2), person(20)
        before = self._queries(lambda: Form(few))
        self.assertEqual(self._queries(lambda: Form(many)), before)
        self._members(self.MANY)
        self.assertEqual(self._queries(lambda: Form(few)), before)

    def test_page_of_a_member(self):
        """Neither with the club nor with his own history."""
        (person,) = self._members(1)
        person.email = "person@example.com"
        new_test_user(
            self.env, "club_person", "base.group_portal", partner_id=person.id
        )
        self.authenticate("club_person", "club_person")

        def open_page():
            self.assertIn(person.club_number, self.url_open("/my/club").text)

        open_page()
        before = self._queries(open_page)
        self._members(self.MANY)
        for years in range(3, 13):
            self._periods(person, self.today - relativedelta(years=years, months=-1))
        self.assertLessEqual(self._queries(open_page), before)

    def test_batch_of_periods(self):
        """Recorded or imported together, a batch takes as many queries as a few."""
        start = self.today - relativedelta(months=1)

        def queries(count):
            # whoever was brought is looked at: counted in the room's own tests
            people = self._people(count, club_referrer_id=False)
            self.env.cr.flush()  # the journey and the bindings look at these now
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._periods(people, start)
            self.env.flush_all()
            self.assertEqual(set(people.mapped("club_state")), {"active"})
            return self.env.cr.sql_log_count - before

        queries(self.FEW)  # fills the caches
        queries(self.FEW)  # the journey looks at those of before, at the next flush
        self.assertEqual(queries(self.FEW), queries(self.MANY))
