"""What a manager does from a row of his day: each a click, or a key."""

from datetime import timedelta

from dateutil.relativedelta import MO, relativedelta

from odoo import fields, models
from odoo.exceptions import UserError

MEETING_HOURS = 0.25
FIRST_HOUR = 10


class ClubDay(models.Model):
    _inherit = "club.day"

    def _check_still_there(self):
        """:raise UserError: somebody has seen to it meanwhile"""
        if not self.exists():
            raise UserError(
                self.env._("This has been seen to meanwhile: open My Day anew.")
            )

    def _for_person(self):
        """The person of one row.

        :raise UserError: the row is of an applicant who is no contact yet
        """
        self.ensure_one()
        self._check_still_there()
        if not self.partner_id:
            raise UserError(
                self.env._("The applicant is no contact yet: open the application.")
            )
        return self.partner_id

    def action_window(self):
        """Open the window of the row: who, why, what to say, what to do."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name or self.env._("My Day"),
            "res_model": "club.day",
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_do(self):
        """The recommended action: one click."""
        self.ensure_one()
        self._check_still_there()
        if self.activity_id:
            step = self._step_of_activity()
        else:
            step = self.step if self.partner_id else "open"
        return getattr(self, f"action_{step}")()

    def _step_of_activity(self):
        """An activity is done as its kind says."""
        # sudo: an activity of somebody else's, on a day that may be seen
        kind = self.activity_id.sudo().activity_type_id
        if kind.category == "meeting":
            return "meeting"
        is_letter = kind == self.env.ref("mail.mail_activity_data_email", False)
        return "letter" if is_letter else "note"

    def action_open(self):
        """Open the application, or the person."""
        self.ensure_one()
        return (self.lead_id or self.partner_id)._get_records_action()

    def action_person(self):
        """Open the person."""
        return self._for_person()._get_records_action()

    def action_note(self):
        """Note a call, a meeting or a message: it is the last contact then."""
        person = self._for_person()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_day_note_action"
        )
        return {
            **action,
            "context": {
                "default_partner_id": person.id,
                "default_activity_id": self.activity_id.id,
                "default_reason": f"day {self.code}",
            },
        }

    def action_next(self):
        """Plan what comes next for the person."""
        action = self.action_note()
        action["name"] = self.env._("Plan the Next Step")
        action["context"]["default_is_plan"] = True
        return action

    def action_letter(self):
        """Write to the person, in stock's window, with the letter of the reason."""
        person = self._for_person()
        # sudo: an activity of somebody else's, on a day that may be seen
        letters = self.activity_id.sudo().mail_template_ids
        template = letters[:1] or self.reason_id.mail_template_id
        begun = {"default_template_id": template.id} if template else {}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letter to %s", person.name),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": "res.partner",
                "default_res_ids": person.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": person.ids,
                **begun,
            },
        }

    def action_meeting(self):
        """Plan a meeting with the person: stock's window, filled in."""
        person = self._for_person()
        start = self._next_free_morning()
        activity = self.activity_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Meeting with %s", person.name),
            "res_model": "calendar.event",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_name": self.env._("Meeting with %s", person.name),
                "default_partner_ids": [*person.ids, self.env.user.partner_id.id],
                "default_start": fields.Datetime.to_string(start),
                "default_stop": fields.Datetime.to_string(
                    start + timedelta(hours=MEETING_HOURS)
                ),
                "default_duration": MEETING_HOURS,
                "default_res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "default_res_model": "res.partner",
                "default_res_id": person.id,
                **(
                    {"default_activity_ids": [(6, 0, activity.ids)]} if activity else {}
                ),
            },
        }

    def _next_free_morning(self):
        """Tomorrow at ten of the user's clock, on a Monday after a Friday."""
        day = self._today() + timedelta(days=1)
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        at = fields.Datetime.to_datetime(day) + timedelta(hours=FIRST_HOUR)
        return self._utc(at)

    def action_club_hand_on(self):
        """Give the person to another manager.

        The window for it belongs to whoever keeps portfolios, and is asked of the
        person (``res.partner.action_club_hand_over``). Where there is none the person
        is opened, where his manager stands.
        """
        person = self._for_person()
        hand_over = getattr(person, "action_club_hand_over", None)
        return hand_over() if hand_over else person._get_records_action()

    # --- Done, and put off ----------------------------------------------------------

    def action_done(self):
        """The activities of these rows are done; nothing else can be ticked off.

        :raise UserError: a row is of no activity
        """
        self._check_still_there()
        if not all(row.activity_id for row in self):
            raise UserError(
                self.env._(
                    "Only activities are ticked off. The others go by themselves when "
                    "there was a contact; or put them off."
                )
            )
        self.activity_id.action_feedback()
        return self._and_close()

    def action_tomorrow(self):
        """Put it off until tomorrow."""
        return self._put_off(self._today() + timedelta(days=1))

    def action_next_week(self):
        """Put it off until Monday."""
        return self._put_off(self._today() + relativedelta(days=1, weekday=MO))

    def _put_off(self, day):
        """Activities get another day; of the others an activity is made, of this day.

        While it is open the reason itself does not show: it is seen to.

        :raise UserError: the answer to an applicant was promised
        """
        self._check_still_there()
        if self.lead_id:
            raise UserError(
                self.env._("An answer was promised for that day, so it is not put off.")
            )
        self.activity_id.date_deadline = day
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": row.partner_id.id,
                    "activity_type_id": todo.id,
                    "club_reason": f"day {row.code}",
                    "user_id": (row.user_id or self.env.user).id,
                    "date_deadline": day,
                    "summary": row.why,
                }
                for row in self
                if not row.activity_id
            ]
        )
        return self._and_close()

    def _and_close(self):
        """Close the window, if there is one, and show the list anew."""
        return {"type": "ir.actions.act_window_close"}
