from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac

PER_DAY = 10


class ClubApplicationAttempt(models.Model):
    """A member invites so many people a day: the letters are the club's."""

    _inherit = "club.application.attempt"

    @api.model
    def _may_invite(self, member):
        """Note a try and say whether it is within the day's limit.

        In transactions of their own, as ``_may_try``: whoever is refused has tried.
        The limit is ``club_community.invite_per_day`` of the system's parameters.

        :param member: the ``res.partner`` who invites
        """
        key = hmac(self.env(su=True), "club.invite", str(member.id))
        key, now = f"invite:{key}", fields.Datetime.now()
        with self.env.registry.cursor() as cursor:
            cursor.execute(
                "INSERT INTO club_application_attempt (key, tried_on) VALUES (%s, %s)",
                [key, now],
            )
        # sudo: parameters of the system; a member has no rights on them
        parameters = self.env["ir.config_parameter"].sudo()
        typed = parameters.get_param("club_community.invite_per_day", "")
        with self.env.registry.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM club_application_attempt "
                "WHERE key = %s AND tried_on > %s",
                [key, now - timedelta(days=1)],
            )
            tries = cursor.fetchone()[0]
        return tries <= (int(typed) if typed.isdigit() else PER_DAY)
