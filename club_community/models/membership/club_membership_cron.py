from odoo import api, models

from ...tools import period
from .club_batches import run_steps

BATCH = 1000


class ClubMembership(models.Model):
    _inherit = "club.membership"

    @api.model
    def _cron_advance(self):
        """Daily: paid periods start, end, and lose their grace.

        Takes what is due in batches and commits each, so it can be killed at any
        point and run again, or twice at once: a row that is done is not due any
        more, and a row that another worker holds is left to him.
        """
        today = self._today()
        domain = self._due_domain(today)

        def step():
            # What starts comes first, in the batches too: whoever renewed has a live
            # period at any moment.
            due = self.search(domain, limit=BATCH, order="state desc, id")
            locked = due.try_lock_for_update()
            locked._lock_members()
            locked._advance(today)
            return len(locked)

        run_steps(self.env, step, self.search_count(domain))

    @api.model
    def _due_domain(self, today):
        return [
            "|",
            "&",
            ("state", "=", "upcoming"),
            ("date_start", "<=", today),
            "|",
            "&",
            ("state", "=", "active"),
            ("date_end", "<", today),
            "&",
            ("state", "=", "grace"),
            ("date_grace_end", "<", today),
        ]

    def _advance(self, today):
        """Move these due periods to the state that their dates ask for on a day.

        Starts come before ends here as well, for the same reason. Stock would note
        what changed in one record's history after the other, which took nine tenths
        of the time: here it is noted in batches.
        """
        quiet = self.with_context(tracking_disable=True)
        # sudo: the level of people of other portfolios follows, too
        people_sudo = quiet.partner_id.sudo()
        states = {membership: membership.state for membership in quiet}
        levels = {person: person.grade_id for person in people_sudo}
        quiet._move(today)
        quiet.env.flush_all()  # computes the people while tracking is off
        _note_changes(quiet, "state", states)
        _note_changes(people_sudo, "grade_id", levels)

    def _move(self, today):
        """Write the new states and tell the rooms below; stock is not to track it.

        The hooks must not either: a room that flushes in one would have stock note
        every person's level a second time.
        """
        renewed = self._renewed()
        renewed_ids = set(renewed._ids)
        by_state = self.grouped(
            lambda m: period.state_on(
                today, m.date_start, m.date_end, m.date_grace_end, m.id in renewed_ids
            )
        )
        for state in ("active", "grace", "expired"):
            moved = by_state.get(state, self.browse()).filtered(
                lambda m, state=state: m.state != state
            )
            moved.write({"state": state})
            if state == "active":
                moved._on_started()
            elif state == "grace":
                moved._on_grace_started()
            elif state == "expired":
                moved._on_expired(moved & renewed)

    def _renewed(self):
        """Those of these periods that another one continues the day after (one query).

        One that starts later still, as somebody wished, leaves the grace days alone.
        """
        successors = self.search_fetch(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", period.LIVE_STATES),
            ],
            ["partner_id", "company_id", "family_id", "date_start"],
        )
        starts = {
            (later.partner_id, later.company_id, later.family_id, later.date_start)
            for later in successors
        }
        return self.filtered(
            lambda m: (
                m.date_end  # for life otherwise
                and (
                    m.partner_id,
                    m.company_id,
                    m.family_id,
                    m.date_end + period.ONE_DAY,
                )
                in starts
            )
        )


def _note_changes(records, name, before):
    """Note how a field changed in the history of many records, in two queries.

    The notes look as those that stock makes, record by record, of a tracked field.

    :param before: the old values, ``{record: value}``
    """
    changed = records.filtered(lambda record: record[name] != before[record])
    notes = changed._message_log_batch(dict.fromkeys(changed.ids, ""))
    Tracking = notes.env["mail.tracking.value"]
    column = changed.fields_get([name])[name]
    Tracking.create(
        [
            {
                **Tracking._create_tracking_values(
                    before[record], record[name], name, column, record
                ),
                "mail_message_id": note.id,
            }
            for record, note in zip(changed, notes, strict=True)
        ]
    )
