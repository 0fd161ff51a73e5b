from datetime import datetime, time, timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ...models.profile.club_consent import WAYS


class ClubConsentNote(models.TransientModel):
    """Note what a person has said of a purpose by word of mouth (GDPR art. 7(1)).

    For the person's own manager and the head of the club: the same who may read the
    confidential sheet. The answer goes the way of the portal's, so that a no takes off
    the card what stood there for it.
    """

    _name = "club.consent.note"
    _description = "Answer to a Purpose, by Word of Mouth"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    purpose_id = fields.Many2one(
        "club.consent.purpose",
        required=True,
        domain=[("needs_consent", "=", True)],
        ondelete="cascade",
    )
    answer = fields.Selection(
        [("given", "Yes"), ("refused", "No, or takes the yes back")],
        string="The Person Says",
        required=True,
    )
    day = fields.Date(
        string="Said On", required=True, default=fields.Date.context_today
    )
    way = fields.Selection(WAYS, string="How", required=True)
    wording = fields.Text(
        string="In Which Words",
        compute="_compute_wording",
        store=True,
        readonly=False,
        help="What the person was told or shown, word for word.",
    )
    known = fields.Char(string="Until Now", compute="_compute_known")
    goes = fields.Char(string="Is Taken Off", compute="_compute_known")

    @api.depends("purpose_id", "partner_id")
    def _compute_wording(self):
        for note in self:
            said = note.purpose_id.with_context(lang=note.partner_id.lang)
            note.wording = said.wording

    @api.depends("purpose_id", "partner_id")
    @api.depends_context("lang", "uid")
    def _compute_known(self):
        for note in self:
            note.known = note.goes = False
            person, purpose = note.partner_id, note.purpose_id
            if not purpose or not person._club_sees_private():
                continue
            open_answer = note._open_answer()
            note.known = (
                _in_words(open_answer)
                if open_answer
                else self.env._("Nothing has been said yet")
            )
            known = person._club_known_points().get(person.id, set())
            points = self.env["club.profile.point"].with_context(active_test=False)
            gone = points.search(
                [("purpose_id", "=", purpose.id), ("id", "in", list(known))]
            )
            note.goes = ", ".join(gone.mapped("name"))

    def _open_answer(self):
        person, purpose = self.partner_id, self.purpose_id
        return person._club_consents(purpose).get(
            (person.id, purpose.id), self.env["club.consent"]
        )

    def action_note(self):
        """Keep the answer, with its day, its words and who has noted it.

        The same answer again is no news, so a second click changes nothing.

        :raise AccessError: neither one's own member nor the head of the club
        :raise UserError: a company, a purpose that asks for no consent, no words, a
            day to come, or one before the answer that is known
        """
        self.ensure_one()
        self._check()
        # of two who note at once the second fails to serialise and is run again
        self.partner_id._club_take()
        answered_at = self._answered_at()
        answer = self.partner_id, self.purpose_id, self.answer == "given", self.wording
        self.partner_id._club_answer_consents(
            [answer], "manager", answered_at=answered_at, way=self.way
        )
        return {"type": "ir.actions.act_window_close"}

    def _check(self):
        person, purpose = self.partner_id, self.purpose_id
        person.check_access("read")
        if not person._club_sees_private():
            raise AccessError(
                self.env._(
                    "What %(person)s has agreed to is noted by the personal manager or "
                    "the head of the club. Ask one of them.",
                    person=person.display_name,
                )
            )
        if person.is_company:
            raise UserError(self.env._("People agree to a purpose, companies do not."))
        if not purpose.needs_consent:
            raise UserError(
                self.env._("“%s” asks for no consent.", purpose.display_name)
            )
        if not (self.wording or "").strip():
            raise UserError(
                self.env._("Write the words that the person was told or shown.")
            )
        if self.day > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(day)s is still to come. Note the day on which the person has "
                    "said so.",
                    day=format_date(self.env, self.day),
                )
            )

    def _answered_at(self):
        """The moment to keep: now for today, else noon of the day.

        :raise UserError: the person has said otherwise on a later day
        """
        now = fields.Datetime.now()
        if self.day == fields.Date.context_today(self):
            return now
        noon = self.env.tz.localize(datetime.combine(self.day, time(12)))
        noon = noon.astimezone(utc).replace(tzinfo=None)
        known = self._open_answer()
        if not known or known.answer == self.answer:
            return noon
        if self.day < fields.Datetime.context_timestamp(self, known.answered_at).date():
            raise UserError(
                self.env._(
                    "An older answer cannot take the place of a newer one: %(known)s.",
                    known=_in_words(known),
                )
            )
        return min(now, max(noon, known.answered_at + timedelta(seconds=1)))


class ClubConsent(models.Model):
    _inherit = "club.consent"

    def action_note(self):
        """“Note an answer”, above the consents of one person."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_consent_note_action"
        )
        person = self.env.context.get("default_partner_id")
        return {**action, "context": {"default_partner_id": person}}


def _in_words(consent):
    """An answer as a manager reads it: what, when, from where."""
    answer, source = (
        dict(consent._fields[name]._description_selection(consent.env))[consent[name]]
        for name in ("answer", "source")
    )
    when = fields.Datetime.context_timestamp(consent, consent.answered_at)
    return f"{answer}, {format_date(consent.env, when.date())}, {source}"
