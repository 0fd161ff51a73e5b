from odoo import api, fields, models
from odoo.exceptions import UserError

# The five phases of a client's life (S4.02), in their order.
PHASES = [
    ("preboarding", "Preboarding"),
    ("onboarding", "Onboarding"),
    ("development", "Development"),
    ("positive", "Positive development"),
    ("reboarding", "Reboarding"),
]
# The four segments of a path (S2.08), and what is behind the last of them.
PATHS = [
    ("considering", "Considering"),
    ("newcomer", "Newcomer"),
    ("regular", "Regular"),
    ("leaving", "Leaving"),
    ("former", "Former"),
    ("returned", "Returned"),
]
# One mapping of the two: a phase's path, unless its stage says "former" or "returned".
PATH_OF_PHASE = {
    "preboarding": "considering",
    "onboarding": "newcomer",
    "development": "regular",
    "positive": "regular",
    "reboarding": "leaving",
}
# The four directions of work with a segment (S3.05).
DIRECTIONS = [
    ("attract", "Attract"),
    ("activate", "Activate"),
    ("develop", "Develop"),
    ("retain", "Retain"),
]
OWNERS = [
    ("manager", "Personal manager"),
    ("chapter", "Chapter lead"),
    ("head", "Club manager"),
    ("marketing", "Marketing"),
]


class ClubStage(models.Model):
    """A sub-stage of the journey: where somebody stands, and what happens there.

    Stages are data of the club: their names, steps and times may be changed, and new
    ones added. A person is in one at a time (``res.partner.club_stage_id``); only
    ``club.stage.move`` takes him to another.
    """

    _name = "club.stage"
    _description = "Stage of the Journey"
    _inherit = ["club.in.use"]
    _order = "sequence, id"
    _used_by = (
        ("res.partner", "club_stage_id"),
        ("club.stage.move", "to_stage_id"),
        ("club.stage.move", "from_stage_id"),
        ("club.stage.rule", "stage_id"),
        ("club.playbook", "stage_id"),
    )

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        copy=False,
        readonly=True,
        help="What the shipped rules and figures know the stage by.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    phase = fields.Selection(PHASES, required=True, index=True)
    path = fields.Selection(
        PATHS,
        compute="_compute_path",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Which of the four segments of the path the stage belongs to. It follows "
        "from the phase; of reboarding, former and returned stand for themselves.",
    )
    direction = fields.Selection(
        DIRECTIONS, help="What the work with people in this stage is for."
    )
    owner = fields.Selection(
        OWNERS, required=True, default="manager", help="Who sees to the inner action."
    )
    member_step = fields.Text(
        string="What the Member Sees",
        translate=True,
        help="The next step, as it stands on the member's page.",
    )
    member_url = fields.Char(
        string="Link of the Step",
        help="Where the step is done: a path of the portal, as /my/club/profile.",
    )
    inner_action = fields.Text(
        string="What We Do Inside",
        translate=True,
        help="Nobody but the club's people sees it.",
    )
    expected_days = fields.Integer(
        help="After so many days in the stage a person counts as stuck. 0: never.",
    )
    activity_plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Starts on Entry",
        domain=[("res_model", "=", "res.partner")],
        ondelete="restrict",
        help="Whoever enters the stage gets the activities of this plan.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Letter on Entry",
        domain=[("model", "=", "res.partner")],
        ondelete="restrict",
    )
    enter_rule_ids = fields.One2many(
        "club.stage.rule", "stage_id", string="Entered by Rule"
    )
    leave_rule_ids = fields.Many2many(
        "club.stage.rule",
        "club_stage_rule_from_rel",
        "stage_id",
        "rule_id",
        string="Left by Rule",
        readonly=True,
    )
    person_count = fields.Integer(compute="_compute_person_count")

    _code_uniq = models.UniqueIndex("(code)", "This code is another stage's.")
    _expected_days_not_negative = models.Constraint(
        "CHECK(expected_days >= 0)", "The days of a stage cannot be negative."
    )
    _path_fits_phase = models.Constraint(
        """CHECK(path = CASE phase WHEN 'preboarding' THEN 'considering'
                                   WHEN 'onboarding' THEN 'newcomer'
                                   WHEN 'development' THEN 'regular'
                                   WHEN 'positive' THEN 'regular'
                                   ELSE path END
                 AND (phase <> 'reboarding'
                      OR path IN ('leaving', 'former', 'returned')))""",
        "The segment of the path does not belong to this phase.",
    )

    @api.depends("phase")
    def _compute_path(self):
        for stage in self:
            path = PATH_OF_PHASE.get(stage.phase)
            if path != "leaving" or stage.path not in ("former", "returned"):
                stage.path = path

    def _compute_person_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("club_stage_id", "in", self.ids)], ["club_stage_id"], ["__count"]
            )
        )
        for stage in self:
            stage.person_count = counts.get(stage, 0)

    @api.constrains("active")
    def _check_nobody_inside(self):
        """A stage with people in it cannot be put away: they would be lost.

        :raise UserError: somebody is in it
        """
        # sudo: people of every portfolio count
        for stage in self.sudo().filtered(lambda stage: not stage.active):
            if stage.person_count:
                raise UserError(
                    self.env._(
                        "%(count)s people are in “%(stage)s”. Move them before you "
                        "archive it.",
                        count=stage.person_count,
                        stage=stage.name,
                    )
                )

    def action_people(self):
        """Open the people who are in the stage."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_people_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("club_stage_id", "=", self.id)],
            "context": {},
        }
