from .thing import Thing

CLUB = ("manager_own", "manager_other", "club_manager", "club_admin", "foreign_manager")
HEADS = ("club_manager", "club_admin", "foreign_manager")
RIGHTS_OF_PORTFOLIOS = {
    # history: read by whom it is about, written by what changes the manager
    "club.portfolio.assignment": dict.fromkeys(("manager_own", *HEADS), "r"),
    # a view; capacity and cities are written through it
    "club.portfolio": {
        "manager_own": "r",
        "club_manager": "rw",
        "club_admin": "rw",
    },
    # everybody of the club knows who is away; one's own are one's own
    "club.absence": {
        "manager_own": "crwu",
        "manager_other": "r",
        "club_manager": "crwu",
        "club_admin": "crwu",
        "foreign_manager": "r",
    },
    "club.handover": dict.fromkeys(("club_manager", "club_admin"), "crwu"),
    "club.handover.line": dict.fromkeys(("club_manager", "club_admin"), "r"),
    "club.trust.level": dict.fromkeys(CLUB, "r") | {"club_admin": "crwu"},
    # history: nobody writes it anew
    "club.trust": dict.fromkeys(("manager_own", *HEADS), "cr"),
    "club.figure.trust": dict.fromkeys(("manager_own", *HEADS), "r"),
    "club.trust.compare": dict.fromkeys(CLUB, "crwu"),
    "club.promise": {
        "manager_own": "crw",
        **dict.fromkeys(HEADS, "crwu"),
    },
    "club.figure.promise": dict.fromkeys(("manager_own", *HEADS), "r"),
}


def portfolio_things(test):
    """What is kept of the manager of the member, and of both of them.

    :param test: a ``RightsCommon``; the member is in the portfolio of `manager_own`
    """
    test.personal_manager.company_ids = test.company
    things = {**_things_of_managers(test), **_things_of_people(test)}
    test.env.flush_all()
    return things


def _things_of_managers(test):
    env, manager = test.env, test.personal_manager
    term = env["club.portfolio.assignment"].search(
        [("partner_id", "=", test.member.id)]
    )
    absence = {"user_id": manager.id, "deputy_id": test.club_manager.id}
    handover = env["club.handover"].create(
        {
            "from_manager_id": manager.id,
            "to_manager_ids": test.club_manager.ids,
            "reason": "Leaves",
        }
    )
    handover.action_preview()
    another = {"kind": "distribution", "reason": "New", "company_id": test.company.id}
    return {
        "club.portfolio.assignment": Thing(
            term,
            {"reason": "x"},
            {"partner_id": test.member.id, "manager_id": manager.id},
        ),
        "club.portfolio": Thing(
            env["club.portfolio"].browse(manager.id),
            {"capacity": 7},
            {"user_id": manager.id, "capacity": 7},
        ),
        "club.absence": Thing(
            env["club.absence"].create(
                {**absence, "date_from": "2030-01-01", "date_until": "2030-01-09"}
            ),
            {"note": "x"},
            {**absence, "date_from": "2031-01-01", "date_until": "2031-01-09"},
        ),
        "club.handover": Thing(handover, {"note": "x"}, another),
        "club.handover.line": Thing(
            handover.line_ids[0], {"why": "x"}, {"handover_id": handover.id}
        ),
        "club.figure.trust": Thing(
            env["club.figure.trust"].browse(term.id), {"days": 1}, {"days": 1}
        ),
    }


def _things_of_people(test):
    env, person = test.env, test.member
    level = env.ref("club_community.club_trust_level_asks")
    about = {"partner_id": person.id, "level_id": level.id}
    promise = {
        "name": "A book",
        "partner_id": person.id,
        "user_id": test.personal_manager.id,
        "date": "2020-01-01",
    }
    promised = env["club.promise"].create({**promise, "date_due": "2020-01-02"})
    return {
        "club.trust.level": Thing(
            env["club.trust.level"].create({"name": "Spare", "value": 90}),
            {"description": "x"},
            {"name": "New", "value": 91},
        ),
        "club.trust": Thing(
            env["club.trust"].create({**about, "date": "2020-01-01"}),
            {"note": "x"},
            {**about, "date": "2020-02-01"},
        ),
        "club.trust.compare": Thing(None, {"by": "side"}, {"by": "group"}),
        "club.promise": Thing(
            promised, {"words": "x"}, {**promise, "date_due": "2020-01-03"}
        ),
        "club.figure.promise": Thing(
            env["club.figure.promise"].browse(promised.id), {"kept": 1}, promise
        ),
    }
