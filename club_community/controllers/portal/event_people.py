from odoo import Command
from odoo.tools import email_normalize

from ...models.event.event_booking import Seat

NAME_LENGTH = 120
PHONE_LENGTH = 40
TEXT_LENGTH = 2000
CODE_LENGTH = 64
CONTACTS = ("name", "email", "phone", "company")
# stock's types of questions that ask for a contact
CONTACT_OF = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "company_name": "company",
}


def plain(typed):
    """Text as typed, tidied up; without the one character no database keeps."""
    return " ".join(str(typed).replace("\x00", "").split())


class EventQuestions:
    """The questions of an event, and what somebody has typed; no request, no rights."""

    def __init__(self, env, event_sudo):
        questions = event_sudo.question_ids.filtered("active").sorted()
        contacts = questions.filtered(lambda q: q.question_type in CONTACT_OF)
        self.env = env
        self.asked = questions - contacts
        self.general = self.asked.filtered("once_per_order")
        self.specific = self.asked - self.general
        self.contacts = {CONTACT_OF[q.question_type] for q in contacts} | {
            "name",
            "email",
            "phone",
        }
        self.needed = {
            CONTACT_OF[q.question_type] for q in contacts if q.is_mandatory_answer
        } | {"name"}

    def boxes(self):
        """Contacts that are asked for: name, type of the box, word for browsers."""
        kinds = [
            ("name", "text", "name"),
            ("email", "email", "email"),
            ("phone", "tel", "tel"),
            ("company", "text", "organization"),
        ]
        return [kind for kind in kinds if kind[0] in self.contacts]

    def clean(self, typed):
        """Contacts as typed, tidied up."""
        return {key: plain(typed.get(key, "")) for key in CONTACTS}

    def wrong_contact(self, contact):
        """The sentence that says what is wrong with somebody's contacts, or nothing."""
        env = self.env
        if not contact["name"] or len(contact["name"]) > NAME_LENGTH:
            return env._("Please write the name.")
        if contact["email"]:
            if not email_normalize(contact["email"]):
                return env._("Please check the e-mail address.")
        elif "email" in self.needed:
            return env._("Please write the e-mail address.")
        digits = sum(char.isdecimal() for char in contact["phone"])
        if contact["phone"]:
            if digits < 5 or len(contact["phone"]) > PHONE_LENGTH:
                return env._("Please check the phone number.")
        elif "phone" in self.needed:
            return env._("Please write the phone number.")
        if "company" in self.needed and not contact["company"]:
            return env._("Please write the company.")
        return ""

    def answers(self, questions, typed):
        """Values of answers to these questions.

        :param typed: ``{question id: what was typed or chosen}``
        :return: ``({question: values}, "")``, or what to tell
        """
        found = {}
        for question in questions:
            said = str(typed.get(question.id, "")).replace("\x00", "")
            said = said.strip()[:TEXT_LENGTH]
            if question.question_type == "simple_choice":
                chosen = question.answer_ids.filtered(lambda a, s=said: str(a.id) == s)
                values = {"value_answer_id": chosen.id} if chosen else {}
            else:
                values = {"value_text_box": said} if said else {}
            if values:
                found[question] = {"question_id": question.id, **values}
            elif question.is_mandatory_answer:
                return {}, self.env._("Please answer “%s”.", question.title)
        return found, ""

    def contact_values(self, contact):
        """Columns of a registration."""
        return {
            "name": contact["name"],
            "email": contact["email"] or False,
            "phone": contact["phone"] or False,
            **({"company_name": contact["company"] or False} if self.asks_firm else {}),
        }

    @property
    def asks_firm(self):
        return "company" in self.contacts


class EventPeople:
    """Who comes on the places of one order: the form, as it is read and shown again."""

    def __init__(self, env, event_sudo, booker_sudo, tickets):
        self.env = env
        self.event = event_sudo
        self.questions = EventQuestions(env, event_sudo)
        self.booker = booker_sudo
        self.tickets = tickets
        self.me = None  # which of the places is the booker's own
        self.rows = [self._row({}, number) for number in range(len(tickets))]
        self.general = {}
        self.consent = False
        self.voucher = ""  # as typed
        self.voucher_error = ""
        self.voucher_pays = False
        self.errors = {}  # "" for the whole form, else the number of a place
        self._answers = {}

    def _row(self, form, number):
        """What was typed about one place."""
        typed = {key: form.get(f"p{number}_{key}", "") for key in CONTACTS}
        row = self.questions.clean(typed)
        row["answers"] = {
            q.id: str(form.get(f"p{number}_q{q.id}", ""))
            for q in self.questions.specific
        }
        return row

    def suggest(self, is_coming):
        """An empty form: the first place is one's own, unless one has a place."""
        self.me = None if is_coming else 0

    def take(self, form, is_coming):
        """Read what was sent, and note what is wrong with it."""
        me = str(form.get("me", ""))
        numbers = range(len(self.tickets))
        self.me = next((n for n in numbers if str(n) == me), None)
        self.rows = [self._row(form, number) for number in numbers]
        self.general = {
            q.id: str(form.get(f"q{q.id}", "")) for q in self.questions.general
        }
        self.consent = bool(form.get("consent"))
        self.voucher = plain(form.get("voucher", ""))[:CODE_LENGTH]
        for number in numbers:
            self._read_person(number)
        general, wrong = self.questions.answers(self.questions.general, self.general)
        self._answers[""] = general
        if wrong:
            self.errors[""] = wrong
        elif self.me is not None and is_coming:
            self.errors[""] = self.env._(
                "You have a place at this time already: book for guests only."
            )
        elif len(self.tickets) > (self.me is not None) and not self.consent:
            self.errors[""] = self.env._(
                "Please ask your guests whether they agree, and tick the box."
            )

    def _read_person(self, number):
        row = self.rows[number]
        if number == self.me:
            for key, own in self._own_contact().items():
                row[key] = row[key] or own
        answers, wrong = self.questions.answers(self.questions.specific, row["answers"])
        self._answers[number] = answers
        wrong = self.questions.wrong_contact(row) or wrong
        if wrong:
            self.errors[number] = wrong

    def _own_contact(self):
        """The booker's own contacts, which he need not type."""
        me = self.booker
        firm = me.parent_id.name or me.company_name
        own = {"name": me.name, "email": me.email, "phone": me.phone, "company": firm}
        return {key: own[key] or "" for key in CONTACTS}

    def shows_fields(self, number):
        """Whether the contacts of one's own place must be asked for after all."""
        return self.questions.wrong_contact(self._own_contact()) != ""

    def knows_price(self, form):
        """Whether he has seen what it costs with the voucher that he has typed."""
        return self.voucher == plain(form.get("voucher_seen", ""))

    def places(self):
        """The places without names: enough to say what they cost."""
        return [
            Seat(ticket, self.booker if number == self.me else None)
            for number, ticket in enumerate(self.tickets)
        ]

    def seats(self):
        """The places, as ``event._club_book`` takes them."""
        return [self._seat(number) for number in range(len(self.tickets))]

    def _seat(self, number):
        is_me = number == self.me
        answers = {**self._answers[""], **self._answers[number]}
        values = self.questions.contact_values(self.rows[number])
        # a guest does not work where his host does
        values.setdefault(
            "company_name", self._own_contact()["company"] if is_me else ""
        )
        values["registration_answer_ids"] = [
            Command.create(answer) for answer in answers.values()
        ]
        if not is_me:
            values |= self.event._club_guest_consent()
        who = {key: values.pop(key) or "" for key in ("name", "email", "phone")}
        attendee = self.booker if is_me else None
        return Seat(self.tickets[number], attendee, **who, values=values)


class WaitingGuests:
    """Who comes with somebody who waited: the form where he accepts an offer."""

    def __init__(self, env, entry_sudo, form):
        self.env = env
        self.questions = EventQuestions(env, entry_sudo.event_id)
        numbers = range(len(entry_sudo._to_name()))
        self.rows = [
            self.questions.clean({key: form.get(f"g{n}_{key}", "") for key in CONTACTS})
            for n in numbers
        ]
        self.agreed = bool(form.get("agreed"))
        self.errors = {}  # what is wrong with which guest

    def wrong(self):
        """Look at what was typed; a guest can be reached by e-mail or phone."""
        for number, row in enumerate(self.rows):
            wrong = self.questions.wrong_contact(row)
            if not wrong and not (row["email"] or row["phone"]):
                wrong = self.env._("Give each guest's name, and an e-mail or a phone.")
            if wrong:
                self.errors[number] = wrong
        return self.errors

    def values(self):
        """As ``club.event.waiting._accept`` takes them."""
        return [self.questions.contact_values(row) for row in self.rows]
