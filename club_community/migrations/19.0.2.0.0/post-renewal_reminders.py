from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Plans that were there before reminders were get the usual ones."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    plans = env["club.plan"].with_context(active_test=False)
    plans.search([("reminder_ids", "=", False)])._add_default_reminders()
