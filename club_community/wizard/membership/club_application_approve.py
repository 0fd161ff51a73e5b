from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.membership.crm_lead_application import APPROVABLE


class ClubApplicationApprove(models.TransientModel):
    """Who is the applicant? People with his e-mail are known already.

    Nobody is merged silently: two people share a mailbox more often than one thinks.
    """

    _name = "club.application.approve"
    _description = "Who Is the Applicant?"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    contact_name = fields.Char(related="lead_id.contact_name")
    email = fields.Char(related="lead_id.email_from")
    candidate_ids = fields.Many2many("res.partner", compute="_compute_candidate_ids")
    who = fields.Selection(
        [("known", "One of these people"), ("new", "A new person")],
        required=True,
        default="known",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', candidate_ids)]",
    )

    @api.depends("lead_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.lead_id._club_people()

    @api.depends("candidate_ids")
    def _compute_partner_id(self):
        for wizard in self:
            people = wizard.candidate_ids
            wizard.partner_id = people if len(people) == 1 else False

    def action_approve(self):
        """Approve for the chosen person.

        :raise UserError: nobody is chosen, or somebody with another e-mail
        """
        self.ensure_one()
        lead = self.lead_id
        lead._club_check_may_answer(APPROVABLE)
        if self.who == "new":
            return lead._club_approve(self.env["res.partner"])
        if self.partner_id not in lead._club_people():
            raise UserError(self.env._("Choose who of these people the applicant is."))
        return lead._club_approve(self.partner_id)
