from odoo import fields, models

from ..journey.mail_activity import paragraph


class ClubReferralReward(models.Model):
    """A gift: a task of whoever looks after the beneficiary."""

    _inherit = "club.referral.reward"

    def _grant_gift(self):
        def speak(reward, words):
            return reward.rule_id.gift, paragraph(reward._gift_words(), words)

        self.env["mail.activity"]._club_ask(
            [
                (reward, reward.beneficiary_id, reward._gift_reason(), speak)
                for reward in self.filtered(lambda r: not r.amount_lost)
            ],
            "mail.mail_activity_data_todo",
            fields.Date.context_today(self),
        )
        return self

    def _gift_reason(self):
        self.ensure_one()
        return f"referral reward {self.id}"

    def _gift_words(self):
        """For whom the gift is, for the manager."""
        self.ensure_one()
        whom = self.referral_id._whom()
        if self.occasion == "joined":
            return self.env._("%s, who was brought, has paid the first fee.", whom)
        return self.env._("%s, who was brought, has renewed.", whom)

    def _take_gift(self):
        """An open task is withdrawn; what was done stays done, and is reported."""
        # sudo: the task is its manager's
        tasks_sudo = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", self.beneficiary_id.ids),
                    ("club_reason", "in", [reward._gift_reason() for reward in self]),
                ]
            )
        )
        open_reasons = set(tasks_sudo.mapped("club_reason"))
        for reward in self:
            reward.amount_lost = reward._gift_reason() not in open_reasons
        tasks_sudo.unlink()
