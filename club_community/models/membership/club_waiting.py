from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

OPEN_WAITING = ("waiting", "offered")


class ClubWaiting(models.Model):
    """Somebody waits for a place of a plan (S2.03).

    The queue moves by a job: a place that is free is taken for the next one, who is
    mailed an offer with a date. Nobody passes by; whoever has paid too late is first.
    """

    _name = "club.waiting"
    _description = "Waiting List"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "plan_id, is_paid desc, sequence, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    _TYPED = frozenset({"plan_id", "partner_id", "company_id", "lead_id"})

    plan_id = fields.Many2one(
        "club.plan",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_limited", "=", True)],
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    lead_id = fields.Many2one(
        "crm.lead", string="Application", index="btree_not_null", ondelete="set null"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("offered", "Offered"),
            ("accepted", "Became a member"),
            ("expired", "Offer expired"),
            ("left", "Left the queue"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        tracking=True,
    )
    sequence = fields.Integer(default=10, readonly=True)
    is_paid = fields.Boolean(
        string="Has Paid",
        readonly=True,
        help="The fee came when no place was left: first in the queue.",
    )
    position = fields.Integer(compute="_compute_position")
    asked_on = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True
    )
    offer_until = fields.Datetime(string="Offered Until", readonly=True, tracking=True)
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_reason = fields.Char(
        string="Reason of the Last Change", readonly=True, tracking=True
    )
    pay_url = fields.Char(compute="_compute_pay_url")

    _one_open = models.UniqueIndex(
        "(plan_id, partner_id) WHERE state IN ('waiting', 'offered')",
        "This person waits for this plan already.",
    )
    _queue_idx = models.Index(
        "(plan_id, is_paid DESC, sequence, id) WHERE state = 'waiting'"
    )
    _offer_until_idx = models.Index("(offer_until) WHERE state = 'offered'")

    @api.depends("state", "sequence", "is_paid", "plan_id")
    def _compute_position(self):
        """Place in the queue of one's own pool; one query whatever their number."""
        # sudo: whoever sees one entry need not see those before it
        queue = self.sudo().search(
            [("plan_id", "in", self.plan_id.ids), ("state", "=", "waiting")]
        )
        reached, position = {}, {}
        for entry in queue:
            pool = (entry.plan_id, entry.plan_id._place_pool(entry.partner_id))
            reached[pool] = reached.get(pool, 0) + 1
            position[entry.id] = reached[pool]
        for entry in self:
            entry.position = position.get(entry.id, 0)

    @api.depends("order_id")
    def _compute_pay_url(self):
        for entry in self:
            order = entry.order_id
            entry.pay_url = order and entry.get_base_url() + order.get_portal_url()

    # --- CRUD -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.keys() - self._TYPED for vals in vals_list):
            vals_list = [
                {name: vals[name] for name in vals.keys() & self._TYPED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and self._fields.keys() & vals.keys() - self._writable():
            raise AccessError(
                self.env._(
                    "The queue follows from offers and payments. Use the buttons: "
                    "a change of the order needs a reason."
                )
            )
        return super().write(vals)

    @api.model
    def _writable(self):
        """What a client may write: messages and activities."""
        return {
            name
            for name in self._fields
            if name.startswith(("message_", "activity_", "website_message_"))
        }

    # --- Join and leave -----------------------------------------------------------

    @api.model
    def _join(self, plan, partner, company=None, lead=None):
        """Put somebody at the end of the queue, or find him in it.

        :return: a ``club.waiting`` with raised rights
        """
        # sudo: a visitor has no rights on the queue
        Waiting = self.sudo()
        entry = Waiting.search(
            [
                ("plan_id", "=", plan.id),
                ("partner_id", "=", partner.id),
                ("state", "in", OPEN_WAITING),
            ]
        )
        if not entry:
            entry = Waiting.create(
                {
                    "plan_id": plan.id,
                    "partner_id": partner.id,
                    "company_id": (company or self.env.company).id,
                    "lead_id": lead.id if lead else False,
                }
            )
            entry._mail("club_community.mail_template_waiting_joined")
            plan._call_next()
        return entry

    @api.model
    def _put_first(self, membership):
        """The fee came when no place was left: the head of the queue, and a to-do."""
        entry_sudo = self._join(
            membership.plan_id, membership.partner_id, membership.company_id
        )
        if entry_sudo.is_paid:
            return
        entry_sudo.write({"is_paid": True, "state": "waiting", "offer_until": False})
        responsible = entry_sudo.company_id._club_application_team().user_id
        if responsible:
            entry_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=responsible.id,
                summary=self.env._("Paid, but no place is left: refund, or make room"),
            )

    @api.model
    def _accepted(self, memberships):
        """People have become members: they wait no more."""
        # sudo: whoever pays has no rights on the queue
        entries = self.sudo().search(
            [
                ("state", "in", OPEN_WAITING),
                ("partner_id", "in", memberships.partner_id.ids),
                ("plan_id", "in", memberships.plan_id.ids),
            ]
        )
        pairs = {(m.plan_id.id, m.partner_id.id) for m in memberships}
        entries = entries.filtered(lambda e: (e.plan_id.id, e.partner_id.id) in pairs)
        entries.write({"state": "accepted", "offer_until": False})
        entries.activity_unlink(["mail.mail_activity_data_todo"])

    @api.model
    def _prolong(self, plan, partner, until):
        """An offer does not end while its fee is being paid."""
        # sudo: whoever pays has no rights on the queue
        self.sudo().search(
            [
                ("plan_id", "=", plan.id),
                ("partner_id", "=", partner.id),
                ("state", "=", "offered"),
                ("offer_until", "<", until),
            ]
        ).offer_until = until

    def action_leave(self):
        """Take people out of the queue; what was offered is free for the next."""
        self.check_access("write")
        self._leave()

    def _leave(self):
        # sudo: the state is nobody's to type
        for entry in self.sudo().filtered(lambda e: e.state in OPEN_WAITING):
            if entry.is_paid:
                raise UserError(
                    self.env._(
                        "%(name)s has paid: refund the fee with a credit note first.",
                        name=entry.partner_id.name,
                    )
                )
            entry._end("left")

    def _end(self, state):
        self.ensure_one()
        self.write({"state": state, "offer_until": False})
        if self.order_id.state in ("draft", "sent"):
            self.order_id._action_cancel()
        over = fields.Datetime.now() - timedelta(seconds=1)
        places = self.env["club.place"].search(
            [("plan_id", "=", self.plan_id.id), ("partner_id", "=", self.partner_id.id)]
        )
        places.filtered("held_until").write({"held_until": over})
        places._release()

    # --- Order ------------------------------------------------------------------

    def _move_to(self, position, reason):
        """Give an entry another place in the queue.

        :param position: from 1 on, among those who wait for the same places
        :param reason: a sentence; it is noted in the history
        :raise UserError: no reason, or the entry does not wait
        """
        self.ensure_one()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the order is changed."))
        if self.state != "waiting":
            raise UserError(
                self.env._("%(name)s does not wait.", name=self.partner_id.name)
            )
        # sudo: the order is nobody's to type
        entry_sudo = self.sudo()
        others = entry_sudo.search(
            [
                ("plan_id", "=", entry_sudo.plan_id.id),
                ("state", "=", "waiting"),
                ("id", "!=", self.id),
            ]
        )
        plan = entry_sudo.plan_id
        pool = plan._place_pool(entry_sudo.partner_id)
        mates = others.filtered(lambda e: plan._place_pool(e.partner_id) == pool)
        after = mates[max(position - 1, 0) :][:1]
        index = others.ids.index(after.id) if after else len(others)
        before = entry_sudo.position
        queue = others[:index] | entry_sudo | others[index:]
        for number, entry in enumerate(queue, start=1):
            if entry.sequence != number * 10:
                entry.sequence = number * 10
        entry_sudo.order_reason = reason
        entry_sudo.invalidate_recordset(["position"])
        entry_sudo.message_post(
            body=self.env._(
                "From place %(before)s to place %(after)s by %(user)s: %(reason)s",
                before=before,
                after=entry_sudo.position,
                user=self.env.user.name,
                reason=reason,
            )
        )

    # --- Offers -----------------------------------------------------------------

    @api.model
    def _cron_offer(self):
        """End what is over, and offer what is free to the next.

        One step, one commit: killed at any point, nothing is lost or offered twice.
        The mail is queued together with the offer that it tells of.
        """
        cron = self.env["ir.cron"]
        now = fields.Datetime.now()
        over = self.search([("state", "=", "offered"), ("offer_until", "<", now)])
        cron._commit_progress(remaining=len(over))
        for entry in over.try_lock_for_update():
            entry._end("expired")
            entry._mail("club_community.mail_template_waiting_expired")
            cron._commit_progress(1)
        self.env["club.place"]._lapsed()._release()
        self.env["club.plan"]._mend_places()
        cron._commit_progress()
        for plan in self._awaited_plans():
            while plan._offer_next():
                if not cron._commit_progress(1):
                    return

    @api.model
    def _awaited_plans(self):
        return self.env["club.plan"].browse(
            plan.id
            for (plan,) in self._read_group([("state", "=", "waiting")], ["plan_id"])
        )

    def _offer(self):
        """Make the quotation and mail it; whoever cannot have the plan leaves."""
        self.ensure_one()
        until = self.plan_id._hold_until()
        try:
            with self.env.cr.savepoint():
                order = self._make_order(until)
        except UserError as error:
            self.message_post(body=str(error))
            self._end("left")
            return
        self.write({"state": "offered", "offer_until": until, "order_id": order.id})
        self._mail("club_community.mail_template_waiting_offer")

    def _make_order(self, until):
        values = {"opportunity_id": self.lead_id.id, "validity_date": until.date()}
        order = self.plan_id._make_offer(
            self.partner_id, company=self.company_id, **values
        )
        order.action_quotation_sent()
        order._portal_ensure_token()
        return order

    def _mail(self, xmlid):
        self.ensure_one()
        # sudo: the template may be missing, and visitors have no rights on it
        template_sudo = self.env.ref(xmlid, raise_if_not_found=False)
        if template_sudo and self.partner_id.email_normalized:
            template_sudo.sudo().send_mail(
                self.id, email_layout_xmlid="mail.mail_notification_layout"
            )
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _start_paid(self):
        """The place is there: what was paid for starts, or the entry is closed."""
        self.ensure_one()
        memberships = self.env["club.membership"].search(
            [
                ("plan_id", "=", self.plan_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("state", "=", "waiting"),
            ]
        )
        memberships._sync_payment()
        if self.state == "waiting":  # refunded meanwhile, or another obstacle
            self.is_paid = False
            self._end("left")


class ClubPlan(models.Model):
    _inherit = "club.plan"

    def _offer_next(self):
        """Offer a free place to the next who waits for it.

        :return: whether there was one
        """
        self.ensure_one()
        seen = set()
        for entry in self.env["club.waiting"].search(
            [("plan_id", "=", self.id), ("state", "=", "waiting")]
        ):
            pool = self._place_pool(entry.partner_id)
            if pool in seen:
                continue
            seen.add(pool)
            until = self._hold_until()
            if self.env["club.place"]._claim(self, entry.partner_id, until, first=True):
                continue
            if entry.is_paid:
                entry._start_paid()
            else:
                entry._offer()
            return True
        return False
