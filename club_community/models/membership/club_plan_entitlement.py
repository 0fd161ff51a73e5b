from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [
    ("level", "Level and member prices"),
    ("channel", "Discussion channel"),
    ("group", "Member group"),
    ("service", "Benefit"),
]


class ClubPlanEntitlement(models.Model):
    """One thing that a plan opens for its members (S0.10).

    Further kinds (courses, forum, pages) are added by inheritance: ``selection_add``
    on ``kind``, a many2one of the resource, an entry in ``_resource_fields`` and
    ``_icons``, and the driver on ``club.entitlement`` (see there).
    """

    _name = "club.plan.entitlement"
    _description = "What a Plan Opens"
    _order = "sequence, id"

    plan_id = fields.Many2one(
        "club.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(
        string="In Plain Words",
        translate=True,
        help="What the member reads in the portal. Empty: the name of the thing.",
    )
    kind = fields.Selection(KINDS, required=True, default="channel")
    grade_id = fields.Many2one(related="plan_id.grade_id", string="Level")
    channel_id = fields.Many2one(
        "discuss.channel",
        ondelete="set null",
        index="btree_not_null",
        domain=[("channel_type", "=", "channel")],
        help="Its authorized group says who can open it: “Club: members and staff” "
        "is both.",
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Member Group",
        ondelete="set null",
        index="btree_not_null",
        domain=lambda self: self._member_group_domain(),
        help="The member's portal login is put into this group, and whatever this "
        "group may see is open to him.",
    )
    benefit_id = fields.Many2one(
        "club.benefit", ondelete="set null", index="btree_not_null"
    )
    quantity = fields.Integer(
        string="Times",
        help="How often a member may have the benefit in one period. "
        "0: as often as he likes.",
    )
    # Plain number: what was deleted keeps its place in the ledger, which says so.
    res_id = fields.Integer(
        string="Resource", compute="_compute_res_id", store=True, precompute=True
    )
    entitlement_ids = fields.One2many(
        "club.entitlement", "line_id", groups="club_community.group_club_user"
    )

    _quantity_not_negative = models.Constraint(
        "CHECK(quantity >= 0)", "Nobody can have a benefit less than never."
    )
    _once_per_plan = models.UniqueIndex(
        "(plan_id, kind, res_id) WHERE active AND res_id IS NOT NULL",
        "This plan opens the same thing twice.",
    )

    # --- What rooms and addons extend ---------------------------------------------

    @api.model
    def _resource_fields(self):
        """The many2one of each kind's resource, ``{kind: name}``; addons add theirs."""
        return {
            "level": "grade_id",
            "channel": "channel_id",
            "group": "group_id",
            "service": "benefit_id",
        }

    @api.model
    def _icons(self):
        """Icon of each kind in the portal, ``{kind: name}``; addons add theirs."""
        return {
            "level": "fa-star",
            "channel": "fa-comments",
            "group": "fa-users",
            "service": "fa-ticket",
        }

    @api.model
    def _kinds_per_period(self):
        """Kinds that are counted anew in every period; addons add theirs."""
        return ["service"]

    # --- Fields ---------------------------------------------------------------------

    @api.depends("kind", "grade_id", "channel_id", "group_id", "benefit_id")
    def _compute_res_id(self):
        names = self._resource_fields()
        for line in self:
            # kept when the resource is deleted: the check then says what is missing
            line.res_id = line[names[line.kind]].id or line.res_id

    @api.depends("name", "kind", "grade_id", "channel_id", "group_id", "benefit_id")
    def _compute_display_name(self):
        names = self._resource_fields()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            # sudo: who sees the line need not have rights on what it opens
            resource = line.sudo()[names[line.kind]]
            line.display_name = line.name or (
                resource.name if resource else kinds[line.kind]
            )

    @api.model
    def _member_group_domain(self):
        """Groups that a club may give: of portal logins, and no type of user itself.

        Nothing that an employee may have, so that nobody who may write plans can
        open the backend to somebody.
        """
        portal = self.env.ref("base.group_portal")
        return [("all_implied_ids", "in", portal.ids), ("id", "!=", portal.id)]

    # --- Constraints ------------------------------------------------------------------

    @api.constrains("kind", "channel_id", "group_id", "benefit_id")
    def _check_resource(self):
        names = self._resource_fields()
        for line in self:
            if not line[names[line.kind]]:
                raise ValidationError(
                    self.env._(
                        "Say what “%(kind)s” opens: choose it in the same row.",
                        kind=dict(
                            self._fields["kind"]._description_selection(self.env)
                        )[line.kind],
                    )
                )

    @api.constrains("kind", "channel_id")
    def _check_channel(self):
        employees = self.env.ref("base.group_user")
        for line in self.filtered(lambda e: e.kind == "channel" and e.channel_id):
            # sudo: a club administrator need not see every channel
            channel = line.channel_id.sudo()
            if channel.channel_type != "channel":
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is a private chat. Choose a channel.",
                        name=channel.name,
                    )
                )
            if employees in channel.group_public_id.all_implied_ids:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is open to employees only, so members could not "
                        "read it. Set its authorized group to “Club: members and "
                        "staff” first.",
                        name=channel.name,
                    )
                )

    @api.constrains("kind", "group_id")
    def _check_group(self):
        allowed = self._member_group_domain()
        for line in self.filtered(lambda e: e.kind == "group" and e.group_id):
            # sudo: a club administrator need not have rights on groups
            if not line.group_id.sudo().filtered_domain(allowed):
                raise ValidationError(
                    self.env._(
                        "The group “%(name)s” is not one of portal users, so a "
                        "membership cannot give it.",
                        name=line.group_id.display_name,
                    )
                )

    # --- CRUD -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self._ask_for_check()
        return lines

    def write(self, vals):
        res = super().write(vals)
        if vals.keys() - {"name", "sequence"}:
            self._ask_for_check()
        return res

    def unlink(self):
        """What somebody has or had stays as history: it is archived instead."""
        # sudo: the ledger of other companies counts as well
        used = self.filtered(lambda line: line.sudo().entitlement_ids)
        used.active = False
        return super(ClubPlanEntitlement, self - used).unlink()

    def _ask_for_check(self):
        """Members get, or lose, what the list says now in batches, in a minute."""
        cron = self.env.ref(
            "club_community.ir_cron_club_check_entitlements", raise_if_not_found=False
        )
        if cron:
            # sudo: a club administrator has no rights on jobs
            cron.sudo()._trigger()


class ClubPlan(models.Model):
    _inherit = "club.plan"

    entitlement_ids = fields.One2many(
        "club.plan.entitlement", "plan_id", string="What It Opens", copy=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._keep_level_line()
        return plans

    def write(self, vals):
        res = super().write(vals)
        if "grade_id" in vals:
            self._keep_level_line()
        return res

    def _keep_level_line(self):
        """The level of a plan is the first thing that it opens."""
        # sudo: the level is the plan's own, and so is its line
        lines = (
            self.env["club.plan.entitlement"]
            .sudo()
            .with_context(active_test=False)
            .search([("plan_id", "in", self.ids), ("kind", "=", "level")])
        )
        by_plan = lines.grouped("plan_id")
        lines.filtered(lambda line: not line.plan_id.grade_id).unlink()
        missing = self.filtered("grade_id").filtered(lambda plan: plan not in by_plan)
        lines.create(
            [{"plan_id": plan.id, "kind": "level", "sequence": 0} for plan in missing]
        )
