from odoo.tests import tagged

from .common import ReferralCommon


@tagged("post_install", "-at_install")
class TestMerge(ReferralCommon):
    """Two cards of one person: nothing is lost, nobody is his own referrer."""

    def _merge(self, kept, *gone):
        cards = kept.browse().concat(kept, *gone)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(cards.ids, kept)
        self.env.invalidate_all()
        self.assertEqual(cards.exists(), kept)

    def test_the_earliest_binding_stays(self):
        kept, gone = self._person("Vera"), self._person("Vera K")
        late = self._bind(kept, self.other, days_ago=2)
        early = self._bind(gone, days_ago=20, way="link")
        self._merge(kept, gone)
        self.assertEqual(early.referred_id, kept)
        self.assertEqual((early.status, late.status), ("bound", "replaced"))
        self.assertIn("Merged", late.closed_why)
        self.assertEqual(late.referred_id, kept)
        self.assertEqual(early.last_referrer_id, self.other)
        self.assertEqual(kept.club_referrer_id, self.member)

    def test_who_joined_stays_with_whom_he_joined_by(self):
        kept, gone = self._person("Vera"), self._person("Vera K")
        joined = self._bind(kept, self.other, days_ago=2)
        self._bind(gone, days_ago=20)
        self._paid(kept)
        self._settle()
        self.assertTrue(joined.joined_on)
        self._merge(kept, gone)
        self.assertEqual(joined.status, "bound")
        self.assertEqual(kept.club_referrer_id, self.other)

    def test_of_three_cards_one_binding_counts(self):
        cards = [self._person(f"Vera {n}") for n in range(3)]
        rows = [self._bind(card, days_ago=9 - n) for n, card in enumerate(cards)]
        self._merge(*reversed(cards))
        self.assertEqual([row.status for row in rows], ["bound", *["replaced"] * 2])
        self.assertEqual({row.referred_id for row in rows}, {cards[2]})

    def test_the_referrers_side_moves_along(self):
        twin = self._person("Anna P")
        person = self._person()
        row = self._bind(person, twin)
        self._merge(self.member, twin)
        self.assertEqual(row.referrer_id, self.member)
        self.assertEqual(person.club_referrer_id, self.member)

    def test_nobody_becomes_his_own_referrer(self):
        twin = self._person("Anna P")
        for kept_is_referrer in (True, False):
            with self.subTest(kept_is_referrer):
                savepoint = self.env.cr.savepoint()
                row = self._bind(twin, way="link")
                cards = (self.member, twin) if kept_is_referrer else (twin, self.member)
                self._merge(*cards)
                self.assertTrue(row.exists())
                self.assertEqual(row.status, "refused")
                self.assertIn("same person", row.closed_why)
                self.assertEqual((row.referrer_id, row.name), (cards[0], "Anna P"))
                self.assertFalse(row.referred_id)
                self.assertFalse(cards[0].club_referrer_id)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_old_rows_of_both_ends_are_kept_too(self):
        twin = self._person("Anna P")
        row = self._bind(twin)
        row._close("lapsed", "Long ago")
        self._merge(self.member, twin)
        self.assertEqual((row.exists().status, row.referred_id.id), ("lapsed", False))

    def test_a_circle_cannot_arise(self):
        middle, twin = self._person("Middle"), self._person("Anna P")
        self._bind(middle)
        row = self._bind(twin, middle)
        self._merge(self.member, twin)
        self.assertEqual(row.status, "refused")
        self.assertIn("as it turns out", row.closed_why)
        self.assertFalse(self.member.club_referrer_id)
        self.assertEqual(middle.club_referrer_id, self.member)
        self.assertFalse(self.member._has_cycle("club_referrer_id"))

    def test_the_next_binding_after_a_circle(self):
        middle, twin = self._person("Middle"), self._person("Anna P")
        self._bind(middle)
        self._bind(twin, middle, days_ago=30)
        late = self._bind(self.member, self.other, days_ago=2, way="import")
        self._merge(self.member, twin)
        self.assertEqual(late.status, "bound")
        self.assertEqual(self.member.club_referrer_id, self.other)

    def test_the_last_touch_is_not_oneself(self):
        person, twin = self._person(), self._person("Anna P")
        row = self._bind(person)
        self._bind(person, twin)
        self.assertEqual(row.last_referrer_id, twin)
        self._merge(self.member, twin)
        self.assertFalse(row.last_referrer_id)

    def test_what_waits_goes_on_waiting(self):
        self.member.phone = "+7 916 123-45-67"
        kept, gone = self._person("Vera"), self._person("V", phone="+79161234567")
        row = self._bind(gone, way="link")
        self.assertEqual(row.status, "review")
        self._merge(kept, gone)
        self.assertEqual((row.status, row.referred_id), ("review", kept))
        self.assertFalse(kept.club_referrer_id)

    def test_what_the_cards_tell_together(self):
        """The other card was a member long ago."""
        kept, gone = self._person("Vera"), self._person("Vera K")
        self._paid(gone, date_start=self.today.replace(year=2020))
        row = self._bind(kept, way="link")
        self.assertEqual(row.status, "bound")
        self._merge(kept, gone)
        self.assertEqual(row.doubt_ids.mapped("kind"), ["member"])
        self.assertEqual(row.status, "review")
        self.assertFalse(kept.club_referrer_id)

    def test_both_codes_lead_to_the_person(self):
        by_code = self.env["res.partner"]._club_by_code
        old = self.other.club_referral_code
        self.other.club_membership_ids.sudo().state = "cancelled"
        self._merge(self.member, self.other)
        self.assertEqual(self.member.club_referral_code, self.code)
        self.assertEqual(by_code(old), self.member)
        self.assertEqual(by_code(self.code), self.member)
        # once more: what was old already moves along
        third = self._person("Anna 3")
        self._merge(third, self.member)
        self.assertEqual(third.club_referral_code, self.code)
        self.assertEqual(by_code(old), third)

    def test_a_card_without_a_code_gets_the_others(self):
        kept = self._person("Anna")
        self._merge(kept, self.member)
        self.assertEqual(kept.club_referral_code, self.code)


@tagged("post_install", "-at_install")
class TestErasure(ReferralCommon):
    """Forgotten people leave bindings without words."""

    def test_who_was_brought(self):
        person = self._person(email="vera@example.com", phone="+7 999 1112233")
        row = self._bind(person, way="invitation", note="My dear friend Vera")
        invited = self._bind(
            referrer=self.other, name="Vera", email="Vera@example.com", note="Do come"
        )
        self.assertFalse(invited.referred_id)
        row._message_log(body=person.name)
        person._club_erase()
        self.assertFalse(invited.exists())
        self.assertTrue(row.exists())
        self.assertEqual((row.referrer_id, row.referred_id), (self.member, person))
        texts = ("name", "email", "phone", "note", "mailbox", "phone_key")
        self.assertFalse(any(row[name] for name in texts), row.read(texts))
        self.assertFalse(row.message_ids.filtered(lambda m: "Vera" in (m.body or "")))

    def test_who_has_brought(self):
        friend = self._person("Oleg Sidorov", email="oleg@example.com")
        person = self._person(email="vera@example.com")
        row = self._bind(person, friend, way="invitation", note="My friend", detail="X")
        self._bind(person, self.other)
        last = self._bind(self._person("Z"), self.other)
        self._bind(last.referred_id, friend)
        self.assertEqual(last.last_referrer_id, friend)
        friend._club_erase()
        self.assertTrue(row.exists())
        self.assertEqual((row.note, row.detail), (False, False))
        self.assertEqual((row.name, row.email), ("Vera Kim", "vera@example.com"))
        self.assertFalse(last.last_referrer_id)
        self.assertEqual(last.name, "Z")
        self.assertNotIn("Oleg", row.display_name)

    def test_doubts_say_nothing(self):
        self.member.phone = "+7 916 123-45-67"
        person = self._person(phone="+79161234567")
        row = self._bind(person, way="link")
        self.assertTrue(row.doubt_ids.detail)
        person._club_erase()
        self.assertFalse(row.doubt_ids.detail)
        self.assertFalse(
            self.env["mail.activity"].search(
                [("club_reason", "=", f"referral {row.id}")]
            )
        )
