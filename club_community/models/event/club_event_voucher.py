import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

# Neither of 0/O nor of 1/I, so that a code can be read out on the phone.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class ClubEventVoucher(models.Model):
    """A free place, or a cheaper one: who gave it, to whom and why.

    The counter is the promise: it is raised by a statement that finds nothing to do
    once it is used up, and the database forbids more. Of two who redeem the last one
    together the second waits, is run again by Odoo and sees the first.
    """

    _name = "club.event.voucher"
    _description = "Event Voucher"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "code"

    code = fields.Char(
        required=True,
        copy=False,
        index=True,
        tracking=True,
        default=lambda self: self._new_code(),
        help="What the guest types. Capital and small letters are the same.",
    )
    active = fields.Boolean(default=True, tracking=True)
    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade", tracking=True
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, index="btree_not_null"
    )
    ticket_id = fields.Many2one(
        "event.event.ticket",
        string="Only for",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('event_id', '=', event_id)]",
        tracking=True,
        help="Empty: for any ticket of the event.",
    )
    kind = fields.Selection(
        [("free", "Free place"), ("percent", "Percent off")],
        string="Gives",
        required=True,
        default="free",
        tracking=True,
    )
    percent = fields.Float(
        default=50, tracking=True, help="Off the price he would pay."
    )
    uses = fields.Integer(
        string="Places", required=True, default=1, tracking=True, help="In all."
    )
    used = fields.Integer(readonly=True, copy=False)
    left = fields.Integer(string="Places Left", compute="_compute_left")
    date_end = fields.Date(string="Valid Until", tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="For",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Empty: for anybody who has the code.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Given by",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    reason = fields.Char(required=True, tracking=True, help="Why it was given.")
    use_ids = fields.One2many("club.event.voucher.use", "voucher_id", readonly=True)

    _code_uniq = models.UniqueIndex("(code)", "There is such a code already.")
    _not_more_than_there_is = models.Constraint(
        "CHECK(used >= 0 AND used <= uses AND uses > 0)",
        "A voucher is for one place at least, and for no less than were redeemed.",
    )
    _percent_of_a_price = models.Constraint(
        "CHECK(kind = 'free' OR (percent > 0 AND percent <= 100))",
        "Choose more than 0 and at most 100 percent.",
    )

    @api.model
    def _new_code(self):
        return "".join(secrets.choice(LETTERS) for _letter in range(8))

    @api.depends("uses", "used")
    def _compute_left(self):
        for voucher in self:
            voucher.left = voucher.uses - voucher.used

    @api.constrains("event_id", "ticket_id")
    def _check_ticket(self):
        for voucher in self:
            if voucher.ticket_id and voucher.ticket_id.event_id != voucher.event_id:
                raise ValidationError(
                    self.env._("Choose a ticket of the same event for the voucher.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Who gives it is who makes it, whatever a client says."""
        for vals in vals_list:
            vals["user_id"] = self.env.uid
            vals["used"] = 0
            if vals.get("code"):
                vals["code"] = self._plain(vals["code"])
        return super().create(vals_list)

    def write(self, vals):
        vals = {k: v for k, v in vals.items() if k not in ("user_id", "used")}
        if vals.get("code"):
            vals["code"] = self._plain(vals["code"])
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_never_redeemed(self):
        if any(voucher.use_ids for voucher in self):
            raise UserError(
                self.env._(
                    "Somebody has redeemed this voucher. Archive it, so that nobody "
                    "else can."
                )
            )

    @api.model
    def _plain(self, code):
        return "".join(str(code).split()).upper()

    # --- Redeem -------------------------------------------------------------------

    def _percent_off(self):
        self.ensure_one()
        return 100.0 if self.kind == "free" else self.percent

    def _check_for(self, ticket, people):
        """Refuse what this voucher is not for.

        :param ticket: the ``event.event.ticket``
        :param people: who books and who comes
        :raise UserError: says why
        """
        self.ensure_one()
        name = self.code
        if not self.active or self.event_id != ticket.event_id:
            raise UserError(
                self.env._(
                    "“%(code)s” is not a voucher for “%(event)s”.",
                    code=name,
                    event=ticket.event_id.name,
                )
            )
        if self.ticket_id and self.ticket_id != ticket:
            raise UserError(
                self.env._(
                    "Voucher “%(code)s” is for “%(ticket)s” only.",
                    code=name,
                    ticket=self.ticket_id.name,
                )
            )
        if self.date_end and self.date_end < fields.Date.context_today(self):
            raise UserError(
                self.env._("Voucher “%(code)s” is not valid any more.", code=name)
            )
        if self.partner_id and self.partner_id not in people:
            raise UserError(
                self.env._("Voucher “%(code)s” is for somebody else.", code=name)
            )

    def _redeem(self, registration):
        """Count one place.

        :raise UserError: none is left
        """
        self.ensure_one()
        self.flush_recordset()
        counted = self.env.execute_query(
            SQL(
                """
                UPDATE club_event_voucher SET used = used + 1
                 WHERE id = %s AND used < uses
             RETURNING id
                """,
                self.id,
            )
        )
        self.invalidate_recordset(["used", "left"])
        if not counted:
            raise UserError(
                self.env._("Voucher “%(code)s” is used up.", code=self.code)
            )
        return self.env["club.event.voucher.use"].create(
            {"voucher_id": self.id, "registration_id": registration.id}
        )


class ClubEventVoucherUse(models.Model):
    """A place that a voucher has paid for."""

    _name = "club.event.voucher.use"
    _description = "Redeemed Voucher"
    _order = "used_on desc, id desc"

    voucher_id = fields.Many2one(
        "club.event.voucher", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="voucher_id.company_id", store=True, index="btree_not_null"
    )
    registration_id = fields.Many2one(
        "event.registration", index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        related="registration_id.partner_id", string="Booked by"
    )
    used_on = fields.Datetime(
        string="Redeemed on", required=True, default=fields.Datetime.now
    )

    _once_per_place = models.UniqueIndex(
        "(registration_id) WHERE registration_id IS NOT NULL",
        "A voucher pays for this place already.",
    )

    def _undo(self):
        """Delete these uses; each is given back once, whoever else deletes it."""
        self.flush_model()
        vouchers = self.exists().voucher_id
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM club_event_voucher_use WHERE id = ANY(%s)
                 RETURNING voucher_id
                ), counted AS (
                    SELECT voucher_id, count(*) AS times FROM gone GROUP BY voucher_id
                )
                UPDATE club_event_voucher v SET used = used - counted.times
                  FROM counted WHERE v.id = counted.voucher_id
                """,
                self.ids,
            )
        )
        self.invalidate_model()
        vouchers.invalidate_recordset(["used", "left", "use_ids"])


class EventRegistration(models.Model):
    _inherit = "event.registration"

    club_voucher_id = fields.Many2one(
        "club.event.voucher",
        string="Voucher",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )
    club_voucher_use_ids = fields.One2many(
        "club.event.voucher.use", "registration_id", groups="event.group_event_user"
    )

    def _club_take_uses(self):
        res = super()._club_take_uses()
        # sudo: guests have no rights on vouchers
        for place_sudo in self.sudo().filtered(
            lambda r: (
                r.club_voucher_id and r.state != "cancel" and not r.club_voucher_use_ids
            )
        ):
            voucher_sudo = place_sudo.club_voucher_id
            voucher_sudo._check_for(
                place_sudo.event_ticket_id,
                place_sudo.partner_id | place_sudo.club_attendee_id,
            )
            if not voucher_sudo.left:
                place_sudo._club_lapsed_with(voucher_sudo)._club_give_uses_back()
            voucher_sudo._redeem(place_sudo)
            place_sudo.invalidate_recordset(["club_voucher_use_ids"])
        return res

    def _club_lapsed_with(self, voucher):
        """Places held with this voucher that nobody has paid for in time."""
        places = voucher.use_ids.registration_id - self
        return places.filtered(
            lambda r: r.state == "draft" and r.club_held_until and not r.club_has_place
        )

    def _club_give_uses_back(self):
        res = super()._club_give_uses_back()
        self.sudo().club_voucher_use_ids._undo()  # sudo: as above
        return res

    def unlink(self):
        uses_sudo = self.sudo().club_voucher_use_ids  # sudo: as above
        res = super().unlink()
        uses_sudo._undo()
        return res

    def _club_move_uses(self):
        """A voucher of one event pays for no other, unless staff has let it be."""
        res = super()._club_move_uses()
        # sudo: whoever moves a place has no rights on vouchers
        for place_sudo in self.sudo().filtered("club_voucher_id"):
            if place_sudo.club_voucher_id.event_id != place_sudo.event_id:
                place_sudo._club_give_uses_back()
                place_sudo.club_voucher_id = False
        return res


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    club_voucher_id = fields.Many2one(
        "club.event.voucher",
        string="Voucher",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )

    def _club_seat_paid_by(self):
        values = super()._club_seat_paid_by()
        if self.club_voucher_id:
            values["club_voucher_id"] = self.club_voucher_id.id
        return values

    def _get_display_price(self):
        price = super()._get_display_price()
        voucher_sudo = self.club_voucher_id.sudo()  # sudo: salespeople, guests
        if voucher_sudo:
            price *= 1 - voucher_sudo._percent_off() / 100
        return price

    def _get_sale_order_line_multiline_description_sale(self):
        text = super()._get_sale_order_line_multiline_description_sale()
        voucher_sudo = self.club_voucher_id.sudo()  # sudo: as above
        if voucher_sudo:
            note = self.env._("Voucher %(code)s", code=voucher_sudo.code)
            text = "\n".join([text, note])
        return text

    @api.depends("club_voucher_id")
    def _compute_name(self):
        return super()._compute_name()


class EventEvent(models.Model):
    _inherit = "event.event"

    club_voucher_count = fields.Integer(
        string="Vouchers", compute="_compute_club_voucher_count"
    )

    def _compute_club_voucher_count(self):
        counts = dict(
            self.env["club.event.voucher"]._read_group(
                [("event_id", "in", self.ids)], ["event_id"], ["__count"]
            )
        )
        for event in self:
            event.club_voucher_count = counts.get(event._origin, 0)

    def action_view_club_vouchers(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_event_voucher_action"
        )
        action["domain"] = [("event_id", "=", self.id)]
        action["context"] = {"default_event_id": self.id}
        return action

    def _club_find_voucher(self, code, ticket, people):
        """The voucher that somebody has typed.

        :param code: text of his
        :param ticket: the ``event.event.ticket`` it should pay for
        :param people: the ``res.partner`` who books, and who comes
        :return: the ``club.event.voucher`` with raised rights; ``Seat.values`` takes
            its id as ``club_voucher_id``
        :raise UserError: there is none, or it is not for this. Of a voucher of
            somebody else not even that it is there is said
        """
        self.ensure_one()
        Voucher_sudo = self.env["club.event.voucher"].sudo()  # sudo: whoever has it
        voucher = Voucher_sudo.search(
            [
                ("code", "=", Voucher_sudo._plain(code or "")),
                ("event_id", "=", self.id),
                ("partner_id", "in", [False, *people.ids]),
            ]
        )
        if not voucher:
            raise UserError(
                self.env._(
                    "“%(code)s” is not a voucher for “%(event)s”.",
                    code=code,
                    event=self.sudo().name,  # sudo: as above
                )
            )
        voucher._check_for(ticket.sudo(), people)  # sudo: as above
        return voucher

    def _club_voucher_of(self, seat):
        # sudo: guests have no rights on vouchers
        Voucher_sudo = self.env["club.event.voucher"].sudo()
        return Voucher_sudo.browse(seat.values.get("club_voucher_id")).exists()

    def _club_check_booking(self, booker, seats, slot):
        res = super()._club_check_booking(booker, seats, slot)
        for seat in seats:
            if voucher := self._club_voucher_of(seat):
                people = booker | (seat.attendee or booker)
                voucher._check_for(seat.ticket.sudo(), people)  # sudo: as above
        return res

    def _club_may_include(self, seat):
        return super()._club_may_include(seat) and not self._club_voucher_of(seat)

    def _club_price(self, seat, booker):
        price = super()._club_price(seat, booker)
        if price and (voucher := self._club_voucher_of(seat)):
            price *= 1 - voucher._percent_off() / 100
        return price

    def _club_line_key(self, seat):
        return super()._club_line_key(seat), self._club_voucher_of(seat).id

    def _club_line_values(self, seats, slot):
        values = super()._club_line_values(seats, slot)
        if voucher := self._club_voucher_of(seats[0]):
            values["club_voucher_id"] = voucher.id
        return values
