from odoo import Command, api, fields, models

FROM_TEMPLATE = (
    "club_plan_ids",
    "club_grade_ids",
    "club_chapter_ids",
    "club_interest_ids",
)


class ClubTicketEarly(models.Model):
    """A level may book a ticket some days before its general sale."""

    _name = "club.ticket.early"
    _description = "Early Access of a Level"
    _order = "days desc, id"

    ticket_id = fields.Many2one("event.event.ticket", index=True, ondelete="cascade")
    template_id = fields.Many2one("event.type.ticket", index=True, ondelete="cascade")
    grade_id = fields.Many2one(
        "res.partner.grade",
        string="Level",
        required=True,
        index=True,
        ondelete="cascade",
    )
    days = fields.Integer(
        string="Days Before", required=True, default=7, help="Before the general sale."
    )

    _once_per_ticket = models.UniqueIndex(
        "(ticket_id, grade_id) WHERE ticket_id IS NOT NULL",
        "This level is in the list of the ticket already.",
    )
    _once_per_template = models.UniqueIndex(
        "(template_id, grade_id) WHERE template_id IS NOT NULL",
        "This level is in the list of the ticket already.",
    )
    _days_positive = models.Constraint(
        "CHECK(days > 0)", "Early access begins a day before the sale at least."
    )
    _of_one_ticket = models.Constraint(
        "CHECK(num_nonnulls(ticket_id, template_id) = 1)",
        "Early access belongs to one ticket.",
    )


class EventTypeTicket(models.Model):
    """Who may have a ticket (S1.10): tickets of events inherit all of this.

    What is filled in must all hold; of several plans and levels any will do.
    """

    _inherit = "event.type.ticket"

    club_who = fields.Selection(
        [("everybody", "Everybody"), ("members", "Members only")],
        string="Open To",
        required=True,
        default="everybody",
        help="A member is who has a paid membership on the day of the event.",
    )
    club_plan_ids = fields.Many2many(
        "club.plan", string="Plans", help="Members of any of these plans or levels."
    )
    club_grade_ids = fields.Many2many(
        "res.partner.grade",
        string="Levels",
        help="Members of any of these plans or levels.",
    )
    club_chapter_ids = fields.Many2many(
        "club.chapter", string="Chapters", groups="club_community.group_club_user"
    )
    club_interest_ids = fields.Many2many(
        "club.interest",
        string="Circles and Interests",
        groups="club_community.group_club_user",
        help="Whoever has any of these, or of those below them, in the profile.",
    )
    club_invitation = fields.Selection(
        [
            ("no", "Plays no part"),
            ("also", "Lets others in as well"),
            ("only", "Is needed"),
        ],
        string="An Invitation",
        required=True,
        default="no",
    )
    club_limit = fields.Integer(
        string="Limit per Member",
        help="Places that one member may have, his guests counted. 0: no limit.",
    )
    club_early_ids = fields.One2many(
        "club.ticket.early", "template_id", string="Early Access"
    )
    club_template_id = fields.Many2one(
        "event.type.ticket", compute="_compute_club_template_id"
    )
    club_is_restricted = fields.Boolean(
        compute="_compute_club_is_restricted", store=True
    )

    _club_limit_not_negative = models.Constraint(
        "CHECK(club_limit >= 0)", "A limit cannot be negative."
    )

    def _compute_club_template_id(self):
        for ticket in self:
            ticket.club_template_id = ticket._origin

    @api.depends(
        "club_who", "club_invitation", "club_limit", "club_early_ids", *FROM_TEMPLATE
    )
    def _compute_club_is_restricted(self):
        for ticket in self:
            ticket_sudo = ticket.sudo()  # sudo: some lists are for the club's staff
            ticket.club_is_restricted = bool(
                ticket.club_who != "everybody"
                or ticket.club_invitation == "only"
                or ticket.club_limit
                or ticket.club_early_ids
                or any(ticket_sudo[name] for name in FROM_TEMPLATE)
            )

    @api.model
    def _get_event_ticket_fields_whitelist(self):
        """Lists are copied by ``club_template_id``: stock copies single values only."""
        return [
            *super()._get_event_ticket_fields_whitelist(),
            "club_template_id",
            "club_who",
            "club_invitation",
            "club_limit",
        ]


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    club_template_id = fields.Many2one(
        "event.type.ticket",
        string="Made From",
        compute=False,
        store=True,
        readonly=False,  # a form sends back only what could be changed
        index="btree_not_null",
        ondelete="set null",
    )
    club_plan_ids = fields.Many2many(
        compute="_compute_club_plan_ids", store=True, readonly=False
    )
    club_grade_ids = fields.Many2many(
        compute="_compute_club_grade_ids", store=True, readonly=False
    )
    club_chapter_ids = fields.Many2many(
        compute="_compute_club_chapter_ids", store=True, readonly=False
    )
    club_interest_ids = fields.Many2many(
        compute="_compute_club_interest_ids", store=True, readonly=False
    )
    club_early_ids = fields.One2many(
        inverse_name="ticket_id",
        compute="_compute_club_early_ids",
        store=True,
        readonly=False,
        copy=True,
    )

    # One method for each list: of several that one method computes, Odoo would leave
    # out all as soon as a form sends one of them.

    @api.depends("club_template_id")
    def _compute_club_plan_ids(self):
        self._club_copy_list("club_plan_ids")

    @api.depends("club_template_id")
    def _compute_club_grade_ids(self):
        self._club_copy_list("club_grade_ids")

    @api.depends("club_template_id")
    def _compute_club_chapter_ids(self):
        self._club_copy_list("club_chapter_ids")

    @api.depends("club_template_id")
    def _compute_club_interest_ids(self):
        self._club_copy_list("club_interest_ids")

    def _club_copy_list(self, name):
        for ticket in self:
            # sudo: whoever plans events need not see all lists of the club
            template_sudo = ticket.club_template_id.sudo()
            ticket[name] = template_sudo[name] if template_sudo else ticket[name]

    @api.depends("club_template_id")
    def _compute_club_early_ids(self):
        for ticket in self:
            template_sudo = ticket.club_template_id.sudo()  # sudo: as above
            if not template_sudo:
                ticket.club_early_ids = ticket.club_early_ids
                continue
            ticket.club_early_ids = [
                Command.clear(),
                *(
                    Command.create({"grade_id": row.grade_id.id, "days": row.days})
                    for row in template_sudo.club_early_ids
                ),
            ]


class EventEvent(models.Model):
    _inherit = "event.event"

    club_limit = fields.Integer(
        string="Limit per Member",
        help="Places that one member may have at this event, of all tickets and with "
        "his guests. 0: no limit.",
    )

    _club_limit_not_negative = models.Constraint(
        "CHECK(club_limit >= 0)", "A limit cannot be negative."
    )
