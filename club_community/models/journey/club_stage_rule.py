from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .people_filter import people_filter

# Columns that say where somebody stands: a rule asks for them by its own fields, so
# that a run can think several steps ahead.
_OF_THE_STAGE = ("club_stage_", "club_is_stuck", "club_has_next_step")


class ClubStageRule(models.Model):
    """Who enters a stage by himself: a filter over facts, and from where.

    Rules are asked in their order, and the first that fits moves a person. They run
    every night for everybody, and at once for people with whom something has happened
    (``res.partner._club_journey_now``). See club_stage_find.py for how.
    """

    _name = "club.stage.rule"
    _description = "Rule of the Journey"
    _inherit = ["club.in.use"]
    _used_by = (("club.stage.move", "rule_id"),)
    _order = "sequence, id"

    name = fields.Char(
        required=True,
        translate=True,
        help="The reason in words, as it stands in the person's history.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="Archived: switched off.")
    stage_id = fields.Many2one(
        "club.stage", string="Enters", required=True, index=True, ondelete="cascade"
    )
    comes_from = fields.Selection(
        [
            ("any", "Any stage"),
            ("listed", "These stages"),
            ("none", "No stage yet"),
        ],
        compute="_compute_comes_from",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    from_stage_ids = fields.Many2many(
        "club.stage",
        "club_stage_rule_from_rel",
        "rule_id",
        "stage_id",
        string="Stages He Comes From",
        help="Only people in these stages are taken.",
    )
    from_nowhere = fields.Boolean(
        string="People without a Stage",
        default=True,
        help="People who stand in no stage yet are taken, too.",
    )
    domain = fields.Char(
        string="Facts",
        required=True,
        default="[]",
        help="Which people: a filter over contacts. Days may be relative, as "
        "'today -90d'.",
    )
    min_days = fields.Integer(
        string="After Days in the Stage",
        help="Only whoever has been in the stage for so many days.",
    )
    moves_held = fields.Boolean(
        string="Also Those Placed by Hand",
        help="A payment or the end of a membership moves whoever somebody has placed "
        "by hand, too. Other rules leave him where he is until the day is over that "
        "was named with the move.",
    )
    fact_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Facts to Note",
        domain=[("model", "=", "res.partner"), ("name", "=like", "club_%")],
        help="What stands in the history beside the reason, as it was on that day.",
    )

    _comes_from_somewhere = models.Constraint(
        "CHECK(comes_from <> 'none' OR from_nowhere)",
        "A rule for people without a stage has to take people without a stage.",
    )
    _min_days_not_negative = models.Constraint(
        "CHECK(min_days >= 0)", "The days in a stage cannot be negative."
    )

    @api.depends("from_stage_ids")
    def _compute_comes_from(self):
        for rule in self:
            if rule.from_stage_ids:
                rule.comes_from = "listed"
            elif rule.comes_from != "none":
                rule.comes_from = "any"

    def _sources(self):
        """Where the rule takes people from.

        :return: a function of a stage's id (None: no stage) that says yes or no
        """
        self.ensure_one()
        target, kind = self.stage_id.id, self.comes_from
        listed, nowhere = frozenset(self.from_stage_ids._ids), self.from_nowhere

        def takes_from(stage_id):
            if stage_id is None:
                return nowhere
            if stage_id == target or kind == "none":
                return False
            return kind == "any" or stage_id in listed

        return takes_from

    @api.constrains("domain")
    def _check_domain(self):
        """A filter that cannot be asked is refused while somebody is there to mend it.

        :raise ValidationError: it is no filter over contacts, or names the stage
        """
        for rule in self:
            rule._conditions()

    def _conditions(self):
        """The rule's filter over people.

        :return: ``Domain``, checked against the contact
        :raise ValidationError: with the reason
        """
        self.ensure_one()
        domain, ready = people_filter(self)
        names = {condition.field_expr for condition in domain.iter_conditions()}
        own = sorted(name for name in names if name.startswith(_OF_THE_STAGE))
        if not own:
            return ready
        raise ValidationError(
            self.env._(
                "“%(rule)s” asks for %(field)s. Say by the stages and by “After Days "
                "in the Stage” where people stand; the facts are about them.",
                rule=self.name,
                field=own[0],
            )
        )

    @api.constrains("stage_id", "from_stage_ids")
    def _check_goes_somewhere(self):
        """:raise ValidationError: the rule would move people where they are"""
        for rule in self:
            if rule.stage_id in rule.from_stage_ids:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” moves people from “%(stage)s” to the same stage.",
                        rule=rule.name,
                        stage=rule.stage_id.name,
                    )
                )
