from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# GDPR art. 12(3): an answer "without undue delay and in any event within one month".
ANSWER_DAYS = 30


class ClubErasure(models.Model):
    """A person's request to be forgotten, and what became of it.

    It outlives the erasure: whoever must prove that the club has answered in time
    needs the days. The words of it do not, and it names nobody: the contact it points
    to has no name any more.
    """

    _name = "club.erasure"
    _description = "Request for Erasure"
    _order = "asked_at desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    asked_at = fields.Datetime(
        string="Received On", required=True, readonly=True, default=fields.Datetime.now
    )
    due = fields.Date(
        string="Answer By",
        required=True,
        readonly=True,
        help="The law gives a month (GDPR, article 12).",
    )
    state = fields.Selection(
        [("asked", "Asked"), ("done", "Erased"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="asked",
        index=True,
    )
    reason = fields.Text(
        string="Why Refused", readonly=True, help="What the person is told."
    )
    user_id = fields.Many2one(
        "res.users", string="Answered By", readonly=True, ondelete="set null"
    )
    answered_at = fields.Datetime(string="Answered On", readonly=True)

    _one_open = models.UniqueIndex(
        "(partner_id) WHERE state = 'asked'",
        "This person has asked to be forgotten already; the request is open.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(
                self.env._("A request to be forgotten is answered, not removed.")
            )

    @api.model
    def _open_of(self, partner):
        """The open request of a person, empty if there is none."""
        return self.search(
            [("partner_id", "=", partner.id), ("state", "=", "asked")], limit=1
        )

    @api.model
    def _due_day(self):
        return fields.Date.context_today(self) + timedelta(days=ANSWER_DAYS)

    def _answer(self, state, reason=None):
        """Close requests as done or refused, by the user who answers.

        :raise UserError: one of them is answered already
        """
        if any(request.state != "asked" for request in self):
            raise UserError(self.env._("This request is answered already."))
        # sudo: requests are changed by these steps alone
        self.sudo().write(
            {
                "state": state,
                "reason": reason,
                "user_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        # sudo: the activity may be somebody else's
        self.sudo().partner_id._club_erasure_activities().unlink()
