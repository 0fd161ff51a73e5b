from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourSettle(ToursCommon):
    """A manager fills in a profile; a bot has heard something else; he settles it."""

    def _settle_in(self, language):
        self.club_manager.lang = language
        point = self.env["club.profile.point"].search([("key", "=", "club_channel")])
        # one question is left to be asked
        others = self.env["club.profile.point"]._askable("manager")
        for other in others.filtered(lambda p: p.key != "club_address_as"):
            self.env["club.profile.skip"]._skip(self.member, other)
        self.member.with_user(self.club_manager).club_channel = "phone"
        self.member._club_capture({point: "email"}, "bot", "chat,1", 60)
        self.assertEqual(self.member.club_conflict_count, 1)
        self.start_tour(
            f"/odoo/res.partner/{self.member.id}", "club_settle", login="club_manager"
        )
        self.env.invalidate_all()
        self.assertEqual(self.member.club_channel, "email")
        self.assertFalse(self.member.club_conflict_count)
        self.assertEqual(self.member.club_pets, "A parrot")
        self.assertEqual(self.member.club_goal_ids.name, "Find a partner")
        self.assertEqual(self.member.club_address_as, "Anna Ivanovna")
        rows = self.env["club.profile.value"].search(
            [("partner_id", "=", self.member.id), ("state", "=", "current")]
        )
        sources = {row.point_id.key: row.source for row in rows}
        self.assertEqual(sources["club_channel"], "bot")
        self.assertEqual(sources["club_address_as"], "manager")
        self.assertEqual(sources["club_goal_ids"], "manager")

    def test_in_english(self):
        self._settle_in("en_US")

    def test_in_russian(self):
        self._settle_in("ru_RU")
