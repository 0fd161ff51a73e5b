from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ProfileCommon


@tagged("post_install", "-at_install")
class TestLastContact(ProfileCommon):
    def _contact(self, person=None):
        person = person or self.person
        person.invalidate_recordset()
        return (
            person.club_last_contact_channel,
            person.club_last_contact_user_id,
            person.club_last_contact_subject,
        )

    def _post(self, record, words, title=None, **vals):
        return record.message_post(body=words, subject=title, **vals)

    def _activity(self, xml_id, record=None, **vals):
        record = record or self.person
        return (
            self.env["mail.activity"]
            .with_user(self.manager)
            .create(
                {
                    "activity_type_id": self.env.ref(xml_id).id,
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    "user_id": self.manager.id,
                    "summary": "Ask how it goes",
                    **vals,
                }
            )
        )

    def test_a_message_on_the_card(self):
        self.assertEqual(self._contact()[0], False)
        self._post(
            self.person.with_user(self.manager),
            "Good day!\nHow are you?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._contact(), ("message", self.manager, "Good day!"))
        self.assertFalse(self._rows("club_last_contact_on"))
        self.assertEqual(self.person.club_completeness, 0)

    def test_what_is_no_contact(self):
        person = self.person.with_user(self.manager)
        self._post(person, "A note for colleagues")  # stock: a note
        self._post(
            person,
            "Changed",
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )
        # a job writes
        self._post(
            self.person,
            "Your invoice",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        # somebody is mentioned in a channel
        channel = self.env["discuss.channel"].create({"name": "Team"})
        self._post(
            channel.with_user(self.manager),
            "Look at him",
            message_type="comment",
            partner_ids=self.person.ids,
        )
        self.assertEqual(self._contact()[0], False)

    def test_a_call_note_is_one(self):
        call = self.env.ref("mail.mail_activity_data_call")
        self._post(
            self.person.with_user(self.manager),
            "Spoke of golf",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            mail_activity_type_id=call.id,
        )
        self.assertEqual(self._contact(), ("call", self.manager, "Spoke of golf"))

    def test_a_letter_from_another_paper(self):
        lead = self.env["crm.lead"].create({"name": "Deal", "user_id": self.manager.id})
        self._post(
            lead.with_user(self.manager),
            "Secret words",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )
        self.assertEqual(self._contact(), ("message", self.manager, "Deal"))

    def test_a_letter_by_template(self):
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "An invitation",
                "body_html": "<p>Come!</p>",
                "partner_to": "{{ object.id }}",
                "email_from": self.manager.email_formatted,
            }
        )
        template.send_mail(self.person.id)
        self.assertEqual(self._contact()[0], False, "the system wrote it")
        template.with_user(self.manager).send_mail(self.person.id)
        self.assertEqual(self._contact(), ("email", self.manager, "An invitation"))

    def test_an_incoming_letter(self):
        self._post(
            self.person,
            "Thank you",
            message_type="email",
            title="Re: golf",
            author_id=self.person.id,
            subtype_xmlid="mail.mt_comment",
        )
        nobody = self.env["res.users"]
        self.assertEqual(self._contact(), ("email", nobody, "Re: golf"))
        self._post(
            self.person,
            "Hi",
            message_type="email",
            author_id=self.manager.partner_id.id,
        )
        self.assertEqual(self._contact(self.manager.partner_id)[0], False)

    def test_done_activities(self):
        for xml_id, channel in (
            ("mail.mail_activity_data_todo", "task"),
            ("mail.mail_activity_data_call", "call"),
            ("mail.mail_activity_data_meeting", "meeting"),
            ("mail.mail_activity_data_email", "email"),
        ):
            self.env.cr.execute("UPDATE res_partner SET club_last_contact_on = NULL")
            self._activity(xml_id).action_feedback()
            self.assertEqual(
                self._contact(), (channel, self.manager, "Ask how it goes")
            )
        self.env.cr.execute("UPDATE res_partner SET club_last_contact_on = NULL")
        document = self.env.ref("mail.mail_activity_data_upload_document")
        self._activity("mail.mail_activity_data_upload_document").action_feedback()
        self.assertEqual(document.category, "upload_file")
        self.person.invalidate_recordset()
        self.assertFalse(self.person.club_last_contact_on)

    def test_a_call_about_his_lead(self):
        lead = self.env["crm.lead"].create(
            {"name": "Deal", "partner_id": self.person.id, "user_id": self.manager.id}
        )
        self._activity("mail.mail_activity_data_todo", lead).action_feedback()
        self.assertEqual(self._contact()[0], False, "a task is about the paper")
        self._activity("mail.mail_activity_data_call", lead).action_feedback()
        self.assertEqual(self._contact()[0], "call")

    def test_held_meetings(self):
        now = fields.Datetime.now()
        absent = self.env["res.partner"].create({"name": "Absent"})
        values = {
            "name": "Lunch",
            "user_id": self.manager.id,
            "start": now - timedelta(hours=3),
            "stop": now - timedelta(hours=2),
            "partner_ids": [
                Command.set((self.person | absent | self.manager.partner_id).ids)
            ],
        }
        Event = self.env["calendar.event"]
        held = Event.create(values)
        held.attendee_ids.filtered(lambda a: a.partner_id == absent).state = "declined"
        Event.create({**values, "name": "Later", "stop": now + timedelta(hours=1)})
        self._run_cron("ir_cron_club_meetings")
        self.assertEqual(self._contact(), ("meeting", self.manager, "Lunch"))
        self.assertEqual(self.person.club_last_contact_on, held.stop)
        self.assertEqual(self._contact(absent)[0], False)
        self.assertEqual(self._contact(self.manager.partner_id)[0], False)
        people = {row[0] for row in Event._club_held()}
        self.assertNotIn(self.person.id, people)
        Event.create({**values, "stop": now - timedelta(hours=1), "privacy": "private"})
        self._run_cron("ir_cron_club_meetings")
        self.assertEqual(self._contact(), ("meeting", self.manager, False))

    def test_only_a_newer_contact_moves_it(self):
        now = fields.Datetime.now()
        people = self.person | self.manager.partner_id
        people._club_touched(now, "call", self.manager, "x" * 300)
        self.person._club_touched(now - timedelta(days=1), "email", None, "Old")
        self.assertEqual(self._contact(), ("call", self.manager, "x" * 120))
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        firm._club_touched(now, "call")
        self.assertFalse(firm.club_last_contact_on)

    def test_nobody_types_it(self):
        person = self.person.with_user(self.manager)
        with self.assertRaisesRegex(AccessError, "letters, calls and meetings"):
            person.club_last_contact_on = fields.Datetime.now()
        with self.assertRaises(AccessError):
            person.create({"name": "New", "club_last_contact_channel": "call"})
        self.person._club_touched(fields.Datetime.now(), "call")
        self.assertFalse(self.person.copy().club_last_contact_on)
        with self.assertRaises(AccessError):
            self.person.with_user(self.employee).read(["club_last_contact_on"])
        points = self.env["club.profile.point"].search([("is_derived", "=", True)])
        self.assertIn("club_last_contact_on", points.mapped("key"))
        for audience in ("manager", "member", "bot"):
            self.assertFalse(points & points._askable(audience))

    def test_who_has_not_been_talked_to(self):
        search = self.env.ref("club_community.club_member_view_search_contact").arch
        self.assertIn("today -60d", search)
        quiet = [
            "|",
            ("club_last_contact_on", "=", False),
            ("club_last_contact_on", "<", "today -60d"),
            ("id", "=", self.person.id),
        ]
        Partner = self.env["res.partner"].with_user(self.manager)
        self.assertTrue(Partner.search(quiet))
        self.person._club_touched(
            fields.Datetime.now() - timedelta(days=62), "call", self.manager
        )
        self.assertTrue(Partner.search(quiet))
        self.person._club_touched(
            fields.Datetime.now() - timedelta(days=58), "call", self.manager
        )
        self.assertFalse(Partner.search(quiet))

    def test_merging_keeps_the_latest(self):
        now = fields.Datetime.now()
        twin = self.env["res.partner"].create(
            {"name": "Anna Petrova", "email": "anna@example.com"}
        )
        self.person._club_touched(now - timedelta(days=1), "call", self.manager, "Old")
        twin._club_touched(now, "email", self.other_manager, "New")
        merger = new_test_user(
            self.env,
            "merger",
            "club_community.group_club_manager,base.group_erp_manager",
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(merger)
        wizard.create({})._merge((self.person | twin).ids, self.person)
        self.assertEqual(self._contact(), ("email", self.other_manager, "New"))

    def test_queries_do_not_grow_with_the_people(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [{"name": f"P {n}"} for n in range(count)]
            )
            lead = self.env["crm.lead"].create(
                {"name": "Deal", "user_id": self.manager.id}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            values = [
                {
                    "message_type": "comment",
                    "model": "crm.lead",
                    "res_id": lead.id,
                    "body": "Hi",
                    "partner_ids": [Command.link(person.id)],
                    "author_id": self.manager.partner_id.id,
                }
                for person in people
            ]
            messages = self.env["mail.message"].with_user(self.manager)
            made = messages.create(values)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            made._club_touch()
            return self.env.cr.sql_log_count - start

        queries(1)
        self.assertEqual(queries(3), queries(30))


@tagged("post_install", "-at_install")
class TestTenure(ProfileCommon):
    def test_days_without_a_gap(self):
        self.env.cr.execute(
            "UPDATE res_partner SET club_since = '2026-01-01', "
            "club_valid_until = '2026-12-31' WHERE id = %s",
            self.person.ids,
        )
        self.person.invalidate_recordset()
        Partner = self.env["res.partner"]
        for today, days in (("2026-03-02", 60), ("2027-06-01", 364), ("2025-06-01", 0)):
            with freeze_time(today):
                self.person.invalidate_recordset()
                self.assertEqual(self.person.club_tenure_days, days)
                for operator, number, found in (
                    (">=", days, True),
                    (">", days, False),
                    ("<", days, False),
                    ("<=", days, True),
                    ("=", days, True),
                    ("!=", days, False),
                ):
                    domain = [
                        ("club_tenure_days", operator, number),
                        ("id", "=", self.person.id),
                    ]
                    self.assertEqual(bool(Partner.search(domain)), found, domain)
