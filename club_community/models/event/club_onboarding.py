from odoo import api, fields, models
from odoo.tools import SQL

from ..journey.club_onboarding_step import BEFORE_START


class ClubOnboardingStep(models.Model):
    """A place that is booked, or a yes to an invitation, is a fact that does a step."""

    _inherit = "club.onboarding.step"

    fact = fields.Selection(
        selection_add=[("event", "A place at an event is booked")],
        ondelete={"event": "cascade"},
    )

    def _fact_condition(self):
        if self.fact != "event":
            return super()._fact_condition()
        since = SQL(BEFORE_START)
        return SQL(
            """EXISTS (SELECT FROM event_registration r
                        WHERE (r.club_attendee_id = o.partner_id
                               OR (r.club_attendee_id IS NULL
                                   AND r.partner_id = o.partner_id))
                          AND r.active AND r.state IN ('open', 'done')
                          AND r.create_date >= %s)
               OR EXISTS (SELECT FROM club_event_invitation v
                           WHERE v.partner_id = o.partner_id AND v.state = 'yes'
                             AND v.answered_on >= %s)""",
            since,
            since,
        )


class EventRegistration(models.Model):
    _inherit = "event.registration"

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations._club_newcomers_look()
        return registrations

    def write(self, vals):
        res = super().write(vals)
        if {"state", "club_attendee_id", "active"} & vals.keys():
            self._club_newcomers_look()
        return res

    def _club_newcomers_look(self):
        """Newcomers among the attendees: their steps are looked at when it is done.

        One query; nothing where nobody of them is a newcomer.
        """
        # sudo: whoever sells a place need not have rights in the club
        people = (self.sudo().club_attendee_id | self.sudo().partner_id).ids
        newcomers = (
            self.env["club.onboarding"]
            .sudo()
            .search([("state", "=", "running"), ("partner_id", "in", people)])
        )
        if newcomers:
            newcomers.partner_id._club_journey_now()


class ClubEventInvitation(models.Model):
    _inherit = "club.event.invitation"

    def _answer(self, answer, reason=None):
        res = super()._answer(answer, reason)
        # sudo: the person has no rights on it
        self.sudo().partner_id._club_journey_now()
        return res
