from odoo import fields

from .thing import Thing

# stock lets salespeople read at the registration desk
CLUB = ("salesman", "manager_own", "manager_other", "club_manager", "club_admin")
STAFF = ("club_manager", "club_admin")
RIGHTS_OF_EVENT_CHANGES = {
    "club.event.cancel.rule": dict.fromkeys(CLUB, "r") | dict.fromkeys(STAFF, "crwu"),
    # an offer is made, answered and closed by its own steps alone
    "club.event.transfer": dict.fromkeys(CLUB, "r"),
    **dict.fromkeys(
        (
            "club.event.cancel.wizard",
            "club.event.place.cancel",
            "club.event.transfer.wizard",
        ),
        dict.fromkeys((*STAFF, "foreign_manager"), "crwu"),
    ),
}


def event_change_things(test):
    """A ticket that is offered, a rule, and the windows of staff, of one company.

    :param test: a ``RightsCommon``
    """
    env = test.env
    event = env["event.event"].create(
        {
            "name": "Ball",
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "company_id": test.company.id,
            "event_mail_ids": False,
        }
    )
    place, other = env["event.registration"].create(
        [{"event_id": event.id, "partner_id": test.member.id}] * 2
    )
    offer = {"email": "x@example.com", "expires_on": fields.Datetime.now()}
    of_place = {"registration_id": place.id}
    return {
        "club.event.cancel.rule": Thing(
            env["club.event.cancel.rule"].create(
                {"event_id": event.id, "days": 3, "share": 50}
            ),
            {"share": 40},
            {"event_id": event.id, "days": 9, "share": 90},
        ),
        "club.event.transfer": Thing(
            env["club.event.transfer"].sudo().create(of_place | offer),
            {"message": "x"},
            offer | {"registration_id": other.id},
        ),
        "club.event.cancel.wizard": Thing(
            env["club.event.cancel.wizard"].create({"event_id": event.id}),
            {"refund": False},
            {"event_id": event.id},
        ),
        "club.event.place.cancel": Thing(
            env["club.event.place.cancel"].create(of_place), {"reason": "x"}, of_place
        ),
        "club.event.transfer.wizard": Thing(
            env["club.event.transfer.wizard"].create(of_place), {"name": "x"}, of_place
        ),
    }
