from collections import Counter
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError


class Included(NamedTuple):
    """Places that come with somebody's membership, for one ticket."""

    left: int  # of them now, at this event; -1: as many as he likes
    quantity: int  # in his period, or at one event; 0: as many as he likes
    name: str  # in the words of his plan


class ClubPlanEntitlement(models.Model):
    _inherit = "club.plan.entitlement"

    event_quantity = fields.Integer(
        string="At One Event",
        help="How many of them can be places at one and the same event. 0: all.",
    )

    _event_quantity_not_negative = models.Constraint(
        "CHECK(event_quantity >= 0)", "Nobody can have a benefit less than never."
    )


class ClubEntitlementUse(models.Model):
    _inherit = "club.entitlement.use"

    registration_id = fields.Many2one(
        "event.registration",
        string="Place at an Event",
        index="btree_not_null",
        ondelete="set null",
    )

    _once_per_place = models.UniqueIndex(
        "(registration_id) WHERE registration_id IS NOT NULL",
        "An included place pays for this registration already.",
    )

    def action_undo(self):
        # sudo: who serves members need not have rights on events
        if any(place.club_has_place for place in self.sudo().registration_id):
            raise UserError(
                self.env._("This is a place at an event: cancel the registration.")
            )
        return super().action_undo()

    def _lapsed(self):
        """Uses of places that were held and never paid for: they count for nothing."""
        return self.filtered(
            lambda use: (
                use.registration_id.state == "draft"
                and use.registration_id.club_held_until
                and not use.registration_id.club_has_place
            )
        )


class EventTypeTicket(models.Model):
    _inherit = "event.type.ticket"

    club_benefit_id = fields.Many2one(
        "club.benefit",
        string="Included as",
        index="btree_not_null",
        ondelete="restrict",
        help="Members whose plan has this benefit use it up instead of paying.",
    )

    @api.model
    def _get_event_ticket_fields_whitelist(self):
        return [*super()._get_event_ticket_fields_whitelist(), "club_benefit_id"]


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    def _club_included_left(self, partner):
        """Places of these tickets that come with somebody's membership.

        :return: ``{ticket: Included}``, tickets that no membership of his pays for
            left out
        """
        paid_for = self.sudo().filtered("club_benefit_id")  # sudo: members ask
        rows = paid_for.club_benefit_id._club_rows_of(partner)
        used = rows._used_at_events(paid_for.event_id)
        lapsed = rows._count_lapsed()
        found = {}
        for ticket in self:
            ticket_sudo = ticket.sudo()  # sudo: as above
            mine = rows.filtered(
                lambda row, t=ticket_sudo: row.res_id == t.club_benefit_id.id
            )
            if not mine:
                continue
            lefts = [row._left_at(ticket_sudo.event_id, used, lapsed) for row in mine]
            first = mine[0]
            found[ticket] = Included(
                -1 if -1 in lefts else sum(lefts),
                first.quantity or first.line_id.event_quantity,
                first.line_id.display_name,
            )
        return found


class ClubBenefit(models.Model):
    _inherit = "club.benefit"

    def _club_rows_of(self, partners):
        """Open rows of the ledger, with raised rights, that give these benefits."""
        # sudo: nobody but the club sees the ledger
        ledger_sudo = self.env["club.entitlement"].sudo()
        if not self or not partners:
            return ledger_sudo
        rows = ledger_sudo.search(
            [
                ("partner_id", "in", partners.ids),
                ("kind", "=", "service"),
                ("res_id", "in", self.ids),
                ("state", "=", "given"),
            ]
        )
        # what ends first is used first
        return rows.sorted(lambda row: (row.date_end or date.max, row.id))


class ClubEntitlement(models.Model):
    _inherit = "club.entitlement"

    def _used_at_events(self, events):
        """``{(row, event): times}`` of places that these rows have paid for."""
        uses = self.env["club.entitlement.use"].search(
            [
                ("entitlement_id", "in", self.ids),
                ("registration_id.event_id", "in", events.ids),
            ]
        )
        return Counter(
            (use.entitlement_id, use.registration_id.event_id)
            for use in uses - uses._lapsed()
        )

    def _count_lapsed(self):
        """``{row: times}`` that come back as soon as somebody needs them."""
        uses = self.env["club.entitlement.use"].search(
            [("entitlement_id", "in", self.ids), ("registration_id", "!=", False)]
        )
        return Counter(use.entitlement_id for use in uses._lapsed())

    def _left_at(self, event, used, lapsed):
        """Times that are left at an event; -1 where nothing limits them."""
        self.ensure_one()
        lefts = []
        if self.quantity:
            lefts.append(self.left + lapsed[self])
        if most := self.line_id.event_quantity:
            lefts.append(max(most - used[self, event], 0))
        return min(lefts, default=-1)


class EventRegistration(models.Model):
    """A place that a membership includes uses one up, and gives it back once."""

    _inherit = "event.registration"

    club_included = fields.Boolean(
        string="Included in the Membership",
        copy=False,
        readonly=True,
        help="Paid for with an included place of the member's plan.",
    )
    club_use_ids = fields.One2many(
        "club.entitlement.use",
        "registration_id",
        groups="club_community.group_club_user",
    )

    # --- Take ---------------------------------------------------------------------

    def _club_take_uses(self):
        """Use up what pays for these places, where that has not been done.

        Included places here, vouchers by the file below. May be called again.

        :raise UserError: nothing is left
        """
        # sudo: members have no rights on the ledger
        for registration_sudo in self.sudo().filtered(
            lambda r: r.club_included and r.state != "cancel" and not r.club_use_ids
        ):
            registration_sudo._club_use_included()

    def _club_use_included(self):
        """Two windows at once: the second waits, is run again, and sees the first."""
        self.ensure_one()
        benefit, person = self.event_ticket_id.club_benefit_id, self._club_judged()
        rows = benefit._club_rows_of(person)
        self._club_lapsed_of(rows)._club_give_uses_back()
        rows.invalidate_recordset(["used", "left"])
        used = rows._used_at_events(self.event_id)
        for row in rows:
            if row._left_at(self.event_id, used, Counter()):
                use = row._use(self.env.user)
                use.registration_id = self
                self.invalidate_recordset(["club_use_ids"])
                return
        raise UserError(
            self.env._(
                "No included place of %(person)s is left for “%(event)s”.",
                person=person.name,
                event=self.event_id.name,
            )
        )

    def _club_lapsed_of(self, rows):
        uses = rows.use_ids.filtered("registration_id")._lapsed()
        return uses.registration_id - self

    # --- Give back ------------------------------------------------------------------

    def _club_give_uses_back(self):
        """Give back what has paid for these places; each once, whoever calls it."""
        # sudo: nobody edits the ledger
        self.sudo().club_use_ids._undo()

    def _club_places_given_back(self):
        res = super()._club_places_given_back()
        living = self.exists()
        gone = living.filtered(lambda r: not r.club_has_place)
        gone._club_give_uses_back()
        (living - gone)._club_move_uses()
        return res

    def _club_move_uses(self):
        """Somebody else comes, or to something else: another use has to pay for it."""
        # sudo: whoever moves a place has no rights on the ledger
        for registration_sudo in self.sudo().filtered("club_included"):
            row = registration_sudo.club_use_ids.entitlement_id
            if (
                row.partner_id == registration_sudo._club_judged()
                and row.res_id == registration_sudo.event_ticket_id.club_benefit_id.id
            ):
                continue
            registration_sudo._club_give_uses_back()
            if registration_sudo.club_access_reason:
                registration_sudo.club_included = False  # staff has let it be
            else:
                registration_sudo._club_take_uses()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            line = self.env["sale.order.line"].browse(vals.get("sale_order_line_id"))
            vals.update(line.sudo()._club_seat_paid_by())  # sudo: buyers
        registrations = super().create(vals_list)
        registrations._club_take_uses()
        return registrations

    def write(self, vals):
        moved = self.browse()
        if vals.keys() & {"partner_id", "club_attendee_id"}:
            people = {r: r._club_judged() for r in self if r.club_included}
        else:
            people = {}
        back = self.browse()
        if vals.keys() & {"state", "active"}:
            back = self.filtered(lambda r: not r.club_has_place)
        res = super().write(vals)
        for registration, person in people.items():
            if registration.club_has_place and registration._club_judged() != person:
                moved |= registration
        moved._club_move_uses()
        back.filtered("club_has_place")._club_take_uses()
        return res

    def unlink(self):
        uses_sudo = self.sudo().club_use_ids  # sudo: as above
        res = super().unlink()
        uses_sudo._undo()
        return res

    def _club_hold(self, until=None):
        """What was given back when a hold had ended is used up again."""
        res = super()._club_hold(until)
        self.filtered("club_has_place")._club_take_uses()
        return res


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_cancel(self):
        """Also of places whose hold had ended before."""
        res = super()._action_cancel()
        places = self._club_event_lines().registration_ids
        places.filtered(lambda r: r.state == "cancel")._club_give_uses_back()
        return res

    def unlink(self):
        """The database deletes the places with their order, and tells nobody."""
        self._club_event_lines().registration_ids._club_give_uses_back()
        return super().unlink()

    def _action_confirm(self):
        """A late payment: what was given back meanwhile is used up again if it can.

        Nothing is refused here: the money was taken.
        """
        res = super()._action_confirm()
        lines = self._club_event_lines()
        places = lines.registration_ids.filtered(lambda r: r.state != "cancel")
        for place in places:
            try:
                with self.env.cr.savepoint():
                    place._club_take_uses()
            except UserError as error:
                place.message_post(body=str(error))
        return res


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    club_included = fields.Boolean(
        string="Included in the Membership", copy=False, readonly=True
    )

    def _club_seat_paid_by(self):
        """Values of registrations of this line: what pays for them."""
        return {"club_included": True} if self.club_included else {}

    def _get_display_price(self):
        return 0.0 if self.club_included else super()._get_display_price()

    def _get_sale_order_line_multiline_description_sale(self):
        text = super()._get_sale_order_line_multiline_description_sale()
        if self.club_included:
            text = "\n".join([text, self.env._("Included in your membership")])
        return text

    @api.depends("club_included")
    def _compute_name(self):
        return super()._compute_name()


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_book(self, booker, seats, slot=None):
        """Included places and vouchers pay for what they can.

        ``Seat.values`` may say ``club_included``: ``True`` must be paid that way,
        ``False`` must not; without it an included place is used where one is left.
        """
        self.ensure_one()
        seats = self.sudo()._club_pay_seats(booker, list(seats))  # sudo: core
        return super()._club_book(booker, seats, slot)

    def _club_pay_seats(self, booker, seats):
        """The same places, each with what pays for it; vouchers extend this.

        :raise UserError: what he wants to pay with is used up
        """
        people = {self._club_judged_of(booker, seat) for seat in seats}
        tickets = self.env["event.event.ticket"].union(*(s.ticket for s in seats))
        left = {person: tickets._club_included_left(person) for person in people}
        spent = Counter()
        paid = []
        for seat in seats:
            person = self._club_judged_of(booker, seat)
            wish = seat.values.get("club_included")
            included = left[person].get(seat.ticket)
            key = (person, seat.ticket.sudo().club_benefit_id)  # sudo: members
            is_left = included and (included.left < 0 or spent[key] < included.left)
            if wish and not is_left:
                raise UserError(
                    self.env._(
                        "No included place of %(person)s is left for “%(event)s”.",
                        person=person.sudo().name,  # sudo: as above
                        event=self.name,
                    )
                )
            takes = bool(wish) or bool(
                is_left
                and self._club_may_include(seat)
                and self._club_price(seat, booker)
            )
            spent[key] += takes
            paid.append(seat._replace(values={**seat.values, "club_included": takes}))
        return paid

    def _club_may_include(self, seat):
        """Whether an included place is taken without having been asked for."""
        return seat.values.get("club_included") is None

    def _club_price(self, seat, booker):
        if seat.values.get("club_included"):
            return 0.0
        return super()._club_price(seat, booker)

    def _club_line_key(self, seat):
        return super()._club_line_key(seat), bool(seat.values.get("club_included"))

    def _club_line_values(self, seats, slot):
        values = super()._club_line_values(seats, slot)
        if seats[0].values.get("club_included"):
            values["club_included"] = True
        return values
