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
        shared = together.grouped(lambda r: (r.event_id, r.partner_id, r._club_email()))
        return {
            registration: registration.partner_id
            for registration in own
            if len(
                shared.get(
                    (
                        registration.event_id,
                        registration.partner_id,
                        registration._club_email(),
                    ),
                    (),
                )
            )
            <= 1
            or _same(registration.name, registration.partner_id.name)
        }

    def _club_email(self):
        return email_normalize(self.email)


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_fill_cards(self, registrations, asking):
        """Take what people have answered when they registered for this event.

        :param registrations: ``{person: his registration}``
        :param asking: ``event.question`` records that fill the profile
        """
        self.ensure_one()
        lang = self.user_id.lang or self.env.company.partner_id.lang
        consents, answers, added, unread = [], {}, set(), {}
        for person, registration in registrations.items():
            for answer in registration.registration_answer_ids:
                question = answer.question_id.with_context(lang=person.lang)
                if question not in asking:
                    continue
                chosen, point = answer.value_answer_id, question.club_point_id
                if question.club_purpose_id:
                    if chosen.club_value in YES_NO:
                        words = question._club_consent_words()
                        given = chosen.club_value == "yes"
                        consents.append((person, question.club_purpose_id, given, words))
                    continue
                try:
                    value = question._club_understand(answer.value_text_box, chosen)
                except UserError:
                    unread.setdefault(person, point.browse())
                    unread[person] |= point
                    continue
                if value is not None:
                    answers.setdefault(person, {})[point] = value
                if question.question_type == "simple_choice":
                    added.add((person.id, point.id))
        People = self.env["res.partner"]
        People._club_answer_consents(consents, "event")
        refs = {p.id: f"event.registration,{r.id}" for p, r in registrations.items()}
        refused = People._club_capture_all(answers, "event", refs, added)
        for person, points in refused.items():
            unread[person] = unread.get(person, points) | points
        names = {
            person: points.with_context(lang=lang).mapped("name")
            for person, points in unread.items()
        }
        title = self.with_context(lang=lang).name
        People._club_note_unread(title, names, lang)


def _same(one, other):
    return (one or "").split() and (one or "").casefold().split() == (
        other or ""
    ).casefold().split()
