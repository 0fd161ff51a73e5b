from datetime import timedelta

from odoo import fields

from .journey_things import CLUB
from .thing import Thing

OWN = ("manager_own", "club_manager", "club_admin")
RIGHTS_OF_ONBOARDING = {
    # they move by facts, ticks and the member's own clicks: nobody writes them
    "club.onboarding": dict.fromkeys(OWN, "r"),
    "club.onboarding.line": dict.fromkeys(OWN, "r"),
    "club.meeting": dict.fromkeys(OWN, "r"),
    "club.onboarding.step": dict.fromkeys(CLUB, "r") | {"club_admin": "crwu"},
    # of contacts that companies share
    "club.introduction": dict.fromkeys((*OWN, "foreign_manager"), "crwu"),
    "club.meeting.held": dict.fromkeys(CLUB, "crwu"),
    "club.meeting.held.goal": dict.fromkeys(CLUB, "crwu"),
}


def onboarding_things(test):
    """A newcomer with his steps, whom he is to meet, and his welcome meeting.

    :param test: a ``RightsCommon``
    """
    env, user = test.env, test.personal_manager
    newcomer, first, second, third = env["res.partner"].create(
        [
            {"name": name, "club_manager_id": user.id}
            for name in ("Newcomer", "First", "Second", "Third")
        ]
    )
    test._create_period(newcomer, test.today)
    start = newcomer.club_onboarding_ids
    step = {"name": "Step", "fact": "hand"}
    now = fields.Datetime.now()
    meeting = {
        "partner_id": newcomer.id,
        "user_id": user.id,
        "company_id": test.company.id,
        "start": now,
        "stop": now + timedelta(minutes=15),
    }
    pair = {"partner_id": newcomer.id, "other_id": first.id}
    window = {"partner_id": newcomer.id}
    held = env["club.meeting.held"].create(window)
    return {
        "club.onboarding": Thing(
            start,
            {"gate_seen": 10},
            {
                "partner_id": third.id,
                "membership_id": start.membership_id.id,
                "started_on": test.today,
            },
        ),
        "club.onboarding.line": Thing(
            start.line_ids[0],
            {"note": "Else"},
            {"onboarding_id": start.id, "step_id": start.line_ids[0].step_id.id},
        ),
        "club.onboarding.step": Thing(
            env["club.onboarding.step"].create(step), {"name": "Other"}, step
        ),
        "club.meeting": Thing(
            env["club.meeting"].sudo().create(meeting).sudo(False),
            {"next_step": "Else"},
            {**meeting, "partner_id": second.id, "state": "held"},
        ),
        "club.introduction": Thing(
            env["club.introduction"].create(pair),
            {"reason": "Else"},
            {**pair, "other_id": second.id},
        ),
        "club.meeting.held": Thing(None, {"note": "Else"}, window),
        "club.meeting.held.goal": Thing(
            None, {"name": "Else"}, {"held_id": held.id, "name": "Sail"}
        ),
    }
