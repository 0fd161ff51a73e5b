from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestInUse(JourneyCommon):
    """What history points to is archived, and not removed with the history."""

    def _assert_kept(self, record):
        with self.assertRaisesRegex(UserError, "archive it instead"):
            record.with_user(self.club_admin).unlink()
        self.assertTrue(record.exists())

    def test_a_stage_with_a_history(self):
        self._move(self.member, self.here)
        self._move(self.member, self.there)
        self._assert_kept(self.here)
        self._assert_kept(self.there)

    def test_a_stage_of_a_rule_and_a_rule_that_has_moved_somebody(self):
        rule = self._rule(self.here, f"[('id', '=', {self.member.id})]")
        self._assert_kept(self.here)
        self._nightly()
        self._assert_kept(rule)

    def test_a_segment_and_a_stage_of_the_matrix(self):
        segment = self.env["club.segment"].create({"name": "All", "domain": "[]"})
        self.env["club.playbook"].create(
            {"segment_id": segment.id, "stage_id": self.here.id}
        )
        self._assert_kept(segment)
        self._assert_kept(self.here)

    def test_a_step_of_a_newcomer_and_a_level_of_trust(self):
        self._sell_and_pay()
        step = self.member.club_onboarding_ids.line_ids.step_id[:1]
        self.assertTrue(step)
        self._assert_kept(step)
        level = self.env["club.trust.level"].search([("active", "=", True)], limit=1)
        self.env["club.trust"].create(
            {"partner_id": self.member.id, "level_id": level.id}
        )
        self._assert_kept(level)

    def test_what_nobody_uses_goes(self):
        self.here.unlink()
        self.assertFalse(self.here.exists())
