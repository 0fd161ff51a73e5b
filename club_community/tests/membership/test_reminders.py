from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .renewal_common import RenewalCommon


@tagged("post_install", "-at_install")
class TestReminders(RenewalCommon):
    def _remind(self, days=0):
        self._run("ir_cron_club_remind", days)

    def _sent(self, membership):
        return membership.reminder_ids.sorted("id").mapped("days")

    def test_new_plan_has_the_usual_reminders(self):
        plan = self._create_plan(name="New")
        self.assertEqual(plan.reminder_ids.mapped("days"), [-90, -60, -30, -7, 7])
        self.assertEqual(
            plan.reminder_ids.filtered("has_activity").mapped("days"), [-90]
        )
        self.assertTrue(all(plan.reminder_ids.mapped("mail_template_id")))
        self.assertTrue(plan.reminder_ids[0].script)
        self.assertEqual(len(plan.copy().reminder_ids), 5)
        self.assertFalse(self._create_plan(reminder_ids=[]).reminder_ids)

    def test_each_is_sent_on_its_day_and_once(self):
        membership = self._ending_in(91)
        self._remind(0)
        self.assertFalse(membership.reminder_ids)
        for day, sent in (
            (1, [-90]),
            (1, [-90]),
            (30, [-90]),
            (31, [-90, -60]),
            (61, [-90, -60, -30]),
            (84, [-90, -60, -30, -7]),
            (91, [-90, -60, -30, -7]),
            (98, [-90, -60, -30, -7, 7]),
            (99, [-90, -60, -30, -7, 7]),
        ):
            self._remind(day)
            self._remind(day)
            self.assertEqual(self._sent(membership), sent, day)
        self.assertEqual(len(self._letters()), 5)
        self.assertEqual(set(self._letters().mapped("state")), {"outgoing"})

    def test_after_missed_days_only_the_latest(self):
        membership = self._ending_in(91)
        self._remind(85)
        self.assertEqual(self._sent(membership), [-7])
        self._remind(86)
        self.assertEqual(self._sent(membership), [-7])

    def test_not_after_the_grace_days(self):
        membership = self._ending_in(10)
        self._remind(10 + 15)
        self.assertFalse(membership.reminder_ids)

    def test_first_is_a_task_for_the_personal_manager_with_a_script(self):
        self.member.club_manager_id = self.personal_manager
        self.plan.reminder_ids[0].script = "Say thanks first"
        self._ending_in(90)
        self._remind()
        task = self.member.activity_ids
        self.assertEqual(task.user_id, self.personal_manager)
        self.assertIn("Say thanks first", task.note)
        self.assertIn("Ask next", task.note)
        self.assertIn("Gold", task.summary)
        self._remind(30)
        self.assertEqual(len(self.member.activity_ids), 1, "only the first rule")

    def test_task_without_a_personal_manager(self):
        self._ending_in(90)
        self.plan.renewal_user_id = self.club_manager
        self._remind()
        self.assertEqual(self.member.activity_ids.user_id, self.club_manager)
        other = self.env["res.partner"].create({"name": "B", "email": "b@b.example"})
        other.club_manager_id = self.personal_manager
        self.personal_manager.active = False
        self._ending_in(90, other)
        self._remind()
        self.assertEqual(other.activity_ids.user_id, self.club_manager)

    def test_task_goes_to_some_club_manager_at_last(self):
        self._ending_in(90)
        self._remind()
        user = self.member.activity_ids.user_id
        self.assertTrue(user.has_group("club_community.group_club_manager"))
        self.assertIn(self.company, user.company_ids)

    def test_without_an_address_somebody_must_call(self):
        self.member.email = False
        membership = self._ending_in(7)
        self._remind()
        self.assertEqual(membership.reminder_ids.result, "no_address")
        self.assertFalse(self._letters())
        self.assertTrue(self.member.activity_ids)

    def test_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        template = self.env.ref("club_community.mail_template_renewal_reminder")
        template.with_context(lang="ru_RU").subject = "Пора продлить"
        self.member.lang = "ru_RU"
        other = self.env["res.partner"].create({"name": "B", "email": "b@b.example"})
        self._ending_in(7)
        self._ending_in(7, other)
        self._remind()
        self.assertEqual(self._letters().subject, "Пора продлить")
        self.assertIn("please renew", self._letters(other).subject)

    def test_letter_says_what_is_true_on_the_day(self):
        self._ending_in(7)
        self._remind()
        self.assertIn("ends on", self._letters().body_html)
        self.assertNotIn("Everything stays open", self._letters().body_html)
        self._remind(14)
        self.assertIn("Everything stays open", self._letters()[-1].body_html)
        self.assertIn("/my/club", self._letters()[-1].body_html)

    def test_letter_can_be_installed_beside_quotations_and_lives(self):
        """Stock renders a new template for the first row that it finds."""
        template = self.env.ref("club_community.mail_template_renewal_reminder")
        life = self._create_plan(name="Honorary", period_type="lifetime")
        for membership in (
            self._sell(confirm=False).order_line.club_membership_ids,
            self._create_period(self.member, self.today, plan=life),
        ):
            self.assertTrue(template._render_field("body_html", membership.ids))

    def test_whoever_has_renewed_is_left_alone(self):
        first = self._ending_in(60)
        self._sell_and_pay()
        self._remind()
        self.assertFalse(first.reminder_ids)

    def test_also_who_renewed_with_a_wished_gap(self):
        first = self._ending_in(60)
        self._sell_and_pay(start=self._day(100))
        self._remind()
        self.assertFalse(first.reminder_ids)

    def test_quotation_that_is_not_paid_is_no_renewal(self):
        first = self._ending_in(60)
        self._sell()
        self._remind()
        self.assertEqual(self._sent(first), [-60])

    def test_other_family_is_no_renewal(self):
        first = self._ending_in(60)
        family = self.env["club.plan.family"].create({"name": "Golf"})
        self._sell_and_pay(plan=self._create_plan(family_id=family.id))
        self._remind()
        self.assertEqual(self._sent(first), [-60])

    def test_leaving(self):
        membership = self._ending_in(60)
        membership.sudo().leave_date = membership.date_end
        self._remind()
        self.assertFalse(membership.reminder_ids)

    def test_paused_and_for_life_and_archived(self):
        paused = self._ending_in(60)
        paused.sudo().state = "paused"
        life = self._create_plan(name="Life", period_type="lifetime")
        other = self.env["res.partner"].create({"name": "B", "email": "b@b.example"})
        for_life = self._create_period(other, self.today, plan=life)
        gone = self.env["res.partner"].create({"name": "C", "email": "c@c.example"})
        archived = self._ending_in(60, gone)
        gone.active = False
        self._remind()
        self.assertFalse((paused | for_life | archived).reminder_ids)

    def test_trial_needs_a_plan_to_go_on_with(self):
        trial = self._create_plan(
            name="Trial", is_trial=True, period_type="days", period_days=60
        )
        membership = self._create_period(
            self.member, self.today - timedelta(days=30), plan=trial
        )
        self._remind()
        self.assertFalse(membership.reminder_ids)
        trial.renewal_plan_id = self.plan
        self._remind()
        self.assertEqual(self._sent(membership), [-30])

    def test_rule_before_the_period_or_the_window_does_not_count(self):
        month = self._create_plan(name="Month", period_months=1)
        membership = self._create_period(self.member, self.today, plan=month)
        self._remind()
        self.assertFalse(membership.reminder_ids, "bought a minute ago")
        other = self.env["res.partner"].create({"name": "B", "email": "b@b.example"})
        year = self._ending_in(60, other)
        self.plan.renewal_window_days = 30
        self._remind()
        self.assertFalse(year.reminder_ids, "he could not renew yet")

    def test_end_that_moved_is_reminded_anew(self):
        membership = self._ending_in(30)
        self._remind()
        later = self._day(60)
        membership.sudo().write({"date_end": later, "date_grace_end": later})
        self._remind()
        self._remind(30)
        self.assertEqual(self._sent(membership), [-30, -60, -30])

    def test_rules_may_be_changed(self):
        membership = self._ending_in(45)
        self.plan.reminder_ids = [Command.clear(), Command.create({"days": -45})]
        self._remind()
        self.assertEqual(self._sent(membership), [-45])
        self.plan.reminder_ids.days = -50
        self._remind()
        self.assertEqual(self._sent(membership), [-45], "what is later was said")

    @mute_logger("odoo.sql_db")
    def test_database_refuses_to_remind_twice(self):
        import psycopg2

        membership = self._ending_in(30)
        self._remind()
        line = membership.reminder_ids.sudo()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            line.copy()

    def test_rule_of_a_plan_is_checked(self):
        with self.assertRaises(ValidationError):
            self.plan.renewal_plan_id = self._create_plan(is_trial=True)
        family = self.env["club.plan.family"].create({"name": "Golf"})
        with self.assertRaises(ValidationError):
            self.plan.renewal_plan_id = self._create_plan(family_id=family.id)

    def test_migration_gives_old_plans_their_reminders(self):
        self.plan.reminder_ids.unlink()
        kept = self._create_plan(reminder_ids=[Command.create({"days": -5})])
        self.env["club.plan"].search(
            [("reminder_ids", "=", False)]
        )._add_default_reminders()
        self.assertEqual(len(self.plan.reminder_ids), 5)
        self.assertEqual(kept.reminder_ids.days, -5)

    def test_queries_do_not_grow_with_the_members(self):
        manager = new_test_user(self.env, "pm2", "club_community.group_club_user")

        def queries(count):
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"Person {index}",
                        "email": f"p{index}@example.com",
                        "club_manager_id": manager.id,
                    }
                    for index in range(count)
                ]
            )
            end = self._day(90)
            periods = self.env["club.membership"].create(
                [
                    {
                        "partner_id": person.id,
                        "plan_id": self.plan.id,
                        "date_start": end - timedelta(days=364),
                        "date_end": end,
                    }
                    for person in people
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            periods.sudo()._remind(self.today)
            self.env.flush_all()
            self.assertEqual(len(periods.reminder_ids), count)
            return self.env.cr.sql_log_count - before

        queries(4)
        few = queries(4)
        self.assertLessEqual(queries(40), few + 3)


@tagged("post_install", "-at_install")
class TestPipeline(RenewalCommon):
    def _line(self, membership):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["club.renewal"]
            .with_user(self.club_manager)
            .search([("id", "=", membership.id)])
        )

    def test_opened_at_ninety_sixty_and_thirty_days(self):
        membership = self._ending_in(100)
        for day, stage in (
            (9, None),
            (10, "4_90"),
            (40, "4_90"),
            (41, "3_60"),
            (70, "3_60"),
            (71, "2_30"),
            (100, "2_30"),
            (101, "1_grace"),
            (114, "1_grace"),
            (115, None),
        ):
            with self._on(day):
                line = self._line(membership)
                self.assertEqual(line.stage or None, stage, day)

    def test_what_was_sent_and_offered(self):
        membership = self._ending_in(60)
        line = self._line(membership)
        self.assertFalse(line.reminder_count or line.is_offered or line.is_automatic)
        self._run("ir_cron_club_remind")
        membership.with_user(self.club_manager).action_renew()
        line = self._line(membership)
        self.assertEqual(line.reminder_count, 1)
        self.assertEqual(line.last_reminder, self.today)
        self.assertTrue(line.is_offered)

    def test_gone_when_it_is_renewed(self):
        membership = self._ending_in(60)
        self._sell_and_pay()
        self.assertFalse(self._line(membership))

    def test_grouped_by_urgency(self):
        self._ending_in(60)
        other = self.env["res.partner"].create({"name": "B"})
        self._ending_in(5, other)
        groups = (
            self.env["club.renewal"]
            .with_user(self.club_manager)
            .formatted_read_group(
                [("partner_id", "in", (self.member | other).ids)],
                ["stage"],
                ["__count"],
            )
        )
        self.assertEqual([group["stage"] for group in groups], ["2_30", "4_90"])
