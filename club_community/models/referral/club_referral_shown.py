"""What a member is shown of the people whom he has brought (S0.11, S3.07).

Never an e-mail, never what somebody has bought, and a name only where the member has
typed it himself or the person has agreed to be shown to members.
"""

from odoo import api, models
from odoo.fields import Domain

from ...tools.period import LIVE_STATES


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _shown_to(self, member, offset=0, limit=20):
        """What became of whom, newest first; a fixed number of queries.

        :param member: the ``res.partner`` who looks
        :return: list of dicts: ``who``, ``what``, ``on``, ``tone``
        """
        # sudo: a member has no rights on bindings
        rows = self.sudo().search(
            [("referrer_id", "=", member.id)], offset=offset, limit=limit
        )
        typed = {
            invitation.referral_id: invitation
            for invitation in rows.env["club.referral.invitation"].search(
                [
                    ("referral_id", "in", rows.ids),
                    ("partner_id", "=", member.id),
                ]
            )
        }
        agreed = rows.referred_id._club_shown_to_members()
        return [row._shown(typed.get(row), agreed) for row in rows]

    @api.model
    def _shown_counts(self, member):
        """``(people, members)``: how many the list has, and how many have joined."""
        # sudo: a member has no rights on bindings
        groups = self.sudo()._read_group(
            [("referrer_id", "=", member.id)],
            ["status"],
            ["__count", "joined_on:count"],
        )
        return (
            sum(count for _status, count, _joined in groups),
            sum(joined for status, _count, joined in groups if status == "bound"),
        )

    def _shown(self, invitation, agreed):
        self.ensure_one()
        if invitation and invitation.name:
            who = invitation.name
        elif self.referred_id in agreed:
            who = self.referred_id.name
        else:
            who = self._shown_way()
        what, tone, on = self._shown_words(invitation)
        return {"who": who, "what": what, "tone": tone, "on": on or self.invited_on}

    def _shown_way(self):
        env = self.env
        return {
            "link": env._("Somebody by your link"),
            "code": env._("Somebody with your code"),
            "guest": env._("A guest of yours"),
        }.get(self.way) or env._("Somebody whom you recommended")

    def _shown_words(self, invitation):
        """``(words, tone, day)`` of what became of the person."""
        env = self.env
        if self.joined_on and self.status == "bound":
            return env._("has joined"), "success", self.joined_on
        if self.status == "review":
            return env._("The club is looking at it"), "secondary", None
        if self.status in ("refused", "replaced"):
            return env._("Does not count for you"), "light", None
        if self.status == "lapsed":
            return env._("Not this time"), "light", None
        if self.applied_on:
            return env._("has applied"), "info", self.applied_on
        if self.visited_on:
            return env._("has looked in"), "info", self.visited_on
        if invitation and invitation.state == "sent":
            return env._("We have sent a letter, no answer yet"), "secondary", None
        if invitation:
            return env._("Now it is your word that counts"), "secondary", None
        return env._("Noted"), "secondary", None


class ClubReferralInvitation(models.Model):
    _inherit = "club.referral.invitation"

    @api.model
    def _beside_shown_to(self, member, limit=20):
        """Whom a member has invited, and another had brought before him."""
        # sudo: a member has no rights on invitations
        rows = self.sudo().search(
            [
                ("partner_id", "=", member.id),
                ("referral_id.referrer_id", "!=", member.id),
                ("name", "!=", False),
            ],
            limit=limit,
        )
        return [
            {
                "who": row.name,
                "what": self.env._("Noted beside an earlier recommendation"),
                "tone": "light",
                "on": row.create_date.date(),
            }
            for row in rows
        ]


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_is_live(self):
        """Whether this person has a paid period, also a paused one or one to come."""
        self.ensure_one()
        # sudo: asked for the person himself
        return self.sudo().club_state in LIVE_STATES

    def _club_may_bring(self):
        """Whether this person's link and code are taken; who may, and has none, gets
        his code here."""
        self.ensure_one()
        # sudo: asked for a member, of himself
        person_sudo = self.sudo()
        program_sudo = self.env["club.referral.program"]._in_force(self.env.company)
        if not program_sudo:
            return False
        if person_sudo._club_is_live():
            if not person_sudo.club_referral_code:
                person_sudo._club_give_codes()
            return True
        return program_sudo.who == "anybody" and bool(person_sudo.club_referral_code)

    def _club_shown_to_members(self):
        """Those of these people who have agreed to be shown to members; one query."""
        # sudo: a member has no rights on contacts; the domain says who agreed
        people_sudo = self.sudo()
        if not people_sudo:
            return people_sudo
        return people_sudo.search(
            Domain("id", "in", people_sudo.ids)
            & people_sudo._club_likeness_domain(for_member=True)
        )
