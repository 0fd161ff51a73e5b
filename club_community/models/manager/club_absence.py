from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

STATES = [("coming", "Coming"), ("now", "Away now"), ("over", "Over")]


class ClubAbsence(models.Model):
    """A manager is away, and somebody stands in for him (S2.10).

    In these days the deputy gets what would be the manager's, sees his people, and
    is the contact that the portal shows. Nothing is moved: the day after it is over
    all is as before.
    """

    _name = "club.absence"
    _description = "Absence of a Manager"
    _order = "date_from desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Who Is Away",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    deputy_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
        help="Sees the people of the other in these days, and gets what comes up.",
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_until = fields.Date(
        string="Until", required=True, help="The last day of the absence."
    )
    note = fields.Char(
        string="What to Know", help="For the deputy: what is under way, what to mind."
    )
    people_count = fields.Integer(string="People", compute="_compute_people_count")
    state = fields.Selection(STATES, compute="_compute_state", search="_search_state")

    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(user_id, user_id, '[]') WITH =,
            daterange(date_from, date_until, '[]') WITH &&
        )""",
        "There is an absence of this manager in these days already.",
    )
    _ends_after_start = models.Constraint(
        "CHECK(date_until >= date_from)", "The last day comes before the first."
    )
    _by_another = models.Constraint(
        "CHECK(user_id <> deputy_id)", "Nobody stands in for himself."
    )

    @api.constrains("deputy_id")
    def _check_deputy(self):
        """:raise ValidationError: the deputy could not see anything"""
        for row in self:
            # sudo: groups of others are not everybody's to see
            deputy = row.deputy_id.sudo()
            if not deputy.has_group("club_community.group_club_user"):
                raise ValidationError(
                    self.env._(
                        "%(name)s is no personal manager, so he would not see the "
                        "people: choose somebody else.",
                        name=deputy.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._forget_stand_ins()
        return rows

    def write(self, vals):
        res = super().write(vals)
        self._forget_stand_ins()
        return res

    def unlink(self):
        res = super().unlink()
        self._forget_stand_ins()
        return res

    def _forget_stand_ins(self):
        """A chain of deputies goes through absences of others: compute all anew."""
        self.env["res.users"].invalidate_model(
            ["club_stand_in_id", "club_away_until", "club_in_charge_ids"]
        )

    @api.depends("user_id")
    def _compute_people_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("club_manager_id", "in", self.user_id.ids)],
                ["club_manager_id"],
                ["__count"],
            )
        )
        for row in self:
            row.people_count = counts.get(row.user_id, 0)

    @api.depends("date_from", "date_until")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for row in self:
            if not (row.date_from and row.date_until):
                row.state = False
            elif row.date_from > today:
                row.state = "coming"
            else:
                row.state = "now" if row.date_until >= today else "over"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        begun, ended = (
            Domain("date_from", "<=", today),
            Domain("date_until", "<", today),
        )
        domains = {"coming": ~begun, "now": begun & ~ended, "over": ended}
        return Domain.OR(domains[state] for state in value if state in domains)

    def action_view_people(self):
        """The people of who is away."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_people_action"
        )
        return {
            **action,
            "domain": [("club_manager_id", "=", self.user_id.id)],
            "context": {},
        }
