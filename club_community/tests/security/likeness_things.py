from .thing import Thing

LIKENESS = ("club.likeness", "club.likeness.line")
ROLES = ("manager_own", "manager_other", "club_manager", "club_admin")
RIGHTS_OF_LIKENESS = {
    model: dict.fromkeys((*ROLES, "foreign_manager"), "crwu") for model in LIKENESS
}


def likeness_things(test):
    """Rows of the dialog “People like this”.

    :param test: a ``RightsCommon``
    """
    person = {"partner_id": test.member.id}
    dialog = test.env["club.likeness"].create(person)
    return {
        "club.likeness": Thing(None, person, person),
        "club.likeness.line": Thing(
            None, {"reasons": "x"}, {**person, "likeness_id": dialog.id}
        ),
    }
