from odoo import Command
from odoo.tests import new_test_user, tagged

from ...models.manager.club_meeting import REASON
from .test_meeting import MeetingCommon


@tagged("post_install", "-at_install")
class TestMeetingHandover(MeetingCommon):
    """A welcome meeting goes to the new manager with the person (S2.10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boris = new_test_user(
            cls.env,
            "boris",
            "club_community.group_club_user",
            name="Boris",
            email="boris@example.com",
            tz="Europe/Moscow",
        )

    def _hand_over(self):
        handover = self.env["club.handover"].create(
            {
                "from_manager_id": self.personal_manager.id,
                "to_manager_ids": [Command.set(self.boris.ids)],
                "reason": "Goes on leave",
                "partner_ids": [Command.set(self.member.ids)],
            }
        )
        handover.action_preview()
        handover.action_run()
        self._nightly("ir_cron_club_handover")
        self.env.invalidate_all()
        self.assertEqual(handover.state, "done")
        self.assertEqual(self.member.club_manager_id, self.boris)

    def _task(self):
        return self.member.activity_ids.filtered(lambda a: a.club_reason == REASON)

    def test_the_meeting_follows(self):
        meeting = self._agree()
        self._hand_over()
        event = meeting.event_id
        self.assertEqual((meeting.user_id, event.user_id), (self.boris,) * 2)
        self.assertEqual(event.partner_ids, self.boris.partner_id | self.member)
        self.assertEqual(self._task().user_id, self.boris)
        # the time is the old manager's again, and the new one's no more
        self.assertIn(meeting.start, self._free())
        self.assertNotIn(
            meeting.start, self.boris._club_free_times(self.company), "taken"
        )

    def test_it_stays_where_the_new_one_has_another(self):
        meeting = self._agree()
        other = self._people(1, club_manager_id=self.boris.id)
        self._create_period(other, self.today)
        his = self._agree(person=other)
        self.assertEqual((his.user_id, his.start), (self.boris, meeting.start))
        self._hand_over()
        event = meeting.event_id
        self.assertEqual((meeting.user_id, event.user_id), (self.personal_manager,) * 2)
        self.assertEqual(his.user_id, self.boris)
        self.assertEqual(self._task().user_id, self.personal_manager)
        self.assertIn("has another one at that time", self.member.message_ids[0].body)
