from ...models.referral.club_referral_bind import Touch
from .thing import Thing

READERS = ("manager_own", "club_manager", "club_admin")
RIGHTS_OF_REFERRAL_INVITATIONS = {
    # made by the portal and moved by answers: nobody writes them
    "club.referral.invitation": dict.fromkeys(READERS, "r"),
    "club.referral.visit": dict.fromkeys(READERS, "r"),
    "club.referral.optout": dict.fromkeys(
        ("club_manager", "club_admin", "foreign_manager"), "r"
    ),
}


def referral_invite_things(test):
    """Whom the member has invited, a visit by his link, and somebody's no.

    :param test: a ``RightsCommon``
    """
    member, company = test.member, test.company
    touch = Touch(member, name="Vera", way="invitation", company=company)
    (referral,) = test.env["club.referral"]._bind([touch])
    values = {
        "referral_id": referral.id,
        "partner_id": member.id,
        "company_id": company.id,
        "name": "Vera",
        "state": "own",
    }
    visit = {"partner_id": member.id, "day": "2020-01-01", "visits": 1}
    return {
        "club.referral.invitation": Thing(
            test.env["club.referral.invitation"].sudo().create(values),
            {"state": "yes"},
            values,
        ),
        "club.referral.visit": Thing(
            test.env["club.referral.visit"].sudo().create(visit),
            {"visits": 5},
            {**visit, "day": "2020-01-02"},
        ),
        "club.referral.optout": Thing(
            test.env["club.referral.optout"]
            .sudo()
            .create({"email_normalized": "no@example.com"}),
            {"email_normalized": "other@example.com"},
            {"email_normalized": "third@example.com"},
        ),
    }
