import re
from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user

from ..event.common import EventCommon


class EventPortalCommon(EventCommon, HttpCase):
    """An event of three places, two members who log in. No accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vera_user, cls.ivan_user = (
            new_test_user(
                cls.env, f"club_{p.name}", "base.group_portal", partner_id=p.id
            )
            for p in (cls.vera, cls.ivan)
        )
        # making a user writes his login into the contact
        cls.vera.email, cls.ivan.email = "vera@example.com", "ivan@example.com"

    def _get(self, url, user=None):
        self.env.flush_all()
        user = user or self.vera_user
        self.authenticate(user.login, user.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200, response.text[:300])
        return response

    def _words(self, response):
        (wrap,) = html.fromstring(response.text).xpath("//div[@id='wrap']")
        return re.sub(r"\s+", " ", wrap.text_content())

    def _page(self, url, user=None):
        return self._words(self._get(url, user))

    def _post(self, url, user=None, **data):
        """Send a form; the last page, whatever redirects there were."""
        self.env.flush_all()
        user = user or self.vera_user
        self.authenticate(user.login, user.login)
        response = self.url_open(
            url, data={"csrf_token": Request.csrf_token(self), **data}
        )
        self.assertEqual(response.status_code, 200, response.text[:300])
        self.env.invalidate_all()
        return response

    def _book(self, count=1, event=None, **data):
        event = event or self.event
        data = {f"t{event.event_ticket_ids[0].id}": count, "me": "0", **data}
        return self._post(f"/my/club/events/{event.id}/book", **data)

    def _question(self, title, kind="text_box", event=None, **values):
        event = event or self.event
        return self.env["event.question"].create(
            {
                "title": title,
                "question_type": kind,
                "event_ids": [Command.link(event.id)],
                **values,
            }
        )

    @classmethod
    def _slots(cls, event, hours=(10, 12)):
        """Make it an event with these times, the day after tomorrow."""
        day = fields.Date.today() + timedelta(days=2)
        event.write(
            {
                "is_multi_slots": True,
                "date_begin": fields.Datetime.to_datetime(day),
                "date_end": fields.Datetime.to_datetime(day) + timedelta(hours=23),
            }
        )
        return cls.env["event.slot"].create(
            [
                {
                    "event_id": event.id,
                    "date": day,
                    "start_hour": hour,
                    "end_hour": hour + 1,
                }
                for hour in hours
            ]
        )
