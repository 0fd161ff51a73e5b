from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

_TYPED = {"capacity": "club_capacity", "chapter_ids": "club_chapter_ids"}


class ClubPortfolio(models.Model):
    """The managers with what they have to do: one row per manager (S2.10).

    A view of users, people and activities, so it is right at any moment; the id is
    the user's. Capacity and cities are kept on the user and may be typed here, since
    a club manager has no rights on users.
    """

    _name = "club.portfolio"
    _description = "Manager with His People"
    _auto = False
    _order = "load desc, people desc, id"
    _rec_name = "user_id"
    _depends = {
        "res.users": ["club_capacity", "active", "share"],
        "res.partner": ["club_manager_id", "club_state", "active"],
        "mail.activity": ["user_id", "date_deadline", "active"],
        "club.absence": ["user_id", "deputy_id", "date_from", "date_until"],
    }

    user_id = fields.Many2one("res.users", string="Manager", readonly=True)
    company_ids = fields.Many2many(related="user_id.company_ids")
    chapter_ids = fields.Many2many(related="user_id.club_chapter_ids", readonly=False)
    capacity = fields.Integer(
        help="How many people he can look after. The distribution gives him no more."
    )
    people = fields.Integer(readonly=True, help="Whose personal manager he is.")
    members = fields.Integer(
        readonly=True, help="Of them, whose membership is open today."
    )
    load = fields.Integer(
        string="Load, %",
        readonly=True,
        aggregator="avg",
        help="His people, of all that he can look after. Over 100: too many.",
    )
    open_count = fields.Integer(string="Open Activities", readonly=True)
    overdue_count = fields.Integer(string="Overdue", readonly=True)
    away_until = fields.Date(readonly=True, help="He is away; this day included.")
    deputy_id = fields.Many2one("res.users", readonly=True)

    @property
    def _table_query(self):
        # sudo: who is a manager is no secret among them
        group = self.env.ref("club_community.group_club_user").sudo()
        return SQL(
            """
            SELECT u.id, u.id AS user_id, u.club_capacity AS capacity,
                   COALESCE(portfolio.people, 0) AS people,
                   COALESCE(portfolio.members, 0) AS members,
                   CASE WHEN u.club_capacity > 0
                        THEN round(100.0 * COALESCE(portfolio.people, 0)
                                   / u.club_capacity)::int
                        WHEN portfolio.people > 0 THEN 999 ELSE 0 END AS load,
                   COALESCE(task.open_count, 0) AS open_count,
                   COALESCE(task.overdue_count, 0) AS overdue_count,
                   away.date_until AS away_until, away.deputy_id
              FROM res_users u
         LEFT JOIN (
                SELECT club_manager_id, count(*) AS people,
                       count(*) FILTER (WHERE club_state IN ('active', 'grace'))
                           AS members
                  FROM res_partner
                 WHERE club_manager_id IS NOT NULL AND active
              GROUP BY club_manager_id
              ) portfolio ON portfolio.club_manager_id = u.id
         LEFT JOIN (
                SELECT user_id, count(*) AS open_count,
                       count(*) FILTER (WHERE date_deadline < %(today)s)
                           AS overdue_count
                  FROM mail_activity
                 WHERE active AND user_id IS NOT NULL
              GROUP BY user_id
              ) task ON task.user_id = u.id
         LEFT JOIN club_absence away
                ON away.user_id = u.id
               AND %(today)s BETWEEN away.date_from AND away.date_until
             WHERE u.active AND u.share IS NOT TRUE
               AND (u.id = ANY(%(managers)s) OR portfolio.people > 0)
               AND u.id <> %(robot)s
            """,
            today=fields.Date.context_today(self),
            managers=group.all_user_ids.ids,
            robot=self.env.ref("base.user_root").id,
        )

    def write(self, vals):
        """Put capacity and cities on the user.

        :raise AccessError: anything else is written, or the user is no club manager
        """
        self.check_access("write")
        if wrong := vals.keys() - _TYPED.keys():
            raise AccessError(
                self.env._("“%(field)s” follows by itself.", field=sorted(wrong)[0])
            )
        # sudo: a club manager says how much his managers can do, and nothing else
        self.user_id.sudo().write({_TYPED[name]: vals[name] for name in vals})
        self.env.flush_all()
        self.invalidate_recordset()
        return super().write({})  # a view has no columns of its own

    @api.model
    def _everybody(self):
        """Managers who can be given people: whoever has a capacity."""
        return self.search([("capacity", ">", 0)]).user_id

    def action_view_people(self):
        """His people."""
        return self._action_of(
            "club_people_action", [("club_manager_id", "=", self.id)]
        )

    def action_view_activities(self):
        """What he has to do."""
        action = self._action_of("club_portfolio_activity_action", [])
        return {**action, "domain": [("user_id", "=", self.id)]}

    def action_hand_over(self):
        """Begin to hand his people over."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_handover_action"
        )
        return {
            **action,
            "views": [(False, "form")],
            "view_mode": "form",
            "context": {
                "default_kind": "handover",
                "default_from_manager_id": self.user_id.id,
            },
        }

    def _action_of(self, xmlid, domain):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(f"club_community.{xmlid}")
        return {**action, "domain": domain, "context": {}}
