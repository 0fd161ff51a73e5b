from odoo.tests import tagged

from .day_common import DayCommon


@tagged("post_install", "-at_install")
class TestDayOffer(DayCommon):
    """What the matrix recommends is offered on the day."""

    def test_the_script_names_the_offer_of_the_cell(self):
        people = self.member + self._people(
            20, club_manager_id=self.personal_manager.id, comment="Sails"
        )
        segment = self.env["club.segment"].create(
            {"name": "All", "sequence": -1, "domain": f"[('id', 'in', {people.ids})]"}
        )
        self._move(people, self.here)
        product = self.env["product.product"].create({"name": "Berth in the harbour"})
        self.env["club.playbook"].create(
            {
                "segment_id": segment.id,
                "stage_id": self.here.id,
                "need": "A place for the boat",
                "product_id": product.id,
            }
        )
        found = people._club_recommended()
        self.assertEqual(
            found[self.member.id], ["A place for the boat: Berth in the harbour"]
        )
        self.assertEqual(len(found), len(people))
        counts = []
        for some in (people, people[:2], people):  # the first fills the caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._club_recommended()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])
        outside = self._people(1)
        self.assertEqual(outside._club_recommended(), {outside.id: []})
