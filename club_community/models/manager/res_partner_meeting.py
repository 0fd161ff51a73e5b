from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from .club_meeting import STATES


class ResPartner(models.Model):
    """The welcome meeting, as lists and rules of the journey ask for it."""

    _inherit = "res.partner"

    club_meeting_ids = fields.One2many(
        "club.meeting", "partner_id", string="Welcome Meetings", groups=CLUB_USER
    )
    club_meeting_state = fields.Selection(
        STATES,
        string="Welcome Meeting",
        compute="_compute_club_meeting",
        search="_search_club_meeting_state",
        groups=CLUB_USER,
        help="What has become of the last one that was agreed.",
    )
    club_meeting_on = fields.Datetime(
        string="Time of the Welcome Meeting",
        compute="_compute_club_meeting",
        groups=CLUB_USER,
    )

    @api.depends("club_meeting_ids.state", "club_meeting_ids.start")
    def _compute_club_meeting(self):
        for person in self:
            last = person.club_meeting_ids.sorted("id")[-1:]
            person.club_meeting_state = last.state
            person.club_meeting_on = last.start

    def _search_club_meeting_state(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_meeting_state"], "read")
        if operator != "in":
            return NotImplemented
        states = [state for state in value if state]
        found = Domain(
            "id",
            "in",
            SQL(
                "(SELECT l.partner_id FROM (%s) l WHERE l.state = ANY(%s))",
                self._club_last_meetings(),
                states,
            ),
        )
        if len(states) == len(set(value)):
            return found
        nobody = SQL("(SELECT partner_id FROM club_meeting)")
        return found | Domain("id", "not in", nobody)
