import logging

import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .crm_lead import OPEN

_logger = logging.getLogger(__name__)

APPROVABLE = ("asked", "review", "info")


class CrmLead(models.Model):
    """From an application to a member: approve, ask, refuse, join."""

    _inherit = "crm.lead"

    # --- Buttons ----------------------------------------------------------------

    def action_club_review(self):
        """Somebody has begun to look at these applications."""
        self._club_check_may_answer(("asked",))
        # sudo: the state is nobody's to type
        self.sudo().write({"club_application_state": "review"})

    def action_club_approve(self):
        """Find or make the person and send the quotation.

        :return: the quotation, or the question who of several the applicant is
        :raise UserError: the plan cannot be sold to this person
        """
        self.ensure_one()
        self._club_check_may_answer(APPROVABLE)
        people = self._club_people()
        if self.partner_id or not people or self._club_is_surely(people):
            return self._club_approve(self.partner_id or people)
        return self._club_ask("club.application.approve")

    def action_club_ask(self):
        self.ensure_one()
        self._club_check_may_answer(APPROVABLE)
        return self._club_ask("club.application.answer", default_kind="info")

    def action_club_refuse(self):
        self.ensure_one()
        self._club_check_may_answer(OPEN)
        return self._club_ask("club.application.answer", default_kind="refused")

    def _club_ask(self, model, **context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(model).name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_id": self.id, **context},
        }

    def _club_check_may_answer(self, states):
        """Refuse whoever is not of the club, and what has been answered.

        :param states: states of the application in which the step is possible
        :raise AccessError: not a personal manager, or not his lead
        :raise UserError: not an application, or in another state
        """
        if not self.env.user.has_group("club_community.group_club_user"):
            raise AccessError(
                self.env._("Applications are answered by the club's managers.")
            )
        self.check_access("write")
        for lead in self:
            if lead.club_application_state not in states:
                raise UserError(
                    self.env._(
                        "“%(name)s” cannot take this step: it is not an application, "
                        "or it has been answered already.",
                        name=lead.name,
                    )
                )

    # --- Approve ----------------------------------------------------------------

    def _club_people(self):
        """Persons with the applicant's e-mail."""
        self.ensure_one()
        if not self.email_normalized:
            return self.env["res.partner"]
        return self.env["res.partner"].search(
            [
                ("email_normalized", "=", self.email_normalized),
                ("is_company", "=", False),
                ("type", "=", "contact"),
                "|",
                ("company_id", "=", False),
                ("company_id", "=", (self.company_id or self.env.company).id),
            ]
        )

    def _club_is_surely(self, people):
        """Whether one contact has the applicant's e-mail, and his name too.

        Spouses share mailboxes, so an e-mail alone makes nobody the same person.
        """
        self.ensure_one()

        def plain(name):
            return " ".join(sorted((name or "").casefold().split()))

        return len(people) == 1 and plain(people.name) == plain(self.contact_name)

    def _club_approve(self, partner):
        """Make the quotation for a person and send him the link to pay.

        :param partner: the ``res.partner`` who applies; empty: a new person
        :return: the action that opens the quotation
        """
        self.ensure_one()
        self._handle_partner_assignment(force_partner_id=partner.id)
        order = self._club_offer()
        # sudo: the state is nobody's to type
        self.sudo().write(
            {
                "club_application_state": "approved",
                "club_answered_on": fields.Datetime.now(),
                "club_answer_due": False,
            }
        )
        self._club_forget_reminders()
        return order._get_records_action() if order else True

    def _club_offer(self):
        """Make and send the quotation of an application that is approved.

        Where no place is left the person waits for one, and is offered it in turn.

        :return: a ``sale.order``, an empty one for whoever waits
        """
        self.ensure_one()
        plan, company = self.club_plan_id, self.company_id or self.env.company
        vals = {}
        if plan.is_limited:
            until = plan._hold_until()
            if self.env["club.place"]._claim(plan, self.partner_id, until):
                self.env["club.waiting"]._join(plan, self.partner_id, company, self)
                return self.env["sale.order"]
            vals["validity_date"] = until.date()
        order = plan._make_offer(
            self.partner_id,
            company=company,
            opportunity_id=self.id,
            team_id=self.team_id.id,
            user_id=self.user_id.id,
            **vals,
        )
        order.action_quotation_sent()
        order._portal_ensure_token()
        self._club_mail("club_community.mail_template_application_approved")
        return order

    @api.depends("order_ids.state")
    def _compute_club_order(self):
        for lead in self:
            lead.club_order_id = lead.order_ids.filtered(
                lambda order: order.state in ("draft", "sent", "sale")
            )[:1]
            lead.club_pay_url = (
                lead.club_order_id
                and lead.get_base_url() + lead.club_order_id.get_portal_url()
            )

    club_order_id = fields.Many2one(
        "sale.order", string="Order of the Membership", compute="_compute_club_order"
    )
    club_pay_url = fields.Char(compute="_compute_club_order")

    # --- Ask and refuse -----------------------------------------------------------

    def _club_ask_applicant(self, question):
        """Mail a question; the promised time stops until the answer comes."""
        self.ensure_one()
        # sudo: the state is nobody's to type
        self.sudo().write({"club_application_state": "info", "club_answer_due": False})
        self._club_forget_reminders()
        self._club_mail(
            "club_community.mail_template_application_question", club_text=question
        )

    def _club_refuse(self, reason, text):
        """Refuse with a reason; what was offered is taken back.

        :param reason: a ``crm.lost.reason``, for the club
        :param text: what the applicant reads; empty: no mail is sent
        """
        self.ensure_one()
        if text:
            self._club_mail(
                "club_community.mail_template_application_refused", club_text=text
            )
        self.order_ids.filtered(
            lambda order: order.state in ("draft", "sent")
        )._action_cancel()
        # sudo: the queue moves by its own steps
        self.env["club.waiting"].sudo().search([("lead_id", "=", self.id)])._leave()
        self.action_set_lost(lost_reason_id=reason.id)

    # --- Join -------------------------------------------------------------------

    @api.model
    def _club_join_applicants(self, memberships):
        """People have paid: their applications are won.

        Called in the payment's transaction, which nothing here may undo.
        """
        # sudo: leads of other salespeople, and whoever pays has no rights on them
        leads_sudo = self.sudo().search(
            [
                ("club_application_state", "in", OPEN),
                ("partner_id", "in", memberships.partner_id.ids),
                ("club_plan_id", "in", memberships.plan_id.ids),
            ]
        )
        bought = {(m.partner_id, m.plan_id) for m in memberships}
        leads_sudo = leads_sudo.filtered(
            lambda lead: (lead.partner_id, lead.club_plan_id) in bought
        )
        if not leads_sudo:
            return
        try:
            with self.env.cr.savepoint():
                leads_sudo._club_join()
        except psycopg2.OperationalError:
            raise  # Odoo runs the whole request again
        except Exception as error:
            _logger.exception("Applications %s could not be closed", leads_sudo.ids)
            leads_sudo._club_note(
                self.env._(
                    "The membership is paid for, but this application could not be "
                    "closed: %(error)s",
                    error=error,
                )
            )

    def _club_join(self):
        # sudo: see the caller
        leads_sudo = self.sudo()
        leads_sudo.action_set_won()
        without_login = leads_sudo.filtered(
            lambda lead: not lead.partner_id.with_context(active_test=False).user_ids
        )
        leads_sudo.write({"club_application_state": "joined", "club_answer_due": False})
        leads_sudo._club_forget_reminders()
        if without_login:
            without_login.club_invite_due = True
            self.env.ref("club_community.ir_cron_club_invite").sudo()._trigger()

    @api.model
    def _cron_club_invite(self):
        """Give new members a login, so that they see their card: stock's invitation.

        After the payment and not in it: a mail box that is wrong undoes no money. May
        be killed at any point: the mail is queued with what it tells of.
        """
        due = self.search([("club_invite_due", "=", True)], limit=1000)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for lead in due.try_lock_for_update():
            lead._club_invite()
            if not cron._commit_progress(1):
                break

    def _club_invite(self):
        self.ensure_one()
        self.club_invite_due = False
        if self.partner_id.with_context(active_test=False).user_ids:
            return
        try:
            with self.env.cr.savepoint():
                wizard = (
                    self.env["portal.wizard"]
                    .with_context(club_queue_mail=True)
                    .with_company(self.company_id)
                    .create({"partner_ids": [Command.set(self.partner_id.ids)]})
                )
                wizard.user_ids.action_grant_access()
        except UserError as error:
            self._club_note(
                self.env._(
                    "%(name)s has paid, but could not be invited to the portal: "
                    "%(error)s",
                    name=self.partner_id.name,
                    error=error,
                )
            )


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _on_activated(self):
        res = super()._on_activated()
        if self:
            self.env["crm.lead"]._club_join_applicants(self)
        return res
