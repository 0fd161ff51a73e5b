from .thing import Thing

# It moves by its own steps: nobody writes it.
RIGHTS_OF_REFUNDS = {
    "club.event.refund": dict.fromkeys(("club_manager", "club_admin"), "r"),
}


def event_refund_things(test):
    """Money that an accountant owes for tickets."""
    values = {
        "kind": "rule",
        "state": "by_hand",
        "partner_id": test.member.id,
        "company_id": test.company.id,
        "currency_id": test.company.currency_id.id,
        "amount": 10,
    }
    return {
        "club.event.refund": Thing(
            test.env["club.event.refund"].sudo().create(values), {"amount": 20}, values
        ),
    }
