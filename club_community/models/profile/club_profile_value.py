from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.profile import Capture

# Ways in which a fact gets onto the card.
SOURCES = [
    ("member", "Member, in the portal"),
    ("survey", "Survey"),
    ("event", "Event registration"),
    ("bot", "Bot"),
    ("manager", "Manager"),
    ("import", "Import"),
    ("rpc", "Other program"),
    ("system", "The club's own rule"),
]
# The person's own answers.
OWN_WORDS = ("member", "survey", "event", "bot")

# Who is believed, when two say different things: the person himself at his own card,
# then his answers elsewhere, then who knows him, then files and programs.
_AUTHORITY = {
    "member": 4,
    "survey": 3,
    "event": 3,
    "manager": 2,
    "bot": 1,
    "import": 1,
    "rpc": 1,
    "system": 1,
}


class ClubProfileValue(models.Model):
    """The ledger of the profile: a row whenever a point of a person is set (S0.20).

    The card has the value, the ledger has its history: before, source, day, author,
    consent and how sure it is. One row per person and point is *current*. A row that
    disagrees with another, from another source, is a *conflict* until somebody
    settles it; a *proposed* row is not on the card.
    """

    _name = "club.profile.value"
    _description = "Fact of the Profile"
    _order = "recorded_at desc, id desc"
    _rec_name = "point_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    point_id = fields.Many2one(
        "club.profile.point", required=True, index=True, ondelete="cascade"
    )
    section_id = fields.Many2one(related="point_id.section_id")
    is_confidential = fields.Boolean(
        required=True, help="Of the confidential sheet, so for few eyes."
    )
    value = fields.Json(
        string="Kept Value",
        help="As kept: text, number, day, or ids of what was chosen.",
    )
    previous = fields.Json(string="Kept Before", help="What stood on the card before.")
    value_label = fields.Char(string="Value", compute="_compute_labels")
    previous_label = fields.Char(string="Before", compute="_compute_labels")
    state = fields.Selection(
        [
            ("current", "On the card"),
            ("proposed", "Proposed"),
            ("replaced", "Replaced"),
            ("rejected", "Not taken"),
            ("cleared", "Taken off"),
            ("withdrawn", "Withdrawn by the person"),
        ],
        required=True,
        index=True,
    )
    source = fields.Selection(SOURCES, required=True)
    source_ref = fields.Char(
        string="Document", help="What it came with: model and number of a record."
    )
    recorded_at = fields.Datetime(
        string="Noted On", required=True, default=fields.Datetime.now
    )
    confirmed_at = fields.Datetime(
        string="Confirmed",
        required=True,
        default=fields.Datetime.now,
        help="When somebody last said that it is so.",
    )
    replaced_at = fields.Datetime(
        string="Until", help="When it was replaced or taken off."
    )
    user_id = fields.Many2one("res.users", string="By", ondelete="set null")
    consent_id = fields.Many2one(
        "club.consent", ondelete="set null", index="btree_not_null"
    )
    confidence = fields.Integer(
        string="Sure, %", default=100, help="How sure the source is, in per cent."
    )
    rival_id = fields.Many2one(
        "club.profile.value",
        string="Disagrees With",
        index="btree_not_null",
        ondelete="set null",
    )
    is_conflict = fields.Boolean(
        string="To Settle", help="Two sources disagree, and nobody has settled it yet."
    )
    is_stale = fields.Boolean(
        string="To Confirm",
        compute="_compute_is_stale",
        search="_search_is_stale",
        help="Older than facts of this kind stay true.",
    )

    _one_current = models.UniqueIndex(
        "(partner_id, point_id) WHERE state = 'current'",
        "This fact has just been changed by somebody else. Please look again.",
    )
    _conflicts = models.Index("(partner_id) WHERE is_conflict")
    _confidence_share = models.Constraint(
        "CHECK(confidence BETWEEN 0 AND 100)", "“Sure” is a number from 0 to 100."
    )

    @api.depends("value", "previous", "point_id")
    @api.depends_context("lang")
    def _compute_labels(self):
        for point, values in self.grouped("point_id").items():
            labels = point._labels(
                [v.value for v in values] + [v.previous for v in values]
            )
            for value in values:
                value.value_label = labels(value.value)
                value.previous_label = labels(value.previous)

    @api.depends("state", "confirmed_at", "point_id.days_fresh")
    def _compute_is_stale(self):
        now = fields.Datetime.now()
        for value in self:
            days = value.point_id.days_fresh
            value.is_stale = (
                value.state == "current"
                and bool(days)
                and (now - value.confirmed_at).days >= days
            )

    def _search_is_stale(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["state", "confirmed_at", "point_id"])
        self.point_id.flush_model(["days_fresh"])
        stale = SQL(
            """(
            SELECT v.id FROM club_profile_value v
              JOIN club_profile_point p ON p.id = v.point_id
             WHERE v.state = 'current' AND p.days_fresh > 0
               AND v.confirmed_at + p.days_fresh * interval '1 day' <= %s
            )""",
            fields.Datetime.now(),
        )
        return Domain("id", "in" if True in value else "not in", stale)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(self.env._("The history of a profile is not removed."))

    def _fetch_query(self, query, fields):
        """The ledger tells what the confidential sheet tells: reading it is noted."""
        rows = super()._fetch_query(query, fields)
        if not self.env.su and {"value", "previous"} & {field.name for field in fields}:
            # sudo: only to name the people
            people = rows.sudo().filtered("is_confidential").partner_id
            self.env["club.profile.access"]._note(people)
        return rows

    # --- Writing the ledger ---------------------------------------------------------

    @api.model
    def _record(self, facts, capture):
        """Note facts that have just been written on the card.

        The same value again is a confirmation, not a row. Called by
        ``club.profile.recorded``, for all people of one write at once.

        :param facts: list of ``(partner_id, point_id, before, after)``, values as the
            ledger keeps them
        :param capture: ``club_community.tools.profile.Capture``: who says so
        """
        current = self._current_of(facts)
        consents = self._consents_of(facts)
        gone, rows, now = self.browse(), [], fields.Datetime.now()
        for partner_id, point_id, before, after in facts:
            known = current.get((partner_id, point_id))
            if known and known.value == after:
                known._confirm(now)
                continue
            if not known and not after:
                continue
            gone |= known or self.browse()
            row = {
                "partner_id": partner_id,
                "point_id": point_id,
                "is_confidential": self._is_confidential(point_id),
                "value": after,
                "previous": before,
                "state": "current" if after else capture.gone_state,
                "source": capture.source,
                "source_ref": capture.ref_of(partner_id),
                "recorded_at": now,
                "confirmed_at": now,
                "user_id": self.env.uid,
                "consent_id": consents.get((partner_id, point_id)),
                "confidence": capture.confidence,
            }
            settled = capture.settles or not (known and after)
            if not settled and known._disagrees(capture.source):
                row |= {"rival_id": known.id, "is_conflict": True}
            rows.append(row)
        gone._retire(now)
        return self.create(rows)

    @api.model
    def _propose(self, known, value, capture):
        """Keep a value beside the card, to be settled; the same again is no news.

        :param known: the row that stays on the card
        """
        again = self.search(
            [("rival_id", "=", known.id), ("source", "=", capture.source)]
        ).filtered(lambda row: row.value == value)
        if again or not value:
            return again
        return self.create(
            {
                "partner_id": known.partner_id.id,
                "point_id": known.point_id.id,
                "is_confidential": known.is_confidential,
                "value": value,
                "previous": known.value,
                "state": "proposed",
                "source": capture.source,
                "source_ref": capture.ref_of(known.partner_id.id),
                "user_id": self.env.uid,
                "confidence": capture.confidence,
                "rival_id": known.id,
                "is_conflict": True,
            }
        )

    def _current_of(self, facts):
        """``{(partner, point): row}`` of the facts' people and points."""
        found = self.search(
            [
                ("partner_id", "in", list({fact[0] for fact in facts})),
                ("point_id", "in", list({fact[1] for fact in facts})),
                ("state", "=", "current"),
            ]
        )
        return {(row.partner_id.id, row.point_id.id): row for row in found}

    def _consents_of(self, facts):
        """``{(partner, point): id of the consent it is kept under}``."""
        points = self.env["club.profile.point"].browse({fact[1] for fact in facts})
        people = self.env["res.partner"].browse({fact[0] for fact in facts})
        consents = people._club_consents(points.purpose_id)
        found = {}
        for partner_id, point_id, *_values in facts:
            purpose = points.browse(point_id).purpose_id
            consent = consents.get((partner_id, purpose.id))
            if consent and consent.answer == "given":
                found[partner_id, point_id] = consent.id
        return found

    def _is_confidential(self, point_id):
        return self.env["club.profile.point"].browse(point_id).is_confidential

    def _confirm(self, now):
        """Somebody says again what is known: noted once a day, not at every save."""
        for row in self:
            if (now - row.confirmed_at).days >= 1:
                row.confirmed_at = now

    def _retire(self, now):
        """Another value took their place; flushed, since only one may be current."""
        if self:
            self.write({"state": "replaced", "replaced_at": now, "is_conflict": False})
            self.flush_recordset()

    def _disagrees(self, source):
        """Whether a new value from ``source`` is a conflict with this one.

        The member who corrects his own card settles it himself, and nobody disagrees
        with himself; what is too old to be trusted is simply replaced.
        """
        self.ensure_one()
        return source not in ("member", self.source) and not self.is_stale

    def _outranks(self, source):
        """Whether this value stays on the card against a new one from ``source``."""
        self.ensure_one()
        return (
            not self.is_stale
            and source != self.source
            and _AUTHORITY[self.source] > _AUTHORITY[source]
        )

    # --- Settling a conflict --------------------------------------------------------

    def action_take(self):
        """“This one is right”: it is on the card then, and the conflict is settled.

        :raise UserError: there is nothing to settle
        """
        self.ensure_one()
        self._settle(self, self._opponent())

    def action_take_other(self):
        """“The other one is right”."""
        self.ensure_one()
        self._settle(self._opponent(), self)

    def action_confirm(self):
        """“It is still so”: fresh again from today."""
        self.check_access("read")
        for row in self.sudo():  # sudo: the ledger is written by its steps alone
            if row.state != "current":
                raise UserError(
                    self.env._("Only what is on the card can be confirmed.")
                )
            row.confirmed_at = fields.Datetime.now()

    def _opponent(self):
        """The row that this one is in conflict with.

        :raise UserError: with none, or it is settled
        """
        self.check_access("read")
        other = self.rival_id if self.is_conflict else self.browse()
        other = other or self.search(
            [("rival_id", "=", self.id), ("is_conflict", "=", True)], limit=1
        )
        if not other:
            raise UserError(self.env._("There is nothing to settle here."))
        return other

    def _settle(self, winner, loser):
        """Close a conflict; what has won keeps its own source."""
        # sudo: the ledger is written by its steps alone
        winner_sudo, loser_sudo = winner.sudo(), loser.sudo()
        (winner_sudo | loser_sudo).write({"is_conflict": False})
        if winner.state == "current":
            winner_sudo.confirmed_at = fields.Datetime.now()
        else:
            capture = Capture(
                winner.source, winner.source_ref, winner.confidence, settles=True
            )
            winner.partner_id._club_set_points({winner.point_id: winner.value}, capture)
            if winner.state == "proposed":
                winner_sudo.state = "replaced"
        if loser.state == "proposed":
            loser_sudo.write(
                {"state": "rejected", "replaced_at": fields.Datetime.now()}
            )
