"""What an invited person answers, and the one letter after a yes (S0.11)."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.club_batches import run_list
from .club_referral import CURRENT

BATCH = 100
ANSWERS = ("yes", "no")


class ClubReferralProgram(models.Model):
    _inherit = "club.referral.program"

    remind_days = fields.Integer(
        string="Write Again After, Days",
        default=7,
        help="Whoever was invited by a member and has said yes, but has not applied, "
        "gets one more letter after so many days. 0: none. Without a yes nobody is "
        "written to a second time.",
    )

    _remind_days = models.Constraint(
        "CHECK(remind_days >= 0)", "The days until a second letter cannot be negative."
    )


class ClubReferralInvitation(models.Model):
    _inherit = "club.referral.invitation"

    # --- The link -------------------------------------------------------------------

    @api.model
    def _by_token(self, row_id, token):
        """Only of a letter that the club has sent."""
        found = super()._by_token(row_id, token)
        return found.filtered("sent_on")

    def _join_url(self):
        """Where an invited person chooses and applies; the code goes with him."""
        self.ensure_one()
        # sudo: a visitor has no rights on contacts
        code = self.sudo().partner_id.club_referral_code or ""
        return f"{self.get_base_url()}/club/join" + (code and f"?ref={code}")

    def action_open_referral(self):
        self.ensure_one()
        return self.referral_id._get_records_action()

    # --- Answers --------------------------------------------------------------------

    def _answer_obstacle(self, answer):
        """Why this answer cannot be taken, in a sentence, or an empty string."""
        self.ensure_one()
        if answer not in ANSWERS:
            return self.env._("Answer yes or no.")
        if self.state == "no" and answer == "yes":
            return self.env._(
                "You have asked us not to write to you. If you have changed your "
                "mind, the way into the club is open: just apply."
            )
        return ""

    def _answer(self, answer):
        """Keep what the person has answered; the same answer again is no news.

        :param answer: ``yes`` or ``no``; ``_answer_obstacle`` has nothing against it
        :raise LockError: two answers at the same moment
        """
        self.ensure_one()
        self.lock_for_update()
        if self.state == answer:
            return
        invitation_sudo = self.sudo()  # sudo: the person has no rights on it
        if answer == "yes":
            invitation_sudo._agree()
        else:
            invitation_sudo._refuse()

    def _agree(self):
        """He may be written to: a visit, and a lead for the referrer's manager."""
        self.write({"state": "yes", "answered_on": fields.Datetime.now()})
        referral = self._holder()
        if referral.status in CURRENT and not referral.visited_on:
            referral.visited_on = fields.Date.context_today(self)
        referral._take_stock_later()
        if not referral.lead_ids:
            Lead = self.env["crm.lead"].with_context(mail_create_nosubscribe=True)
            Lead.create(self._lead_vals(referral))

    def _holder(self):
        """The binding of the invited person today: a manager may have changed it."""
        if self.referral_id.status in CURRENT or not self.email_normalized:
            return self.referral_id
        return (
            self.referral_id.search(
                [
                    ("status", "in", CURRENT),
                    ("company_id", "=", self.company_id.id),
                    "|",
                    ("email_normalized", "=", self.email_normalized),
                    ("referred_id.email_normalized", "=", self.email_normalized),
                ],
                limit=1,
            )
            or self.referral_id
        )

    def _lead_vals(self, referral):
        referrer = self.partner_id
        said = self.env._("Was invited by a member, and agreed to be written to.")
        return {
            "name": self.env._(
                "%(person)s, recommended by %(referrer)s",
                person=self.name,
                referrer=referrer.name,
            ),
            "type": "opportunity",
            "contact_name": self.name,
            "email_from": self.email,
            # the trap: stock would write the lead's e-mail to a contact with another
            "partner_id": referral.referred_id.filtered(
                lambda p: p.email_normalized == self.email_normalized
            ).id,
            "user_id": self._lead_user().id,
            "company_id": self.company_id.id,
            "referred": referrer.name,
            "lang_id": self.env["res.lang"]._get_data(code=self.lang).id,
            "club_referral_id": referral.id,
            "description": "\n".join(filter(None, [said, self.note])),
        }

    def _lead_user(self):
        """Who looks after the referrer, else who answers the company's applications."""
        referrer, company = self.partner_id, self.company_id
        user, _words = referrer._club_looked_after_by()[referrer.id]
        # sudo: the invited person has no rights on users
        for user_sudo in (user.sudo(), company._club_application_team().user_id):
            if user_sudo.active and company in user_sudo.company_ids:
                return user_sudo
        return self.env["res.users"]

    def _refuse(self):
        """Nobody writes to him any more, whoever invites him; little of him is kept."""
        self.env["club.referral.optout"]._add(self.email)
        referral = self._holder()
        leads = referral.lead_ids.filtered(lambda lead: not lead.club_plan_id)
        for lead in leads.filtered("active"):
            lead.message_post(
                body=self.env._("Asks not to be written to any more: do not call.")
            )
            lead.action_set_lost()
        if referral.status in CURRENT and not referral.applied_on:
            referral._close("lapsed", self.env._("Said no to the invitation."))
            referral.write({"email": False, "phone": False})
        self.write(
            {
                "state": "no",
                "answered_on": fields.Datetime.now(),
                "email": False,
                "phone": False,
                "phone_key": False,
                "note": False,
            }
        )

    # --- The second letter ----------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """One more letter to who has said yes and has not applied yet; nightly."""
        run_list(self.env, self._due_ids(), BATCH, self._remind)

    @api.model
    def _due_ids(self, ids=None):
        """Ids of invitations whose second letter is due; in one query."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id
                  FROM club_referral_invitation i
                  JOIN club_referral r ON r.id = i.referral_id
                  JOIN club_referral_program p ON p.id = r.program_id
                 WHERE i.state = 'yes' AND i.reminded_on IS NULL
                   AND r.status IN %(current)s AND r.applied_on IS NULL
                   AND r.joined_on IS NULL AND p.remind_days > 0
                   AND i.answered_on <= now() AT TIME ZONE 'UTC'
                       - p.remind_days * interval '1 day'
                   AND %(scope)s
                 ORDER BY i.id
                """,
                current=CURRENT,
                scope=SQL("TRUE") if ids is None else SQL("i.id = ANY(%s)", list(ids)),
            )
        )
        return [id_ for (id_,) in rows]

    @api.model
    def _remind(self, ids):
        """Write some of them: a letter and its date are one transaction."""
        due = self.browse(self._due_ids(ids)).try_lock_for_update()
        refusing = self.env["club.referral.optout"]._refusing(
            due.mapped("email_normalized")
        )
        due = due.filtered(lambda i: i.email_normalized not in refusing)
        due.reminded_on = fields.Datetime.now()
        due._queue("club_community.mail_template_referral_invitation_again")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_erase_records(self):
        """What members have written of somebody whom they invited goes with him."""
        res = super()._club_erase_records()
        self.env["club.referral.invitation"].search(
            [
                "|",
                ("referral_id.referred_id", "=", self.id),
                ("email_normalized", "=", self.email_normalized or "-"),
            ]
        ).write({"name": False, "email": False, "phone": False, "phone_key": False})
        return res
