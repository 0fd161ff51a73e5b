from .thing import Thing

# stock makes salespeople clerks of the registration desk, too (event_sale)
DESK = ("salesman", "manager_own", "manager_other", "club_manager", "club_admin")
RIGHTS_OF_DOOR = {
    "club.event.checkin": dict.fromkeys(DESK, "r"),
    "club.event.old.barcode": dict.fromkeys(DESK, "r"),
    "club.event.check": dict.fromkeys(("salesman", "manager_own", "manager_other"), "r")
    | dict.fromkeys(("club_manager", "club_admin"), "crwu"),
}


def door_things(test):
    """A check-in, a code that was replaced, and a check of an event.

    :param test: a ``RightsCommon``
    """
    event = test.env["event.event"].create(
        {
            "name": "Evening",
            "company_id": test.company.id,
            "date_begin": "2030-05-01 18:00:00",
            "date_end": "2030-05-01 22:00:00",
        }
    )
    registration = test.env["event.registration"].create(
        {"event_id": event.id, "name": "Anna"}
    )
    old = registration.barcode
    registration.barcode = "new-code-of-anna"
    registration.action_set_done()
    check = {
        "name": "Dinner",
        "event_id": event.id,
        "date_begin": "2030-05-01 20:00:00",
        "date_end": "2030-05-01 21:00:00",
    }
    of_registration = {"registration_id": registration.id}
    return {
        "club.event.checkin": Thing(
            registration.club_checkin_ids,
            {"gate": "Other"},
            {
                **of_registration,
                "event_id": event.id,
                "occasion": "twice",
                "day": "2030-05-01",
                "checked_at": "2030-05-01 18:00:00",
            },
        ),
        "club.event.old.barcode": Thing(
            test.env["club.event.old.barcode"].search([("barcode", "=", old)]),
            {"name": "Other"},
            {**of_registration, "barcode": "x"},
        ),
        "club.event.check": Thing(
            test.env["club.event.check"].create(check), {"name": "Other"}, check
        ),
    }
