from odoo import SUPERUSER_ID, api

from odoo.addons.club_community.models.referral.club_referral_bind import Touch


def migrate(cr, version):
    """Members get their codes; whoever was noted as brought gets his binding.

    When that was nobody knows: the day the contact was made, or the first paid period
    if that is earlier.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    people = env["res.partner"].search(
        [("club_referrer_id", "!=", False), ("club_was_referred_ids", "=", False)]
    )
    env["club.referral"]._bind(
        [
            Touch(
                person.club_referrer_id,
                person,
                way="import",
                on=min(filter(None, [person.create_date.date(), person.club_joined])),
                company=person.company_id or None,
            )
            for person in people
        ]
    )
    env["res.partner"].search([("club_joined", "!=", False)])._club_give_codes()
