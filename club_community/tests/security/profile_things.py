from .thing import Thing

_CLUB = ("manager_own", "manager_other", "club_manager", "club_admin")
_CATALOGUE = dict.fromkeys((*_CLUB, "foreign_manager"), "r") | {"club_admin": "crwu"}
# Of the person in the portfolio of `manager_own`, who is in no company of his own and a
# member of the first one.
_CARD = dict.fromkeys((*_CLUB, "foreign_manager"), "crwu")
_NOTED = dict.fromkeys((*_CLUB, "foreign_manager"), "r")

RIGHTS_OF_PROFILE = {
    **dict.fromkeys(
        (
            "club.interest",
            "club.service",
            "club.profile.section",
            "club.profile.point",
            "club.consent.purpose",
        ),
        _CATALOGUE,
    ),
    "club.relative": _CARD,
    "club.goal": _CARD,
    "club.profile.skip": _CARD,
    # the history is written by its steps alone
    "club.profile.value": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    "club.consent": _NOTED,
    "club.erasure": _NOTED,
    "club.profile.private": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "crw"
    )
    # of somebody who is a member nowhere and in no company
    | {"foreign_manager": "c"},
    "club.profile.access": dict.fromkeys(
        ("club_manager", "club_admin", "foreign_manager"), "r"
    ),
    "club.erase": dict.fromkeys(
        ("club_manager", "club_admin", "foreign_manager"), "crwu"
    ),
}


def profile_things(test):
    """Catalogue, card, ledger and confidential sheet.

    :param test: a ``RightsCommon``
    """
    env = test.env
    return {
        **_things_of_catalogue(env),
        **_things_of_card(test),
        **_things_of_ledger(test),
    }


def _things_of_catalogue(env):
    section, purpose = (
        env[model].create({"name": "Spare", "code": "spare"})
        for model in ("club.profile.section", "club.consent.purpose")
    )
    point = {
        "name": "Spare",
        "key": "ref",
        "section_id": section.id,
        "purpose_id": purpose.id,
    }
    return {
        "club.interest": Thing(
            env["club.interest"].create({"name": "Spare circle"}),
            {"sequence": 5},
            {"name": "New"},
        ),
        "club.service": Thing(
            env["club.service"].create({"name": "Spare service"}),
            {"sequence": 5},
            {"name": "New"},
        ),
        "club.profile.section": Thing(
            section.copy({"code": "other"}),
            {"sequence": 5},
            {"name": "New", "code": "new"},
        ),
        "club.consent.purpose": Thing(
            purpose.copy({"code": "other"}),
            {"sequence": 5},
            {"name": "New", "code": "new"},
        ),
        "club.profile.point": Thing(
            env["club.profile.point"].create(point),
            {"sequence": 5},
            {**point, "key": "barcode"},
        ),
    }


def _things_of_card(test):
    env = test.env
    who = {"partner_id": test.member.id}
    test.member._club_answer_consent(
        env["club.consent.purpose"]._get("dates"), True, "member"
    )
    point = env.ref("club_community.club_profile_point_channel")
    other = env.ref("club_community.club_profile_point_hours")
    return {
        "club.relative": Thing(
            env["club.relative"].create({**who, "name": "Petya"}),
            {"note": "School"},
            {**who, "name": "New"},
        ),
        "club.goal": Thing(
            env["club.goal"].create({**who, "name": "Sell"}),
            {"progress": 5},
            {**who, "name": "New"},
        ),
        "club.profile.skip": Thing(
            env["club.profile.skip"].create({**who, "point_id": point.id}),
            {"until": "2030-01-01"},
            {**who, "point_id": other.id},
        ),
    }


def _things_of_ledger(test):
    env = test.env
    who = {"partner_id": test.member.id}
    stranger = {"partner_id": env["res.partner"].create({"name": "New"}).id}
    stranger_of_own = env["res.partner"].browse(stranger["partner_id"])
    stranger_of_own.club_manager_id = test.personal_manager
    sheet = env["club.profile.private"].create({**who, "segment": "mass"})
    row = env["club.profile.value"].search(
        [("partner_id", "=", test.member.id), ("is_confidential", "=", True)]
    )
    env["club.profile.access"]._note(test.member)
    consent = env["club.consent"].search([("partner_id", "=", test.member.id)])
    request = test.member._club_ask_erasure()
    fact = {"point_id": row.point_id.id, "state": "cleared", "source": "manager"}
    return {
        "club.profile.private": Thing(sheet, {"segment": "premium"}, stranger),
        "club.profile.value": Thing(
            row, {"value": "mass"}, {**who, **fact, "is_confidential": True}
        ),
        "club.profile.access": Thing(
            env["club.profile.access"].search([("partner_id", "=", test.member.id)]),
            {"read_at": "2020-01-01 10:00:00"},
            {
                **who,
                "user_id": test.employee.id,
                "read_at": "2020-01-01 10:00:00",
            },
        ),
        "club.consent": Thing(
            consent[:1],
            {"wording": "Other"},
            {
                **who,
                "purpose_id": env["club.consent.purpose"]._get("portrait").id,
                "answer": "given",
                "source": "manager",
            },
        ),
        "club.erasure": Thing(
            request, {"reason": "Other"}, {**stranger, "due": "2030-01-01"}
        ),
        "club.erase": Thing(None, {"reason": "Other"}, who),
    }
