from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date

from ...tools import period

STATES = [
    ("draft", "Quotation"),
    ("waiting", "Awaiting payment"),
    ("upcoming", "Paid, starts later"),
    ("active", "Active"),
    ("grace", "Grace period"),
    ("paused", "Paused"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
]


class ClubMembership(models.Model):
    """One paid period of one person: the fact behind everything a member has.

    A period is sold by an order line (``origin = sale``) and lives as long as its
    invoice is paid, or it was paid elsewhere and recorded or imported
    (``origin = import``). Rows are history: they change state, never owner or plan,
    once they are paid. State, dates and amount are written by the flows in this
    package only; see ``_PROTECTED``.
    """

    _name = "club.membership"
    _description = "Membership"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _rec_names_search = ["partner_id"]
    _check_company_auto = True

    # What the payment and the calendar decide, and no form, import of a second file
    # or RPC call: `write` refuses them to everybody but the system itself.
    _PROTECTED = frozenset(
        {
            "state",
            "partner_id",
            "plan_id",
            "family_id",
            "company_id",
            "sale_line_id",
            "origin",
            "date_start",
            "date_end",
            "date_grace_end",
            "amount",
            "currency_id",
            "closed_by",
            "obstacle",
            "seat_of_id",
            "seat_number",
            "seat_capacity",
            "kind",
            "previous_id",
            "date_end_paid",
            "leave_id",
            "leave_date",
            "import_key",
            "change",
            "replaced_by_id",
        }
    )

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    plan_id = fields.Many2one(
        "club.plan", required=True, index=True, ondelete="restrict", tracking=True
    )
    # required: a NULL would slip through the exclusion constraint below
    family_id = fields.Many2one(
        related="plan_id.family_id",
        store=True,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    grade_id = fields.Many2one(related="plan_id.grade_id", string="Level")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        STATES, required=True, default="draft", index=True, tracking=True, copy=False
    )
    origin = fields.Selection(
        [("sale", "Sold here"), ("import", "Recorded as paid")],
        required=True,
        default="import",
        copy=False,
    )
    date_requested = fields.Date(
        string="Wished Start",
        help="The period starts on this day, but not before the fee is paid. "
        "Empty: on the day of the payment. A renewal of a live membership follows "
        "on its end.",
    )
    date_start = fields.Date(string="Start", tracking=True, copy=False)
    date_end = fields.Date(
        string="End", help="Last day that is paid for.", tracking=True, copy=False
    )
    date_grace_end = fields.Date(
        string="End of Grace",
        help="Last day on which access stays open without a renewal.",
        copy=False,
    )
    amount = fields.Monetary(
        string="Fee", help="The fee of this period, without taxes.", copy=False
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    closed_by = fields.Selection(
        [("refund", "Credit note"), ("order", "Order cancelled")],
        string="Cancelled By",
        readonly=True,
        copy=False,
    )
    obstacle = fields.Char(
        string="Cannot Start",
        readonly=True,
        copy=False,
        help="The fee is paid, but the membership cannot start, for this reason.",
    )
    kind = fields.Selection(
        [
            ("new", "New member"),
            ("renewal", "Renewal"),
            ("return", "Returned after a gap"),
        ],
        readonly=True,
        copy=False,
        help="What this period is in the member's life; known when it is paid for.",
    )
    previous_id = fields.Many2one(
        "club.membership",
        string="Previous Period",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="The period that this one continues, replaces or comes back after.",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", index="btree_not_null", ondelete="restrict", copy=False
    )
    sale_order_id = fields.Many2one(related="sale_line_id.order_id", string="Order")
    color = fields.Integer(related="plan_id.color")

    # The promise of the house: nobody is, or was, a member twice at the same time. The
    # history is in it too: a file imported again under other keys would double it and
    # nobody would see it. The ranges of one id stand for "equals", which gist has no
    # operator for without btree_gist.
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(partner_id, partner_id, '[]') WITH =,
            int4range(company_id, company_id, '[]') WITH =,
            int4range(family_id, family_id, '[]') WITH =,
            daterange(date_start, date_end, '[]') WITH &&
        ) WHERE (state IN ('upcoming', 'active', 'grace', 'paused', 'expired'))""",
        "This person has a paid membership in these days already. "
        "The next period starts the day after its end.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_end >= date_start)",
        "A membership cannot end before it starts.",
    )
    _amount_not_negative = models.Constraint(
        "CHECK(amount >= 0)", "The fee of a membership cannot be negative."
    )
    # A period for life has no end, and then no end of grace either.
    _live_has_dates = models.Constraint(
        """CHECK(state NOT IN ('upcoming', 'active', 'grace', 'paused', 'expired')
            OR (date_start IS NOT NULL
                AND (date_end IS NULL) = (date_grace_end IS NULL)
                AND (date_end IS NULL OR date_grace_end >= date_end)))""",
        "A paid membership has a start and, unless it is for life, an end.",
    )
    # Serve the daily job: the few rows that are due, not the whole history.
    _due_start_idx = models.Index("(date_start) WHERE state = 'upcoming'")
    _due_end_idx = models.Index("(date_end) WHERE state = 'active'")
    _due_grace_idx = models.Index("(date_grace_end) WHERE state = 'grace'")

    @api.depends("partner_id.name", "plan_id.name", "date_start", "date_end")
    def _compute_display_name(self):
        for membership in self:
            membership.display_name = " · ".join(
                filter(
                    None,
                    [
                        membership.partner_id.name,
                        membership.plan_id.name,
                        membership.date_end
                        and self.env._(
                            "until %(date)s",
                            date=format_date(self.env, membership.date_end),
                        ),
                    ],
                )
            )

    @api.constrains("partner_id", "plan_id")
    def _check_partner(self):
        for membership in self:
            is_seat = membership.seat_of_id
            plan = membership.plan_id
            self._check_member(
                membership.partner_id, plan.browse() if is_seat else plan
            )

    # --- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Rows without an order line are periods paid elsewhere: dates are required.

        Their state follows from their dates. Only club managers may record them,
        since they count as paid (access rules say so).
        """
        today = self._today()
        vals_list = [dict(vals) for vals in vals_list]  # a retry sends the same again
        for vals in vals_list:
            # a draft of an order, or a seat: made by flows, which fill in everything
            if self.env.su and (vals.get("sale_line_id") or vals.get("seat_of_id")):
                continue
            if vals.get("state", "draft") != "draft" or any(
                vals.get(name)
                for name in ("sale_line_id", "closed_by", "family_id", "seat_of_id")
            ):
                raise AccessError(
                    self.env._(
                        "The state of a membership and its order follow from the "
                        "sale and its payment: they cannot be set by hand."
                    )
                )
            self._complete_recorded_vals(vals, today)
        # days that were given back in this very transaction are free
        self.flush_model(["state"])
        memberships = super().create(vals_list)
        live = memberships.filtered(lambda m: m.state in period.LIVE_STATES)
        live._end_grace_of_renewed()
        # sudo: nobody types what a period is in a life
        memberships.filtered("date_start").sudo()._set_kinds()
        live._on_activated()
        live._on_started_now()
        return memberships

    def write(self, vals):
        return super().write(vals if self.env.su else self._without_protected(vals))

    @api.ondelete(at_uninstall=False)
    def _unlink_if_never_paid(self):
        if any(membership.date_start for membership in self):
            raise UserError(
                self.env._(
                    "A membership that was paid for is history and cannot be deleted. "
                    "Refund it with a credit note if it was a mistake."
                )
            )

    def _complete_recorded_vals(self, vals, today):
        """Fill in what follows from plan and dates of a period paid elsewhere."""
        plan = self.env["club.plan"].browse(vals.get("plan_id") or [])
        start = fields.Date.to_date(vals.get("date_start"))
        if not plan or not start:
            raise ValidationError(
                self.env._(
                    "A membership recorded by hand needs a plan and a start date. "
                    "Use “Sell membership” on the person to sell a new one."
                )
            )
        end = fields.Date.to_date(vals.get("date_end"))
        end = end or plan._period_rule().end(start)
        grace = period.grace_end(end, plan.grace_days)
        vals.update(
            # given, lest a client's default_ values fill them
            origin="import",
            seat_of_id=False,
            seat_number=False,
            seat_capacity=plan.seats,
            sale_line_id=False,
            closed_by=False,
            obstacle=False,
            family_id=plan.family_id.id,
            date_end=end,
            date_grace_end=grace,
            state=period.state_on(today, start, end, grace),
        )
        vals.setdefault("currency_id", plan.currency_id.id)
        vals.setdefault("amount", plan.price)

    def _without_protected(self, vals):
        """``vals`` less the protected ones, which may only repeat what is there.

        An import of the same file sends every column of every row again.

        :raise AccessError: a protected value differs
        """
        forbidden = self._PROTECTED & vals.keys()
        for membership in self:
            for name in forbidden:
                field = self._fields[name]
                current = field.convert_to_cache(membership[name], membership)
                if field.convert_to_cache(vals[name], membership) != current:
                    raise AccessError(
                        self.env._(
                            "“%(field)s” of a membership follows from its sale and "
                            "payment, so it cannot be changed by hand "
                            "(%(membership)s).",
                            field=field._description_string(self.env),
                            membership=membership.display_name,
                        )
                    )
        return {name: vals[name] for name in vals.keys() - forbidden}

    # --- Actions ----------------------------------------------------------------

    def action_open_order(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action()

    # --- Steps of a period ------------------------------------------------------

    @api.model
    def _check_member(self, partner, plan=None):
        """Refuse whoever cannot be a member.

        :param partner: a ``res.partner``
        :param plan: the ``club.plan`` he would have; it may be held by companies
        :raise UserError: a company, a person where a company is meant, or an
            archived contact
        """
        if plan and plan.for_company and not partner.is_company:
            raise UserError(
                self.env._(
                    "“%(plan)s” is held by a company, and “%(name)s” is a person. "
                    "Choose the company; its people are named afterwards.",
                    plan=plan.name,
                    name=partner.name,
                )
            )
        if partner.is_company and not (plan and plan.for_company):
            raise UserError(
                self.env._(
                    "“%(name)s” is a company, and a membership belongs to a person. "
                    "Choose the person in the column “Member”; the company can pay.",
                    name=partner.name,
                )
            )
        if not partner.active:
            raise UserError(
                self.env._(
                    "“%(name)s” is archived. Bring the contact back first, "
                    "or choose another person.",
                    name=partner.name,
                )
            )

    def _await_payment(self):
        """Draft to awaiting payment: the order is confirmed."""
        for membership in self:
            membership.write({"state": "waiting", **membership._amount_vals()})

    def _activate(self):
        """Switch on the periods that have just been paid for.

        A live period of the same person, company and family is continued the day
        after its end. The person's row is locked first: of two payments that arrive
        together the second waits, is run again by Odoo and then sees the first.

        :raise psycopg2.errors.ExclusionViolation: the dates are taken; shown to the
            user as the constraint's sentence
        """
        today = self._today()
        self._lock_members()
        activated = self.browse()
        for membership in self:
            if obstacle := membership._activation_obstacle():
                membership._note_obstacle(obstacle)
                continue
            membership.write(membership._activation_vals(today))
            # the next of the same person in this very batch must see this one
            membership.flush_recordset()
            activated |= membership
        activated._end_grace_of_renewed()
        activated.sudo()._set_kinds()  # sudo: periods of other portfolios
        activated._on_activated()
        activated._on_started_now()

    def _activation_obstacle(self):
        """Why a period that is paid for cannot start, in a sentence; rooms add theirs.

        The money is there already, so nothing is raised: that would lose the payment.
        The period stays unpaid in the club's eyes and its manager is told.

        :return: a sentence, or ``False``
        """
        self.ensure_one()
        if self._is_for_life(*self._slot()):
            return self.env._(
                "%(name)s is a member for life already.", name=self.partner_id.name
            )
        if self.plan_id.is_trial and self.plan_id._trial_was_used(
            self.partner_id, but=self
        ):
            return self.env._(
                "%(name)s has been a member before, and a trial is for newcomers.",
                name=self.partner_id.name,
            )
        return False

    def _note_obstacle(self, obstacle):
        """Tell the manager what was paid for and could not be given."""
        is_news = self.obstacle != obstacle
        self.write({"state": "waiting", "obstacle": obstacle, **self._amount_vals()})
        if is_news:
            self.message_post(
                body=self.env._(
                    "The fee is paid, but the membership cannot start: %(reason)s "
                    "Refund it with a credit note, or sell something else.",
                    reason=obstacle,
                )
            )

    def _activation_vals(self, today):
        """Dates, state and kind of a period that has just been paid for.

        :param today: date of the payment
        """
        self.ensure_one()
        until = self._live_until(*self._slot(), but=self)
        start = period.period_start(self.date_requested, today, until)
        end = self.plan_id._period_rule().end(start)
        grace = period.grace_end(end, self.plan_id.grace_days)
        return {
            "date_start": start,
            "date_end": end,
            "date_grace_end": grace,
            "state": period.state_on(today, start, end, grace),
            "closed_by": False,
            "obstacle": False,
            "seat_capacity": self.plan_id.seats,
            **self._amount_vals(),
        }

    def _set_kinds(self):
        """Say of each period of these people what it is in their lives.

        One query whatever their number; a period that an import brings in late puts
        the later ones right, too.
        """
        paid = self.search_fetch(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", period.PAID_STATES),
            ],
            ["partner_id", "family_id", "company_id", "date_start", "date_end"],
            order="date_start, id",
        )
        for slot in paid.grouped(lambda membership: membership._slot()).values():
            previous = self.browse()
            for membership in slot:
                vals = {
                    "kind": membership._kind_after(previous),
                    "previous_id": previous.id,
                }
                if (membership.kind, membership.previous_id) != (
                    vals["kind"],
                    previous,
                ):
                    membership.write(vals)
                previous = membership

    def _kind_after(self, previous):
        """Value of ``kind`` for a period that comes after another, or after none."""
        self.ensure_one()
        if not previous:
            return "new"
        follows = not previous.date_end or (
            previous.date_end + period.ONE_DAY >= self.date_start
        )
        return "renewal" if follows else "return"

    def _slot(self):
        """Where only one period may live at a time: member, family and company."""
        self.ensure_one()
        return self.partner_id, self.family_id, self.company_id

    def _end_grace_of_renewed(self):
        """A period in its grace days ends when one of these continues it."""
        # sudo: the old period may be of another manager's portfolio
        in_grace_sudo = self.sudo().search(
            [("partner_id", "in", self.partner_id.ids), ("state", "=", "grace")]
        )
        renewed = in_grace_sudo._renewed()
        renewed.write({"state": "expired"})
        renewed._on_expired(renewed)

    def _lock_members(self):
        self._lock_people(self.partner_id)

    @api.model
    def _lock_people(self, people):
        """Let nobody else start a period of these people meanwhile."""
        partner_ids = sorted(people.ids)  # sorted: no deadlock of two
        if partner_ids:
            self.env.cr.execute(
                "SELECT id FROM res_partner WHERE id = ANY(%s) "
                "ORDER BY id FOR NO KEY UPDATE",
                [partner_ids],
            )

    @api.model
    def _live_until(self, partner, family, company, but=None):
        """Last day that a person has paid for, in a family of plans and a company.

        :param partner: a ``res.partner``
        :param family: a ``club.plan.family``
        :param company: a ``res.company``
        :param but: a ``club.membership`` to leave out
        :return: date, ``date.max`` for a life member, ``False`` without a live period
        """
        last = self.search_fetch(
            [
                ("partner_id", "in", partner.ids),
                ("family_id", "in", family.ids),
                ("company_id", "in", company.ids),
                ("state", "in", period.LIVE_STATES),
                ("id", "not in", but.ids if but else []),
            ],
            ["date_end"],
            order="date_end desc NULLS FIRST",
            limit=1,
        )
        return (last.date_end or date.max) if last else False

    @api.model
    def _is_for_life(self, partner, family, company):
        """Whether a person is a member for life, in a family of plans and a company."""
        return self._live_until(partner, family, company) == date.max

    def _amount_vals(self):
        """Fee and currency as they were sold; kept, whatever the plan costs later."""
        self.ensure_one()
        line = self.sale_line_id
        return {"amount": line.price_subtotal, "currency_id": line.currency_id.id}

    def _take_back(self, state, closed_by, reason):
        """Close periods whose fee is not paid any more.

        :param state: ``waiting`` (the invoice is open again) or ``cancelled``
        :param closed_by: value of the field ``closed_by`` or ``False``
        :param reason: sentence for the history of the membership
        """
        self.write({"state": state, "closed_by": closed_by})
        for membership in self:
            # not on the person: every employee reads that history
            membership.message_post(body=reason)
        self._on_taken_back()

    def _reopen(self):
        """Back to quotation with the order that was cancelled by mistake."""
        cancelled = self.filtered(lambda m: m.closed_by == "order")
        cancelled.write({"state": "draft", "closed_by": False})

    # --- Hooks for the rooms below ----------------------------------------------

    def _on_activated(self):
        """Called in the transaction in which periods are paid for or recorded.

        Empty here: level, member prices and member number are computed on the person.
        Extended by the rooms that give access, start a journey, or count a
        referral. Runs in batches (import, payment of many): no query per record.
        """

    def _on_started_now(self):
        """Tell the rooms of those that have begun already; the others wait."""
        if started := self.filtered(lambda m: m.state in ("active", "grace")):
            started._on_started()

    def _on_started(self):
        """Called in the transaction in which paid periods begin.

        After ``_on_activated`` for those that begin with their payment, and by the
        daily job for those that were upcoming: access opens here. Batches, again.
        """

    def _on_taken_back(self):
        """Called in the transaction in which a fee is refunded or its payment lost.

        Extended by rooms that must take back what ``_on_activated`` gave.
        """

    def _on_paused(self):
        """Called in the transaction in which periods are paused: access is closed."""

    def _on_resumed(self):
        """Called in the transaction in which paused periods go on."""

    def _on_grace_started(self):
        """Called by the daily job for periods that ended without a renewal."""

    def _on_expired(self, renewed):
        """Called by the daily job for periods that are over.

        :param renewed: the part of ``self`` that another live period continues
        """

    # --- Tools --------------------------------------------------------------------

    def _today(self):
        return fields.Date.context_today(self)
