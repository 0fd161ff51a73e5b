from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import PortalCommon


@tagged("post_install", "-at_install")
class TestSeatsPage(PortalCommon):
    """The payer names his people; nobody names them for him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.member.parent_id = cls.firm
        plan = cls._create_plan(name="Company", seats=2, for_company=True)
        cls.contract = cls._sell_and_pay(cls.firm, plan).sudo()
        cls.contract.seat_admin_id = cls.member

    def _name(self, user=None, code=200, **posted):
        user = user or self.member_user
        self.authenticate(user.login, user.login)
        data = {
            "csrf_token": Request.csrf_token(self),
            "contract_id": self.contract.id,
            "number": 1,
            "name": "Olga",
            "email": "Olga@Example.com",
            **posted,
        }
        response = self.url_open("/my/club/seats/name", data=data)
        self.assertEqual(response.status_code, code)
        self.env.invalidate_all()
        return response.text

    def test_is_offered_to_no_person(self):
        """A company holds it: neither a newcomer nor a member of another plan may."""
        plan = self.contract.plan_id
        self.assertNotIn(plan, plan._on_offer(self.env.company))
        self.assertNotIn(f"/my/club/buy/{plan.id}", self._get("/my/club").text)
        own = self._sell_and_pay(self.member).sudo()
        self.assertNotIn(plan, own._plans_to_change_to())
        larger = self._create_plan(name="Larger", seats=9, for_company=True)
        self.assertEqual(self.contract._plans_to_change_to(), larger)

    def test_names_and_replaces(self):
        self.assertIn("People of your membership", self._page())
        self.assertIn("This seat is free", self._page(url="/my/club/seats"))
        self.assertIn("Done.", self._name())
        olga = self.contract.seat_ids.partner_id
        self.assertEqual((olga.name, olga.email), ("Olga", "olga@example.com"))
        self.assertEqual(olga.parent_id, self.firm)
        self.assertEqual(olga.club_state, "active")
        self._name(name="Ivan", email="ivan@example.com")
        live = self.contract.seat_ids.filtered(lambda s: s.state == "active")
        self.assertEqual(live.partner_id.name, "Ivan")
        self.assertEqual(live.seat_number, 1)
        self.assertFalse(olga.grade_id)

    def test_colleague_by_his_mail_is_no_second_contact(self):
        own = self.env["res.partner"].create(
            {"name": "Olga K.", "email": "olga@example.com", "parent_id": self.firm.id}
        )
        self._name()
        self.assertEqual(self.contract.seat_ids.partner_id, own)

    def test_stranger_with_the_same_mail_stays_unknown(self):
        self.stranger.email = "boris@example.com"  # making his user changed it
        text = self._name(name="Somebody", email="boris@example.com")
        self.assertNotIn("Boris Stranger", text)
        person = self.contract.seat_ids.partner_id
        self.assertNotEqual(person, self.stranger)
        notes = " ".join(self.contract.message_ids.mapped("body"))
        self.assertIn("Boris Stranger", notes, "the manager may merge them")
        self.assertFalse(self.stranger.club_state)

    def test_bad_input(self):
        for posted, said in (
            ({"name": ""}, "write the person"),
            ({"name": "x" * 121}, "write the person"),
            ({"email": "nobody"}, "check the e-mail"),
            ({"number": "3"}, "not there any more"),
            ({"number": "-1"}, "not there any more"),
            ({"number": "99999999999999999999"}, "not there any more"),
            ({"number": "x"}, "not there any more"),
            ({"contract_id": "x"}, "not there any more"),
        ):
            with self.subTest(posted):
                self.assertIn(said, self._name(**posted))
                self.assertFalse(self.contract.seat_ids)
        kept = self._name(name="Olga Long", email="nobody")
        self.assertIn("Olga Long", kept, "what was typed is not lost")

    def test_member_already(self):
        self._create_period(self.member, self.today)
        text = self._name(name="Anna", email=self.member.email)
        self.assertIn("has a membership already", text)

    def test_others_get_nothing(self):
        self._name()
        seats = self.contract.seat_ids
        for user in (self.stranger_user, self.member_user):
            if user == self.member_user:
                self.contract.seat_admin_id = False  # a colleague like any other
            text = self._name(user, name="Thief", email="thief@example.com")
            self.assertIn("not there any more", text)
            self.assertNotIn("Olga", text)
            self.assertEqual(self.contract.seat_ids, seats)
            self.assertIn(
                "no membership with seats", self._page(user, "/my/club/seats")
            )

    @mute_logger("odoo.http")
    def test_without_token_or_by_get(self):
        self.authenticate(self.member_user.login, self.member_user.login)
        answer = self.url_open("/my/club/seats/name", data={"number": 1})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.url_open("/my/club/seats/name").status_code, 405)
        self.assertIn("/web/login", self._get("/my/club/seats").url)
