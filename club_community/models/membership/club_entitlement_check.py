from odoo import api, fields, models
from odoo.tools import SQL

from .club_batches import run_steps
from .res_partner import STATES_WITH_LEVEL

BATCH = 500


class ClubEntitlementCheck(models.Model):
    """One run of the nightly check: what it looked at and what it mended.

    It notes the last person it has finished, with the batch: a run that is killed
    goes on from there.
    """

    _name = "club.entitlement.check"
    _description = "Check of Access"
    _order = "id desc"
    _rec_name = "started_on"

    started_on = fields.Datetime(required=True, default=fields.Datetime.now)
    finished_on = fields.Datetime()
    last_partner_id = fields.Integer(readonly=True)
    people = fields.Integer(string="People Looked At")
    given = fields.Integer(help="Access that was missing.")
    taken = fields.Integer(help="Access that was left over.")
    failed = fields.Integer(help="What could not be mended: see the ledger.")

    @api.model
    def _cron_check_entitlements(self):
        """Daily: compare the ledger with periods, and the world with the ledger.

        In batches of people, committed one by one; it may be killed at any point and
        run again, or twice at once.
        """
        run = self.search([("finished_on", "=", False)], limit=1) or self.create({})
        run_steps(self.env, run._step, run._count_people_left())

    def _step(self):
        """Look at the next people, or note that there are none left.

        :return: how many they were
        """
        partners = self._next_people()
        if partners:
            self._check_people(partners)
        else:
            self.finished_on = fields.Datetime.now()
        return len(partners)

    def _sql_people(self):
        """Who has, or had, or is to have something, after the last one finished."""
        self.env["club.membership"].flush_model()
        self.env["club.entitlement"].flush_model()
        return SQL(
            """
            SELECT partner_id FROM club_membership
             WHERE state IN %(live)s AND partner_id > %(last)s
             UNION
            SELECT partner_id FROM club_entitlement WHERE partner_id > %(last)s
            """,
            live=STATES_WITH_LEVEL,
            last=self.last_partner_id,
        )

    def _count_people_left(self):
        query = SQL("SELECT count(*) FROM (%s) AS people", self._sql_people())
        return self.env.execute_query(query)[0][0]

    def _next_people(self):
        query = SQL("%s ORDER BY partner_id LIMIT %s", self._sql_people(), BATCH)
        rows = self.env.execute_query(query)
        return self.env["res.partner"].browse([row[0] for row in rows])

    def _check_people(self, partners):
        """Mend the access of some people and add it up in this run."""
        self.ensure_one()
        ledger = self.env["club.entitlement"]
        opened, closed = ledger._reconcile(partners, "check", "check")
        mended = ledger._mend(partners)
        failed = ledger.search_count(
            [("partner_id", "in", partners.ids), ("state", "=", "failed")]
        )
        self.write(
            {
                "last_partner_id": max(partners.ids),
                "people": self.people + len(partners),
                "given": self.given + len(opened) + len(mended["give"]),
                "taken": self.taken + len(closed) + len(mended["take"]),
                "failed": self.failed + failed,
            }
        )


class ClubEntitlement(models.Model):
    _inherit = "club.entitlement"

    @api.model
    def _mend(self, partners):
        """Make the world agree with the ledger for some people.

        :return: ``{"give": rows, "take": rows}`` that were mended
        """
        rows = self.search_fetch([("partner_id", "in", partners.ids)], order="id")
        is_open = rows.filtered(lambda row: row.state != "taken")
        keys = {row._key() for row in is_open}
        # the latest word on a thing: earlier rows are history
        last = {row._key(): row.id for row in rows if row._key() not in keys}
        over = self.browse(last.values()).filtered(lambda row: not row.counted_in)
        self._retry(is_open)
        given = is_open.filtered(lambda row: row.state == "given")
        missing = given - given._really_given()
        surplus = over._really_given()
        return {
            "give": missing._mend_by(
                "give", self.env._("Was missing: the nightly check gave it again.")
            ),
            "take": surplus._mend_by(
                "take", self.env._("Was open: the nightly check took it back.")
            ),
        }

    def _retry(self, rows):
        rows.filtered(lambda row: row.state in ("pending", "failed"))._drive("give")

    def _mend_by(self, verb, note):
        """Drive these rows and note it on those where it helped."""
        state = "given" if verb == "give" else "taken"
        self._drive(verb)
        self.env.flush_all()
        settled = self.filtered(lambda row: row.state == state)
        there = settled._really_given()
        helped = there if verb == "give" else settled - there
        day = fields.Date.context_today(self)
        helped.write({"note": f"{day}: {note}"})
        return helped
