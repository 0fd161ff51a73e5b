"""Who moves where: all rules in one statement, and what a run makes of it.

The dry run, the nightly job and the moment after a payment ask the same function, so
that what was shown is what happens.
"""

import logging
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, Query

from ..membership.club_batches import run_list
from ..profile.found_by_fact import only_of

_logger = logging.getLogger(__name__)

BATCH = 500
# A person passes so many stages in one run at most; more is a circle of rules anyway.
MAX_STEPS = 12


class Step(NamedTuple):
    """One move of one person: ids; ``from_id`` is None for whoever was nowhere."""

    person_id: int
    from_id: int | None
    to_id: int
    rule_id: int


class Moves(NamedTuple):
    """What a run would do: steps in their order, and people on whom rules disagree."""

    steps: list
    circles: dict  # person id -> ids of the rules that go round


class ClubStageRule(models.Model):
    _inherit = "club.stage.rule"

    @api.model
    def _cron_move(self):
        """Nightly: everybody whom a rule moves, in batches.

        Each batch asks the rules again within its own transaction: whoever was moved
        meanwhile, by a person or by another worker, is found where he stands now. May
        be killed at any point and run again; a night without a reason writes nothing.
        """
        people = sorted({step.person_id for step in self._moves().steps})
        run_list(self.env, people, BATCH, self._move_batch)

    @api.model
    def _move_batch(self, ids):
        self.env["club.stage.move"]._carry_out(self._moves(ids))

    @api.model
    def _moves(self, ids=None, rules=None):
        """What the rules do now, thought through to the end (nothing is written).

        Whoever is moved is asked about again at his new stage, until no rule fits. On
        whom rules go round in a circle he stays where he is, and the circle is told.

        :param ids: these people only; everybody else
        :param rules: ask these as if they were switched on, beside the live ones
        :return: ``Moves``
        """
        # sudo: rules look at columns of people of every portfolio
        rules = self.sudo().search_fetch([]) | (rules or self.browse()).sudo()
        rules = only_of(rules.sorted(), ids)
        targets = {rule.id: rule.stage_id.id for rule in rules}
        if not rules or (ids is not None and not ids):
            return Moves([], {})
        chains, circles, placed, domains = {}, {}, None, {}
        for _step in range(MAX_STEPS):
            found = rules._find(domains, ids, placed)
            if not found:
                break
            placed = {}
            for person_id, from_id, rule_id in found:
                chain = chains.setdefault(person_id, [])
                chain.append(Step(person_id, from_id, targets[rule_id], rule_id))
                been = {step.from_id for step in chain}
                if targets[rule_id] in been or len(chain) == MAX_STEPS:
                    circles[person_id] = [step.rule_id for step in chain]
                else:
                    placed[person_id] = targets[rule_id]
            if not placed:
                break
        steps = [
            step
            for person_id, chain in chains.items()
            if person_id not in circles
            for step in chain
        ]
        return Moves(steps, circles)

    def _find(self, domains, ids=None, placed=None):
        """The first rule that fits each person, in one statement.

        :param domains: ``{rule: its conditions}`` of rules that were asked before;
            more are put in
        :param ids: these people only
        :param placed: ``{person id: stage id}`` of people to think of at these stages,
            just come there; nobody else is asked about then
        :return: list of ``(person id, stage id or None, rule id)``
        """
        self.env.flush_all()
        query = Query(self.env, "p", SQL.identifier("res_partner"))
        query.add_where(SQL("p.active AND p.is_company IS NOT TRUE"))
        if ids is not None:
            query.add_where(SQL("p.id = ANY(%s)", list(ids)))
        stage, since = SQL("p.club_stage_id"), SQL("p.club_stage_since")
        if placed is not None:
            query.add_join(
                "JOIN",
                "placed",
                SQL(
                    "(SELECT * FROM unnest(%s::int[], %s::int[]) AS t(id, stage_id))",
                    list(placed),
                    list(placed.values()),
                ),
                SQL("placed.id = p.id"),
            )
            stage = SQL("placed.stage_id")
            since = SQL("%s::timestamp", fields.Datetime.now())
        stage_ids = self._occupied(ids) if placed is None else placed.values()
        by_stage = self._by_stage(stage_ids)
        asked = self.browse().union(*(r for rules, _ids in by_stage for r in rules))
        domains.update(asked.filtered(lambda rule: rule not in domains)._domains())
        where = {rule: domains[rule] for rule in asked if domains[rule] is not None}
        cases = self._cases(query, where, stage, since, by_stage, placed is not None)
        if not cases:
            return []
        return self.env.execute_query(
            SQL(
                "SELECT id, stage_id, rule_id FROM (%s) found "
                "WHERE rule_id IS NOT NULL ORDER BY id",
                query.select(
                    SQL("p.id"),
                    SQL("%s AS stage_id", stage),
                    SQL("CASE %s END AS rule_id", SQL(" ").join(cases)),
                ),
            )
        )

    def _cases(self, query, domains, stage, since, by_stage, is_just_come):
        """``WHEN at these stages THEN the first rule that fits``, for ``CASE``.

        Only the rules that take from where somebody stands are asked about him, and
        only of stages where somebody stands: PostgreSQL takes longer to think about
        the conditions of thirty stages than to read a club.

        :param domains: ``{rule: its conditions}``, of those that are asked
        :param by_stage: see ``_by_stage``
        :param is_just_come: people have come to these stages in this very run
        """
        # sudo: rules look at columns of people of every portfolio
        people = only_of(self.env["res.partner"].sudo(), None)
        fits = {
            rule: SQL(
                "WHEN %s THEN %s",
                SQL(" AND ").join(
                    [
                        *rule._where_ready(since, is_just_come),
                        domain._to_sql(people, "p", query),
                    ]
                ),
                rule.id,
            )
            for rule, domain in domains.items()
        }
        return [
            SQL(
                "WHEN %s THEN CASE %s END",
                SQL(" OR ").join(
                    SQL("%s IS NULL", stage)
                    if stage_id is None
                    else SQL("%s = %s", stage, stage_id)
                    for stage_id in stage_ids
                ),
                SQL(" ").join(fits[rule] for rule in rules if rule in fits),
            )
            for rules, stage_ids in by_stage
            if fits.keys() & {*rules}
        ]

    def _domains(self):
        """``{rule: its conditions}``; None for one that cannot be asked any more.

        A column that a rule names goes with the addon that brought it: one rule must
        not stop all the others for that.
        """
        domains = {}
        for rule in self:
            try:
                domains[rule] = rule._conditions()
            except ValidationError as error:
                domains[rule] = None
                _logger.warning(
                    "Rule %s of the journey is left out: %s", rule.id, error
                )
        return domains

    @api.model
    def _occupied(self, ids=None):
        """Ids of the stages where somebody stands; None for no stage.

        :param ids: one of these people; anybody
        """
        if ids is not None:
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT club_stage_id FROM res_partner WHERE id = ANY(%s)",
                    list(ids),
                )
            )
            return [row[0] for row in rows]
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM club_stage s WHERE EXISTS (
                       SELECT FROM res_partner WHERE club_stage_id = s.id)"""
            )
        )
        return [None, *(row[0] for row in rows)]

    def _by_stage(self, stage_ids):
        """Which of these rules look at which stages.

        :return: ``[(rules in their order, ids of stages; None for no stage)]``
        """
        sources = {rule: rule._sources() for rule in self}
        by_rules = defaultdict(list)
        for stage_id in dict.fromkeys(stage_ids):
            rules = tuple(rule for rule in self if sources[rule](stage_id))
            by_rules[rules].append(stage_id)
        return [(rules, ids) for rules, ids in by_rules.items() if rules]

    def _where_ready(self, since, is_just_come):
        """SQL conditions of when the rule may take somebody; cheap ones first."""
        self.ensure_one()
        conditions = []
        if self.min_days:
            conditions.append(
                SQL(
                    "%s <= %s",
                    since,
                    fields.Datetime.subtract(fields.Datetime.now(), days=self.min_days),
                )
            )
        if not self.moves_held and not is_just_come:
            conditions.append(
                SQL(
                    "(p.club_stage_held_until IS NULL OR p.club_stage_held_until < %s)",
                    fields.Date.context_today(self),
                )
            )
        return conditions

    # --- Dry run ----------------------------------------------------------------------

    def _dry_run(self):
        """Who would move tonight by these rules, were they switched on.

        :return: ``Moves``: the steps by these rules only, and the circles they make
        """
        moves = self._moves(rules=self)
        return Moves(
            [step for step in moves.steps if step.rule_id in self._ids],
            {
                person_id: rule_ids
                for person_id, rule_ids in moves.circles.items()
                if {*rule_ids} & {*self._ids}
            },
        )


def last_steps(steps):
    """``{person id: (where he stood before, last step)}`` of a run's steps."""
    found = {}
    for step in steps:
        stood_at, _last = found.get(step.person_id, (step.from_id, None))
        found[step.person_id] = (stood_at, step)
    return found
