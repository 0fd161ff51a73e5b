from .thing import Thing

CLUB = ("manager_own", "manager_other", "club_manager", "club_admin", "foreign_manager")
# whose portfolio it is, and who heads a club
READERS = ("manager_own", "club_manager", "club_admin", "foreign_manager")
RIGHTS_OF_JOURNEY = {
    "club.stage": dict.fromkeys(CLUB, "r") | {"club_admin": "crwu"},
    "club.stage.rule": dict.fromkeys(CLUB, "r") | {"club_admin": "crwu"},
    # history: it is added to, and never written anew
    "club.stage.move": {
        "manager_own": "cr",
        "club_manager": "cr",
        "club_admin": "cr",
        "foreign_manager": "cr",
    },
    "club.figure.stay": dict.fromkeys(READERS, "r"),
    "club.figure.funnel": dict.fromkeys(READERS, "r"),
    "club.stage.move.wizard": dict.fromkeys(CLUB, "crwu"),
    "club.stage.dry.run": {"club_admin": "crwu"},
    "club.stage.dry.run.line": {"club_admin": "crwu"},
}


def journey_things(test):
    """Stages, a rule, a move and the windows of the journey.

    :param test: a ``RightsCommon``
    """
    env = test.env
    first, second, third = env["club.stage"].create(
        [{"name": name, "phase": "development"} for name in ("One", "Two", "Three")]
    )
    rule = {"name": "Rule", "stage_id": first.id, "domain": "[('id', '=', 0)]"}
    move = {"partner_id": test.member.id, "to_stage_id": first.id, "reason": "Rights"}
    env["club.stage.move"].create(move)
    last = env["club.stage.move"].create({**move, "to_stage_id": second.id})
    person = test.member.id
    about = {"partner_id": person}
    wizard = {
        "partner_ids": [(6, 0, test.member.ids)],
        "stage_id": second.id,
        "reason": "Rights",
    }
    run = env["club.stage.dry.run"].create({})
    line = {"run_id": run.id, "partner_id": test.member.id}
    return {
        "club.stage": Thing(
            env["club.stage"].create({"name": "Four", "phase": "positive"}),
            {"name": "Other"},
            {"name": "Five", "phase": "positive"},
        ),
        "club.stage.rule": Thing(
            env["club.stage.rule"].create(rule), {"name": "Other"}, rule
        ),
        "club.figure.stay": Thing(
            env["club.figure.stay"].browse(last.id), about, about
        ),
        "club.figure.funnel": Thing(
            env["club.figure.funnel"].browse(person * 8 + 4), about, about
        ),
        "club.stage.move": Thing(
            last, {"reason": "Another"}, {**move, "to_stage_id": third.id}
        ),
        "club.stage.move.wizard": Thing(
            env["club.stage.move.wizard"].create(wizard), {"reason": "Other"}, wizard
        ),
        "club.stage.dry.run": Thing(run, {"person_count": 1}, {}),
        "club.stage.dry.run.line": Thing(
            env["club.stage.dry.run.line"].create(line), {"is_circle": True}, line
        ),
    }
