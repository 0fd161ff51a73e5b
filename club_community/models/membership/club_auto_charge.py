from datetime import timedelta

from odoo import Command, api, fields, models


class ClubAutoCharge(models.Model):
    """The automatic renewal of one period: announced, charged, perhaps tried again.

    The tries are payment transactions of stock; their pair (charge, number) is unique
    and gives the reference, so that a provider who is asked twice knows it is the same
    payment. A transaction is committed before the provider hears of it.
    """

    _name = "club.auto.charge"
    _description = "Automatic Renewal of a Period"
    _order = "id desc"
    _rec_name = "partner_id"

    consent_id = fields.Many2one(
        "club.auto.renewal", required=True, index=True, ondelete="restrict"
    )
    membership_id = fields.Many2one(
        "club.membership", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="membership_id.partner_id", string="Member")
    company_id = fields.Many2one(related="membership_id.company_id")
    plan_id = fields.Many2one(related="consent_id.plan_id")
    card = fields.Char(related="consent_id.card")
    date_end = fields.Date(
        string="End", required=True, help="The end that it was planned for."
    )
    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null"
    )
    amount = fields.Monetary(
        string="Announced Amount",
        help="Taxes included: what the member was written. More is never taken.",
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    first_on = fields.Date(string="First Try")
    charge_on = fields.Date(string="Next Try", index="btree_not_null")
    tries = fields.Integer()
    state = fields.Selection(
        [
            ("announced", "Announced"),
            ("charging", "Being charged"),
            ("done", "Paid"),
            ("failed", "Card refused"),
            ("stopped", "Stopped"),
        ],
        required=True,
        index=True,
    )
    note = fields.Char(string="Reason")
    transaction_ids = fields.One2many(
        "payment.transaction", "club_charge_id", string="Payments"
    )

    # The promise: a period is paid for by one charge, whatever was killed meanwhile.
    _one_per_period = models.UniqueIndex(
        "(membership_id) WHERE state IN ('announced', 'charging', 'done')",
        "The automatic renewal of this period is under way already.",
    )

    # --- Announce ---------------------------------------------------------------

    @api.model
    def _announce(self, membership, consent, today):
        """Plan the charge for a period: the quotation, the day, the row.

        Whoever cannot be charged gets a row that says why, so he is told once.

        :return: the new ``club.auto.charge``; empty while a fee is to be approved
        """
        vals = {
            "consent_id": consent.id,
            "membership_id": membership.id,
            "date_end": membership.date_end,
        }
        if reason := consent._trouble() or self._differs(membership, consent):
            return self.create({**vals, "state": "stopped", "note": reason})
        order = membership._renewal_offer(consent.payer_id)
        if order._club_waits_for_approval():
            return self.browse()  # the amount is not certain yet
        if reason := self._order_obstacle(order, consent):
            return self.create({**vals, "state": "stopped", "note": reason})
        plan = consent.plan_id
        day = max(
            membership.date_end - timedelta(days=plan.auto_renew_days),
            today + timedelta(days=plan.auto_renew_notice_days),
        )
        day = max(min(day, membership.date_grace_end), today)
        return self.create(
            {
                **vals,
                "state": "announced",
                "order_id": order.id,
                "amount": order.amount_total,
                "first_on": day,
                "charge_on": day,
            }
        )

    @api.model
    def _differs(self, membership, consent):
        """Why what would be charged is not what was agreed to, or False."""
        if membership.plan_id._renewal_plan() == consent.plan_id:
            return False
        return self.env._(
            "Your membership is renewed as another plan than “%(plan)s”, which you "
            "agreed to.",
            plan=consent.plan_id.name,
        )

    @api.model
    def _order_obstacle(self, order, consent):
        """Why this quotation cannot be paid with the card, or False."""
        if order.partner_id != consent.payer_id:
            return self.env._(
                "A quotation for your renewal was made out to %(payer)s.",
                payer=order.partner_id.name,
            )
        if order.state not in ("draft", "sent"):
            return self.env._("Your renewal was ordered already, and is to be paid.")
        if order.currency_id.compare_amounts(order.amount_total, 0) <= 0:
            return self.env._("There is nothing to pay.")
        return False

    # --- Charge -----------------------------------------------------------------

    def _prepare_try(self, today):
        """Make the next transaction, to be committed before it is sent; or stop.

        Whatever speaks against the charge is looked at here, in the transaction that
        makes the payment; once it is made, only its own outcome counts.
        """
        self.ensure_one()
        self.membership_id.partner_id._club_take()
        if reason := self._obstacle(today):
            self._stop(reason)
        elif reason := self.consent_id._trouble():
            self._stop(reason)
            self._mail("club_community.mail_template_auto_renewal_broken")
        elif self._is_paid_by_hand_now() or self.order_id._club_waits_for_approval():
            return  # wait for what comes of it; our confirmation would approve it
        elif (
            self.currency_id.compare_amounts(self.order_id.amount_total, self.amount)
            > 0
        ):
            self._announce_again(today)
        else:
            self._create_transaction()

    def _obstacle(self, today):
        """Why the card must not be charged any more, in a sentence; rooms add theirs.

        :return: a sentence, or ``False``
        """
        self.ensure_one()
        membership, order = self.membership_id, self.order_id
        if self.consent_id.revoked_on:
            return self.env._("Automatic renewal was switched off.")
        if membership._followed():
            return self.env._("The membership was renewed by hand.")
        if membership.date_end != self.date_end:
            return self.env._("The end of the membership was moved.")
        if membership.state not in ("active", "grace") or (
            membership.date_grace_end < today
        ):
            return self.env._("The membership is over.")
        if membership not in membership._wants_auto_renewal():
            return self.env._("The member is leaving.")
        if order.state not in ("draft", "sent"):
            return self.env._("The quotation was cancelled, or ordered by hand.")
        if order.partner_id != self.consent_id.payer_id:
            return self.env._("The quotation was made out to somebody else.")
        return False

    def _is_paid_by_hand_now(self):
        """Whether another payment for the same quotation is under way."""
        others = self.order_id.transaction_ids - self.transaction_ids
        return any(tx.state in ("pending", "authorized", "done") for tx in others)

    def _announce_again(self, today):
        """The quotation costs more than was announced: write first, charge later."""
        day = today + timedelta(days=self.plan_id.auto_renew_notice_days)
        self.write({"amount": self.order_id.amount_total, "charge_on": day})
        self._mail("club_community.mail_template_auto_renewal_before")

    def _create_transaction(self):
        """The next try, with a reference that follows from charge and number."""
        number = self.tries + 1
        token = self.consent_id.token_id
        self.env["payment.transaction"].create(
            {
                "provider_id": token.provider_id.id,
                "payment_method_id": token.payment_method_id.id,
                "token_id": token.id,
                "reference": f"CLUB-{self.id}-{number}",
                "amount": self.order_id.amount_total,
                "currency_id": self.order_id.currency_id.id,
                "partner_id": self.consent_id.payer_id.id,
                "operation": "offline",
                "sale_order_ids": [Command.set(self.order_id.ids)],
                "club_charge_id": self.id,
                "club_charge_try": number,
            }
        )
        self.write({"state": "charging", "tries": number})

    def _proceed(self, today):
        """One step of a charge whose transaction is committed.

        A transaction that is still a draft is sent, perhaps for the second time and
        then with the same reference; what the provider has decided is carried out.
        """
        self.ensure_one()
        transaction = self._transaction()
        if transaction.state == "draft":
            self._send(transaction)
        elif transaction.state == "done":
            self._finish(transaction)
        elif transaction.state in ("error", "cancel"):
            self._refused(transaction, today)

    def _transaction(self):
        """The try under way."""
        return self.transaction_ids.filtered(
            lambda tx: tx.club_charge_try == self.tries
        )

    def _send(self, transaction):
        if transaction.provider_id.state == "disabled":
            transaction._set_error(
                self.env._("The payment provider was switched off meanwhile.")
            )
        elif self.order_id.state not in ("draft", "sent"):
            # Not cancelled but failed: stock lets a failed one still become paid,
            # should the provider have charged it before we were killed.
            transaction._set_error(self.env._("The quotation was paid by hand."))
        else:
            transaction._charge_with_token()

    def _finish(self, transaction):
        """The card was charged: the period begins, and the member is written."""
        if not transaction.is_post_processed:
            transaction._post_process()
        self.write({"state": "done", "charge_on": False})
        if self.membership_id._followed():
            self._mail("club_community.mail_template_auto_renewal_after")
        else:
            self._ask_manager(
                self.env._(
                    "The card was charged, but the membership did not begin. See the "
                    "order %(order)s.",
                    order=self.order_id.name,
                )
            )

    def _refused(self, transaction, today):
        """The card was refused: once more on a later day, or by hand."""
        retries = self.plan_id._retry_days()
        if self.tries <= len(retries):
            day = self.first_on + timedelta(days=retries[self.tries - 1])
            day = max(day, today + timedelta(days=1))
        else:
            day = False
        note = transaction.state_message or self.env._("The card was refused.")
        if self.order_id.state == "draft":
            self.order_id.action_quotation_sent()  # to be paid by hand in the portal
        if day and day <= self.membership_id.date_grace_end:
            self.write({"state": "announced", "charge_on": day, "note": note})
        else:
            self.write({"state": "failed", "charge_on": False, "note": note})
            self._ask_manager(
                self.env._(
                    "The card %(card)s was refused: %(reason)s Ask the member how he "
                    "would like to pay.",
                    card=self.card,
                    reason=note,
                )
            )
        if self.order_id.state in ("draft", "sent"):
            self._mail("club_community.mail_template_auto_renewal_failed")

    def _stop(self, reason):
        """Nothing will be charged, for a reason that the manager may read."""
        self.write({"state": "stopped", "charge_on": False, "note": reason})

    # --- Tell -----------------------------------------------------------------------

    def _mail(self, template):
        """Put a letter to these members into the queue, each in his language."""
        reachable = self.filtered("partner_id.email")
        if reachable:
            self.env.ref(template).send_mail_batch(reachable.ids)

    def _ask_manager(self, note):
        self.ensure_one()
        self.membership_id._ask_manager(
            lambda membership: self.env._(
                "Automatic renewal of %(name)s", name=membership.partner_id.name
            ),
            note,
            self.membership_id._today(),
        )

    def _note_for_member(self):
        """The reason of a stop in the member's own language; for letters."""
        self.ensure_one()
        reason = self.consent_id._trouble()
        return reason or self._differs(self.membership_id, self.consent_id) or self.note

    def _renewed_until(self):
        """Last day of the period that was paid for; for letters."""
        self.ensure_one()
        periods = self.order_id.order_line.club_membership_ids
        return max(filter(None, periods.mapped("date_end")), default=False)

    def _pay_url(self):
        """Where the member pays by hand, for letters."""
        self.ensure_one()
        order = self.order_id
        path = order.get_portal_url() if order else "/my/club"
        return f"{self.get_base_url()}{path}"


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _wants_auto_renewal(self):
        """Those of these memberships that may be renewed by card; rooms narrow it.

        Left out here: for life, and who is leaving. Runs in batches.
        """
        return self.filtered(lambda m: m.date_end and not m.leave_date)
