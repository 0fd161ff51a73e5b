from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _generate_template_attachments(
        self, res_ids, render_fields, render_results=None
    ):
        """Leave the PDF out where the machine has no program to make one.

        Only when asked by the context key ``club_without_pdf``: see
        ``sale.order._send_order_notification_mail`` and ``event.mail._send_mail``.
        """
        if self.env.context.get("club_without_pdf"):
            render_fields = set(render_fields) - {"report_template_ids"}
        return super()._generate_template_attachments(
            res_ids, render_fields, render_results
        )
