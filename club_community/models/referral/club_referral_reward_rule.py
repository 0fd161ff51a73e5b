from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

OCCASIONS = [
    ("joined", "Paid the first fee"),
    ("renewal", "Paid a later fee"),
]
BENEFICIARIES = [
    ("referrer", "Whoever brought the person"),
    ("referred", "The person who was brought"),
]


class ClubReferralRewardRule(models.Model):
    """What a programme gives, to whom, and for which paid fee (S0.12).

    A reward keeps what its rule said on the day of the payment: a rule that is changed
    speaks of later payments only, and one that is new of periods that start later.
    """

    _name = "club.referral.reward.rule"
    _description = "Rule for Rewards of Referrals"
    _order = "program_id, sequence, id"
    _rec_name = "program_id"

    program_id = fields.Many2one(
        "club.referral.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    occasion = fields.Selection(
        OCCASIONS,
        string="When the Person",
        required=True,
        default="joined",
        help="Only for fees that are paid by an invoice of the club. Later fees count "
        "only if renewals go on counting by the programme.",
    )
    kind = fields.Selection(
        "_selection_kind", string="Gives", required=True, default="gift"
    )
    beneficiary = fields.Selection(
        BENEFICIARIES, string="To", required=True, default="referrer"
    )
    amount = fields.Float(
        string="How Much",
        digits=(16, 2),
        help="Days, money or points. A gift needs none.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of a credit.",
    )
    gift = fields.Char(
        string="Task of the Manager",
        translate=True,
        help="What whoever looks after the member shall do, in a few words.",
    )
    cap = fields.Integer(
        string="At Most a Year",
        help="So many rewards of this rule, in one calendar year, for what one member "
        "has brought. 0: as many as there are. What is over it is noted and not given.",
    )

    _amounts = models.Constraint(
        "CHECK(cap >= 0 AND (kind = 'gift' OR amount > 0))",
        "A reward says how much it gives; a limit is not negative.",
    )
    _whole_days = models.Constraint(
        "CHECK(kind <> 'days' OR amount = floor(amount))",
        "Only whole days can be added to a membership.",
    )
    _gift_is_named = models.Constraint(
        "CHECK(kind <> 'gift' OR gift IS NOT NULL)",
        "Say what the manager shall do: the gift is his task.",
    )

    @api.model
    def _selection_kind(self):
        """Points only where stock's own app keeps them."""
        kinds = [
            ("days", self.env._("Days of membership")),
            ("credit", self.env._("Credit on the next fee")),
            ("points", self.env._("Loyalty points")),
            ("gift", self.env._("Gift, as a task of the manager")),
        ]
        has_points = "loyalty.program" in self.env
        return [kind for kind in kinds if kind[0] != "points" or has_points]

    @api.ondelete(at_uninstall=False)
    def _unlink_if_unused(self):
        # sudo: rewards of other portfolios count as well
        used_sudo = self.env["club.referral.reward"].sudo()
        if used_sudo.search_count([("rule_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Rewards were given by this rule, so it stays as history. Archive "
                    "it: then it gives nothing more."
                )
            )

    def _words(self):
        """What it gives, for whoever gets it."""
        self.ensure_one()
        return _reward_words(self)


class ClubReferralProgram(models.Model):
    _inherit = "club.referral.program"

    reward_rule_ids = fields.One2many(
        "club.referral.reward.rule", "program_id", string="Rewards"
    )

    def _next_words(self):
        """What the next person brings to whoever brings him and to himself.

        :return: a sentence or two; empty where the programme gives nothing
        """
        rules = self.reward_rule_ids.filtered(lambda rule: rule.occasion == "joined")
        mine, his = (
            ", ".join(r._words() for r in rules if r.beneficiary == who)
            for who in ("referrer", "referred")
        )
        sentences = [
            mine
            and self.env._(
                "When the next person whom you bring has paid the first fee, you get: "
                "%s.",
                mine,
            ),
            his and self.env._("Whoever you bring gets with the first fee: %s.", his),
        ]
        return " ".join(filter(None, sentences))


def _reward_words(gives):
    """What a rule or a reward gives, in the words of the one who gets it."""
    if gives.kind == "days":
        return gives.env._("%s more days of membership", int(gives.amount))
    if gives.kind == "credit":
        return gives.env._(
            "%s off the next fee", gives.currency_id.format(gives.amount)
        )
    if gives.kind == "points":
        return gives.env._("%s points", formatLang(gives.env, gives.amount, digits=0))
    return gives.env._("a thank-you from the club")
