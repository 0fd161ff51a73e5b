from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """People who have a manager by now get the open row of their history.

    Since when nobody knows; the day of the update is what can be said of it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    people = env["res.partner"].search([("club_manager_id", "!=", False)])
    reason = "Looked after the person before histories were kept"
    env["club.portfolio.assignment"].with_context(club_manager_reason=reason)._follow(
        people
    )
