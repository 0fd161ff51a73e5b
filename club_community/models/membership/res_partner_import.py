from odoo import api, models
from odoo.tools import email_normalize


class ResPartner(models.Model):
    """Clients from a file, through the stock import screen."""

    _inherit = "res.partner"

    @api.model
    def get_import_templates(self):
        return [
            *super().get_import_templates(),
            {
                "label": self.env._("Import Template for Club Clients"),
                "template": "/club_community/static/xls/club_clients.csv",
            },
        ]

    @api.model
    def _convert_records(self, records, **kwargs):
        """Name the rows whose e-mail is somebody else's, before anything is created.

        Here and not in ``create``: the whole file is in view, each row with its
        number, and every bad row is named in one go.
        """
        # Only files with a column of the club: other imports keep stock's ways.
        if self.env.context.get("import_file"):
            records = list(records)
            if records and any(name.startswith("club_") for name in records[0][0]):
                self._club_check_import_emails(records, kwargs["log"])
        return super()._convert_records(records, **kwargs)

    def _load_records_write(self, values):
        """Write what differs: a file that comes again says mostly what is there.

        Stock writes every cell, and each person then costs a dozen queries of address
        and commercial fields: half a minute for a thousand people.
        """
        if self.env.context.get("import_file") and any(
            name.startswith("club_") for name in values
        ):
            values = {
                name: value
                for name, value in values.items()
                if self._club_is_news(name, value)
            }
            if not values:
                return True
        return super()._load_records_write(values)

    def _club_is_news(self, name, value):
        """Whether a cell says something else than the person has."""
        field = self._fields[name]
        if field.type in ("one2many", "many2many", "properties"):
            return True
        current = field.convert_to_cache(self[name], self)
        return field.convert_to_cache(value, self) != current

    @api.model
    def _club_check_import_emails(self, records, log):
        """One person, one e-mail, one card.

        :param records: pairs of a row as text (``{column: cell}``) and its position
        :param log: called with a message for each bad row
        """
        people = [
            (position, email, record.get("id"))
            for position, (record, _extras) in enumerate(records)
            if (email := email_normalize(record.get("email") or ""))
            and not self._club_is_yes(record.get("is_company"))
        ]
        owners = self._club_email_owners(
            {email for _position, email, _key in people},
            [record["id"] for record, _extras in records if record.get("id")],
        )
        first_keys = {}
        for position, email, key in people:
            message = None
            if email in owners:
                message = self.env._(
                    "The e-mail %(email)s belongs to %(name)s already: "
                    "one person, one card.",
                    email=email,
                    name=owners[email],
                )
            elif email in first_keys and (not key or first_keys[email] != key):
                message = self.env._(
                    "The e-mail %(email)s stands in this file twice: "
                    "one person, one card.",
                    email=email,
                )
            first_keys.setdefault(email, key)
            if message:
                log(
                    {
                        **records[position][1],
                        "type": "error",
                        "record": position,
                        "field": "email",
                        "message": message,
                    }
                )

    def _club_is_yes(self, cell):
        """What the converter of the stock import takes for a yes, in any language."""
        if not isinstance(cell, str) or not cell:
            return bool(cell)
        converter = self.env["ir.fields.converter"]
        return converter._str_to_boolean(self, None, cell, savepoint=None)[0]

    def _club_email_owners(self, emails, keys):
        """Who has these e-mails, ``{email: name}``, people of the file left out.

        :param keys: external ids of the file's rows
        """
        module = self.env.context.get("_import_current_module", "__import__")
        xml_ids = [key if "." in key else f"{module}.{key}" for key in keys]
        # sudo: whoever imports must learn of people whom he may not see, too
        partners_sudo = self.sudo()
        known = self.env["ir.model.data"].sudo()._lookup_xmlids(xml_ids, self)
        taken = partners_sudo.search_fetch(
            [
                ("email_normalized", "in", list(emails)),
                ("is_company", "=", False),
                ("id", "not in", [row[4] for row in known]),
            ],
            ["email_normalized", "name"],
        )
        return {partner.email_normalized: partner.name for partner in taken}
