from ...models.referral.club_referral_bind import Touch
from .thing import Thing

RIGHTS_OF_REFERRAL_REWARDS = {
    "club.referral.reward.rule": {
        "manager_own": "r",
        "manager_other": "r",
        "club_manager": "r",
        "club_admin": "crwu",
    },
    # given and taken back by the flows alone
    "club.referral.reward": {
        "manager_own": "r",
        "club_manager": "r",
        "club_admin": "r",
    },
}


def referral_reward_things(test):
    """A rule of a programme of the company, and a reward of the member.

    :param test: a ``RightsCommon``
    """
    program = test.env["club.referral.program"].create(
        {"name": "Rewards", "company_id": test.company.id, "date_from": "2999-01-01"}
    )
    values = {"program_id": program.id, "kind": "credit", "amount": 10}
    rule = test.env["club.referral.reward.rule"].create(values)
    person = test.env["res.partner"].create({"name": "Was brought and has paid"})
    (referral,) = test.env["club.referral"]._bind([Touch(test.member, person)])
    membership = test._sell(person).order_line.club_membership_ids
    reward = {
        "referral_id": referral.id,
        "rule_id": rule.copy().id,
        "membership_id": membership.id,
        "referrer_id": test.member.id,
        "beneficiary_id": test.member.id,
        "company_id": test.company.id,
        "occasion": "joined",
        "kind": "credit",
        "amount": 10,
        "currency_id": test.company.currency_id.id,
        "date": test.today,
        "year": test.today.year,
    }
    return {
        "club.referral.reward.rule": Thing(rule, {"amount": 20}, values),
        "club.referral.reward": Thing(
            test.env["club.referral.reward"].sudo().create(reward).sudo(False),
            {"state": "granted"},
            {**reward, "part": 1},
        ),
    }
