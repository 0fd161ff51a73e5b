from datetime import timedelta

from .common import ReferralCommon


class RewardCommon(ReferralCommon):
    """The programme gives nothing but what a test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.reward_rule_ids.active = False
        cls.Reward = cls.env["club.referral.reward"]
        cls.period = cls.member.club_membership_ids

    def _gives(self, kind="days", amount=30, **vals):
        values = {"program_id": self.program.id, "kind": kind, "amount": amount}
        return self.env["club.referral.reward.rule"].create({**values, **vals})

    def _brought(self, name="Vera Kim", referrer=None, **vals):
        person = self._person(name, email=f"{name.lower().replace(' ', '.')}@x.example")
        return self._bind(person, referrer, **vals)

    def _joins(self, referral, plan=None):
        """The person who was brought pays; the transaction ends."""
        if plan and not plan.price:
            order = self._sell(referral.referred_id, plan)
            self._invoice(order)
            membership = order.order_line.club_membership_ids
        else:
            membership = self._sell_and_pay(referral.referred_id, plan)
        self._settle()
        return membership

    def _refund(self, membership):
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()
        self._settle()

    def _lose_payment(self, membership):
        invoice = membership.sale_line_id.invoice_lines.move_id
        invoice.line_ids.filtered("reconciled").remove_move_reconcile()
        self._settle()

    def _nightly(self, cron="ir_cron_club_referral_reward"):
        return super()._nightly(cron)

    def _letters(self, person):
        return self.env["mail.mail"].search([("email_to", "ilike", person.email)])

    def _days(self, number):
        return timedelta(days=number)
