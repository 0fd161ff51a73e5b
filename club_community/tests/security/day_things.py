from .thing import Thing

_OWN = dict.fromkeys(("manager_own", "club_manager", "club_admin"), "r")
_CLUB = (
    *("manager_own", "manager_other", "club_manager", "club_admin"),
    "foreign_manager",
)
RIGHTS_OF_DAYS = {
    # the person belongs to all companies
    "club.day": _OWN | {"foreign_manager": "r"},
    "club.day.reason": dict.fromkeys(_CLUB, "r") | {"club_admin": "rw"},
    "club.day.load": dict.fromkeys(("club_manager", "club_admin"), "r"),
    "club.day.note": dict.fromkeys(_CLUB, "crwu"),
}


def day_things(test):
    """A row of a manager's day, and what belongs to it.

    :param test: a ``RightsCommon``
    """
    env, member = test.env, test.member
    manager = test.personal_manager
    activity = env["mail.activity"].create(
        {
            "res_model_id": env["ir.model"]._get_id("res.partner"),
            "res_id": member.id,
            "activity_type_id": env.ref("mail.mail_activity_data_call").id,
            "user_id": manager.id,
            "date_deadline": test.today,
        }
    )
    env.flush_all()
    note = {"partner_id": member.id, "result": "All is well"}
    return {
        "club.day": Thing(
            env["club.day"].search([("activity_id", "=", activity.id)]),
            {"what": "x"},
            {"what": "x"},
        ),
        "club.day.reason": Thing(
            env.ref("club_community.club_day_reason_quiet"),
            {"recommended": "Write"},
            {"name": "Other", "code": "other"},
        ),
        "club.day.load": Thing(
            env["club.day.load"].search([("user_id", "=", manager.id)]),
            {"open_count": 1},
            {"open_count": 1},
        ),
        "club.day.note": Thing(None, {"result": "Well"}, note),
    }
