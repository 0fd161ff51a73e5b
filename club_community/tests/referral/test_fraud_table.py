"""Twenty people who were brought: ten honestly, ten not, and what the club makes of it.

Each row: who it is, how it is set up, what is found. ``docs/referrals.md`` has the same
table in words.
"""

from datetime import timedelta

from odoo.tests import tagged

from .common import ReferralCommon

# name, method that sets it up and gives the binding, doubts that are found
HONEST = (
    ("a friend comes by the link", "friend", set()),
    ("a friend types the code", "code", set()),
    ("invited by name, applies later", "invited", set()),
    ("a guest of an evening", "guest", set()),
    ("noted by the manager on the day of the sale", "noted", set()),
    ("a colleague at the address of the firm", "colleague", set()),
    ("a namesake who lives elsewhere", "namesake", set()),
    ("brought again by another within the window", "again", set()),
    ("the tenth within a week", "tenth", set()),
    ("a member of long ago out of an older file", "older", set()),
)
FRAUD = (
    ("himself, with a tag in the e-mail", "tag", {"email"}),
    ("himself, by the same phone", "phone", {"phone"}),
    ("himself, paid by his own card", "card", {"card"}),
    ("somebody for whom he pays", "payer", {"payer"}),
    ("his wife, at the same address", "household", {"address", "family"}),
    ("somebody who is a client already", "client", {"client"}),
    ("somebody who was a member", "former", {"member"}),
    ("the eleventh and twelfth within a week", "many", {"rate"}),
    ("a throw-away e-mail", "disposable", {"disposable"}),
    ("the same phone again, under another e-mail", "twice", {"twice"}),
)


@tagged("post_install", "-at_install")
class TestFraudTable(ReferralCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.write({"phone": "+7 916 123-45-67", "email": "anna.p@gmail.com"})

    def test_ten_honest_people_count(self):
        self.assertEqual(len(HONEST), 10)
        for words, method, doubts in HONEST:
            with self.subTest(words):
                self._check(method, doubts)

    def test_ten_others_wait_for_a_look(self):
        self.assertEqual(len(FRAUD), 10)
        for words, method, doubts in FRAUD:
            with self.subTest(words):
                self._check(method, doubts)

    def _check(self, method, doubts):
        savepoint = self.env.cr.savepoint()
        try:
            referral = getattr(self, f"_case_{method}")()
            self.assertEqual(set(referral.doubt_ids.mapped("kind")), doubts)
            self.assertEqual(referral.status, "review" if doubts else "bound")
            person = referral.referred_id
            counts = self.env["res.partner"] if doubts else self.member
            if person:
                self.assertEqual(person.club_referrer_id, counts)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    # --- Honest ---------------------------------------------------------------------

    def _case_friend(self):
        return self._apply(self.code, by_link="1").club_referral_id

    def _case_code(self):
        lead = self._apply(self.code)
        lead.partner_id = self._person(email="vera@example.com", phone="+7 999 1112233")
        return lead.club_referral_id

    def _case_invited(self):
        self._bind(name="Vera", email="vera@example.com", way="invitation", days_ago=9)
        return self._apply().club_referral_id

    def _case_guest(self):
        guest = self._person(email="guest@example.com")
        return self._bind(guest, way="guest", visited=True)

    def _case_noted(self):
        person = self._person(email="new@example.com")
        self._sell_and_pay(person)
        person.club_referrer_id = self.member
        return person.club_was_referred_ids

    def _case_colleague(self):
        firm = self._person("Firm", is_company=True, street="Work 1", city="Kazan")
        self.member.write({"parent_id": firm.id, "type": "contact"})
        return self._bind(self._person("Colleague", parent_id=firm.id))

    def _case_namesake(self):
        home = {"city": "Kazan"}
        self.member.write({**home, "street": "Lenina 5"})
        person = self._person(self.member.name, **home, street="Lenina 7")
        return self._bind(person, way="link")

    def _case_again(self):
        person = self._person(email="vera@example.com", phone="+7 999 1112233")
        first = self._bind(person, days_ago=20)
        self.assertEqual(self._bind(person, self.other), first)
        return first

    def _case_tenth(self):
        return [self._bind(person) for person in self._people(10)][-1]

    def _case_older(self):
        person = self._person()
        self._paid(person, date_start=self.today - timedelta(900))
        return self._bind(person, way="import")

    # --- Not ------------------------------------------------------------------------

    def _case_tag(self):
        lead = self._apply(self.code, email="annap+friend@googlemail.com")
        return lead.club_referral_id

    def _case_phone(self):
        return self._bind(self._person(phone="8 (916) 1234567"), way="link")

    def _case_card(self):
        """Only the payment tells: the binding counts until then."""
        person = self._person()
        referral = self._bind(person, way="link", days_ago=3)
        self.assertEqual(referral.status, "bound")
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        methods = self.env["payment.method"].sudo().with_context(active_test=False)
        method = methods.search([], limit=1)
        self.env["payment.token"].sudo().create(
            [
                {
                    "partner_id": card.id,
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "provider_ref": "pm_1",
                    "payment_details": "4242",
                }
                for card in (person, self.member)
            ]
        )
        self._sell_and_pay(person)
        return referral

    def _case_payer(self):
        person = self._person()
        referral = self._bind(person, way="link", days_ago=3)
        self._sell_and_pay(person, payer=self.member)
        return referral

    def _case_household(self):
        home = {"street": "ул. Ленина, 5, кв. 7", "city": "Казань"}
        self.member.write(home)
        wife = self._person(street="Ул Ленина 5 кв 7", city="Kazan")
        self.env["club.link"].create(
            {
                "from_id": wife.id,
                "to_id": self.member.id,
                "kind_id": self.env.ref("club_community.club_link_kind_family").id,
            }
        )
        return self._bind(wife, way="invitation")

    def _case_client(self):
        person = self._person()
        self._buy(person, days_ago=30)
        return self._bind(person, way="code")

    def _case_former(self):
        person = self._person()
        self._paid(person, date_start=self.today - timedelta(900))
        return self._bind(person, way="link")

    def _case_many(self):
        people = self._people(12)
        return [self._bind(person, way="link") for person in people][-1]

    def _case_disposable(self):
        return self._apply(self.code, email="x@sub.mailinator.com").club_referral_id

    def _case_twice(self):
        self._bind(
            name="Vera", email="v@example.com", phone="+79991112233", days_ago=5,
            referrer=self.other,
        )  # fmt: skip
        return self._bind(
            self._person("Vera", email="other@example.com", phone="8 999 111-22-33")
        )
