from datetime import timedelta

import psycopg2

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_segments import SegmentCommon


class MatrixCommon(SegmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cells = cls.env["club.playbook"]
        cls.talk, cls.dinner = cls.env["product.product"].create(
            [
                {
                    "name": "Talk",
                    "list_price": 100,
                    "type": "service",
                },
                {"name": "Dinner", "list_price": 300, "type": "service"},
            ]
        )
        (cls.talk + cls.dinner).taxes_id = False
        cls.people = cls._people(4, email="a@example.com")
        cls.segment = cls._segment_of(cls.people[:3], name="First", sequence=1)
        cls.other = cls._segment_of(cls.people[1:], name="Second", sequence=2)

    @classmethod
    def _cell(cls, segment=None, stage=None, **vals):
        return cls.cells.create(
            {
                "segment_id": (segment or cls.segment).id,
                "stage_id": (stage or cls.here).id,
                "product_id": cls.talk.id,
                **vals,
            }
        )

    @classmethod
    def _order(cls, person, product, **vals):
        return cls.env["sale.order"].create(
            {
                "partner_id": person.id,
                "order_line": [Command.create({"product_id": product.id})],
                **vals,
            }
        )


@tagged("post_install", "-at_install")
class TestMatrix(MatrixCommon):
    def test_one_cell_per_segment_and_stage(self):
        self._cell()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with self.env.cr.savepoint():
                self._cell()

    def test_the_owner_is_the_stages_unless_it_is_said_otherwise(self):
        self.here.owner = "head"
        self.assertEqual(self._cell().owner, "head")
        self.assertEqual(self._cell(self.other, owner="marketing").owner, "marketing")

    def test_the_same_need_has_other_offers_in_another_segment(self):
        """S3.02: a clean flat, not a vacuum cleaner."""
        need = "Wants to meet people of his field"
        self._cell(need=need)
        self._cell(
            self.other,
            need=need,
            product_id=self.dinner.id,
            offer_ids=[
                Command.create({"product_id": self.talk.id, "words": "Or this"})
            ],
        )
        self._move(self.people, self.here)
        first, last = self.people[0], self.people[3]
        found = (first + last)._club_playbook()
        self.assertEqual(found[first.id].need, found[last.id].need)
        self.assertEqual(found[first.id].product_id, self.talk)
        self.assertEqual(found[last.id].product_id, self.dinner)
        offered = [
            Form(
                self.env["club.offer"].with_context(default_partner_id=person.id)
            ).save()
            for person in (first, last)
        ]
        self.assertEqual([o.product_id for o in offered], [self.talk, self.dinner])
        self.assertEqual(offered[1].product_ids, self.dinner + self.talk)

    def test_the_first_segment_with_a_cell_is_recommended(self):
        self._move(self.people, self.here)
        second = self._cell(self.other)
        both = self.people[1]
        self.assertEqual(both._club_playbook(), {both.id: second})
        first = self._cell()
        self.assertEqual(both._club_playbook(), {both.id: first})
        self.segment.sequence = 9
        self.assertEqual(both._club_playbook(), {both.id: second})
        nobody = self._people(1)
        self.assertEqual(nobody._club_playbook(), {nobody.id: self.cells})

    def test_queries_of_the_recommendation_do_not_grow(self):
        self._cell()
        people = self._people(30)
        self.segment.domain = f"[('id', 'in', {people.ids})]"
        self._move(people, self.here)
        few = people[:3]

        def needs(some):
            return [cell.need for cell in some._club_playbook().values()]

        needs(few)
        self.assertEqual(
            self._queries(lambda: needs(few)), self._queries(lambda: needs(people))
        )

    # --- The screen ------------------------------------------------------------------

    def test_the_matrix_counts_people_and_empty_cells(self):
        cell = self._cell(channel="call", need="A need")
        self._move(self.people[:2], self.here)
        self._move(self.people[2:], self.there)
        matrix = self.cells.with_user(self.personal_manager).get_matrix()
        self.assertFalse(matrix["may_edit"])
        self.assertEqual(
            [s["id"] for s in matrix["segments"]], (self.segment + self.other).ids
        )
        keys = {
            (stage, segment): f"{stage.id}-{segment.id}"
            for stage in (self.here, self.there)
            for segment in (self.segment, self.other)
        }
        here = keys[self.here, self.segment]
        self.assertEqual(matrix["people"][here], 2)
        self.assertEqual(matrix["people"][keys[self.there, self.other]], 2)
        self.assertEqual(matrix["cells"][here]["id"], cell.id)
        self.assertEqual(matrix["cells"][here]["product"], "Talk")
        gaps = self.env["club.playbook.gap"].with_user(self.personal_manager)
        ours = gaps.search([("stage_id", "in", (self.here + self.there).ids)])
        self.assertEqual(
            {(gap.stage_id, gap.segment_id): gap.people for gap in ours},
            {
                (self.here, self.other): 1,
                (self.there, self.segment): 1,
                (self.there, self.other): 2,
            },
        )
        self.assertEqual(matrix["empty_count"], len(gaps.search([("people", ">", 0)])))
        self.assertTrue(self.cells.with_user(self.club_admin).get_matrix()["may_edit"])
        with self.assertRaises(AccessError):
            self.cells.with_user(self.employee).get_matrix()

    def test_queries_of_the_matrix_do_not_grow(self):
        self._cell()
        self.cells.get_matrix()
        few = self._queries(self.cells.get_matrix)
        people = self._people(20)
        more = self.segments.create(
            [
                {"name": f"Segment {n}", "domain": f"[('id', 'in', {people.ids})]"}
                for n in range(10)
            ]
        )
        self._move(people, self.there)
        products = self.env["product.product"].create(
            [{"name": f"Product {n}"} for n in range(10)]
        )
        for segment, product in zip(more, products, strict=True):
            cell = self._cell(segment, self.there, product_id=product.id)
            cell._make_offer(people[0], product)
        self.cells.get_matrix()
        self.assertEqual(self._queries(self.cells.get_matrix), few)

    # --- Entering a stage ------------------------------------------------------------

    def _plan(self, summary):
        return self.env["mail.activity.plan"].create(
            {
                "name": summary,
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "summary": summary,
                            "responsible_type": "on_demand",
                        }
                    )
                ],
            }
        )

    def test_entering_starts_the_plan_of_the_first_segment(self):
        self._cell(activity_plan_id=self._plan("First").id)
        self._cell(self.other, activity_plan_id=self._plan("Second").id)
        self._move(self.people, self.here)
        self.assertEqual(
            [person.activity_ids.mapped("summary") for person in self.people],
            [["First"], ["First"], ["First"], ["Second"]],
        )

    def test_whoever_comes_by_the_very_fact_that_moves_him_is_counted_first(self):
        self.segment.domain = "[('club_role', '=', 'owner')]"
        self._cell(activity_plan_id=self._plan("First").id)
        person = self._people(1)
        person.club_role = "owner"
        self._rule(self.here, f"[('id', '=', {person.id})]")
        person._club_journey_now()
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(person.club_stage_id, self.here)
        self.assertEqual(person.activity_ids.mapped("summary"), ["First"])

    def test_the_first_night_starts_nothing(self):
        self._cell(activity_plan_id=self._plan("First").id)
        self._rule(self.here, f"[('id', 'in', {self.people.ids})]")
        self._nightly()
        self.env.invalidate_all()
        self.assertEqual(self.people.club_stage_id, self.here)
        self.assertFalse(self.people.activity_ids)

    def test_entering_sends_the_letter_of_the_cell(self):
        letter = self.env["mail.template"].create(
            {
                "name": "Letter",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "subject": "Of the cell",
                "email_to": "{{ object.email }}",
                "body_html": "<p>Hello</p>",
            }
        )
        self._cell(mail_template_id=letter.id)
        self._move(self.people, self.here)
        mails = self.env["mail.mail"].search([("subject", "=", "Of the cell")])
        self.assertEqual(len(mails), 3)

    def test_queries_of_entering_do_not_grow_with_the_people(self):
        self._cell(activity_plan_id=self._plan("First").id)
        counts = []
        for number in (2, 5, 50):  # the first warms up
            people = self._people(number)
            self.segment.domain = f"[('id', 'in', {people.ids})]"
            rule = self._rule(self.here, f"[('id', 'in', {people.ids})]")
            moves = self.rules._moves()
            counts.append(
                self._queries(
                    lambda moves=moves: self.env["club.stage.move"]._carry_out(
                        moves, is_quiet=False
                    ),
                    is_twice=False,
                )
            )
            self.assertEqual(len(people.activity_ids), number)
            rule.active = False
        self.assertEqual(*counts[1:])


@tagged("post_install", "-at_install")
class TestOffers(MatrixCommon):
    def test_accepted_is_what_was_ordered_afterwards(self):
        cell = self._cell()
        before = self._order(self.people[0], self.talk)
        before.action_confirm()
        before.date_order = fields.Datetime.now() - timedelta(days=1)
        made = cell._make_offer(self.people[0], self.talk)
        refused = cell._make_offer(self.people[1], self.talk)
        self.assertFalse(made.is_accepted)
        order = self._order(self.people[0], self.talk)
        self.assertFalse(made.is_accepted)
        order.action_confirm()
        self._order(self.people[1], self.dinner).action_confirm()
        self.env.invalidate_all()
        self.assertTrue(made.is_accepted)
        self.assertFalse(refused.is_accepted)
        self.assertEqual(made.revenue, 0)
        invoice = order._create_invoices()
        invoice.action_post()
        self.env.invalidate_all()
        self.assertEqual(made.revenue, 100)
        self.assertEqual((cell.offered_count, cell.accepted_count), (2, 1))
        self.assertEqual((cell.accept_rate, cell.revenue), (50, 100))
        found = made.search([("is_accepted", "=", True), ("playbook_id", "=", cell.id)])
        self.assertEqual(found, made)
        order._action_cancel()
        self.env.invalidate_all()
        self.assertFalse(made.is_accepted)

    def test_an_order_counts_once_for_the_last_offer(self):
        first, second = self._cell(), self._cell(self.other)
        person = self.people[1]
        early = first._make_offer(person, self.talk)
        self.env.cr.execute(
            "UPDATE club_playbook_made SET date = date - interval '9 days' "
            "WHERE id = %s",
            [early.id],
        )
        late = second._make_offer(person, self.talk)
        self._order(person, self.talk).action_confirm()
        self.env.invalidate_all()
        self.assertTrue(late.is_accepted)
        self.assertFalse(early.is_accepted)
        self.assertEqual((first.accepted_count, second.accepted_count), (0, 1))

    def test_an_order_after_a_year_is_no_answer(self):
        made = self._cell()._make_offer(self.people[0], self.talk)
        self.env.cr.execute(
            "UPDATE club_playbook_made SET date = date - interval '366 days'"
        )
        self._order(self.people[0], self.talk).action_confirm()
        self.env.invalidate_all()
        self.assertFalse(made.is_accepted)

    def test_revenue_in_the_companys_currency(self):
        currency = self.env["res.currency"].create(
            {
                "name": "ZZZ",
                "symbol": "Z",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4})],
            }
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Z", "currency_id": currency.id}
        )
        made = self._cell()._make_offer(self.people[0], self.talk)
        order = self._order(self.people[0], self.talk, pricelist_id=prices.id)
        order.action_confirm()
        order._create_invoices().action_post()
        self.env.invalidate_all()
        self.assertEqual(order.amount_untaxed, 400)
        self.assertAlmostEqual(made.revenue, 100)
        self.assertEqual(made.currency_id, self.company.currency_id)

    def test_a_manager_offers_and_asks_again_in_a_week(self):
        self._cell(channel="call", need="A need")
        person = self.people[0]
        self._move(person, self.here)
        action = person.with_user(self.personal_manager).action_club_offer()
        wizard = Form(
            self.env["club.offer"]
            .with_user(self.personal_manager)
            .with_context(**action["context"])
        )
        self.assertEqual(wizard.product_id, self.talk)
        wizard.note = "Thinks it over"
        wizard = wizard.save()
        wizard.action_offer()
        wizard.action_offer()
        activity = person.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn("Talk", activity.summary)
        self.assertIn("Thinks it over", activity.note)
        self.assertEqual(activity.user_id, self.personal_manager)
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=7))

    def test_a_manager_writes_a_quotation(self):
        self._cell()
        person = self.people[0]
        self._move(person, self.here)
        wizard = (
            self.env["club.offer"]
            .with_user(self.personal_manager)
            .create({"partner_id": person.id})
        )
        action = wizard.action_quote()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.order_line.product_id, self.talk)
        self.assertEqual(order.partner_id, person)
        made = self.env["club.playbook.made"].search([("partner_id", "=", person.id)])
        self.assertEqual(made.sale_line_id, order.order_line)
        self.assertEqual(made.user_id, self.personal_manager)
        order.action_confirm()
        self.env.invalidate_all()
        self.assertTrue(made.is_accepted)

    def test_what_cannot_be_offered(self):
        cell = self._cell()
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        with self.assertRaisesRegex(UserError, "Companies"):
            cell._make_offer(firm, self.talk)
        with self.assertRaisesRegex(UserError, "Dinner"):
            cell._make_offer(self.people[0], self.dinner)
        nobody = self._people(1)
        wizard = self.env["club.offer"].create({"partner_id": nobody.id})
        with self.assertRaisesRegex(UserError, "nothing to offer"):
            wizard.action_offer()

    def test_results_of_a_personal_manager_are_of_his_people(self):
        cell = self._cell()
        self.people[0].club_manager_id = self.personal_manager
        for person in self.people[:2]:
            cell._make_offer(person, self.talk)
        self.env.invalidate_all()
        mine = cell.with_user(self.personal_manager)
        self.assertEqual(mine.offered_count, 1)
        self.assertEqual(cell.with_user(self.club_manager).offered_count, 2)

    def test_people_who_are_merged_keep_their_offers_and_segments(self):
        cell = self._cell()
        first, second = self.people[0], self.people[3]
        made = cell._make_offer(second, self.talk)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first + second).ids, first)
        self.env.invalidate_all()
        self.assertEqual(made.partner_id, first)
        self.assertTrue(first.club_segment_ids)
        (self.segment + self.other)._count()
        self.assertEqual(first.club_segment_ids, self.segment)
