from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .club_profile_asking import YES_NO

CONFIRMED = ("open", "done")


class EventRegistration(models.Model):
    """A confirmed registration fills the card of the attendee (S0.20, S1.17)."""

    _inherit = "event.registration"

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations._club_fill_cards()
        return registrations

    def write(self, vals):
        """Only what becomes confirmed, or is answered later: an old answer does not
        come back when somebody is checked in at the door."""
        news = self.browse()
        if "registration_answer_ids" in vals:
            news = self
        elif vals.get("state") in CONFIRMED:
            news = self.filtered(lambda r: r.state not in CONFIRMED)
        res = super().write(vals)
        news._club_fill_cards()
        return res

    def _club_fill_cards(self):
        """Put the answers of the attendees whom the club knows on their cards.

        The number of queries does not grow with the registrations. Nothing is raised:
        what is not understood is noted on the person.
        """
        # sudo: whoever registers has no rights on club models
        confirmed_sudo = self.sudo().filtered(
            lambda r: r.active and r.state in CONFIRMED and r.registration_answer_ids
        )
        asking = confirmed_sudo.registration_answer_ids.question_id.filtered(
            lambda q: q.club_point_id.active or q.club_purpose_id
        )
        if not asking:
            return
        for event, registrations in confirmed_sudo.grouped("event_id").items():
            people = registrations._club_attendees()
            # one card at a time, should somebody be registered for an event twice
            while people:
                once = dict(zip(people.values(), people, strict=True))
                event._club_fill_cards(once, asking)
                people = {r: p for r, p in people.items() if once[p] != r}

    def _club_attendees(self):
        """``{registration: person}`` of those whose attendee is who has booked.

        He is when the e-mail is his. Where he has given it for several people, the
        name must be his as well: a guest's answers are not the booker's.
        """
        own = self.filtered(
            lambda r: r.partner_id.active
            and not r.partner_id.is_company
            and email_normalize(r.email)
            and email_normalize(r.email) == r.partner_id.email_normalized
        )
        together = self.sudo().search(  # sudo: whoever registers does not see all
            [
                ("event_id", "in", own.event_id.ids),
                ("partner_id", "in", own.partner_id.ids),
                ("state", "!=", "cancel"),
            ]
        )
        shared = together.grouped(lambda r: r._club_seat())
        return {
            registration: registration.partner_id
            for registration in own
            if len(shared.get(registration._club_seat(), ())) <= 1
            or _same(registration.name, registration.partner_id.name)
        }

    def _club_seat(self):
        """What tells the seats of one booker apart."""
        return self.event_id, self.partner_id, email_normalize(self.email)

    def _club_read_answers(self, asking, meanings):
        """What this registration's answers mean.

        :param asking: the questions that fill the profile
        :param meanings: what ready answers mean, filled as they are met: so that each
            is looked up once and not once a registration
        :return: ``({point: value}, points that were not understood)``
        """
        self.ensure_one()
        read, unread = {}, asking.club_point_id.browse()
        for answer in self.registration_answer_ids:
            question, chosen = answer.question_id, answer.value_answer_id
            point = question.club_point_id
            if question not in asking or not point.active:
                continue
            try:
                if not chosen or chosen not in meanings:
                    spoken = question.with_context(lang=self.partner_id.lang)
                    meanings[chosen] = spoken._club_understand(
                        answer.value_text_box, chosen
                    )
            except UserError:
                unread |= point
                continue
            if meanings[chosen] is not None:
                read[point] = meanings[chosen]
        return read, unread

    def _club_read_consents(self, asking):
        """``(person, purpose, given, wording)`` of what was agreed to or refused."""
        self.ensure_one()
        return [
            (
                self.partner_id,
                question.club_purpose_id,
                answer.value_answer_id.club_value == "yes",
                question.with_context(lang=self.partner_id.lang)._club_consent_words(),
            )
            for answer in self.registration_answer_ids
            if (question := answer.question_id) in asking
            and question.club_purpose_id
            and answer.value_answer_id.club_value in YES_NO
        ]


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_fill_cards(self, registrations, asking):
        """Take what people have answered when they registered for this event.

        :param registrations: ``{person: his registration}``
        :param asking: ``event.question`` records that fill the profile
        """
        self.ensure_one()
        lang = self.user_id.lang or self.env.company.partner_id.lang
        consents, answers, unread, meanings = [], {}, {}, {}
        for person, registration in registrations.items():
            consents += registration._club_read_consents(asking)
            answers[person], unread[person] = registration._club_read_answers(
                asking, meanings
            )
        one_of_many = asking.filtered(lambda q: q.question_type == "simple_choice")
        added = {
            (person.id, point.id)
            for person in registrations
            for point in one_of_many.club_point_id
        }
        People = self.env["res.partner"]
        People._club_answer_consents(consents, "event")
        refs = {p.id: f"event.registration,{r.id}" for p, r in registrations.items()}
        refused = People._club_capture_all(answers, "event", refs, added)
        names = {
            person: (points | refused.get(person, points))
            .with_context(lang=lang)
            .mapped("name")
            for person, points in unread.items()
        }
        title = self.with_context(lang=lang).name
        People._club_note_unread(title, names, lang)


def _same(one, other):
    """Whether two names are the same, however they are spaced."""
    words = [(name or "").casefold().split() for name in (one, other)]
    return bool(words[0]) and words[0] == words[1]
