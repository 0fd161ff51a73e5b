from markupsafe import Markup

from odoo import fields, models


class ClubReferralReward(models.Model):
    """A gift: a task of whoever looks after the beneficiary."""

    _inherit = "club.referral.reward"

    def _grant_gift(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        charged = self.beneficiary_id._club_looked_after_by()
        vals_list = []
        for reward in self.filtered(lambda r: not r.amount_lost):
            user, words = charged[reward.beneficiary_id.id]
            # sudo: the payment may be a visitor's, who has no rights on users
            lang = user.sudo().lang or self.env.lang
            speaking = reward.with_context(lang=lang)
            vals_list.append(
                {
                    "partner_id": reward.beneficiary_id.id,
                    "activity_type_id": todo.id,
                    "club_reason": reward._gift_reason(),
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(self),
                    "summary": speaking.rule_id.gift,
                    "note": Markup("<p>%s</p>")
                    % " ".join(filter(None, [speaking._gift_words(), words])),
                }
            )
        self.env["mail.activity"]._club_schedule(vals_list)
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
