from odoo import api, fields, models

from .club_referral_reward_rule import OCCASIONS, _reward_words

KINDS = [
    ("days", "Days of membership"),
    ("credit", "Credit on the next fee"),
    ("points", "Loyalty points"),
    ("gift", "Gift, as a task of the manager"),
]
STATES = [
    ("waiting", "Waits"),
    ("granted", "Granted"),
    ("used", "Used"),
    ("taken_back", "Taken back"),
    ("capped", "Over the limit"),
    ("refused", "Refused"),
]
WHY = [
    ("review", "The recommendation is being looked at"),
    ("no_period", "No running period to extend"),
    ("leaving", "Has asked to leave"),
    ("seat", "Has a place in the membership of somebody else"),
    ("life", "A member for life: there are no days to add"),
    ("no_loyalty", "There is no loyalty programme"),
    ("failed", "It did not work; it is tried again every night"),
    ("cap", "The limit of the year is reached"),
    ("fee", "The fee was refunded, or its payment lost"),
    ("binding", "The recommendation does not count any more"),
    ("period_lost", "The period that was extended was taken back"),
]
GIVEN = ("granted", "used")
# What still stands, and has to be taken back if its reason goes.
STANDING = ("waiting", *GIVEN)


class ClubReferralReward(models.Model):
    """What one paid fee of one person who was brought gives to one person: once.

    The unique index is the promise: however often a payment is notified, by however
    many at once, there is one row per binding, rule and paid period. A row is made in
    the transaction of the payment and granted by its end, or by the nightly job.

    Files: ``_grant`` makes and grants, ``_back`` takes back, ``_days``, ``_credit``,
    ``_points`` and ``_gift`` know how each kind is given and taken.
    """

    _name = "club.referral.reward"
    _description = "Reward for a Referral"
    _order = "date desc, id desc"
    _rec_name = "words"

    referral_id = fields.Many2one(
        "club.referral", required=True, index=True, ondelete="cascade", readonly=True
    )
    rule_id = fields.Many2one(
        "club.referral.reward.rule",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    membership_id = fields.Many2one(
        "club.membership",
        string="For the Fee of",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    part = fields.Integer(
        readonly=True,
        help="A credit that is higher than the fee is divided: the rest is another "
        "part.",
    )
    referrer_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    beneficiary_id = fields.Many2one(
        "res.partner",
        string="For",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    occasion = fields.Selection(OCCASIONS, required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    amount = fields.Float(digits=(16, 2), readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    words = fields.Char(string="Reward", compute="_compute_words")
    date = fields.Date(string="Earned On", required=True, index=True, readonly=True)
    year = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, default="waiting", index=True, readonly=True
    )
    why = fields.Selection(WHY, string="Why So", readonly=True)
    granted_on = fields.Datetime(readonly=True)
    taken_back_on = fields.Datetime(readonly=True)
    amount_lost = fields.Float(
        string="Could Not Be Taken Back",
        digits=(16, 2),
        readonly=True,
        help="What was used already when the reason for the reward went.",
    )
    period_id = fields.Many2one(
        "club.membership",
        string="Extended Period",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )

    _once = models.UniqueIndex(
        "(referral_id, rule_id, membership_id, part)",
        "This reward was noted already.",
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("kind", "amount", "currency_id")
    @api.depends_context("lang")
    def _compute_words(self):
        for reward in self:
            reward.words = _reward_words(reward)

    def _state_words(self):
        """What has become of it, for the member: no word of what is looked at."""
        self.ensure_one()
        return {
            "waiting": self.env._("On its way"),
            "granted": self.env._("Is there for your next fee")
            if self.kind == "credit"
            else self.env._("Yours"),
            "used": self.env._("Used"),
            "taken_back": self.env._("Taken back: the fee was not paid after all"),
            "capped": self.env._("Over the limit of this year"),
        }.get(self.state, "")

    def action_open_beneficiary(self):
        self.ensure_one()
        return self.beneficiary_id._get_records_action()
