from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .test_access import AccessCommon


@tagged("post_install", "-at_install")
class TestAccessOfSeats(AccessCommon):
    """What a company's membership opens, it opens for the people on its seats."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.people = cls.env["res.partner"].create(
            [{"name": f"Person {n}", "parent_id": cls.firm.id} for n in "12"]
        )
        cls.company_plan = cls._create_plan(
            name="Company", price=3000, seats=3, for_company=True
        )
        cls._open_by(
            cls.company_plan, {"kind": "channel", "channel_id": cls.channel.id}
        )

    def _contract(self, **kwargs):
        contract = self._sell_and_pay(self.firm, self.company_plan, **kwargs).sudo()
        for person in self.people:
            contract._give_seat(person)
        return contract

    def _inside(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.people.filtered(self._is_in)

    def test_people_have_it_and_the_company_has_not(self):
        self._contract()
        self.assertEqual(self._inside(), self.people)
        self.assertFalse(self._rows(self.firm))
        self.assertFalse(self._is_in(self.firm))

    def test_it_goes_and_comes_with_the_payment_of_the_contract(self):
        contract = self._contract()
        contract._take_back("waiting", False, "Bounced")
        self.assertFalse(self._inside())
        contract._activate()
        self.assertEqual(self._inside(), self.people)

    def test_it_begins_with_the_contract(self):
        start = self.today + timedelta(days=30)
        contract = self._contract(start=start)
        self.assertFalse(self._inside())
        with freeze_time(start):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(start))._advance(start)
        self.assertEqual(contract.state, "active")
        self.assertEqual(self._inside(), self.people)
