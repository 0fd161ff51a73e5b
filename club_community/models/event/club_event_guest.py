from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class ClubPlan(models.Model):
    _inherit = "club.plan"

    event_guests = fields.Integer(
        string="Guests at Events",
        help="So many guests a member with this plan may bring, where the ticket "
        "allows guests but fewer of them.",
    )

    _event_guests_not_negative = models.Constraint(
        "CHECK(event_guests >= 0)", "The number of guests cannot be negative."
    )


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    club_guests_max = fields.Integer(
        string="Guests",
        default=-1,
        help="So many guests somebody with this ticket may bring. 0: none, whatever "
        "his plan says. -1: as many as places can be booked.",
    )

    _club_guests_from_minus_one = models.Constraint(
        "CHECK(club_guests_max >= -1)",
        "Guests: 0 for none, -1 for any number, or how many.",
    )


class EventEvent(models.Model):
    _inherit = "event.event"

    club_guests_follow = fields.Selection(
        [("go", "Are cancelled too"), ("stay", "May come without him")],
        string="Guests of Who Cancels",
        default="go",
        required=True,
        help="What becomes of the places of the guests when their host cancels. Where "
        "they may come without him, he is asked.",
    )

    def _club_book(self, booker, seats, slot=None):
        """Places for people whom the club does not know are his guests' (S1.10)."""
        return super()._club_book(booker, self._club_name_guests(booker, seats), slot)

    def _club_name_guests(self, booker, seats):
        """Say of each place whether it is a guest's.

        A place with an attendee is his own, and so is one that names nobody, where he
        has none yet: the first. All others are for guests.

        :return: the places, with ``club_brought_by_id`` in the values of guests
        """
        has_own = any(seat.attendee == booker for seat in seats) or bool(
            self._club_own_places(booker)
        )
        named = []
        for seat in seats:
            if seat.attendee or "club_brought_by_id" in seat.values:
                named.append(seat)
            elif not has_own and _names_nobody_else(seat, booker):
                has_own = True
                named.append(seat)
            else:
                host = {"club_brought_by_id": booker.id}
                named.append(seat._replace(values={**seat.values, **host}))
        return named

    def _club_check_booking(self, booker, seats, slot):
        res = super()._club_check_booking(booker, seats, slot)
        for seat in seats:
            if not seat.values.get("club_brought_by_id"):
                continue
            if not (seat.name.strip() and (seat.email or seat.phone)):
                raise UserError(
                    self.env._("Give each guest's name, and an e-mail or a phone.")
                )
            if not seat.values.get("club_guest_consent"):
                raise UserError(
                    self.env._(
                        "“%(guest)s” has to agree that you tell us name and contact.",
                        guest=seat.name,
                    )
                )
        return res

    def _club_guest_words(self):
        """What a guest agrees to; kept word for word with his registration."""
        return self.env._(
            "My guest has agreed that the club keeps name and contact, and may write "
            "about this event and about the club."
        )

    def _club_guest_consent(self, words=None):
        """Values of a registration whose guest has agreed: for ``Seat.values``."""
        return {
            "club_guest_consent": fields.Datetime.now(),
            "club_guest_consent_words": words or self._club_guest_words(),
        }

    def _club_own_places(self, people):
        """Registrations with which these people come themselves, with raised rights."""
        # sudo: members have no rights on registrations
        return (
            self.env["event.registration"]
            .sudo()
            .search(
                Domain("event_id", "in", self.ids)
                & Domain("club_has_place", "=", True)
                & Domain("club_brought_by_id", "=", False)
                & (
                    Domain("club_attendee_id", "in", people.ids)
                    | (
                        Domain("club_attendee_id", "=", False)
                        & Domain("club_given_by_id", "=", False)
                        & Domain("partner_id", "in", people.ids)
                    )
                ),
                order="id",
            )
        )

    def _club_guests_allowed(self, host, tickets=None):
        """How many guests somebody may bring, in all.

        :param host: ``res.partner``
        :param tickets: the ticket he is about to book; else those of his places
        :return: a number, -1 for any
        """
        self.ensure_one()
        if tickets is None:
            tickets = self._club_own_places(host).event_ticket_id
        # sudo: members have no rights on tickets and plans
        numbers = tickets.sudo().mapped("club_guests_max")
        if not tickets and self._club_own_places(host):
            return -1  # stock sells places without a ticket
        if -1 in numbers:
            return -1
        most = max(numbers, default=0)
        return max(most, host.sudo().club_plan_id.event_guests) if most else 0

    def _club_guests_left(self, host, tickets=None):
        """How many more guests he may bring; -1 for any. For pages."""
        allowed = self._club_guests_allowed(host, tickets)
        return allowed if allowed < 0 else max(allowed - self._club_guests(host), 0)

    def _club_guests(self, host):
        """How many guests he brings already, over all his orders."""
        # sudo: members have no rights on registrations
        return (
            self.env["event.registration"]
            .sudo()
            .search_count(
                [
                    ("event_id", "=", self.id),
                    ("club_brought_by_id", "=", host.id),
                    ("club_has_place", "=", True),
                ]
            )
        )


def _names_nobody_else(seat, booker):
    return (not seat.name or seat.name == booker.name) and (
        not seat.email or seat.email == booker.email
    )


class EventRegistration(models.Model):
    """A guest comes with somebody: his host, whose own place it hangs on."""

    _inherit = "event.registration"

    club_host_id = fields.Many2one(
        "event.registration",
        string="Comes With",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        domain="[('event_id', '=', event_id), ('club_brought_by_id', '=', False),"
        " ('id', '!=', id)]",
        help="The place of the host whom this guest comes with.",
    )
    club_guest_ids = fields.One2many(
        "event.registration", "club_host_id", string="Guests"
    )
    # Kept beside the host's place, which he may give away: whoever brought the guest
    # stays who brought him.
    club_brought_by_id = fields.Many2one(
        "res.partner",
        string="Guest Of",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    club_guest_count = fields.Integer(
        string="Number of Guests", compute="_compute_club_guest_count"
    )
    club_guest_consent = fields.Datetime(
        string="Guest Agreed On",
        copy=False,
        help="That the host tells us name and contact, and we may write.",
    )
    club_guest_consent_words = fields.Text(
        string="Agreed To", readonly=True, copy=False
    )

    _GUEST_KEYS = frozenset(
        {
            "active",
            "state",
            "event_id",
            "club_held_until",
            "club_host_id",
            "club_brought_by_id",
        }
    )

    @api.depends("club_guest_ids.state", "club_guest_ids.active")
    def _compute_club_guest_count(self):
        for registration in self:
            registration.club_guest_count = len(
                registration.club_guest_ids.filtered("club_has_place")
            )

    def _club_is_guest(self):
        """Whether somebody comes as the guest of another; others ask this too."""
        self.ensure_one()
        return bool(self.club_host_id or self.club_brought_by_id)

    # --- What must be known, and what is allowed ----------------------------------

    @api.constrains("club_host_id", "club_brought_by_id", "event_id")
    def _check_club_host(self):
        for guest in self.filtered("club_host_id"):
            host = guest.club_host_id
            if host.event_id != guest.event_id or host == guest:
                raise ValidationError(
                    self.env._("A guest and the host come to the same event.")
                )
            if host.club_brought_by_id:
                raise ValidationError(
                    self.env._("A guest cannot bring guests of his own.")
                )
            if not guest.club_brought_by_id:
                raise ValidationError(
                    self.env._(
                        "Name the contact of “%(host)s” first: nobody knows yet whose "
                        "guest it is.",
                        host=host.display_name,
                    )
                )

    @api.constrains("club_brought_by_id", "name", "email", "phone")
    def _check_club_guest_is_known(self):
        for guest in self.filtered("club_brought_by_id"):
            if not guest.name or not (guest.email or guest.phone):
                raise ValidationError(
                    self.env._("Give each guest's name, and an e-mail or a phone.")
                )

    @api.constrains("club_brought_by_id")
    def _check_club_guest_agreed(self):
        """Only when he becomes a guest: what he agreed to he may take back."""
        for guest in self.filtered("club_brought_by_id"):
            if not guest.club_guest_consent:
                raise ValidationError(
                    self.env._(
                        "“%(guest)s” has to agree that you tell us name and contact.",
                        guest=guest.name,
                    )
                )

    def _club_check_guests(self):
        """Refuse more guests than allowed: called when guests take a place.

        The hosts' rows get a new version first: of two tabs that bring the last guest
        at once, the second fails to serialise, is run again, and sees the first's.

        :raise ValidationError: says how many are allowed
        """
        # sudo: buyers may not see their hosts' plans, nor registrations
        guests_sudo = self.sudo()
        if not guests_sudo:
            return
        hosts = guests_sudo.club_brought_by_id.sorted("id")
        self.env.flush_all()
        hosts._club_take()
        for (host, event), guests in guests_sudo.grouped(
            lambda r: (r.club_brought_by_id, r.event_id)
        ).items():
            given = guests.filtered(lambda g, h=host: g.club_given_by_id == h)
            own = event._club_own_places(host)
            if not own and not given:
                raise ValidationError(
                    self.env._(
                        "A guest comes with his host: book a place for %(host)s first.",
                        host=host.name,
                    )
                )
            tickets = None if own else given.event_ticket_id
            allowed = event._club_guests_allowed(host, tickets)
            if -1 < allowed < event._club_guests(host):
                raise ValidationError(_guests_sentence(self.env, allowed, host))

    # --- Coming and going ---------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create([self._club_with_host(v) for v in vals_list])
        if guests := registrations.filtered("club_brought_by_id"):
            guests._club_link_hosts()
            guests.filtered("club_has_place")._club_check_guests()
            guests.filtered(lambda r: r.state == "done")._club_note_guests()
        return registrations

    def write(self, vals):
        if not vals.keys() & self._GUEST_KEYS:
            return super().write(vals)
        vals = self._club_with_host(vals)
        before = {
            r: (r.club_brought_by_id, r.event_id)
            for r in self
            if r.club_brought_by_id and r.club_has_place
        }
        res = super().write(vals)
        guests = self.filtered("club_brought_by_id")
        guests.filtered(
            lambda r: r.club_has_place
            and before.get(r) != (r.club_brought_by_id, r.event_id)
        )._club_check_guests()
        if vals.get("state") == "done":
            guests._club_note_guests()
        return res

    @api.model
    def _club_with_host(self, vals):
        """Whoever comes with a place is a guest of the one whose place it is."""
        if vals.get("club_host_id") and not vals.get("club_brought_by_id"):
            # sudo: as the fields that follow from a line
            host_sudo = self.sudo().browse(vals["club_host_id"])
            person = host_sudo.club_attendee_id or host_sudo.partner_id
            return {**vals, "club_brought_by_id": person.id}
        return vals

    def _club_link_hosts(self, but=()):
        """Hang guests on their host's own place.

        :param but: places that are about to go
        """
        loose = self.filtered(lambda r: not r.club_host_id)
        if not loose:
            return
        own = loose.event_id._club_own_places(loose.club_brought_by_id)
        places, ids = {}, {place.id for place in but}
        for place in own.filtered(lambda place: place.id not in ids):
            person = place.club_attendee_id or place.partner_id
            places.setdefault((person, place.event_id), place)
        by_place = loose.grouped(
            lambda r: places.get((r.club_brought_by_id, r.event_id), self.browse())
        )
        for place, guests in by_place.items():
            if place:
                # sudo: members have no rights on registrations
                guests.sudo().write({"club_host_id": place.id})

    def _club_places_given_back(self):
        """Guests go with their host, where the event says so."""
        res = super()._club_places_given_back()
        self._club_following(leaving=self).action_cancel()
        return res

    def unlink(self):
        following = self._club_following(leaving=self, unlinking=True) - self
        res = super().unlink()
        following.action_cancel()
        return res

    def _club_following(self, leaving, unlinking=False):
        """Guests who lose their place with these hosts, with raised rights.

        Those whose host has another place of his own stay, and hang on that one.
        """
        if not leaving.ids or self.env.context.get("club_guests_stay"):
            return self.browse().sudo()
        # sudo: whoever cancels his own place may not see others'
        guests_sudo = (
            self.sudo()
            .search(
                [("club_host_id", "in", leaving.ids), ("club_has_place", "=", True)]
            )
            .filtered(
                lambda g: g.state != "done"
                and (
                    unlinking
                    or not g.club_host_id.club_has_place
                    or g.club_host_id.event_id != g.event_id
                )
            )
        )
        if not guests_sudo:
            return guests_sudo
        guests_sudo.write({"club_host_id": False})
        guests_sudo._club_link_hosts(but=leaving)
        return guests_sudo.filtered(
            lambda g: not g.club_host_id and g.event_id.club_guests_follow == "go"
        )


def _guests_sentence(env, allowed, host):
    if not allowed:
        return env._(
            "Guests cannot be brought with the ticket of %(host)s.", host=host.name
        )
    return env._(
        "%(host)s may bring %(count)s guests to this event.",
        host=host.name,
        count=allowed,
    )
