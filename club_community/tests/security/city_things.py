from .thing import Thing

RIGHTS_OF_CITIES = {
    "club.plan.chapter": dict.fromkeys(
        ("manager_own", "manager_other", "club_manager"), "r"
    )
    | {"club_admin": "crwu"},
}


def city_things(test):
    """Places of a plan for one city.

    :param test: a ``RightsCommon``
    """
    company = {"company_id": test.company.id}
    Chapter = test.env["club.chapter"]
    plan = test._create_plan(name="By city")
    line, new = (
        {"plan_id": plan.id, "chapter_id": Chapter.create({"name": name, **company}).id}
        for name in ("City of places", "Another city of places")
    )
    return {
        "club.plan.chapter": Thing(
            test.env["club.plan.chapter"].create(line), {"places": 3}, new
        ),
    }
