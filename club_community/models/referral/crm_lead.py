from odoo import api, fields, models
from odoo.tools import email_normalize

from .club_referral import CURRENT
from .club_referral_bind import Touch


class CrmLead(models.Model):
    """An application with a code, or of somebody who was invited (S0.08, S0.11).

    The code stands in the address, in the form and on the lead: no cookie has to be
    allowed, and no website be installed.
    """

    _inherit = "crm.lead"

    club_referral_code = fields.Char(
        string="Code of Who Recommends",
        copy=False,
        readonly=True,
        help="As it came with the application.",
    )
    club_referral_id = fields.Many2one(
        "club.referral",
        string="Referral",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        readonly=True,
        groups="club_community.group_club_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._club_bind()
        return leads

    def write(self, vals):
        res = super().write(vals)
        if vals.get("partner_id"):
            self._club_know_referred()
        if {"partner_id", "club_asked_on"} & vals.keys():
            # sudo: salespeople have no rights on bindings
            self.sudo().club_referral_id._take_stock_later()
        return res

    # --- The form -------------------------------------------------------------------

    @api.model
    def _club_clean(self, values, person):
        """The code too; a wrong one is said, whoever typed it can leave it out."""
        clean, errors = super()._club_clean(values, person)
        typed = values.get("code")
        typed = " ".join(typed.split())[:40] if isinstance(typed, str) else ""
        clean["code"] = typed
        clean["came_by_link"] = bool(values.get("by_link"))
        if typed and not self.env["res.partner"]._club_by_code(typed):
            errors["code"] = self.env._(
                "We do not know this code. Please check it, or leave it empty."
            )
        return clean, errors

    @api.model
    def _club_form_vals(self, plan, clean, person):
        return {
            **super()._club_form_vals(plan, clean, person),
            "club_referral_code": clean.get("code") or False,
        }

    @api.model
    def _club_apply(self, plan, clean, person):
        by_link = bool(clean.get("came_by_link"))
        return super(CrmLead, self.with_context(club_came_by_link=by_link))._club_apply(
            plan, clean, person
        )

    # --- Binding --------------------------------------------------------------------

    def _club_bind(self):
        """Bind whoever applies to whose code he gives, or to who has invited him."""
        # sudo: applicants have no rights on bindings
        leads_sudo = self.sudo().filtered(
            lambda lead: lead.club_referral_code or lead.club_plan_id
        )
        if not leads_sudo:
            return
        people, touches, touching = self.env["res.partner"], [], []
        for lead in leads_sudo.filtered("club_referral_code"):
            company = lead.company_id or self.env.company
            referrer = people._club_by_code(lead.club_referral_code, company)
            if referrer and referrer != lead.partner_id:
                touching.append(lead)
                touches.append(lead._club_touch(referrer, company))
        for lead, referral in zip(
            touching, self.env["club.referral"]._bind(touches), strict=True
        ):
            lead.club_referral_id = referral
        (leads_sudo - leads_sudo.filtered("club_referral_id"))._club_was_invited()
        leads_sudo.club_referral_id._take_stock_later()

    def _club_touch(self, referrer, company):
        self.ensure_one()
        by_link = self.env.context.get("club_came_by_link")
        return Touch(
            referrer,
            self.partner_id,
            name=self.contact_name or self.partner_name or self.name,
            email=self.email_from,
            phone=self.phone,
            way="link" if by_link else "code",
            detail=self.club_referral_code,
            visited=True,
            company=company,
        )

    def _club_was_invited(self):
        """Whoever was invited by name and applies without a code is known, too."""
        Referral_sudo = self.env["club.referral"].sudo()  # sudo: as above
        emails = [mail for lead in self if (mail := email_normalize(lead.email_from))]
        held = Referral_sudo.search(
            [
                ("status", "in", CURRENT),
                "|",
                ("referred_id", "in", self.partner_id.ids),
                ("email_normalized", "in", emails),
            ]
        )
        for lead in self:
            mine = held.filtered(
                lambda r, lead=lead: (
                    r.referred_id == lead.partner_id
                    if r.referred_id
                    else r.email_normalized == lead.email_normalized
                )
                and r.company_id == (lead.company_id or r.company_id)
            )[:1]
            if mine:
                lead.club_referral_id = mine
        self._club_know_referred()

    def _club_know_referred(self):
        """The lead has a contact now: whoever was brought is this person."""
        # sudo: salespeople have no rights on bindings
        for lead in self.sudo():
            referral = lead.club_referral_id
            if lead.partner_id and referral.status in CURRENT:
                if not referral.referred_id:
                    referral._know(lead.partner_id)
                if not referral.visited_on:
                    referral.visited_on = fields.Date.context_today(referral)
