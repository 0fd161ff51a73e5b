from odoo import api, fields, models
from odoo.exceptions import UserError


class TryRowByRow(Exception):
    """A batch of an import holds a bad row: stock then tries each row alone."""


class ClubMembership(models.Model):
    """Periods paid before the club came to Odoo, through the stock import screen."""

    _inherit = "club.membership"

    import_key = fields.Char(
        readonly=True,
        copy=False,
        help="Which old line it was, for periods brought along from elsewhere.",
    )

    _import_key_uniq = models.UniqueIndex(
        "(import_key) WHERE import_key IS NOT NULL",
        "This old membership line was brought along already.",
    )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Memberships"),
                "template": "/club_community/static/xls/club_memberships.csv",
            }
        ]

    @api.model
    def _convert_records(self, records, **kwargs):
        """One sentence per bad row.

        Stock would go on without the plan that it did not find, and then say of the
        same row that a plan is missing. Nothing is imported any more once a row is
        bad, so leaving it out changes no result.
        """
        bad_rows = set()
        log = kwargs["log"]

        def note(message):
            if message["type"] == "error":
                bad_rows.add(message["record"])
            log(message)

        records = list(records)
        prepared = self._with_members_looked_up(records)
        for row in super(ClubMembership, prepared)._convert_records(
            records, **dict(kwargs, log=note)
        ):
            if row[3]["record"] not in bad_rows:
                yield row

    @api.model
    def _with_members_looked_up(self, records):
        """``self`` with the keys of all members in the cache of the import.

        Stock looks each up with a query of its own, which was a quarter of the time.

        :param records: pairs of a row as text (``{column: cells}``) and its position
        """
        module = self.env.context.get("_import_current_module", "__import__")
        keys = {
            cell["id"]
            for record, _extras in records
            for cell in record.get("partner_id") or ()
            if cell.get("id")
        }
        xml_ids = [key if "." in key else f"{module}.{key}" for key in keys]
        # sudo: stock reads external ids without asking for rights as well
        IrModelData = self.env["ir.model.data"].sudo()
        found = IrModelData._lookup_xmlids(xml_ids, self.env["res.partner"])
        return self.with_context(
            import_cache={
                f"{key_module}.{name}": (model, res_id)
                for _id, key_module, name, model, res_id, _noupdate, exists in found
                if exists
            }
        )

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
        # Compute the people here, in the context of the import: left to the end of
        # the batch, each change of level is a message in the person's history even
        # though "Track history during import" is off.
        self.env.flush_all()
        return memberships

    def _load_records_write(self, values):
        """The same file again: compare, and write nothing that payment decides.

        Also for the system itself, which `write` lets through: a file is no payment.
        """
        values = self._without_empty_cells(values)
        if self.env.context.get("import_file"):
            values = self._without_protected(values)
            if not values:
                return True
        return super()._load_records_write(values)

    @api.model
    def _without_empty_cells(self, vals):
        return {name: value for name, value in vals.items() if value is not False}
