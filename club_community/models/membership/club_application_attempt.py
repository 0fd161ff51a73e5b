from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac

KEPT = timedelta(days=1)
WINDOW = timedelta(hours=1)
DEFAULT_LIMITS = {"address": 20, "email": 5}


class ClubApplicationAttempt(models.Model):
    """Who has lately tried to apply, so that nobody floods the club or a mailbox.

    A row per try and not a counter: two who insert never wait for each other. The
    address and the e-mail are kept as a keyed hash only, for a day.
    """

    _name = "club.application.attempt"
    _description = "Attempt to Apply"
    _log_access = False

    key = fields.Char(required=True)
    tried_on = fields.Datetime(required=True)

    _key_idx = models.Index("(key, tried_on)")
    _tried_on_idx = models.Index("(tried_on)")

    @api.model
    def _may_try(self, **keys):
        """Note a try and say whether it is within the limits.

        The note is written in a transaction of its own, and counted in another: the
        request may be undone, the note stays, and of any number of tries that arrive
        together no more pass than the limit says.

        :param keys: ``address`` and ``email``, whichever are known
        """
        hashed = {
            kind: f"{kind}:{hmac(self.env(su=True), 'club.apply', value)}"
            for kind, value in keys.items()
            if value
        }
        now = fields.Datetime.now()
        with self.env.registry.cursor() as cursor:
            for key in hashed.values():
                cursor.execute(
                    "INSERT INTO club_application_attempt (key, tried_on) "
                    "VALUES (%s, %s)",
                    [key, now],
                )
        limits = self._limits()
        with self.env.registry.cursor() as cursor:
            for kind, key in hashed.items():
                cursor.execute(
                    "SELECT count(*) FROM club_application_attempt "
                    "WHERE key = %s AND tried_on > %s",
                    [key, now - WINDOW],
                )
                if cursor.fetchone()[0] > limits[kind]:
                    return False
        return True

    @api.model
    def _limits(self):
        # sudo: parameters of the system; a public visitor has no rights on them
        parameters = self.env["ir.config_parameter"].sudo()
        limits = {}
        for kind, limit in DEFAULT_LIMITS.items():
            typed = parameters.get_param(f"club_community.apply_per_{kind}", "")
            limits[kind] = int(typed) if typed.isdigit() else limit
        return limits

    @api.autovacuum
    def _gc_attempts(self):
        self.env.cr.execute(
            "DELETE FROM club_application_attempt WHERE tried_on < %s",
            [fields.Datetime.now() - KEPT],
        )
