from odoo.addons.club_community.models.referral.club_referral_bind import Touch

from .thing import Thing

RIGHTS_OF_REFERRALS = {
    "club.referral.program": {
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "r",
        "club_admin": "crwu",
    },
    # bindings are made by the flows alone
    "club.referral": {"manager_own": "r", "club_manager": "r", "club_admin": "r"},
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
