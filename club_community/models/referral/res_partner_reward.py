from odoo import fields, models

from ..membership.res_partner import CLUB_USER


class ResPartner(models.Model):
    """What a member has got for whom he brought; for his card and his portal page."""

    _inherit = "res.partner"

    club_reward_ids = fields.One2many(
        "club.referral.reward",
        "beneficiary_id",
        string="Rewards",
        groups=CLUB_USER,
    )

    def _club_rewards_shown(self):
        """Rewards of this member, the latest first, for his own eyes.

        What was refused is not shown, nor why something waits, nor whose fee it was.

        :return: dicts in the member's language: ``text`` (what it is), ``date`` (the
            day on which it was earned), ``state`` (key), ``state_text``
        """
        self.ensure_one()
        # sudo: a member has no rights on rewards; these are his own
        rewards_sudo = (
            self.env["club.referral.reward"]
            .sudo()
            .with_context(lang=self.lang or self.env.lang)
            .search([("beneficiary_id", "=", self.id), ("state", "!=", "refused")])
        )
        return [
            {
                "text": reward.words[:1].upper() + reward.words[1:],
                "date": reward.date,
                "state": reward.state,
                "state_text": reward._state_words(),
            }
            for reward in rewards_sudo
        ]

    def _club_reward_next(self, company=None):
        """What the next person whom this member brings gives, in his language.

        :param company: the ``res.company`` whose programme is asked; else the user's
        :return: a sentence; empty where the programme in force gives nothing
        """
        self.ensure_one()
        program_sudo = self.env["club.referral.program"]._in_force(
            company or self.env.company
        )
        return program_sudo.with_context(lang=self.lang or self.env.lang)._next_words()
