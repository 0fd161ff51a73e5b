from .thing import Thing


def application_things(test):
    """A record and values of each model of applications and places, for the matrix.

    :param test: a ``RightsCommon``, whose member is in the portfolio of `manager_own`
    """
    lead = test.env["crm.lead"].create({"name": "Lead"})
    scarce = test._create_plan(name="Scarce", capacity=1)
    test.env["club.place"]._claim(scarce, test.member, scarce._hold_until())
    waiting = test.env["club.waiting"]._join(scarce, test.member)
    attempt = {"key": "k", "tried_on": "2020-01-01 00:00:00"}
    return {
        "club.application.answer": Thing(
            None, {"message": "?"}, {"lead_id": lead.id, "kind": "info"}
        ),
        "club.application.approve": Thing(
            None, {"who": "new"}, {"lead_id": lead.id, "who": "new"}
        ),
        "club.waiting": Thing(
            waiting,
            {"sequence": 1},
            {"plan_id": scarce.id, "partner_id": test.colleague_user.partner_id.id},
        ),
        "club.waiting.move": Thing(
            None, {"reason": "y"}, {"waiting_id": waiting.id, "reason": "x"}
        ),
        "club.place": Thing(
            test.env["club.place"].sudo().search([("plan_id", "=", scarce.id)]),
            {"reason": "x"},
            {"plan_id": scarce.id},
        ),
        "club.place.extra": Thing(
            None,
            {"reason": "y"},
            {
                "plan_id": scarce.id,
                "partner_id": test.member.id,
                "reason": "x",
            },
        ),
        "club.application.attempt": Thing(
            test.env["club.application.attempt"].sudo().create(attempt),
            {"key": "l"},
            attempt,
        ),
    }
