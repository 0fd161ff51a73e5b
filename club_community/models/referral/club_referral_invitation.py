import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import email_normalize
from odoo.tools.mail import single_email_re

from ...tools import application, mailbox
from ...tools.period import LIVE_STATES
from .club_referral import CURRENT
from .club_referral_bind import Touch

STATES = [
    ("sent", "Letter sent, no answer yet"),
    ("own", "No letter: the member writes himself"),
    ("beside", "Noted beside an earlier one"),
    ("yes", "May be written to"),
    ("no", "Does not want to be written to"),
]
LONGEST_NOTE = 500
SHORTEST_PHONE = 5  # what the form takes for a number
# Whoever is in the club, or on the way into it, is not invited.
IN_CLUB = ("waiting", *LIVE_STATES)


class ClubReferralInvitation(models.Model):
    """A member invites a person by name (S0.11): one letter, and no second unasked.

    The binding is a ``club.referral``; this is what the inviter has typed, and what the
    person has answered. ``club_referral_answer`` has the answers and the second letter.
    """

    _name = "club.referral.invitation"
    _description = "Invitation to the Club"
    _inherit = ["club.letter.link"]
    _letter_path = "/club/recommended"
    _order = "id desc"
    _rec_name = "name"

    referral_id = fields.Many2one(
        "club.referral", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Invited By",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    name = fields.Char(string="Person", readonly=True, help="As the inviter wrote it.")
    email = fields.Char(readonly=True)
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, precompute=True
    )
    phone = fields.Char(readonly=True)
    phone_key = fields.Char(readonly=True, index="btree_not_null")
    note = fields.Text(string="Why", readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    sent_on = fields.Datetime(readonly=True)
    answered_on = fields.Datetime(readonly=True)
    reminded_on = fields.Datetime(readonly=True)

    # Of two members who invite the same person at the same moment one letter goes out.
    _one_letter_idx = models.UniqueIndex(
        "(email_normalized, company_id) "
        "WHERE sent_on IS NOT NULL AND email_normalized IS NOT NULL",
        "The owner of this e-mail has had a letter already.",
    )
    _agreed_idx = models.Index(
        "(answered_on) WHERE state = 'yes' AND reminded_on IS NULL"
    )

    @api.depends("email")
    def _compute_email_normalized(self):
        for invitation in self:
            invitation.email_normalized = email_normalize(invitation.email)

    # --- What the form sent ---------------------------------------------------------

    @api.model
    def _clean(self, values):
        """What a member has typed, made clean, and what is wrong with it.

        :param values: raw values of the form: ``name``, ``contact``, ``note``
        :return: ``(values, errors)``; errors are sentences by the name of the input
        """
        clean = {
            "name": application.clean(values.get("name"), 100),
            "contact": application.clean(values.get("contact"), 254),
            "note": application.clean(values.get("note"), LONGEST_NOTE, lines=True),
        }
        contact, errors = clean["contact"], {}
        is_email = bool(single_email_re.match(contact) and email_normalize(contact))
        if not application.is_name(clean["name"]):
            errors["name"] = self.env._("Please write the name, without links.")
        if not is_email and not application.is_phone(contact):
            errors["contact"] = self.env._(
                "Please write one e-mail, for example anna@example.com, or a phone "
                "number."
            )
        if clean["note"] and not application.is_name(clean["note"]):
            errors["note"] = self.env._(
                "Please write it in words: without links and without the signs @ < >."
            )
        clean["email"] = contact if is_email else ""
        clean["phone"] = "" if is_email else contact
        return clean, errors

    @api.model
    def _obstacle(self, inviter, clean):
        """Why this person is not invited, in a sentence, or an empty string.

        It does not tell whether he is in the club, or has asked to be left alone.
        """
        email, phone = email_normalize(clean["email"]), _phone_key(clean["phone"])
        if (email and email == inviter.email_normalized) or (
            phone and phone == _phone_key(inviter.phone)
        ):
            return self.env._("This is your own. Whom would you like to invite?")
        if self._of(inviter, email, phone):
            return self.env._("You have invited this person already.")
        # sudo: a member has no rights on contacts
        in_club_sudo = email and self.env["res.partner"].sudo().search_count(
            [("email_normalized", "=", email), ("club_state", "in", IN_CLUB)], limit=1
        )
        refuses = email and self.env["club.referral.optout"]._refusing([email])
        if in_club_sudo or refuses:
            return self.env._(
                "This person cannot be invited: perhaps he is in the club already, or "
                "has asked not to be written to."
            )
        return ""

    @api.model
    def _of(self, inviter, email, phone):
        """Invitations by this member of the owner of this e-mail, or phone."""
        # sudo: a member has no rights on invitations
        return self.sudo().search(
            [
                ("partner_id", "=", inviter.id),
                ("email_normalized", "=", email)
                if email
                else ("phone_key", "=", phone),
            ]
        )

    # --- Inviting -------------------------------------------------------------------

    @api.model
    def _invite(self, inviter, clean):
        """Bind the person to the member, and queue the one letter.

        :param inviter: the ``res.partner`` who invites
        :param clean: values that ``_clean`` and ``_obstacle`` found no fault with
        :return: the new row; an empty one where no programme is in force
        :raise ConcurrencyError: another member has just invited the same person; Odoo
            runs this request again, which then finds the other
        """
        # sudo: a member has no rights on invitations and bindings
        self_sudo, company = self.sudo(), self.env.company
        touch = Touch(
            inviter,
            name=clean["name"],
            email=clean["email"] or None,
            phone=clean["phone"] or None,
            note=clean["note"] or None,
            way="invitation",
            company=company,
        )
        try:
            with self.env.cr.savepoint():
                referral = self_sudo._bound(touch)
                if not referral:
                    return self.browse()
                invitation = self_sudo.create(
                    {
                        "referral_id": referral.id,
                        "partner_id": inviter.id,
                        "company_id": company.id,
                        "name": clean["name"],
                        "email": clean["email"] or False,
                        "phone": clean["phone"] or False,
                        "phone_key": _phone_key(clean["phone"]) or False,
                        "note": clean["note"] or False,
                        "lang": self.env.lang,
                        **self_sudo._letter_vals(referral, inviter, touch),
                    }
                )
                invitation.flush_recordset()
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(
                self.env._("Somebody has just invited the same person: try again.")
            ) from error
        if invitation.sent_on:
            invitation._queue("club_community.mail_template_referral_invitation")
        return invitation

    @api.model
    def _letter_vals(self, referral, inviter, touch):
        """Whether the club writes: to an e-mail, and to nobody a second time."""
        if referral.referrer_id != inviter:
            return {"state": "beside"}
        had_one = touch.email and self.search_count(
            [
                ("email_normalized", "=", email_normalize(touch.email)),
                ("company_id", "=", touch.company.id),
                ("sent_on", "!=", False),
            ],
            limit=1,
        )
        if had_one or not touch.email:
            return {"state": "own"}
        return {"state": "sent", "sent_on": fields.Datetime.now()}

    @api.model
    def _bound(self, touch):
        """The ``club.referral`` that holds the invited person from now on."""
        Referral = self.env["club.referral"]
        holder = Referral.browse()
        if touch.email:  # a contact whom somebody has brought, by the same e-mail
            email = email_normalize(touch.email)
            holder = Referral.search(
                [
                    ("status", "in", CURRENT),
                    ("referred_id.email_normalized", "=", email),
                ],
                limit=1,
            )
        elif touch.phone:
            holder = self.search(
                [
                    ("phone_key", "=", _phone_key(touch.phone)),
                    ("company_id", "=", touch.company.id),
                    ("referral_id.status", "in", CURRENT),
                ],
                limit=1,
            ).referral_id
        if holder.referred_id:
            touch = touch._replace(referred=holder.referred_id)
        elif holder:
            holder._note_last(touch._replace(on=fields.Date.context_today(self)))
            return holder
        return Referral._bind([touch])[0]

    def _queue(self, xmlid):
        """Write a letter into the queue; it goes, or not, with this transaction."""
        template = self.env.ref(xmlid, raise_if_not_found=False)
        if template and self:
            # sudo: a member has no rights on templates and the queue
            template.sudo().send_mail_batch(
                self.ids, email_layout_xmlid="mail.mail_notification_layout"
            )
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()


def _phone_key(phone):
    return mailbox.phone_key(phone, SHORTEST_PHONE)
