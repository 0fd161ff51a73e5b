from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def send_mail_batch(
        self,
        res_ids,
        force_send=False,
        raise_exception=False,
        email_values=None,
        email_layout_xmlid=False,
    ):
        """Queue the mail where a caller of stock code asks for it by the context.

        A mail in the queue goes, or is undone, with the transaction that wrote it.
        """
        return super().send_mail_batch(
            res_ids,
            force_send=force_send and not self.env.context.get("club_queue_mail"),
            raise_exception=raise_exception,
            email_values=email_values,
            email_layout_xmlid=email_layout_xmlid,
        )
