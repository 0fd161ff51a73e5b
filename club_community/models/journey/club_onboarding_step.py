from odoo import fields, models
from odoo.tools import SQL

# The two gates of the first thirty days (S4.03), by the day of the membership.
GATES = [("10", "Day 10"), ("30", "Day 30")]

# What somebody has done shortly before he paid counts as well (a row ``o``).
BEFORE_START = "LEAST(o.create_date, o.started_on::timestamp) - interval '30 days'"


class ClubOnboardingStep(models.Model):
    """One of the steps of the first thirty days: the catalogue (S4.03).

    Data of the club, five as shipped. A newcomer gets a line of each when his first
    thirty days begin (``club.onboarding.line``); a change of the catalogue is for those
    who come after him.
    """

    _name = "club.onboarding.step"
    _description = "Step of the First 30 Days"
    _inherit = ["club.in.use"]
    _used_by = (("club.onboarding.line", "step_id"),)
    _order = "sequence, id"

    name = fields.Char(
        required=True, translate=True, help="What the member reads in his checklist."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(
        translate=True, help="Why, and how: a sentence or two for the member."
    )
    url = fields.Char(
        string="Link",
        help="Where the step is done: a path of the portal, as /my/club/profile.",
    )
    fact = fields.Selection(
        [
            ("hand", "Somebody ticks it"),
            ("profile", "Points of a section of the profile are filled in"),
            ("goal", "A goal or an expectation is recorded"),
            ("people", "So many people of his circles are met"),
        ],
        string="Known By",
        required=True,
        default="hand",
        help="The fact by which the step is done, without anybody ticking it.",
    )
    section_id = fields.Many2one(
        "club.profile.section", ondelete="restrict", index=True
    )
    need = fields.Integer(
        string="How Many",
        default=1,
        help="Points of the section, or people to meet.",
    )
    gate = fields.Selection(
        GATES,
        required=True,
        default="30",
        string="Should Be Done By",
        help="Whoever has not done the step by then has stalled: his manager is told.",
    )
    member_ticks = fields.Boolean(
        string="The Member May Tick It",
        help="The member may say himself that he has done it. A manager may always.",
    )

    _need_positive = models.Constraint(
        "CHECK(need > 0)", "At least one of what the step asks for."
    )
    _profile_has_section = models.Constraint(
        "CHECK(fact <> 'profile' OR section_id IS NOT NULL)",
        "Say which section of the profile the member fills in.",
    )

    def _fact_condition(self):
        """SQL: whether the fact of this step is there, for the newcomer ``o``.

        ``o`` is a row of ``club_onboarding``. A room below adds its own fact to the
        selection and its condition here.

        :return: ``SQL``, or ``None`` where only somebody's tick tells
        """
        self.ensure_one()
        if self.fact == "profile":
            return SQL(
                """(SELECT count(*)
                      FROM club_profile_value v
                      JOIN club_profile_point t ON t.id = v.point_id
                     WHERE v.partner_id = o.partner_id AND v.state = 'current'
                       AND t.section_id = %s) >= %s""",
                self.section_id.id,
                self.need,
            )
        if self.fact == "goal":
            return SQL(
                """EXISTS (SELECT FROM club_goal g WHERE g.partner_id = o.partner_id)
                   OR EXISTS (SELECT FROM res_partner p
                               WHERE p.id = o.partner_id AND p.club_expects <> '')"""
            )
        if self.fact == "people":
            return SQL(
                """(SELECT count(*) FROM club_introduction i
                     WHERE i.met_on IS NOT NULL
                       AND o.partner_id IN (i.partner_id, i.other_id)) >= %s""",
                self.need,
            )
        return None
