from odoo import Command, api, fields, models

SHOWN = 500


class ClubStageDryRun(models.TransientModel):
    """Who would move tonight by some rules, and why: before they are switched on."""

    _name = "club.stage.dry.run"
    _description = "Dry Run of Rules"

    rule_ids = fields.Many2many("club.stage.rule", string="Rules", readonly=True)
    line_ids = fields.One2many("club.stage.dry.run.line", "run_id", readonly=True)
    person_count = fields.Integer(string="People", readonly=True)
    circle_count = fields.Integer(
        string="Rules Disagree",
        readonly=True,
        help="People whom rules would move in a circle: they stay where they are.",
    )
    is_cut = fields.Boolean(compute="_compute_is_cut")

    @api.depends("person_count", "line_ids")
    def _compute_is_cut(self):
        for run in self:
            run.is_cut = run.person_count + run.circle_count > len(run.line_ids)

    @api.model
    def _of(self, rules):
        """The dry run of these rules, archived ones as if they were switched on."""
        moves = rules._dry_run()
        steps = {step.person_id: step for step in moves.steps}
        lines = [
            {
                "partner_id": person_id,
                "from_stage_id": step.from_id,
                "to_stage_id": step.to_id,
                "rule_id": step.rule_id,
            }
            for person_id, step in steps.items()
        ]
        circles = [
            {"partner_id": person_id, "rule_id": rule_ids[-1], "is_circle": True}
            for person_id, rule_ids in moves.circles.items()
        ]
        return self.create(
            {
                "rule_ids": [Command.set(rules.ids)],
                "person_count": len(lines),
                "circle_count": len(circles),
                "line_ids": [
                    Command.create(line) for line in (circles + lines)[:SHOWN]
                ],
            }
        )


class ClubStageDryRunLine(models.TransientModel):
    _name = "club.stage.dry.run.line"
    _description = "Line of a Dry Run"

    run_id = fields.Many2one(
        "club.stage.dry.run", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    from_stage_id = fields.Many2one("club.stage", readonly=True)
    to_stage_id = fields.Many2one("club.stage", readonly=True)
    rule_id = fields.Many2one("club.stage.rule", readonly=True)
    is_circle = fields.Boolean(string="Rules Disagree", readonly=True)
    facts = fields.Char(compute="_compute_facts")

    @api.depends("partner_id", "rule_id")
    def _compute_facts(self):
        Move = self.env["club.stage.move"]
        for line in self:
            # sudo: the administrator who tries a rule sees what it looks at
            names = line.rule_id.sudo().fact_field_ids.mapped("name")
            line.facts = Move._facts_in_words(Move._facts_of(line.partner_id, names))


class ClubStageRule(models.Model):
    _inherit = "club.stage.rule"

    def action_dry_run(self):
        """Show who would move; nothing is written but this list."""
        run = self.env["club.stage.dry.run"]._of(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dry Run"),
            "res_model": run._name,
            "res_id": run.id,
            "view_mode": "form",
            "target": "new",
        }
