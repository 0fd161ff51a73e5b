from odoo import Command
from odoo.tests import new_test_user, tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourHandover(ToursCommon):
    """A club manager hands the people of one manager over to another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.boris = (
            new_test_user(
                cls.env,
                name.lower(),
                "club_community.group_club_user",
                name=f"{name} Handover",
                email=f"{name.lower()}@club.example",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("Alla", "Boris")
        )
        cls.people = cls.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "email": "p@example.com",
                    "club_manager_id": cls.anna.id,
                }
                for number in range(3)
            ]
        )

    def _hand_over_in(self, language):
        self.club_manager.lang = language
        self.start_tour(
            "/odoo/action-club_community.club_portfolio_action",
            "club_handover",
            login="club_manager",
        )
        self.env.invalidate_all()
        handover = self.env["club.handover"].search(
            [("from_manager_id", "=", self.anna.id)]
        )
        self.assertEqual(handover.state, "running")
        self.assertEqual(handover.line_ids.partner_id, self.people)
        self.env["club.handover.line"].browse(handover.line_ids.ids)._do()
        self.assertEqual(self.people.club_manager_id, self.boris)
        self.assertEqual(
            self.people.club_assignment_ids.filtered(
                lambda row: not row.date_until
            ).mapped("reason"),
            ["Leave"] * 3,
        )

    def test_in_english(self):
        self._hand_over_in("en_US")

    def test_in_russian(self):
        self._hand_over_in("ru_RU")
