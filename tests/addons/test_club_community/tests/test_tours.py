from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.club_community.tests.common import ClubCommon


class ToursCommon(ClubCommon, HttpCase):
    """A club that takes cards, in English and Russian, and a member who logs in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ru_RU")
        cls.env["ir.module.module"].search(
            [("name", "=", "club_community")]
        )._update_translations(["ru_RU"])
        cls.env["payment.provider"].sudo().search(
            [("code", "=", "demo"), ("company_id", "=", cls.company.id)]
        ).write(
            {
                "state": "test",
                "is_published": True,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        cls.portal_user = cls.env["res.users"].create(
            {
                "name": "Anna Petrova",
                "login": "anna",
                "password": "anna",
                "partner_id": cls.member.id,
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )
        cls.club_manager.company_ids = cls.company
        cls.club_manager.company_id = cls.company


@tagged("post_install", "-at_install")
class TestTours(ToursCommon):
    """The main job in a real browser, in English and Russian."""

    def _sell_in(self, language):
        self.club_manager.lang = language
        self.start_tour(
            f"/odoo/res.partner/{self.member.id}",
            f"club_sell_{language[:2]}",
            login="club_manager",
        )
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.club_membership_ids.amount, 1000)

    def _pay_in(self, language):
        self.portal_user.lang = language
        order = self._sell(confirm=False)
        order.action_quotation_sent()
        self.start_tour(
            f"/{language[:2]}/my/club" if language != "en_US" else "/my/club",
            f"club_pay_{language[:2]}",
            login="anna",
        )
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.invoice_ids.payment_state, "paid")
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.grade_id, self.level)

    def test_manager_sells_in_english(self):
        self._sell_in("en_US")

    def test_manager_sells_in_russian(self):
        self._sell_in("ru_RU")

    def test_member_pays_in_english(self):
        self._pay_in("en_US")

    def test_member_pays_in_russian(self):
        self._pay_in("ru_RU")
