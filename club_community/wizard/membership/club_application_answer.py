from odoo import fields, models
from odoo.exceptions import UserError

from ...models.membership.crm_lead import OPEN
from ...models.membership.crm_lead_application import APPROVABLE


class ClubApplicationAnswer(models.TransientModel):
    """Ask the applicant something, or refuse with a reason."""

    _name = "club.application.answer"
    _description = "Answer an Application"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    kind = fields.Selection(
        [("info", "Ask for more information"), ("refused", "Refuse")], required=True
    )
    reason_id = fields.Many2one(
        "crm.lost.reason", help="For the club's statistics; the applicant is not told."
    )
    send_mail = fields.Boolean(string="Send by E-mail", default=True)
    message = fields.Text(
        string="Message to the Applicant", help="It is sent in your words."
    )

    def action_answer(self):
        """Send the answer.

        :raise UserError: a question without a text, a refusal without a reason, or
            an applicant without an e-mail
        """
        self.ensure_one()
        lead = self.lead_id
        text = (self.message or "").strip() if self.send_mail else ""
        if self.kind == "info":
            lead._club_check_may_answer(APPROVABLE)
            self._check_text(text)
            lead._club_ask_applicant(text)
        else:
            lead._club_check_may_answer(OPEN)
            if not self.reason_id:
                raise UserError(self.env._("Choose the reason of the refusal."))
            if self.send_mail:
                self._check_text(text)
            lead._club_refuse(self.reason_id, text)
        return {"type": "ir.actions.act_window_close"}

    def _check_text(self, text):
        if not text:
            raise UserError(self.env._("Write what the applicant is to read."))
        if not self.lead_id.email_normalized:
            raise UserError(
                self.env._(
                    "This applicant left no e-mail: call him, then answer without "
                    "sending a mail."
                )
            )
