from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourMatrix(ToursCommon):
    """An administrator finds an empty cell with people, by keyboard, and fills it."""

    def _fill_in(self, language):
        segments = self.env["club.segment"]
        segments.search([("id", "!=", 0)]).active = False
        segment = segments.create(
            {"name": "Segment", "domain": f"[('id', '=', {self.member.id})]"}
        )
        stage = self.env.ref("club_community.club_stage_welcome")
        self.env["club.stage.move"].create(
            {"partner_id": self.member.id, "to_stage_id": stage.id, "reason": "A test"}
        )
        self.club_admin.lang = language
        self.start_tour("/odoo/club-matrix", "club_matrix", login="club_admin")
        cell = self.env["club.playbook"].search([("segment_id", "=", segment.id)])
        self.assertEqual(cell.stage_id, stage)
        self.assertEqual(cell.need, "To meet three people")

    def test_in_english(self):
        self._fill_in("en_US")

    def test_in_russian(self):
        self._fill_in("ru_RU")
