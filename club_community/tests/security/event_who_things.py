from .thing import Thing

STAFF = ("club_manager", "foreign_manager")
RIGHTS_OF_WHO = {
    "club.ticket.early": {
        "salesman": "r",
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "crwu",
        "club_admin": "crwu",
    },
    "club.event.voucher": {"club_manager": "crw", "club_admin": "crwu"},
    # redeemed and given back by booking and cancelling alone
    "club.event.voucher.use": {"club_manager": "r", "club_admin": "r"},
    "club.event.free.place": dict.fromkeys((*STAFF, "club_admin"), "crwu"),
}


def who_things(test):
    """Early access, vouchers and free places.

    :param test: a ``RightsCommon``
    """
    product = test.env["product.product"].create(
        {"name": "Place", "type": "service", "service_tracking": "event"}
    )
    event = test.env["event.event"].create(
        {
            "name": "Evening of rights",
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "company_id": test.company.id,
            "event_ticket_ids": [(0, 0, {"name": "Gold", "product_id": product.id})],
        }
    )
    ticket = event.event_ticket_ids
    gold, other = test.env["res.partner.grade"].create(
        [{"name": "Gold of rights"}, {"name": "Other of rights"}]
    )
    voucher = {"event_id": event.id, "reason": "Speaker"}
    redeemed = test.env["club.event.voucher"].create(voucher)
    place = test.env["event.registration"].create(
        {
            "event_id": event.id,
            "event_ticket_id": ticket.id,
            "partner_id": test.member.id,
            "club_voucher_id": redeemed.id,
        }
    )
    early = {"ticket_id": ticket.id, "days": 3}
    free = {"event_id": event.id, "partner_id": test.member.id, "reason": "Speaker"}
    return {
        "club.ticket.early": Thing(
            test.env["club.ticket.early"].create({**early, "grade_id": gold.id}),
            {"days": 4},
            {**early, "grade_id": other.id},
        ),
        "club.event.voucher": Thing(
            test.env["club.event.voucher"].create(voucher),
            {"reason": "Partner"},
            voucher,
        ),
        "club.event.voucher.use": Thing(
            place.club_voucher_use_ids,
            {"used_on": "2035-01-01"},
            {"voucher_id": redeemed.id},
        ),
        "club.event.free.place": Thing(None, {"reason": "Partner"}, free),
    }
