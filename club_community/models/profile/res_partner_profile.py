import contextlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.profile import Capture, share, worth
from ..membership.res_partner import CLUB_USER
from .club_profile_point import CONFIDENTIAL, PERSON


class ResPartner(models.Model):
    """The profile of a person: capture, share filled in, and what to ask next."""

    _name = "res.partner"
    _inherit = ["res.partner", "club.profile.recorded"]

    club_value_ids = fields.One2many(
        "club.profile.value", "partner_id", string="Facts", groups=CLUB_USER
    )
    club_private_ids = fields.One2many(
        CONFIDENTIAL, "partner_id", string="Confidential Sheets", groups=CLUB_USER
    )
    club_completeness = fields.Integer(
        string="Profile, %",
        compute="_compute_club_completeness",
        store=True,
        prefetch="club_profile",
        aggregator="avg",
        help="How much of the profile is filled in, by the weight of its points.",
        groups=CLUB_USER,
    )
    club_conflict_count = fields.Integer(
        string="To Settle",
        compute="_compute_club_conflict_count",
        search="_search_club_conflict_count",
        groups=CLUB_USER,
    )

    def _auto_init(self):
        """A club that comes to 100,000 contacts fills no column with zeros."""
        exists = SQL(
            "ALTER TABLE res_partner ADD COLUMN IF NOT EXISTS club_completeness int4"
        )
        self.env.cr.execute(exists)
        return super()._auto_init()

    @api.depends("club_value_ids.state", "club_value_ids.point_id")
    def _compute_club_completeness(self):
        weights = self.env["club.profile.point"]._weights()
        known = self._club_known_points()
        for partner in self:
            partner.club_completeness = share(weights, known.get(partner.id, ()))

    def _compute_club_conflict_count(self):
        # sudo: that there is one may be known; its rules say to whom it is shown
        counted = dict(
            self.env["club.profile.value"]._read_group(
                [("partner_id", "in", self.ids), ("is_conflict", "=", True)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.club_conflict_count = counted.get(partner, 0)

    def _search_club_conflict_count(self, operator, value):
        # Odoo asks for no right on a column that is searched by a method
        self._check_field_access(self._fields["club_conflict_count"], "read")
        if operator != ">" or value != 0:
            return NotImplemented
        return [("club_value_ids.is_conflict", "=", True)]

    # --- Completeness ---------------------------------------------------------------

    def _club_known_points(self):
        """``{partner id: set of ids of the points that are known}``, in one query."""
        # sudo: that a confidential point is known says nothing of what it is
        rows = (
            self.env["club.profile.value"]
            .sudo()
            ._read_group(
                [("partner_id", "in", self.ids), ("state", "=", "current")],
                ["partner_id"],
                ["point_id:array_agg"],
            )
        )
        return {partner.id: set(points) for partner, points in rows}

    def _club_section_shares(self):
        """``{partner id: {section: (known, all, per cent)}}`` for some people."""
        # sudo: numbers only
        points = (
            self.env["club.profile.point"].sudo().search([("is_derived", "=", False)])
        )
        known = self._club_known_points()
        return {
            partner.id: {
                section: (
                    len(known.get(partner.id, set()) & set(inside.ids)),
                    len(inside),
                    share({p.id: p.weight for p in inside}, known.get(partner.id, ())),
                )
                for section, inside in points.grouped("section_id").items()
            }
            for partner in self
        }

    @api.model
    def _club_recount_completeness(self):
        """The share of everybody, after the catalogue has changed: one statement."""
        self.env.flush_all()
        weights = self.env["club.profile.point"]._weights()
        self.env.cr.execute(
            SQL(
                """
                WITH weight AS (
                    SELECT unnest(%(points)s) AS point_id, unnest(%(weights)s) AS points
                ), got AS (
                    SELECT v.partner_id, sum(w.points) AS points
                      FROM club_profile_value v
                      JOIN weight w USING (point_id)
                     WHERE v.state = 'current'
                  GROUP BY v.partner_id
                ), share AS (
                    SELECT p.id, CASE
                        WHEN COALESCE(got.points, 0) = 0 THEN 0
                        WHEN got.points = %(total)s THEN 100
                        ELSE LEAST(GREATEST(
                            round(100.0 * got.points / %(total)s), 1), 99)
                         END AS percent
                      FROM res_partner p LEFT JOIN got ON got.partner_id = p.id
                     WHERE got.points IS NOT NULL OR p.club_completeness > 0
                )
                UPDATE res_partner p SET club_completeness = share.percent
                  FROM share
                 WHERE share.id = p.id
                   AND p.club_completeness IS DISTINCT FROM share.percent
                """,
                points=list(weights),
                weights=list(weights.values()),
                total=sum(weights.values()),
            )
        )
        self.invalidate_model(["club_completeness"])

    # --- Capture --------------------------------------------------------------------

    def _club_people(self):
        """People have a profile; companies have none."""
        # sudo: whoever writes a contact may see whether it is a company
        return {partner: partner for partner in self if not partner.sudo().is_company}

    @contextlib.contextmanager
    def _club_recording(self, column):
        """Note what happens to a list of the card while the block runs.

        :raise UserError: it may not be kept, as in ``_club_check_sources``
        """
        self._club_take()
        capture = self._club_capture_of()
        columns = {} if capture.whole else self._club_columns({column})
        before = self._club_snapshot(columns)
        yield
        if columns:
            self._club_check_sources(columns, before, capture)
            self._club_record(columns, before, capture)

    def _club_capture(self, values, source, ref=None, confidence=100):
        """Take answers from outside the form: survey, event, bot, portal (S0.20).

        A value that is known better stays on the card: what the member or his
        manager said is not overwritten by a bot's guess. The other is kept as
        *proposed*, and shows as a conflict to settle. Nothing is written twice.

        :param values: ``{point: value}``, values as the ledger keeps them: JSON,
            ids for records, dates as text; empty takes a fact off
        :param source: one of ``SOURCES`` in club_profile_value.py
        :param ref: what it came with, as ``"survey.user_input,7"``
        :param confidence: how sure the source is, in per cent
        :raise UserError: a consent that is needed is missing
        """
        self.ensure_one()
        capture = Capture(source, ref, confidence)
        # sudo: the person who answers has no rights on club models
        Value = self.env["club.profile.value"].sudo()
        current = Value._current_of([(self.id, point.id) for point in values])
        taken = {}
        for point, value in values.items():
            known = current.get((self.id, point.id))
            if known and known.value != value and known._outranks(source):
                Value._propose(known, value, capture)
            else:
                taken[point] = value
        self._club_set_points(taken, capture)

    def _club_set_points(self, values, capture):
        """Write points on the card, each where it is kept, in as few writes as go.

        :param values: ``{point: value as the ledger keeps it}``
        """
        self.ensure_one()
        # sudo: a person has no right to write, the flows have checked what he may
        person_sudo = self.sudo().with_context(club_capture=capture)
        by_model, properties = {}, {}
        for point, value in values.items():
            if point.is_property:
                properties[point.key] = value
            else:
                to_write = point.sudo()._to_write(value)
                by_model.setdefault(point.model, {})[point.key] = to_write
        if properties:
            kept = dict(person_sudo.properties or {})
            by_model.setdefault(PERSON, {})["properties"] = kept | properties
        for model, vals in by_model.items():
            holder = person_sudo
            if model == CONFIDENTIAL:
                holder = person_sudo.env[CONFIDENTIAL]._sheet_of(person_sudo)
            holder.write(vals)

    def _club_forget_points(self, points, source="member"):
        """Take points off the card for good: the ledger keeps that, but not what.

        :param source: one of ``SOURCES``: through what the person has asked for it
        """
        self.ensure_one()
        # sudo: the person who withdraws has no rights on club models
        values_sudo = self.env["club.profile.value"].sudo()
        kept = values_sudo.search(
            [("partner_id", "=", self.id), ("point_id", "in", points.ids)]
        )
        known = kept.filtered(lambda v: v.state == "current").point_id
        capture = Capture(source, gone_state="withdrawn")
        self._club_set_points(dict.fromkeys(known, None), capture)
        (
            kept
            | values_sudo.search(
                [("partner_id", "=", self.id), ("point_id", "in", points.ids)]
            )
        ).write({"value": None, "previous": None, "is_conflict": False})
        kept.filtered(lambda v: v.state == "proposed").state = "withdrawn"

    # --- What to ask next -----------------------------------------------------------

    def _club_next_points(self, audience, limit=1):
        """The missing or stale points worth most, for each of some people.

        :param audience: ``"manager"``, ``"member"`` or ``"bot"``: who will ask; only
            points that he may set, and that the person has not put off
        :return: ``{partner id: points, best first}``; two queries for all of them
        """
        # sudo: whoever asks need not see the ledger
        points = self.env["club.profile.point"].sudo()._askable(audience)
        Value = self.env["club.profile.value"].sudo()
        stale = dict.fromkeys(self.ids, frozenset())
        for partner, ids in Value._read_group(
            [("partner_id", "in", self.ids), ("is_stale", "=", True)],
            ["partner_id"],
            ["point_id:array_agg"],
        ):
            stale[partner.id] = set(ids)
        known = self._club_known_points()
        put_off = self.env["club.profile.skip"].sudo()._put_off(self)
        answers = self._club_consents(points.purpose_id)
        found = {}
        for partner in self:
            fresh = known.get(partner.id, set()) - stale[partner.id]
            open_points = points.filtered(
                lambda p, partner=partner, fresh=fresh: p.id not in fresh
                and (partner.id, p.id) not in put_off
                and p._may_be_asked(answers.get((partner.id, p.purpose_id.id)))
            )
            found[partner.id] = open_points.sorted(
                lambda p, old=stale[partner.id]: -worth(p.weight, p.id in old)
            )[:limit]
        return found

    def club_bot_next_question(self):
        """For bots: what to ask this person next; a dict, empty when all is known.

        Keys: ``point`` (id, to be given back with the answer), ``question``,
        ``hint``, ``type`` and ``choices`` (pairs of value and label). For users of
        the group “Club: bot”; lower rooms and bots of other channels may extend it.

        :raise AccessError: the user is no bot of the club
        """
        self.ensure_one()
        self._club_check_bot()
        # sudo: a bot sees no contacts, it is told what to ask
        person_sudo = self.sudo().with_context(lang=self.sudo().lang)
        point = person_sudo._club_next_points("bot")[self.id]
        return point._as_question() if point else {}

    def club_bot_answer(self, point_id, value, confidence=80, agreed=False):
        """For bots: take an answer, in the person's words or one of the choices.

        :param agreed: True where the person has been shown the wording of the
            point's purpose and has agreed to it
        :return: True if the card has it now, False if it waits to be settled
        :raise UserError: the answer cannot be understood, or a consent is missing
        :raise AccessError: the user is no bot of the club
        """
        self.ensure_one()
        self._club_check_bot()
        # sudo: a bot has no rights on contacts; it may set what the catalogue allows
        person_sudo = self.sudo()
        point = person_sudo.env["club.profile.point"].browse(point_id).exists()
        if not point or point.bot_access != "write" or not point.active:
            raise UserError(self.env._("This is nothing that a bot may set."))
        if agreed:
            person_sudo._club_answer_consent(point.purpose_id, True, "bot")
        kept = point._parse(value)
        person_sudo._club_capture({point: kept}, "bot", confidence=confidence)
        current = person_sudo.env["club.profile.value"]._current_of(
            [(self.id, point.id)]
        )
        return current.get((self.id, point.id), point.browse()).value == kept

    def _club_check_bot(self):
        self.env["club.profile.point"]._check_is_bot()


class ClubProfileSkip(models.Model):
    """“Later” or “do not ask”: a question that a person has put off."""

    _name = "club.profile.skip"
    _description = "Question Put Off"
    _order = "id desc"
    _rec_name = "point_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    point_id = fields.Many2one(
        "club.profile.point", required=True, index=True, ondelete="cascade"
    )
    until = fields.Date(help="Asked again after this day. Empty: never again.")

    _one_each = models.UniqueIndex(
        "(partner_id, point_id)", "This question is put off already."
    )

    @api.model
    def _put_off(self, partners):
        """``{(partner id, point id)}`` of what may not be asked today."""
        rows = self.search(
            [
                ("partner_id", "in", partners.ids),
                "|",
                ("until", "=", False),
                ("until", ">=", fields.Date.context_today(self)),
            ]
        )
        return {(row.partner_id.id, row.point_id.id) for row in rows}

    @api.model
    def _skip(self, partner, point, until=None):
        """Put a question off until a day, or for good; asked again, the last counts."""
        row = self.search(
            [("partner_id", "=", partner.id), ("point_id", "=", point.id)]
        )
        if row:
            row.until = until
            return row
        return self.create(
            {"partner_id": partner.id, "point_id": point.id, "until": until}
        )
