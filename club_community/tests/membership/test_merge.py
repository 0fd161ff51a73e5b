from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestMerge(ClubCommon):
    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).ids, target
        )

    def test_member_into_stranger_keeps_everything(self):
        membership = self._sell_and_pay()
        number, token = self.member.club_number, self.member.club_card_token
        stranger = self.env["res.partner"].create({"name": "A. Petrova"})
        self._merge(self.member, stranger)
        self.assertEqual(membership.partner_id, stranger)
        self.assertEqual(stranger.club_state, "active")
        self.assertEqual(stranger.club_number, number)
        self.assertEqual(stranger.club_card_token, token)
        self.assertEqual(stranger.grade_id, self.level)
        self.assertEqual(stranger.club_membership_id, membership)

    def test_two_members_one_after_the_other(self):
        old = self.env["res.partner"].create({"name": "A. Petrova"})
        self._create_period(old, self.today - relativedelta(years=2))
        self._create_period(self.member, self.today)
        number = self.member.club_number
        joined = old.club_joined
        self._merge(old, self.member)
        self.assertEqual(len(self.member.club_membership_ids), 2)
        self.assertEqual(self.member.club_number, number)
        self.assertEqual(self.member.club_joined, joined)

    def test_two_members_at_once_are_refused(self):
        twin = self.env["res.partner"].create({"name": "A. Petrova"})
        self._create_period(twin, self.today)
        self._create_period(self.member, self.today - relativedelta(months=1))
        with self.assertRaisesRegex(UserError, "both have a paid membership"):
            self._merge(twin, self.member)
        self.assertEqual(len(twin.club_membership_ids), 1)
