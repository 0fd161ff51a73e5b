import logging

import psycopg2.errors

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.profile import Capture
from .club_profile_point import CONFIDENTIAL, PERSON

_logger = logging.getLogger(__name__)


class ResPartner(models.Model):
    """Answers of many people at once: surveys and events (S0.20, S1.17)."""

    _inherit = "res.partner"

    @api.model
    def _club_capture_all(self, answers, source, refs, added=()):
        """Take the answers of many people; what may not be kept is left out.

        As ``_club_capture``, in a number of queries that does not grow with the
        people. Nothing is raised for one answer's sake: what a card refuses is given
        back. What a document has told before is not told again, so that the same
        survey or registration twice does not bring an old answer back.

        :param answers: ``{partner: {point: value}}``, values as the ledger keeps them
        :param source: one of ``SOURCES`` in club_profile_value.py
        :param refs: ``{partner id: "event.registration,7"}``
        :param added: pairs of partner id and point id whose choices are added to what
            is known, where a question lets choose only one of several
        :return: ``{partner: points}`` that were not kept and were not refused by the
            person: no consent has been asked for, or the card does not take them
        """
        capture = Capture(source, refs=refs)
        refused, allowed = {}, {}
        for person, point, value in self._club_may_capture(answers, source, refused):
            allowed.setdefault(person, {})[point] = value
        self._club_outranked(allowed, capture, added)
        try:
            with self.env.cr.savepoint():
                self._club_write_all(allowed, capture)
        except (UserError, psycopg2.errors.DataError, psycopg2.errors.IntegrityError):
            _logger.info("answers are taken one by one", exc_info=True)
            self._club_write_singly(allowed, capture, refused)
        return refused

    def _club_may_capture(self, answers, source, refused):
        """Those of the answers that may be kept, as (person, point, value)."""
        Point = self.env["club.profile.point"]
        points = Point.concat(
            *(point for values in answers.values() for point in values)
        )
        people = self.browse().concat(*answers)
        consents = people._club_consents(points.purpose_id)
        for person, values in answers.items():
            for point, value in values.items():
                consent = consents.get((person.id, point.purpose_id.id))
                try:
                    point._check_may_keep(person, source, consent)
                except UserError:
                    if not (consent and consent.answer == "refused"):
                        refused[person] = refused.get(person, Point) | point
                    continue
                yield person, point, value

    def _club_outranked(self, answers, capture, added):
        """Take out of ``answers`` what was told before and what is known better.

        The latter is proposed in the ledger.
        """
        # sudo: the person who answers has no rights on club models
        Value = self.env["club.profile.value"].sudo()
        facts = [(p.id, point.id) for p, values in answers.items() for point in values]
        current = Value._current_of(facts)
        told = Value.search(
            [
                ("partner_id", "in", [person.id for person in answers]),
                ("source", "=", capture.source),
                ("source_ref", "in", list((capture.refs or {}).values())),
            ]
        ).grouped(lambda row: (row.partner_id.id, row.point_id.id, row.source_ref))
        for person, values in answers.items():
            for point, value in list(values.items()):
                key = person.id, point.id
                known = current.get(key)
                if key in added and known and isinstance(value, list):
                    values[point] = value = sorted({*known.value, *value})
                before = told.get((*key, capture.ref_of(person.id)), Value)
                if before.filtered(
                    lambda row, value=value: row.value == value
                    or row.state == "withdrawn"
                ):
                    del values[point]
                elif known and known.value != value and known._outranks(capture.source):
                    Value._propose(known, value, capture)
                    del values[point]

    def _club_write_all(self, answers, capture):
        """Write the answers of many people: one note in the ledger for each model."""
        by_model = {}
        for person, values in answers.items():
            for point, value in values.items():
                by_model.setdefault(point.model, []).append((person, point, value))
        for model, facts in by_model.items():
            people = self.browse().concat(*dict.fromkeys(fact[0] for fact in facts))
            holders = {person: person.sudo() for person in people}  # sudo: flows check
            if model == CONFIDENTIAL:
                holders = people._club_sheets()
            self._club_write_facts(model, facts, holders, capture)

    def _club_sheets(self):
        """``{person: confidential sheet}``; sheets are made where there are none."""
        # sudo: the person who answers does not see his own sheet
        Sheet = self.env[CONFIDENTIAL].sudo()
        known = Sheet.search([("partner_id", "in", self.ids)])
        missing = self - known.partner_id
        known |= Sheet.create([{"partner_id": person.id} for person in missing])
        sheets = known.grouped(lambda sheet: sheet.partner_id.id)
        return {person: sheets[person.id] for person in self}

    def _club_write_facts(self, model, facts, holders, capture):
        records = self.env[model].sudo().concat(*holders.values())  # sudo: as above
        columns = records._club_columns(
            {"properties" if p.is_property else p.key for _person, p, _value in facts}
        )
        before = records._club_snapshot(columns)
        silent = capture._replace(is_noted_by_caller=True)
        alike = {}
        for person, point, value in facts:
            holder = holders[person].with_context(club_capture=silent)
            if model == PERSON and point.is_property:
                kept = dict(holder.properties or {})
                holder.properties = kept | {point.key: value}
                continue
            key = point, str(value)
            alike[key] = (alike.get(key, (holder, None))[0] | holder, value)
        for (point, _text), (same, value) in alike.items():
            same.write({point.key: point.sudo()._to_write(value)})
        records._club_record(columns, before, capture)

    def _club_write_singly(self, answers, capture, refused):
        """One card does not take an answer: find out which, and keep the others."""
        for person, values in answers.items():
            for point, value in values.items():
                try:
                    with self.env.cr.savepoint():
                        self._club_write_all({person: {point: value}}, capture)
                except (
                    UserError,
                    psycopg2.errors.DataError,
                    psycopg2.errors.IntegrityError,
                ):
                    refused[person] = refused.get(person, point.browse()) | point

    @api.model
    def _club_note_unread(self, title, unread, lang):
        """Tell on the card what a survey or a registration could not fill in.

        Only which questions: a card's notes are read by people who may not know the
        answers.

        :param title: of the survey or the event
        :param unread: ``{partner: names of what is to be asked again}``
        :param lang: of whoever looks after the survey or the event
        """
        unread = {person: names for person, names in unread.items() if names}
        if not unread:
            return
        speaker = self.with_context(lang=lang)
        bodies = {
            person.id: speaker.env._(
                "“%(title)s” has been answered, but this could not be put on the "
                "card: %(names)s. Please ask again.",
                title=title,
                names=", ".join(dict.fromkeys(names)),
            )
            for person, names in unread.items()
        }
        # sudo: whoever answers need not have rights on contacts
        people_sudo = self.sudo().browse(bodies)
        people_sudo._message_log_batch(
            bodies=bodies, author_id=self.env.ref("base.partner_root").id
        )
