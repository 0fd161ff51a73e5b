from .thing import Thing

RIGHTS_OF_CARDS = {
    "club.figure.coverage": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    **dict.fromkeys(
        ("club.consent.note", "club.profile.answer", "club.profile.answer.option"),
        dict.fromkeys(
            (
                "manager_own",
                "manager_other",
                "club_manager",
                "club_admin",
                "foreign_manager",
            ),
            "crwu",
        ),
    ),
}


def card_things(test):
    """The coverage of the member's profile, and a question about him.

    :param test: a ``RightsCommon``
    """
    env, person = test.env, test.member
    point = env["club.profile.point"].search([("key", "=", "club_pets")])
    about = {"partner_id": person.id, "point_id": point.id}
    answer = env["club.profile.answer"].create(about)
    option = {"answer_id": answer.id, "value": "a", "name": "A"}
    # of the period that access_things has made: one more would renumber its figures
    env.flush_all()
    domain = [("partner_id", "=", person.id)]
    return {
        # sudo: any row of the view will do
        "club.figure.coverage": Thing(
            env["club.figure.coverage"].sudo().search(domain, limit=1), about, about
        ),
        "club.consent.note": Thing(
            None,
            {"day": "2020-01-01"},
            {
                "partner_id": person.id,
                "purpose_id": env["club.consent.purpose"]._get("dates").id,
                "answer": "given",
                "way": "phone",
            },
        ),
        "club.profile.answer": Thing(None, {"text": "A cat"}, about),
        "club.profile.answer.option": Thing(None, {"name": "B"}, option),
    }
