import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ProfileCommon


class LikenessCommon(ProfileCommon):
    def _person(self, name, **vals):
        """Somebody of the club, unless he has no manager."""
        vals = {"club_manager_id": self.manager.id, **vals}
        return self.env["res.partner"].create({"name": name, **vals})

    def _queries(self, function):
        """Queries of a call, as the third visitor finds the caches."""
        for _visitor in range(3):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            function()
            self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _nightly(self, job):
        """As Odoo runs it, commits included."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"club_community.{job}").sudo().method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestDuplicate(LikenessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person.write({"phone": "+7 921 555-01-02", "club_birthday": "1980-05-17"})
        cls.person.country_id = cls.env.ref("base.ru")

    def _pairs(self, person=None):
        person = person or self.person
        return self.env["club.duplicate"].search(
            ["|", ("partner_id", "=", person.id), ("other_id", "=", person.id)]
        )

    def _find(self):
        """As the button on the person does."""
        self.person.with_user(self.manager).action_club_find_duplicates()
        return self._pairs()

    def test_same_email_in_any_case(self):
        other = self._person("Petrova A.", email="Anna P <ANNA@Example.com>")
        pair = self._find()
        self.assertEqual((pair.partner_id, pair.other_id), (self.person, other))
        self.assertEqual(pair.state, "open")
        self.assertIn("same e-mail anna@example.com", pair.reason)
        self.assertGreater(pair.strength, 0.9)

    def test_same_phone_in_any_spelling(self):
        self._person(
            "Anna Petrova",
            phone="8 (921) 555 01 02",
            country_id=self.env.ref("base.ru").id,
        )
        pair = self._find()
        self.assertTrue(pair.same_phone)
        self.assertIn("same phone +79215550102", pair.reason)

    def test_other_alphabet_and_birthday(self):
        other = self._person("Петрова Анна", club_birthday="1980-05-17")
        self._person("Борис Орлов", club_birthday="1980-05-17")
        self._person("Анна Петрова", club_birthday="1981-05-17")
        pair = self._find()
        self.assertEqual(pair.other_id, other)
        self.assertEqual(pair.reason, "same birthday; same name")

    def test_typos_and_yo(self):
        person = self._person("Семён Королёв", club_birthday="1971-01-02")
        other = self._person("Korolev Semenn", club_birthday="1971-01-02")
        twin = self._person("Семен Карелов", club_birthday="1971-01-02")
        self.env["club.duplicate"]._find(person.ids)
        pairs = self._pairs(person)
        self.assertIn(other, pairs.other_id)
        likely = pairs.filtered(lambda p: p.other_id == other)
        for pair in pairs.filtered(lambda p: p.other_id == twin):
            self.assertLess(pair.strength, likely.strength)

    def test_a_family_shares_a_mailbox(self):
        self._person("Boris Orlov", email="anna@example.com")
        pair = self._find()
        self.assertLessEqual(pair.strength, 0.5)
        self.assertIn("perhaps a family's", pair.reason)

    def test_an_office_shares_a_mailbox_and_says_nothing(self):
        office = [self._person(f"Clerk {n}", email="info@example.com") for n in "abc"]
        self.env["club.duplicate"]._find(office[0].ids)
        self.assertEqual(len(self._pairs(office[0])), 2)
        for number in range(20):
            self._person(f"Clerk number {number}", email="info@example.com")
        self.env["club.duplicate"]._find(office[0].ids)
        self.assertFalse(self._pairs(office[0]))

    def test_a_stranger_with_the_card_of_a_member(self):
        """One of the two is of the club; two strangers are none of its business."""
        self._person("A. Petrova", email="anna@example.com", club_manager_id=False)
        self.assertEqual(len(self._find()), 1)
        one, _other = (
            self._person("Zoe Zorina", email="zoe@example.com", club_manager_id=False)
            for _card in "ab"
        )
        self.env["club.duplicate"]._find(one.ids)
        self.assertFalse(self._pairs(one))

    def test_what_is_no_pair(self):
        same = {"email": "anna@example.com"}
        self._person("Firm", is_company=True, **same)
        self._person("Anna Petrova", parent_id=self.person.id, **same)
        self._person("Delivery", type="delivery", parent_id=self.person.id, **same)
        self._person("Anna Petrova", active=False, **same)
        self.assertFalse(self._find())

    def test_people_of_two_companies(self):
        company = self.env["res.company"].create({"name": "Other club"})
        self.person.company_id = self.env.company
        self._person("A. Petrova", email="anna@example.com", company_id=company.id)
        self.assertFalse(self._find())
        self._person("A. Petrova", email="anna@example.com")
        self.assertEqual(self._find().company_id, self.env.company)

    def test_found_once_from_both_sides_and_again(self):
        other = self._person("A. Petrova", email="anna@example.com")
        pair = self._find()
        before = pair.read()
        self.env["club.duplicate"]._find(other.ids)
        self.env["club.duplicate"]._find((self.person | other).ids, later_only=True)
        self._nightly("ir_cron_club_duplicates")
        self.assertEqual(self._pairs(), pair)
        self.assertEqual(pair.read(), before)

    def test_the_database_has_a_pair_once(self):
        self._person("A. Petrova", email="anna@example.com")
        pair = self._find()
        for values in (
            {"partner_id": pair.partner_id.id, "other_id": pair.other_id.id},
            {"partner_id": pair.other_id.id, "other_id": pair.partner_id.id},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env["club.duplicate"].sudo().create(values)
                self.env.flush_all()

    def test_what_is_true_no_more_goes(self):
        other = self._person("A. Petrova", email="anna@example.com")
        self._find()
        other.email = "alla@example.com"
        self.assertFalse(self._find())

    def test_not_the_same_is_never_offered_again(self):
        self._person("Boris Orlov", email="anna@example.com")
        pair = self._find().with_user(self.club_manager)
        action = pair.action_ask_why()
        with Form(pair, action["views"][0][0]) as form:
            form.why = "Her husband"
        pair.action_different()
        self.assertEqual(pair.state, "different")
        self.assertEqual(pair.decided_by_id, self.club_manager)
        self.assertTrue(pair.decided_on)
        self._find()
        self._nightly("ir_cron_club_duplicates")
        self.assertEqual(self._pairs(), pair)
        self.assertEqual(pair.state, "different")
        with self.assertRaisesRegex(UserError, "decided already"):
            pair.action_merge()
        pair.action_reopen()
        self.assertEqual((pair.state, bool(pair.decided_by_id)), ("open", False))

    def test_two_people_without_a_reason(self):
        self._person("Boris Orlov", email="anna@example.com")
        pair = self._find().with_user(self.club_manager)
        with self.assertRaisesRegex(UserError, "in a few words"):
            pair.action_different()

    def test_who_decides(self):
        self._person("Boris Orlov", email="anna@example.com")
        pair = self._find().with_user(self.manager)
        self.assertTrue(pair.reason)
        with self.assertRaises(AccessError):
            pair.action_different()
        with self.assertRaises(AccessError):
            pair.with_user(self.club_manager).state = "different"

    def test_merging(self):
        other = self._person("A. Petrova", email="anna@example.com")
        third = self._person("Anna P.", email="anna@example.com")
        said = "Said hello"
        other.message_post(body=said)
        pairs = self._find()
        pair = pairs.filtered(lambda p: p.other_id == other).with_user(
            self.club_manager
        )
        self.assertFalse(pair.merge_obstacle)
        wizard = self._merge_wizard(pair)
        self.assertEqual(wizard.partner_ids, self.person | other)
        wizard.dst_partner_id = other
        wizard.action_merge()
        self.assertFalse(self.person.exists())
        merged = self._pairs(other).filtered(lambda p: p.state == "merged")
        self.assertEqual(merged, pair.sudo(False).with_env(self.env))
        self.assertEqual(merged.decided_by_id, self.club_manager)
        rest = self._pairs(other) - merged
        self.assertEqual((rest.partner_id, rest.other_id), (other, third))
        self.assertIn(said, str(other.message_ids.mapped("body")))

    def _merge_wizard(self, pair):
        action = pair.action_merge()
        return Form(
            self.env[action["res_model"]]
            .with_user(self.club_manager)
            .with_context(**action["context"])
        ).save()

    def test_two_people_stay_two_when_one_of_them_is_merged(self):
        other = self._person("Anna Petrova", email="anna@example.com")
        husband = self._person("Boris Orlov", email="anna@example.com")
        pairs = self._find()
        pair = pairs.filtered(lambda p: p.other_id == husband)
        pair.why = "Her husband"
        pair.action_different()
        self.env["club.duplicate"]._find(other.ids)
        self.assertEqual(len(self._pairs(husband)), 2)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.person | other).ids, other
        )
        left = self._pairs(husband)
        self.assertEqual(left.state, "different")
        self.assertEqual(left.partner_id, other)

    def test_obstacles_are_said_before(self):
        self._person(
            "Anna Petrova",
            email="petrova@example.com",
            phone="+79215550102",
        )
        pair = self._find().with_user(self.club_manager)
        self.assertIn("Their e-mails differ", pair.merge_obstacle)

    def test_count_on_the_card(self):
        other = self._person("A. Petrova", email="anna@example.com")
        self._find()
        self.assertEqual((self.person | other).mapped("club_duplicate_count"), [1, 1])

    def test_nightly_job_goes_on_after_a_kill(self):
        self._person("A. Petrova", email="anna@example.com")
        one, _other = (
            self._person("Zoe Zorina", email="zoe@example.com") for _card in "ab"
        )
        run = self.env["club.finder.run"].create(
            {"kind": "duplicate", "last_id": self.person.id, "looked_at": 7}
        )
        self._nightly("ir_cron_club_duplicates")
        self.assertTrue(run.finished_on)
        self.assertGreater(run.looked_at, 7)
        self.assertTrue(self._pairs(one))
        self.assertFalse(self._pairs(), "it was before the last one noted")
        self._nightly("ir_cron_club_duplicates")
        self.assertTrue(self._pairs())

    def test_no_query_per_person(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"Person {number // 2} of {count}",
                        "email": f"p{number // 2}.{count}@example.com",
                        "club_birthday": "1990-01-01",
                        "club_manager_id": self.manager.id,
                    }
                    for number in range(count)
                ]
            )
            find = self.env["club.duplicate"]._find
            total = self._queries(lambda: find(people.ids, later_only=True))
            self.assertGreaterEqual(len(self._pairs_of(people)), count / 2)
            return total

        self.assertEqual(queries(8), queries(80))

    def _pairs_of(self, people):
        return self.env["club.duplicate"].search([("partner_id", "in", people.ids)])
