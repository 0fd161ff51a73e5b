from odoo import models


class CalendarEvent(models.Model):
    """A welcome meeting that is moved or removed in the calendar is so for the club."""

    _inherit = "calendar.event"

    def write(self, vals):
        res = super().write(vals)
        if (
            {"start", "stop", "active", "user_id"} & vals.keys()
            and not self.env.context.get("club_meeting_moves")
            and (meetings := self._club_meetings())
        ):
            for meeting in meetings:
                event = meeting.event_id
                if not event.active:
                    meeting._call_off()
                    continue
                meeting.write(
                    {
                        "start": event.start,
                        "stop": event.stop,
                        "user_id": event.user_id.id or meeting.user_id.id,
                    }
                )
                meeting._schedule()
        return res

    def unlink(self):
        meetings = self._club_meetings()
        res = super().unlink()
        meetings._call_off()
        return res

    def _club_meetings(self):
        """Agreed welcome meetings behind these events."""
        # sudo: whoever moves an event need not have rights in the club
        return (
            self.env["club.meeting"]
            .sudo()
            .with_context(active_test=False)
            .search([("event_id", "in", self.ids), ("state", "=", "agreed")])
        )


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    def write(self, vals):
        """Who declines by the link in his letter has called the meeting off."""
        res = super().write(vals)
        moves = self.env.context.get("club_meeting_moves")
        if vals.get("state") == "declined" and not moves:
            people = self.partner_id
            self.event_id._club_meetings().filtered(
                lambda m: m.partner_id in people or m.user_id.partner_id in people
            )._call_off()
        return res

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        """Queue the letters where the club's own steps ask for it by the context.

        A letter in the queue goes, or is undone, with the transaction that wrote it.
        """
        return super()._notify_attendees(
            mail_template,
            notify_author=notify_author,
            force_send=force_send and not self.env.context.get("club_queue_mail"),
        )
