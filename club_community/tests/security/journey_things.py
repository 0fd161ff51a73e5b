from .thing import Thing

CLUB = ("manager_own", "manager_other", "club_manager", "club_admin", "foreign_manager")
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
    "club.stage.move.wizard": dict.fromkeys(CLUB, "crwu"),
    "club.stage.dry.run": {"club_admin": "crwu"},
    "club.stage.dry.run.line": {"club_admin": "crwu"},
}


def journey_things(test):
    """Stages, a rule, a move and the windows of the journey.

    :param test: a ``RightsCommon``
    """
    env = test.env
    first, second = env["club.stage"].create(
        [{"name": name, "phase": "development"} for name in ("One", "Two")]
    )
    rule = {"name": "Rule", "stage_id": first.id, "domain": "[('id', '=', 0)]"}
    move = {"partner_id": test.member.id, "to_stage_id": first.id, "reason": "Rights"}
    wizard = {
        "partner_ids": [(6, 0, test.member.ids)],
        "stage_id": second.id,
        "reason": "Rights",
    }
    run = env["club.stage.dry.run"].create({})
    line = {"run_id": run.id, "partner_id": test.member.id}
    return {
        "club.stage": Thing(
            env["club.stage"].create({"name": "Three", "phase": "positive"}),
            {"name": "Four"},
            {"name": "Five", "phase": "positive"},
        ),
        "club.stage.rule": Thing(
            env["club.stage.rule"].create(rule), {"name": "Other"}, rule
        ),
        "club.stage.move": Thing(
            env["club.stage.move"].create(move),
            {"reason": "Another"},
            {**move, "to_stage_id": second.id},
        ),
        "club.stage.move.wizard": Thing(
            env["club.stage.move.wizard"].create(wizard), {"reason": "Other"}, wizard
        ),
        "club.stage.dry.run": Thing(run, {"person_count": 1}, {}),
        "club.stage.dry.run.line": Thing(
            env["club.stage.dry.run.line"].create(line), {"is_circle": True}, line
        ),
    }
