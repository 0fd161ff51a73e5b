from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from .common import EventCommon


class WhoCommon(EventCommon):
    """A plan with a level, its member Vera, and the staff of events."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.gold = cls.env["res.partner.grade"].create({"name": "Gold"})
        cls.plan = cls._make_plan("Gold plan", cls.gold)
        cls.silver_plan = cls._make_plan("Silver plan")
        cls.event_user = new_test_user(cls.env, "event_user", "event.group_event_user")
        cls.desk = new_test_user(
            cls.env,
            "event_desk",
            "event.group_event_registration_desk,sales_team.group_sale_salesman",
        )

    @classmethod
    def _make_plan(cls, name, grade=None):
        return cls.env["club.plan"].create(
            {"name": name, "price": 100, "grade_id": grade and grade.id}
        )

    @classmethod
    def _make_member(cls, partner, start=0, end=300, plan=None):
        """A period paid elsewhere, from so many days ahead to so many."""
        return cls.env["club.membership"].create(
            {
                "partner_id": partner.id,
                "plan_id": (plan or cls.plan).id,
                "date_start": cls.today + timedelta(start),
                "date_end": cls.today + timedelta(end),
            }
        )

    def _access(self, partner, ticket=None, slot=None):
        ticket = ticket or self.ticket
        return ticket._club_access(partner, slot)[ticket]

    def assertOpen(self, partner, **kwargs):
        access = self._access(partner, **kwargs)
        self.assertEqual((access.allowed, access.reason), (True, ""))

    def assertClosed(self, partner, pattern, **kwargs):
        access = self._access(partner, **kwargs)
        self.assertFalse(access.allowed)
        self.assertRegex(access.reason, pattern)
