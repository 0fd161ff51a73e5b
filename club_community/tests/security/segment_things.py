from .thing import Thing

CLUB = ("manager_own", "manager_other", "club_manager", "foreign_manager")
RIGHTS_OF_SEGMENTS = {
    **dict.fromkeys(
        ("club.segment", "club.playbook", "club.playbook.offer"),
        dict.fromkeys(CLUB, "r") | {"club_admin": "crwu"},
    ),
    # results are never typed
    "club.playbook.made": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin", "foreign_manager"), "r"
    ),
    "club.playbook.gap": dict.fromkeys((*CLUB, "club_admin"), "r"),
    "club.offer": dict.fromkeys((*CLUB, "club_admin"), "crwu"),
}


def segment_things(test):
    """A segment, cells of the matrix, an empty one, and an offer that was made.

    :param test: a ``RightsCommon``
    """
    env, person = test.env, test.member
    product, second = env["product.product"].create([{"name": "A"}, {"name": "B"}])
    stage, empty, third, fourth = env["club.stage"].create(
        [{"name": f"Stage {number}", "phase": "development"} for number in range(4)]
    )
    segment = env["club.segment"].create(
        {"name": "Segment", "domain": f"[('id', '=', {person.id})]"}
    )
    env["club.stage.move"].create(
        {"partner_id": person.id, "to_stage_id": empty.id, "reason": "A test"}
    )
    # what people, cells or offers hang on is not removed
    spare = env["club.segment"].create({"name": "Spare", "domain": "[('id', '=', 0)]"})
    cell, spare_cell = env["club.playbook"].create(
        [
            {"segment_id": segment.id, "stage_id": at.id, "product_id": product.id}
            for at in (stage, fourth)
        ]
    )
    offer = {"playbook_id": cell.id, "product_id": product.id}
    made = cell._make_offer(person, product)
    env.flush_all()
    gap = env["club.playbook.gap"].search([("segment_id", "=", segment.id)])
    return {
        "club.segment": Thing(
            spare, {"sequence": 5}, {"name": "New", "domain": "[('id', '=', 0)]"}
        ),
        "club.playbook": Thing(
            spare_cell,
            {"need": "Words"},
            {"segment_id": segment.id, "stage_id": third.id},
        ),
        "club.playbook.offer": Thing(
            env["club.playbook.offer"].create(offer),
            {"words": "Words"},
            {"playbook_id": cell.id, "product_id": second.id},
        ),
        "club.playbook.made": Thing(
            made, {"product_id": second.id}, {**offer, "partner_id": person.id}
        ),
        "club.playbook.gap": Thing(
            gap, {"people": 1}, {"segment_id": segment.id, "stage_id": third.id}
        ),
        "club.offer": Thing(None, {"note": "Words"}, {"partner_id": person.id}),
    }
