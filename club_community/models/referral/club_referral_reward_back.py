"""A fee was refunded, or a binding does not count: what was given for it is taken."""

from odoo import fields, models

from ..journey.mail_activity import paragraph
from .club_referral import CURRENT


class ClubReferralReward(models.Model):
    _inherit = "club.referral.reward"

    def _take_back(self):
        """Take these rewards back, as far as they are there; the rest is reported.

        What only waited is closed. The beneficiary is told of what he had.
        """
        given = self.filtered(lambda r: r.state != "waiting")
        for kind, rewards in given.grouped("kind").items():
            getattr(rewards, f"_take_{kind}")()
        by_binding = self.filtered(lambda r: r.referral_id.status == "refused")
        never = by_binding - given
        never.write({"state": "refused", "why": "binding"})
        closed = self - never
        for why, rewards in closed.grouped(lambda r: r._why_lost()).items():
            rewards.write(
                {
                    "state": "taken_back",
                    "why": why,
                    "taken_back_on": fields.Datetime.now(),
                }
            )
        given.filtered("amount_lost")._report_lost()
        given._write_to_beneficiaries("club_community.mail_template_reward_taken_back")

    def _why_lost(self):
        self.ensure_one()
        return "fee" if self.referral_id.status in CURRENT else "binding"

    def _report_lost(self):
        """A task for whoever looks after these people: decide what to do about it."""

        def speak(reward, words):
            summary = reward.env._("A reward was used already")
            return summary, paragraph(reward._lost_words(), words)

        self.env["mail.activity"]._club_ask(
            [
                (r, r.beneficiary_id, f"referral reward lost {r.id}", speak)
                for r in self
            ],
            "mail.mail_activity_data_todo",
            fields.Date.context_today(self),
        )

    def _lost_words(self):
        """What is to be known of a reward that could not be taken back."""
        self.ensure_one()
        return self.env._(
            "%(reward)s: the fee for which it was given was refunded, or the "
            "recommendation does not count any more. %(lost)g of %(amount)g could not "
            "be taken back. Decide whether to talk about it.",
            reward=self.words,
            lost=self.amount_lost,
            amount=self.amount or 1,
        )
