from odoo import api, models


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        """Look a plan, a city or a manager up once per file instead of once per row.

        Stock keeps external ids that it has looked up in a cache of the import, but
        not names. Only columns of the club, and never names that the file itself
        may be creating.
        """
        is_ours = field.model_name.startswith("club.") or field.name.startswith("club_")
        found = self.env.context.get("import_cache")
        by_name = subfield is None and field.comodel_name != model._name
        if found is None or not by_name or not is_ours:
            return super().db_id_for(model, field, subfield, value, savepoint)
        key = (field.comodel_name, value)
        if key not in found:
            found[key] = super().db_id_for(model, field, subfield, value, savepoint)
        return found[key]
