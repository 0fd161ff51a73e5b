from .thing import Thing

_READERS = dict.fromkeys(
    ("manager_own", "manager_other", "club_manager", "club_admin"), "r"
)
RIGHTS_OF_DATES = {
    "club.date": _READERS | {"foreign_manager": "r"},
    "club.date.kind": _READERS | {"club_admin": "rw", "foreign_manager": "r"},
    "club.date.reminder": _READERS | {"foreign_manager": "r"},
}


def date_things(test):
    """Important dates are read by the club's staff, and only kinds are set.

    :param test: a ``RightsCommon``; its member belongs to all companies
    """
    env, member = test.env, test.member
    member.club_birthday = "1980-12-01"
    env.flush_all()
    kind = env.ref("club_community.club_date_kind_birthday")
    made = {
        "partner_id": member.id,
        "kind_id": kind.id,
        "date": "2026-12-01",
        "year": 2026,
    }
    day = env["club.date"].search([("partner_id", "=", member.id)], limit=1)
    return {
        "club.date": Thing(day, {"whose": "x"}, {"whose": "x"}),
        "club.date.kind": Thing(
            kind, {"days_before": 5}, {"name": "Other", "code": "joined"}
        ),
        "club.date.reminder": Thing(
            env["club.date.reminder"].sudo().create(made),
            {"year": 2027},
            {**made, "year": 2028},
        ),
    }
