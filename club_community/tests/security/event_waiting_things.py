from .event_place_things import event_for
from .thing import Thing

ORGANIZERS = ("club_manager", "club_admin", "foreign_manager")
RIGHTS_OF_EVENT_WAITING = {
    # the queue moves by its own steps: nobody writes it
    "club.event.waiting": dict.fromkeys(
        ("salesman", "manager_own", "manager_other"), "r"
    )
    | {"club_manager": "cr", "club_admin": "cr"},
    "club.event.waiting.move": dict.fromkeys(ORGANIZERS, "crwu"),
    "club.event.waiting.give": dict.fromkeys(ORGANIZERS, "crwu"),
}


def event_waiting_things(test):
    """Somebody who waits for an event, and the two wizards of the queue.

    :param test: a ``RightsCommon``
    """
    event = event_for(test)
    first, second = test.env["res.partner"].create(
        [{"name": "Waits"}, {"name": "Waits too"}]
    )
    values = {"event_id": event.id, "ticket_id": event.event_ticket_ids.id}
    entry = test.env["club.event.waiting"].create({**values, "partner_id": first.id})
    move = {"waiting_id": entry.id, "position": 1, "reason": "Speaks"}
    give = {**values, "partner_id": second.id, "quantity": 1, "reason": "Speaks"}
    return {
        "club.event.waiting": Thing(
            entry, {"quantity": 2}, {**values, "partner_id": second.id}
        ),
        "club.event.waiting.move": Thing(
            test.env["club.event.waiting.move"].create(move), {"position": 2}, move
        ),
        "club.event.waiting.give": Thing(
            test.env["club.event.waiting.give"].create(give), {"quantity": 2}, give
        ),
    }
