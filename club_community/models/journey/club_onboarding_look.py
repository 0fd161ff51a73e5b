"""What facts make of the first thirty days, for many newcomers at once."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import LIVE_STATES
from .res_partner import _WAITING

LAST_DAY = 90


class ClubOnboarding(models.Model):
    _inherit = "club.onboarding"

    @api.model
    def _look_at_people(self, ids):
        """Bring the first thirty days of these people in line with the facts."""
        if ids:
            # sudo: facts of people of every portfolio
            self.sudo().search(
                [("state", "=", "running"), ("partner_id", "in", list(ids))]
            )._look()

    def _look(self):
        """Tick what facts say, take back what they do not say any more, and end what
        is over. Constant in queries; what is as it was is not written.

        :return: those for which something has changed
        """
        if not self:
            return self
        held = self._lines_by_fact()
        now = fields.Datetime.now()
        lines = self.line_ids
        came = lines.filtered(lambda line: line.id in held and not line.done_on)
        gone = lines.filtered(
            lambda line: line.source == "fact" and line.id not in held
        )
        came.write({"done_on": now, "source": "fact"})
        gone._clear()
        changed = came.onboarding_id | gone.onboarding_id | self._end(now)
        lifted = self.filtered(
            lambda row: row.stalled_gate and not row._lacking(row.stalled_gate)
        )
        lifted.stalled_gate = 0
        over = lifted | changed.filtered(lambda row: row.state != "running")
        over._close_alerts()
        return changed | lifted

    def _lines_by_fact(self):
        """Ids of the lines of these newcomers whose fact is there: one statement."""
        self.env.flush_all()
        parts = [
            SQL(
                """
                SELECT l.id FROM club_onboarding_line l
                  JOIN club_onboarding o ON o.id = l.onboarding_id
                 WHERE o.id = ANY(%s) AND l.step_id = %s AND (%s)
                """,
                list(self.ids),
                step.id,
                condition,
            )
            for step in self.line_ids.step_id
            if (condition := step._fact_condition())
        ]
        if not parts:
            return set()
        query = SQL(" UNION ALL ").join(parts)
        return {line_id for (line_id,) in self.env.execute_query(query)}

    def _end(self, now):
        """End those whose steps are done, whose membership or whose time is over."""
        done = self.filtered(lambda row: not row._lacking())
        done.write({"state": "done", "ended_on": now, "stalled_gate": 0})
        left = self - done
        ended = left.filtered(lambda row: row.partner_id.club_state not in LIVE_STATES)
        late = (left - ended).filtered(lambda row: row.day > LAST_DAY)
        for rows, why in ((ended, "ended"), (late, "time")):
            rows.write(
                {
                    "state": "stopped",
                    "ended_on": now,
                    "stopped_by": why,
                    "stalled_gate": 0,
                }
            )
        return done | ended | late

    def _lacking(self, gate=None):
        """Lines that are not done, those of a gate and the ones before only."""
        self.ensure_one()
        return self.line_ids.filtered(
            lambda line: not line.done_on and (not gate or int(line.gate) <= gate)
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_journey_run(self):
        """The first thirty days follow first, so that rules see what is true now."""
        waiting = self.env.cr.precommit.data.get(_WAITING, {})
        ids = waiting.get("people", ())
        self.env["club.onboarding"]._look_at_people(ids)
        return super()._club_journey_run()
