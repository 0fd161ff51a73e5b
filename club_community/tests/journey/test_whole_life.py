from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import JourneyCommon

WAY = [
    "heard",
    "approved",
    "unpaid",
    "welcome",
    "stalled",
    "settled",
    "advocate",
    "settled",
    "quiet",
    "settled",
    "leaving",
    "former",
    "returned",
]


@tagged("post_install", "-at_install")
class TestWholeLife(JourneyCommon):
    """One person from the first touch to the return, each move with its reason.

    What happens is real: lead, application, order, invoice, payment, letters, leaving.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.env["ir.model.data"].search(
            [("module", "=", "club_community"), ("model", "=", "club.stage.rule")]
        )
        cls.rules.browse(data.mapped("res_id")).active = True
        cls.person = cls.env["res.partner"].create(
            {"name": "Vera Life", "email": "vera.life@example.com"}
        )

    def _stands_at(self, code, days=None):
        """The rules have looked (or the night has passed): he stands there."""
        if days is None:
            self.env.cr.flush()
        else:
            with freeze_time(self._later(days)):
                day = self._later(0).date()
                memberships = self.env["club.membership"].sudo()
                memberships.search(memberships._due_domain(day))._advance(day)
                self.env.cr.flush()
                moves = self.rules._moves(self.person.ids)
                self.env["club.stage.move"]._carry_out(moves)
        self.env.invalidate_all()
        self.assertEqual(self.person.club_stage_id.code, code)

    def _later(self, days):
        return fields.Datetime.now() + relativedelta(days=days)

    def test_the_whole_way(self):
        person = self.person
        lead = self.env["crm.lead"].create(
            {"name": "Asked by phone", "partner_id": person.id, "type": "opportunity"}
        )
        self._stands_at("heard")
        lead.write({"club_plan_id": self.plan.id})
        lead.sudo().write({"club_application_state": "approved"})
        self._stands_at("approved")
        invoice = self._invoice(self._sell(person))
        self._stands_at("unpaid")
        self._pay(invoice)
        self._stands_at("welcome")
        self._stands_at("stalled", days=12)
        person._club_touched(self._later(40), "call", self.env.user, "First talk")
        self._stands_at("settled", days=41)
        with freeze_time(self._later(42)):
            friend = self.env["res.partner"].create(
                {"name": "Friend", "club_referrer_id": person.id}
            )
            self._create_period(friend, self.today, self.today + relativedelta(years=3))
            self._stands_at("advocate")
        with freeze_time(self._later(50)):
            nobody = self.env["res.partner"]
            friend.club_was_referred_ids.sudo()._rebind(nobody, "A mistake")
            self._move(person, self._stage("settled"), "Asked for a quiet year")
        self._stands_at("quiet", days=120)
        person._club_touched(self._later(121), "call", self.env.user, "Back in town")
        self._stands_at("settled", days=122)
        membership = person.club_membership_id
        reason = self.env.ref("club_community.leaving_reason_time")
        with freeze_time(self._later(123)):
            membership._leave(membership.date_end, reason)
            self._stands_at("leaving")
        self._stands_at("former", days=366)
        with freeze_time(self._later(400)):
            order = self._sell(person)
            self._pay(self._invoice(order))
            self._stands_at("returned")
        self._assert_all_have_reasons()

    def _assert_all_have_reasons(self):
        moves = self.person.club_stage_move_ids.sorted("id")
        self.assertEqual([move.to_stage_id.code for move in moves], WAY)
        for before, move in zip(moves, moves[1:], strict=False):
            self.assertEqual(move.from_stage_id, before.to_stage_id)
        for move in moves:
            with self.subTest(move.to_stage_id.name):
                self.assertTrue(move.why)
                self.assertTrue(move.rule_id or move.user_id)
                self.assertGreaterEqual(move.days, 0)
