from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools import period


class TryRowByRow(Exception):
    """A batch of an import holds a bad row: stock then tries each row alone."""


class ClubMembership(models.Model):
    """Periods paid before the club came to Odoo, through the stock import screen."""

    _inherit = "club.membership"

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Memberships"),
                "template": "/club_community/static/xls/club_memberships.csv",
            }
        ]

    @api.model
    def _load_records(self, data_list, update=False):
        """Let stock find the bad row of a batch itself.

        It reports a ``UserError`` of a whole batch for the batch's first row, which
        would send the user to a row in which nothing is wrong.
        """
        try:
            return super()._load_records(data_list, update)
        except UserError as error:
            if len(data_list) > 1:
                raise TryRowByRow from error
            raise

    @api.model
    def _load_records_create(self, vals_list):
        """An empty cell says nothing: end and fee then follow from the plan."""
        vals_list = [self._without_empty_cells(vals) for vals in vals_list]
        memberships = super()._load_records_create(vals_list)
        memberships._check_recorded_once()
        memberships._end_grace_of_renewed()
        # Compute the people here, in the context of the import: left to the end of
        # the batch, each change of level is a message in the person's history even
        # though "Track history during import" is off.
        self.env.flush_all()
        return memberships

    def _load_records_write(self, values):
        """The same file again, with the same empty cells."""
        return super()._load_records_write(self._without_empty_cells(values))

    @api.model
    def _without_empty_cells(self, vals):
        return {name: value for name, value in vals.items() if value is not False}

    def _end_grace_of_renewed(self):
        """A file brings a period in grace together with the one that continues it."""
        in_grace = self.filtered(lambda membership: membership.state == "grace")
        if in_grace:
            # sudo: the state is protected, and this is no change by hand
            in_grace._renewed().sudo().write({"state": "expired"})

    def _check_recorded_once(self):
        """Refuse a second history of the same days.

        The database forbids two live periods only. A file that comes again with other
        keys would double all that is long over, and nobody would see it.

        :raise ValidationError: names the period that is there already
        """
        self.flush_recordset()
        paid = ("expired", *period.LIVE_STATES)
        overlaps = self.env.execute_query(
            SQL(
                """
                SELECT other.id
                  FROM club_membership one
                  JOIN club_membership other
                    ON other.partner_id = one.partner_id
                   AND other.id < one.id
                   AND other.company_id = one.company_id
                   AND other.family_id = one.family_id
                   AND daterange(one.date_start, one.date_end, '[]')
                       && daterange(other.date_start, other.date_end, '[]')
                 WHERE one.id = ANY(%(ids)s)
                   AND one.state IN %(paid)s
                   AND other.state IN %(paid)s
                 LIMIT 1
                """,
                ids=self.ids,
                paid=paid,
            )
        )
        if overlaps:
            # sudo: the other period may be of another manager's portfolio
            raise ValidationError(
                self.env._(
                    "This person has a paid membership in these days already "
                    "(%(membership)s). One period starts the day after the other's "
                    "end.",
                    membership=self.browse(overlaps[0]).sudo().display_name,
                )
            )
