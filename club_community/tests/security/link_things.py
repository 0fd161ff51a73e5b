from .thing import Thing

READ = dict.fromkeys(("manager_own", "manager_other"), "r")
RIGHTS_OF_LINKS = {
    "club.duplicate": READ | {"club_manager": "rw", "club_admin": "rw"},
    "club.link": READ | {"club_manager": "crw", "club_admin": "crwu"},
    "club.watch": READ | {"club_manager": "crw", "club_admin": "crwu"},
    "club.watch.hit": READ | {"club_manager": "rw", "club_admin": "rw"},
    # kinds are the same for all companies
    "club.link.kind": READ
    | {"club_manager": "r", "foreign_manager": "r", "club_admin": "crwu"},
    "club.finder.run": {"club_admin": "r"},
}


def link_things(test):
    """A pair, a link, a dream account and its find, about people of one company.

    :param test: a ``RightsCommon``
    """
    env, company = test.env, {"company_id": test.company.id}
    mail = {"email": "likeness@example.com", "club_manager_id": test.club_manager.id}
    one, other, third = env["res.partner"].create(
        [
            {"name": name, **mail, **company}
            for name in ("Zoe Zorina", "Zoe Zorina", "Yana")
        ]
    )
    firm = env["res.partner"].create(
        {"name": "Severny Most", "is_company": True, **company}
    )
    kind = env.ref("club_community.club_link_kind_owner")
    link = {"from_id": one.id, "kind_id": kind.id, "to_id": firm.id}
    watch = env["club.watch"].create({"name": "Северный мост", **company})
    row = env["club.link"].create(link)
    hit = watch.sudo().hit_ids
    pair = env["club.duplicate"].sudo()._find((one | other).ids)[:1]
    return {
        "club.duplicate": Thing(
            pair,
            {"why": "Sisters"},
            {"partner_id": other.id, "other_id": firm.id, **company},
        ),
        "club.link": Thing(row, {"note": "40 %"}, dict(link, from_id=third.id)),
        "club.link.kind": Thing(kind.copy(), {"sequence": 5}, {"name": "knows"}),
        "club.watch": Thing(watch, {"why": "A plant"}, {"name": "Sun", **company}),
        "club.watch.hit": Thing(
            hit,
            {"note": "Her brother's"},
            {
                "watch_id": watch.id,
                "partner_id": third.id,
                "firm_id": firm.id,
                "ground": "name",
                "found": "x",
                "word": "x",
            },
        ),
        "club.finder.run": Thing(
            env["club.finder.run"].sudo().create({"kind": "watch"}),
            {"found": 5},
            {"kind": "watch"},
        ),
    }
