from datetime import timedelta

from odoo import fields

from ..journey.common import JourneyCommon


class DayCommon(JourneyCommon):
    """A personal manager and a member of his who gives no reason for anything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.club_manager_id = cls.personal_manager
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.Day = cls.env["club.day"].with_user(cls.personal_manager)

    @classmethod
    def _days_ago(cls, days):
        return fields.Datetime.now() - timedelta(days=days)

    def _codes(self, person=None, user=None):
        """The reasons for which a person is on somebody's day."""
        self.env.flush_all()
        self.env.invalidate_all()
        day = self.env["club.day"].with_user(user or self.personal_manager)
        person = person or self.member
        return set(day.search([("partner_id", "=", person.id)]).mapped("code"))

    def _row(self, code, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        day = self.env["club.day"].with_user(user or self.personal_manager)
        return day.search([("code", "=", code)])

    @classmethod
    def _activity(cls, person=None, days=0, user=None, **vals):
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "res_id": (person or cls.member).id,
                "activity_type_id": cls.call.id,
                "summary": "Ask about Tver",
                "user_id": (user or cls.personal_manager).id,
                "date_deadline": cls.today + timedelta(days=days),
                **vals,
            }
        )

    @classmethod
    def _touched(cls, days=0, channel="call", person=None):
        person = person or cls.member
        person._club_touched(
            cls._days_ago(days), channel, cls.personal_manager, "The news"
        )
        cls.env.flush_all()

    @classmethod
    def _long_member(cls, ends_in=None, person=None, plan=None):
        """A member for long, whose membership ends in so many days, or in a year."""
        end = cls.today + timedelta(days=364 if ends_in is None else ends_in)
        return cls._create_period(
            person or cls.member, end - timedelta(days=700), end, plan=plan
        )
