from odoo import api, models
from odoo.exceptions import UserError


class ClubInUse(models.AbstractModel):
    """What history points to is archived and not removed.

    Not by foreign keys: when the addon goes, its data go first and its tables after
    them, and the log would be full of refusals. So the keys cascade, and this guards.
    """

    _name = "club.in.use"
    _description = "Not Removed While in Use"

    # ((model, column that points here), ...)
    _used_by = ()

    @api.ondelete(at_uninstall=False)
    def _unlink_not_in_use(self):
        """:raise UserError: something points to one of these"""
        for model, name in self._used_by:
            # sudo: people of every portfolio count
            rows_sudo = self.env[model].sudo().with_context(active_test=False)
            if rows_sudo.search_count([(name, "in", self.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "“%(name)s” is in use: archive it instead of removing it.",
                        name=", ".join(self.mapped("display_name")),
                    )
                )
