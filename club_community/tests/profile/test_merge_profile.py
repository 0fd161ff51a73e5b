from odoo import Command
from odoo.tests import tagged

from .common import ProfileCommon


@tagged("post_install", "-at_install")
class TestMergeProfile(ProfileCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.env["res.partner"].create(
            {"name": "A. Petrova", "club_manager_id": cls.manager.id}
        )

    def _merge(self):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.person | self.twin).ids, self.person
        )
        self.assertFalse(self.twin.exists())
        self.person.invalidate_recordset()

    def _current(self, key):
        return self._rows(key).filtered(lambda row: row.state == "current")

    def test_what_is_missing_comes_from_the_other(self):
        self.twin.with_user(self.manager).club_channel = "phone"
        self._merge()
        self.assertEqual(self.person.club_channel, "phone")
        (row,) = self._rows("club_channel")
        self.assertEqual((row.source, row.state), ("manager", "current"))
        self.assertEqual(
            self.person.club_completeness,
            round(100 * 5 / sum(self.env["club.profile.point"]._weights().values())),
        )

    def test_two_that_disagree_are_a_conflict_and_both_histories_stay(self):
        for partner, values in (
            (self.person, ("email", "phone")),
            (self.twin, ("message", "person")),
        ):
            for value in values:
                partner.with_user(self.manager).club_channel = value
        self._merge()
        self.assertEqual(self.person.club_channel, "phone")
        rows = self._rows("club_channel")
        self.assertEqual(
            dict(zip(rows.mapped("value"), rows.mapped("state"), strict=True)),
            {
                "email": "replaced",
                "phone": "current",
                "message": "replaced",
                "person": "proposed",
            },
        )
        rival = rows.filtered("is_conflict")
        self.assertEqual(rival.rival_id, self._current("club_channel"))
        rival.with_user(self.manager).action_take()
        self.assertEqual(self.person.club_channel, "person")

    def test_the_fresh_one_counts_before_the_old_one(self):
        self.person.with_user(self.manager).club_channel = "email"
        self._rows("club_channel").confirmed_at = "2020-01-01 00:00:00"
        self.twin.with_user(self.manager).club_channel = "phone"
        self._merge()
        self.assertEqual(self.person.club_channel, "phone")
        self.assertEqual(self._current("club_channel").value, "phone")
        self.assertFalse(self._rows("club_channel").filtered("is_conflict"))

    def test_a_merge_confirms_nothing(self):
        self.person.with_user(self.manager).club_channel = "email"
        self._rows("club_channel").confirmed_at = "2020-01-01 00:00:00"
        self._merge()
        self.assertTrue(self._current("club_channel").is_stale)

    def test_lists_of_both(self):
        golf = self.env.ref("club_community.club_interest_golf")
        tennis = golf.search([("kind", "=", "sport"), ("id", "!=", golf.id)], limit=1)
        for partner, sport in ((self.person, golf), (self.twin, tennis)):
            partner.write(
                {
                    "club_sport_ids": [Command.link(sport.id)],
                    "club_goal_ids": [
                        Command.create({"name": name}) for name in ("Same", sport.name)
                    ],
                }
            )
        self._merge()
        both = golf | tennis
        self.assertEqual(self.person.club_sport_ids, both)
        self.assertEqual(self._current("club_sport_ids").value, sorted(both.ids))
        self.assertEqual(len(self.person.club_goal_ids), 3)
        self.assertEqual(len(self._current("club_goal_ids").value), 3)

    def test_a_no_counts_before_a_yes(self):
        self._give("dates", self.twin)
        self.twin.with_user(self.manager).club_family_status = "married"
        self._give("dates", given=False)
        self._merge()
        self.assertFalse(self.person.club_family_status)
        consents = self.person.club_consent_ids
        self.assertEqual(len(consents), 2)
        open_one = consents.filtered(lambda consent: not consent.closed_at)
        self.assertEqual(open_one.answer, "refused")
        self.assertFalse(self._rows("club_family_status").filtered("value"))

    def test_a_yes_comes_with_its_facts(self):
        self._give("dates", self.twin)
        self.twin.with_user(self.manager).club_family_status = "married"
        self._merge()
        self.assertEqual(self.person.club_family_status, "married")

    def test_one_confidential_sheet(self):
        sheet = self.env["club.profile.private"]
        sheet.create({"partner_id": self.person.id, "segment": "mass"})
        sheet.create(
            {"partner_id": self.twin.id, "segment": "private", "horizon": "long"}
        )
        self._merge()
        merged = self.person.club_private_ids
        self.assertEqual(len(merged), 1)
        self.assertEqual((merged.segment, merged.horizon), ("mass", "long"))
        self.assertTrue(self._rows("segment").filtered("is_conflict"))

    def test_put_off_and_readings_stay_once(self):
        skip, point = self.env["club.profile.skip"], self._point("club_pets")
        skip._skip(self.person, point, "2030-01-01")
        skip._skip(self.twin, point)
        skip._skip(self.twin, self._point("club_food"))
        for partner in self.person | self.twin:
            self.env["club.profile.access"]._note(partner)
            partner._club_ask_erasure()
        self._merge()
        rows = skip.search([("partner_id", "=", self.person.id)])
        self.assertEqual(len(rows), 2)
        self.assertFalse(rows.filtered("until"))
        noted = self.env["club.profile.access"].search(
            [("partner_id", "=", self.person.id)]
        )
        self.assertEqual(len(noted), 1)
        self.assertEqual(len(self.person.club_erasure_ids), 1)

    def test_an_employee_of_no_club_merges_all_the_same(self):
        self.twin.club_pets = "A cat"
        self.twin.email = self.person.email
        user = self.employee
        user.group_ids += self.env.ref("base.group_partner_manager")
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].with_user(user)._merge(
            (self.person | self.twin).ids, self.person.with_user(user)
        )
        self.assertEqual(self.person.club_pets, "A cat")
