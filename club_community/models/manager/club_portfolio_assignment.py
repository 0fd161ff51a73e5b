from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class ClubPortfolioAssignment(models.Model):
    """Who looked after whom, from when until when, and why that changed (S2.10).

    Written by whatever changes ``res.partner.club_manager_id``: a form, an import, a
    hand-over. A row is closed and never written anew, so what a manager did stays his.
    """

    _name = "club.portfolio.assignment"
    _description = "Personal Manager in Time"
    _order = "date_from desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Personal Manager",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    date_from = fields.Datetime(string="From", required=True, readonly=True)
    date_until = fields.Datetime(
        string="Until", readonly=True, help="Empty: looks after the person now."
    )
    days = fields.Integer(
        compute="_compute_days", help="How long it has been so, until today."
    )
    user_id = fields.Many2one(
        "res.users", string="Given By", readonly=True, ondelete="set null"
    )
    reason = fields.Char(readonly=True)

    # The ranges of one id stand for "equals", which gist has no operator for without
    # btree_gist.
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(partner_id, partner_id, '[]') WITH =,
            tsrange(date_from, date_until, '[)') WITH &&
        )""",
        "A person has one personal manager at a time.",
    )

    @api.depends("date_from", "date_until")
    def _compute_days(self):
        now = fields.Datetime.now()
        for row in self:
            row.days = ((row.date_until or now) - row.date_from).days

    @api.model
    def _follow(self, people):
        """Close and open rows until they say what the people's cards say.

        A number of queries that does not grow with the people. Whoever changes a
        person has written a new version of his row before: of two at once the second
        fails to serialise and is run again, so the rows never disagree.

        :param people: ``res.partner`` whose manager may have changed
        """
        # the trap: the person's row first; it is what two transactions meet at
        people.flush_recordset(["club_manager_id"])
        # sudo: history is written by nobody but what changes the manager
        people_sudo, rows = people.sudo(), self.sudo()
        open_rows = rows.search(
            [("partner_id", "in", people.ids), ("date_until", "=", False)]
        )
        now = fields.Datetime.now()
        left = open_rows.filtered(
            lambda row: row.manager_id != row.partner_id.club_manager_id
        )
        for begun, same in left.grouped(lambda row: max(row.date_from, now)).items():
            same.date_until = begun
        # the constraint must see the old rows closed before there are new ones
        left.flush_recordset(["date_until"])
        has = (open_rows - left).partner_id
        rows.create(
            [
                {
                    "partner_id": person.id,
                    "manager_id": person.club_manager_id.id,
                    "date_from": now,
                    "user_id": self.env.uid,
                    "reason": self.env.context.get("club_manager_reason") or False,
                }
                for person in people_sudo - has
                if person.club_manager_id
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: somebody types history"""
        self._check_history()
        return super().create(vals_list)

    def write(self, vals):
        """:raise AccessError: somebody writes history anew"""
        self._check_history()
        return super().write(vals)

    def _check_history(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Who looked after whom is history: change the personal manager "
                    "on the person, or hand people over."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(
                self.env._("Who looked after whom is history, so it is not removed.")
            )
