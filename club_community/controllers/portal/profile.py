from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.http import request, route
from odoo.tools import get_lang

from ...models.profile.club_profile_point import CONFIDENTIAL, PERSON
from ...tools.profile import share
from .club import ClubPortal

ASK_AGAIN_DAYS = 30
MAX_TYPED = 2000
MAX_PEOPLE = 5


class ClubPortalProfile(ClubPortal):
    """The profile of whoever is logged in, member or not yet; of nobody else.

    Every record is found by his own contact. What a form may set is what the
    catalogue says (``member_access``), whatever else is sent.
    """

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        if not member_sudo.is_company:
            values["profile_ring"] = self._profile_whole_ring(member_sudo)
        return values

    @route(
        "/my/club/profile",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile(self, saved=None, **_query):
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        return self._render_profile(person_sudo, is_saved=bool(saved))

    @route(
        "/my/club/profile/answer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_profile_answer(self, point_id=None, action="answer", **_form):
        """An answer to the next question, “later” or “do not ask”."""
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        point_sudo = self._profile_points(["write"]).filtered(
            lambda point: str(point.id) == point_id and not point._is_list()
        )
        if not point_sudo:
            return request.redirect("/my/club/profile")
        if action in ("later", "never"):
            until = fields.Date.context_today(person_sudo) + timedelta(ASK_AGAIN_DAYS)
            point_sudo.env["club.profile.skip"]._skip(
                person_sudo, point_sudo, until if action == "later" else None
            )
            return request.redirect("/my/club/profile#next")
        typed = self._profile_typed(point_sudo)
        errors = self._profile_save(person_sudo, typed)
        if not errors and not any(typed.values()):
            words = request.env._("Please answer, or choose “Later”.")
            errors = {point_sudo: words}
        if errors:
            asked = self._profile_question(person_sudo, point_sudo, typed, errors)
            return self._render_profile(person_sudo, question=asked)
        return request.redirect("/my/club/profile?saved=1#next")

    # --- Who and what ---------------------------------------------------------------

    def _profile_person(self):
        """The contact of who is logged in; nobody where it is a company's."""
        person_sudo = request.env.user.partner_id.sudo()
        return person_sudo.browse() if person_sudo.is_company else person_sudo

    def _profile_points(self, access=("read", "write")):
        """The points that the member sees; those he may set fit a form."""
        points_sudo = request.env["club.profile.point"]._of_member(access)
        return points_sudo.filtered(
            lambda p: p.member_access != "write" or p._fits_a_form()
        )

    def _profile_ring(self, percent):
        words = request.env._(
            "%(percent)s %% of your profile is filled in", percent=percent
        )
        return {"percent": percent, "label": words}

    def _profile_whole_ring(self, person_sudo):
        """The share of what he may set himself; the rest is not his to fill."""
        weights = request.env["club.profile.point"]._member_weights()
        known = person_sudo._club_known_points().get(person_sudo.id, set())
        return self._profile_ring(share(weights, known))

    def _profile_known(self, person_sudo, points_sudo):
        """``{point: value as the ledger keeps it}``, each holder read once."""
        sheet_sudo = person_sudo.env[CONFIDENTIAL]
        if CONFIDENTIAL in points_sudo.mapped("model"):
            sheet_sudo = sheet_sudo.search([("partner_id", "=", person_sudo.id)])
        holders = {PERSON: person_sudo, CONFIDENTIAL: sheet_sudo}
        return {
            point: holder._club_plain(point._column()) if holder else None
            for point in points_sudo
            for holder in [holders[point.model]]
        }

    # --- The page -------------------------------------------------------------------

    def _render_profile(self, person_sudo, question=None, is_saved=False):
        refused = bool(question and question["has_errors"])
        if not question:
            question = self._profile_next_question(person_sudo)
        return request.render(
            "club_community.portal_club_profile",
            {
                "page_name": "club_profile",
                "ring": self._profile_whole_ring(person_sudo),
                "sections": self._profile_sections(person_sudo),
                "question": question,
                "is_saved": is_saved,
                **self._profile_people(person_sudo),
            },
            status=422 if refused else 200,
        )

    def _profile_sections(self, person_sudo):
        """The sections with something to set, each with its own progress."""
        known = person_sudo._club_known_points().get(person_sudo.id, set())
        return [
            {
                "section": section,
                "known": len(known & {*inside.ids}),
                "all": len(inside),
                "ring": self._profile_ring(
                    share({p.id: p.weight or 1 for p in inside}, known)
                ),
            }
            for section, inside in self._profile_points(["write"])
            .grouped("section_id")
            .items()
        ]

    def _profile_next_question(self, person_sudo):
        """The one question that is worth most; nothing where all is told."""
        points_sudo = person_sudo._club_next_points("member", limit=None)
        fitting = self._profile_points(["write"])
        point_sudo = next(
            (point for point in points_sudo[person_sudo.id] if point in fitting), None
        )
        if not point_sudo:
            return None
        known = self._profile_known(person_sudo, point_sudo)
        typed = {point_sudo: point_sudo._typed(known[point_sudo])}
        return self._profile_question(person_sudo, point_sudo, typed, {})

    def _profile_question(self, person_sudo, point_sudo, typed, errors):
        known = self._profile_known(person_sudo, point_sudo)
        (group,) = self._profile_groups(person_sudo, known, typed, errors)
        return {
            "field": group["fields"][0],
            "group": group,
            "is_list": point_sudo._is_list(),
            "section": point_sudo.section_id,
            "has_errors": bool(errors),
        }

    def _profile_people(self, person_sudo):
        """“People like you”, for who shows himself to other members."""
        # sudo: the purposes are the same for everybody
        purpose_sudo = request.env["club.consent.purpose"]._get("directory")
        consent_sudo = person_sudo._club_consents(purpose_sudo).get(
            (person_sudo.id, purpose_sudo.id)
        )
        is_shown = bool(consent_sudo) and consent_sudo.answer == "given"
        people = []
        if is_shown:
            people = person_sudo._club_people_like(MAX_PEOPLE, for_member=True)
        return {"directory": purpose_sudo, "is_shown": is_shown, "people": people}

    # --- Fields of a form -----------------------------------------------------------

    def _profile_groups(self, person_sudo, known, typed, errors):
        """What a form shows, by what the person must agree to for it.

        :param known: ``{point: kept value}``, in the order of the form
        :param typed: ``{point: text or texts}`` as they stand in the inputs
        :param errors: ``{point or purpose: sentence}``
        :return: list of dicts ``purpose`` (empty where no yes is needed),
            ``consent``, ``is_given``, ``is_ticked``, ``error`` and ``fields``
        """
        points = person_sudo.env["club.profile.point"].concat(*known)
        consents = person_sudo._club_consents(points.purpose_id)
        groups = {}
        for point in points:
            purpose = point.purpose_id
            purpose = purpose if purpose.needs_consent else purpose.browse()
            consent = consents.get((person_sudo.id, purpose.id))
            group = groups.setdefault(
                purpose,
                {
                    "purpose": purpose,
                    "consent": consent,
                    "is_given": bool(consent) and consent.answer == "given",
                    "is_ticked": self._profile_agreed(purpose),
                    "error": errors.get(purpose),
                    "fields": [],
                },
            )
            group["fields"].append(
                self._profile_field(point, known[point], typed.get(point), errors)
            )
        return list(groups.values())

    def _profile_field(self, point, value, typed, errors):
        """A point as the template shows it."""
        choices = [] if point._is_list() else point._choices()
        is_many = point.value_type in ("many2many", "tags")
        chosen = typed if isinstance(typed, list) else [typed or ""]
        if choices and not is_many:
            shown = {str(option) for option, _label in choices}
            missing = value and str(value) not in shown
            # what was archived since stays what it is, until another is chosen
            choices = (
                [*choices, (value, point._in_words(value))] if missing else choices
            )
        if is_many and len(choices) > 12:
            choices = sorted(choices, key=lambda pair: str(pair[0]) not in chosen)
        return {
            "point": point,
            "name": f"p{point.id}",
            "label": point.question or point.name,
            "type": point.value_type,
            "is_many": is_many,
            "choices": choices,
            "chosen": chosen,
            "typed": typed or "",
            "words": point._in_words(value),
            "can_be_empty": point._may_be_taken_off() or not value,
            "is_set": point.member_access == "write",
            "error": errors.get(point),
            "day_format": self._profile_day_format(),
        }

    def _profile_day_format(self):
        """How a day is written in the member's language, as ``DD.MM.YYYY``."""
        env = request.env
        words = {
            "%d": env._("DD"),
            "%m": env._("MM"),
            "%Y": env._("YYYY"),
            "%y": env._("YY"),
        }
        pattern = get_lang(env).date_format
        for code, word in words.items():
            pattern = pattern.replace(code, word)
        return pattern

    # --- Taking what was sent -------------------------------------------------------

    def _profile_typed(self, points_sudo):
        """``{point: text or texts}`` of those points that the form has shown.

        A point that it has not shown is not among them, so it stays as it is. Of a
        name that comes twice the first counts.
        """
        form = request.httprequest.form
        shown = {*form.getlist("shown")}
        typed = {}
        for point in points_sudo:
            if str(point.id) not in shown or point._is_list():
                continue
            texts = [_clean(text) for text in form.getlist(f"p{point.id}")]
            is_many = point.value_type in ("many2many", "tags")
            typed[point] = texts if is_many else next(iter(texts), "")
        return typed

    def _profile_agreed(self, purpose):
        """Whether the form says yes to this purpose."""
        form = request.httprequest.form
        return bool(purpose) and form.get(f"agree{purpose.id}") == "yes"

    def _profile_save(self, person_sudo, typed, lists=None):
        """Keep what the person has typed, all of it or nothing.

        :param typed: ``{point: text or texts}``
        :param lists: ``{point: rows}`` as ``_club_set_rows`` takes them
        :return: ``{point or purpose: sentence}`` of what cannot be kept; empty if all
            is kept
        """
        points = person_sudo.env["club.profile.point"].concat(*typed)
        known = self._profile_known(person_sudo, points)
        values, errors = {}, {}
        for point, answer in typed.items():
            try:
                values[point] = self._profile_value(point, answer, known[point])
            except UserError as error:
                errors[point] = str(error)
        told = [p for p in values if values[p] and values[p] != known[p]]
        told += [p for p in lists or {} if lists[p]]
        errors |= self._profile_missing_consents(person_sudo, told)
        if errors:
            return errors
        try:
            with request.env.cr.savepoint():
                self._profile_write(person_sudo, values, lists or {})
        except (UserError, ValidationError) as error:
            return {(points or [*lists])[0]: str(error)}
        return {}

    def _profile_value(self, point, answer, known):
        """What is meant by an answer, as the ledger keeps it."""
        if answer == point._typed(known):
            return known
        if not answer and not point._may_be_taken_off():
            return known
        value = point._parse(answer)
        if point.value_type in ("many2many", "tags"):
            shown = {option for option, _label in point._choices()}
            hidden = [option for option in known or [] if option not in shown]
            value = sorted({*(value or []), *hidden}) or None
        return value

    def _profile_missing_consents(self, person_sudo, points):
        """``{purpose: sentence}`` of the yes that is missing for some points."""
        purposes = person_sudo.env["club.consent.purpose"].concat(
            *(point.purpose_id for point in points)
        )
        consents = person_sudo._club_consents(purposes)
        words = request.env._("To keep this we need your yes: please tick the box.")
        return {
            purpose: words
            for purpose in purposes.filtered("needs_consent")
            if not self._profile_agreed(purpose)
            and (
                not (consent := consents.get((person_sudo.id, purpose.id)))
                or consent.answer != "given"
            )
        }

    def _profile_write(self, person_sudo, values, lists):
        told = person_sudo.env["club.profile.point"].concat(*values, *lists)
        for purpose in told.purpose_id.filtered("needs_consent"):
            if self._profile_agreed(purpose):
                person_sudo._club_answer_consent(purpose, True, "member")
        person_sudo._club_capture(values, "member")
        for point, rows in lists.items():
            person_sudo._club_set_rows(point, rows, "member")
        answered = [p.id for p in values if values[p]]
        person_sudo.env["club.profile.skip"].search(
            [("partner_id", "=", person_sudo.id), ("point_id", "in", answered)]
        ).unlink()
        person_sudo.flush_recordset()


def _clean(text):
    return text.replace("\x00", "").strip()[:MAX_TYPED]
