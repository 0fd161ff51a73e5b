from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools import period

# A seat follows its contract when one of these changes.
FOLLOWED = frozenset({"state", "date_start", "date_end", "date_grace_end"})


class ClubPlan(models.Model):
    """Family and company memberships: one payer, several named people (S0.13)."""

    _inherit = "club.plan"

    seats = fields.Integer(
        tracking=True,
        help="So many more people may be named, each with a card and access of his "
        "own. 0: a membership of one person.",
    )
    for_company = fields.Boolean(
        string="Held by a Company",
        tracking=True,
        help="A company is the holder, and the people on its seats are the members.",
    )

    _seats_not_negative = models.Constraint(
        "CHECK(seats >= 0)", "The number of seats cannot be negative."
    )
    _company_has_seats = models.Constraint(
        "CHECK(NOT for_company OR COALESCE(seats, 0) > 0)",
        "A membership held by a company has at least one seat: a company has no card.",
    )


class ClubMembership(models.Model):
    """A seat is a period of its own that lives and ends with its contract.

    The contract is the paid period of a plan with seats; its holder is the payer's
    person or company. All that changes the contract (payment, refund, pause, leaving,
    the daily job) goes through ``write``, and there the seats follow.
    """

    _inherit = "club.membership"

    origin = fields.Selection(
        selection_add=[("seat", "Seat of a contract")],
        ondelete={"seat": "cascade"},
    )
    closed_by = fields.Selection(
        selection_add=[
            ("contract", "Contract ended"),
            ("replaced", "Seat given to another"),
        ],
        ondelete={"contract": "set null", "replaced": "set null"},
    )
    seat_of_id = fields.Many2one(
        "club.membership",
        string="Seat of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The contract of the payer that this seat belongs to.",
    )
    seat_number = fields.Integer(readonly=True, copy=False)
    seat_capacity = fields.Integer(
        string="Seats",
        readonly=True,
        copy=False,
        help="How many people may be named, as it was sold.",
    )
    seat_ids = fields.One2many("club.membership", "seat_of_id", string="People")
    seat_admin_id = fields.Many2one(
        "res.partner",
        string="Names the People",
        index="btree_not_null",
        copy=False,
        domain=[("is_company", "=", False)],
        help="May name and replace the people in the portal, besides the holder "
        "himself: for a company, its contact.",
    )
    seats_taken = fields.Integer(compute="_compute_seats_taken")

    _seat_within_contract = models.Constraint(
        "CHECK(seat_of_id IS NULL OR seat_number BETWEEN 1 AND seat_capacity)",
        "There are not so many seats in this contract.",
    )
    # What two managers give at the same moment is refused to the second.
    _seat_once = models.Constraint(
        """EXCLUDE USING gist (
            int4range(seat_of_id, seat_of_id, '[]') WITH =,
            int4range(seat_number, seat_number, '[]') WITH =,
            daterange(date_start, date_end, '[]') WITH &&
        ) WHERE (seat_of_id IS NOT NULL
            AND state IN ('upcoming', 'active', 'grace', 'paused', 'expired'))""",
        "Somebody has been given this seat a moment ago. Please look again.",
    )

    @api.depends("seat_ids.state")
    def _compute_seats_taken(self):
        taken = dict(
            self._read_group(
                [
                    ("seat_of_id", "in", self.ids),
                    ("state", "in", period.LIVE_STATES),
                ],
                ["seat_of_id"],
                ["__count"],
            )
        )
        for membership in self:
            membership.seats_taken = taken.get(membership, 0)

    def write(self, vals):
        res = super().write(vals)
        if FOLLOWED & vals.keys():
            self._sync_seats()
        return res

    # --- Actions ------------------------------------------------------------------

    def action_give_seat(self):
        """Open “Name a person” for a contract, or for the seat of somebody else."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_seat_assign_action"
        )
        is_seat = bool(self.seat_of_id)
        action["context"] = {
            "default_contract_id": (self.seat_of_id or self).id,
            "default_seat_id": is_seat and self.id,
        }
        return action

    def action_free_seat(self):
        """Take the seat from its holder: it can be given to another at once."""
        self.check_access("write")
        # sudo: state and dates of a seat are written by flows only
        for seat in self.sudo().filtered("seat_of_id"):
            seat._lock_contract()
            seat._end_seat()

    # --- Giving -------------------------------------------------------------------

    def _give_seat(self, partner, number=None):
        """Name a person for a seat of this contract, from today on.

        Runs as superuser, after the caller's own check of rights.

        :param partner: a ``res.partner``, a person
        :param number: the seat; else the first that is free
        :return: the person's ``club.membership``
        :raise UserError: the contract is not live, the person cannot be a member or
            is one already, or all seats are taken
        """
        self.ensure_one()
        self._lock_contract()
        self._check_can_give_seat(partner)
        free = sorted(
            set(range(1, self.seat_capacity + 1)) - set(self._live_seat_numbers())
        )
        if number:
            free = [number] if number in free else []
        if not free:
            raise UserError(
                self.env._(
                    "All %(count)s seats of “%(contract)s” are taken. Replace "
                    "somebody, or choose a plan with more seats.",
                    count=self.seat_capacity,
                    contract=self.display_name,
                )
            )
        seat = self.create(self._seat_vals(partner, free[0]))
        self.message_post(
            body=self.env._(
                "Seat %(number)s: %(name)s", number=free[0], name=partner.name
            )
        )
        return seat

    def _live_seat_numbers(self):
        return self.seat_ids.filtered(
            lambda seat: seat.state in period.LIVE_STATES
        ).mapped("seat_number")

    def _check_can_give_seat(self, partner):
        """:raise UserError: see ``_give_seat``"""
        if not self.seat_capacity or self.state not in period.LIVE_STATES:
            raise UserError(
                self.env._(
                    "“%(contract)s” has no seats to give: it is not paid, or over.",
                    contract=self.display_name,
                )
            )
        if self.state == "grace":
            raise UserError(
                self.env._(
                    "“%(contract)s” is over and in its grace days. Renew it first, "
                    "then name new people.",
                    contract=self.display_name,
                )
            )
        self._check_member(partner)
        start = max(self.date_start, self._today())
        domain = [
            ("partner_id", "=", partner.id),
            ("family_id", "=", self.family_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "in", period.LIVE_STATES),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", start),
        ]
        if self.date_end:
            domain.append(("date_start", "<=", self.date_end))
        live = self.search(domain, limit=1)
        if live:
            raise UserError(
                self.env._(
                    "%(name)s has a membership already (%(plan)s until %(end)s). "
                    "Name somebody else, or wait for its end.",
                    name=partner.name,
                    plan=live.plan_id.name,
                    end=format_date(self.env, live.date_end) or self.env._("for life"),
                )
            )

    def _lock_contract(self):
        """Let two who give seats of one contract wait for each other.

        An update and not a mere lock: under REPEATABLE READ the second would go on to
        count what it saw before. So it fails to serialise, and Odoo runs it again.
        """
        contracts = self.seat_of_id or self
        self.env.cr.execute(
            "UPDATE club_membership SET write_date = write_date WHERE id = ANY(%s)",
            [contracts.ids],
        )

    def _seat_vals(self, partner, number):
        """Values of the period of a person on a seat of this contract."""
        self.ensure_one()
        return {
            "partner_id": partner.id,
            "plan_id": self.plan_id.id,
            "company_id": self.company_id.id,
            "seat_of_id": self.id,
            "seat_number": number,
            "seat_capacity": self.seat_capacity,
            "origin": "seat",
            "state": self.state,
            "date_start": max(self.date_start, self._today()),
            "date_end": self.date_end,
            "date_grace_end": self.date_grace_end,
            "amount": 0,
            "currency_id": self.currency_id.id,
        }

    # --- Replacing ------------------------------------------------------------------

    def _replace_holder(self, partner):
        """Give this seat to another person from today on; the old one's days stay.

        Runs as superuser, after the caller's own check of rights. A renewal of the
        contract that is paid already changes its holder as well.

        :return: the new person's ``club.membership``
        """
        self.ensure_one()
        contract, number = self.seat_of_id, self.seat_number
        self._lock_contract()
        contract._check_can_give_seat(partner)
        later = self.search(
            [
                ("seat_of_id.previous_id", "=", contract.id),
                ("partner_id", "=", self.partner_id.id),
                ("state", "in", period.LIVE_STATES),
            ]
        )
        (self | later)._end_seat()
        seat = contract._give_seat(partner, number)
        for old in later:
            old.seat_of_id._give_seat(partner, old.seat_number)
        return seat

    def _end_seat(self):
        """End seats yesterday; one that begins today or later never was."""
        today = self._today()
        began = self.filtered(lambda seat: seat.date_start < today)
        yesterday = today - period.ONE_DAY
        for seat in began:
            end = min(seat.date_end or yesterday, yesterday)
            seat.write(
                {
                    "state": "expired",
                    "date_end": end,
                    "date_grace_end": end,
                    "closed_by": "replaced",
                }
            )
        never = self - began
        never.write({"state": "cancelled", "closed_by": "replaced"})
        began._on_expired(began.browse())
        never._on_taken_back()

    # --- Following the contract -------------------------------------------------------

    def _sync_seats(self):
        """Bring the seats of these contracts in line with them.

        No query at all where no contract has seats.
        """
        contracts = self.filtered(lambda m: m.seat_capacity and not m.seat_of_id)
        if not contracts:
            return
        # sudo: the people on the seats may be of other portfolios
        seats_sudo = self.sudo().search(
            [
                ("seat_of_id", "in", contracts.ids),
                ("state", "in", period.LIVE_STATES),
            ]
        )
        before = {seat: seat.state for seat in seats_sudo}
        for seat in seats_sudo:
            seat.write(seat._followed_vals())
        seats_sudo._tell_of_change(before)

    def _followed_vals(self):
        """What the contract says of a seat."""
        self.ensure_one()
        contract = self.seat_of_id
        is_over = contract.date_end and contract.date_end < self.date_start
        if contract.state not in period.PAID_STATES or is_over:
            return {"state": "cancelled", "closed_by": "contract"}
        start = max(contract.date_start, self.date_start)
        if contract.state == "upcoming":  # moved by a pause, and perhaps back
            start = contract.date_start
        return {
            "state": contract.state,
            "date_start": start,
            "date_end": contract.date_end,
            "date_grace_end": contract.date_grace_end,
            "closed_by": False,
        }

    def _tell_of_change(self, before):
        """Call the hooks that the new states of seats ask for.

        :param before: the old states, ``{seat: state}``
        """

        def came(state, *old):
            return self.filtered(
                lambda seat: seat.state == state
                and before[seat] != state
                and (not old or before[seat] in old)
            )

        came("cancelled")._on_taken_back()
        came("paused")._on_paused()
        came("active", "paused")._on_resumed()
        came("active", "upcoming")._on_started()
        came("grace")._on_grace_started()
        if expired := came("expired"):
            expired._on_expired(expired._renewed())

    def _on_activated(self):
        """The people of the previous contract keep their seats in the next."""
        res = super()._on_activated()
        for contract in self.filtered(lambda m: m.seat_capacity and not m.seat_of_id):
            contract._restore_seats()
            contract._carry_seats_over()
        return res

    def _restore_seats(self):
        """A contract that is paid again has its people again."""
        lost = self.seat_ids.filtered(
            lambda seat: seat.state == "cancelled" and seat.closed_by == "contract"
        )
        for seat in lost:
            seat.write(seat._followed_vals())
        live = lost.filtered(lambda seat: seat.state in period.LIVE_STATES)
        live._on_activated()
        live._on_started_now()

    def _carry_seats_over(self):
        previous = self.previous_id
        if not previous or self.kind != "renewal" or self.seat_ids:
            return
        to_create = []
        for seat in previous.seat_ids.sorted("seat_number"):
            stayed = (
                seat.state in period.PAID_STATES
                and seat.closed_by != "replaced"
                and seat.date_end == previous.date_end
            )
            if stayed and seat.seat_number <= self.seat_capacity:
                vals = self._seat_vals(seat.partner_id, seat.seat_number)
                to_create.append({**vals, "date_start": self.date_start})
        self.create(to_create)

    # --- A seat is its contract's -----------------------------------------------------

    def _is_seat(self):
        """Those of these memberships that somebody else pays for."""
        return self.filtered("seat_of_id")

    def _check_is_no_seat(self):
        """:raise UserError: leaving, changing and pausing are the payer's"""
        # sudo: the contract may be of another portfolio
        if seat := self._is_seat()[:1]:
            raise UserError(
                self.env._(
                    "%(name)s has a seat of “%(contract)s”. The seat can be freed or "
                    "given to another; all else is decided with the contract.",
                    name=seat.partner_id.name,
                    contract=seat.sudo().seat_of_id.partner_id.name,
                )
            )

    def _check_may_leave(self):
        self._check_is_no_seat()
        return super()._check_may_leave()

    def _check_may_change(self):
        self._check_is_no_seat()
        return super()._check_may_change()

    def _check_may_pause(self):
        self._check_is_no_seat()
        return super()._check_may_pause()

    def _renewal_opens(self):
        return False if self.seat_of_id else super()._renewal_opens()

    def _wants_reminders(self):
        """The payer is reminded, not everybody who sits on his seats."""
        return super(ClubMembership, self - self._is_seat())._wants_reminders()

    def _wants_auto_renewal(self):
        return super(ClubMembership, self - self._is_seat())._wants_auto_renewal()


class ClubRenewal(models.Model):
    _inherit = "club.renewal"

    @api.model
    def _conditions(self):
        """The pipeline is of those who pay."""
        return [*super()._conditions(), SQL("m.seat_of_id IS NULL")]
