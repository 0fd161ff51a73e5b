from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import groupby, plaintext2html
from odoo.tools.misc import format_amount, format_datetime

MAX_WORDS = 2000


class ClubEventCancelRule(models.Model):
    """How much is given back until how many days before an event begins."""

    _name = "club.event.cancel.rule"
    _description = "Refund on Cancellation"
    _order = "event_id, days desc"

    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, index="btree_not_null"
    )
    days = fields.Integer(
        string="Days Before", required=True, help="Until so many days before the start."
    )
    share = fields.Float(string="Given Back (%)", required=True, default=100)

    _day_once = models.Constraint(
        "unique(event_id, days)", "Each number of days has one share."
    )
    _share_of_hundred = models.Constraint(
        "CHECK(share >= 0 AND share <= 100 AND days >= 0)",
        "Between 0 and 100 % are given back, some days before the event.",
    )


class EventEvent(models.Model):
    _inherit = "event.event"

    club_can_cancel = fields.Boolean(
        string="Places Can Be Cancelled",
        default=True,
        help="By those who booked them, on-line.",
    )
    club_cancel_hours = fields.Integer(
        string="Cancel Until (hours before)",
        default=24,
        required=True,
        help="Later a member can only ask the organiser.",
    )
    club_cancel_rule_ids = fields.One2many(
        "club.event.cancel.rule",
        "event_id",
        string="What Is Given Back",
        copy=True,
        help="Without lines the whole price is given back as long as a place can be "
        "cancelled. With lines, whoever cancels later than all of them gets nothing.",
    )
    club_refund_as = fields.Selection(
        [("money", "Money, the way it came"), ("credit", "Credit for later")],
        string="Given Back As",
        default="money",
        required=True,
    )

    _club_hours_not_negative = models.Constraint(
        "CHECK(club_cancel_hours >= 0)", "Hours before an event cannot be negative."
    )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    club_event_request = fields.Boolean(
        string="Asked by a Member", readonly=True, copy=False
    )


class EventRegistration(models.Model):
    """A place is cancelled by rule: what is given back is said before (S1.10)."""

    _inherit = "event.registration"

    club_cancelled_on = fields.Datetime(
        string="Cancelled On", readonly=True, copy=False, tracking=True
    )
    club_cancel_reason = fields.Text(string="Why Cancelled", copy=False)

    # --- Whose is it --------------------------------------------------------------

    @api.model
    def _club_mine(self, person):
        """Domain of the places that somebody may change: his, and those he booked.

        What was given away is the receiver's from then on.
        """
        return Domain("club_attendee_id", "=", person.id) | (
            Domain("partner_id", "=", person.id)
            & Domain("club_given_by_id", "=", False)
        )

    # --- May it be cancelled, and what is given back ------------------------------

    def _club_starts(self):
        """When it begins. Stock's own field is not computed again when that moves."""
        self.ensure_one()
        return self.event_slot_id.start_datetime or self.event_id.date_begin

    def _club_change_obstacle(self):
        """Why a place can neither be cancelled nor given away; "" if it can."""
        self.ensure_one()
        if self.state == "cancel" or not self.active:
            return self.env._("This place is cancelled.")
        if self.state == "done":
            return self.env._("This ticket was used at the door already.")
        if self.event_id.kanban_state == "cancel":
            return self.env._("The event is cancelled.")
        if self._club_starts() <= fields.Datetime.now():
            return self.env._("The event has begun.")
        return ""

    def _club_cancel_obstacle(self):
        """Why a member cannot cancel this place himself; "" if he can."""
        self.ensure_one()
        if obstacle := self._club_change_obstacle():
            return obstacle
        if not self.event_id.club_can_cancel:
            return self.env._("Places of this event cannot be cancelled on-line.")
        if fields.Datetime.now() > self._club_cancel_until():
            return self.env._(
                "Places could be cancelled until %(time)s.",
                time=self._club_time(self._club_cancel_until()),
            )
        return ""

    def _club_cancel_until(self):
        self.ensure_one()
        hours = timedelta(hours=self.event_id.club_cancel_hours)
        return self._club_starts() - hours

    def _club_time(self, moment):
        tz = self.event_id.date_tz
        return format_datetime(self.env, moment, tz=tz, dt_format="short")

    def _club_refund_share(self):
        """Share of the price that is given back if he cancels now: 0 to 1."""
        self.ensure_one()
        rules = self.event_id.club_cancel_rule_ids
        if not rules:
            return 1.0
        left = self._club_starts() - fields.Datetime.now()
        due = rules.filtered(lambda rule: left >= timedelta(days=rule.days))
        return max(due.mapped("share"), default=0) / 100

    def _club_seat_price(self):
        """What this place costs, taxes included, in the currency of its order."""
        self.ensure_one()
        line = self.sale_order_line_id
        if not line.product_uom_qty:
            return 0.0
        return line.currency_id.round(line.price_total / line.product_uom_qty)

    def _club_refund_amount(self, share=None):
        """What is given back for these places, by order.

        :param share: 0 to 1; else what the rules of their events say now
        :return: ``{sale.order: amount}``, amounts of confirmed orders alone
        """
        amounts = {}
        for order, places in self.grouped("sale_order_id").items():
            if order.state == "sale":
                amounts[order] = sum(
                    order.currency_id.round(
                        place._club_seat_price()
                        * (place._club_refund_share() if share is None else share)
                    )
                    for place in places
                )
        return amounts

    def _club_cancel_terms(self):
        """What a member is told before he confirms: sentences.

        :return: list of sentences, the amounts first
        """
        terms = []
        for order, amount in self._club_refund_amount().items():
            price = sum(place._club_seat_price() for place in self)
            if not price:
                continue
            money = {
                "amount": format_amount(self.env, amount, order.currency_id),
                "price": format_amount(self.env, price, order.currency_id),
            }
            if not amount:
                terms.append(
                    self.env._(
                        "You have paid %(price)s. Nothing is given back now.", **money
                    )
                    if order._club_is_paid()
                    else self.env._(
                        "You still owe %(price)s: it is too late to cancel for free.",
                        **money,
                    )
                )
            elif not order._club_is_paid():
                terms.append(
                    self.env._("Your bill becomes smaller by %(amount)s.", **money)
                )
            elif self.event_id[:1].club_refund_as == "credit":
                terms.append(
                    self.env._(
                        "You get %(amount)s of %(price)s as credit, at once.", **money
                    )
                )
            else:
                terms.append(
                    self.env._(
                        "You get back %(amount)s of %(price)s, the way you paid.",
                        **money,
                    )
                )
                terms.append(self.env._("The money is usually there within 10 days."))
        return terms or [self.env._("Nothing was paid for this place.")]

    def _club_cancel_steps(self):
        """``[(until when, share in %)]`` of the days to come, for pages."""
        self.ensure_one()
        end, now = self._club_cancel_until(), fields.Datetime.now()
        steps = {}
        for rule in self.event_id.club_cancel_rule_ids:
            until = min(self._club_starts() - timedelta(days=rule.days), end)
            if until > now:
                steps[until] = max(rule.share, steps.get(until, 0))
        return [(self._club_time(until), steps[until]) for until in sorted(steps)]

    # --- Cancelling ---------------------------------------------------------------

    def _club_guests_leaving(self):
        """Guests who lose their places if these are cancelled, by the rule."""
        return self.club_guest_ids.filtered(
            lambda g: g.club_has_place
            and g.state != "done"
            and g.event_id.club_guests_follow == "go"
        )

    def _club_cancel(self, reason="", with_guests=None, share=None):
        """Cancel places, with those of their guests, and give back what the rule says.

        The place is free at once; the money follows.

        :param with_guests: True or False where guests may come without their host;
            else what the event says
        :param share: 0 to 1, else by the event's rules
        :return: all the places that were cancelled
        :raise UserError: a place was used, or is cancelled already
        """
        for place in self:
            if place.state in ("cancel", "done") or not place.active:
                raise UserError(place._club_change_obstacle())
        guests = self._club_guests_leaving()
        if with_guests:
            guests = self.club_guest_ids.filtered(
                lambda g: g.club_has_place and g.state != "done"
            )
        leaving = self | guests
        amounts = leaving._club_refund_amount(share)
        as_credit = {event: event.club_refund_as for event in leaving.event_id}
        leaving.with_context(club_guests_stay=True).write(
            {
                "state": "cancel",
                "club_cancelled_on": fields.Datetime.now(),
                "club_cancel_reason": (reason or "").strip()[:MAX_WORDS] or False,
            }
        )
        staying = self.club_guest_ids - leaving
        staying.filtered("club_has_place").write({"club_host_id": False})
        for (order, event), places in groupby(
            leaving.filtered("sale_order_id"), lambda r: (r.sale_order_id, r.event_id)
        ):
            places = self.browse().union(*places)
            order._club_give_back(
                places, amounts.get(order, 0), as_credit[event] == "credit"
            )
        leaving._club_tell("club_community.mail_template_event_place_cancelled")
        return leaving

    def _club_cancel_as_chosen(self, reason, with_guests, share):
        """Cancel as a manager decided, also where the event's rule says otherwise."""
        if not with_guests:
            self.club_guest_ids.write({"club_host_id": False})
        return self._club_cancel(reason, with_guests, share)

    def action_club_cancel(self):
        """Open “Cancel by the rule” for this place."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_event_place_cancel_action"
        )
        return {**action, "context": {"default_registration_id": self.id}}

    def _club_tell(self, template):
        """Queue a letter to whoever has an address; one per address and event."""
        # sudo: members have no rights on templates
        template_sudo = self.env.ref(template, raise_if_not_found=False)
        seen, told = set(), self.browse()
        for place in self.filtered("email"):
            if (key := (place.event_id.id, place.email.lower())) not in seen:
                seen.add(key)
                told |= place
        if template_sudo and told:
            template_sudo.sudo().send_mail_batch(told.ids)  # sudo: as above

    def write(self, vals):
        if vals.get("state") in ("open", "draft"):
            back = self.filtered("club_cancelled_on")
            if back:
                vals = {**vals, "club_cancelled_on": False, "club_cancel_reason": False}
        return super().write(vals)

    # --- Asking the organiser, after the deadline ---------------------------------

    def _club_ask_organiser(self, words):
        """A request to the organiser where the member cannot change it himself.

        One at a time: a further one adds its words to the first.

        :return: the ``mail.activity``
        :raise UserError: nothing was written
        """
        self.ensure_one()
        words = (words or "").strip()[:MAX_WORDS]
        if not words:
            raise UserError(self.env._("Write what you want to change."))
        if self.state in ("cancel", "done"):
            raise UserError(self._club_change_obstacle())
        asked = self.activity_ids.filtered("club_event_request")[:1]
        if asked:
            asked.note = (asked.note or Markup()) + plaintext2html(words)
            return asked
        user = self.event_id.user_id or self.event_id.create_uid
        asked = self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Asks for a change: %(name)s", name=self.name),
            note=plaintext2html(words),
            user_id=user.id,
        )
        asked.club_event_request = True
        return asked
