from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_things import access_things
from .common import RightsCommon


@tagged("post_install", "-at_install", "security")
class TestRightsOfAccess(RightsCommon):
    """The buttons of the ledger, pressed by every role."""

    def setUp(self):
        super().setUp()
        self.row = access_things(self)["club.entitlement"].record

    def _press(self, role, model, button, record):
        """Whether somebody was let through."""
        try:
            self._rpc(role, model, button, record.ids)
        except AccessError:
            return False
        return True

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_benefit_is_served_by_who_may_see_it(self):
        allowed = {"manager_own", "club_manager", "club_admin"}
        for role in self.roles:
            with self.subTest(role):
                used = self.row.used
                pressed = self._press(role, "club.entitlement", "action_use", self.row)
                self.assertEqual(pressed, role in allowed)
                self.assertEqual(self.row.used, used + pressed)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_use_is_taken_back_by_a_club_manager_only(self):
        use = self.row.use_ids
        for role in sorted(self.roles.keys() - {"club_manager", "club_admin"}):
            with self.subTest(role):
                self.assertFalse(
                    self._press(role, "club.entitlement.use", "action_undo", use)
                )
                self.assertEqual(self.row.used, 1)
        self.assertTrue(
            self._press("club_manager", "club.entitlement.use", "action_undo", use)
        )
        self.assertEqual(self.row.used, 0)

    def test_steps_of_the_ledger_are_not_called_from_outside(self):
        for method in ("_use", "_rejoin", "_drive", "_reconcile", "_close", "_insert"):
            with self.assertRaisesRegex(AccessError, "Private methods"):
                self._rpc("club_admin", "club.entitlement", method, self.row.ids)
