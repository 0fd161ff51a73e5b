"""Who is in which segment: one statement for each, which writes what changes only."""

import logging

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, Query

from ..membership.club_batches import run_list

_logger = logging.getLogger(__name__)


class ClubSegment(models.Model):
    _inherit = "club.segment"

    @api.model
    def _cron_count(self):
        """Nightly: put people into segments and take them out, a segment at a time.

        Each is a transaction of its own and asks for itself what is true then, so the
        job may be killed at any point, run twice or on two workers. A night that
        changes nothing writes no row. A filter that cannot be asked any more (a column
        is gone with its module) leaves its segment as it was, and the log says so.
        """
        segments = self.with_context(active_test=False).search([("id", "!=", 0)])
        run_list(self.env, segments.ids, 1, self._count_batch)

    @api.model
    def _count_batch(self, ids):
        for segment in self.browse(ids).exists():
            try:
                segment._count()
            except ValidationError as error:
                _logger.warning("Segment %s is not counted: %s", segment.id, error)

    def action_count(self):
        """Count these segments now, instead of next night."""
        self.check_access("write")
        self._count()

    def _count(self, people=None):
        """Insert whoever fits and is not in, delete whoever is in and fits no more.

        Of two transactions that count one segment at the same time the slower fails to
        serialise, and is run again.

        :param people: of these people only; of everybody
        """
        if not self or (people is not None and not people):
            return
        self.env.flush_all()
        for segment in self:
            self.env.cr.execute(
                SQL(
                    """
                    WITH fits AS (%(fits)s), gone AS (
                        DELETE FROM club_segment_partner_rel r
                         WHERE r.segment_id = %(segment)s AND %(among)s
                           AND NOT EXISTS (SELECT FROM fits WHERE id = r.partner_id)
                    )
                    INSERT INTO club_segment_partner_rel (segment_id, partner_id)
                    SELECT %(segment)s, id FROM fits
                     WHERE NOT EXISTS (
                           SELECT FROM club_segment_partner_rel r
                            WHERE r.segment_id = %(segment)s AND r.partner_id = fits.id)
                        ON CONFLICT DO NOTHING
                    """,
                    fits=segment._sql_fits(people),
                    segment=segment.id,
                    among=SQL("TRUE")
                    if people is None
                    else SQL("r.partner_id = ANY(%s)", people.ids),
                )
            )
        self.invalidate_recordset(["partner_ids"], flush=False)
        self.env["res.partner"].invalidate_model(["club_segment_ids"], flush=False)

    def _sql_fits(self, people):
        """SELECT of the ids of people who fit; an archived segment has none."""
        self.ensure_one()
        # sudo: people of every portfolio; the filter asks for nothing confidential
        everybody = self.env["res.partner"].sudo().with_context(active_test=True)
        query = Query(self.env, "p", SQL.identifier("res_partner"))
        query.add_where(SQL("p.active AND p.is_company IS NOT TRUE"))
        if not self.active:
            query.add_where(SQL("FALSE"))
        if people is not None:
            query.add_where(SQL("p.id = ANY(%s)", people.ids))
        query.add_where(self.sudo()._conditions()._to_sql(everybody, "p", query))
        return query.select(SQL("p.id"))
