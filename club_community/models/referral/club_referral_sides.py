"""Both people of a binding side by side, for whoever decides about it."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import email_normalize
from odoo.tools.misc import format_date

from ...tools import mailbox
from ...tools.likeness_of_names import fold


class ClubReferral(models.Model):
    _inherit = "club.referral"

    sides = fields.Html(string="Side by Side", compute="_compute_sides", sanitize=False)

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
        if not one.has_access("read") or (other and not other.has_access("read")):
            return []
        rows = []
        for label, (describe, key) in self._sides().items():
            left = describe(one)
            # as it was given, where there is no contact yet
            right = describe(other or self)
            is_same = bool(key(left)) and key(left) == key(right)
            if left or right:
                rows.append((label, left, right, is_same))
        return rows

    def _sides(self):
        """``{label: (what to say of a contact, by what two of it are the same)}``"""

        def joined(*names):
            return lambda card: ", ".join(
                card[name] for name in names if name in card._fields and card[name]
            )

        def phones(text):
            return {mailbox.phone_key(phone) for phone in text.split(", ")} - {""}

        return {
            self.env._("E-mail"): (
                joined("email"),
                lambda text: mailbox.box(email_normalize(text)),
            ),
            self.env._("Phone"): (joined("phone", "club_second_phone"), phones),
            self.env._("Address"): (joined("street", "street2", "zip", "city"), fold),
            self.env._("Company"): (self._company_in_words, lambda text: None),
            self.env._("Membership"): (self._membership_in_words, lambda text: None),
            self.env._("Brought by"): (self._referrer_in_words, lambda text: None),
        }

    def _company_in_words(self, card):
        return card.parent_id.name or "" if card._name == "res.partner" else ""

    def _referrer_in_words(self, card):
        is_contact = card._name == "res.partner"
        return card.club_referrer_id.name or "" if is_contact else ""

    def _membership_in_words(self, card):
        if card._name != "res.partner" or not card.club_state:
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
