from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ...tools.period import LIVE_STATES
from ..referral.club_referral_bind import Touch


class CrmLead(models.Model):
    _inherit = "crm.lead"

    club_guest_of_id = fields.Many2one(
        "res.partner",
        string="Guest Of",
        index="btree_not_null",
        ondelete="set null",
        help="The member who brought this person to an event.",
    )


class EventRegistration(models.Model):
    """A guest who came is somebody whom the host's manager may turn to (S1.10)."""

    _inherit = "event.registration"

    club_guest_noted = fields.Boolean(
        string="Attended Guest Noted", readonly=True, copy=False
    )

    def _club_note_guests(self):
        """Call ``_club_guest_attended`` once in the life of each guest's place."""
        fresh = self.filtered(lambda r: r._club_is_guest() and not r.club_guest_noted)
        if fresh:
            fresh_sudo = fresh.sudo()  # sudo: the desk has no rights on leads
            fresh_sudo.write({"club_guest_noted": True})
            fresh_sudo._club_guest_attended()

    def _club_guest_attended(self):
        """Guests were checked in, each for the first time; rooms below may add.

        Here: a lead for the host's personal manager, or his deputy while he is away,
        with the guest's consent alone, one per host and guest, and none for whoever is
        a member. Called with raised rights, within the check-in.
        """
        agreed = self.filtered(lambda r: r.club_guest_consent and r.club_brought_by_id)
        if not agreed:
            return
        # two doors check in two places of one guest: the second is run again
        agreed.club_brought_by_id.sorted("id")._club_take()
        contacts = agreed._club_guest_contacts()
        for guest in agreed:
            email = email_normalize(guest.email)
            contact = contacts.get(email, self.env["res.partner"])
            if contact.club_state in LIVE_STATES or guest._club_guest_has_lead():
                continue
            if not contact:
                contact = self.env["res.partner"].create(guest._club_guest_vals())
                contacts[email or object()] = contact
            if not guest.club_attendee_id:
                guest.club_attendee_id = contact
            (referral,) = self.env["club.referral"]._bind([guest._club_touch(contact)])
            lead = self.env["crm.lead"].create(guest._club_lead_vals(contact))
            lead.club_referral_id = referral

    def _club_guest_contacts(self):
        """``{e-mail: contact}`` of these guests whom the club knows, in one query."""
        emails = [mail for r in self if (mail := email_normalize(r.email))]
        found = self.env["res.partner"].search(
            Domain("email_normalized", "in", emails)
            & Domain("company_id", "in", [*self.company_id.ids, False]),
            order="id desc",
        )
        # a member last, so that he is the one
        found = found.sorted(lambda p: p.club_state in LIVE_STATES)
        return {contact.email_normalized: contact for contact in found}

    def _club_guest_has_lead(self):
        self.ensure_one()
        email = email_normalize(self.email)
        same = (
            Domain("email_normalized", "=", email)
            if email
            else Domain("phone", "=", self.phone)
        )
        of_host = Domain("club_guest_of_id", "=", self.club_brought_by_id.id)
        leads = self.env["crm.lead"].with_context(active_test=False)
        return bool(leads.search_count(same & of_host, limit=1))

    def _club_guest_vals(self):
        return {
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "company_id": self.company_id.id,
        }

    def _club_touch(self, contact):
        return Touch(
            self.club_brought_by_id,
            contact,
            way="guest",
            detail=self.event_id.name,
            visited=True,
            company=self.company_id or None,
        )

    def _club_lead_vals(self, contact):
        host = self.club_brought_by_id
        charged, for_whom = self.env["res.users"], ""
        if host.club_manager_id.active:
            charged, for_whom = host._club_looked_after_by()[host.id]
        came = self.env._("Came to “%(event)s” as a guest.", event=self.event_id.name)
        return {
            "name": self.env._(
                "Guest of %(host)s: %(guest)s", host=host.name, guest=self.name
            ),
            "type": "opportunity",
            "partner_id": contact.id,
            "contact_name": self.name,
            "email_from": self.email,
            "phone": self.phone,
            "user_id": charged.id,
            "company_id": self.company_id.id,
            "referred": host.name,
            "club_guest_of_id": host.id,
            "description": " ".join(filter(None, [came, for_whom])),
        }
