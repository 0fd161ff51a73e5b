from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestNumber(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sequence = cls.env.ref("club_community.sequence_club_number")

    def _members(self, count):
        partners = self.env["res.partner"].create(
            [{"name": f"Person {index}"} for index in range(count)]
        )
        self.env["club.membership"].create(
            [
                {
                    "partner_id": partner.id,
                    "plan_id": self.plan.id,
                    "date_start": self.today,
                }
                for partner in partners
            ]
        )
        self.env.flush_all()
        return partners

    def _assert_numbered(self, partners):
        self.assertEqual(len(set(partners.mapped("club_number"))), len(partners))
        self.assertEqual(
            len(set(partners.sudo().mapped("club_card_token"))), len(partners)
        )
        self.assertTrue(all(partners.mapped("club_number")))

    def test_numbers_by_every_kind_of_sequence(self):
        for values in (
            {"implementation": "standard"},
            {"implementation": "standard", "use_date_range": True},
            {"implementation": "standard", "number_increment": 7},
            {"implementation": "no_gap", "use_date_range": False},
        ):
            with self.subTest(values):
                self.sequence.write(values)
                self._assert_numbered(self._members(5))

    def test_prefix_with_the_year_and_padding(self):
        self.sequence.write({"prefix": "CLUB-%(year)s-", "padding": 4})
        (number,) = self._members(1).mapped("club_number")
        self.assertRegex(number, rf"^CLUB-{self.today.year}-\d{{4,}}$")

    def test_number_stays_for_ever(self):
        (member,) = self._members(1)
        number, token = member.club_number, member.sudo().club_card_token
        self._create_period(member, "2020-01-01")
        member.name = "Another Name"
        self.env.flush_all()
        self.assertEqual(member.club_number, number)
        self.assertEqual(member.sudo().club_card_token, token)

    def test_number_brought_along_from_elsewhere_gets_a_card_too(self):
        member = self.env["res.partner"].create({"name": "Old", "club_number": "A-7"})
        self._create_period(member, self.today)
        self.assertEqual(member.club_number, "A-7")
        self.assertTrue(member.sudo().club_card_token)

    def test_nobody_without_a_paid_period_has_a_number(self):
        self._sell()
        self.env.flush_all()
        self.assertFalse(self.member.club_number)
        self.assertFalse(self.member.sudo().club_card_token)

    def test_copied_person_gets_no_card(self):
        (member,) = self._members(1)
        copy = member.copy()
        self.env.flush_all()
        self.assertFalse(copy.club_number)
        self.assertFalse(copy.club_state)
        self.assertFalse(copy.club_joined)
        self.assertFalse(copy.sudo().club_card_token)

    def test_prefix_in_the_settings(self):
        self.club_admin.group_ids += self.env.ref("base.group_system")
        Settings = self.env["res.config.settings"].with_user(self.club_admin)
        Settings.create({"club_number_prefix": "K-"}).execute()
        self.assertEqual(self.sequence.prefix, "K-")
        self.assertEqual(Settings.create({}).club_number_prefix, "K-")
        self.assertTrue(self._members(1).club_number.startswith("K-"))

    def test_settings_are_for_the_systems_administrators(self):
        """Stock's way: a club administrator alone does not open Settings."""
        for user in (self.club_admin, self.club_manager, self.salesman, self.employee):
            Settings = self.env["res.config.settings"].with_user(user)
            with self.assertRaises(AccessError):
                Settings.create({"club_number_prefix": "K-"}).execute()
