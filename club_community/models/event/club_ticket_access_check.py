from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .club_ticket_judge import Ask

STAFF = "event.group_event_user"
REASON_HELP = (
    "Why somebody has this place against the rules of its ticket. Staff of events "
    "may say so; nobody else."
)


class EventRegistration(models.Model):
    """Who may have a ticket is asked for every way in: backend, RPC, order, import."""

    _inherit = "event.registration"

    club_access_reason = fields.Char(
        string="Against the Rule Because", copy=False, tracking=True, help=REASON_HELP
    )

    def _club_is_guest(self):
        """Whether the attendee is somebody's guest; the file of guests extends this."""
        self.ensure_one()
        return False

    def _club_judged(self):
        """The person on whose membership this place stands: of a guest his host."""
        self.ensure_one()
        if self._club_is_guest():
            return self.partner_id
        return self.club_attendee_id or self.partner_id

    @api.constrains(
        "event_id",
        "event_ticket_id",
        "event_slot_id",
        "partner_id",
        "club_attendee_id",
        "club_access_reason",
    )
    def _check_club_access(self):
        """Refuse who may not have the ticket, unless staff has said why.

        :raise UserError: with the reason and what would help
        """
        judged = self.filtered(
            lambda r: (
                r.active
                and r.state != "cancel"
                and not r.club_access_reason
                # sudo: whoever registers may not see the ticket
                and r.sudo()._club_has_rules()
            )
        )
        if not judged:
            return
        asked = [
            Ask(r.event_ticket_id, r._club_judged(), r.event_slot_id) for r in judged
        ]
        judged._club_lock_limits()
        answers = self.env["event.event.ticket"]._club_judge(asked, but=judged.ids)
        staff = self.env.user.has_group(STAFF)
        for ask, answer in zip(asked, answers, strict=True):
            # staff registers people before the sale begins
            if not answer.allowed and not (staff and answer.opens_on):
                raise UserError(self._club_refused(ask.partner, answer.reason, staff))

    def _club_has_rules(self):
        return self.event_ticket_id and (
            self.event_ticket_id.club_is_restricted or self.event_id.club_limit
        )

    def _club_lock_limits(self):
        """Of two windows of one member that book at once, the second sees the first."""
        limited_sudo = self.sudo().filtered(  # sudo: as above
            lambda r: r.event_ticket_id.club_limit or r.event_id.club_limit
        )
        people = self.env["res.partner"].union(
            *(r._club_judged() for r in limited_sudo)
        )
        if people:
            people.sorted("id")._club_take()

    @api.model
    def _club_refused(self, partner, reason, staff):
        lines = [reason]
        if partner and partner != self.env.user.partner_id:
            # sudo: whoever books need not see the other person
            lines = [f"{partner.sudo().name}: {reason}"]
        if staff:
            lines.append(
                self.env._(
                    "Staff can register the person all the same: fill in "
                    "“Against the Rule Because” first."
                )
            )
        return "\n".join(lines)

    # --- The reason of staff ------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            line = self.env["sale.order.line"].browse(vals.get("sale_order_line_id"))
            # sudo: whoever confirms may not see the order's fields
            if line and (why := line.sudo().order_id.club_access_reason):
                vals.setdefault("club_access_reason", why)
        registrations = super().create(vals_list)
        registrations.filtered(
            lambda r: (
                r.club_access_reason
                # sudo: as above
                and r.club_access_reason != r.sudo().sale_order_id.club_access_reason
            )
        )._club_check_reason()
        return registrations

    def write(self, vals):
        if vals.get("club_access_reason"):
            self._club_check_reason()
        back = self.browse()
        if vals.keys() & {"state", "active"}:
            back = self.filtered(lambda r: r.state == "cancel" or not r.active)
        res = super().write(vals)
        back._check_club_access()
        return res

    def _club_check_reason(self):
        """:raise AccessError: somebody else than staff sets the rule aside"""
        if self and not self.env.user.has_group(STAFF):
            raise AccessError(
                self.env._("Only staff of events may set the rules of a ticket aside.")
            )

    def _club_hold(self, until=None):
        """A hold that had ended is taken up again within the member's limit only."""
        now = fields.Datetime.now()
        ended = self.filtered(
            lambda r: r.state == "draft" and r.club_held_until and not r.club_has_place
        )
        limited = ended.filtered(
            lambda r: (
                r.club_held_until < now
                and not r.club_access_reason
                # sudo: buyers have no rights on limits
                and (
                    r.sudo().event_ticket_id.club_limit or r.sudo().event_id.club_limit
                )
            )
        )
        if limited:
            limited._check_club_access()
        return super()._club_hold(until)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    club_access_reason = fields.Char(
        string="Tickets Against the Rule Because", copy=False, help=REASON_HELP
    )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        if any(order.club_access_reason for order in orders):
            self.env["event.registration"].new({})._club_check_reason()
        return orders

    def write(self, vals):
        if vals.get("club_access_reason"):
            self.env["event.registration"].new({})._club_check_reason()
        return super().write(vals)


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_judged_of(self, booker, seat):
        """The person on whose membership a place is booked: of a guest his host."""
        if seat.values.get("club_host_id"):
            return booker
        return seat.attendee or booker

    def _club_check_booking(self, booker, seats, slot):
        """Also who may: before anything is made, with a reason."""
        res = super()._club_check_booking(booker, seats, slot)
        asked = [
            Ask(seat.ticket, self._club_judged_of(booker, seat), slot)
            for seat in seats
            if not seat.values.get("club_access_reason")
            and (seat.ticket.sudo().club_is_restricted or self.club_limit)  # sudo: core
        ]
        answers = self.env["event.event.ticket"]._club_judge(asked) if asked else []
        for ask, answer in zip(asked, answers, strict=True):
            if not answer.allowed:
                raise UserError(
                    self.env._(
                        "%(who)s: %(reason)s",
                        who=ask.partner.sudo().name,  # sudo: as above
                        reason=answer.reason,
                    )
                    if ask.partner != booker
                    else answer.reason
                )
        return res
