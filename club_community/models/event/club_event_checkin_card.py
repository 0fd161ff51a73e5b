from odoo import api, fields, models


class EventRegistration(models.Model):
    """A member shows the club's card instead of the ticket."""

    _inherit = "event.registration"

    @api.model
    def _club_scan_card(self, token, event):
        # sudo: the desk finds the owner of a card, whoever looks after him
        member = (
            self.env["res.partner"].sudo().search([("club_card_token", "=", token)])
        ).sudo(False)
        if not member:
            return self._club_no_ticket(
                "unknown", [self.env._("The club has no such card.")]
            )
        mine = self._club_tickets_of(member, event)
        if not mine:
            # sudo: the name stands on the card
            lines = [member.sudo().name, self.env._("Has no ticket for this event.")]
            return self._club_no_ticket("no_ticket", lines)
        return mine._club_scan(event)

    @api.model
    def _club_tickets_of(self, member, event):
        """The ticket of a member that is to be checked now: one, or none.

        Of several the first that is good and not used; those that he has booked for
        others are theirs.
        """
        now = fields.Datetime.now()
        domain = [
            "|",
            ("club_attendee_id", "=", member.id),
            "&",
            ("club_attendee_id", "=", False),
            ("partner_id", "=", member.id),
        ]
        if event:
            domain += [("event_id", "=", event.id)]
        else:
            domain += [("event_end_date", ">=", now)]
        found = self.search(domain, order="id", limit=50)
        rank = {"open": 0, "done": 1, "draft": 2, "cancel": 3}
        return found.sorted(
            lambda r: (
                r._club_person() != member,
                rank[r.state],
                r._club_begin(),
                r.id,
            )
        )[:1]

    @api.model
    def _club_no_ticket(self, situation, lines):
        return {"error": "invalid_ticket", "club": self._club_say(situation, lines)}
