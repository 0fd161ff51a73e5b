from ast import literal_eval
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.membership.res_partner import STATES_WITH_LEVEL

COUNTED = ("ok", "quiet", "coming", "invited", "not_eligible", "optout", "resting")


class ClubEventInvite(models.TransientModel):
    """Choose whom to invite to an event, and see what an invitation would do (S2.12).

    What is chosen narrows down: members of these plans *and* these cities. People who
    are picked by hand come in addition, members or not.
    """

    _name = "club.event.invite"
    _description = "Invite Members"

    event_id = fields.Many2one(
        "event.event",
        required=True,
        ondelete="cascade",
        domain="[('is_finished', '=', False), ('kanban_state', '!=', 'cancel')]",
    )
    all_members = fields.Boolean(
        help="Everybody whose membership is active; what is chosen below narrows down."
    )
    plan_ids = fields.Many2many("club.plan", string="Plans")
    grade_ids = fields.Many2many("res.partner.grade", string="Levels")
    chapter_ids = fields.Many2many("club.chapter", string="Chapters")
    interest_ids = fields.Many2many(
        "club.interest",
        string="Interests and Circles",
        help="People who have one of these, or one below it.",
    )
    city = fields.Char()
    domain = fields.Char(string="More Conditions")
    partner_ids = fields.Many2many(
        "res.partner", string="By Name", domain=[("is_company", "=", False)]
    )
    note = fields.Text(
        string="Your Own Words", help="They stand at the top of the letter."
    )
    with_quiet = fields.Boolean(
        string="Also Who Had an Invitation Lately",
        default=True,
        help="Their letter waits until their quiet days are over.",
    )
    count_ok = fields.Integer(string="Get It Now", compute="_compute_counts")
    count_quiet = fields.Integer(
        string="Had an Invitation Lately", compute="_compute_counts"
    )
    count_coming = fields.Integer(string="Coming Already", compute="_compute_counts")
    count_invited = fields.Integer(string="Invited Before", compute="_compute_counts")
    count_not_eligible = fields.Integer(
        string="No Ticket Is Open to Them", compute="_compute_counts"
    )
    count_optout = fields.Integer(
        string="Not to Be Written To",
        compute="_compute_counts",
        help="They asked for it, or have no e-mail.",
    )
    count_resting = fields.Integer(
        string="Paused or Leaving", compute="_compute_counts"
    )

    @api.depends(
        "event_id",
        "all_members",
        "plan_ids",
        "grade_ids",
        "chapter_ids",
        "interest_ids",
        "city",
        "domain",
        "partner_ids",
    )
    def _compute_counts(self):
        for wizard in self:
            counts = Counter(wizard._preview().values())
            counts["optout"] += counts["no_email"]
            for code in COUNTED:
                wizard[f"count_{code}"] = counts[code]

    def _preview(self):
        self.ensure_one()
        if not self.event_id:
            return {}
        event = self.event_id._origin
        company = event.company_id or self.env.company
        return event._club_invite_preview(self._people(), company)

    def _people(self):
        """Whom this finds, as far as the user may invite them."""
        self.ensure_one()
        picked = self.partner_ids._origin
        chosen = self._chosen()
        if chosen.is_true() and not self.all_members:
            return picked
        own = Domain.TRUE
        if not self.env.user.has_group("club_community.group_club_manager"):
            own = Domain("club_manager_id.club_in_charge_ids", "=", self.env.uid)
        members = Domain("club_state", "in", STATES_WITH_LEVEL) & Domain(
            "is_company", "=", False
        )
        return picked | self.env["res.partner"].search(members & own & chosen)

    def _chosen(self):
        """What is chosen, as a domain of people; TRUE where nothing is.

        :raise UserError: the conditions cannot be read
        """
        chosen = Domain.TRUE
        if self.plan_ids:
            chosen &= Domain("club_plan_id", "in", self.plan_ids._origin.ids)
        if self.grade_ids:
            chosen &= Domain("grade_id", "in", self.grade_ids._origin.ids)
        if self.chapter_ids:
            chosen &= Domain("club_chapter_id", "in", self.chapter_ids._origin.ids)
        if self.interest_ids:
            wanted = self.interest_ids._origin.ids
            chosen &= Domain.OR(
                Domain(name, "child_of", wanted)
                for name in ("club_interest_ids", "club_sport_ids", "club_travel_ids")
            )
        if city := (self.city or "").strip():
            chosen &= Domain("city", "=ilike", city)
        try:
            return chosen & Domain(literal_eval(self.domain or "[]"))
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(
                self.env._("The conditions cannot be read: choose them anew.")
            ) from error

    def action_invite(self):
        """Invite them; letters are sent by the job, in everybody's own language.

        :raise UserError: nobody can be invited
        """
        self.ensure_one()
        preview = self._preview()
        wanted = ("ok", "quiet") if self.with_quiet else ("ok",)
        people = self.env["res.partner"].union(
            *(person for person, code in preview.items() if code in wanted)
        )
        if not people:
            raise UserError(
                self.env._("There is nobody to invite: look at the numbers below.")
            )
        by_name = not (people - self.partner_ids) and len(people) == 1
        invited = self.event_id._club_invite(people, self.note, personal=by_name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Invited: %(count)s.", count=len(invited)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
