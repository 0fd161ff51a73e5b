import psycopg2

from odoo import api, models
from odoo.tools import email_normalize
from odoo.tools.mail import single_email_re

from ...tools import application


class CrmLead(models.Model):
    """The form by which anybody asks to join."""

    _inherit = "crm.lead"

    @api.model
    def _club_clean(self, values, person):
        """What the form sent, made clean, and what is wrong with it.

        :param values: the raw values of the form
        :param person: the ``res.partner`` who is logged in, or an empty one
        :return: ``(values, errors)``; errors are sentences by the name of the input
        """
        clean = {
            name: application.clean(values.get(name), longest, lines=name == "text")
            for name, longest in application.LONGEST.items()
        }
        channel = values.get("channel")
        clean["channel"] = channel if channel in application.CHANNELS else "email"
        if person:
            clean["name"] = person.name
            clean["email"] = person.email_normalized or clean["email"]
        return clean, {
            name: sentence
            for name, sentence in {
                "name": self._club_name_error(clean, person),
                "email": self._club_email_error(clean),
                "handle": self._club_handle_error(clean),
            }.items()
            if sentence
        }

    @api.model
    def _club_name_error(self, clean, person):
        if person or application.is_name(clean["name"]):
            return ""
        return self.env._("Please write your name, without links.")

    @api.model
    def _club_email_error(self, clean):
        if email_normalize(clean["email"]) and single_email_re.match(clean["email"]):
            return ""
        return self.env._("Please check the e-mail: for example anna@example.com.")

    @api.model
    def _club_handle_error(self, clean):
        if clean["channel"] == "phone" and not application.is_phone(clean["handle"]):
            return self.env._("Please write the phone number that we may call.")
        if clean["channel"] == "messenger" and not application.is_handle(
            clean["handle"]
        ):
            return self.env._(
                "Please write the messenger and your name or number there."
            )
        return ""

    @api.model
    def _club_apply(self, plan, clean, person):
        """Receive an application from the form; one that is open already is kept.

        :param plan: a ``club.plan`` on offer
        :param clean: values that ``_club_clean`` found no fault with
        :param person: the ``res.partner`` who is logged in, or an empty one
        :return: the new ``crm.lead``; an empty one if it was received before
        """
        # sudo: whoever applies has no rights on leads
        Lead = self.sudo().with_context(mail_create_nosubscribe=True)
        email = email_normalize(clean["email"])
        known = Lead.search_count(
            [
                ("club_plan_id", "=", plan.id),
                ("company_id", "=", self.env.company.id),
                (
                    "club_application_state",
                    "in",
                    ("asked", "review", "info", "approved"),
                ),
                *(["|", ("partner_id", "=", person.id)] if person else []),
                ("email_normalized", "=", email),
            ],
            limit=1,
        )
        if known:
            return Lead.browse()
        try:
            with self.env.cr.savepoint():
                return Lead.create(Lead._club_form_vals(plan, clean, person))
        except psycopg2.errors.UniqueViolation:  # the other click was first
            return Lead.browse()

    @api.model
    def _club_form_vals(self, plan, clean, person):
        """Values of the lead that the form makes; rooms below may add theirs."""
        is_phone = clean["channel"] == "phone"
        return {
            "club_plan_id": plan.id,
            "company_id": self.env.company.id,
            "partner_id": person.id,
            "contact_name": clean["name"],
            "email_from": clean["email"],
            # a number of somebody known stays with the application: stock would
            # write it to his card
            "phone": False if person else is_phone and clean["handle"],
            "lang_id": self.env["res.lang"]._get_data(code=self.env.lang).id,
            "club_channel": clean["channel"],
            "club_handle": "" if clean["channel"] == "email" else clean["handle"],
            "club_application_text": clean["text"],
        }
