from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..membership.res_partner import CLUB_USER
from .club_date import CODE_OF_POINT

_COMPARISONS = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}


class ResPartner(models.Model):
    """The person's next important date, and what a withdrawn consent means for it."""

    _inherit = "res.partner"

    club_next_date = fields.Date(
        string="Next Important Date",
        compute="_compute_club_next_date",
        search="_search_club_next_date",
        groups=CLUB_USER,
    )
    club_next_occasion = fields.Char(
        string="Next Occasion", compute="_compute_club_next_date", groups=CLUB_USER
    )

    def _compute_club_next_date(self):
        # sudo: the columns' groups have decided who may know
        days = (
            self.env["club.date"]
            .sudo()
            .search_fetch(
                [("partner_id", "in", self.ids)],
                ["partner_id", "date", "kind_id", "whose"],
            )
        )
        by_person = days.grouped("partner_id")
        for partner in self:
            following = by_person.get(partner._origin, days.browse())[:1]
            occasion = (following.kind_id.name, following.whose)
            partner.club_next_date = following.date
            partner.club_next_occasion = ", ".join(filter(None, occasion))

    def _search_club_next_date(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_next_date"], "read")
        self.env.flush_all()
        dates = self.env["club.date"]._table_query
        if operator == "in":
            # whoever has none is found by an empty value
            days = tuple(day for day in value if day)
            found = Domain.FALSE
            if days:
                found |= self._club_with_next_date(dates, SQL("IN %s", days))
            if len(days) < len(value):
                any_date = SQL("(SELECT partner_id FROM (%s) d)", dates)
                found |= Domain("id", "not in", any_date)
            return found
        if operator not in _COMPARISONS or not value:
            return NotImplemented
        compared = SQL("%s %s", _COMPARISONS[operator], value)
        return self._club_with_next_date(dates, compared)

    @api.model
    def _club_with_next_date(self, dates, compared):
        """The people whose first coming date compares so, as a domain."""
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT partner_id FROM (%s) d
                     GROUP BY partner_id HAVING min(date) %s)""",
                dates,
                compared,
            ),
        )

    def _club_last_contact_text(self):
        """When, how and with whom of the club the last contact was; empty for none."""
        self.ensure_one()
        if not self.club_last_contact_on:
            return ""
        channels = self._fields["club_last_contact_channel"]
        labels = dict(channels._description_selection(self.env))
        parts = (
            format_date(self.env, self.club_last_contact_on),
            labels.get(self.club_last_contact_channel),
            self.club_last_contact_user_id.name,
            self.club_last_contact_subject,
        )
        return ", ".join(filter(None, parts))

    # --- A no to greetings ----------------------------------------------------------

    @api.model
    def _club_date_codes(self, points):
        return [
            CODE_OF_POINT[key] for key in points.mapped("key") if key in CODE_OF_POINT
        ]

    @api.model
    def _club_answer_consents(self, answers, *args, **kwargs):
        """After a no to greetings no task of any date is left."""
        res = super()._club_answer_consents(answers, *args, **kwargs)
        refused = [
            person.id
            for person, purpose, given, _wording in answers
            if not given and purpose.code == "dates"
        ]
        self.browse(refused)._club_drop_reminders()
        return res

    def _club_forget_points(self, points, source="member"):
        """With a date its tasks go: they speak of it."""
        res = super()._club_forget_points(points, source)
        if codes := self._club_date_codes(points):
            self._club_drop_reminders(codes)
        return res

    def _club_drop_reminders(self, codes=None):
        """Remove the tasks for these people's dates, done ones too.

        :param codes: of these kinds only, see ``club_date.CODES``
        """
        domain = Domain("partner_id", "in", self.ids)
        if codes is not None:
            domain &= Domain("kind_id.code", "in", codes)
        # sudo: the person who says no has no rights on club models
        reminders_sudo = self.env["club.date.reminder"].sudo()
        reminders_sudo = reminders_sudo.with_context(active_test=False).search(domain)
        reminders_sudo.activity_id.unlink()
        reminders_sudo.unlink()
