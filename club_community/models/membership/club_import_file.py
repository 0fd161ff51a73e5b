import base64
import csv
import io
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

# What a column may be called: field paths of Odoo 19 and 18, and English labels.
COLUMNS = {
    "key": ("id", "external id"),
    "person_key": ("partner_id/id", "partner/id", "partner/external id"),
    "email": ("partner_id/email", "partner/email"),
    "person": ("partner_id", "partner", "partner_id/name", "partner/name"),
    "product": ("membership_id", "membership", "membership_id/name", "membership/name"),
    "date_from": ("date_from", "from"),
    "date_to": ("date_to", "to"),
    "date_cancel": ("date_cancel", "cancel date"),
    "state": ("state", "membership status"),
    "fee": (
        "account_invoice_line_id/price_subtotal",
        "account_invoice_line/price_subtotal",
        "account invoice line/subtotal",
        "member_price",
        "membership fee",
    ),
    "currency": (
        "account_invoice_id/currency_id",
        "account_invoice_line_id/currency_id",
        "invoice/currency",
    ),
    "invoice": ("account_invoice_id", "invoice"),
    "payment": (
        "account_invoice_id/payment_state",
        "invoice/payment status",
        "invoice/payment state",
    ),
}
NEEDED = ("key", "product", "date_from", "date_to", "state")
STATES = {
    "paid": "paid",
    "paid member": "paid",
    "free": "free",
    "free member": "free",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "cancelled member": "cancelled",
}
PAYMENTS = {
    "paid": "paid",
    "in_payment": "paid",
    "in payment": "paid",
    "reversed": "credited",
}


class ClubImport(models.Model):
    """Old lines from the CSV export of another Odoo (see docs/coming-from-oca.md)."""

    _inherit = "club.import"

    def _read_file(self):
        """Read the lines of the file; a row that makes no sense is reported.

        :raise UserError: no file, or not one of membership lines
        """
        self.ensure_one()
        rows = self._rows_of_file()
        products = self._products_of_file(rows)
        people = self._people_of_file(rows)
        currencies = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search_fetch([("name", "in", [row["currency"] for row in rows])], ["name"])
        }
        seen = set()
        vals_list = []
        for number, row in enumerate(rows, 2):  # the first row has the names
            vals = self._line_of_row(row, people, currencies, seen, number)
            vals["product_id"] = products.get(row["product"].casefold())
            vals_list.append(vals)
        vals_list.sort(
            key=lambda v: (v["partner_id"] or 0, v.get("date_from") or date.min)
        )
        self.env["club.import.line"].create(vals_list)

    def _rows_of_file(self):
        """The rows as dictionaries with the keys of ``COLUMNS``, all of them text."""
        if not self.file:
            raise UserError(self.env._("Choose the CSV file first."))
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UserError(
                self.env._("The file is not a CSV file in UTF-8. Export it as CSV.")
            ) from None
        head = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=head.count)
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
        names = {
            (name or "").strip().casefold(): name for name in reader.fieldnames or ()
        }
        found = {
            column: next((names[alias] for alias in aliases if alias in names), None)
            for column, aliases in COLUMNS.items()
        }
        self._check_columns(found)
        return [
            {column: (row.get(name) or "").strip() for column, name in found.items()}
            for row in reader
        ]

    def _check_columns(self, found):
        missing = [COLUMNS[column][0] for column in NEEDED if not found[column]]
        if not (found["person_key"] or found["email"] or found["person"]):
            missing.append(COLUMNS["person_key"][0])
        if missing:
            raise UserError(
                self.env._(
                    "The file has no column %(names)s. Export the membership lines "
                    "with “I want to update data” ticked and these columns.",
                    names=", ".join(missing),
                )
            )

    def _products_of_file(self, rows):
        """Rows of the mapping, ``{name: id}``; chosen plans are kept."""
        known = {product.key: product for product in self.product_ids}
        fees = {}
        for row in rows:
            if row["product"]:
                fees.setdefault(row["product"], []).append(self._number(row["fee"]))
        for name, of_name in fees.items():
            key = f"name:{name.casefold()}"
            if key not in known:
                known[key] = self.env["club.import.product"].create(
                    {
                        "import_id": self.id,
                        "key": key,
                        "name": name,
                        "price": max(set(of_name), key=of_name.count) or 0.0,
                    }
                )
        return {key.removeprefix("name:"): product.id for key, product in known.items()}

    def _people_of_file(self, rows):
        """Who is meant, ``{external id, e-mail or name: people}``.

        Archived people too, so that the report can say so.
        """
        people = self.env["res.partner"].with_context(active_test=False)
        here = [("company_id", "in", (self.company_id.id, False))]
        keys = {row["person_key"] for row in rows if row["person_key"]}
        xml_ids = [key if "." in key else f"__import__.{key}" for key in keys]
        found = {}
        for row in self.env["ir.model.data"]._lookup_xmlids(xml_ids, people):
            _id, module, name, _model, partner_id, _noupdate, exists = row
            if exists:
                found["key", f"{module}.{name}"] = people.browse(partner_id)
        for kind, name in (("email", "email_normalized"), ("person", "name")):
            wanted = {self._identity(kind, row[kind]) for row in rows} - {""}
            domain = [(name, "in", list(wanted)), ("is_company", "=", False), *here]
            for person in people.search_fetch(domain, [name]):
                value = (kind, person[name])
                found[value] = found.get(value, people) | person
        return found

    @api.model
    def _identity(self, kind, value):
        return (email_normalize(value) or "") if kind == "email" else value

    def _line_of_row(self, row, people, currencies, seen, number):
        """Values of one old line; what cannot be read is said, not raised."""
        person, problem = self._person_of_row(row, people)
        vals = {
            "import_id": self.id,
            "company_id": self.company_id.id,
            "key": f"file:{row['key']}",
            "partner_id": person.id,
            "partner_name": row["person"] or row["email"] or row["person_key"],
            "fee": self._number(row["fee"]) or 0.0,
            "currency_id": currencies.get(
                row["currency"], self.company_id.currency_id
            ).id,
            "fact": self._fact_of_row(row),
            "source_note": row["invoice"],
        }
        for name in ("date_from", "date_to"):
            try:
                vals[name] = fields.Date.to_date(row[name][:10] or False)
            except ValueError:
                problem = self._not_readable(row[name], self.env._("a day"))
        if row["fee"] and self._number(row["fee"]) is None:
            problem = self._not_readable(row["fee"], self.env._("a number"))
        if row["currency"] and row["currency"] not in currencies:
            problem = self._not_readable(row["currency"], self.env._("a currency"))
        if not row["key"] or vals["key"] in seen:
            problem = self.env._("The key of the row is missing, or stands there twice")
            vals["key"] += f"#{number}"
        seen.add(vals["key"])
        if problem:
            vals.update(fact="unreadable", source_note=f"{number}: {problem}")
        return vals

    def _not_readable(self, value, expected):
        return self.env._(
            "“%(value)s” is not %(expected)s", value=value, expected=expected
        )

    def _person_of_row(self, row, people):
        """The one person that a row means, by the first column that knows him."""
        nobody = self.env["res.partner"]
        key = row["person_key"]
        candidates = (
            ("key", key if "." in key else f"__import__.{key}"),
            ("email", self._identity("email", row["email"])),
            ("person", row["person"]),
        )
        for candidate in candidates:
            found = people.get(candidate, nobody)
            if len(found) == 1:
                return found, None
            if found:
                return nobody, self.env._(
                    "%(count)s people here are called or mailed like this",
                    count=len(found),
                )
        return nobody, None

    @api.model
    def _fact_of_row(self, row):
        state = STATES.get(row["state"].casefold(), "unpaid")
        if state in ("free", "cancelled") or row["date_cancel"]:
            return "free" if state == "free" else "cancelled"
        if row["payment"]:
            return PAYMENTS.get(row["payment"].casefold(), "unpaid")
        return state

    @api.model
    def _number(self, text):
        try:
            return float(text.replace(" ", "").replace("\xa0", "") or 0)
        except ValueError:
            return None

    # --- The report -----------------------------------------------------------------

    def _report_csv(self):
        """Every line that could not be taken, with its reason, in base64."""
        lines = self.env["club.import.line"].search(
            [("import_id", "=", self.id), ("verdict", "=", "refused")]
        )
        names = ("reason", "note", "partner_name", "product_id", "date_from")
        names += ("date_to", "fact", "fee", "currency_id", "key")
        described = lines.fields_get(names)
        labels = {
            name: dict(described[name]["selection"]) for name in ("reason", "fact")
        }
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([described[name]["string"] for name in names])
        for line in lines:
            writer.writerow(
                [
                    _cell(
                        labels[name].get(line[name])
                        if name in labels
                        else lines._fields[name].convert_to_export(line[name], line)
                    )
                    for name in names
                ]
            )
        # Excel takes a file for UTF-8 only when it begins with this mark.
        return base64.b64encode(text.getvalue().encode("utf-8-sig"))


def _cell(value):
    """As stock's export: a spreadsheet would run text that looks like a formula."""
    if isinstance(value, str) and value.startswith(("=", "-", "+", "@")):
        return "'" + value
    return "" if value is False or value is None else value
