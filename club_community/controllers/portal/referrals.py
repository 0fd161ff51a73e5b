import base64
from urllib.parse import quote

from odoo.http import request, route
from odoo.tools.misc import file_path

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ...tools.mailbox import full_number
from ...tools.qr import qr_svg
from ...tools.share_card import share_card
from .club import ClubPortal

PER_PAGE, LEVELS = 20, 12
FONTS = "web/static/fonts/google/Open_Sans/Open_Sans-%s.ttf"
DONE = ("sent", "own", "beside")


class ClubReferralsPortal(ClubPortal):
    """What a member brings people with, and what became of them (S0.11, S3.07).

    Everything is found by his own contact; of others he reads what
    ``club_referral_shown`` lets him.
    """

    def _is_referrals_readonly(self, rule, args):
        """A member without a code yet is given one by the page."""
        # sudo: his own contact
        return bool(request.env.user.partner_id.sudo().club_referral_code)

    @route(
        ["/my/club/referrals", "/my/club/referrals/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=_is_referrals_readonly,
    )
    def my_club_referrals(self, page=1, done="", signed="", **_query):
        # sudo: his own contact
        member_sudo = request.env.user.partner_id.sudo()
        if not member_sudo._club_may_bring():
            return self._referrals_not_yet(member_sudo)
        return request.render(
            "club_community.portal_club_referrals",
            {
                "page_name": "club_referrals",
                "done": done if done in DONE else "",
                **self._referral_tools(member_sudo, bool(signed)),
                **self._referral_people(member_sudo, page),
                **self._referral_rewards(member_sudo),
            },
        )

    def _referrals_not_yet(self, member_sudo):
        return request.render(
            "club_community.portal_club_referrals_not_yet",
            {
                "page_name": "club_referrals",
                "is_member": member_sudo._club_is_live(),
                "manager": self._club_manager(member_sudo),
            },
        )

    # --- Link, code, card -----------------------------------------------------------

    def _referral_tools(self, member_sudo, is_signed):
        """Link, code, QR code and the prepared words, with where they are sent."""
        env, url = request.env, member_sudo._club_referral_url()
        club = env.company.sudo().name  # sudo: the name of his own club
        text = env._(
            "I am a member of %(club)s and think that you might like it. Have a look: "
            "%(url)s",
            club=club,
            url=url,
        )
        subject = env._("Have a look at %(club)s", club=club)
        encoded = base64.b64encode(qr_svg(url).encode()).decode()
        return {
            "code": member_sudo.club_referral_code,
            "url": url,
            "text": text,
            "qr_code": f"data:image/svg+xml;base64,{encoded}",
            "signed": is_signed,
            "mail_url": f"mailto:?subject={quote(subject)}&body={quote(text)}",
            "whatsapp_url": f"https://wa.me/?text={quote(text)}",
            "telegram_url": "https://t.me/share/url?"
            f"url={quote(url, safe='')}&text={quote(text)}",
            "visits": member_sudo.club_link_visits,
        }

    @route(
        "/my/club/referrals/card.png",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=_is_referrals_readonly,
    )
    def my_club_referral_card(self, signed="", download="", **_query):
        """The picture to share, with the member's first name only if he wants it."""
        # sudo: his own contact
        member_sudo = request.env.user.partner_id.sudo()
        if not member_sudo._club_may_bring():
            raise request.not_found()
        env, company_sudo = request.env, request.env.company.sudo()  # sudo: his club
        name = (member_sudo.name or "").split()[:1] if signed else []
        headline = (
            env._("%(name)s invites you to the club", name=name[0])
            if name
            else env._("A member of the club recommends it to you")
        )
        picture = share_card(
            company_sudo.name,
            headline,
            env._("Name this code when you apply"),
            member_sudo.club_referral_code,
            member_sudo._club_referral_url(),
            company_sudo.primary_color or "",
            tuple(file_path(FONTS % weight) for weight in ("Regular", "Bold")),
            base64.b64decode(company_sudo.logo or b""),
        )
        headers = [
            ("Content-Type", "image/png"),
            ("Content-Length", len(picture)),
            ("Cache-Control", "private, max-age=600"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if download:
            headers.append(("Content-Disposition", 'attachment; filename="club.png"'))
        return request.make_response(picture, headers)

    # --- What became of whom --------------------------------------------------------

    def _referral_people(self, member_sudo, page):
        Referral = request.env["club.referral"]
        total, joined = Referral._shown_counts(member_sudo)
        pager = portal_pager(
            url="/my/club/referrals", total=total, page=page, step=PER_PAGE
        )
        first = pager["page"]["num"] == 1
        beside = request.env["club.referral.invitation"]._beside_shown_to(member_sudo)
        return {
            "total": total,
            "joined": joined,
            "pager": pager,
            "people": Referral._shown_to(member_sudo, pager["offset"], PER_PAGE),
            "beside": beside if first else [],
            "branch": member_sudo._club_branch(LEVELS),
        }

    def _referral_rewards(self, member_sudo):
        return {
            "rewards": member_sudo._club_rewards_shown(),
            "reward_next": member_sudo._club_reward_next(request.env.company),
        }

    # --- Inviting somebody ----------------------------------------------------------

    @route(
        "/my/club/referrals/invite",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=_is_referrals_readonly,
    )
    def my_club_referral_form(self, **_query):
        # sudo: his own contact
        member_sudo = request.env.user.partner_id.sudo()
        if not member_sudo._club_may_bring():
            return self._referrals_not_yet(member_sudo)
        return self._render_referral_form({}, {})

    @route(
        "/my/club/referrals/invite/send",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_referral_invite(self, **values):
        # sudo: his own contact
        member_sudo = request.env.user.partner_id.sudo()
        if not member_sudo._club_may_bring():
            return self._referrals_not_yet(member_sudo)
        Invitation = request.env["club.referral.invitation"]
        clean, errors = Invitation._clean(values)
        if not errors and not values.get("agreed"):
            errors["agreed"] = request.env._(
                "Please say that this person may have a letter from you and from us."
            )
        if errors:
            return self._render_referral_form(clean, errors)
        if not request.env["club.application.attempt"]._may_invite(member_sudo):
            limit = request.env._(
                "You have invited many people today, thank you! Please go on tomorrow, "
                "or send your link yourself."
            )
            return self._render_referral_form(clean, {"form": limit})
        if obstacle := Invitation._obstacle(member_sudo, clean):
            return self._render_referral_form(clean, {"contact": obstacle})
        invitation_sudo = Invitation._invite(member_sudo, clean)
        if invitation_sudo.state == "own" and clean["phone"]:
            return self._render_referral_ready(member_sudo, clean)
        done = invitation_sudo.state or "beside"
        return request.redirect(f"/my/club/referrals?done={done}", 303)

    def _render_referral_form(self, kept, errors):
        return request.render(
            "club_community.portal_club_referral_form",
            {"page_name": "club_referral_form", "kept": kept, "errors": errors},
            status=422 if errors else 200,
        )

    def _render_referral_ready(self, member_sudo, clean):
        """A phone number: not the club writes to it, but the member, in a click."""
        tools = self._referral_tools(member_sudo, False)
        number = full_number(clean["phone"])
        return request.render(
            "club_community.portal_club_referral_ready",
            {
                "page_name": "club_referral_form",
                "name": clean["name"],
                **tools,
                "whatsapp_url": f"https://wa.me/{number}?text={quote(tools['text'])}",
                "sms_url": f"sms:{quote(clean['phone'], safe='+')}"
                f"?body={quote(tools['text'])}",
            },
        )
