from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.club_batches import run_steps

BATCH = 10_000  # cards; each batch is compared with all
KEPT = relativedelta(months=3)


class ClubLikenessRun(models.Model):
    """One run of a nightly finder: what it looked at and what it found (S4.11).

    It notes the last card it has finished, with the batch: a run that is killed, or
    whose time is over, goes on from there, and two at once share the work.
    """

    _name = "club.finder.run"
    _description = "Run of a Finder"
    _order = "id desc"
    _rec_name = "started_on"

    kind = fields.Selection(
        [("duplicate", "Duplicates"), ("watch", "Watch-list")], required=True
    )
    started_on = fields.Datetime(required=True, default=fields.Datetime.now)
    finished_on = fields.Datetime()
    last_id = fields.Integer(readonly=True)
    looked_at = fields.Integer(string="Cards Looked At")
    found = fields.Integer(string="Newly Found")

    @api.model
    def _cron_find(self, kind):
        """Nightly: look at every card, in batches that are committed one by one.

        :param kind: value of ``kind``
        """
        run = self.search([("kind", "=", kind), ("finished_on", "=", False)], limit=1)
        run = run or self.create({"kind": kind})
        run_steps(self.env, run._step, run._count_left())

    def _step(self):
        """Look at the next cards, or note that there are none left.

        :return: how many they were; 0 when it is done, or another worker is at it
        """
        self.ensure_one()
        if not self.try_lock_for_update() or self.finished_on:
            return 0
        ids = self._next_ids()
        if ids:
            self._look(ids)
        else:
            self.finished_on = fields.Datetime.now()
        return len(ids)

    def _sql_cards(self):
        """``SELECT`` of the ids this run has still to look at, in no order."""
        self.env["res.partner"].flush_model(["active", "is_company"])
        if self.kind == "duplicate":
            # companies and archived people are no duplicates, but may have pairs
            # that were found before
            return SQL(
                """
                SELECT id FROM res_partner
                 WHERE active AND is_company IS NOT TRUE AND id > %(last)s
                 UNION
                SELECT partner_id FROM club_duplicate
                 WHERE state = 'open' AND partner_id > %(last)s
                """,
                last=self.last_id,
            )
        return SQL(
            """
            SELECT id FROM res_partner WHERE active AND id > %(last)s
             UNION
            SELECT firm_id FROM club_watch_hit
             WHERE state = 'open' AND firm_id > %(last)s
            """,
            last=self.last_id,
        )

    def _count_left(self):
        query = SQL("SELECT count(*) FROM (%s) AS cards", self._sql_cards())
        return self.env.execute_query(query)[0][0]

    def _next_ids(self):
        query = SQL("%s ORDER BY 1 LIMIT %s", self._sql_cards(), BATCH)
        return [row[0] for row in self.env.execute_query(query)]

    def _look(self, ids):
        """Look at some cards and add up what is new in this run."""
        if self.kind == "duplicate":
            found = self.env["club.duplicate"]._find(ids, later_only=True)
        else:
            found = self.env["club.watch"]._look(ids)
        self.write(
            {
                "last_id": max(ids),
                "looked_at": self.looked_at + len(ids),
                "found": self.found + len(found),
            }
        )

    @api.autovacuum
    def _gc_old_runs(self):
        self.search([("started_on", "<", fields.Datetime.now() - KEPT)]).unlink()
