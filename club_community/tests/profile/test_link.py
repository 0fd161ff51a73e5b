from datetime import date

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_duplicate import LikenessCommon


@tagged("post_install", "-at_install")
class TestLink(LikenessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create(
            {"name": "ООО «Север»", "is_company": True}
        )
        cls.Link = cls.env["club.link"].with_user(cls.club_manager)

    def _kind(self, name):
        return self.env.ref(f"club_community.club_link_kind_{name}")

    def _link(self, one, kind, other, **vals):
        return self.Link.create(
            {
                "from_id": one.id,
                "kind_id": self._kind(kind).id,
                "to_id": other.id,
                **vals,
            }
        )

    def _assert_refused(self, create, error=psycopg2.IntegrityError):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(error),
            self.env.cr.savepoint(),
        ):
            create()
            self.env.flush_all()

    def test_said_from_both_sides(self):
        link = self._link(
            self.person,
            "owner",
            self.firm,
            date_from="2019-03-01",
            note="40 % <b>",
            source="Anna herself",
        )
        self.assertEqual(link.display_name, "Anna Petrova is owner of ООО «Север»")
        said = self.person.with_user(self.manager).club_link_html
        self.assertIn("is owner of <a", said)
        self.assertIn("ООО «Север»</a>", said)
        self.assertIn("since 03/01/2019, 40 % &lt;b&gt;", said)
        self.assertIn("is owned by <a", self.firm.club_link_html)
        self.assertIn("Anna Petrova</a>", self.firm.club_link_html)
        self.assertEqual((self.person | self.firm).mapped("club_link_count"), [1, 1])

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        kind = self._kind("owner")
        kind.with_context(lang="ru_RU").reverse_name = "принадлежит"
        self._link(self.person, "owner", self.firm)
        self.assertIn(
            "принадлежит <a", self.firm.with_context(lang="ru_RU").club_link_html
        )
        self.assertIn("is owned by <a", self.firm.club_link_html)

    def test_a_link_once(self):
        self._link(self.person, "owner", self.firm)
        self._assert_refused(lambda: self._link(self.person, "owner", self.firm))
        self._link(self.person, "advisor", self.firm)

    def test_a_mutual_link_once_from_whichever_side(self):
        boris = self._person("Boris Orlov")
        self._link(self.person, "family", boris)
        self._assert_refused(lambda: self._link(boris, "family", self.person))
        self._link(boris, "friend", self.person)

    def test_not_to_oneself_and_not_back_in_time(self):
        self._assert_refused(lambda: self._link(self.person, "family", self.person))
        self._assert_refused(
            lambda: self._link(
                self.person,
                "owner",
                self.firm,
                date_from="2020-01-02",
                date_to="2020-01-01",
            )
        )

    def test_archived_and_again(self):
        old = self._link(self.person, "owner", self.firm, date_to="2015-01-01")
        old.action_archive()
        self._link(self.person, "owner", self.firm, date_from="2020-01-01")
        self.assertTrue(old.exists())
        with self.assertRaises(AccessError):
            old.unlink()
        self.assertEqual(self.person.club_link_count, 1)

    def test_kind_in_use_stays_what_it_is(self):
        self._link(self.person, "owner", self.firm)
        with self.assertRaisesRegex(ValidationError, "exist already"):
            self._kind("owner").is_mutual = True
        self._kind("owner").is_mutual = False
        self._kind("friend").is_mutual = False

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other club"})
        self.person.company_id = self.env.company
        link = self._link(self.person, "owner", self.firm)
        self.assertEqual(link.company_id, self.env.company)
        self.firm.company_id = other
        with self.assertRaisesRegex(ValidationError, "two different companies"):
            self._link(self.person, "advisor", self.firm)

    def test_merge_keeps_links_once(self):
        twin = self._person("A. Petrova", email="anna@example.com")
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        boris = self._person("Boris Orlov")
        kept = self._link(twin, "owner", self.firm)
        double = self._link(self.person, "owner", self.firm, note="From her sister")
        only = self._link(self.person, "board", group)
        back = self._link(boris, "advisor", self.person)
        family = self._link(boris, "family", self.person)
        mutual = self._link(twin, "family", boris)
        self._link(self.person, "friend", twin)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.person | twin).ids, twin
        )
        live = self.Link.search(
            ["|", ("from_id", "=", twin.id), ("to_id", "=", twin.id)]
        )
        self.assertEqual(live, kept | only | back | mutual)
        self.assertEqual(back.to_id, twin)
        self.assertFalse(double.active)
        self.assertFalse(family.active)
        self.assertEqual(double.from_id, twin)
        self.assertEqual(double.note, "From her sister")
        self.assertIn("is a friend of", str(twin.message_ids.mapped("body")))

    def test_words_for_times(self):
        link = self._link(self.person, "owner", self.firm)
        for start, end, said in (
            (False, date(2020, 5, 1), "(until 05/01/2020)"),
            (date(2019, 5, 1), date(2020, 5, 1), "(from 05/01/2019 to 05/01/2020)"),
            (False, False, ""),
        ):
            link.write({"date_from": start, "date_to": end})
            self.assertIn(said, link._said_of(self.person))
        self.assertNotIn("(", link._said_of(self.person))

    def test_counts_of_many_cards_take_one_query(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [
                    {"name": f"Owner {n}", "club_manager_id": self.manager.id}
                    for n in range(count)
                ]
            )
            for person in people:
                self._link(person, "owner", self.firm)
            return self._queries(
                lambda: people.with_user(self.manager).read(
                    ["club_link_count", "club_duplicate_count", "club_link_html"]
                )
            )

        self.assertEqual(queries(3), queries(30))

    def test_no_query_for_people_outside_the_club(self):
        stranger = self._person("Stranger", club_manager_id=False)
        names = ["is_company", "club_state", "club_chapter_id", "club_manager_id"]
        counts = ["club_link_count", "club_duplicate_count", "club_watch_count"]
        stranger = stranger.with_user(self.manager)
        before = self._queries(lambda: stranger.read(names))
        self.assertEqual(self._queries(lambda: stranger.read(names + counts)), before)
