from odoo import fields

from .thing import Thing

_HEADS = dict.fromkeys(("club_manager", "club_admin"), "crwu")
_READERS = dict.fromkeys(
    ("manager_own", "club_manager", "club_admin", "foreign_manager"), "r"
)
RIGHTS_OF_FIRST_HOUR = {
    "club.first.hour": _HEADS,
    "club.first.hour.manager": _HEADS,
    # the steps make them; the club manager ticks the groups
    "club.first.hour.group": dict.fromkeys(_HEADS, "rw"),
    "club.first.hour.person": dict.fromkeys(_HEADS, "r"),
    "club.contact": _READERS,
    "club.response": _READERS,
}


def first_hour_things(test):
    """A first hour that has read its base, and a contact with the member.

    :param test: a ``RightsCommon``
    """
    env, member = test.env, test.member
    hour = env["club.first.hour"].create({"company_id": test.company.id})
    hour.action_read()
    manager = {"hour_id": hour.id, "user_id": test.club_manager.id}
    env["mail.message"].sudo().create(
        {
            "message_type": "email",
            "model": "res.partner",
            "res_id": member.id,
            "author_id": member.id,
            "date": fields.Datetime.now(),
        }
    )
    env.flush_all()
    own = [("partner_id", "=", member.id)]
    person = {"hour_id": hour.id, "partner_id": member.id}
    return {
        "club.first.hour": Thing(
            hour, {"quiet_days": 5}, {"company_id": test.company.id}
        ),
        "club.first.hour.manager": Thing(
            env["club.first.hour.manager"].create(
                {"hour_id": hour.id, "user_id": env.uid}
            ),
            {"per_day": 5},
            manager,
        ),
        "club.first.hour.group": Thing(
            hour.group_ids[:1],
            {"is_chosen": True},
            {"hour_id": hour.id, "code": "best"},
        ),
        "club.first.hour.person": Thing(
            hour.person_ids[:1],
            {"orders": 5},
            {**person, "group_id": hour.group_ids[:1].id},
        ),
        "club.contact": Thing(
            env["club.contact"].search(own, limit=1), {"subject": "x"}, {"subject": "x"}
        ),
        "club.response": Thing(
            env["club.response"].search(own, limit=1), {"hours": 1}, {"hours": 1}
        ),
    }
