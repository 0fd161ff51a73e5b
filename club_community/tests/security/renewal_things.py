from datetime import timedelta

from .thing import Thing


def renewal_things(test):
    """Renewal: what the jobs write down is read by the member's managers only.

    :param test: a ``RightsCommon``, whose member is in the portfolio of `manager_own`
    """
    env, plan, member = test.env, test.plan, test.member
    family = env["club.plan.family"].create({"name": "Renewed"})
    plan = test._create_plan(name="Renewed", family_id=family.id)
    period = test._create_period(member, test.today - timedelta(days=340), plan=plan)
    sent = {
        "membership_id": period.id,
        "date_end": period.date_end,
        "days": -30,
        "date": test.today,
        "result": "mail",
    }
    consent = {
        "partner_id": member.id,
        "payer_id": member.id,
        "company_id": test.company.id,
        "family_id": family.id,
        "plan_id": plan.id,
        "price": 1,
        "currency_id": test.company.currency_id.id,
        "card": "4242",
        "agreed_text": "Yes",
        "given_on": "2026-01-01",
        "given_by": env.uid,
    }
    given = env["club.auto.renewal"].sudo().create(consent)
    charge = {
        "consent_id": given.id,
        "membership_id": period.id,
        "date_end": period.date_end,
        "state": "stopped",
    }
    return {
        "club.plan.reminder": Thing(
            plan.reminder_ids[0], {"days": -80}, {"plan_id": plan.id, "days": -1}
        ),
        "club.reminder": Thing(
            env["club.reminder"].sudo().create(sent), {"days": 1}, {**sent, "days": 2}
        ),
        "club.renewal": Thing(
            env["club.renewal"].browse(period.id), {"amount": 1}, {"amount": 1}
        ),
        "club.auto.renewal": Thing(given, {"card": "x"}, consent),
        "club.auto.charge": Thing(
            env["club.auto.charge"].sudo().create(charge), {"note": "x"}, charge
        ),
    }
