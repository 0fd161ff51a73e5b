from .thing import Thing

FIGURES = ("month", "movement", "ending", "person")
READERS = ("employee", "salesman", "manager_own", "manager_other", "club_manager")
# Nobody edits the ledger of access.
RIGHTS_OF_ACCESS = {
    "club.benefit": dict.fromkeys(READERS, "r") | {"club_admin": "crwu"},
    "club.plan.entitlement": dict.fromkeys(READERS, "r") | {"club_admin": "crwu"},
    "club.entitlement": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    "club.entitlement.use": dict.fromkeys(
        ("manager_own", "club_manager", "club_admin"), "r"
    ),
    "club.entitlement.check": {"club_admin": "r"},
    **{
        f"club.figure.{name}": dict.fromkeys(
            ("manager_own", "club_manager", "club_admin"), "r"
        )
        for name in FIGURES
    },
}


def access_things(test):
    """What a plan opens, what was opened for the member, and one use of it.

    :param test: a ``RightsCommon``
    """
    env = test.env
    company = {"company_id": test.company.id}
    benefit = env["club.benefit"].create({"name": "Visit", **company})
    family = env["club.plan.family"].create({"name": "Once"})
    plan = test._create_plan(name="Once", family_id=family.id)
    line = env["club.plan.entitlement"].create(
        {"plan_id": plan.id, "kind": "service", "benefit_id": benefit.id}
    )
    period = test._create_period(test.member, test.today, plan=plan)
    row = period.sudo().entitlement_ids
    row.action_use()
    spare = {
        "plan_id": test._create_plan(name="Spare of access").id,
        "kind": "service",
        "benefit_id": benefit.id,
    }
    return {
        "club.benefit": Thing(
            env["club.benefit"].create({"name": "Spare", **company}),
            {"sequence": 5},
            {"name": "New", **company},
        ),
        "club.plan.entitlement": Thing(
            line.create({**spare, "plan_id": test._create_plan(name="Else").id}),
            {"sequence": 5},
            spare,
        ),
        "club.entitlement": Thing(row, {"state": "taken"}, row.copy_data()[0]),
        "club.entitlement.use": Thing(
            row.use_ids, {"user_id": 1}, {"entitlement_id": row.id}
        ),
        **_figures(test, plan),
        "club.entitlement.check": Thing(
            env["club.entitlement.check"].sudo().create({}), {"people": 5}, {}
        ),
    }


def _figures(test, plan):
    """A row of each figure about the member; nobody can write a view."""
    test._create_period(test.member, "2020-01-01", "2020-12-31", plan=plan)
    test.env.flush_all()
    domain = [("partner_id", "=", test.member.id)]
    return {
        f"club.figure.{name}": Thing(
            test.env[f"club.figure.{name}"].sudo().search(domain, limit=1),
            {"partner_id": test.member.id},
            {"partner_id": test.member.id},
        )
        for name in FIGURES
    }
