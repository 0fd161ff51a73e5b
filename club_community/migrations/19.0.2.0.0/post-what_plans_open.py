from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Levels are the first lines of the ledger of access; the nightly check, which
    runs at once, opens a row for every member."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    plans = env["club.plan"].with_context(active_test=False)
    plans.search([("grade_id", "!=", False)])._keep_level_line()
