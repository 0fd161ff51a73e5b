from odoo import api, fields, models
from odoo.tools import SQL

from ..profile.club_contact import sql_column, sql_id, sql_is_ours


class ClubContact(models.Model):
    """An evening together is an informal contact."""

    _inherit = "club.contact"
    _depends = {
        "event.registration": [
            *("active", "state", "event_id", "club_attendee_id", "partner_id"),
            *("email", "name"),
        ],
        "event.event": ["name", "date_begin"],
    }

    channel = fields.Selection(selection_add=[("event", "Event")])

    @api.model
    def _sources(self):
        attended = self.env["res.partner"]._club_sql_attended()
        return [
            *super()._sources(),
            SQL(
                """
                SELECT %(id)s, r.person_id, r.day, 'event', NULL::int, FALSE, TRUE,
                       COALESCE(e.name ->> %(lang)s, e.name ->> 'en_US')
                  FROM (%(attended)s) r
                  JOIN event_event e ON e.id = r.event_id
                 WHERE NOT EXISTS (%(is_ours)s)
                 GROUP BY r.event_id, r.person_id, r.day, e.id
                """,
                id=sql_id(sql_column("r.event_id"), "r.person_id", 6),
                lang=self.env.lang or "en_US",
                attended=attended,
                is_ours=sql_is_ours("r.person_id"),
            ),
        ]
