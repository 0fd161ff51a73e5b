from odoo import api, models
from odoo.tools import format_date

from .club_event_checkin import MANAGER

# Situation: stock's status, colour, icon.
SITUATIONS = {
    "welcome": ("confirmed_registration", "success", "fa-check-circle"),
    "already": ("already_registered", "warning", "fa-history"),
    "cancelled": ("canceled_registration", "danger", "fa-ban"),
    "replaced": ("canceled_registration", "danger", "fa-exchange"),
    "unpaid": ("unconfirmed_registration", "danger", "fa-credit-card"),
    "wrong_event": ("need_manual_confirmation", "warning", "fa-map-signs"),
    "wrong_check": ("not_ongoing_event", "danger", "fa-map-signs"),
    "early": ("need_manual_confirmation", "info", "fa-clock-o"),
    "late": ("not_ongoing_event", "danger", "fa-clock-o"),
    "unknown": ("invalid_ticket", "danger", "fa-question-circle"),
    "no_ticket": ("invalid_ticket", "danger", "fa-id-card-o"),
}


class EventRegistration(models.Model):
    """The words of the desk, in the language of who stands there."""

    _inherit = "event.registration"

    @api.model
    def _club_titles(self):
        return {
            "welcome": self.env._("Welcome"),
            "already": self.env._("Already in"),
            "cancelled": self.env._("Cancelled"),
            "replaced": self.env._("Old code"),
            "unpaid": self.env._("Not paid"),
            "wrong_event": self.env._("Another event"),
            "wrong_check": self.env._("Not for this check"),
            "early": self.env._("Too early"),
            "late": self.env._("Too late"),
            "unknown": self.env._("Not found"),
            "no_ticket": self.env._("No ticket"),
        }

    @api.model
    def _club_say(self, situation, lines, **more):
        """What our screen shows.

        :param situation: a key of ``SITUATIONS``
        :param lines: sentences, the most important first
        :return: ``{"situation", "tone", "icon", "title", "lines", "badges",
            "may_let_in", "may_undo"}``; tone is a colour of Bootstrap
        """
        _status, tone, icon = SITUATIONS[situation]
        return {
            "situation": situation,
            "tone": tone,
            "icon": icon,
            "title": self._club_titles()[situation],
            "lines": [line for line in lines if line],
            "badges": [],
            "may_let_in": False,
            "may_undo": False,
            **more,
        }

    def _club_answer(self, situation, lines, checkin=None, may_let_in=False):
        """Stock's summary of a ticket, its status and our words."""
        self.ensure_one()
        status = SITUATIONS[situation][0]
        if situation == "wrong_event" and not may_let_in:
            status = "not_ongoing_event"
        if situation == "unpaid":
            may_let_in = self.env.user.has_group(MANAGER)
        return {
            **self._get_registration_summary(),
            "status": status,
            "club": self._club_say(
                situation,
                lines,
                badges=self._club_badges(),
                may_let_in=may_let_in,
                may_undo=situation == "welcome"
                or (situation == "already" and self.env.user.has_group(MANAGER)),
            ),
        }

    def _club_answer_old(self, old):
        """The code was replaced; say when, why and whose the ticket is now."""
        self.ensure_one()
        day = format_date(self.env, old.create_date)
        if old.reason == "transfer":
            lines = [
                self.env._("The ticket was given to somebody else on %s", day),
                self.env._("It is now for %s", self.name or self.display_name),
            ]
        else:
            lines = [self.env._("The ticket got a new code on %s", day)]
        lines.append(self.env._("Only the new code is good."))
        answer = self._club_answer("replaced", lines)
        return {**answer, "name": old.name or answer["name"]}

    def _club_badges(self):
        """Short words beside the name: whose guest, the level."""
        badges = []
        if host := self._club_host():
            badges.append(
                # sudo: the desk reads no contacts of other people
                {"tone": "info", "text": self.env._("Guest of %s", host.sudo().name)}
            )
        # sudo: as above
        person_sudo = self._club_person().sudo()
        if person_sudo.grade_id:
            badges.append({"tone": "primary", "text": person_sudo.grade_id.name})
        return badges

    def _club_welcome_lines(self, occasion):
        return [occasion.check.name] if occasion.check else []

    def _club_already_lines(self, first):
        """When, at which gate, by whom.

        :param first: the check-in; it may be read from beyond this transaction
        """
        # sudo: names of colleagues
        first_sudo = first.sudo()
        lines = [
            self.env._("Came in: %s", self.event_id._club_say_time(first.checked_at))
        ]
        if first.gate:
            lines.append(self.env._("Gate: %s", first.gate))
        if first_sudo.user_id:
            lines.append(self.env._("Let in by: %s", first_sudo.user_id.name))
        return lines

    def _club_attended_lines(self):
        """Attended before there were check-ins, or by another program."""
        if not self.date_closed:
            return []
        return [
            self.env._("Came in: %s", self.event_id._club_say_time(self.date_closed))
        ]
