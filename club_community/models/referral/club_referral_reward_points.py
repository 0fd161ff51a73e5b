from odoo import models


class ClubReferralReward(models.Model):
    """Points on the loyalty card of stock's own app, where it is installed."""

    _inherit = "club.referral.reward"

    def _grant_points(self):
        """Add points to the beneficiaries' cards of the company's programme.

        :return: those that were given; the others wait for a programme
        """
        given = self.browse()
        for company, rewards in self.grouped("company_id").items():
            program = self._loyalty_program(company)
            if not program:
                rewards._wait("no_loyalty")
                continue
            cards = rewards._loyalty_cards(program, make=True)
            points = {r: r.amount - r.amount_lost for r in rewards}
            for person, mine in rewards.grouped("beneficiary_id").items():
                cards[person].points += sum(points[reward] for reward in mine)
            rewards.filtered(points.get)._note_points(cards, 1, points)
            given |= rewards
        return given

    def _take_points(self):
        """Take the points off again, as far as they are there."""
        for company, rewards in self.grouped("company_id").items():
            program = self._loyalty_program(company)
            cards = rewards._loyalty_cards(program) if program else {}
            taken = {}
            for reward in rewards:
                card = cards.get(reward.beneficiary_id)
                taken[reward] = max(min(reward.amount, card.points), 0) if card else 0
                if taken[reward]:
                    card.points -= taken[reward]
                reward.amount_lost = reward.amount - taken[reward]
            rewards.filtered(taken.get)._note_points(cards, -1, taken)

    def _loyalty_program(self, company):
        """The company's first loyalty programme; nothing without the app."""
        if "loyalty.program" not in self.env:
            return None
        return self.env["loyalty.program"].search(
            [
                ("program_type", "=", "loyalty"),
                ("company_id", "in", (company.id, False)),
            ],
            limit=1,
        )

    def _loyalty_cards(self, program, make=False):
        """``{person: loyalty.card}`` of the beneficiaries, missing ones made."""
        Card = self.env["loyalty.card"]
        found = Card.search(
            [
                ("program_id", "=", program.id),
                ("partner_id", "in", self.beneficiary_id.ids),
            ],
            order="id desc",
        )
        cards = {card.partner_id: card for card in found}
        if make:
            missing = self.beneficiary_id.filtered(lambda p: p not in cards)
            made = Card.create(
                [
                    {"program_id": program.id, "partner_id": person.id, "points": 0}
                    for person in missing
                ]
            )
            cards |= {card.partner_id: card for card in made}
        return cards

    def _note_points(self, cards, sign, points):
        """Lines in the cards' history: ``sign`` 1 given, -1 taken."""
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": cards[reward.beneficiary_id].id,
                    "description": self.env._("Reward for a recommendation")
                    if sign > 0
                    else self.env._("Reward for a recommendation, taken back"),
                    "issued": points[reward] if sign > 0 else 0,
                    "used": points[reward] if sign < 0 else 0,
                }
                for reward in self
            ]
        )
