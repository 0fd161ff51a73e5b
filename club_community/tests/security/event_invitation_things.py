from .thing import Thing

RIGHTS_OF_INVITATIONS = {
    # made by inviting and moved by answers: nobody writes them
    "club.event.invitation": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    "club.figure.event": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    # salespeople are at the registration desk
    "club.event.series": {
        "salesman": "r",
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "crwu",
        "club_admin": "crwu",
    },
    "club.event.invite": dict.fromkeys(
        (
            "manager_own",
            "manager_other",
            "club_manager",
            "club_admin",
            "foreign_manager",
        ),
        "crwu",
    ),
}


def event_invitation_things(test):
    """An invitation of a person in a portfolio, and the wizard that invites."""
    event, other = (
        test.env["event.event"].create(
            {
                "name": "Evening",
                "date_begin": "2035-05-01 18:00:00",
                "date_end": "2035-05-01 22:00:00",
                "company_id": test.company.id,
            }
        )
        for _one in range(2)
    )
    values = {"partner_id": test.member.id, "company_id": test.company.id}
    invitation = (
        test.env["club.event.invitation"]
        .sudo()
        .create({"event_id": event.id, **values})
    )
    place = test.env["event.registration"].create(
        {"event_id": event.id, "partner_id": test.member.id}
    )
    series = {"name": "Season", "company_id": test.company.id}
    test.env.flush_all()
    return {
        "club.figure.event": Thing(
            test.env["club.figure.event"].sudo().browse(place.id),
            {"partner_id": test.member.id},
            {"partner_id": test.member.id},
        ),
        "club.event.series": Thing(
            test.env["club.event.series"].create(series), {"name": "Spare"}, series
        ),
        "club.event.invitation": Thing(
            invitation, {"state": "yes"}, {"event_id": other.id, **values}
        ),
        "club.event.invite": Thing(None, {"note": "Do come"}, {"event_id": event.id}),
    }
