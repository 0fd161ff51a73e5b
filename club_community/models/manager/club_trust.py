from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

SOURCES = [("manager", "Manager"), ("survey", "Survey")]


class ClubTrustLevel(models.Model):
    """How far a person trusts the club, in words; one of them means "trusts us"."""

    _name = "club.trust.level"
    _inherit = ["club.in.use"]
    _used_by = (("club.trust", "level_id"),)
    _description = "Level of Trust"
    _order = "value, id"

    name = fields.Char(required=True, translate=True)
    value = fields.Integer(
        string="Number",
        required=True,
        help="The more, the closer. The answer of the survey is this number.",
    )
    description = fields.Char(
        string="How One Knows It",
        translate=True,
        help="What the person says or does who is on this level.",
    )
    is_trusted = fields.Boolean(
        string="Trust Is Reached",
        help="From this level on we say that the person trusts us. One level has it.",
    )
    compare_on = fields.Date(
        string="Compare Before and After",
        help="The day on which the way of working changed: figures tell people who "
        "were given to a manager before it from those given after it.",
    )
    active = fields.Boolean(default=True)

    _value_uniq = models.UniqueIndex("(value)", "Two levels have the same number.")
    _one_trusted = models.UniqueIndex(
        "(is_trusted) WHERE is_trusted", "One level only says that trust is reached."
    )

    @api.model
    def _trusted(self):
        """The level that means trust, empty where a club has removed it."""
        return self.search([("is_trusted", "=", True)], limit=1)


class ClubTrust(models.Model):
    """On which day a person was on which level of trust: history, never written anew.

    A manager notes it, or the person says it in a survey. From these rows follows the
    time to trust (S0.15, ``club.figure.trust``).
    """

    _name = "club.trust"
    _description = "Trust of a Person"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    level_id = fields.Many2one(
        "club.trust.level", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users",
        string="Noted By",
        readonly=True,
        ondelete="set null",
        default=lambda self: self.env.user,
    )
    source = fields.Selection(SOURCES, required=True, readonly=True, default="manager")
    note = fields.Char(help="By what one has seen it: his words, what he did.")

    _once_a_day = models.UniqueIndex(
        "(partner_id, date)",
        "The trust of this person has been noted for this day already. History is not "
        "written anew: note what is true today.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: somebody says who noted it, or that a survey did"""
        wrong = {"user_id", "source"} & set().union(*vals_list)
        if wrong and not self.env.su:
            field = self._fields[sorted(wrong)[0]]
            raise AccessError(
                self.env._(
                    "“%(field)s” follows by itself.",
                    field=field._description_string(self.env),
                )
            )
        return super().create(vals_list)

    @api.constrains("date", "partner_id")
    def _check_sense(self):
        today = fields.Date.context_today(self)
        for row in self:
            if row.date > today:
                raise ValidationError(
                    self.env._("Trust is noted when it is there: not in advance.")
                )
            if row.partner_id.is_company:
                raise ValidationError(self.env._("Companies trust nobody; people do."))

    def write(self, vals):
        """:raise AccessError: somebody writes history anew"""
        if not self.env.su:
            raise AccessError(
                self.env._("Trust is history: note the level of today instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(self.env._("Trust is history, so it is not removed."))


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    club_is_trust = fields.Boolean(
        string="Asks for Trust",
        help="The number that is answered is the person's level of trust: it is noted "
        "with today's date. For questions of the kind “Scale”.",
    )


class SurveyUserInput(models.Model):
    """A finished survey notes how close the person feels to the club."""

    _inherit = "survey.user_input"

    def _club_fill_cards(self):
        res = super()._club_fill_cards()
        # sudo: the participant has rights neither on the club nor on his survey
        inputs_sudo = self.sudo().filtered(
            lambda i: not i.test_entry
            and i.partner_id.active
            and not i.partner_id.is_company
        )
        inputs_sudo._club_note_trust()
        return res

    def _club_note_trust(self):
        """One row per person and day: who has one of today keeps it."""
        lines = self.user_input_line_ids.filtered(
            lambda line: line.question_id.club_is_trust and not line.skipped
        )
        if not lines:
            return
        levels = {
            level.value: level
            for level in self.env["club.trust.level"].search([("active", "=", True)])
        }
        today = fields.Date.context_today(self)
        has = self.env["club.trust"].search(
            [
                ("partner_id", "in", lines.user_input_id.partner_id.ids),
                ("date", "=", today),
            ]
        )
        rows = {}
        for line in lines:
            person = line.user_input_id.partner_id
            level = levels.get(line.value_scale)
            if level and person not in has.partner_id:
                rows[person] = {
                    "partner_id": person.id,
                    "level_id": level.id,
                    "date": today,
                    "source": "survey",
                    "user_id": False,
                    "note": line.user_input_id.survey_id.title,
                }
        self.env["club.trust"].create(list(rows.values()))
