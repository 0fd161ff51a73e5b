import calendar
import random
from collections import Counter
from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestCoverage(ClubCommon):
    """What was known month by month, compared with the same counted by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls.env["club.profile.point"].search(
            [("is_derived", "=", False), ("weight", ">", 0)]
        )
        cls.kazan = cls.env["club.chapter"].create({"name": "Kazan"})

    def _person(self, chance):
        """A member since a day that chance chose, whose facts came and went."""
        person = self.env["res.partner"].create(
            {
                "name": "By chance",
                "club_chapter_id": chance.choice([self.kazan.id, False]),
                "club_manager_id": chance.choice([self.personal_manager.id, False]),
            }
        )
        start = self.today - timedelta(days=chance.randrange(20, 500))
        self._create_period(person, start)
        # sudo: a history that was not lived through
        values = self.env["club.profile.value"].sudo()
        for point in chance.sample(self.points, 12):
            at = datetime.combine(start, datetime.min.time())
            at += timedelta(days=chance.randrange(-60, 300), hours=chance.randrange(24))
            until = at + timedelta(days=chance.randrange(1, 200))
            fate = chance.choice(["current", "replaced", "rejected", "cleared"])
            values.create(
                {
                    "partner_id": person.id,
                    "point_id": point.id,
                    "is_confidential": point.is_confidential,
                    "value": None if fate == "cleared" else "x",
                    "state": fate,
                    "source": "manager",
                    "recorded_at": at,
                    "replaced_at": until if fate in ("replaced", "rejected") else None,
                }
            )
        return person

    def _months(self, person):
        """``(first day, day it is looked at)`` of the months as a member."""
        period = person.club_membership_ids.sudo()
        day = period.date_start.replace(day=1)
        while day <= self.today:
            size = calendar.monthrange(day.year, day.month)[1]
            last = min(day.replace(day=size), self.today)
            if last >= period.date_start and last <= period.date_grace_end:
                yield day, last
            day = day.replace(day=size) + timedelta(days=1)

    def _by_hand(self, people):
        """``{(person, month, section): weight known}``."""
        full, known = Counter(), {}
        for point in self.points:
            full[point.section_id] += point.weight
        for person in people:
            rows = self.env["club.profile.value"].search(
                [("partner_id", "=", person.id)]
            )
            for month, last in self._months(person):
                end = datetime.combine(last, datetime.min.time()) + timedelta(days=1)
                for section in full:
                    known[person, month, section] = sum(
                        row.point_id.weight
                        for row in rows
                        if row.point_id.section_id == section
                        and row.recorded_at < end
                        and (
                            row.state == "current"
                            or (row.state == "replaced" and row.replaced_at >= end)
                        )
                    )
        return full, known

    def test_against_a_count_by_hand(self):
        chance = random.Random(4)
        people = self.env["res.partner"].concat(
            *[self._person(chance) for _number in range(8)]
        )
        self.env.flush_all()
        Figure = self.env["club.figure.coverage"].with_user(self.club_manager)
        mine = [("partner_id", "in", people.ids)]
        full, known = self._by_hand(people)
        self.assertTrue(any(known.values()))
        rows = Figure.search(mine)
        self.assertEqual(
            {(r.partner_id, r.month, r.section_id): r.known_weight for r in rows}, known
        )
        self.assertEqual(len(rows), len(known))
        self.assertEqual({r.section_id: r.full_weight for r in rows}, dict(full))
        for row in rows[:20]:
            self.assertAlmostEqual(
                row.share, 100 * row.known_weight / row.full_weight, places=4
            )
            self.assertEqual(row.club_chapter_id, row.partner_id.club_chapter_id)

        # of several rows: the share of the sums, and each person counted once
        for month, count, share in Figure._read_group(
            mine, ["month:month"], ["members:count_distinct", "share:avg"]
        ):
            keys = [key for key in known if key[1] == month]
            self.assertEqual(count, len({key[0] for key in keys}))
            got = sum(known[key] for key in keys)
            total = sum(full[key[2]] for key in keys)
            self.assertAlmostEqual(share, 100 * got / total, places=4)
        action = rows[0].action_open_person()
        self.assertEqual(action["res_id"], rows[0].partner_id.id)

    def test_who_sees_whose(self):
        chance = random.Random(7)
        people = self.env["res.partner"].concat(
            *[self._person(chance) for _number in range(6)]
        )
        self.env.flush_all()
        Figure = self.env["club.figure.coverage"]
        mine = [("partner_id", "in", people.ids)]
        own = people.filtered(lambda p: p.club_manager_id == self.personal_manager)
        self.assertTrue(own and people - own)
        found = Figure.with_user(self.personal_manager).search(mine)
        self.assertEqual(found.partner_id, own)
        found = Figure.with_user(self.club_manager).search(mine)
        self.assertEqual(found.partner_id, people)
        company = self._create_company(name="Another club")
        foreign = new_test_user(
            self.env,
            "coverage_foreign",
            "club_community.group_club_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(Figure.with_user(foreign).search(mine))
        with self.assertRaises(AccessError):
            Figure.with_user(self.employee).search(mine)
