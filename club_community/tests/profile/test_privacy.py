import json

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ProfileCommon


class PrivacyCommon(ProfileCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        golf = cls.env.ref("club_community.club_interest_golf")
        for code in ("dates", "portrait"):
            purpose = cls.env["club.consent.purpose"]._get(code)
            cls.person._club_answer_consent(purpose, True, "member")
        cls.person.with_user(cls.manager).write(
            {
                "club_channel": "phone",
                "club_sport_ids": [Command.set(golf.ids)],
                "club_goal_ids": [Command.create({"name": "Find a partner"})],
                "club_relative_ids": [
                    Command.create({"name": "Petya", "birthday": "2015-03-02"})
                ],
            }
        )
        cls.person._club_capture({cls._point("risk"): "seek"}, "survey", "s,1")


@tagged("post_install", "-at_install")
class TestExport(PrivacyCommon):
    def _export(self):
        data = self.person._club_export_data()
        return json.loads(json.dumps(data))

    def _fact(self, data, key):
        (fact,) = (fact for fact in data["facts"] if fact["key"] == key)
        return fact

    def test_all_that_is_known(self):
        self.person.with_user(self.manager).club_channel = "email"
        self.env["club.profile.access"]._note(self.person)
        data = self._export()
        self.assertEqual(data["person"]["Email"], "anna@example.com")
        fact = self._fact(data, "club_channel")
        self.assertEqual((fact["value"], fact["source"]), ("E-mail", "Manager"))
        self.assertEqual(
            [row["value"] for row in fact["history"]], ["Phone call", "E-mail"]
        )
        self.assertEqual(self._fact(data, "risk")["value"], "Likes risk")
        self.assertEqual(self._fact(data, "risk")["consent"], "Consent given")
        family = self._fact(data, "club_relative_ids")
        self.assertEqual(family["value"], "Petya, child, 2015-03-02")
        self.assertEqual(data["family"][0]["name"], "Petya")
        self.assertEqual(data["goals"][0]["name"], "Find a partner")
        self.assertEqual(len(data["consents"]), 2)
        self.assertTrue(data["readings"])
        self.assertEqual(data["club"]["Personal Manager"], self.manager.name)

    def test_what_was_there_before_the_ledger(self):
        """A club that installs us has contacts with a language already."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET club_food = 'No nuts' WHERE id = %s",
            self.person.ids,
        )
        self.env.invalidate_all()
        self.assertEqual(self._fact(self._export(), "club_food")["value"], "No nuts")

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        data = self.person.with_context(lang="ru_RU")._club_export_data()
        self.assertTrue(self._fact(data, "club_channel")["history"])

    def test_queries_do_not_grow_with_what_is_known(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.person._club_export_data()
            return self.env.cr.sql_log_count - start

        queries()
        few = queries()
        for number in range(20):
            self.person.club_pets = f"Cat {number}"
            self.person.club_goal_ids = [Command.create({"name": f"Goal {number}"})]
            self.person.club_relative_ids = [Command.create({"name": f"Son {number}"})]
        self.assertLessEqual(queries(), few + 1)


@tagged("post_install", "-at_install")
class TestAskErasure(PrivacyCommon):
    def test_a_task_with_a_deadline(self):
        request = self.person._club_ask_erasure()
        self.assertEqual(request, self.person._club_ask_erasure())
        task = self.person._club_erasure_activities()
        self.assertEqual(len(task), 1)
        self.assertTrue(task.user_id.has_group("club_community.group_club_manager"))
        today = fields.Date.context_today(self.person)
        self.assertEqual((task.date_deadline - today).days, 30)
        self.assertEqual(request.due, task.date_deadline)

    def test_refused_with_a_reason(self):
        request = self.person._club_ask_erasure()
        request.with_user(self.club_manager)._answer("refused", "A case is open")
        self.assertEqual(
            (request.state, request.user_id), ("refused", self.club_manager)
        )
        self.assertFalse(self.person._club_erasure_activities())
        with self.assertRaises(UserError):
            request._answer("done")
        self.assertNotEqual(request, self.person._club_ask_erasure())

    def test_nobody_writes_or_removes_it(self):
        request = self.person._club_ask_erasure().with_user(self.club_manager)
        for step in (lambda: request.write({"state": "done"}), request.unlink):
            with self.assertRaises(AccessError):
                step()
