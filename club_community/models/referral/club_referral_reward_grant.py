"""Rewards are made with the payment and settled by the end of its transaction.

What stands is compared with the facts, as stages are: a reward whose fee or binding is
gone is taken back, one that waits and may be given is given. So any of it may be run
again, by the nightly job or by whoever decides on a binding, and nothing is lost when a
payment is notified twice or a job is killed. What cannot be given never stops a
payment: it is undone alone, noted and tried again at night.
"""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.period import PAID_STATES
from ..membership.club_at_end import taken, waiting
from ..membership.club_batches import run_list
from .club_referral import CURRENT
from .club_referral_reward import GIVEN, STANDING

_logger = logging.getLogger(__name__)
BATCH = 500
_TOUCHED = "club_community.rewards"


class ClubReferralReward(models.Model):
    _inherit = "club.referral.reward"

    # --- Rows -----------------------------------------------------------------------

    @api.model
    def _make(self, condition):
        """Note what paid fees have earned; one statement, however many.

        A fee counts if it was paid by an invoice of the club for a period that began
        when the person had been brought and the rule was there. One that was taken back
        waits again where the fee is paid again.

        :param condition: SQL on ``r``, a ``club_referral``, and ``m``, a
            ``club_membership`` of its person
        :return: the new rewards, and those that wait again
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO club_referral_reward AS reward (
                       referral_id, rule_id, membership_id, part, referrer_id,
                       beneficiary_id, company_id, occasion, kind, amount, currency_id,
                       date, year, state, create_uid, create_date, write_uid,
                       write_date)
                %(earned)s
           ON CONFLICT (referral_id, rule_id, membership_id, part) DO UPDATE
                   SET state = 'waiting', why = NULL, taken_back_on = NULL,
                       write_date = now() AT TIME ZONE 'UTC'
                 WHERE reward.state IN ('taken_back', 'refused')
             RETURNING reward.id
                """,
                earned=self._sql_earned(condition),
            )
        )
        made = self.browse(row[0] for row in rows)
        made.invalidate_recordset(flush=False)
        return made | made._wake_other_parts()

    def _wake_other_parts(self):
        """The rest of credits that were divided waits again with the first part."""
        parts = self.search(
            [
                ("part", ">", 0),
                ("referral_id", "in", self.referral_id.ids),
                ("rule_id", "in", self.rule_id.ids),
                ("membership_id", "in", self.membership_id.ids),
                ("state", "in", ("taken_back", "refused")),
            ]
        )
        parts.write({"state": "waiting", "why": False, "taken_back_on": False})
        return parts

    @api.model
    def _sql_earned(self, condition):
        """What paid fees have earned by the rules, in the order of ``_make``'s columns.

        The first paid fee, wherever it was paid, is the one of joining; a fee that has
        given a reward as one of the two is not looked at as the other.
        """
        today = fields.Date.context_today(self)
        return SQL(
            """
                SELECT r.id, rule.id, m.id, 0, r.referrer_id,
                       CASE rule.beneficiary WHEN 'referrer' THEN r.referrer_id
                                             ELSE r.referred_id END,
                       m.company_id, rule.occasion, rule.kind, rule.amount,
                       rule.currency_id, %(today)s, %(year)s, 'waiting',
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM club_referral r
                  JOIN club_referral_program program ON program.id = r.program_id
                  JOIN club_membership m ON m.partner_id = r.referred_id
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN EXISTS (
                              SELECT FROM club_membership before
                               WHERE before.partner_id = m.partner_id
                                 AND before.state IN %(paid)s AND before.amount > 0
                                 AND (before.date_start, before.id)
                                     < (m.date_start, m.id)
                              ) THEN 'renewal' ELSE 'joined' END AS occasion) fee
                  JOIN club_referral_reward_rule rule
                    ON rule.program_id = program.id AND rule.active
                   AND rule.occasion = fee.occasion
                   AND (rule.occasion = 'joined' OR program.keep_renewals)
                   AND rule.create_date::date <= m.date_start
                 WHERE r.status IN %(current)s AND m.origin = 'sale' AND m.amount > 0
                   AND m.state IN %(paid)s AND m.date_start >= r.invited_on
                   AND COALESCE(program.company_id, m.company_id) = m.company_id
                   AND NOT EXISTS (
                       SELECT FROM club_referral_reward other
                        WHERE other.referral_id = r.id AND other.membership_id = m.id
                          AND other.occasion <> fee.occasion)
                   AND %(condition)s
            """,
            today=today,
            year=today.year,
            uid=self.env.uid,
            paid=PAID_STATES,
            current=CURRENT,
            condition=condition,
        )

    # --- Settling -------------------------------------------------------------------

    @api.model
    def _unsettled(self):
        """Rewards that wait, or that stand without their reason."""
        return Domain("state", "=", "waiting") | self._without_reason()

    @api.model
    def _without_reason(self):
        return Domain("state", "in", STANDING) & (
            Domain("membership_id.state", "not in", PAID_STATES)
            | Domain("referral_id.status", "not in", CURRENT)
        )

    def _settle(self):
        """Take back what has lost its reason and grant what may be granted.

        A failure undoes the rewards alone that it concerns; they wait for the night.

        :raise psycopg2.OperationalError: another transaction was faster; run again
        """
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._settle_now()
        except psycopg2.OperationalError:
            raise  # Odoo runs the whole request, or the job its batch, again
        except Exception:
            if len(self) > 1:  # one of them must not hold up the others
                for reward in self:
                    reward._settle()
                return
            _logger.exception("Reward %s could not be settled", self.id)
            self.filtered(lambda r: r.state == "waiting").why = "failed"

    def _settle_now(self):
        """What another worker settles at this moment is left to him."""
        rewards = self.try_lock_for_update()
        people = rewards.beneficiary_id | rewards.referrer_id
        self.env["club.membership"]._lock_people(people)
        people._club_take()
        lost = rewards.filtered_domain(self._without_reason())
        lost._take_back()
        (rewards - lost).filtered(lambda r: r.state == "waiting")._grant()

    def _grant(self):
        """Give what may be given now; the others say why they wait."""
        looked_at = self.filtered(lambda r: r.referral_id.status != "bound")
        looked_at._wait("review")
        within = (self - looked_at)._within_cap()
        # what could not be taken back the last time is not given a second time
        kept = within.filtered(lambda r: r.kind == "credit" and r.amount_lost)
        granted = self.browse()
        for kind, rewards in within.grouped("kind").items():
            granted |= getattr(rewards, f"_grant_{kind}")()
        granted.write(
            {
                "state": "granted",
                "why": False,
                "granted_on": fields.Datetime.now(),
                "amount_lost": 0,
            }
        )
        (granted & kept).state = "used"
        granted._write_to_beneficiaries("club_community.mail_template_reward_granted")

    def _wait(self, why):
        """Note why these wait, where that is news."""
        self.filtered(lambda r: r.why != why).why = why

    def _within_cap(self):
        """These rewards less those that are over the limit of their rule.

        The referrers are locked, so two payments cannot both be the last within it.
        """
        limited = self.filtered("rule_id.cap")
        if not limited:
            return self
        counts = {
            (rule, referrer, year): count
            for rule, referrer, year, count in self._read_group(
                [
                    ("rule_id", "in", limited.rule_id.ids),
                    ("referrer_id", "in", limited.referrer_id.ids),
                    ("state", "in", GIVEN),
                    ("part", "=", 0),
                ],
                ["rule_id", "referrer_id", "year"],
                ["__count"],
            )
        }
        capped = self.browse()
        for reward in limited.sorted("id"):
            key = (reward.rule_id, reward.referrer_id, reward.year)
            if counts.get(key, 0) >= reward.rule_id.cap:
                capped |= reward
            else:
                counts[key] = counts.get(key, 0) + 1
        capped.write({"state": "capped", "why": "cap"})
        return self - capped

    def _write_to_beneficiaries(self, template):
        """A letter in the queue to each who has an address; none about a gift.

        The manager's own words are to come as a surprise.

        :param template: XML id of a ``mail.template``
        """
        told = self.filtered(lambda r: r.kind != "gift" and r.beneficiary_id.email)
        letter = self.env.ref(template, raise_if_not_found=False)
        if told and letter:
            letter.send_mail_batch(told.ids)

    # --- Jobs -----------------------------------------------------------------------

    @api.model
    def _cron_settle(self):
        """Settle what a decision, a kill or a failure has left; nightly."""
        ids = self.search(self._unsettled(), order="id").ids
        run_list(self.env, ids, BATCH, self._settle_ids)

    @api.model
    def _settle_ids(self, ids):
        # what another worker has settled meanwhile is not looked at again
        self.search(Domain("id", "in", ids) & self._unsettled())._settle()

    @api.model
    def _settle_touched(self):
        """End of the transaction: rewards of what happened in it."""
        touched = taken(self.env, _TOUCHED)
        if not touched:
            return
        # sudo: whoever pays has no rights on rewards
        self_sudo = self.sudo()
        referrals, memberships = (
            sorted(touched[name]) for name in ("referrals", "memberships")
        )
        self_sudo._make(
            SQL("(r.id = ANY(%s) OR m.id = ANY(%s))", referrals, memberships)
        )
        people = self_sudo.env["club.membership"].browse(memberships).partner_id
        self_sudo.search(
            self._unsettled()
            & (
                Domain("referral_id", "in", referrals)
                | Domain("membership_id", "in", memberships)
                # who renews has a period again that can be extended
                | Domain("beneficiary_id", "in", people.ids)
            )
        )._settle()


def _touched(env, whose):
    """Ids that the end of this transaction looks at: ``referrals``, ``memberships``."""
    nothing = env["club.referral.reward"].browse()
    return waiting(env, _TOUCHED, nothing._settle_touched)[whose]


class ClubReferral(models.Model):
    _inherit = "club.referral"

    reward_ids = fields.One2many(
        "club.referral.reward", "referral_id", string="Rewards", readonly=True
    )

    def _grant_rewards(self):
        """Settle the rewards of these bindings at once: somebody has decided on them.

        May be called any number of times.
        """
        if not self:
            return
        # sudo: rewards are the flows' own
        rewards_sudo = self.env["club.referral.reward"].sudo()
        rewards_sudo._make(SQL("r.id = ANY(%s)", self.ids))
        rewards_sudo.search(
            rewards_sudo._unsettled() & Domain("referral_id", "in", self.ids)
        )._settle()

    def _take_stock_later(self):
        """A person is known, or held by somebody else, who may have paid already."""
        res = super()._take_stock_later()
        _touched(self.env, "referrals").update(self.ids)
        return res

    def _on_closed(self):
        """What was granted for a binding that does not count goes with it."""
        res = super()._on_closed()
        _touched(self.env, "referrals").update(self.ids)
        return res


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _on_activated(self):
        res = super()._on_activated()
        _touched(self.env, "memberships").update(self.ids)
        return res

    def _on_started(self):
        """Whose period begins has one again that can be extended."""
        res = super()._on_started()
        _touched(self.env, "memberships").update(self.ids)
        return res

    def _on_taken_back(self):
        res = super()._on_taken_back()
        _touched(self.env, "memberships").update(self.ids)
        return res
