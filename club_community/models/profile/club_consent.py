from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .club_profile_value import SOURCES

# How an answer was given that somebody of the club has noted.
WAYS = [
    ("talk", "In person"),
    ("phone", "By phone"),
    ("letter", "By letter or e-mail"),
]


class ClubConsentPurpose(models.Model):
    """What a club keeps facts of people for; what it asks leave for, is said here."""

    _name = "club.consent.purpose"
    _description = "Purpose of Keeping Facts"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    needs_consent = fields.Boolean(
        help="Without the person's consent nothing is kept for this purpose."
    )
    wording = fields.Text(
        translate=True, help="What the person agrees to, word for word."
    )
    sequence = fields.Integer(default=10)

    _code_uniq = models.UniqueIndex("(code)", "A purpose with this code exists.")

    @api.model
    def _get(self, code):
        """The purpose with this code.

        :raise UserError: there is none
        """
        # sudo: whoever asks, the purposes are the same
        purpose = self.sudo().search([("code", "=", code)])
        if not purpose:
            raise UserError(self.env._("There is no purpose “%(code)s”.", code=code))
        return purpose


class ClubConsent(models.Model):
    """A person's yes or no to one purpose, as it was given; it is never changed.

    A new answer closes the one before (``closed_at``), so the history stays.
    """

    _name = "club.consent"
    _description = "Consent"
    _order = "answered_at desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", readonly=True
    )
    purpose_id = fields.Many2one(
        "club.consent.purpose", required=True, index=True, ondelete="restrict"
    )
    answer = fields.Selection(
        [("given", "Consent given"), ("refused", "Refused or withdrawn")], required=True
    )
    answered_at = fields.Datetime(required=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(help="When another answer took its place.")
    source = fields.Selection(SOURCES, required=True)
    way = fields.Selection(
        WAYS,
        string="How",
        readonly=True,
        help="How the person has said so, where a manager has noted it.",
    )
    user_id = fields.Many2one("res.users", string="By", ondelete="set null")
    wording = fields.Text(help="The words that the person agreed to.")

    _one_open = models.UniqueIndex(
        "(partner_id, purpose_id) WHERE closed_at IS NULL",
        "This person has answered for this purpose already.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(self.env._("An answer that was given is not removed."))


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_consent_ids = fields.One2many(
        "club.consent",
        "partner_id",
        string="Consents",
        groups="club_community.group_club_user",
    )

    def _club_consents(self, purposes):
        """The open answers of some people: ``{(partner, purpose): consent}``."""
        # sudo: rules are about reading them; the flows must know them
        found = (
            self.env["club.consent"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("purpose_id", "in", purposes.ids),
                    ("closed_at", "=", False),
                ]
            )
        )
        return {(c.partner_id.id, c.purpose_id.id): c for c in found}

    def _club_answer_consent(self, purpose, given, source):
        """Keep a person's yes or no to a purpose; the same answer again is no news.

        After a no, everything kept for a purpose that needs consent is taken off the
        card, and the words of it out of the ledger.

        :param purpose: ``club.consent.purpose``
        :param given: True or False
        :param source: one of ``SOURCES``: through what the person said so
        :return: the open ``club.consent``
        """
        self.ensure_one()
        self._club_answer_consents([(self, purpose, given, None)], source)
        return self._club_consents(purpose).get((self.id, purpose.id))

    @api.model
    def _club_answer_consents(self, answers, source, answered_at=None, way=None):
        """Keep what many people say at once, see ``_club_answer_consent``.

        :param answers: list of ``(partner, purpose, given, wording)``: the words that
            were shown, or None for those of the purpose in the person's language;
            the last answer counts where somebody has several for one purpose
        :param answered_at: when they said so, if that was not now; never before the
            answer that it takes the place of (``club.consent.note`` sees to it)
        :param way: one of ``WAYS``, for what somebody has noted for them
        """
        answered_at = answered_at or fields.Datetime.now()
        last = {
            (person.id, purpose.id): answer
            for answer in answers
            for person, purpose, *_rest in [answer]
        }
        people = self.browse().concat(*(answer[0] for answer in last.values()))
        purposes = self.env["club.consent.purpose"]
        purposes = purposes.concat(*(answer[1] for answer in last.values()))
        known = people._club_consents(purposes)
        # sudo: the person himself has no rights on club models
        closed_sudo = consent_sudo = self.env["club.consent"].sudo()
        rows, refused = [], []
        for key, (person, purpose, given, wording) in last.items():
            answer = "given" if given else "refused"
            consent = known.get(key)
            if consent and consent.answer == answer:
                continue
            closed_sudo |= consent or consent_sudo
            rows.append(
                {
                    "partner_id": person.id,
                    "purpose_id": purpose.id,
                    "answer": answer,
                    "answered_at": answered_at,
                    "source": source,
                    "way": way,
                    "user_id": self.env.uid,
                    "wording": wording
                    or purpose.with_context(lang=person.lang).wording,
                }
            )
            if not given and purpose.needs_consent:
                refused.append((person, purpose))
        closed_sudo.closed_at = answered_at
        closed_sudo.flush_recordset()
        consent_sudo.create(rows)
        points_sudo = self.env["club.profile.point"].sudo()
        for person, purpose in refused:
            person._club_forget_points(
                points_sudo.with_context(active_test=False).search(
                    [("purpose_id", "=", purpose.id)]
                ),
                source,
            )
