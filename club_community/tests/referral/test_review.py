import doctest

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.referral.club_referral_bind import Touch
from ...tools import mailbox, referral_code
from .common import ReferralCommon


@tagged("post_install", "-at_install")
class TestReview(ReferralCommon):
    """The machine doubts, a club manager decides, and it stays decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.phone = "+7 916 123-45-67"

    def _doubtful(self, name="Vera Kim", **vals):
        person = self._person(name, phone="8 916 1234567", **vals)
        return self._bind(person, way="link").sudo(False)

    def _activities(self, referral):
        return self.env["mail.activity"].search(
            [("club_reason", "=", f"referral {referral.id}")]
        )

    def test_doctests(self):
        for tool in (mailbox, referral_code):
            with self.subTest(tool.__name__):
                result = doctest.testmod(tool)
                self.assertTrue(result.attempted)
                self.assertFalse(result.failed)

    def test_it_waits_and_somebody_is_asked_once(self):
        referral = self._doubtful()
        self.assertEqual(referral.status, "review")
        self.assertFalse(referral.referred_id.club_referrer_id)
        self.assertIn("same phone: +7 916 123-45-67", referral.doubts)
        activity = self._activities(referral)
        self.assertTrue(activity.user_id.has_group("club_community.group_club_manager"))
        self.assertIn("Vera Kim", activity.summary)
        self.assertEqual(activity.res_id, referral.referred_id.id)
        self.assertIn("Anna Petrova", referral.referred_id.club_referral_waits)
        self.assertIn("the same", referral.sides)
        referral.sudo()._examine()
        self.assertEqual(self._activities(referral), activity)

    def test_accepted_stays_accepted(self):
        referral = self._doubtful()
        referral.with_user(self.club_manager).action_accept()
        self.assertEqual(referral.status, "bound")
        self.assertEqual(referral.decided_by_id, self.club_manager)
        self.assertTrue(referral.decided_on)
        self.assertEqual(referral.referred_id.club_referrer_id, self.member)
        self.assertFalse(self._activities(referral))
        note = referral.message_ids.filtered("body")[0]
        self.assertIn("Same phone", note.body)
        self.assertEqual(note.author_id, self.club_manager.partner_id)
        self._sell_and_pay(referral.referred_id)
        self.assertEqual(referral.status, "bound")

    def test_another_doubt_asks_again(self):
        referral = self._doubtful()
        referral.with_user(self.club_manager).action_accept()
        self._sell_and_pay(referral.referred_id, payer=self.member)
        self.assertEqual(referral.status, "review")
        self.assertFalse(referral.referred_id.club_referrer_id)
        self.assertEqual(referral.doubt_ids.mapped("kind"), ["phone", "payer"])

    def test_refused_with_a_reason(self):
        referral = self._doubtful()
        action = referral.with_user(self.club_manager).action_refuse()
        wizard = self.env["club.referral.refuse"].with_user(self.club_manager)
        wizard = wizard.with_context(**action["context"]).create({})
        with self.assertRaisesRegex(UserError, "say why"):
            wizard.action_refuse()
        wizard.why = "It is himself"
        wizard.action_refuse()
        self.assertEqual(
            (referral.status, referral.closed_why, referral.closed_by_id),
            ("refused", "It is himself", self.club_manager),
        )
        self.assertFalse(self._activities(referral))
        with self.assertRaisesRegex(UserError, "decided already, by"):
            referral.with_user(self.club_manager).action_accept()
        # the same person may be brought by another now
        again = self._bind(referral.referred_id, self.other)
        self.assertEqual(again.referrer_id, self.other)

    def test_only_a_club_manager_decides(self):
        referral = self._doubtful()
        for user in (self.personal_manager, self.employee):
            for decide in ("action_accept", "action_refuse", "action_accept"):
                with self.assertRaises(AccessError):
                    getattr(referral.with_user(user), decide)()
        with self.assertRaises(AccessError):
            referral.with_user(self.personal_manager)._refuse("No")

    def test_what_does_not_wait_is_not_decided(self):
        referral = self._bind(self._person()).sudo(False)
        with self.assertRaisesRegex(UserError, "does not wait"):
            referral.with_user(self.club_manager).action_accept()

    def test_accepted_too_late_for_a_circle(self):
        referral = self._doubtful()
        self.member.with_context(
            club_bound=True
        ).club_referrer_id = referral.referred_id
        said = referral.with_user(self.club_manager).action_accept()
        self.assertEqual(referral.status, "refused")
        self.assertIn("nobody brings himself", said["params"]["message"])

    def test_found_when_the_person_becomes_known(self):
        lead = self._apply(self.code)
        referral = lead.club_referral_id
        self.assertEqual(referral.status, "bound")
        lead.partner_id = self._person(phone="+79161234567")
        self.assertEqual(referral.status, "review")
        self.assertFalse(lead.partner_id.club_referrer_id)

    def test_looked_at_before_anything_is_granted(self):
        person = self._person()
        referral = self._bind(person, way="link", days_ago=3)
        seen = []
        Membership = type(self.env["club.membership"])
        granted = Membership._on_started

        def on_started(memberships):
            seen.append(referral.status)
            return granted(memberships)

        self.patch(Membership, "_on_started", on_started)
        self._sell_and_pay(person, payer=self.member)
        self.assertEqual(seen, ["review"])

    def test_relative_with_the_birthday(self):
        purpose = self.env["club.consent.purpose"].search([("name", "ilike", "family")])
        self.member._club_answer_consent(purpose[:1], True, "member")
        self.member.club_relative_ids = [
            (0, 0, {"name": "Vera", "relation": "partner", "birthday": "1980-05-01"})
        ]
        person = self._person(club_birthday="1980-05-01")
        self.assertEqual(self._bind(person).doubt_ids.mapped("kind"), ["family"])

    def test_likely_the_same_person(self):
        person = self._person()
        one, other = sorted((person + self.member).ids)
        pairs = self.env["club.duplicate"].sudo()
        pairs.create({"partner_id": one, "other_id": other})
        self.assertEqual(self._bind(person).doubt_ids.mapped("kind"), ["twin"])

    def test_a_club_adds_throw_away_domains(self):
        self.program.more_disposable = "@trash.example\nother.example"
        person = self._person(email="a@x.trash.example")
        self.assertEqual(self._bind(person).doubt_ids.mapped("kind"), ["disposable"])

    def test_an_invited_old_member_without_contact(self):
        former = self._person(email="former@example.com")
        self._paid(former, date_start=self.today.replace(year=2020))
        referral = self._bind(name="F", email="Former@example.com", way="invitation")
        self.assertEqual(referral.doubt_ids.mapped("kind"), ["member"])

    def test_no_query_per_doubt(self):
        counts = []
        self.program.rate_people = 0
        for many in (8, 80):
            people = self._people(many, phone="8 916 1234567")
            touches = [Touch(self.member, person, way="link") for person in people]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            made = self.Referral._bind(touches)
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual({row.status for row in made}, {"review"})
        self.assertLessEqual(counts[1], counts[0] + 5, counts)


@tagged("post_install", "-at_install")
class TestChangeWhoBrought(ReferralCommon):
    def _change(self, person, user=None, **vals):
        action = person.with_user(
            user or self.club_manager
        ).action_club_change_referrer()
        wizard = self.env["club.referral.change"].with_user(user or self.club_manager)
        return wizard.with_context(**action["context"]).create(vals)

    def test_somebody_else_with_a_reason(self):
        person = self._person()
        first = self._bind(person, days_ago=20, way="link")
        change = self._change(person, referrer_id=self.other.id)
        self.assertEqual(change.referral_id, first)
        self.assertIn("From now on Boris Orlov counts", change.preview)
        with self.assertRaisesRegex(UserError, "say why"):
            change.action_change()
        change.why = "They told us so"
        change.action_change()
        second = person.club_was_referred_ids - first
        self.assertEqual((first.status, second.status), ("replaced", "bound"))
        self.assertEqual(second.invited_on, first.invited_on)
        self.assertEqual(second.decided_by_id, self.club_manager)
        self.assertEqual(person.club_referrer_id, self.other)
        self.assertIn("They told us so", first.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "counts already"):
            self._change(person, referrer_id=self.other.id, why="Again").action_change()
        change = self._change(person, is_nobody=True, why="By himself")
        self.assertIn("nobody counts", change.preview)
        change.action_change()
        self.assertFalse(person.club_referrer_id)
        with self.assertRaisesRegex(UserError, "Nobody is noted"):
            self._change(person, is_nobody=True, why="By himself").action_change()

    def test_where_nobody_was_noted(self):
        person = self._person()
        with self.assertRaisesRegex(UserError, "choose who"):
            self._change(person, why="X").action_change()
        self._change(
            person, referrer_id=self.other.id, why="At the ball"
        ).action_change()
        self.assertEqual(person.club_referrer_id, self.other)
        self.assertIn("At the ball", person.club_was_referred_ids.reason)

    def test_a_circle_in_words(self):
        person = self._person()
        self._bind(person)
        change = self._change(self.member, referrer_id=person.id, why="X")
        self.assertIn("nobody brings himself", change.preview)
        with self.assertRaisesRegex(UserError, "nobody brings himself"):
            change.action_change()
        with self.assertRaisesRegex(UserError, "nobody brings himself"):
            self._change(person, referrer_id=person.id, why="X").action_change()

    def test_what_the_manager_has_seen_is_decided(self):
        person = self._person(phone="+7 999 1112233")
        self.other.phone = "8 999 111 22 33"
        change = self._change(person, referrer_id=self.other.id, why="We know both")
        self.assertIn("Same phone", change.preview)
        change.action_change()
        row = person.club_was_referred_ids
        self.assertEqual((row.status, row.doubt_ids.kind), ("bound", "phone"))
        row._examine()
        self.assertEqual(row.status, "bound")

    def test_only_a_club_manager_changes(self):
        person = self._person()
        with self.assertRaises(AccessError):
            self._change(person, self.personal_manager, referrer_id=self.other.id)
        change = self._change(person, referrer_id=self.other.id, why="X")
        with self.assertRaises(AccessError):
            change.with_user(self.personal_manager).sudo().action_change()

    def test_the_form(self):
        person = self._person()
        referral = self._bind(person).sudo(False)
        action = referral.with_user(self.club_manager).action_change_referrer()
        wizard = self.env["club.referral.change"].with_user(self.club_manager)
        with Form(wizard.with_context(**action["context"])) as form:
            form.referrer_id = self.other
            self.assertIn("Boris Orlov counts", form.preview)
            form.why = "So it is"
        form.record.action_change()
        self.assertEqual(person.club_referrer_id, self.other)
