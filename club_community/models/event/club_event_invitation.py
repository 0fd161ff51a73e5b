from odoo import api, fields, models
from odoo.exceptions import UserError

from .event_booking import Seat

ANSWERS = ("yes", "maybe", "no")
STATES = [
    ("queued", "To be sent"),
    ("sent", "No answer yet"),
    ("yes", "Yes"),
    ("maybe", "Maybe"),
    ("no", "No"),
    ("dropped", "Not sent"),
]
OBSTACLES = [
    ("coming", "Is coming already"),
    ("optout", "Asked not to be written to"),
    ("no_email", "Has no e-mail"),
    ("resting", "Is paused or leaving"),
    ("not_eligible", "No ticket is open to this person"),
]


class ClubEventInvitation(models.Model):
    """A person is invited to an event, and answers yes, maybe or no.

    One row per event and person, for ever: who has said no is not asked again. Rows
    are made by ``event.event._club_invite`` and moved by the job and by answers alone.
    """

    _name = "club.event.invitation"
    _description = "Invitation to an Event"
    _inherit = ["club.letter.link"]
    _letter_path = "/club/invitation"
    _order = "id desc"
    _rec_name = "partner_id"

    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Invited By", ondelete="set null", readonly=True
    )
    is_personal = fields.Boolean(string="Personal", readonly=True)
    note = fields.Text(string="Own Words", readonly=True)
    state = fields.Selection(STATES, required=True, default="queued", readonly=True)
    obstacle = fields.Selection(OBSTACLES, string="Why Not Sent", readonly=True)
    sent_on = fields.Datetime(readonly=True)
    reminded_on = fields.Datetime(readonly=True)
    answered_on = fields.Datetime(readonly=True)
    reason = fields.Text(readonly=True)
    registration_id = fields.Many2one(
        "event.registration",
        string="Booked Place",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )

    _once = models.UniqueIndex(
        "(event_id, partner_id)", "This person is invited to this event already."
    )
    _due_idx = models.Index(
        "(state, event_id) WHERE state IN ('queued', 'sent', 'maybe')"
    )

    @api.depends("event_id", "partner_id")
    def _compute_display_name(self):
        for invitation in self:
            event, person = invitation.event_id, invitation.partner_id
            invitation.display_name = f"{person.display_name} · {event.name}"

    # --- Answers --------------------------------------------------------------------

    def _answer(self, answer, reason=None):
        """Keep what the person has answered, and book what is free.

        :param answer: one of ``ANSWERS``
        :param reason: words of the person, for a no
        :return: a sentence where there was no place, or the place must be chosen
        :raise UserError: it is too late, or no such answer
        """
        self.ensure_one()
        if answer not in ANSWERS:
            raise UserError(self.env._("Answer yes, maybe or no."))
        self._check_open()
        self.lock_for_update()  # two clicks book one place
        invitation_sudo = self.sudo()  # sudo: the person has no rights on it
        if answer != "yes":
            invitation_sudo._give_back()
        obstacle = invitation_sudo._book() if answer == "yes" else ""
        now = fields.Datetime.now()
        invitation_sudo.write(
            {
                "state": answer,
                "answered_on": now,
                "reason": (reason or "").strip()[:1000] if answer == "no" else False,
            }
        )
        invitation_sudo.partner_id._club_touched(
            now, "message", None, invitation_sudo.event_id.name
        )
        return obstacle

    def _check_open(self):
        event_sudo = self.sudo().event_id  # sudo: the person has no rights on events
        if (
            not event_sudo.active
            or event_sudo.kanban_state == "cancel"
            or event_sudo.date_end <= fields.Datetime.now()
        ):
            raise UserError(
                self.env._(
                    "“%(event)s” is over or called off, so nobody can answer any more.",
                    event=event_sudo.name,
                )
            )

    def _book(self):
        """Book the free place at once.

        :return: why there is none yet: to be paid, to be chosen, or no place left
        """
        self.ensure_one()
        event, person = self.event_id, self.partner_id
        if event._club_coming(person):
            return ""
        free = self._free_ticket()
        if not free:
            return self.env._("Choose and book your place on the next page.")
        try:
            with self.env.cr.savepoint():
                registrations, _order = event._club_book(person, [Seat(free, person)])
        except UserError as error:
            return str(error)
        self.registration_id = registrations[:1]
        return ""

    def _free_ticket(self):
        """The ticket that costs this person nothing and needs no choice."""
        event, person = self.event_id, self.partner_id
        if event.is_multi_slots:
            return event.event_ticket_ids.browse()
        tickets = event.event_ticket_ids.filtered(
            lambda t: t.is_launched and not t.is_expired and not t.is_sold_out
        )
        open_to = event._club_open_tickets(person)
        return (tickets & open_to).filtered(
            lambda t: not event._club_price(Seat(t, person), person)
        )[:1]

    def _give_back(self):
        """Who does not come after all gives the free place of his yes back."""
        place = self.registration_id
        if place.state in ("draft", "open") and not place.sale_order_id:
            place.action_cancel()

    def action_answer_yes(self):
        """Note the answer that the person gave on the phone."""
        return self._answer_by_hand("yes")

    def action_answer_maybe(self):
        return self._answer_by_hand("maybe")

    def action_answer_no(self):
        return self._answer_by_hand("no")

    def _answer_by_hand(self, answer):
        self.ensure_one()
        self.check_access("read")
        obstacle = self._answer(answer)
        if not obstacle:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": obstacle,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_withdraw(self):
        """Do not send what was not sent yet."""
        self.check_access("read")
        # sudo: the state is nobody's to type
        self.sudo().filtered(lambda i: i.state == "queued").state = "dropped"
