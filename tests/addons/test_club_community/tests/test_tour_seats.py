from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourSeats(ToursCommon):
    """A company with three seats replaces one holder, on a phone."""

    browser_size = "390x844"

    def _replace_in(self, language):
        self.portal_user.lang = language
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        plan = self._create_plan(name="Company", seats=3, for_company=True)
        contract = self._sell_and_pay(firm, plan).sudo()
        contract.seat_admin_id = self.member
        for name in ("Alexey", "Boris", "Vera"):
            person = {"name": name, "parent_id": firm.id}
            contract._give_seat(self.env["res.partner"].create(person))
        self.start_tour(
            f"/{language[:2]}/my/club" if language != "en_US" else "/my/club",
            f"club_seats_{language[:2]}",
            login="anna",
        )
        live = contract.seat_ids.filtered(lambda seat: seat.state == "active")
        self.assertEqual(
            set(live.partner_id.mapped("name")), {"Alexey", "Darya Smirnova", "Vera"}
        )

    def test_in_english(self):
        self._replace_in("en_US")

    def test_in_russian(self):
        self._replace_in("ru_RU")
