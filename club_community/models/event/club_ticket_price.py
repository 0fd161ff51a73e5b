from typing import NamedTuple

from odoo import fields, models


class TicketPrice(float):
    """The price of a ticket, passed on in the context: no RPC client can send one."""


class Price(NamedTuple):
    """What one place costs somebody, as the order will say."""

    untaxed: float
    total: float  # taxes included, by his fiscal position
    full_untaxed: float  # for somebody without prices of his own
    full_total: float
    currency: object  # res.currency, of his prices


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        """Member prices of a ticket start from the ticket's price.

        Stock applies them to the price of the product behind the ticket: they are
        lost where that is 0, and a fixed price becomes a percentage.
        """
        price = self.env.context.get("club_ticket_price")
        if price_type != "list_price" or not isinstance(price, TicketPrice):
            return super()._price_compute(price_type, uom, currency, company, date)
        company = company or self.env.company
        date = date or fields.Date.context_today(self)
        prices = {}
        for product in self.with_company(company):
            own = product.uom_id._compute_price(price, uom) if uom else price
            if currency:
                own = product.currency_id._convert(own, currency, company, date)
            prices[product.id] = own
        return prices


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _club_starts_from_ticket(self, product):
        """Whether these prices are worked out from a ticket's price.

        Those of members are, and all where the product has no price of its own. Other
        pricelists keep stock's way: the discount that the product would have.
        """
        return bool(self and (not product.lst_price or self._club_is_for_members()))


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _club_starts_from_ticket(self):
        return (
            self.event_ticket_id
            and self.event_id
            and self.order_id.pricelist_id._club_starts_from_ticket(self.product_id)
        )

    def _get_product_price_context(self):
        context = super()._get_product_price_context()
        if self._club_starts_from_ticket():
            # sudo: whoever sells need not have rights on events
            price = self.event_ticket_id.sudo().price
            context["club_ticket_price"] = TicketPrice(price)
        return context

    def _get_display_price(self):
        """As any other line, with the ticket's price as that of the product."""
        if self._club_starts_from_ticket():
            return self._get_display_price_ignore_combo()
        return super()._get_display_price()


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    def _club_prices(self, partner, company=None):
        """What one place of each of these tickets costs somebody.

        The same arithmetic as the order's, without making one; the number of queries
        does not grow with the tickets of one pricelist.

        :param partner: the ``res.partner`` who pays
        :param company: who sells; else the company of the event, or one's own
        :return: ``{ticket: Price}``
        """
        found = {}
        for of_event, tickets in self.grouped(lambda t: t.event_id.company_id).items():
            seller = company or of_event or self.env.company
            # sudo: buyers have no rights on products, taxes and prices
            prices = (
                tickets.sudo()
                .with_company(seller)
                ._club_prices_in(partner.sudo().with_company(seller), seller)
            )
            found.update(zip(tickets, prices, strict=True))
        return found

    def _club_prices_in(self, partner, company):
        """``Price`` of each of these tickets, in their order."""
        date = fields.Datetime.now()
        pricelist = partner.property_product_pricelist
        currency = pricelist.currency_id or company.currency_id
        delivery = partner.browse(partner.address_get(["delivery"])["delivery"])
        position = self.env["account.fiscal.position"]._get_fiscal_position(
            partner, delivery
        )
        rules = pricelist._compute_price_rule(
            self.product_id, 1, currency=currency, date=date, compute_price=False
        )
        members = pricelist and pricelist._club_is_for_members()
        Rule = self.env["product.pricelist.item"]
        prices = []
        for ticket in self:
            product = ticket.product_id
            rule = Rule.browse(rules.get(product.id, (0, False))[1])
            full = company.currency_id._convert(
                ticket.price, currency, company, date, round=False
            )
            from_ticket = bool(pricelist) and (members or not product.lst_price)
            unit, discount = ticket._club_unit_price(
                rule, from_ticket, full, currency, date
            )
            untaxed, total = ticket._club_taxed(
                unit, discount, currency, position, partner, company
            )
            full_untaxed, full_total = ticket._club_taxed(
                full, 0, currency, position, partner, company
            )
            prices.append(Price(untaxed, total, full_untaxed, full_total, currency))
        return prices

    def _club_unit_price(self, rule, from_ticket, full, currency, date):
        """``(price, discount in percent)`` as a line of an order has them."""
        self.ensure_one()
        product = self.product_id
        if from_ticket:
            product = product.with_context(club_ticket_price=TicketPrice(self.price))
        asked = (product, 1, product.uom_id, date)
        price = rule._compute_price(*asked, currency=currency)
        shown = rule._show_discount()
        if not from_ticket:
            # stock: what the product would cost less, the ticket costs less
            listed = product.currency_id._convert(
                product.lst_price, currency, self.env.company, date, round=False
            )
            if not shown:
                return (full * price / listed if listed and rule else full), 0
            base = rule._compute_price_before_discount(*asked, currency=currency)
            return full, max((base - price) / base * 100, 0) if base else 0
        if not shown:
            return price, 0
        base = rule._compute_price_before_discount(*asked, currency=currency)
        discount = (base - price) / base * 100 if base else 0
        return max(base, price), max(discount, 0)

    def _club_taxed(self, unit, discount, currency, position, partner, company):
        """``(without taxes, with taxes)`` of one place, rounded as an order is."""
        Tax = self.env["account.tax"]
        product = self.product_id
        taxes = product.taxes_id._filter_taxes_by_company(company)
        unit = product._get_tax_included_unit_price_from_price(
            unit, product_taxes=taxes, fiscal_position=position
        )
        line = Tax._prepare_base_line_for_taxes_computation(
            None,
            tax_ids=position.map_tax(taxes),
            quantity=1.0,
            price_unit=unit,
            discount=discount,
            product_id=product,
            partner_id=partner,
            currency_id=currency,
            rate=self.env["res.currency"]._get_conversion_rate(
                company.currency_id, currency, company, fields.Date.today()
            ),
        )
        Tax._add_tax_details_in_base_line(line, company)
        Tax._round_base_lines_tax_details([line], company)
        details = line["tax_details"]
        return (
            currency.round(details["total_excluded_currency"]),
            currency.round(details["total_included_currency"]),
        )


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_price(self, seat, booker):
        """By his level: a place that is free for him is confirmed without an order."""
        company = self.company_id or self.env.company
        return seat.ticket._club_prices(booker, company)[seat.ticket].untaxed
