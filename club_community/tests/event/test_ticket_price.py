from odoo import Command
from odoo.tests import tagged

from ...models.event.event_booking import Seat
from .who_common import WhoCommon


@tagged("post_install", "-at_install")
class TestTicketPrice(WhoCommon):
    """What is shown is what the order says (field.md: #7218, #70856, #252257)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.event.company_id = cls.company
        cls.event.seats_limited = False
        cls.ticket.price = 1000
        cls.pricelist = cls._prices(compute_price="percentage", percent_price=20)
        cls.gold.default_pricelist_id = cls.pricelist
        cls._make_member(cls.vera)
        cls.tax_10 = cls._tax("10 on top", 10, "tax_excluded")
        cls.tax_20_in = cls._tax("20 within", 20, "tax_included")

    @classmethod
    def _prices(cls, currency=None, **item):
        return cls.env["product.pricelist"].create(
            {
                "name": "Gold prices",
                "currency_id": (currency or cls.env.company.currency_id).id,
                "item_ids": [Command.create({"applied_on": "3_global", **item})],
            }
        )

    @classmethod
    def _tax(cls, name, amount, included):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "price_include_override": included,
                "country_id": cls._country().id,
                "tax_group_id": cls.env["account.tax.group"]
                .create({"name": name, "country_id": cls._country().id})
                .id,
            }
        )

    @classmethod
    def _country(cls):
        company = cls.env.company
        country = company.account_fiscal_country_id or cls.env.ref("base.be")
        if not company.account_fiscal_country_id:
            company.country_id = company.account_fiscal_country_id = country
        return country

    def _compare(self, partner=None, expected=None):
        """The price that is shown, and the one of the order that is then made."""
        partner = partner or self.vera
        price = self.ticket._club_prices(partner, self.company)[self.ticket]
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "event_id": self.event.id,
                            "event_ticket_id": self.ticket.id,
                        }
                    )
                ],
            }
        )
        line = order.order_line
        self.assertEqual(
            (price.untaxed, price.total, price.currency),
            (line.price_subtotal, line.price_total, order.currency_id),
        )
        if expected is not None:
            self.assertAlmostEqual(price.untaxed, expected, 2)
        return price

    def _set_item(self, **values):
        self.pricelist.item_ids.write(values)

    # --- Rules --------------------------------------------------------------------

    def test_percentage(self):
        price = self._compare(expected=800)
        self.assertEqual(price.full_untaxed, 1000)
        self._compare(self.ivan, expected=1000)

    def test_product_with_a_price_of_its_own(self):
        self.product.list_price = 30
        self.ticket.price = 1000
        self._compare(expected=800)
        self._set_item(compute_price="fixed", fixed_price=250)
        self._compare(expected=250)

    def test_fixed(self):
        self._set_item(compute_price="fixed", fixed_price=250)
        self._compare(expected=250)

    def test_formula(self):
        self._set_item(
            compute_price="formula",
            base="list_price",
            price_discount=25,
            price_round=10,
            price_surcharge=-1,
        )
        self._compare(expected=749)

    def test_formula_on_another_pricelist(self):
        base = self._prices(compute_price="percentage", percent_price=50)
        self._set_item(
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=base.id,
            price_surcharge=5,
        )
        self._compare(expected=505)

    def test_discount_that_is_shown(self):
        """With the discount feature on, the order shows price and discount."""
        group = self.env.ref("sale.group_discount_per_so_line")
        self.env.ref("base.group_user").implied_ids |= group
        self.assertTrue(
            self.env["product.pricelist.item"]._is_discount_feature_enabled()
        )
        self._compare(expected=800)
        self._compare(self.ivan, expected=1000)

    def test_pricelists_as_a_feature_or_not(self):
        group = self.env.ref("product.group_product_pricelist")
        for turn_on in (False, True):
            implied = self.env.ref("base.group_user").implied_ids
            self.env.ref("base.group_user").implied_ids = (
                implied | group if turn_on else implied - group
            )
            with self.subTest(turn_on=turn_on):
                self.env.invalidate_all()
                self._compare(expected=800)

    def test_pricelist_of_nobodys_level_keeps_stocks_way(self):
        """A discount on the product is the same discount on the ticket."""
        self.env.ref("base.group_user").implied_ids |= self.env.ref(
            "product.group_product_pricelist"
        )
        self.product.list_price = 10
        self.ticket.price = 1000
        self.ivan.specific_property_product_pricelist = self._prices(
            compute_price="fixed", fixed_price=6
        )
        self._compare(self.ivan, expected=600)
        self.product.list_price = 0
        self.ticket.price = 1000
        self._compare(self.ivan, expected=6)

    # --- Currencies and taxes -------------------------------------------------------

    def test_foreign_currency(self):
        foreign = self.env["res.currency"].create(
            {
                "name": "CLB",
                "symbol": "c",
                "rounding": 0.01,
                "rate_ids": [
                    Command.create(
                        {"name": "2020-01-01", "rate": 3, "company_id": self.company.id}
                    )
                ],
            }
        )
        self.gold.default_pricelist_id = self._prices(
            foreign, compute_price="percentage", percent_price=20
        )
        price = self._compare(expected=2400)
        self.assertEqual((price.currency, price.full_untaxed), (foreign, 3000))
        self.gold.default_pricelist_id = self._prices(
            foreign, compute_price="fixed", fixed_price=70
        )
        self.env.invalidate_all()
        self._compare(expected=70)

    def test_taxes_on_top_and_within(self):
        self.product.taxes_id = self.tax_10
        price = self._compare(expected=800)
        self.assertEqual((price.total, price.full_total), (880, 1100))
        self.product.taxes_id = self.tax_20_in
        price = self._compare(expected=666.67)
        self.assertEqual((price.total, price.full_total), (800, 1000))

    def test_taxes_by_the_fiscal_position(self):
        self.product.taxes_id = self.tax_20_in
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.tax_10.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.tax_20_in.id)],
            }
        )
        self.vera.property_account_position_id = position
        price = self._compare(expected=666.67)
        self.assertEqual(price.total, 733.34)

    # --- Booking ------------------------------------------------------------------

    def test_free_for_gold_is_confirmed_without_an_order(self):
        self._set_item(compute_price="fixed", fixed_price=0)
        registration, order = self.event._club_book(
            self.vera, [Seat(self.ticket, self.vera)]
        )
        self.assertFalse(order)
        self.assertEqual(registration.state, "open")
        registration, order = self.event._club_book(
            self.ivan, [Seat(self.ticket, self.ivan)]
        )
        self.assertEqual((order.amount_untaxed, registration.state), (1000, "draft"))

    def test_booked_at_the_member_price(self):
        _registration, order = self.event._club_book(
            self.vera, [Seat(self.ticket, self.vera)]
        )
        self.assertEqual(
            (order.amount_untaxed, order.pricelist_id), (800, self.pricelist)
        )
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.amount_untaxed, 1600)

    def test_a_context_from_outside_sets_no_price(self):
        price = self.product.with_context(club_ticket_price=1.0)._price_compute(
            "list_price"
        )
        self.assertEqual(price[self.product.id], self.product.list_price)

    def test_constant_number_of_queries(self):
        def queries(tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            prices = tickets._club_prices(self.vera, self.company)
            self.assertEqual({price.untaxed for price in prices.values()}, {800.0})
            return self.env.cr.sql_log_count - before

        self.product.taxes_id = self.tax_10
        few, many = self.env["event.event.ticket"], self.env["event.event.ticket"]
        for number in range(33):
            ticket = self._make_event(0, price=1000).event_ticket_ids
            if number < 3:
                few |= ticket
            else:
                many |= ticket
        queries(few)
        self.assertEqual(queries(few), queries(many))
