from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_date, format_datetime

from .club_stage_find import last_steps

MAX_HELD_DAYS = 366
_COLUMNS = ("club_stage_id", "club_stage_since", "club_stage_held_until")
_WRITTEN = (*_COLUMNS, "club_phase", "club_path")


class ClubStageMove(models.Model):
    """From which stage to which, when, why, by whom, after how long: the history.

    Creating a row moves the person: in a form, by an import, by RPC. A row is never
    changed afterwards, so figures of a past month stay what they were.
    """

    _name = "club.stage.move"
    _description = "Move on the Journey"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    from_stage_id = fields.Many2one(
        "club.stage", readonly=True, index=True, ondelete="cascade"
    )
    to_stage_id = fields.Many2one(
        "club.stage", required=True, index=True, ondelete="cascade"
    )
    date = fields.Datetime(
        required=True, readonly=True, index=True, default=fields.Datetime.now
    )
    days = fields.Float(
        string="Days There",
        readonly=True,
        aggregator="avg",
        help="How long the person had been in the stage he left.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Moved By",
        readonly=True,
        ondelete="set null",
        help="Who moved the person; empty where a rule did.",
    )
    rule_id = fields.Many2one(
        "club.stage.rule", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    reason = fields.Char(help="Why, in the words of whoever moved the person.")
    facts = fields.Json(readonly=True, help="What the rule found on that day.")
    why = fields.Char(compute="_compute_why", string="Reason in Words")
    # As they were on that day: a figure of a past month must not follow the person.
    plan_id = fields.Many2one("club.plan", readonly=True, ondelete="set null")
    chapter_id = fields.Many2one(
        "club.chapter", string="City", readonly=True, ondelete="set null"
    )
    source_id = fields.Many2one(
        "utm.source", readonly=True, ondelete="set null", help="Of the first lead."
    )
    held_until = fields.Date(
        help="Rules leave the person here until this day, but for a payment or the "
        "end of the membership. Empty: they may move him at once."
    )

    _has_reason = models.Constraint(
        "CHECK(rule_id IS NOT NULL OR btrim(COALESCE(reason, '')) <> '')",
        "Nobody is moved without a reason: please say why.",
    )
    _goes_somewhere = models.Constraint(
        "CHECK(from_stage_id IS DISTINCT FROM to_stage_id)",
        "The person is in this stage already.",
    )

    # --- By hand --------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Move people by hand: ``partner_id``, ``to_stage_id``, ``reason``.

        The system's own moves go through ``_carry_out``.

        :raise AccessError: something that follows by itself is typed
        :raise ValidationError: no reason, a company, or there already
        """
        if self.env.su and self.env.context.get("club_move_made"):
            return super().create(vals_list)
        typed = {"partner_id", "to_stage_id", "reason", "held_until"}
        if wrong := set().union(*vals_list) - typed:
            raise AccessError(
                self.env._(
                    "A move takes a person, a stage, a reason and until when rules "
                    "leave him there. “%(field)s” follows by itself.",
                    field=sorted(wrong)[0],
                )
            )
        now = fields.Datetime.now()
        people = self.env["res.partner"].browse(
            sorted({vals.get("partner_id") for vals in vals_list} - {None, False})
        )
        people.check_access("write")
        people._club_take()
        # sudo: the columns are written by nobody but this model
        people_sudo = people.sudo()
        people_sudo.fetch([*_COLUMNS, "is_company"])
        at = {person.id: person.club_stage_id.id for person in people_sudo}
        since = {person.id: person.club_stage_since for person in people_sudo}
        circumstances = self._circumstances(people_sudo)
        rows = []
        for vals in vals_list:
            person_id = vals.get("partner_id")
            rows.append(
                {
                    **vals,
                    **circumstances.get(person_id, {}),
                    "from_stage_id": at.get(person_id),
                    "date": now,
                    "days": _days(since.get(person_id), now),
                    "user_id": self.env.uid,
                }
            )
            at[person_id], since[person_id] = vals.get("to_stage_id"), now
        moves = super().create(rows)
        moves._check_by_hand()
        moves.flush_recordset()  # the constraints speak before anything else happens
        moves._place()
        moves._enter(moves)
        return moves

    def _check_by_hand(self):
        """:raise ValidationError: such a move makes no sense, with the reason"""
        today = fields.Date.context_today(self)
        for move in self:
            if move.partner_id.is_company:
                raise ValidationError(
                    self.env._("Companies are not on the journey, their people are.")
                )
            if not move.to_stage_id.active:
                raise ValidationError(
                    self.env._(
                        "“%(stage)s” is archived: nobody can be moved there.",
                        stage=move.to_stage_id.name,
                    )
                )
            days = (move.held_until - today).days if move.held_until else 0
            if not 0 <= days <= MAX_HELD_DAYS:
                raise ValidationError(
                    self.env._(
                        "Rules can be kept away from today on for a year at most."
                    )
                )

    def write(self, vals):
        """History is not written anew.

        :raise AccessError: somebody tries to
        """
        if not self.env.su:
            raise AccessError(
                self.env._("Moves are history: move the person again instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(self.env._("Moves are history, so they are not removed."))

    # --- By rule --------------------------------------------------------------------

    @api.model
    def _carry_out(self, moves, is_quiet=True):
        """Do what the rules have found, in this transaction.

        The person's row gets a new version: of two workers who move him at once the
        second fails to serialise, is run again and finds him where he is.

        :param moves: ``Moves`` of this very transaction
        :param is_quiet: whoever had no stage before is placed without anything being
            started: the first night of a club must not send letters to everybody
        :return: the new rows
        """
        if not moves.steps:
            return self.browse()
        now = fields.Datetime.now()
        # sudo: rules move people of every portfolio, in every transaction
        self_sudo = self.sudo()
        rules = self_sudo.env["club.stage.rule"].browse(
            {step.rule_id for step in moves.steps}
        )
        people = self_sudo.env["res.partner"].browse(
            dict.fromkeys(step.person_id for step in moves.steps)
        )
        names = {*rules.fact_field_ids.mapped("name")} & people._fields.keys()
        people.fetch([*_COLUMNS, *names])
        since = {person.id: person.club_stage_since for person in people}
        circumstances = self._circumstances(people)
        rows = []
        for step in moves.steps:
            rule = rules.browse(step.rule_id).with_prefetch(rules._ids)
            person = people.browse(step.person_id).with_prefetch(people._ids)
            rows.append(
                {
                    **circumstances[step.person_id],
                    "partner_id": step.person_id,
                    "from_stage_id": step.from_id,
                    "to_stage_id": step.to_id,
                    "rule_id": step.rule_id,
                    "facts": self._facts_of(person, rule.fact_field_ids.mapped("name")),
                    "date": now,
                    "days": _days(since[step.person_id], now),
                }
            )
            since[step.person_id] = now
        done = self_sudo._make(rows).with_env(self_sudo.env)
        last = last_steps(moves.steps)
        lasting = done.filtered(
            lambda move: move.to_stage_id.id == last[move.partner_id.id][1].to_id
        )
        lasting._place()
        loud = lasting.filtered(
            lambda move: not is_quiet or last[move.partner_id.id][0]
        )
        done._enter(loud)
        return done

    @api.model
    def _circumstances(self, people_sudo):
        """What a move keeps of the day it was made on; rooms add their columns.

        :return: ``{person id: values}``, by a number of queries that does not grow
        """
        people_sudo.fetch(["club_plan_id", "club_chapter_id"])
        sources = dict(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (partner_id) partner_id, source_id
                         FROM crm_lead
                        WHERE partner_id = ANY(%s) AND source_id IS NOT NULL
                     ORDER BY partner_id, id""",
                    people_sudo.ids,
                )
            )
        )
        return {
            person.id: {
                "plan_id": person.club_plan_id.id,
                "chapter_id": person.club_chapter_id.id,
                "source_id": sources.get(person.id),
            }
            for person in people_sudo
        }

    @api.model
    def _make(self, rows):
        """Rows as they are, without moving anybody: ``create`` is for people."""
        return self.with_context(club_move_made=True).create(rows)

    def _place(self):
        """Put the people of these moves where they now stand (one statement)."""
        rows = {move.partner_id.id: move for move in self}
        people = self.env["res.partner"].browse(rows)
        people.flush_recordset(_WRITTEN)
        self.env["club.stage"].flush_model(["phase", "path"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p
                   SET club_stage_id = stage.id, club_phase = stage.phase,
                       club_path = stage.path, club_stage_since = new.since,
                       club_stage_held_until = new.held_until
                  FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::date[])
                       AS new(id, stage_id, since, held_until)
                  JOIN club_stage stage ON stage.id = new.stage_id
                 WHERE p.id = new.id
                """,
                list(rows),
                [move.to_stage_id.id for move in rows.values()],
                [move.date for move in rows.values()],
                [move.held_until or None for move in rows.values()],
            )
        )
        people.invalidate_recordset(_WRITTEN, flush=False)

    def _enter(self, loud):
        """Start what starts on entry; rooms extend it to do more at a move.

        Called in the transaction in which people are moved, by hand or by rule, for
        many at once: no query per record.

        :param loud: those of these moves that start something
        """
        # sudo: whoever moves a person need not have rights on plans and letters
        for stage, moves in loud.sudo().grouped("to_stage_id").items():
            people = moves.partner_id
            if stage.activity_plan_id:
                people._club_start_plan(stage.activity_plan_id)
            if stage.mail_template_id:
                stage.mail_template_id.with_context(
                    club_queue_mail=True
                ).send_mail_batch(people.filtered("email").ids)

    # --- In words -------------------------------------------------------------------

    @api.depends("rule_id", "facts", "reason")
    @api.depends_context("lang", "tz")
    def _compute_why(self):
        for move in self:
            # sudo: the name of a rule is no secret to whoever sees the move
            why = move.reason or move.rule_id.sudo().name or ""
            move.why = "; ".join(filter(None, [why, self._facts_in_words(move.facts)]))

    @api.model
    def _facts_of(self, person, names):
        """``{column: value}`` of a person as JSON can keep it, or False."""
        facts = {}
        for name in sorted({*names} & person._fields.keys()):
            field, value = person._fields[name], person[name]
            if field.relational:
                value = ", ".join(value.mapped("display_name"))
            elif field.type in ("date", "datetime"):
                value = field.to_string(value)
            facts[name] = value
        return facts or False

    @api.model
    def _facts_in_words(self, facts):
        """What a rule had found, in the reader's language."""
        columns = self.env["res.partner"]._fields
        return "; ".join(
            f"{columns[name]._description_string(self.env)}: "
            f"{_in_words(self.env, columns[name], value)}"
            for name, value in (facts or {}).items()
            if name in columns
        )


def _days(since, now):
    """Days, as a fraction, between two datetimes; 0 where the first is not known."""
    return (now - since).total_seconds() / 86400 if since else 0.0


def _in_words(env, field, value):
    """A value of ``_facts`` in the reader's language."""
    if field.type == "boolean":
        return env._("yes") if value else env._("no")
    if not value and value != 0:
        return "–"
    if field.type == "date":
        return format_date(env, value)
    if field.type == "datetime":
        return format_datetime(env, fields.Datetime.to_datetime(value))
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, value)
    return str(value)
