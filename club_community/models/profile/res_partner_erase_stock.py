import re

from markupsafe import escape

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.account.models.mail_message import bypass_token

from .club_profile_point import PERSON
from .res_partner_erase import write_columns

# Documents of the books, and the orders behind them.
BOOKS = ("sale.order", "account.move", "account.payment", "payment.transaction")

# Records that are about one person: how they are found (by the contact, or by his
# e-mail where another booked for him), and whether they stay without their words (for
# counts and figures) or go.
_ABOUT = (
    ("crm.lead", ("partner_id", "email_normalized"), "blank"),
    (
        "event.registration.answer",
        ("registration_id.partner_id", "registration_id.email"),
        "go",
    ),
    ("event.registration", ("partner_id", "email"), "blank"),
    ("survey.user_input", ("partner_id", "email"), "go"),
    ("calendar.attendee", ("partner_id",), "blank"),
    ("payment.token", ("partner_id",), "card"),
    ("res.partner.bank", ("partner_id",), "number"),
    ("rating.rating", ("partner_id",), "go"),
    ("sms.sms", ("partner_id",), "go"),
    ("snailmail.letter", ("partner_id",), "go"),
    ("mail.scheduled.message", ("author_id",), "go"),
    ("mail.push.device", ("partner_id",), "go"),
    ("discuss.channel.member", ("partner_id",), "go"),
    ("mail.followers", ("partner_id",), "go"),
)

_MAIL_TEXTS = {
    "mail.message": (
        "subject body email_from reply_to incoming_email_to incoming_email_cc "
        "outgoing_email_to"
    ),
    "mail.mail": "body_html email_to email_cc headers failure_reason",
    "mail.tracking.value": (
        "old_value_char old_value_text new_value_char new_value_text"
    ),
    "mail.notification": "mail_email_address failure_reason",
    "mail.activity": "summary note feedback",
    "calendar.event": "name description location",
    "discuss.channel": "name description",
}


class ResPartner(models.Model):
    """What stock keeps of a person outside the contact, and how it is forgotten."""

    _inherit = "res.partner"

    def _club_erase_strings(self):
        """Texts by which a person can be known: name, e-mails, phones."""
        self.ensure_one()
        found = (
            self.name,
            self.email,
            self.email_normalized,
            self.phone,
            self.phone_sanitized,
            self.club_second_phone,
            *self.user_ids.mapped("login"),
        )
        return sorted({text for text in found if text and len(text) > 3}, key=len)

    def _club_erase_stock(self):
        strings = self._club_erase_strings()
        self._club_erase_mail(strings)
        for model, paths, how in _ABOUT:
            if model not in self.env.registry:
                continue
            rows = self.env[model].search(
                Domain.OR(
                    [(path, "in", strings if "email" in path else self.ids)]
                    for path in paths
                )
            )
            if not rows:
                continue
            if model in ("crm.lead", "event.registration", "survey.user_input"):
                self._club_erase_traces(rows)
            getattr(self, f"_club_stock_{how}")(rows)
        self._club_erase_wizards()
        self._club_erase_blacklists(strings)
        transactions = self.env["payment.transaction"].search(
            [("partner_id", "=", self.id)]
        )
        write_columns(
            transactions,
            dict.fromkeys(
                (
                    "partner_email",
                    "partner_address",
                    "partner_zip",
                    "partner_city",
                    "partner_phone",
                )
            ),
        )

    def _club_stock_go(self, rows):
        rows.unlink()

    def _club_stock_blank(self, rows):
        self._club_blank(rows)

    def _club_stock_card(self, tokens):
        """A saved card: no charge any more; the row stays with its payments."""
        write_columns(tokens, {"payment_details": None, "active": False})

    def _club_stock_number(self, accounts):
        """Bank accounts: those of a payment stay in the books, the others nowhere."""
        used = self.env["account.payment"].search(
            [("partner_bank_id", "in", accounts.ids)]
        )
        moves = self.env["account.move"].search(
            [("partner_bank_id", "in", accounts.ids)]
        )
        write_columns(accounts, {"acc_holder_name": None, "active": False})
        for account in accounts - used.partner_bank_id - moves.partner_bank_id:
            number = f"erased-{account.id}"
            write_columns(
                account, {"acc_number": number, "sanitized_acc_number": number}
            )

    def _club_erase_wizards(self):
        """Rows of wizards live for a day; his go at once."""
        for name, model in self.env.registry.items():
            if not model._transient or not model._auto or name.startswith("club."):
                continue
            links = [
                field.name
                for field in model._fields.values()
                if field.store
                and field.comodel_name == PERSON
                and field.type in ("many2one", "many2many")
            ]
            if links:
                rows = self.env[name].search(
                    Domain.OR([(link, "in", self.ids)] for link in links)
                )
                rows.unlink()

    def _club_erase_blacklists(self, strings):
        """Nobody has his address any more, so nobody can write to it."""
        for model, column in (
            ("mail.blacklist", "email"),
            ("phone.blacklist", "number"),
            ("mail.gateway.allowed", "email"),
        ):
            if model in self.env.registry:
                rows = self.env[model].search([(column, "in", strings)])
                self._club_erase_traces(rows)
                rows.unlink()

    # --- Chatter and mail -------------------------------------------------------------

    def _club_erase_traces(self, records):
        """Chatter, files, tasks and external ids of records that are about him."""
        if not records:
            return
        env = self.with_context(bypass_audit=bypass_token).env
        on = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        env["mail.message"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids)]
        ).unlink()
        env["mail.activity"].search(on).unlink()
        env["mail.followers"].search(on).unlink()
        # stock hides the files of columns (pictures) unless they are asked for
        env["ir.attachment"].search(
            [*on, "|", ("res_field", "=", False), ("res_field", "!=", False)]
        ).unlink()
        modules = env["ir.module.module"].search([("state", "=", "installed")])
        env["ir.model.data"].search(
            [
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("module", "not in", modules.mapped("name")),
            ]
        ).unlink()

    def _club_erase_mail(self, strings):
        """What he wrote goes; what was written to him, or on documents that stay, is
        kept without his name, e-mails and phones.

        Where a company keeps a restricted audit trail, the chatter of its posted
        documents stays as it is: stock forbids to change it, and so may the law.
        """
        Message = self.env["mail.message"]
        own = [("author_id", "=", self.id)]
        Message.search([*own, ("model", "not in", BOOKS)]).unlink()
        books = Message.search([*own, ("model", "in", BOOKS)])
        books |= self._club_messages_on_books(strings)
        books -= books.filtered("account_audit_log_restricted")
        his_words = books.filtered(lambda message: message.author_id == self)
        write_columns(his_words, {"body": None, "subject": None})
        to_him = Message.search(
            [
                "|",
                ("partner_ids", "in", self.ids),
                ("notification_ids.res_partner_id", "in", self.ids),
                ("model", "not in", BOOKS),
            ]
        )
        chats = self.env["discuss.channel"].search(
            [
                ("channel_type", "!=", "channel"),
                ("channel_member_ids.partner_id", "in", self.ids),
            ]
        )
        in_chats = Message.search(
            [("model", "=", chats._name), ("res_id", "in", chats.ids)]
        )
        meetings = self.env["calendar.event"].search([("partner_ids", "in", self.ids)])
        on_meetings = Message.search(
            [("model", "=", meetings._name), ("res_id", "in", meetings.ids)]
        )
        # notes on plans and imports name people
        on_ours = Message.search([("model", "=like", "club.%")])
        messages = books | to_him | in_chats | on_meetings | on_ours
        Mail = self.env["mail.mail"]
        self.env["mail.notification"].search(
            [("res_partner_id", "in", self.ids)]
        ).unlink()
        to_address = Domain.OR(
            [("email_to", "ilike", email)] for email in strings if "@" in email
        )
        Mail.search(Domain("recipient_ids", "in", self.ids) | to_address).unlink()
        messages = messages.exists()
        self._club_scrub(messages, strings)
        self._club_scrub(messages.tracking_value_ids, strings)
        self._club_scrub(
            Mail.search([("mail_message_id", "in", messages.ids)]), strings
        )
        self._club_scrub(chats, strings)
        self._club_scrub(meetings, strings)
        self._club_erase_tracked()
        self._club_erase_addresses_in_mail(strings)

    def _club_messages_on_books(self, strings):
        """The chatter of his orders, invoices and payments."""
        Message = self.env["mail.message"]
        found = Message
        for name in BOOKS:
            if "message_ids" in self.env[name]._fields:
                documents = self.env[name].search([("partner_id", "=", self.id)])
                found |= Message.search(
                    [("model", "=", name), ("res_id", "in", documents.ids)]
                )
                self._club_scrub(
                    self.env["mail.activity"].search(
                        [("res_model", "=", name), ("res_id", "in", documents.ids)]
                    ),
                    strings,
                )
        return found

    def _club_scrub(self, rows, strings, everywhere=False):
        """Put “Erased person” for some texts, in one statement per column.

        :param everywhere: of all rows of the table
        """
        if not strings or not (rows or everywhere):
            return
        # as it stands, and as it stands in HTML
        spelled = {*strings, *(str(escape(text)) for text in strings)}
        pattern = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
        texts = [
            name
            for name in _MAIL_TEXTS[rows._name].split()
            if name in rows._fields and rows._fields[name].column_type
        ]
        for name in texts:
            column = SQL.identifier(name)
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = regexp_replace("
                    "%(column)s, %(pattern)s, %(name)s, 'gi') "
                    "WHERE %(column)s ~* %(pattern)s "
                    "AND (%(all)s OR id = ANY(%(ids)s))",
                    table=SQL.identifier(rows._table),
                    column=column,
                    pattern=pattern,
                    name=self._club_erased_name(self.id),
                    all=everywhere,
                    ids=rows.ids,
                )
            )
        rows.invalidate_model(texts, flush=False)

    def _club_erase_tracked(self):
        """Other records that he was once set on have his name in their history."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_tracking_value v
                   SET old_value_char = CASE WHEN old_value_integer = %(id)s
                           THEN %(name)s ELSE old_value_char END,
                       new_value_char = CASE WHEN new_value_integer = %(id)s
                           THEN %(name)s ELSE new_value_char END
                  FROM ir_model_fields f
                 WHERE f.id = v.field_id AND f.relation = %(model)s
                   AND %(id)s IN (old_value_integer, new_value_integer)
                """,
                id=self.id,
                name=self._club_erased_name(self.id),
                model=PERSON,
            )
        )

    def _club_erase_addresses_in_mail(self, strings):
        """His e-mails and phones wherever else mail has them: nobody else has those."""
        own = [text for text in strings if text != self.name]
        for name in ("mail.message", "mail.mail", "mail.tracking.value"):
            self._club_scrub(self.env[name], own, everywhere=True)
        if strings:
            patterns = [f"%{text}%" for text in strings]
            self.env.cr.execute(
                SQL("DELETE FROM bus_bus WHERE message ILIKE ANY(%s)", patterns)
            )
