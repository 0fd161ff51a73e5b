from odoo import api, fields, models
from odoo.fields import Domain

WHO = [
    ("members", "Members with a paid period"),
    ("anybody", "Whoever is, or was, a member"),
]
ATTRIBUTION = [
    ("first", "The first who brought the person"),
    ("last", "The last who brought the person, until the fee is paid"),
]


class ClubReferralProgram(models.Model):
    """The rules by which bringing people to the club counts (S0.11).

    One programme is in force at a time for a company: the first by its order whose days
    include today, the company's own before the common ones. A binding keeps the
    programme that it was made under.
    """

    _name = "club.referral.program"
    _description = "Referral Programme"
    _inherit = ["club.in.use"]
    _order = "sequence, id"
    _used_by = (("club.referral", "program_id"),)

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    date_from = fields.Date(string="From", help="Empty: always was in force.")
    date_to = fields.Date(string="Until", help="Last day. Empty: without an end.")
    who = fields.Selection(
        WHO,
        string="Who May Bring People",
        required=True,
        default="members",
        help="Link and code of anybody else are not taken.",
    )
    attribution = fields.Selection(
        ATTRIBUTION,
        string="Who Counts",
        required=True,
        default="first",
        help="If several members bring the same person. Either way both are noted.",
    )
    window_days = fields.Integer(
        string="Held for, Days",
        default=180,
        help="Whoever has brought a person who does not join within these days loses "
        "him to the next who brings him. 0: never.",
    )
    keep_renewals = fields.Boolean(
        string="Renewals Go On Counting",
        help="Rewards for renewals go to whoever has brought the member, as long as he "
        "stays.",
    )
    active_purchases = fields.Integer(
        string="Purchases of an Active Client",
        default=2,
        help="So many paid invoices beside fees and tickets, within the days beside, "
        "make an active client of somebody who was brought (S0.14).",
    )
    active_days = fields.Integer(string="Within Days", default=365)
    rate_people = fields.Integer(
        string="Unusual: More Than",
        default=10,
        help="Whoever brings more people than that within the days beside is looked at "
        "before anything is granted. 0: any number is fine.",
    )
    rate_days = fields.Integer(string="People Within Days", default=7)
    more_disposable = fields.Text(
        string="Further Throw-away Domains",
        help="One domain a line. Addresses of the usual services for throw-away "
        "e-mail are known already; whoever comes with one is looked at.",
    )
    referral_ids = fields.One2many("club.referral", "program_id")
    referral_count = fields.Integer(compute="_compute_referral_count")

    _numbers = models.Constraint(
        "CHECK(window_days >= 0 AND active_purchases > 0 AND active_days > 0 "
        "AND rate_people >= 0 AND rate_days > 0)",
        "Days and numbers of a referral programme cannot be negative, and an active "
        "client has bought something.",
    )
    _dates = models.Constraint(
        "CHECK(date_to >= date_from)", "A programme cannot end before it begins."
    )

    def _compute_referral_count(self):
        counts = dict(
            self.env["club.referral"]._read_group(
                [("program_id", "in", self.ids)], ["program_id"], ["__count"]
            )
        )
        for program in self:
            program.referral_count = counts.get(program, 0)

    def action_open_referrals(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_referral_action"
        )
        return {**action, "domain": [("program_id", "=", self.id)], "context": {}}

    @api.model
    def _in_force(self, company):
        """The programme of today for a company; an empty one if there is none.

        :param company: a ``res.company``
        """
        today = fields.Date.context_today(self)
        # sudo: whoever brings or is brought need not read programmes
        found_sudo = self.sudo().search(
            Domain("company_id", "in", (company.id, False))
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
        return found_sudo.sorted(lambda program: not program.company_id)[:1]
