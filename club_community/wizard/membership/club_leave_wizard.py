from odoo import api, fields, models
from odoo.exceptions import UserError


class ClubLeaveWizard(models.TransientModel):
    """“Leave”: thank, ask why, try to mend, part well (S2.13)."""

    _name = "club.leave.wizard"
    _description = "Leave the Club"

    membership_id = fields.Many2one(
        "club.membership", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="membership_id.partner_id")
    plan_id = fields.Many2one(related="membership_id.plan_id")
    date_paid = fields.Date(string="Paid Until", compute="_compute_date_paid")
    when = fields.Selection(
        [
            ("end", "When the paid days are over"),
            ("now", "At once, today is the last day"),
            ("date", "On another day"),
        ],
        compute="_compute_when",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    date = fields.Date(string="Last Day")
    reason_ids = fields.Many2many("club.leaving.reason", string="Reasons")
    note = fields.Text(
        string="In His Own Words",
        help="What the club could do better, as the member said it.",
    )
    save_offer = fields.Text(
        string="What Was Offered", help="What was tried so that the member stays."
    )
    terms = fields.Text(string="What It Means", compute="_compute_terms")

    @api.depends("membership_id")
    def _compute_date_paid(self):
        for wizard in self:
            wizard.date_paid = wizard.membership_id and (
                wizard.membership_id._leave_end()
            )

    @api.depends("date_paid")
    def _compute_when(self):
        for wizard in self:
            wizard.when = "end" if wizard.date_paid else "now"

    @api.depends("when", "date", "membership_id")
    def _compute_terms(self):
        for wizard in self:
            day = wizard._last_day()
            wizard.terms = day and "\n".join(wizard.membership_id._leave_sentences(day))

    def _last_day(self):
        if self.when == "end":
            return self.date_paid
        return fields.Date.context_today(self) if self.when == "now" else self.date

    def _check_and_get_day(self):
        """:raise UserError: no day was chosen, or not one's own portfolio"""
        self.membership_id.check_access("write")
        day = self._last_day()
        if not day:
            raise UserError(
                self.env._(
                    "Choose the last day: there is no day on which it would end "
                    "by itself."
                )
            )
        return day

    def action_leave(self):
        """Note the request and end the membership on the day."""
        self.ensure_one()
        leave = self.membership_id._leave(
            self._check_and_get_day(),
            self.reason_ids,
            note=self.note,
            save_offer=self.save_offer,
        )
        return leave._get_records_action()

    def action_stay(self):
        """The attempt was worth it: note what was offered, change nothing."""
        self.ensure_one()
        self.membership_id.check_access("write")
        leave = self.membership_id._note_saved(
            self.reason_ids, note=self.note, save_offer=self.save_offer
        )
        return leave._get_records_action()
