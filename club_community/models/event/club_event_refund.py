from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

# Rows whose money is not the payment's to give back again.
BOUND = ("due", "sending", "by_hand", "done", "kept")


class ClubEventRefund(models.Model):
    """Money of a buyer that the club owes back, or keeps for a place to come.

    A row is written in the transaction that learns of it, and never asks a provider:
    a job does, which may be killed anywhere (``club_event_refund_cron.py``). Of one
    payment never more is given back than was taken (``_club_left_of``).
    Source: field.md section 4 (37 of 60 paid without a place).
    """

    _name = "club.event.refund"
    _description = "Refund of Tickets"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"

    kind = fields.Selection(
        [
            ("late", "Paid too late"),
            ("order", "The order had been cancelled"),
            ("twice", "Paid twice"),
            ("rule", "Tickets were cancelled"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("due", "To be given back"),
            ("sending", "Asked of the provider"),
            ("by_hand", "To be paid by hand"),
            ("done", "Given back"),
            ("kept", "Kept for the waiting list"),
            ("used", "Used for a place"),
            ("void", "Nothing to give back"),
        ],
        string="Status",
        default="due",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Payer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    places = fields.Integer(readonly=True)
    event_id = fields.Many2one(
        "event.event", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty where it was paid by bank transfer or in cash.",
    )
    refund_transaction_id = fields.Many2one(
        "payment.transaction",
        string="Refund",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    tries = fields.Integer(readonly=True)
    is_asked = fields.Boolean(
        readonly=True, help="Written down before the provider is asked."
    )
    is_told = fields.Boolean(string="Payer Was Told", readonly=True)
    note = fields.Char(readonly=True)
    done_on = fields.Date(string="Given Back On", readonly=True)
    done_by_id = fields.Many2one("res.users", string="By", readonly=True)

    _positive = models.Constraint(
        "CHECK(amount > 0)", "An amount that is given back is above zero."
    )
    _once_per_loss = models.UniqueIndex(
        "(transaction_id, kind, COALESCE(event_id, 0)) WHERE kind != 'rule'",
        "This payment is given back already.",
    )

    # --- Owe ----------------------------------------------------------------------

    @api.model
    def _club_owe(self, order, amount, kind, event=None, first=None, **values):
        """Write down that money of an order is to be given back to who paid.

        It goes back to the payments of the order, the newest first; what they do not
        cover was paid by bank transfer or in cash, and is to be paid by hand. Nothing
        is sent here: a job does, soon after this transaction is committed.

        :param order: the ``sale.order``
        :param amount: taxes included, in the order's currency; more than was paid is
            cut off
        :param kind: see the field; ``rule`` where the buyer gives tickets back
        :param event: the ``event.event``
        :param first: the ``payment.transaction`` to begin with
        :param values: further values of the rows, e.g. ``state="kept"``, ``places``
        :return: the rows, with raised rights; none where nothing was paid
        """
        rows = self.sudo().browse()  # sudo: buyers have no rights on refunds
        payments = order._club_payments()
        payments = (first or payments.browse()) | payments.sorted("id", reverse=True)
        for payment in payments:
            part = min(amount, self._club_left_of(payment))
            if order.currency_id.compare_amounts(part, 0) > 0:
                rows += self._club_row(
                    order, part, kind, event, transaction_id=payment.id, **values
                )
                amount = order.currency_id.round(amount - part)
        by_hand = min(amount, self._club_left_by_hand(order))
        if order.currency_id.compare_amounts(by_hand, 0) > 0:
            state = values.pop("state", "by_hand")
            rows += self._club_row(order, by_hand, kind, event, state=state, **values)
        if rows:
            self.env.ref("club_community.ir_cron_event_refund").sudo()._trigger()
        return rows

    @api.model
    def _club_row(self, order, amount, kind, event, **values):
        order_sudo = order.sudo()  # sudo: buyers have no rights on orders
        return self.sudo().create(
            {
                "kind": kind,
                "partner_id": order_sudo.partner_invoice_id.id,
                "company_id": order_sudo.company_id.id,
                "currency_id": order_sudo.currency_id.id,
                "amount": amount,
                "order_id": order_sudo.id,
                "event_id": event.id if event else False,
                **values,
            }
        )

    @api.model
    def _club_left_of(self, payment):
        """What of a payment was neither given back nor is about to be.

        Refunds that somebody made by stock's own buttons count.
        """
        rows = self.sudo().search(  # sudo: as above
            [("transaction_id", "=", payment.id), ("state", "in", BOUND)]
        )
        returned = (payment | payment.child_transaction_ids).child_transaction_ids
        returned = returned.filtered(
            lambda tx: tx.operation == "refund" and tx.state not in ("cancel", "error")
        )
        ours = self.sudo().search([("refund_transaction_id", "in", returned.ids)])
        by_others = returned - ours.refund_transaction_id
        left = payment.amount + sum(by_others.mapped("amount"))
        return payment.currency_id.round(left - sum(rows.mapped("amount")))

    @api.model
    def _club_left_by_hand(self, order):
        """What was paid for an order otherwise than on-line, and is not owed back."""
        # sudo: buyers have no rights on invoices and refunds
        moves = order.sudo().invoice_ids.filtered(lambda m: m.state == "posted")
        settled = sum(
            (move.amount_total - move.amount_residual)
            * (1 if move.move_type == "out_invoice" else -1)
            for move in moves
        )
        online = sum(order._club_payments().mapped("amount"))
        rows = self.sudo().search(
            [
                ("order_id", "=", order.id),
                ("transaction_id", "=", False),
                ("state", "in", BOUND),
            ]
        )
        left = settled - online - sum(rows.mapped("amount"))
        return max(order.currency_id.round(left), 0)

    # --- What people do -------------------------------------------------------------

    def action_paid_by_hand(self):
        """An accountant has given the money back by bank transfer or in cash.

        :raise UserError: it is not to be paid by hand, or he is no accountant
        """
        self._club_check_accountant()
        for row in self:
            if row.state != "by_hand":
                raise UserError(
                    self.env._(
                        "“%(payer)s” is not to be paid by hand.", payer=row.display_name
                    )
                )
        # sudo: the list moves by its own steps
        self.sudo().write(
            {
                "state": "done",
                "done_on": fields.Date.context_today(self),
                "done_by_id": self.env.uid,
            }
        )
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_send_again(self):
        """Ask the provider once more, after somebody looked that he did not pay.

        :raise UserError: there was no payment on-line, or he is no accountant
        """
        self._club_check_accountant()
        for row in self:
            if row.state != "by_hand" or not row.transaction_id:
                raise UserError(
                    self.env._("This cannot be sent through a payment provider.")
                )
        self._club_release()
        return True

    def action_give_back(self):
        """Give back what was kept for the waiting list.

        :raise UserError: he is no accountant
        """
        self._club_check_accountant()
        self._club_release()
        return True

    def _club_check_accountant(self):
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only an accountant gives money back."))

    def _club_release(self):
        """What was kept, or stopped, is to be given back by the job."""
        # sudo: the list moves by its own steps
        rows = self.sudo().filtered(lambda r: r.state in ("kept", "by_hand"))
        for row in rows:
            row.write(
                {
                    "state": "due" if row.transaction_id else "by_hand",
                    "is_told": False,
                    "is_asked": False,
                    "refund_transaction_id": False,
                    "note": False,
                }
            )
        rows.activity_feedback(["mail.mail_activity_data_todo"])
        self.env.ref("club_community.ir_cron_event_refund").sudo()._trigger()

    def _club_use(self):
        """What was kept has bought its place: it is not owed any more."""
        # sudo: as above
        self.sudo().filtered(lambda r: r.state == "kept").state = "used"

    # --- Tell -----------------------------------------------------------------------

    def _club_tell(self):
        """Write to the payer, and a note on the order; by the job, once."""
        self.ensure_one()
        if self.partner_id.email:
            template = self.env.ref("club_community.mail_template_event_refund")
            template.send_mail(self.id, force_send=False)
        self.order_id.message_post(body=self._club_sentence())

    def _club_sentence(self):
        """What happened, for people of the club."""
        self.ensure_one()
        return self.env._(
            "%(why)s: %(amount)s. %(status)s.",
            why=dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            amount=self.currency_id.format(self.amount),
            status=dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ],
        )

    def _club_by_hand(self, note):
        """Somebody has to give this money back; he is told by an activity."""
        self.ensure_one()
        self.write({"state": "by_hand", "note": note})
        self._club_ask_somebody()

    def _club_ask_somebody(self):
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self._club_responsible().id,
            summary=self.env._(
                "Give %(amount)s back to %(payer)s",
                amount=self.currency_id.format(self.amount),
                payer=self.partner_id.name or "",
            ),
            note=Markup("<p>%s</p>") % (self.note or self._club_sentence()),
        )

    def _club_responsible(self):
        """Who is asked: of the event, of the order, or the administrator."""
        self.ensure_one()
        for user in (self.event_id.user_id, self.order_id.user_id):
            if user.active and self.with_user(user).has_access("read"):
                return user
        return self.env.ref("base.user_admin")

    def _club_order_url(self):
        """Where the payer sees his order; for letters."""
        self.ensure_one()
        order = self.order_id
        return f"{order.get_base_url()}{order.get_portal_url()}" if order else ""
