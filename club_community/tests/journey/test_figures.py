from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestFigures(JourneyCommon):
    """Funnel and time in stages, from the moves alone."""

    def _shift(self, moves, days):
        """As if these moves had been made so many days ago."""
        self.env.cr.execute(
            "UPDATE club_stage_move SET date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(days=days), moves.ids],
        )
        moves.invalidate_recordset()

    def test_funnel_multiplies_to_the_whole_way(self):
        people = self._people(8)
        for count, code in (
            (8, "heard"),
            (6, "applied"),
            (4, "welcome"),
            (3, "settled"),
            (1, "advocate"),
        ):
            self._move(people[:count], self._stage(code))
        rows = self.env["club.figure.funnel"]._read_group(
            [("partner_id", "in", people.ids)],
            ["step"],
            ["people:sum", "conversion:avg"],
            order="step",
        )
        self.assertEqual([count for _step, count, _share in rows], [8, 6, 4, 3, 1])
        whole = 1
        for _step, _count, share in rows[:-1]:
            whole *= share / 100
        self.assertAlmostEqual(whole, 1 / 8)
        self.assertEqual(rows[-1][2], 0)

    def test_who_skips_a_step_has_reached_it(self):
        person = self._people(1)
        self._move(person, self._stage("advocate"))
        rows = self.env["club.figure.funnel"].search([("partner_id", "=", person.id)])
        self.assertEqual(len(rows), 5)

    def test_median_of_days(self):
        people = self._people(3)
        first = self._move(people, self._stage("heard"))
        for move, days in zip(first, (2, 4, 90), strict=True):
            self._shift(move, days)
        self._move(people, self._stage("applied"))
        domain = [("partner_id", "in", people.ids), ("step", "=", "2_applied")]
        ((median,),) = self.env["club.figure.funnel"]._read_group(
            domain, [], ["days:avg"]
        )
        self.assertAlmostEqual(median, 4, delta=0.1)

    def test_a_past_month_stays_what_it_was(self):
        people = self._people(3, club_chapter_id=self._chapter("Tver").id)
        for code, days in (("heard", 70), ("applied", 60)):
            self._shift(self._move(people, self._stage(code)), days)
        Stay = self.env["club.figure.stay"]

        def past():
            before = fields.Datetime.now() - timedelta(days=30)
            return Stay._read_group(
                [("partner_id", "in", people.ids), ("date", "<", before)],
                ["stage_id", "chapter_id"],
                ["__count", "advanced:avg", "days:avg"],
            )

        figures = past()
        self.assertEqual(figures[0][2:4], (3, 100))
        people.club_chapter_id = self._chapter("Omsk")
        self._move(people, self._stage("declined"))
        self._move(people, self._stage("settled"))
        self.assertEqual(past(), figures)

    def _chapter(self, name):
        return self.env["club.chapter"].create({"name": name})

    def test_back_from_reboarding_is_going_on(self):
        person = self._people(1)
        for code in ("settled", "quiet", "settled", "former", "returned"):
            self._move(person, self._stage(code))
        stays = self.env["club.figure.stay"].search(
            [("partner_id", "=", person.id)], order="id"
        )
        self.assertEqual(stays.mapped("advanced"), [0, 100, 0, 100])

    def test_source_of_the_first_lead(self):
        source = self.env["utm.source"].create({"name": "A friend's word"})
        self.env["crm.lead"].create(
            {"name": "x", "partner_id": self.member.id, "source_id": source.id}
        )
        move = self._move(self.member, self._stage("interested"))
        self.assertEqual(move.source_id, source)
