from .thing import Thing

RIGHTS_OF_SURVEYS = {
    "club.survey.send": dict.fromkeys(
        (
            "manager_own",
            "manager_other",
            "club_manager",
            "club_admin",
            "foreign_manager",
        ),
        "crwu",
    ),
}


def survey_things(test):
    """The wizard that sends a survey; its row is its creator's."""
    people = {"partner_ids": test.member.ids}
    return {
        "club.survey.send": Thing(None, {"deadline": "2030-01-01"}, people),
    }
