from odoo import api, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.depends("product_variant_ids.club_plan_ids.currency_id")
    def _compute_currency_id(self):
        """A plan's product is priced in the plan's currency (stock: the company's).

        Pricelists and orders then convert it with the rate of their day, as they
        do with any other product.
        """
        res = super()._compute_currency_id()
        for template in self:
            # sudo: whoever may see a product may see what its price is in
            if plan := template.sudo().product_variant_ids.club_plan_ids[:1]:
                template.currency_id = plan.currency_id
        return res

    @api.constrains("list_price")
    def _check_plan_price(self):
        # sudo: whoever prices a product need not see its plan
        negative = self.filtered(lambda template: template.list_price < 0)
        if negative.sudo().product_variant_ids.club_plan_ids:
            raise ValidationError(
                self.env._("The fee of a membership cannot be negative.")
            )
