from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class ClubDayLoad(models.Model):
    """How much each manager has on his hands now: for the club manager (S4.05).

    A row for every personal manager, also for those who have nobody yet.
    """

    _name = "club.day.load"
    _description = "Load of a Manager"
    _auto = False
    _order = "overdue_count desc, open_count desc, id"
    _rec_name = "user_id"
    _depends = {
        "res.users": ["active", "share", "group_ids"],
        "res.partner": ["active", "club_manager_id", "club_state"],
        "mail.activity": ["active", "res_model", "user_id", "date_deadline"],
        "calendar.event": ["active", "user_id", "start"],
    }

    user_id = fields.Many2one("res.users", string="Manager", readonly=True)
    person_count = fields.Integer(string="People", readonly=True)
    member_count = fields.Integer(
        string="Members", readonly=True, help="Whose membership is live."
    )
    open_count = fields.Integer(string="Open Activities", readonly=True)
    overdue_count = fields.Integer(string="Overdue", readonly=True)
    today_count = fields.Integer(string="Due Today", readonly=True)
    meeting_count = fields.Integer(
        string="Meetings This Week", readonly=True, help="From Monday to Sunday."
    )

    @property
    def _table_query(self):
        return SQL(
            "SELECT u.id, u.id AS user_id, %s FROM res_users u %s WHERE %s",
            SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in self._load_columns().items()
            ),
            SQL(" ").join(self._load_joins()),
            SQL(
                """u.active AND u.share IS NOT TRUE
                   AND (people.count > 0 OR EXISTS (
                        SELECT FROM res_groups_users_rel own
                         WHERE own.uid = u.id AND own.gid IN %s))""",
                self._groups(),
            ),
        )

    @api.model
    def _groups(self):
        """Ids of the groups whose users are personal managers."""
        group = self.env.ref("club_community.group_club_user")
        # sudo: groups are not everybody's to see
        return tuple(group.sudo().all_implied_by_ids.ids) or (-1,)

    @api.model
    def _load_columns(self):
        """The figures, of a user ``u``: rooms add theirs as ``{field: SQL}``."""
        return {
            "person_count": SQL("COALESCE(people.count, 0)"),
            "member_count": SQL("COALESCE(people.members, 0)"),
            "open_count": SQL("COALESCE(tasks.count, 0)"),
            "overdue_count": SQL("COALESCE(tasks.overdue, 0)"),
            "today_count": SQL("COALESCE(tasks.today, 0)"),
            "meeting_count": SQL("COALESCE(meetings.count, 0)"),
        }

    @api.model
    def _load_joins(self):
        """What the figures are counted in: rooms add theirs."""
        today = fields.Date.context_today(self)
        monday = today - timedelta(days=today.weekday())
        return [
            SQL(
                """LEFT JOIN (
                    SELECT club_manager_id, count(*) AS count,
                           count(*) FILTER (WHERE club_state IN
                                            ('active', 'grace', 'paused')) AS members
                      FROM res_partner
                     WHERE active AND club_manager_id IS NOT NULL
                     GROUP BY club_manager_id) people
                    ON people.club_manager_id = u.id"""
            ),
            SQL(
                """LEFT JOIN (
                    SELECT user_id, count(*) AS count,
                           count(*) FILTER (WHERE date_deadline < %(today)s) AS overdue,
                           count(*) FILTER (WHERE date_deadline = %(today)s) AS today
                      FROM mail_activity
                     WHERE active AND res_model = 'res.partner'
                     GROUP BY user_id) tasks ON tasks.user_id = u.id""",
                today=today,
            ),
            SQL(
                """LEFT JOIN (
                    SELECT user_id, count(*) AS count
                      FROM calendar_event
                     WHERE active AND start >= %s AND start < %s
                     GROUP BY user_id) meetings ON meetings.user_id = u.id""",
                monday,
                monday + timedelta(days=7),
            ),
        ]

    def action_day(self):
        """Open the day of this manager."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_day_all_action"
        )
        return {
            **action,
            "display_name": self.user_id.name,
            "domain": [("user_id", "=", self.user_id.id)],
            "context": {},
        }

    def action_people(self):
        """Open the people of this manager."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_people_action"
        )
        return {
            **action,
            "display_name": self.user_id.name,
            "domain": [("club_manager_id", "=", self.user_id.id)],
            "context": {},
        }
