import math
from datetime import datetime

from odoo import Command, api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import get_lang

from ...tools.profile import plain
from .club_profile_value import OWN_WORDS

MAX_TEXT = 500
ACCESS = {
    "manager": "manager_access",
    "member": "member_access",
    "bot": "bot_access",
}


class ClubProfilePoint(models.Model):
    """A point as a question: whom it may be asked of, and what an answer means."""

    _inherit = "club.profile.point"

    @api.model
    @tools.ormcache()
    def _weights(self):
        """``{point id: weight}`` of the points that count. Derived ones do not."""
        # sudo: the catalogue is the same for everybody
        points = self.sudo().search([("is_derived", "=", False), ("weight", ">", 0)])
        return {point.id: point.weight for point in points}

    @api.model
    def _askable(self, audience):
        """The points that this audience may set: ``manager``, ``member`` or ``bot``."""
        domain = [(ACCESS[audience], "=", "write"), ("is_derived", "=", False)]
        if audience == "manager":
            domain.append(("own_words_only", "=", False))
        return self.search(domain)

    def _may_be_asked(self, consent):
        """Whether the person's answer for this point's purpose allows to ask.

        Where nobody has asked for the consent yet, the question asks for it as well;
        after a no it is not asked.
        """
        if not self.purpose_id.needs_consent:
            return True
        return not consent or consent.answer == "given"

    def _check_may_keep(self, person, source, consent):
        """Refuse a fact that may not be kept.

        :param consent: the person's open answer for the point's purpose, or None
        :raise UserError: it is not the person's own words, managers may only see it,
            or he has not agreed
        """
        self.ensure_one()
        purpose = self.purpose_id
        if self.own_words_only and source not in OWN_WORDS:
            raise UserError(
                self.env._(
                    "“%(point)s” is taken from the person's own answers only: "
                    "send a survey, or let the member fill it in.",
                    point=self.name,
                )
            )
        if self.manager_access == "read" and source == "manager":
            raise UserError(
                self.env._(
                    "“%(point)s” is for managers to see, not to set.", point=self.name
                )
            )
        if purpose.needs_consent and not (consent and consent.answer == "given"):
            refusal = self.env._(
                "“%(point)s” is kept only with a consent for “%(purpose)s”, and "
                "%(person)s has not given it.",
                point=self.name,
                purpose=purpose.name,
                person=person.sudo().display_name,  # sudo: one's own name
            )
            if source == "manager":
                hint = self.env._(
                    "What was said by word of mouth is noted under “Consents” on the "
                    "profile."
                )
                refusal = f"{refusal} {hint}"
            raise UserError(refusal)

    def _as_question(self):
        """What a bot or a page needs to ask for this point, in the user's language."""
        self.ensure_one()
        purpose = self.purpose_id
        return {
            "point": self.id,
            "key": self.key,
            "question": self.question or self.name,
            "hint": self.hint or "",
            "type": self.value_type,
            "choices": self._choices(),
            "consent": purpose.wording if purpose.needs_consent else "",
        }

    @api.model
    def _check_is_bot(self):
        if not self.env.user.has_group("club_community.group_club_bot"):
            raise AccessError(
                self.env._("Only a bot of the club may ask and answer this way.")
            )

    # --- What an answer means -------------------------------------------------------

    def _parse(self, answer):
        """An answer as the ledger keeps it.

        :param answer: text as a person types or chooses it, or a number, an id, a
            list of ids; nothing takes the fact off
        :raise UserError: it cannot be understood; the sentence says what is expected
        """
        self.ensure_one()
        if answer is None or answer is False or answer in ("", []):
            return None
        parser = getattr(self, f"_parse_{self.value_type}", None)
        if not parser:
            raise UserError(self.env._("“%s” cannot be set this way.", self.name))
        return plain(parser(answer))

    def _parse_char(self, answer):
        text = str(answer).replace("\x00", "").strip()
        if len(text) > MAX_TEXT:
            raise UserError(
                self.env._(
                    "“%(point)s” is too long: %(max)s letters are enough.",
                    point=self.name,
                    max=MAX_TEXT,
                )
            )
        return text

    _parse_text = _parse_char

    def _parse_integer(self, answer):
        try:
            number = int(str(answer).strip())
        except ValueError:
            number = -1
        if not 0 <= number < 2**31:
            raise UserError(self.env._("“%s” is a whole number.", self.name))
        if self.key == "club_business_since":
            this_year = fields.Date.context_today(self).year
            if not 1900 <= number <= this_year:
                raise UserError(
                    self.env._(
                        "“%(point)s” is a year up to %(year)s.",
                        point=self.name,
                        year=this_year,
                    )
                )
        return number

    def _parse_float(self, answer):
        try:
            number = float(str(answer).strip().replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):  # which JSON has no word for
            raise UserError(self.env._("“%s” is a number.", self.name))
        return number

    def _parse_boolean(self, answer):
        return answer is True or str(answer).strip().lower() in ("1", "yes", "true")

    def _parse_date(self, answer):
        day = self._read_day(answer)
        if not 1900 <= day.year or day > fields.Date.context_today(self):
            raise UserError(
                self.env._("“%s” is a day in the past, after 1900.", self.name)
            )
        return day

    def _read_day(self, answer):
        """A day, in the language's own writing or as 2026-12-31."""
        text = str(answer).strip()
        formats = ("%Y-%m-%d", get_lang(self.env).date_format, "%d.%m.%Y")
        for date_format in formats:
            day = _day(text, date_format)
            if day:
                break
        else:
            raise UserError(
                self.env._(
                    "“%(answer)s” is no day that we can read. Write it as %(example)s.",
                    answer=text[:40],
                    example=fields.Date.context_today(self).strftime(formats[1]),
                )
            )
        return day

    def _parse_selection(self, answer):
        return self._chosen([answer])[0]

    def _parse_many2one(self, answer):
        return self._chosen([answer])[0]

    def _parse_many2many(self, answer):
        if isinstance(answer, str):
            answer = [part for part in answer.split(",") if part.strip()]
        return sorted(set(self._chosen(answer)))

    _parse_tags = _parse_many2many

    def _chosen(self, answers):
        """Values of the choices that somebody has named by value or by label."""
        choices = self._choices()
        by_text = {str(label).strip().casefold(): value for value, label in choices}
        by_text |= {str(value).casefold(): value for value, _label in choices}
        found = []
        for answer in answers:
            key = str(answer).strip().casefold()
            if key not in by_text:
                raise UserError(
                    self.env._(
                        "“%(answer)s” is not among the choices of “%(point)s”.",
                        answer=str(answer)[:80],
                        point=self.name,
                    )
                )
            found.append(by_text[key])
        return found

    # --- And how it is written ------------------------------------------------------

    def _to_write(self, value):
        """A kept value as ``write`` of the holding record takes it."""
        self.ensure_one()
        field = self._field()
        if field.type == "many2many":
            # what was archived stays, what is gone cannot be linked again
            records = self.env[field.comodel_name].browse(value or []).exists()
            return [Command.set(records.ids)]
        if field.type == "one2many":
            rows = self.env[field.comodel_name]._club_rows(value or [])
            return [Command.clear(), *map(Command.create, rows)]
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value or []).exists().id
        return value if value is not None else False


def _day(text, date_format):
    try:
        return datetime.strptime(text, date_format).date()
    except ValueError:
        return None
