from odoo import api, fields, models, tools
from odoo.exceptions import AccessError

# What the one click of a row does: each is a method `action_<step>` of `club.day`.
STEPS = [
    ("note", "Note a contact"),
    ("letter", "Write a letter"),
    ("meeting", "Plan a meeting"),
    ("next", "Plan the next step"),
    ("open", "Open the papers"),
]


class ClubDayReason(models.Model):
    """Why somebody is on a manager's day, and what to do then: words of the club.

    Which facts put a person there is ``club.day._reasons()``, by the code. A room that
    has a reason of its own adds a record of this model and its part there.
    """

    _name = "club.day.reason"
    _description = "Reason of the Day"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, copy=False)
    sequence = fields.Integer(
        default=10, help="What is more urgent stands first on the day."
    )
    active = fields.Boolean(
        default=True, help="An archived reason puts nobody on anybody's day."
    )
    recommended = fields.Char(
        string="What to Do",
        translate=True,
        help="The recommended action, as it stands in the row.",
    )
    script = fields.Text(
        translate=True, help="How to go about it: it stands in the window of the row."
    )
    step = fields.Selection(
        STEPS,
        string="One Click",
        required=True,
        default="note",
        help="What the first button of the row does.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        domain=[("model", "=", "res.partner")],
        ondelete="set null",
        help="What a letter that is written from such a row begins with.",
    )

    _code_uniq = models.UniqueIndex("(code)", "There is such a reason already.")

    @api.model
    @tools.ormcache()
    def _known(self):
        """``{code: (id, place in the order)}`` of the reasons that are in use."""
        # sudo: the same for everybody
        reasons = self.sudo().search([("code", "!=", False)])
        return {r.code: (r.id, place) for place, r in enumerate(reasons)}

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"active", "sequence", "code"} & set(vals):
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Reasons of the day are not removed: archive this one.")
            )
