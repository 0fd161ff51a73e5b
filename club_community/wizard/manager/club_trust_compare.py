from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import formatLang

_FIELDS = {"group": ("member", "client"), "side": ("after", "before")}
_MONTH = 365.25 / 12


class ClubTrustCompare(models.TransientModel):
    """How much sooner one group trusts us than another, with the formula (S0.15).

    Nothing is fixed in here: the medians come from the club's own rows, and the
    formula stands beside the number, so that anybody may reckon it again.
    """

    _name = "club.trust.compare"
    _description = "Time to Trust, Compared"

    by = fields.Selection(
        [
            ("group", "Members against other clients"),
            ("side", "After the change against before it"),
        ],
        string="Compare",
        required=True,
        default="group",
    )
    manager_id = fields.Many2one(
        "res.users", domain=[("share", "=", False)], help="Empty: all managers."
    )
    date_from = fields.Date(
        string="Given From", help="Only people who were given to a manager since then."
    )
    date_until = fields.Date(string="Given Until")
    compare_on = fields.Date(string="Day of the Change", compute="_compute_compare_on")
    answer = fields.Html(compute="_compute_answer", sanitize=False)

    @api.depends("by")
    def _compute_compare_on(self):
        self.compare_on = self.env["club.trust.level"]._trusted().compare_on

    def _domain(self):
        domain = []
        if self.manager_id:
            domain.append(("manager_id", "=", self.manager_id.id))
        if self.date_from:
            domain.append(("date", ">=", self.date_from))
        if self.date_until:
            domain.append(("date", "<=", self.date_until))
        return domain

    @api.depends("by", "manager_id", "date_from", "date_until")
    @api.depends_context("lang")
    def _compute_answer(self):
        level = self.env["club.trust.level"]._trusted()
        for wizard in self:
            rows = {
                key: (days, people, reached)
                for key, days, people, reached in self.env[
                    "club.figure.trust"
                ]._read_group(
                    wizard._domain(),
                    [wizard.by],
                    ["days:avg", "people:sum", "reached:sum"],
                )
            }
            wizard.answer = wizard._groups_table(rows) + wizard._formula(rows, level)

    def _labels(self):
        field = self.env["club.figure.trust"]._fields[self.by]
        labels = dict(field._description_selection(self.env))
        return [(key, labels[key]) for key in _FIELDS[self.by]]

    def _groups_table(self, rows):
        titles = [
            "",
            self.env._("People"),
            self.env._("Trust us"),
            self.env._("Median, days"),
            self.env._("Median, months"),
        ]
        head = Markup().join(
            Markup('<th class="%s">%s</th>') % ("text-end" if n else "", title)
            for n, title in enumerate(titles)
        )
        body = Markup()
        for key, label in self._labels():
            days, people, reached = rows.get(key, (None, 0, 0))
            body += Markup(
                "<tr><td>%s</td>" + '<td class="text-end">%s</td>' * 4 + "</tr>"
            ) % (
                label,
                people,
                reached,
                self._number(days) if reached else "–",
                self._number(days / _MONTH) if reached else "–",
            )
        return Markup(
            '<table class="table table-sm"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (head, body)

    def _formula(self, rows, level):
        """How the number is reckoned, in words and in numbers."""
        words = self.env._(
            "Time to trust = the first day on which the person is on the level "
            "“%(level)s” or above, less the day on which he was given to the manager. "
            "Of many people the median is taken: half of them took no longer.",
            level=level.name or "–",
        )
        (one, one_name), (other, other_name) = self._labels()
        one_days, other_days = (
            rows[key][0] if key in rows and rows[key][2] else None
            for key in (one, other)
        )
        if one_days is None or not other_days:
            sum_up = self.env._(
                "Nothing to compare yet: somebody of both groups must have reached it."
            )
        else:
            change = (one_days - other_days) / other_days * 100
            sum_up = self.env._(
                "(%(one)s − %(other)s) ÷ %(other)s × 100 = %(change)s %%: the median "
                "of “%(one_name)s” less that of “%(other_name)s”, of that of "
                "“%(other_name)s”. Less than zero: sooner.",
                one=self._number(one_days),
                other=self._number(other_days),
                change=self._number(change),
                one_name=one_name,
                other_name=other_name,
            )
        return Markup("<p>%s</p><p><strong>%s</strong></p>") % (words, sum_up)

    def _number(self, value):
        return formatLang(self.env, value, digits=1)

    def action_open_people(self):
        """The people behind the numbers."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_figure_trust_action"
        )
        return {
            **action,
            "views": [(False, "list"), (False, "graph"), (False, "pivot")],
            "domain": self._domain(),
            "context": {"group_by": [self.by]},
        }
