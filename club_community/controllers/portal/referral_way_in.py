from odoo.exceptions import LockError
from odoo.http import request, route

from ...models.referral.club_referral_answer import ANSWERS
from ...models.referral.club_referral_bind import Touch
from ...tools import referral_code
from ...tools.period import LIVE_STATES
from .waiting import ClubWaitingPortal


class ClubReferralWayIn(ClubWaitingPortal):
    """The ways in of who was recommended: a link, a code, a letter (S0.08, S0.11).

    The code stands in the address of every page up to the form: nothing is kept in the
    browser. Nobody learns here whose code it is, since codes could be guessed.
    """

    # --- The link -------------------------------------------------------------------

    @route(
        "/club/r/<string:code>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def club_referral_link(self, code, **_query):
        """A member's personal link; a wrong one leads to the club all the same."""
        code = referral_code.read(code)
        referrer_sudo = request.env["res.partner"]._club_by_code(code)
        if not referrer_sudo:
            return request.redirect("/club/join")
        self._count_visit(referrer_sudo)
        response = request.render(
            "club_community.club_referral_landing",
            # sudo: the visitor's own page, of the company's name and logo
            {"code": code, "company": request.env.company.sudo()},
        )
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _count_visit(self, referrer_sudo):
        """Programs, and the member himself, are no visitors."""
        is_visitor = (
            request.httprequest.method == "GET"
            and not request.env["ir.http"].is_a_bot()
            and request.env.user.partner_id != referrer_sudo
        )
        if is_visitor:
            # sudo: visitors have no rights on the figures
            request.env["club.referral.visit"].sudo()._count(referrer_sudo)

    # --- The code goes with the visitor ---------------------------------------------

    def _club_ref(self):
        """The code in the address, if it looks like one, whosever it is."""
        return referral_code.read(request.params.get("ref"))

    def _club_apply_url(self, plan_sudo):
        ref = self._club_ref()
        return super()._club_apply_url(plan_sudo) + (ref and f"?ref={ref}")

    def _choice_values(self):
        return {**super()._choice_values(), "ref": self._club_ref()}

    def _form_values(self, plan_sudo, person, clean, errors):
        """The code of the link stands in the form, to be seen and to be changed."""
        values = super()._form_values(plan_sudo, person, clean, errors)
        ref = self._club_ref()
        by_link = referral_code.read(request.params.get("by_link"))
        kept = dict(values["kept"])
        if "code" not in kept:  # the form was not sent yet
            people = request.env["res.partner"]
            kept["code"] = by_link = ref if people._club_by_code(ref) else ""
        kept["by_link"] = by_link
        return {**values, "kept": kept, "ref": ref}

    def _receive(self, plan_sudo, person, values):
        """What came with a link is never said to be wrong: nobody typed it."""
        linked = referral_code.read(values.get("by_link"))
        is_linked = bool(linked) and linked == referral_code.read(values.get("code"))
        values = {**values, "by_link": linked if is_linked else ""}
        if is_linked and not request.env["res.partner"]._club_by_code(linked):
            values["code"] = ""
        return super()._receive(plan_sudo, person, values)

    @route()
    def my_club_buy(self, plan, **values):
        """Whoever buys without an application has come by the link, too."""
        person_sudo = request.env.user.partner_id.sudo()
        referrer_sudo = request.env["res.partner"]._club_by_code(values.get("ref"))
        if (
            referrer_sudo
            and referrer_sudo != person_sudo
            and person_sudo.club_state not in LIVE_STATES
        ):
            touch = Touch(
                referrer_sudo,
                person_sudo,
                way="link",
                detail=referrer_sudo.club_referral_code,
                visited=True,
                company=request.env.company,
            )
            request.env["club.referral"]._bind([touch])
        return super().my_club_buy(plan, **values)

    # --- The letter -----------------------------------------------------------------

    @route(
        "/club/recommended/<int:invitation_id>/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=True,
        sitemap=False,
    )
    def club_recommended(self, invitation_id, token, answer="", **_query):
        """May we write to you? A GET changes nothing: programs look at links."""
        invitation_sudo = self._recommended_sudo(invitation_id, token)
        return self._recommended_page(invitation_sudo, token, answer)

    @route(
        "/club/recommended/<int:invitation_id>/<string:token>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def club_recommended_answer(self, invitation_id, token, answer="", **_values):
        invitation_sudo, error = self._recommended_sudo(invitation_id, token), ""
        if invitation_sudo:
            error = invitation_sudo._answer_obstacle(answer)
        if invitation_sudo and not error:
            try:
                invitation_sudo._answer(answer)
            except LockError:
                error = request.env._("That went too fast: please press once more.")
        return self._recommended_page(invitation_sudo, token, error=error)

    def _recommended_sudo(self, invitation_id, token):
        found_sudo = request.env["club.referral.invitation"]._by_token(
            invitation_id, token
        )
        return self._in_language_of_letter(found_sudo, found_sudo.lang)

    def _recommended_page(self, invitation_sudo, token, answer="", error=""):
        response = request.render(
            "club_community.club_recommended_page",
            {
                "invitation": invitation_sudo,
                "company": invitation_sudo.company_id,
                "token": token,
                "answer": answer if answer in ANSWERS else "",
                "error": error,
            },
            status=200 if invitation_sudo else 404,
        )
        response.headers["Referrer-Policy"] = "no-referrer"  # the link is the key
        return response
