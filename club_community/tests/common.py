from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class ClubCommon(AccountTestInvoicingCommon):
    """A company that can invoice, one plan with a level, one user per role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.today = fields.Date.context_today(cls.env.user)
        cls.pricelist = cls.env["product.pricelist"].create(
            {
                "name": "Gold prices",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 20,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        cls.level = cls.env["res.partner.grade"].create(
            {"name": "Gold", "default_pricelist_id": cls.pricelist.id}
        )
        cls.plan = cls._create_plan(name="Gold", price=1000, grade_id=cls.level.id)
        cls.member = cls.env["res.partner"].create(
            {"name": "Anna Petrova", "email": "anna@example.com"}
        )
        cls.personal_manager = new_test_user(
            cls.env, "club_pm", "club_community.group_club_user"
        )
        cls.club_manager = new_test_user(
            cls.env, "club_manager", "club_community.group_club_manager"
        )
        cls.club_admin = new_test_user(
            cls.env, "club_admin", "club_community.group_club_admin"
        )
        cls.employee = new_test_user(cls.env, "club_employee", "base.group_user")
        cls.salesman = new_test_user(
            cls.env, "club_salesman", "sales_team.group_sale_salesman_all_leads"
        )

    @classmethod
    def get_default_groups(cls):
        """Tests run as an accountant (stock) who administers the club as well."""
        return super().get_default_groups() | cls.quick_ref(
            "club_community.group_club_admin"
        )

    # --- Factories ----------------------------------------------------------------

    @classmethod
    def _create_plan(cls, **vals):
        """A plan of the company; its product is taxed by nothing."""
        plan = cls.env["club.plan"].create(
            {"name": "Plan", "price": 100, "company_id": cls.company.id, **vals}
        )
        plan.product_id.taxes_id = False
        return plan

    @classmethod
    def _create_period(cls, partner, start, end=None, plan=None, **vals):
        """A period paid elsewhere, as an import makes it."""
        return cls.env["club.membership"].create(
            {
                "partner_id": partner.id,
                "plan_id": (plan or cls.plan).id,
                "date_start": start,
                "date_end": end,
                **vals,
            }
        )

    @classmethod
    def _sell(cls, partner=None, plan=None, payer=None, start=None, confirm=True):
        """Quotation as a salesperson writes it, with the plan's product."""
        partner = partner or cls.member
        plan = plan or cls.plan
        order = cls.env["sale.order"].create(
            {
                "partner_id": (payer or partner).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": plan.product_id.id,
                            "club_member_id": partner.id,
                        }
                    )
                ],
            }
        )
        if start:
            order.order_line.club_membership_ids.date_requested = start
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    @classmethod
    def _pay(cls, invoice, amount=None, journal=None):
        """Register a payment as an accountant does."""
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"amount": amount} if amount else {})
        )
        return wizard._create_payments()

    @classmethod
    def _sell_and_pay(cls, partner=None, plan=None, **kwargs):
        """The whole way, from quotation to a live membership."""
        order = cls._sell(partner, plan, **kwargs)
        cls._pay(cls._invoice(order))
        return order.order_line.club_membership_ids
