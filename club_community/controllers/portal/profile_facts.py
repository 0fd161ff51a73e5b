from odoo.http import request, route
from odoo.tools.misc import format_date

from .profile import ClubPortalProfile


class ClubPortalProfileFacts(ClubPortalProfile):
    """What the club knows of whoever is logged in, and how he takes it back."""

    @route(
        "/my/club/profile/facts",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile_facts(self, done=None, **_query):
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        points_sudo = self._profile_points()
        facts = self._profile_facts(person_sudo, points_sudo)
        return request.render(
            "club_community.portal_club_profile_facts",
            {
                "page_name": "club_profile_facts",
                "facts": facts,
                "purposes": self._profile_purposes(person_sudo, facts),
                "done": done in ("forgotten", "consent") and done,
            },
        )

    @route(
        "/my/club/profile/forget",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_profile_forget(self, point_id=None, **_form):
        """Take one point off the card, and do not ask for it again."""
        person_sudo = self._profile_person()
        point_sudo = self._profile_points().filtered(
            lambda p: str(p.id) == point_id and p._may_be_taken_off()
        )
        if not person_sudo or not point_sudo:
            return request.redirect("/my/club/profile/facts")
        person_sudo._club_forget_points(point_sudo)
        point_sudo.env["club.profile.skip"]._skip(person_sudo, point_sudo)
        return request.redirect("/my/club/profile/facts?done=forgotten")

    @route(
        "/my/club/profile/consent",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_profile_consent(self, purpose_id=None, answer=None, back=None, **_form):
        """The person's yes or no to a purpose that needs one."""
        person_sudo = self._profile_person()
        purpose_sudo = self._profile_asked_purposes().filtered(
            lambda purpose: str(purpose.id) == purpose_id
        )
        if person_sudo and purpose_sudo and answer in ("given", "refused"):
            person_sudo._club_answer_consent(purpose_sudo, answer == "given", "member")
        if back == "profile":
            return request.redirect("/my/club/profile#people")
        return request.redirect("/my/club/profile/facts?done=consent#consents")

    def _profile_asked_purposes(self):
        # sudo: a member has no rights on purposes, these are what he is asked for
        return (
            request.env["club.consent.purpose"]
            .sudo()
            .search([("needs_consent", "=", True)])
        )

    def _profile_facts(self, person_sudo, points_sudo):
        """``{section: facts}``: what is known, from where and since when."""
        rows_sudo = person_sudo.env["club.profile.value"].search(
            [
                ("partner_id", "=", person_sudo.id),
                ("point_id", "in", points_sudo.ids),
                ("state", "in", ("current", "proposed")),
            ]
        )
        by_point = rows_sudo.grouped("point_id")
        known = self._profile_known(
            person_sudo, points_sudo.filtered(lambda p: p in by_point or p.is_derived)
        )
        sources = self._profile_sources()
        found = {}
        for point in points_sudo:
            value = known.get(point)
            if not value:
                continue
            rows = by_point.get(point, rows_sudo.browse())
            current = rows.filtered(lambda row: row.state == "current")
            fact = {
                "point": point,
                "words": point._in_words(value),
                "source": sources.get(current.source, ""),
                "since": current and format_date(request.env, current.recorded_at),
                "is_stale": current.is_stale,
                "others": [
                    (point._in_words(row.value), sources[row.source])
                    for row in rows - current
                    if row.is_conflict
                ],
                "purpose": point.purpose_id,
                "consent": current.consent_id,
                "can_correct": point.member_access == "write" and point._fits_a_form(),
                "can_take_off": point._may_be_taken_off(),
            }
            found.setdefault(point.section_id, []).append(fact)
        return found

    def _profile_sources(self):
        """Where a fact is from, said to the person himself."""
        env = request.env
        return {
            "member": env._("You told us on these pages"),
            "survey": env._("You answered a survey"),
            "event": env._("You told us when you signed up for an event"),
            "bot": env._("You told our bot"),
            "manager": env._("Your manager noted it"),
            "import": env._("From an earlier list of the club"),
            "rpc": env._("From another program of the club"),
            "system": env._("The club noted it"),
        }

    def _profile_purposes(self, person_sudo, facts):
        """What the club keeps facts for, what the person has said, and what goes.

        :return: list of dicts ``purpose``, ``consent``, ``source`` (where another
            has noted it), ``is_given``, ``goes``: the names of what would be taken off
        """
        # sudo: a member has no rights on purposes, they are what he is asked for
        purposes_sudo = (
            request.env["club.consent.purpose"].sudo().search([("id", ">", 0)])
        )
        consents = person_sudo._club_consents(purposes_sudo)
        sources = self._profile_sources()
        shown = [fact for inside in facts.values() for fact in inside]
        found = []
        for purpose in purposes_sudo:
            consent = consents.get((person_sudo.id, purpose.id))
            found.append(
                {
                    "purpose": purpose,
                    "consent": consent,
                    "source": consent and consent.way and sources[consent.source],
                    "is_given": bool(consent) and consent.answer == "given",
                    "goes": [
                        fact["point"].name
                        for fact in shown
                        if fact["purpose"] == purpose
                    ],
                }
            )
        return found
