from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools.misc import format_date

from .club import ClubPortal

SESSION_KEY = "club_applied"


class ClubApply(ClubPortal):
    """Anybody asks to join: by the public page or, logged in, by the portal.

    A stranger learns nothing of who is known here: whatever e-mail he writes, and
    however often, the answer is the same.
    """

    def _is_join_readonly(self, rule, args):
        return request.httprequest.method in ("GET", "HEAD")

    @route(
        "/club/join",
        type="http",
        auth="public",
        website=True,
        readonly=True,
        sitemap=True,
    )
    def club_join(self, **_query):
        """What the club offers."""
        return self._render_choice()

    @route(
        ["/club/join/<string:plan>", "/my/club/apply/<string:plan>"],
        type="http",
        auth="public",
        website=True,
        methods=["GET", "POST"],
        readonly=_is_join_readonly,
        sitemap=False,
    )
    def club_apply(self, plan, **values):
        """The form of one plan, and what it sends."""
        plan_sudo = self._club_plan_by_slug(plan)
        if not plan_sudo:
            return self._render_choice(
                request.env._("This plan is not on offer any more. Please choose one:")
            )
        person = self._club_person()
        if request.httprequest.method != "POST":
            return self._render_form(plan_sudo, person, {}, {})
        return self._receive(plan_sudo, person, values)

    @route("/my/club/apply", type="http", auth="user", website=True, readonly=True)
    def my_club_apply(self, **_query):
        return self._render_choice()

    @route("/club/join/thanks", type="http", auth="public", website=True, sitemap=False)
    def club_thanks(self, **_query):
        """By when and by which way the answer comes, and whom to turn to."""
        told = request.session.get(SESSION_KEY)
        if not isinstance(told, dict):
            return request.redirect("/club/join")
        return request.render("club_community.club_apply_thanks", {"told": told})

    # --- Steps ------------------------------------------------------------------

    def _receive(self, plan_sudo, person, values):
        """Check what the form sent, receive it once, and say when we answer."""
        if values.get("surname2"):  # people do not see it, so it was no person
            return self._thank(plan_sudo, {"channel": "email"}, None)
        Lead = request.env["crm.lead"]
        clean, errors = Lead._club_clean(values, person)
        if errors:
            return self._render_form(plan_sudo, person, clean, errors)
        if refusal := self._refusal(clean, person):
            return self._render_form(plan_sudo, person, clean, {"form": refusal})
        lead_sudo = Lead._club_apply(plan_sudo, clean, person).sudo()
        return self._thank(plan_sudo, clean, lead_sudo)

    def _refusal(self, clean, person):
        """Why this form is not taken now, in a sentence, or an empty string."""
        try:
            request.env["ir.http"]._verify_request_recaptcha_token("club_join")
        except UserError as error:  # ValidationError as well
            return str(error)
        may_try = request.env["club.application.attempt"]._may_try(
            address=request.httprequest.remote_addr,
            email=clean["email"].lower(),
        )
        if may_try:
            return ""
        return request.env._(
            "There were many applications from here in the last hour. Please try again "
            "in an hour, or write to us."
        )

    def _thank(self, plan_sudo, clean, lead_sudo):
        """Remember, for this browser only, what it is told; then show it.

        The date is the promise of this very moment, so it tells nothing of an earlier
        application; whoever sent one from this browser is shown the date of that.
        """
        company = request.env.company.sudo()  # sudo: public page, its own company
        told = request.session.get(SESSION_KEY)
        again = isinstance(told, dict) and told.get("plan_id") == plan_sudo.id
        if not again or lead_sudo:
            due = company._club_answer_due(fields.Datetime.now())
            told = {
                "plan_id": plan_sudo.id,
                "plan": plan_sudo.name,
                "channel": clean["channel"],
                "handle": clean.get("handle", ""),
                "due": format_date(
                    request.env,
                    fields.Datetime.context_timestamp(company, due).date(),
                    date_format="d MMMM (EEEE)",
                ),
                **self._contact_values(company),
            }
            again = False
        request.session[SESSION_KEY] = {**told, "again": again}
        return request.redirect("/club/join/thanks", 303)

    def _contact_values(self, company_sudo):
        team_sudo = company_sudo._club_application_team()
        user_sudo = team_sudo.user_id
        is_person = user_sudo.active and not user_sudo._is_superuser()
        contact_sudo = user_sudo.partner_id if is_person else company_sudo.partner_id
        return {
            "contact": contact_sudo.name,
            "phone": contact_sudo.phone or "",
            "email": contact_sudo.email or "",
        }

    # --- Pages ------------------------------------------------------------------

    def _club_person(self):
        user = request.env.user
        return request.env["res.partner"] if user._is_public() else user.partner_id

    def _club_plan_by_slug(self, slug):
        """The plan of an address, if it is on offer here, with raised rights."""
        plan_id = request.env["ir.http"]._unslug(slug)[1]
        return self._club_plans_on_offer().filtered(lambda plan: plan.id == plan_id)

    def _render_choice(self, message=""):
        return request.render(
            "club_community.club_join", {**self._choice_values(), "message": message}
        )

    def _choice_values(self):
        """Values of the page with all plans; other files add theirs."""
        return {
            "plans": self._club_plans_on_offer(),
            "apply_url": self._club_apply_url,
        }

    def _club_apply_url(self, plan_sudo):
        slug = request.env["ir.http"]._slug(plan_sudo)
        return f"/club/join/{slug}"

    def _render_form(self, plan_sudo, person, clean, errors):
        return request.render(
            "club_community.club_apply",
            self._form_values(plan_sudo, person, clean, errors),
        )

    def _form_values(self, plan_sudo, person, clean, errors):
        """Values of the form; other files add theirs."""
        person_sudo = person.sudo()  # sudo: his own contact
        kept = clean or {
            "name": person_sudo.name or "",
            "email": person_sudo.email_normalized or "",
            "channel": "email",
            "handle": person_sudo.phone or "",
        }
        return {
            "plan": plan_sudo,
            "person": person_sudo,
            "kept": kept,
            "errors": errors,
            "action": self._club_apply_url(plan_sudo),
        }

    # --- My club ----------------------------------------------------------------

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        applications_sudo = (
            request.env["crm.lead"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", member_sudo.id),
                    ("club_application_state", "in", ("asked", "review", "info")),
                ],
                order="id desc",
                limit=10,
            )
        )
        return {
            **values,
            "applications": applications_sudo,
            "apply_url": self._club_apply_url,
            "person": member_sudo,
        }
