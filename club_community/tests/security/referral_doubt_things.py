from ...models.referral.club_referral_bind import Touch
from .thing import Thing

DECIDERS = ("club_manager", "club_admin", "foreign_manager")
RIGHTS_OF_REFERRAL_DOUBTS = {
    # doubts are found, and decided by buttons
    "club.referral.doubt": {
        "manager_own": "r",
        "club_manager": "r",
        "club_admin": "r",
    },
    "club.referral.old.code": {"club_admin": "r"},
    "club.referral.refuse": dict.fromkeys(DECIDERS, "crwu"),
    "club.referral.change": dict.fromkeys(DECIDERS, "crwu"),
}


def referral_doubt_things(test):
    """Somebody whom the member has brought, with a throw-away e-mail.

    :param test: a ``RightsCommon``
    """
    person = test.env["res.partner"].create(
        {"name": "Doubtful", "email": "x@mailinator.com"}
    )
    (referral,) = test.env["club.referral"]._bind([Touch(test.member, person)])
    codes = test.env["club.referral.old.code"].sudo()
    code = {"code": "LAMI-TOKA", "partner_id": test.member.id}
    return {
        "club.referral.doubt": Thing(
            referral.doubt_ids.sudo(False),
            {"detail": "Other"},
            {"referral_id": referral.id, "kind": "phone"},
        ),
        "club.referral.old.code": Thing(
            codes.create(code).sudo(False), {"code": "X"}, {**code, "code": "Y"}
        ),
        "club.referral.refuse": Thing(None, {"why": "Other"}, {"why": "So"}),
        "club.referral.change": Thing(
            None, {"why": "Other"}, {"partner_id": person.id, "why": "So"}
        ),
    }
