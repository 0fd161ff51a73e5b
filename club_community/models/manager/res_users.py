from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date

CLUB_USER = "club_community.group_club_user"
USUAL_CAPACITY = 100


class ResUsers(models.Model):
    """How many people a manager can look after, where, and who stands in for him."""

    _inherit = "res.users"

    club_capacity = fields.Integer(
        string="People He Can Look After",
        default=USUAL_CAPACITY,
        groups=CLUB_USER,
        help="The distribution gives him no more than that. 0: he gets nobody.",
    )
    club_chapter_ids = fields.Many2many(
        "club.chapter",
        "club_chapter_users_rel",
        "user_id",
        "chapter_id",
        string="Cities He Works For",
        groups=CLUB_USER,
        help="The distribution gives him people of these cities first. None: of all.",
    )
    club_absence_ids = fields.One2many(
        "club.absence", "user_id", string="Absences", groups=CLUB_USER
    )
    club_in_charge_ids = fields.Many2many(
        "res.users",
        string="Who Is in Charge Today",
        compute="_compute_club_in_charge_ids",
        search="_search_club_in_charge_ids",
        groups=CLUB_USER,
        help="He himself, and while he is away, his deputy: who sees his people.",
    )

    club_stand_in_id = fields.Many2one(
        "res.users",
        string="Does His Work Today",
        compute="_compute_club_stand_in",
        groups=CLUB_USER,
        help="He himself; while he is away, his deputy.",
    )
    club_away_until = fields.Date(
        string="Away Until", compute="_compute_club_stand_in", groups=CLUB_USER
    )

    _club_capacity_positive = models.Constraint(
        "CHECK(club_capacity >= 0)", "The number of people cannot be negative."
    )

    @api.depends(
        "club_absence_ids.date_from",
        "club_absence_ids.date_until",
        "club_absence_ids.deputy_id",
    )
    def _compute_club_in_charge_ids(self):
        away = self._club_absences()
        for user in self:
            found = away.get(user.id)
            user.club_in_charge_ids = user._origin | (
                found.deputy_id if found else user.browse()
            )

    def _search_club_in_charge_ids(self, operator, value):
        """Rules search by it: their domain is kept, and this is asked each time.

        So a deputy sees the other's people from the first day of the absence to the
        last, and nothing has to be told on either.
        """
        self._check_field_access(self._fields["club_in_charge_ids"], "read")
        if operator != "in":
            return NotImplemented
        ids = [user_id for user_id in value if isinstance(user_id, int)]
        self.env["club.absence"].flush_model(
            ["user_id", "deputy_id", "date_from", "date_until"]
        )
        looked_after = SQL(
            """(SELECT unnest(%(ids)s::int[]) UNION ALL
                SELECT user_id FROM club_absence
                 WHERE deputy_id = ANY(%(ids)s)
                   AND %(today)s BETWEEN date_from AND date_until)""",
            ids=ids,
            today=fields.Date.context_today(self),
        )
        return Domain("id", "in", looked_after)

    def _club_absences(self):
        """``{user id: club.absence}`` of those who are away today; one query."""
        today = fields.Date.context_today(self)
        # sudo: asked by jobs and for members
        rows = (
            self.env["club.absence"]
            .sudo()
            .search(
                [
                    ("user_id", "in", self.ids),
                    ("date_from", "<=", today),
                    ("date_until", ">=", today),
                ]
            )
        )
        return {row.user_id.id: row for row in rows}

    @api.depends(
        "club_absence_ids.date_from",
        "club_absence_ids.date_until",
        "club_absence_ids.deputy_id",
    )
    def _compute_club_stand_in(self):
        """A deputy who is away himself is stood in for by his own.

        Where all of them are away, or have left the house, it is the manager himself,
        as ever. As a field it is found for all managers of a screen or a batch at once.
        """
        # sudo: asked by jobs and for members
        users = self.sudo()
        chains = {user.id: user for user in users}
        absences, asked = {}, users.browse()
        while new := users.browse().union(*chains.values()) - asked:
            asked |= new
            absences |= new._club_absences()
            for user_id, chain in chains.items():
                row = absences.get(chain[-1:].id)
                if row and row.deputy_id.active and row.deputy_id not in chain:
                    chains[user_id] = chain + row.deputy_id
        for user in users:
            last = chains[user.id][-1:]
            row = absences.get(user.id)
            user.club_away_until = row.date_until if row else False
            user.club_stand_in_id = last if last.id not in absences else user

    def _club_stand_ins(self):
        """Who does today what these managers would do, and why it is not they.

        :return: ``{user id: (res.users, words)}``; words are empty where it is he
        """
        found = {}
        # sudo: asked by jobs and for members
        for user in self.sudo():
            deputy, words = user.club_stand_in_id, ""
            if deputy != user:
                words = self.env._(
                    "For %(manager)s, who is away until %(day)s.",
                    manager=user.name,
                    day=format_date(self.env, user.club_away_until),
                )
            found[user.id] = (deputy.sudo(False), words)
        return found
