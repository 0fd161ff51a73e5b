from ...models.referral.club_referral_bind import Touch
from .thing import Thing

FIGURES = ("referral", "k", "revenue", "acquired", "branch")
RIGHTS_OF_REFERRALS = {
    "club.referral.program": {
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "r",
        "club_admin": "crwu",
    },
    # bindings are made by the flows alone
    "club.referral": {"manager_own": "r", "club_manager": "r", "club_admin": "r"},
    **{
        f"club.figure.{name}": dict.fromkeys(
            ("manager_own", "club_manager", "club_admin"), "r"
        )
        for name in FIGURES
    },
}


def referral_things(test):
    """A programme of the company, and somebody whom the member has brought.

    :param test: a ``RightsCommon``
    """
    program = test.env["club.referral.program"].create(
        {"name": "Spring", "company_id": test.company.id, "date_from": "2999-01-01"}
    )
    person = test.env["res.partner"].create({"name": "Was brought"})
    (referral,) = test.env["club.referral"]._bind([Touch(test.member, person)])
    return {
        **_figures(test, person),
        "club.referral.program": Thing(program, {"name": "Summer"}, {"name": "Autumn"}),
        "club.referral": Thing(
            referral.sudo(False),
            {"status": "bound"},
            {
                "referrer_id": test.member.id,
                "name": "X",
                "way": "manager",
                "company_id": test.company.id,
                "invited_on": test.today,
            },
        ),
    }


def _figures(test, person):
    """A row of each figure about the member, or about whom he has brought."""
    env = test.env
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": test.member.id,
            "invoice_line_ids": [(0, 0, {"name": "Advice", "price_unit": 10})],
        }
    )
    invoice.action_post()
    env.flush_all()
    about = {
        "referral": [("referrer_id", "=", test.member.id)],
        "k": [("partner_id", "=", test.member.id), ("brought", ">", 0)],
        "revenue": [("move_id", "=", invoice.id)],
        "acquired": [("partner_id", "=", test.member.id)],
        "branch": [("partner_id", "=", person.id)],
    }
    return {
        f"club.figure.{name}": Thing(
            env[f"club.figure.{name}"].sudo().search(about[name], limit=1).sudo(False),
            {"club_manager_id": env.uid},
            {"company_id": test.company.id},
        )
        for name in FIGURES
    }
