from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestEventFigures(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chapter = cls.env["club.chapter"].create({"name": "Kazan"})
        cls.member.write({"club_chapter_id": cls.chapter.id, "email": "m@example.com"})
        cls.guest = cls.env["res.partner"].create(
            {"name": "Guest", "email": "guest@example.com"}
        )
        product = cls.env["product.product"].create(
            {
                "name": "Place",
                "type": "service",
                "service_tracking": "event",
                "list_price": 0,
                "taxes_id": False,
            }
        )
        cls.begin = fields.Datetime.now() + timedelta(days=1)
        cls.event = cls.env["event.event"].create(
            {
                "name": "Evening",
                "company_id": cls.company.id,
                "date_begin": cls.begin,
                "date_end": cls.begin + timedelta(hours=4),
                "event_mail_ids": False,
                "event_ticket_ids": [
                    (0, 0, {"name": "Paid", "product_id": product.id, "price": 100})
                ],
            }
        )
        cls.ticket = cls.event.event_ticket_ids

    def _figures(self, **domain):
        self.env.flush_all()
        self.env.invalidate_all()
        Figure = self.env["club.figure.event"]
        names = ("sold", "held", "attended", "no_show", "guests", "guests_became")
        [row] = Figure._read_group(
            [("event_id", "=", self.event.id), *domain.items()],
            [],
            [*(f"{name}:sum" for name in names), "revenue:sum"],
        )
        return dict(zip((*names, "revenue"), row, strict=True))

    def _register(self, partner, **values):
        return self.env["event.registration"].create(
            {
                "event_id": self.event.id,
                "event_ticket_id": self.ticket.id,
                "partner_id": partner.id,
                "club_attendee_id": partner.id,
                **values,
            }
        )

    def test_places_and_people(self):
        self._create_period(self.member, self.today - timedelta(days=10))
        came = self._register(self.member)
        missed = self._register(self.guest)
        self._register(self.guest, state="draft")._club_hold()
        self._register(self.guest).action_cancel()
        came.action_set_done()
        missed.club_no_show = True
        self.assertEqual(
            self._figures(),
            {
                "sold": 2,
                "held": 1,
                "attended": 1,
                "no_show": 1,
                "guests": 1,
                "guests_became": 0,
                "revenue": 0,
            },
        )
        row = self.env["club.figure.event"].browse(came.id)
        self.assertEqual(row.plan_id, self.plan)
        self.assertEqual(row.club_chapter_id, self.chapter)

    def test_guest_who_became_a_member(self):
        self._register(self.guest)
        self._create_period(self.guest, self.today + timedelta(days=5))
        figures = self._figures()
        self.assertEqual((figures["guests"], figures["guests_became"]), (1, 1))

    def test_revenue_is_what_was_invoiced_less_what_was_given_back(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.ticket.product_id.id,
                            "event_id": self.event.id,
                            "event_ticket_id": self.ticket.id,
                            "product_uom_qty": 2,
                        },
                    )
                ],
            }
        )
        order.action_confirm()
        self.assertEqual(self._figures()["revenue"], 0, "not invoiced")
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertAlmostEqual(self._figures()["revenue"], 200)
        refund = invoice._reverse_moves()
        refund.action_post()
        self.assertAlmostEqual(self._figures()["revenue"], 0)

    def test_one_query_whatever_the_size(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["club.figure.event"]._read_group(
                [("event_id", "=", self.event.id)],
                ["event_id", "plan_id", "club_chapter_id"],
                ["sold:sum", "revenue:sum"],
            )
            return self.env.cr.sql_log_count - before

        self._register(self.member)
        cost()  # fills the caches
        few = cost()
        for _one in range(20):
            self._register(self.guest)
        self.assertEqual(cost(), few)
