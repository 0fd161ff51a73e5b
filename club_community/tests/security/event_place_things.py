from odoo import Command

from .thing import Thing

RIGHTS_OF_PLACES = {
    "club.event.quota": {
        "salesman": "r",  # stock gives the desk to those who sell
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "crwu",
        "club_admin": "crwu",
    },
    "club.event.claim": {"club_admin": "r"},
}


def event_for(test, **values):
    """An event of the club's company with one ticket.

    :param test: a ``RightsCommon``
    """
    return test.env["event.event"].create(
        {
            "name": "Evening",
            "company_id": test.company.id,
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "event_mail_ids": False,
            "event_ticket_ids": [Command.create({"name": "Standard"})],
            **values,
        }
    )


def event_place_things(test):
    """Shared places of an event, and a claim of one."""
    event = event_for(test)
    values = {
        "name": "Guests",
        "event_id": event.id,
        "seats": 5,
        "ticket_ids": [Command.set(event.event_ticket_ids.ids)],
    }
    claim = {"event_id": event.id, "slot_id": 0, "ticket_id": 0, "xid": "1"}
    Claim = test.env["club.event.claim"].sudo()
    return {
        "club.event.quota": Thing(
            test.env["club.event.quota"].create(values), {"seats": 6}, values
        ),
        "club.event.claim": Thing(
            Claim.create({**claim, "registration_id": 1}),
            {"slot_id": 1},
            {**claim, "registration_id": 2},
        ),
    }
