"""Which doubts there are about pairs of people, before or after a row is made of them.

Cards are compared here, in batches; what lies in other tables is one statement per
kind (``club_referral_doubt_sql``). Nothing is asked of the network.
"""

from collections import defaultdict, namedtuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ...tools import mailbox
from ...tools.likeness_of_names import fold

# Who has brought whom, to be compared: ``key`` is the referral's id, 0 before there is
# one. ``people`` are the contacts that whoever was brought is known by.
Pair = namedtuple(
    "Pair", "key referrer people email phone on until way program company"
)
# Older data is brought in once, by the club itself: only who is the same person is
# asked, since members of long ago are members, and all came in one file.
_OF_A_FILE = frozenset({"email", "phone"})
_CARD = (
    "name",
    "email_normalized",
    "phone",
    "club_second_phone",
    "club_birthday",
    "street",
    "street2",
    "city",
    "zip",
    "parent_id",
    "is_company",
)


class ClubReferral(models.Model):
    _inherit = "club.referral"

    mailbox = fields.Char(
        compute="_compute_mailbox",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The mailbox that the e-mail leads to, whatever it looks like.",
    )
    phone_key = fields.Char(
        compute="_compute_phone_key",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="What is the same for all spellings of the phone.",
    )

    @api.depends("email")
    def _compute_mailbox(self):
        for referral in self:
            email = email_normalize(referral.email)
            referral.mailbox = mailbox.box(email) or False

    @api.depends("phone")
    def _compute_phone_key(self):
        for referral in self:
            referral.phone_key = mailbox.phone_key(referral.phone) or False

    def _pairs_to_compare(self, fresh=False):
        """These bindings as pairs.

        :param fresh: they were made just now, so that whatever was bought today was
            bought before
        """
        emails = self.filtered(lambda r: not r.referred_id).mapped("email_normalized")
        contacts = self.env["res.partner"].search(
            [("email_normalized", "in", list(filter(None, emails)))]
        )
        by_email = contacts.grouped("email_normalized")
        today = fields.Date.context_today(self)
        pairs = []
        for referral in self:
            people = referral.referred_id or by_email.get(
                referral.email_normalized, contacts.browse()
            ).filtered(
                lambda p, r=referral: p.company_id
                in (p.company_id.browse(), r.company_id)
            )
            is_now = fresh and referral.invited_on == today
            # a manager sells first, and notes on the same day who has brought
            is_now = is_now and referral.way not in ("manager", "import")
            pairs.append(
                Pair(
                    referral.id,
                    referral.referrer_id,
                    people,
                    referral.email,
                    referral.phone,
                    referral.invited_on,
                    fields.Date.add(referral.invited_on, days=int(is_now)),
                    referral.way,
                    referral.program_id,
                    referral.company_id,
                )
            )
        return pairs

    @api.model
    def _find_doubts(self, pairs):
        """What speaks against these pairs; the number of queries is constant.

        Called with raised rights.

        :return: ``{key: {kind: (detail, id of another referral)}}``
        """
        cards = self.env["res.partner"].browse(
            {p.id for pair in pairs for p in pair.referrer | pair.people}
        )
        cards.fetch(_CARD)
        found = defaultdict(dict)
        for pair in pairs:
            for kind, detail in self._compare_cards(pair):
                found[pair.key].setdefault(kind, (detail, None))
        for key, kind, detail in self._doubts_in_tables(pairs):
            found[key].setdefault(kind, (detail, None))
        for key, kind, detail in self._doubts_of_family(pairs, cards):
            found[key].setdefault(kind, (detail, None))
        for key, other in self._found_elsewhere(pairs):
            found[key].setdefault("twice", (None, other.id))
        ways = {pair.key: pair.way for pair in pairs}
        return {
            key: kept
            for key, doubts in found.items()
            if (
                kept := {
                    kind: more
                    for kind, more in doubts.items()
                    if ways[key] != "import" or kind in _OF_A_FILE
                }
            )
        }

    @api.model
    def _compare_cards(self, pair):
        """Same mailbox, phone or address; a throw-away e-mail. No query."""
        boxes, phones = _contacts(pair)
        referrer = pair.referrer
        if own := mailbox.box(referrer.email_normalized):
            if own in boxes:
                yield "email", referrer.email_normalized
        mine = {referrer.phone: None, referrer.club_second_phone: None}
        for phone in filter(None, mine):
            if mailbox.phone_key(phone) in phones:
                yield "phone", phone
        home = _address(referrer)
        for person in pair.people:
            if home and _address(person) == home and not _colleagues(person, referrer):
                yield "address", ", ".join(filter(None, [person.street, person.city]))
        more = mailbox.domains(pair.program.more_disposable)
        for email in {*pair.people.mapped("email_normalized"), pair.email}:
            email = email_normalize(email)
            if email and mailbox.is_disposable(email, more):
                yield "disposable", email

    @api.model
    def _doubts_of_family(self, pairs, cards):
        """A relative on the card of the other: first name and birthday; one query.

        Links between the cards themselves are in ``_doubts_in_tables``.
        """
        relatives = self.env["club.relative"].search(
            [("partner_id", "in", cards.ids), ("birthday", "!=", False)]
        )
        of_card = relatives.grouped("partner_id")
        for pair in pairs:
            for person in pair.people:
                for one, other in ((person, pair.referrer), (pair.referrer, person)):
                    for relative in of_card.get(one, ()):
                        if other.club_birthday == relative.birthday and set(
                            fold(relative.name).split()
                        ) & set(fold(other.name).split()):
                            yield pair.key, "family", relative.name

    @api.model
    def _found_elsewhere(self, pairs):
        """Pairs whose mailbox or phone an older referral of somebody else has, too."""
        contacts = {pair.key: _contacts(pair) for pair in pairs}
        boxes = set().union(*(boxes for boxes, _phones in contacts.values()))
        phones = set().union(*(phones for _boxes, phones in contacts.values()))
        others = self.search(
            Domain("way", "!=", "import")
            & (
                Domain("mailbox", "in", sorted(boxes))
                | Domain("phone_key", "in", sorted(phones))
            ),
            order="id",
        )
        by_contact = defaultdict(list)
        for other in others:
            by_contact[other.mailbox].append(other)
            by_contact[other.phone_key].append(other)
        for pair in pairs:
            boxes, phones = contacts[pair.key]
            for contact in sorted(boxes | phones):
                for other in by_contact.get(contact, ()):
                    if (not pair.key or other.id < pair.key) and _is_another(
                        pair, other
                    ):
                        yield pair.key, other


def _contacts(pair):
    """Mailboxes and phone keys of whoever was brought, two sets."""
    emails = [*pair.people.mapped("email_normalized"), email_normalize(pair.email)]
    phones = [
        pair.phone,
        *pair.people.mapped("phone"),
        *pair.people.mapped("club_second_phone"),
    ]
    return (
        {box for email in emails if (box := mailbox.box(email))},
        {key for phone in phones if (key := mailbox.phone_key(phone))},
    )


def _address(card):
    """What two cards of one household have in common, or None."""
    street = fold(" ".join(filter(None, [card.street, card.street2])))
    place = fold(card.city or card.zip or "")
    # a street alone is no address
    return (street, place) if place and any(c.isdigit() for c in street) else None


def _colleagues(one, other):
    """Contacts of one firm have its address: that says nothing of their homes."""
    firms = {card.id for card in (one, other) if card.is_company}
    firms |= {card.parent_id.id for card in (one, other) if card.parent_id}
    return bool(firms) and (
        one.parent_id == other.parent_id
        or one.parent_id == other
        or other.parent_id == one
    )


def _is_another(pair, other):
    """Whether a row is of somebody else than the pair's, as far as one can see."""
    if other.referred_id:
        return other.referred_id not in pair.people
    # an earlier invitation of the same address is the same person's
    email = email_normalize(pair.email)
    return not email or email != other.email_normalized
