from datetime import timedelta

from ...models.referral.club_referral_bind import Touch
from ..journey.common import JourneyCommon


class ReferralCommon(JourneyCommon):
    """A member who may bring people by the programme that comes with the addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("club_community.club_referral_program")
        cls.Referral = cls.env["club.referral"]
        cls._paid(cls.member)
        cls.code = cls.member.club_referral_code
        cls.other = cls.env["res.partner"].create(
            {"name": "Boris Orlov", "email": "boris@example.com"}
        )
        cls._paid(cls.other)

    @classmethod
    def _paid(cls, person, **vals):
        """A paid period from today, recorded by the club."""
        values = {"partner_id": person.id, "plan_id": cls.plan.id}
        values |= {"date_start": cls.today, **vals}
        return cls.env["club.membership"].create(values)

    def _person(self, name="Vera Kim", **vals):
        return self.env["res.partner"].create({"name": name, **vals})

    def _bind(self, person=None, referrer=None, days_ago=0, **touch):
        """The binding that one touch makes, or finds."""
        on = self.today - timedelta(days_ago)
        touch = Touch(referrer or self.member, person, on=on, **touch)
        return self.Referral._bind([touch])[0]

    def _settle(self):
        """What the end of a transaction does."""
        self.env.cr.flush()
        self.env.invalidate_all()

    def _apply(self, code="", name="Vera Kim", email="vera@example.com", **values):
        """The lead that the public form makes."""
        public = self.env.ref("base.public_user").sudo()
        public.company_ids |= self.company
        Lead = self.env["crm.lead"].with_user(public).with_company(self.company)
        form = {"name": name, "email": email, "code": code, **values}
        clean, errors = Lead._club_clean(form, self.env["res.partner"])
        self.assertFalse(errors)
        return Lead._club_apply(self.plan, clean, self.env["res.partner"]).sudo()

    def _buy(self, person, days_ago=0, product=None):
        """A paid invoice of something that the company sells."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": person.id,
                "invoice_date": self.today - timedelta(days_ago),
                "invoice_line_ids": [
                    (0, 0, {"product_id": (product or self.product_a).id})
                ],
            }
        )
        invoice.action_post()
        self._pay(invoice)
        return invoice
