"""Both people of a binding side by side, for whoever decides about it."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_date


class ClubReferral(models.Model):
    _inherit = "club.referral"

    sides = fields.Html(
        string="Side by Side", compute="_compute_sides", sanitize=False
    )

    @api.depends("referrer_id", "referred_id", "name", "email", "phone")
    @api.depends_context("lang")
    def _compute_sides(self):
        """What is the same stands out; links between the two come last.

        Asked for one binding at a time, on its form.
        """
        for referral in self:
            rows = referral._rows_of_sides()
            referral.sides = self.env["ir.qweb"]._render(
                "club_community.club_referral_sides",
                {
                    "rows": rows,
                    "referrer": referral.referrer_id,
                    "person": referral.referred_id,
                    "whom": referral._whom(),
                    "links": referral._links_between(),
                },
            )

    def _rows_of_sides(self):
        """``(label, of who brought, of who was brought, whether they are the same)``"""
        self.ensure_one()
        one, other = self.referrer_id, self.referred_id
        if not one.has_access("read") or not other.has_access("read"):
            return []
        given = {"email": self.email, "phone": self.phone}
        rows = []
        for label, describe in self._sides().items():
            values = [describe(one), describe(other) if other else ""]
            rows.append((label, *values))
        if not other:
            rows = [
                (self.env._("E-mail"), one.email or "", given["email"] or ""),
                (self.env._("Phone"), one.phone or "", given["phone"] or ""),
            ]
        return [
            (label, left, right, bool(left) and left.lower() == right.lower())
            for label, left, right in rows
            if left or right
        ]

    def _sides(self):
        """``{label: what to say of a contact}``; rooms may add lines."""
        return {
            self.env._("E-mail"): lambda card: card.email or "",
            self.env._("Phone"): lambda card: ", ".join(
                filter(None, [card.phone, card.club_second_phone])
            ),
            self.env._("Address"): lambda card: ", ".join(
                filter(None, [card.street, card.street2, card.zip, card.city])
            ),
            self.env._("Company"): lambda card: card.parent_id.name or "",
            self.env._("Membership"): self._membership_in_words,
            self.env._("Brought by"): lambda card: card.club_referrer_id.name or "",
        }

    def _membership_in_words(self, card):
        if not card.club_state:
            return ""
        state = dict(card._fields["club_state"]._description_selection(self.env))
        since = card.club_joined and self.env._(
            "since %s", format_date(self.env, card.club_joined)
        )
        words = [card.club_plan_id.name, state.get(card.club_state), since]
        return ", ".join(filter(None, words))

    def _links_between(self):
        """How the two are linked on their cards, in words."""
        self.ensure_one()
        one, other = self.referrer_id, self.referred_id
        links = self.env["club.link"].search(
            [("from_id", "in", (one | other).ids), ("to_id", "in", (one | other).ids)]
        )
        return [Markup("%s") % link.display_name for link in links]
