from odoo import api, fields, models
from odoo.exceptions import UserError


class ClubAutoRenewal(models.Model):
    """A member's consent that his card is charged for the next periods.

    It is given by the member himself, in the portal, and kept word for word with who,
    when and for which card. It never changes afterwards, except that it is revoked:
    by the member, or by a manager on his wish.
    """

    _name = "club.auto.renewal"
    _description = "Consent to Automatic Renewal"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, index=True, ondelete="restrict"
    )
    payer_id = fields.Many2one(
        "res.partner",
        string="Who Pays",
        required=True,
        index=True,
        ondelete="restrict",
        help="The owner of the card.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    family_id = fields.Many2one("club.plan.family", required=True, ondelete="restrict")
    plan_id = fields.Many2one(
        "club.plan",
        required=True,
        index=True,
        ondelete="restrict",
        help="The plan that the member agreed to pay for.",
    )
    price = fields.Monetary(string="Fee on That Day", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    token_id = fields.Many2one(
        "payment.token",
        string="Card",
        index="btree_not_null",
        ondelete="set null",
        groups="club_community.group_club_user",
    )
    card = fields.Char(string="Card Name", required=True)
    agreed_text = fields.Text(string="What Was Agreed", required=True)
    given_on = fields.Datetime(required=True)
    given_by = fields.Many2one("res.users", required=True, ondelete="restrict")
    revoked_on = fields.Datetime()
    revoked_by = fields.Many2one("res.users", ondelete="restrict")
    charge_ids = fields.One2many("club.auto.charge", "consent_id", string="Payments")
    state = fields.Selection(
        [("on", "On"), ("broken", "Does not work"), ("off", "Off")],
        compute="_compute_state",
    )
    trouble = fields.Char(compute="_compute_state")

    _one_per_slot = models.UniqueIndex(
        "(partner_id, family_id, company_id) WHERE revoked_on IS NULL",
        "Automatic renewal is switched on already.",
    )

    @api.depends("revoked_on", "token_id.active", "token_id.provider_id.state")
    def _compute_state(self):
        for consent in self:
            consent.trouble = not consent.revoked_on and consent._trouble()
            consent.state = "on"
            if consent.revoked_on:
                consent.state = "off"
            elif consent.trouble:
                consent.state = "broken"

    def _trouble(self):
        """Why the card cannot be charged, in a sentence for the member; or False."""
        self.ensure_one()
        # sudo: managers have no rights on cards and providers
        token_sudo = self.sudo().token_id
        provider_sudo = token_sudo.provider_id
        if not token_sudo.active:  # deleted as well
            return self.env._(
                "The card %(card)s is not saved any more.", card=self.card
            )
        if (
            provider_sudo.state == "disabled"
            or not token_sudo.payment_method_id.active
            or token_sudo.company_id != self.company_id
        ):
            return self.env._(
                "Cards like %(card)s are not accepted any more.", card=self.card
            )
        if not self.payer_id.active or token_sudo.partner_id != self.payer_id:
            return self.env._(
                "The card %(card)s belongs to somebody else now.", card=self.card
            )
        if not self.plan_id.active or not self.plan_id.auto_renew_allowed:
            return self.env._(
                "“%(plan)s” is not renewed automatically any more.",
                plan=self.plan_id.name,
            )
        return False

    @api.model
    def _give_sudo(self, membership, token):
        """Write down that the user who is logged in agrees, for this membership.

        What he agreed to before, with another card perhaps, is revoked.

        :param membership: his own ``club.membership``, found by his own contact
        :param token: a ``payment.token`` that is his own
        :return: the new consent, as superuser
        :raise UserError: the plan is not renewed automatically
        """
        plan = membership.plan_id._renewal_plan()
        if not plan.auto_renew_allowed or not membership.date_end:
            raise UserError(
                self.env._("This membership cannot be renewed automatically.")
            )
        membership.partner_id._club_take()
        self._of_slot_sudo(membership)._revoke_sudo()
        # sudo: consents are written by this very method only
        consent_sudo = self.sudo().create(
            {
                "partner_id": membership.partner_id.id,
                "payer_id": token.partner_id.id,
                "company_id": membership.company_id.id,
                "family_id": plan.family_id.id,
                "plan_id": plan.id,
                "price": plan.price,
                "currency_id": plan.currency_id.id,
                "token_id": token.id,
                "card": token.display_name,
                "agreed_text": plan._auto_renewal_terms(membership),
                "given_on": fields.Datetime.now(),
                "given_by": self.env.uid,
            }
        )
        membership.message_post(
            body=self.env._(
                "Automatic renewal was switched on, with the card %(card)s.",
                card=consent_sudo.card,
            )
        )
        return consent_sudo

    @api.model
    def _of_slot_sudo(self, membership):
        """The consent in force for the slot of a membership; may be empty."""
        return self.sudo().search(
            [
                ("partner_id", "=", membership.partner_id.id),
                ("family_id", "=", membership.family_id.id),
                ("company_id", "=", membership.company_id.id),
                ("revoked_on", "=", False),
            ]
        )

    def _revoke_sudo(self):
        """Switch it off. A payment that is on its way already is not called back."""
        in_force = self.filtered(lambda consent: not consent.revoked_on)
        in_force.sudo().write(
            {"revoked_on": fields.Datetime.now(), "revoked_by": self.env.uid}
        )
        in_force.flush_recordset()  # the next may be written in the same transaction
        for consent in in_force.sudo():
            planned = consent.charge_ids.filtered(lambda c: c.state == "announced")
            planned._stop(self.env._("Automatic renewal was switched off."))
            membership = consent.partner_id.club_membership_id
            if membership:
                membership.message_post(
                    body=self.env._("Automatic renewal was switched off.")
                )

    def action_revoke(self):
        """A manager switches it off on the member's wish; on is the member's alone."""
        self.check_access("read")
        if not self.env.user.has_group("club_community.group_club_user"):
            raise UserError(self.env._("Only the club's managers may do this."))
        self._revoke_sudo()


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _wants_reminders(self):
        """Nobody is asked to renew whose card will do it, unless the card failed."""
        wanting = super()._wants_reminders()
        # sudo: the job runs as superuser, a test may not
        consents_sudo = (
            self.env["club.auto.renewal"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", wanting.partner_id.ids),
                    ("revoked_on", "=", False),
                ]
            )
        )
        working = {
            (consent.partner_id, consent.family_id, consent.company_id)
            for consent in consents_sudo
            if not consent._trouble()
            and not consent.charge_ids.filtered(
                lambda charge: charge.state in ("failed", "stopped")
            )
        }
        return wanting.filtered(lambda m: m.sudo()._slot() not in working)
