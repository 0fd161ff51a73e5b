from odoo import models

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _prepare_update(self):
        """Uninstalled, our columns take nothing of stock along.

        Stock removes with a field every delegated field that depends on it. The level
        and the prices of a person are computed from our columns and stay; so must
        their counterparts on users (``res.users.grade_id``), since nothing brings a
        removed field's record back before an update of its own module.
        """
        records = super()._prepare_update()
        if not self.env.context.get(MODULE_UNINSTALL_FLAG):
            return records
        going = {(record.model, record.name) for record in self}

        def goes(record):
            if record in self:
                return True
            model = self.env.get(record.model)
            field = model is not None and model._fields.get(record.name)
            if not field or not field.inherited:
                return True
            origin = field.inherited_field
            return (origin.model_name, origin.name) in going

        return records.filtered(goes)
