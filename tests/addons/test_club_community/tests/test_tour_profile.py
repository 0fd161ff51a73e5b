from odoo.tests import tagged

from .test_tours import ToursCommon


class ProfileTour(ToursCommon):
    """A member tells, sees, takes off and takes back."""

    def _tell_in(self, language):
        self.portal_user.lang = language
        self.start_tour(
            f"/{language[:2]}/my/club" if language != "en_US" else "/my/club",
            "club_profile",
            login="anna",
        )
        self.assertTrue(self.member.club_birthday)
        self.assertFalse(self.member.club_pets or self.member.club_family_status)
        rows = self.env["club.profile.value"].search(
            [("partner_id", "=", self.member.id), ("point_id.key", "!=", "lang")]
        )
        self.assertNotIn("Barsik", str(rows.mapped("value")))
        self.assertEqual(set(rows.mapped("source")), {"member"})
        consents = self.member.club_consent_ids.sorted("id")
        self.assertEqual(consents.mapped("answer"), ["given", "refused"])


@tagged("post_install", "-at_install")
class TestProfileTour(ProfileTour):
    def test_in_english(self):
        self._tell_in("en_US")


@tagged("post_install", "-at_install")
class TestProfileTourOnAPhone(ProfileTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_in_russian(self):
        self._tell_in("ru_RU")
        self.assertEqual(str(self.member.club_birthday), "1980-06-05")

    def test_in_english(self):
        self._tell_in("en_US")
