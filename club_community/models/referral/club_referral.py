from odoo import api, fields, models
from odoo.tools import email_normalize

WAYS = [
    ("link", "Personal link"),
    ("code", "Code, typed"),
    ("invitation", "Invitation by the member"),
    ("guest", "Guest at an event"),
    ("manager", "Noted by the club"),
    ("import", "Brought in with older data"),
]
STATUSES = [
    ("bound", "Counts"),
    ("review", "To be looked at"),
    ("refused", "Refused"),
    ("lapsed", "Lapsed"),
    ("replaced", "Replaced"),
]
CURRENT = ("bound", "review")
STAGES = [
    ("invited", "Invited"),
    ("visited", "Visited"),
    ("applied", "Applied"),
    ("joined", "Joined"),
    ("client", "Became a client"),
    ("active", "Active client"),
]
STAGE_DATES = {stage: f"{stage}_on" for stage, _label in STAGES}


class ClubReferral(models.Model):
    """Somebody was brought to the club by somebody: one row, for ever (S0.11, S0.12).

    ``club_referral_bind`` makes rows and says who counts, ``club_referral_stage`` dates
    what became of the person, ``club_referral_doubt`` asks for a look. Nobody types any
    of it: rows have no rights to write but the flows' own.

    ``res.partner.club_referrer_id`` is the projection of the row that counts.
    """

    _name = "club.referral"
    _description = "Referral"
    _inherit = ["mail.thread"]
    _order = "invited_on desc, id desc"
    _rec_name = "name"

    program_id = fields.Many2one(
        "club.referral.program",
        string="Programme",
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    referrer_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    referred_id = fields.Many2one(
        "res.partner",
        string="Person",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="Empty until the club has a contact of whom was invited.",
    )
    name = fields.Char(readonly=True, help="As it was given.")
    email = fields.Char(readonly=True)
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, precompute=True
    )
    phone = fields.Char(readonly=True)
    note = fields.Text(
        string="Why", readonly=True, help="Words of whoever has invited the person."
    )
    way = fields.Selection(WAYS, string="By Which Way", required=True, readonly=True)
    detail = fields.Char(
        readonly=True,
        help="The code that was used, the event, or the reason that was given.",
    )
    user_id = fields.Many2one(
        "res.users", string="Noted By", ondelete="set null", readonly=True
    )
    reason = fields.Char(
        string="Why It Counts",
        compute="_compute_reason",
        help="Every binding says by which way, when and by whom it was made.",
    )
    status = fields.Selection(
        STATUSES,
        required=True,
        default="bound",
        index=True,
        readonly=True,
        tracking=True,
    )
    closed_on = fields.Datetime(readonly=True)
    closed_why = fields.Char(string="Why It Does Not Count", readonly=True)
    closed_by_id = fields.Many2one("res.users", ondelete="set null", readonly=True)
    last_referrer_id = fields.Many2one(
        "res.partner",
        string="Last Brought By",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="Somebody else who brought the same person later.",
    )
    last_way = fields.Selection(WAYS, readonly=True)
    last_on = fields.Date(string="Last Brought On", readonly=True)
    lead_ids = fields.One2many("crm.lead", "club_referral_id", string="Leads")

    stage = fields.Selection(
        STAGES, required=True, default="invited", index=True, readonly=True
    )
    invited_on = fields.Date(required=True, index=True, readonly=True)
    visited_on = fields.Date(readonly=True)
    applied_on = fields.Date(readonly=True)
    joined_on = fields.Date(readonly=True, index="btree_not_null")
    client_on = fields.Date(string="Client Since", readonly=True)
    active_on = fields.Date(string="Active Client Since", readonly=True)

    # Who counts is one, whoever writes at the same moment.
    _one_person_idx = models.UniqueIndex(
        "(referred_id) WHERE status IN ('bound', 'review') AND referred_id IS NOT NULL",
        "Somebody has brought this person to the club already.",
    )
    _one_email_idx = models.UniqueIndex(
        "(email_normalized, company_id) WHERE status IN ('bound', 'review') "
        "AND referred_id IS NULL AND email_normalized IS NOT NULL",
        "Somebody has invited the owner of this e-mail already.",
    )
    _not_oneself = models.Constraint(
        "CHECK(referrer_id <> referred_id)", "Nobody brings himself to the club."
    )
    _somebody = models.Constraint(
        "CHECK(referred_id IS NOT NULL OR name IS NOT NULL OR email IS NOT NULL "
        "OR phone IS NOT NULL)",
        "A referral is of somebody: a contact, or a name.",
    )

    @api.depends("email")
    def _compute_email_normalized(self):
        for referral in self:
            referral.email_normalized = email_normalize(referral.email)

    @api.depends("referrer_id.name", "referred_id.name", "name", "email")
    def _compute_display_name(self):
        for referral in self:
            referral.display_name = self.env._(
                "%(person)s, brought by %(referrer)s",
                person=referral._whom(),
                referrer=referral.referrer_id.name,
            )

    @api.depends("way", "detail", "user_id", "referrer_id")
    def _compute_reason(self):
        for referral in self:
            referral.reason = referral._why()

    def _whom(self):
        """The name of whoever was brought, as far as it is known."""
        self.ensure_one()
        # sudo: the contact may be of another portfolio; its name is on this row, too
        person = self.sudo().referred_id
        return person.name or self.name or self.email or self.phone

    def _why(self):
        """Why the referrer is the one who counts, in a sentence."""
        self.ensure_one()
        who = self.referrer_id.name
        sentences = {
            "link": self.env._("Came by the personal link of %s.", who),
            "code": self.env._("Gave the code of %s.", who),
            "invitation": self.env._("Was invited by %s.", who),
            "guest": self.env._("Came as a guest of %s.", who),
            "manager": self.env._("The club noted that %s brought this person.", who),
            "import": self.env._("%s was named in older data.", who),
        }
        return " ".join(filter(None, [sentences.get(self.way), self.detail]))

    def action_open_person(self):
        self.ensure_one()
        return self.referred_id._get_records_action()
