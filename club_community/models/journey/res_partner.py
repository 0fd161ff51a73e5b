from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..membership.club_at_end import taken, waiting
from ..membership.res_partner import CLUB_USER

_WAITING = "club_community.journey"
_COLUMNS = frozenset({"club_stage_id", "club_stage_since", "club_stage_held_until"})


def sql_is_stuck():
    """Condition of a ``person`` who is longer in his ``stage`` than he should be."""
    return SQL(
        """(stage.expected_days > 0 AND person.club_stage_since
            <= %s - (stage.expected_days + 1) * interval '1 day')""",
        fields.Datetime.now(),
    )


class ResPartner(models.Model):
    """Where a person stands on the journey. ``club.stage.move`` writes it, by SQL."""

    _inherit = "res.partner"

    club_stage_id = fields.Many2one(
        "club.stage",
        string="Stage",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        group_expand="_read_group_club_stage_id",
        groups=CLUB_USER,
    )
    club_stage_since = fields.Datetime(
        string="In the Stage Since",
        readonly=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
    )
    club_stage_held_until = fields.Date(
        string="Left Here by Rules Until",
        readonly=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
    )
    # Stored: Odoo lets anybody sort and group by a related column that is not.
    club_phase = fields.Selection(
        string="Phase",
        related="club_stage_id.phase",
        store=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
    )
    club_path = fields.Selection(
        string="Segment of the Path",
        related="club_stage_id.path",
        store=True,
        copy=False,
        prefetch="club_profile",
        groups=CLUB_USER,
    )
    club_stage_move_ids = fields.One2many(
        "club.stage.move", "partner_id", string="Journey", groups=CLUB_USER
    )
    club_stage_days = fields.Integer(
        string="Days in the Stage",
        compute="_compute_club_stage_days",
        groups=CLUB_USER,
    )
    club_is_stuck = fields.Boolean(
        string="Stuck",
        compute="_compute_club_stage_days",
        search="_search_club_is_stuck",
        groups=CLUB_USER,
        help="Longer in the stage than people should be.",
    )
    club_has_next_step = fields.Boolean(
        string="Next Step",
        compute="_compute_club_has_next_step",
        search="_search_club_has_next_step",
        groups=CLUB_USER,
        help="An activity is open for the person, whosever it is.",
    )

    @api.model
    def _read_group_club_stage_id(self, stages, domain):
        """All stages are columns of the board, also those where nobody stands."""
        return stages.search([("active", "=", True)])

    # --- Stuck, and forgotten -------------------------------------------------------

    @api.depends("club_stage_since", "club_stage_id.expected_days")
    def _compute_club_stage_days(self):
        now = fields.Datetime.now()
        for person in self:
            since = person.club_stage_since
            days = (now - since).days if since else 0
            expected = person.club_stage_id.expected_days
            person.club_stage_days = days
            person.club_is_stuck = bool(expected and days > expected)

    def _search_club_is_stuck(self, operator, value):
        # the trap: stock checks the columns that a search names, and SQL names none
        self._check_field_access(self._fields["club_is_stuck"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(["club_stage_id", "club_stage_since"])
        self.env["club.stage"].flush_model(["expected_days"])
        stuck = SQL(
            """(SELECT person.id FROM res_partner person
                  JOIN club_stage stage ON stage.id = person.club_stage_id
                 WHERE %s)""",
            sql_is_stuck(),
        )
        return Domain("id", "in" if True in value else "not in", stuck)

    @api.depends("activity_ids")
    def _compute_club_has_next_step(self):
        # sudo: an activity of somebody else is a next step, too
        counts = dict(
            self.env["mail.activity"]
            .sudo()
            ._read_group(
                [("res_model", "=", "res.partner"), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for person in self:
            person.club_has_next_step = bool(counts.get(person.id))

    def _search_club_has_next_step(self, operator, value):
        self._check_field_access(self._fields["club_has_next_step"], "read")
        if operator != "in":
            return NotImplemented
        self.env["mail.activity"].flush_model(["res_model", "res_id", "active"])
        having = SQL(
            """(SELECT res_id FROM mail_activity
                 WHERE res_model = 'res.partner' AND active)"""
        )
        return Domain("id", "in" if True in value else "not in", having)

    # --- Nobody types it ------------------------------------------------------------

    def _club_check_derived(self, names):
        """:raise AccessError: somebody types the stage instead of making a move"""
        super()._club_check_derived(names)
        if self.env.su:
            return
        if _COLUMNS & set(names):
            raise AccessError(
                self.env._(
                    "Where somebody stands on the journey is changed by a move, with "
                    "a reason: use the button “Move”."
                )
            )

    def action_club_move(self):
        """Open the window that moves these people."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_stage_move_wizard_action"
        )
        return {**action, "context": {"default_partner_ids": self.ids}}

    def action_club_journey(self):
        """Open the history of moves."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_stage_move_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)]}

    # --- Who looks after them -------------------------------------------------------

    def _club_looked_after_by(self):
        """Whose task these people are, and why, where it is not their own manager's.

        Here the lead of the chapter, else the club's manager; the room ``manager``
        puts the personal manager, or his deputy, first. Never nobody: what nobody is
        charged with is not done. No query per person.

        :return: ``{person id: (res.users, words)}``; words are empty where it is the
            one whom the person knows as his manager
        """
        # sudo: asked by jobs and for members; users and groups are not theirs to see
        people_sudo = self.sudo()
        people_sudo.fetch(["club_chapter_id", "company_id"])
        group = self.env.ref("club_community.group_club_manager").sudo()
        heads = group.all_user_ids.filtered("active").sorted("id")
        found = {}
        for person in people_sudo:
            lead = person.club_chapter_id.lead_manager_id
            if lead.active:
                words = self.env._(
                    "No personal manager: it is with the chapter's lead."
                )
            else:
                company = person.company_id
                lead = (
                    heads.filtered(
                        lambda user, company=company: not company
                        or company in user.company_ids
                    )[:1]
                    or self.env.ref("base.user_admin").sudo()
                )
                words = self.env._(
                    "No personal manager: it is with the club's manager."
                )
            found[person.id] = (lead.sudo(False), words)
        return found

    # --- At once --------------------------------------------------------------------

    def _club_journey_now(self):
        """Let the rules look at these people when the transaction ends.

        Hook for whatever happens to somebody: a payment, an end, a visit, a wish to
        leave. One look per transaction, after everything has been written, however
        often it is called and for however many people.

        With ``club_journey_later`` in the context the next night is early enough: for
        whoever brings in a club's history, piece by piece.
        """
        if self.env.context.get("club_journey_later"):
            return
        nobody = self.env["res.partner"].browse()
        waiting(self.env, _WAITING, nobody._club_journey_run)["people"].update(self.ids)

    def _club_journey_run(self):
        """Move whom the rules move among those who were named (end of transaction)."""
        ids = taken(self.env, _WAITING).get("people", ())
        people = self.browse(ids).exists()
        moves = self.env["club.stage.rule"]._moves(people.ids)
        self.env["club.stage.move"]._carry_out(moves, is_quiet=False)
