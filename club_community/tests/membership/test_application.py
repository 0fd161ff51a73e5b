from datetime import datetime, timedelta

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from ..common import ClubCommon

MONDAY = "2026-11-23 09:00:00"  # UTC


class ApplicationCommon(ClubCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env.ref("club_community.crm_team_club")
        cls.club_manager.write({"email": "maria@club.example", "phone": "+7 1"})
        cls.team.user_id = cls.club_manager
        cls.company.resource_calendar_id.tz = "UTC"
        cls.plan.product_id.taxes_id = False
        cls.reason = cls.env.ref("club_community.crm_lost_reason_not_suited")

    @classmethod
    def _apply(cls, name="Vera Newcomer", email="vera@example.com", plan=None, **vals):
        return cls.env["crm.lead"].create(
            {
                "club_plan_id": (plan or cls.plan).id,
                "company_id": cls.company.id,
                "contact_name": name,
                "email_from": email,
                "club_channel": "email",
                **vals,
            }
        )

    def _answer(self, lead, kind, user=None, **vals):
        wizard = (
            self.env["club.application.answer"]
            .with_user(user or self.club_manager)
            .create({"lead_id": lead.id, "kind": kind, **vals})
        )
        return wizard.action_answer()

    def _approve(self, lead, user=None):
        lead.with_user(user or self.club_manager).action_club_approve()
        return lead.order_ids

    def _mails(self, lead):
        """Mails to the applicant; stock tells the salesperson as well."""
        return self.env["mail.mail"].search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("email_to", "!=", False),
            ],
            order="id",
        )

    def _reminders(self, lead):
        kind = self.env.ref("club_community.mail_activity_type_application")
        return lead.activity_ids.filtered(lambda act: act.activity_type_id == kind)


@tagged("post_install", "-at_install")
class TestReceived(ApplicationCommon):
    def test_is_a_lead_of_the_clubs_team_with_a_promise(self):
        with freeze_time(MONDAY):
            lead = self._apply()
        self.assertEqual(lead.team_id, self.team)
        self.assertEqual(lead.user_id, self.club_manager)
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.club_application_state, "asked")
        self.assertEqual(lead.name, "Gold: Vera Newcomer")
        # Monday morning and two whole working days
        self.assertEqual(lead.club_answer_due.date().isoformat(), "2026-11-25")
        self.assertEqual(
            self._reminders(lead).mapped("date_deadline"), [lead.club_answer_due.date()]
        )
        self.assertEqual(self._reminders(lead).user_id, self.club_manager)

    def test_promise_by_the_calendar(self):
        company = self.company
        due = company._club_answer_due(datetime(2026, 11, 27, 10))  # Friday
        self.assertEqual(due.date().isoformat(), "2026-12-01")
        due = company._club_answer_due(datetime(2026, 11, 28, 10))  # Saturday
        self.assertEqual(due.date().isoformat(), "2026-12-01")
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": company.resource_calendar_id.id,
                "company_id": company.id,
                "date_from": "2026-11-30 00:00:00",
                "date_to": "2026-11-30 23:59:59",
            }
        )
        due = company._club_answer_due(datetime(2026, 11, 28, 10))
        self.assertEqual(due.date().isoformat(), "2026-12-02")
        company.write({"club_answer_time": 3, "club_answer_unit": "hours"})
        due = company._club_answer_due(datetime(2026, 11, 23, 9))
        self.assertEqual(due, datetime(2026, 11, 23, 12))
        company.resource_calendar_id = False
        due = company._club_answer_due(datetime(2026, 11, 28, 9))
        self.assertEqual(due, datetime(2026, 11, 28, 12))

    @mute_logger("odoo.sql_db")
    def test_promise_of_no_time_is_refused(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self.company.club_answer_time = 0
            self.env.flush_all()

    def test_mail_tells_date_channel_and_contact_in_his_language(self):
        with freeze_time(MONDAY):
            lead = self._apply(club_channel="phone", club_handle="+7 999 1234567")
        mail = self._mails(lead)
        self.assertEqual(mail.email_to, "vera@example.com")
        self.assertEqual(mail.state, "outgoing")
        for fact in (
            "Vera Newcomer",
            "Gold",
            "+7 999 1234567",
            "Wednesday, 25 November",
            "maria@club.example",
        ):
            self.assertIn(fact, mail.body_html)

    def test_without_an_address_nobody_is_mailed(self):
        lead = self._apply(email=False)
        self.assertEqual(lead.club_application_state, "asked")
        self.assertFalse(self._mails(lead))

    def test_lead_that_is_given_a_plan(self):
        lead = self.env["crm.lead"].create(
            {"name": "From a fair", "email_from": "f@example.com"}
        )
        self.assertFalse(lead.club_application_state)
        lead.with_user(self.club_manager).club_plan_id = self.plan
        self.assertEqual(lead.club_application_state, "asked")
        self.assertTrue(self._mails(lead))
        with self.assertRaisesRegex(ValidationError, "choose one"):
            lead.club_plan_id = False

    @mute_logger("odoo.sql_db")
    def test_one_open_application_per_person_and_plan(self):
        first = self._apply(email="Vera@Example.com")
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._apply(email="vera@example.COM ")
        self._apply(plan=self._create_plan(name="Silver"))
        first.action_set_lost()
        self._apply()

    def test_overdue(self):
        lead = self._apply()
        overdue = self.env["crm.lead"].search([("club_is_overdue", "=", True)])
        self.assertNotIn(lead, overdue)
        self.assertFalse(lead.club_is_overdue)
        with freeze_time(lead.club_answer_due + timedelta(minutes=1)):
            lead.invalidate_recordset()
            self.assertTrue(lead.club_is_overdue)
            overdue = self.env["crm.lead"].search([("club_is_overdue", "=", True)])
            self.assertIn(lead, overdue)
            self.assertNotIn(
                lead, self.env["crm.lead"].search([("club_is_overdue", "=", False)])
            )
            self._answer(lead, "info", message="Who are you?")
            self.assertFalse(lead.club_is_overdue)

    def test_views_open(self):
        lead = self._apply()
        Form(lead.with_user(self.club_manager))
        for mode in ("list", "kanban", "search"):
            view = self.env.ref(f"club_community.club_application_view_{mode}")
            self.env["crm.lead"].with_user(self.club_manager).get_view(view.id, mode)

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        settings.write({"club_answer_time": 4, "club_answer_unit": "hours"})
        self.assertEqual(self.company.club_answer_time, 4)

    def test_no_query_per_application(self):
        def count(number):
            vals = [
                {
                    "club_plan_id": self.plan.id,
                    "contact_name": f"P {number} {index}",
                    "company_id": self.company.id,
                }
                for index in range(number)
            ]
            leads = self.env["crm.lead"].create(vals)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            leads.read(["club_is_overdue", "club_contact_name", "club_order_id"])
            return self.env.cr.sql_log_count - start

        count(1)
        few = count(3)
        self.assertLessEqual(count(30), few)


@tagged("post_install", "-at_install")
class TestAnswered(ApplicationCommon):
    def test_approved_new_person_gets_a_quotation_with_a_link(self):
        lead = self._apply(phone="+7 999 1234567")
        order = self._approve(lead)
        self.assertEqual(lead.partner_id.name, "Vera Newcomer")
        self.assertEqual(lead.partner_id.email, "vera@example.com")
        self.assertFalse(lead.partner_id.is_company)
        self.assertEqual(lead.partner_id.club_manager_id, self.club_manager)
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.opportunity_id, lead)
        self.assertEqual(order.order_line.club_membership_ids.plan_id, self.plan)
        self.assertEqual(lead.club_application_state, "approved")
        self.assertTrue(lead.club_answered_on)
        self.assertFalse(self._reminders(lead))
        mail = self._mails(lead)[-1]
        self.assertIn(order.access_token, mail.body_html)
        self.assertIn(f"/my/orders/{order.id}", mail.body_html)

    def test_paid_is_won_and_joined_and_invited(self):
        lead = self._apply()
        order = self._approve(lead)
        order.action_confirm()
        self._pay(self._invoice(order))
        self.assertEqual(lead.partner_id.club_state, "active")
        self.assertEqual(lead.club_application_state, "joined")
        self.assertEqual(lead.won_status, "won")
        self.assertTrue(lead.club_invite_due)
        self.assertFalse(lead.partner_id.user_ids)
        for _turn in range(2):
            with self.enter_registry_test_mode():
                self.env.ref(
                    "club_community.ir_cron_club_invite"
                ).method_direct_trigger()
            user = lead.partner_id.user_ids
            self.assertEqual(user.login, "vera@example.com")
            self.assertTrue(user._is_portal())
            self.assertFalse(lead.club_invite_due)
            invited = [("model", "=", "res.users"), ("res_id", "=", user.id)]
            self.assertEqual(self.env["mail.mail"].search_count(invited), 1)

    def test_whoever_has_a_login_is_not_invited(self):
        user = new_test_user(self.env, "vera", "base.group_portal")
        lead = self._apply(partner_id=user.partner_id.id)
        order = self._approve(lead)
        order.action_confirm()
        self._pay(self._invoice(order))
        self.assertEqual(lead.club_application_state, "joined")
        self.assertFalse(lead.club_invite_due)

    def test_invitation_that_cannot_be_sent_is_told(self):
        new_test_user(self.env, "vera@example.com", "base.group_portal")
        lead = self._apply()
        order = self._approve(lead)
        if not order:
            wizard = self._who(lead)
            wizard.who = "new"
            wizard.action_approve()
            order = lead.order_ids
        order.action_confirm()
        self._pay(self._invoice(order))
        lead.sudo()._club_invite()
        self.assertFalse(lead.club_invite_due)
        self.assertIn("could not be invited", "".join(lead.message_ids.mapped("body")))

    def test_payment_by_another_order_closes_the_application(self):
        lead = self._apply(partner_id=self.member.id)
        self._sell_and_pay()
        self.assertEqual(lead.club_application_state, "joined")
        other = self._apply(plan=self._create_plan(name="Other"))
        self.assertEqual(other.club_application_state, "asked")

    def test_lead_that_cannot_be_won_does_not_undo_the_payment(self):
        lead = self._apply(partner_id=self.member.id)

        def fail(_self):
            raise ValueError("no stage")

        self.patch(self.registry["crm.lead"], "action_set_won", fail)
        with mute_logger(
            "odoo.addons.club_community.models.membership.crm_lead_application"
        ):
            self._sell_and_pay()
        self.assertEqual(self.member.club_state, "active")
        self.assertIn("no stage", "".join(lead.message_ids.mapped("body")))

    def _who(self, lead):
        action = lead.with_user(self.club_manager).action_club_approve()
        self.assertEqual(action["res_model"], "club.application.approve")
        return (
            self.env["club.application.approve"]
            .with_user(self.club_manager)
            .with_context(**action["context"])
            .create({})
        )

    def test_same_name_and_mail_is_the_same_person(self):
        lead = self._apply("petrova  ANNA", "ANNA@example.com")
        self._approve(lead)
        self.assertEqual(lead.partner_id, self.member)

    def test_same_mail_another_name_is_asked_about(self):
        for who, expected in (("known", self.member), ("new", None)):
            lead = self._apply("Ivan Petrov", "anna@example.com")
            wizard = self._who(lead)
            self.assertEqual(wizard.candidate_ids, self.member)
            self.assertEqual(wizard.partner_id, self.member)
            wizard.who = who
            wizard.action_approve()
            if expected:
                self.assertEqual(lead.partner_id, expected)
                self.assertEqual(self.member.name, "Anna Petrova")
                lead.order_ids._action_cancel()
                lead.action_set_lost()
            else:
                self.assertEqual(lead.partner_id.name, "Ivan Petrov")
                self.assertNotEqual(lead.partner_id, self.member)

    def test_several_people_with_the_mail(self):
        self.member.copy({"name": "Anna Petrova", "email": "anna@example.com"})
        lead = self._apply("Anna Petrova", "anna@example.com")
        wizard = self._who(lead)
        self.assertEqual(len(wizard.candidate_ids), 2)
        self.assertFalse(wizard.partner_id)
        with self.assertRaisesRegex(UserError, "Choose who"):
            wizard.action_approve()
        wizard.partner_id = self.env["res.partner"].create({"name": "Somebody"})
        with self.assertRaisesRegex(UserError, "Choose who"):
            wizard.action_approve()
        self.assertEqual(lead.club_application_state, "asked")

    def test_asked_then_answered_by_mail(self):
        with freeze_time(MONDAY):
            lead = self._apply()
            self._answer(lead, "info", message="Which city?\nThank you")
        self.assertEqual(lead.club_application_state, "info")
        self.assertFalse(lead.club_answer_due, "the clock stands still")
        self.assertFalse(self._reminders(lead))
        self.assertIn("Which city?", self._mails(lead)[-1].body_html)
        with freeze_time("2026-11-30 09:00:00"):
            lead.message_update({"body": "Kazan", "from": "vera@example.com"})
        self.assertEqual(lead.club_application_state, "review")
        self.assertEqual(lead.club_answer_due.date().isoformat(), "2026-12-02")
        self.assertTrue(self._reminders(lead))

    def test_refused_with_a_reason(self):
        lead = self._apply()
        with self.assertRaisesRegex(UserError, "Choose the reason"):
            self._answer(lead, "refused", message="Sorry")
        with self.assertRaisesRegex(UserError, "Write what"):
            self._answer(lead, "refused", reason_id=self.reason.id, message=" ")
        self._answer(lead, "refused", reason_id=self.reason.id, message="Sorry, Vera")
        self.assertEqual(lead.club_application_state, "refused")
        self.assertEqual(lead.lost_reason_id, self.reason)
        self.assertEqual(lead.won_status, "lost")
        self.assertIn("Sorry, Vera", self._mails(lead)[-1].body_html)

    def test_refused_without_a_mail(self):
        lead = self._apply(email=False)
        with self.assertRaisesRegex(UserError, "left no e-mail"):
            self._answer(lead, "refused", reason_id=self.reason.id, message="Sorry")
        self._answer(lead, "refused", reason_id=self.reason.id, send_mail=False)
        self.assertEqual(lead.club_application_state, "refused")

    def test_refused_after_approval_takes_the_offer_back(self):
        lead = self._apply()
        order = self._approve(lead)
        self._answer(lead, "refused", reason_id=self.reason.id, send_mail=False)
        self.assertEqual(order.state, "cancel")
        self.assertFalse(lead.partner_id.club_state)

    def test_stock_lost_button_refuses_and_restore_promises_anew(self):
        lead = self._apply()
        self.env["crm.lead.lost"].with_user(self.club_manager).create(
            {"lead_ids": lead.ids, "lost_reason_id": self.reason.id}
        ).action_lost_reason_apply()
        self.assertEqual(lead.club_application_state, "refused")
        lead.with_user(self.club_manager).action_restore()
        self.assertEqual(lead.club_application_state, "review")
        self.assertTrue(lead.club_answer_due)

    def test_steps_once(self):
        lead = self._apply()
        lead.with_user(self.club_manager).action_club_review()
        self.assertEqual(lead.club_application_state, "review")
        self._approve(lead)
        for step in ("action_club_approve", "action_club_ask", "action_club_review"):
            with self.assertRaisesRegex(UserError, "answered already"):
                getattr(lead.with_user(self.club_manager), step)()
        with self.assertRaisesRegex(UserError, "answered already"):
            self._answer(lead, "info", message="?")
        with self.assertRaises(UserError):
            self.env["crm.lead"].create({"name": "x"}).action_club_approve()

    def test_plan_that_cannot_be_had_is_a_sentence(self):
        life = self._create_plan(name="Life", period_type="lifetime")
        self._create_period(self.member, self.today, plan=life)
        lead = self._apply(partner_id=self.member.id)
        with self.assertRaisesRegex(UserError, "for life already"):
            self._approve(lead)

    def test_who_may_answer(self):
        lead = self._apply()
        for user in (self.salesman, self.employee):
            with self.assertRaises(AccessError):
                lead.with_user(user).action_club_approve()
        with self.assertRaises(AccessError):  # stock: leads of others are not his
            lead.with_user(self.personal_manager).action_club_approve()
        lead.user_id = self.personal_manager
        self._approve(lead, self.personal_manager)
        self.assertEqual(lead.partner_id.club_manager_id, self.personal_manager)

    def test_state_and_promise_are_not_typed(self):
        lead = self._apply()
        for name, value in (
            ("club_application_state", "joined"),
            ("club_answer_due", "2099-01-01 00:00:00"),
            ("club_answered_on", "2020-01-01 00:00:00"),
            ("club_asked_on", "2020-01-01 00:00:00"),
            ("club_invite_due", True),
        ):
            for user in (self.salesman, self.club_manager, self.club_admin):
                with self.assertRaises(AccessError):
                    lead.with_user(user).write({name: value})
                with self.assertRaises(AccessError):
                    self.env["crm.lead"].with_user(user).create(
                        {"name": "x", name: value}
                    )
        lead.with_user(self.club_manager).write(
            {"club_application_state": "asked", "priority": "1"}
        )

    def test_salesman_of_no_club_converts_his_lead(self):
        lead = self._apply()
        lead.user_id = self.salesman
        partner = lead.with_user(self.salesman)._create_customer()
        self.assertEqual(partner.name, "Vera Newcomer")
