from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Say of every paid period what it was in the member's life: new, renewal..."""
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    cr.execute(
        "SELECT id FROM club_membership WHERE date_start IS NOT NULL AND kind IS NULL"
    )
    env["club.membership"].browse([row[0] for row in cr.fetchall()])._set_kinds()
