from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestContacts(ClubCommon):
    """Every contact counts (S0.16), and how soon we answer (S2.10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.member.club_manager_id = cls.personal_manager
        cls.other = cls.env["res.partner"].create(
            {"name": "Other", "email": "other@example.com"}
        )

    def _post(self, record, words="Good day", days=0, user=None, **vals):
        vals = {
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            **vals,
        }
        message = record.with_user(user or self.personal_manager).message_post(
            body=words, **vals
        )
        message.sudo().date = self.now - timedelta(days=days)
        return message

    def _letter_from(self, person, days, hours=0, **vals):
        return (
            self.env["mail.message"]
            .sudo()
            .create(
                {
                    "message_type": "email",
                    "model": "res.partner",
                    "res_id": person.id,
                    "author_id": person.id,
                    "date": self.now - timedelta(days=days, hours=hours),
                    "body": "Secret",
                    **vals,
                }
            )
        )

    def _contacts(self, person=None, user=None):
        self.env.flush_all()
        person = person or self.member
        return (
            self.env["club.contact"]
            .with_user(user or self.club_manager)
            .search([("partner_id", "=", person.id)])
        )

    def _activity(self, xml_id, **vals):
        return (
            self.env["mail.activity"]
            .with_user(self.personal_manager)
            .create(
                {
                    "activity_type_id": self.env.ref(xml_id).id,
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.member.id,
                    "user_id": self.personal_manager.id,
                    "summary": "Ask how it goes",
                    **vals,
                }
            )
        )

    def _meeting(self, **vals):
        start = self.now - timedelta(days=1)
        return (
            self.env["calendar.event"]
            .with_user(self.personal_manager)
            .create(
                {
                    "name": "Coffee",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": self.personal_manager.id,
                    "partner_ids": [Command.set(self.member.ids)],
                    **vals,
                }
            )
        )

    def _chat(self, days=0):
        channel = (
            self.env["discuss.channel"]
            .sudo()
            .create(
                {
                    "name": "Chat",
                    "channel_type": "group",
                    "channel_member_ids": [
                        Command.create({"partner_id": person.id})
                        for person in (self.member, self.personal_manager.partner_id)
                    ],
                }
            )
        )
        for author in (self.member, self.personal_manager.partner_id, self.member):
            self.env["mail.message"].sudo().create(
                {
                    "model": "discuss.channel",
                    "res_id": channel.id,
                    "message_type": "comment",
                    "author_id": author.id,
                    "date": self.now - timedelta(days=days),
                    "body": "Hi",
                }
            )

    # --- What is a contact ----------------------------------------------------------

    def test_kinds(self):
        before = self._contacts()
        self.assertFalse(before)
        self._post(self.member, subject="Invitation", days=1)
        self._post(self.member, message_type="email_outgoing", days=2)
        self._post(self.member, "Note", subtype_xmlid="mail.mt_note")  # is none
        self._post(self.other, partner_ids=self.member.ids, subject="Not his", days=3)
        self._letter_from(self.member, 4, subject="Question")
        self._activity("mail.mail_activity_data_call").action_feedback()
        self._activity("mail.mail_activity_data_todo").action_feedback()
        self._activity("mail.mail_activity_data_todo")  # open
        self._meeting()
        self._meeting(club_is_informal=True, privacy="private")
        self._meeting(
            start=self.now + timedelta(days=1), stop=self.now + timedelta(days=2)
        )
        self._chat(5)
        found = self._contacts()
        self.assertEqual(
            sorted(found.mapped(lambda c: (c.channel, c.manner, c.subject or ""))),
            [
                ("call", "formal", "Ask how it goes"),
                ("chat", "informal", ""),
                ("email", "formal", ""),
                ("email", "formal", "Question"),
                ("meeting", "formal", "Coffee"),
                ("meeting", "informal", ""),
                ("message", "formal", ""),
                ("message", "formal", "Invitation"),
                ("task", "formal", "Ask how it goes"),
            ],
        )
        self.assertEqual(len(set(found.ids)), 9)
        self.assertEqual(found.filtered("is_incoming").subject, "Question")
        ours = found.filtered(lambda c: not c.is_incoming)
        self.assertEqual(ours.user_id, self.personal_manager)
        self.assertNotIn("Secret", str(found.read()))
        # on the card
        person = self.member.with_user(self.club_manager)
        self.assertEqual(
            (person.club_contact_count, person.club_informal_share), (9, 22)
        )
        action = person.action_club_contacts()
        self.assertEqual(self.env["club.contact"].search(action["domain"]), found)
        people = person.search([("club_contact_count", ">", 8)])
        self.assertEqual(people, person)
        self.assertIn(
            self.env.company.partner_id, person.search([("club_contact_count", "=", 0)])
        )

    def test_as_the_last_contact_judges(self):
        """A letter is a contact here if and only if it moves the last contact."""
        for number, (vals, user) in enumerate(
            (
                ({}, self.personal_manager),
                ({"message_type": "email_outgoing"}, self.personal_manager),
                ({"message_type": "notification"}, self.personal_manager),
                ({"subtype_xmlid": "mail.mt_note"}, self.personal_manager),
                (
                    {
                        "subtype_xmlid": "mail.mt_note",
                        "mail_activity_type_id": self.env.ref(
                            "mail.mail_activity_data_call"
                        ).id,
                    },
                    self.personal_manager,
                ),
                ({}, self.env.ref("base.user_root")),
            )
        ):
            person = self.env["res.partner"].create({"name": f"P {number}"})
            with self.subTest(number):
                person.with_user(user).message_post(
                    **{
                        "body": "Hi",
                        "message_type": "comment",
                        "subtype_xmlid": "mail.mt_comment",
                        **vals,
                    }
                )
                person.invalidate_recordset()
                self.assertEqual(
                    self._contacts(person).mapped("channel"),
                    [c for c in [person.club_last_contact_channel] if c],
                )

    def test_an_evening_is_informal(self):
        event = self.env["event.event"].create(
            {
                "name": "Evening",
                "date_begin": self.now - timedelta(days=2),
                "date_end": self.now - timedelta(days=1),
            }
        )
        self.env["event.registration"].create(
            [
                {"event_id": event.id, "partner_id": self.member.id, "state": "done"}
                for _seat in range(2)
            ]
        )
        found = self._contacts()
        self.assertEqual(found.mapped("channel"), ["event"])
        self.assertEqual(found.manner, "informal")
        self.assertEqual(found.subject, "Evening")

    # --- Answers --------------------------------------------------------------------

    def test_two_medians_side_by_side(self):
        self._create_period(self.member, self.today - timedelta(days=100))
        self.env.flush_all()
        for days, hours in ((200, 2), (190, 4), (180, 90), (50, 10), (40, 20)):
            self._letter_from(self.member, days, hours)
            self._letter_from(self.member, days, hours / 2)  # asks again
            self._post(self.member, days=days)
        self._letter_from(self.member, 1)
        self.env.flush_all()
        response = self.env["club.response"].with_user(self.club_manager)
        rows = response._read_group(
            [("partner_id", "=", self.member.id)],
            ["moment"],
            ["hours:avg", "__count", "waiting:sum"],
        )
        self.assertEqual(
            {moment: (round(hours, 3), *rest) for moment, hours, *rest in rows},
            {"before": (4, 3, 0), "after": (15, 3, 1)},
        )

    # --- Rights and size ------------------------------------------------------------

    def test_own_portfolio(self):
        self._post(self.member)
        self._post(self.other)
        for user, count in ((self.personal_manager, 0), (self.club_manager, 1)):
            self.assertEqual(len(self._contacts(self.other, user)), count)
        self.assertEqual(len(self._contacts(self.member, self.personal_manager)), 1)
        for model in ("club.contact", "club.response"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.employee).search([("id", "!=", 0)])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.employee).search(
                [("club_contact_count", ">", 0)]
            )

    def test_queries_do_not_grow(self):
        people = self.env["res.partner"].create([{"name": f"P {n}"} for n in range(30)])
        for person in people:
            self._post(person)
        costs = []
        for some in (people[:3], people[:3], people):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("club_contact_count")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*costs[1:])
