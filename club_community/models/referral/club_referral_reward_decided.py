from odoo import models

from .club_referral_reward import GIVEN


class ClubReferral(models.Model):
    """What a club manager's decision on a binding does with its rewards."""

    _inherit = "club.referral"

    def _on_accepted(self):
        res = super()._on_accepted()
        self._grant_rewards()
        return res

    def _what_closing_takes(self):
        """What was given for these bindings, with who has it."""
        return [
            *super()._what_closing_takes(),
            *(
                self.env._(
                    "Taken back from %(name)s: %(reward)s.",
                    name=reward.beneficiary_id.name,
                    reward=reward.words,
                )
                for reward in self.reward_ids
                if reward.state in GIVEN
            ),
        ]
