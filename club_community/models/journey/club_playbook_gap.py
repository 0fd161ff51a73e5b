from odoo import api, fields, models
from odoo.tools import SQL


class ClubPlaybookGap(models.Model):
    """People for whom the matrix has no answer: a segment and a stage without a cell.

    A SQL view: nothing has to be kept in step. Counts the people whom the reader may
    see.
    """

    _name = "club.playbook.gap"
    _description = "Empty Cell of the Matrix"
    _auto = False
    _order = "people desc, id"
    _rec_name = "segment_id"
    _depends = {
        "res.partner": ["club_stage_id", "active"],
        "club.segment": ["active"],
        "club.playbook": ["segment_id", "stage_id"],
    }

    segment_id = fields.Many2one("club.segment", readonly=True)
    stage_id = fields.Many2one("club.stage", readonly=True)
    people = fields.Integer(
        readonly=True, help="People of the segment who are in the stage now."
    )

    @property
    def _table_query(self):
        people = self.env["res.partner"]._search([("club_stage_id", "!=", False)])
        return SQL(
            """
            SELECT r.segment_id * 4096 + p.club_stage_id AS id, r.segment_id,
                   p.club_stage_id AS stage_id, count(*)::int AS people
              FROM %(people)s p
              JOIN club_segment_partner_rel r ON r.partner_id = p.id
              JOIN club_segment s ON s.id = r.segment_id AND s.active
             WHERE NOT EXISTS (
                   SELECT FROM club_playbook cell
                    WHERE cell.segment_id = r.segment_id
                      AND cell.stage_id = p.club_stage_id)
          GROUP BY r.segment_id, p.club_stage_id
            """,
            people=people.subselect(
                SQL.identifier(people.table, "id"),
                SQL.identifier(people.table, "club_stage_id"),
            ),
        )

    def action_fill(self):
        """Open a new cell for this segment and stage."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "club.playbook",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_segment_id": self.segment_id.id,
                "default_stage_id": self.stage_id.id,
            },
        }


class ClubPlaybook(models.Model):
    _inherit = "club.playbook"

    @api.model
    def get_matrix(self):
        """All that the screen of the matrix shows, in a constant number of queries.

        For personal managers and up, as far as their rights go.

        :return: dict of ``segments`` (columns), ``phases`` with their ``stages``
            (rows), ``cells`` by "stage id-segment id", ``empty_count`` (cells with
            people and without an answer), ``may_edit``
        """
        self.check_access("read")
        segments = self.env["club.segment"].search([("active", "=", True)])
        stages = self.env["club.stage"].search([("active", "=", True)])
        counts = self._people_by_cell(segments, stages)
        cells = self.search(
            [("segment_id", "in", segments.ids), ("stage_id", "in", stages.ids)]
        )
        shown = {
            f"{cell.stage_id.id}-{cell.segment_id.id}": cell._as_shown()
            for cell in cells
        }
        people = {f"{stage}-{segment}": n for (segment, stage), n in counts.items()}
        phase_labels = dict(stages._fields["phase"]._description_selection(self.env))
        in_stage = stages.grouped("phase")
        return {
            "segments": [
                {"id": s.id, "name": s.name, "people": s.person_count} for s in segments
            ],
            "phases": [
                {
                    "code": phase,
                    "name": label,
                    "stages": [
                        {"id": s.id, "name": s.name, "people": s.person_count}
                        for s in in_stage[phase]
                    ],
                }
                for phase, label in phase_labels.items()
                if phase in in_stage
            ],
            "cells": shown,
            "people": people,
            "empty_count": len(people.keys() - shown.keys()),
            "may_edit": self.has_access("create"),
        }

    def _as_shown(self):
        """What a cell of the screen says; values and words in the reader's language."""
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("channel", "owner")
        }
        return {
            "id": self.id,
            "need": self.need or "",
            "product": self.product_id.display_name or "",
            "more": len(self.offer_ids),
            "channel": self.channel or "",
            "channel_name": words["channel"].get(self.channel, ""),
            "owner_name": words["owner"].get(self.owner, ""),
            "starts": bool(self.activity_plan_id or self.mail_template_id),
            "offered": self.offered_count,
            "accepted": self.accepted_count,
            "revenue": self.currency_id.format(self.revenue) if self.revenue else "",
        }
