from odoo import models

RUNNING = ("active", "paused")


class ClubReferralReward(models.Model):
    """Days of membership: the running period ends later, as after a pause."""

    _inherit = "club.referral.reward"

    def _grant_days(self):
        """Move the ends of the beneficiaries' running periods.

        :return: those that were given; the others wait and say why
        """
        periods = self._running_periods()
        days, given = {}, self.browse()
        for reward in self:
            running = periods.get((reward.beneficiary_id, reward.company_id))
            if why := _obstacle(running):
                if why == "life":
                    reward.state = "refused"
                reward._wait(why)
                continue
            reward.period_id = running
            days[running] = days.get(running, 0) + int(
                reward.amount - reward.amount_lost
            )
            given |= reward
        self._move_ends(days)
        return given

    def _take_days(self):
        """Move the ends back, but not before today: whoever was a member, was one."""
        periods = self._running_periods()
        today = self.env["club.membership"]._today()
        days = {}
        for reward in self:
            running = periods.get((reward.beneficiary_id, reward.company_id))
            wished, left = int(reward.amount), 0
            if running and running.date_end:
                left = max((running.date_end - today).days + days.get(running, 0), 0)
                days[running] = days.get(running, 0) - min(wished, left)
            reward.write(
                {"amount_lost": wished - min(wished, left), "period_id": False}
            )
        self._move_ends(days)

    def _running_periods(self):
        """``{(person, company): club.membership}`` that runs now; one query."""
        running = self.env["club.membership"].search(
            [
                ("partner_id", "in", self.beneficiary_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "in", RUNNING),
            ],
            order="date_start desc, id desc",
        )
        extended = self.period_id
        found = {}
        # the one that is extended already first, then the one that began first
        for period in running.sorted(lambda m: m in extended):
            found[period.partner_id, period.company_id] = period
        return found

    def _move_ends(self, days):
        """:param days: ``{club.membership: days}``, more or fewer than zero"""
        days = {period: number for period, number in days.items() if number}
        Membership = self.env["club.membership"].with_context(tracking_disable=True)
        moved = Membership.browse(period.id for period in days)
        moved._shift({Membership.browse(m.id): number for m, number in days.items()})
        moved._message_log_batch(
            {
                period.id: self.env._(
                    "%s days were added: reward for a recommendation.", number
                )
                if number > 0
                else self.env._(
                    "%s days were taken off: a reward was taken back.", -number
                )
                for period, number in days.items()
            }
        )


def _obstacle(running):
    """Why a period cannot be extended: a key of ``WHY``, or None."""
    if not running:
        return "no_period"
    if not running.date_end:
        return "life"
    if running.seat_of_id:
        return "seat"
    return "leaving" if running.leave_date else None


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _on_taken_back(self):
        """Days that were added to a period go with it, and wait for the next."""
        res = super()._on_taken_back()
        # sudo: who refunds has no rights on rewards
        rewards_sudo = self.env["club.referral.reward"].sudo()
        rewards_sudo.search(
            [("period_id", "in", self.ids), ("state", "=", "granted")]
        ).write({"state": "waiting", "why": "period_lost", "period_id": False})
        return res
