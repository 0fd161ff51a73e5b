"""Money was taken: whatever fails around it, the payer is a member.

From outside, since under Odoo's own tests a PDF is never really made: stock loses the
order of a customer who has paid when the machine has no program for PDFs.
"""

import os
from pathlib import Path

import pytest

from . import club

PDF_PROGRAM = "wkhtmltopdf"


@pytest.fixture
def process(fresh_db, inside, monkeypatch):
    """An Odoo that finds no program for PDFs, on a machine that may have one."""
    monkeypatch.setenv("PATH", os.pathsep.join(folders_without(PDF_PROGRAM)))
    process = inside(fresh_db(install=("payment_demo",)))
    process(club.found_club, commit=True)
    return process


def folders_without(program: str) -> list[str]:
    folders = os.environ["PATH"].split(os.pathsep)
    return [folder for folder in folders if not Path(folder, program).exists()]


def pay_by_card(env) -> int:
    """A quotation of a plan, paid as the demo provider's form does it."""
    plan = env["club.plan"].search([], limit=1)
    person = env["res.partner"].create({"name": "Payer", "email": "p@example.com"})
    line = {"product_id": plan.product_id.id}
    order = env["sale.order"].create(
        {"partner_id": person.id, "order_line": [(0, 0, line)]}
    )
    order.action_quotation_sent()
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    provider.write({"state": "test", "is_published": True})
    return (
        env["payment.transaction"]
        .create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": person.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
            }
        )
        .id
    )


def process_payment(env, transaction_id: int) -> dict:
    transaction = env["payment.transaction"].browse(transaction_id)
    if transaction.state == "draft":
        transaction.action_demo_set_done()
    transaction._post_process()
    order = transaction.sale_order_ids
    return {
        "pdf": env["ir.actions.report"].get_wkhtmltopdf_state(),
        "order": order.state,
        "invoices": order.invoice_ids.mapped("payment_state"),
        "person": order.partner_id.club_state,
        "periods": len(order.partner_id.club_membership_ids),
        "notes": " ".join(order.message_ids.mapped("body")),
    }


def break_mail(env):
    """A template that cannot be rendered: a typing error of the admin."""
    template = env.ref("sale.mail_template_sale_confirmation")
    template.with_context(
        lang="en_US"
    ).body_html = '<t t-out="object.no_such_field_at_all"/>'


def test_no_program_for_pdfs(process):
    transaction = process(pay_by_card, commit=True).value
    for _turn in range(2):  # a payment may be notified twice
        found = process(process_payment, transaction, commit=True).value
        assert found["pdf"] == "install", "this machine makes PDFs"
        assert found["order"] == "sale"
        assert found["invoices"] == ["paid"]
        assert found["person"] == "active"
        assert found["periods"] == 1


def test_mail_that_cannot_be_made(process):
    process(break_mail, commit=True)
    transaction = process(pay_by_card, commit=True).value
    found = process(process_payment, transaction, commit=True).value
    assert "could not be sent" in found["notes"]
    assert found["order"] == "sale"
    assert found["person"] == "active"
