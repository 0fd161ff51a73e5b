"""Day 10 and day 30: whoever has stalled is somebody's task that very night (S4.03)."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from ..membership.club_batches import run_list
from .club_onboarding_step import GATES

BATCH = 200
DAYS = [int(gate) for gate, _name in GATES]
REASON = "onboarding gate %s"
REASONS = [REASON % day for day in DAYS]
ANSWER_DAYS = 1
# A pause stops the work, not the days.
JUDGED = ("active", "grace")


class ClubOnboarding(models.Model):
    _inherit = "club.onboarding"

    @api.model
    def _cron_look(self):
        """Nightly: look at everybody's facts, and at the gates.

        A gate is judged once. May be killed at any point and run again; of two workers
        the second fails to serialise, is run again and finds the gate judged.
        """
        running = self.search([("state", "=", "running")], order="id")
        run_list(self.env, running.ids, BATCH, self._look_batch)

    @api.model
    def _look_batch(self, ids):
        running = self.search([("id", "in", ids), ("state", "=", "running")])
        changed = running._look()
        running = running.filtered(lambda row: row.state == "running")
        changed |= running._judge_gates()
        changed.partner_id._club_journey_now()

    def _judge_gates(self):
        """Who has come to a gate, and who has stalled there.

        :return: those that were judged now
        """
        due = {}
        for row in self:
            gate = max((day for day in DAYS if day <= row.day), default=0)
            if gate > row.gate_seen and row.partner_id.club_state in JUDGED:
                stalled = gate if row._lacking(gate) else 0
                due.setdefault((gate, stalled), self.browse())
                due[gate, stalled] |= row
        judged = self.browse()
        for (gate, stalled), rows in due.items():
            rows.write({"gate_seen": gate, "stalled_gate": stalled})
            rows._close_alerts(but=stalled)
            if stalled:
                rows._raise_alert(gate)
            judged |= rows
        return judged

    def _raise_alert(self, gate):
        """One call for whoever looks after each of these newcomers."""

        def speak(row, words):
            summary = row.env._("Day %(day)s: the start has stalled", day=gate)
            return summary, row._alert_note(gate, words)

        self.env["mail.activity"]._club_ask(
            [(row, row.partner_id, REASON % gate, speak) for row in self],
            "mail.mail_activity_data_call",
            fields.Date.context_today(self) + timedelta(ANSWER_DAYS),
        )

    def _alert_note(self, gate, words):
        """What is missing, what to ask and what to offer (HTML)."""
        missing = Markup().join(
            Markup("<li>%s</li>") % line.step_id.name for line in self._lacking(gate)
        )
        return Markup("<p>%s</p><ul>%s</ul><p>%s</p>%s") % (
            self.env._("Still to do by the newcomer:"),
            missing,
            self.env._(
                "Ask what stands in the way, and offer one easy step: a time for the "
                "meeting, an evening, somebody to meet."
            ),
            Markup("<p><i>%s</i></p>") % words if words else "",
        )

    def _close_alerts(self, but=0):
        """Put away the open calls of gates that there is no reason for any more."""
        if not self:
            return
        reasons = [reason for reason in REASONS if reason != REASON % but]
        # sudo: a member's own step closes his manager's task
        self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", self.partner_id.ids),
                ("club_reason", "in", reasons),
            ]
        ).action_archive()
