from odoo import models
from odoo.exceptions import UserError


class ClubEventWaiting(models.Model):
    """Whoever is offered several places says who comes with him when he accepts.

    Not before: nobody asks his friends for an evening that is sold out.
    """

    _inherit = "club.event.waiting"

    def _to_name(self):
        """Places that are offered for guests who are not named yet, raised rights."""
        # sudo: members have no rights on registrations
        return (
            self.sudo()
            .registration_ids.filtered(
                lambda r: (
                    r.state == "draft"
                    and r.club_has_place
                    and not r.club_attendee_id
                    and not r.club_brought_by_id
                )
            )
            .sorted("id")
        )

    def _name_guests(self, guests, agreed):
        """Write down who comes on the places offered.

        :param guests: values of registrations, one for each of ``_to_name()``:
            ``name``, and ``email`` or ``phone``
        :param agreed: whether the guests agree that the club keeps these
        :raise UserError: one is missing, or has not agreed
        :raise ValidationError: he may not bring as many
        """
        self.ensure_one()
        places = self._to_name()
        if len(guests) != len(places):
            raise UserError(
                self.env._("Give each guest's name, and an e-mail or a phone.")
            )
        if places and not agreed:
            raise UserError(
                self.env._(
                    "Please ask your guests whether they agree, and tick the box."
                )
            )
        values = self.event_id._club_guest_consent()
        values["club_brought_by_id"] = self.partner_id.id
        for place, guest in zip(places, guests, strict=True):
            place.write({"email": False, "phone": False, **guest, **values})
        places._club_link_hosts()

    def _accept(self, *, guests=(), agreed=False):
        """Accept, and say who comes along.

        :param guests: see ``_name_guests``
        :param agreed: see ``_name_guests``
        """
        self.ensure_one()
        if self._to_name():
            # sudo: members have no rights on the queue
            self.sudo()._name_guests(guests, agreed)
        return super()._accept()


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    def _club_check_waiting(self, partner, quantity, slot):
        """Nobody waits for more guests than he may bring."""
        res = super()._club_check_waiting(partner, quantity, slot)
        event = self.event_id
        left = event._club_guests_left(partner, self)
        guests = quantity - (not event._club_own_places(partner))
        if -1 < left < guests:
            raise UserError(
                self.env._(
                    "%(host)s may bring %(count)s guests to this event.",
                    host=partner.sudo().name,  # sudo: as the queue
                    count=left,
                )
                if left
                else self.env._(
                    "Guests cannot be brought with the ticket of %(host)s.",
                    host=partner.sudo().name,  # sudo: as the queue
                )
            )
        return res
