from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

LINES = "membership_membership_line"
# The columns that this reads, as they are called: Odoo 19 (OCA), Odoo until 18.
LINE_COLUMNS = {
    "partner": ("partner_id", "partner"),
    "invoice_line": ("account_invoice_line_id", "account_invoice_line"),
    "company": ("company_id",),
}
PERSON_COLUMNS = {
    "free": ("free_member",),
    "payer": ("associate_member_id", "associate_member"),
}


class ClubImport(models.Model):
    """Old lines from the tables of the module ``membership`` in this very database.

    Odoo had it until 18, OCA has it since. The tables are read by SQL and never
    written: the module may be installed, or gone and its tables left, as after an
    upgrade from 18.
    """

    _inherit = "club.import"

    @api.model
    def _tables_are_here(self):
        return bool(self._columns_of(LINES))

    @api.model
    def _columns_of(self, table):
        rows = self.env.execute_query(
            SQL(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema AND table_name = %s",
                table,
            )
        )
        return {name for (name,) in rows}

    def _read_tables(self):
        """Read every line of the company, and the people who are members without one.

        :raise UserError: there are no such tables
        """
        self.ensure_one()
        if not self._tables_are_here():
            raise UserError(
                self.env._(
                    "This database has no tables of the module “membership”. Export "
                    "the membership lines from your old Odoo as a CSV file instead."
                )
            )
        self.env.flush_all()
        self._read_products()
        self.env.cr.execute(self._lines_sql())
        for statement in self._people_without_lines_sql():
            self.env.cr.execute(statement)
        self.env["club.import.line"].invalidate_model()

    def _read_products(self):
        """One row for each old product that has lines; chosen plans are kept."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT membership_id FROM %s WHERE membership_id IS NOT NULL",
                SQL.identifier(LINES),
            )
        )
        known = set(self.product_ids.mapped("key"))
        # Archived products have lines as well.
        products = (
            self.env["product.product"]
            .with_context(active_test=False)
            .browse(product_id for (product_id,) in rows)
            .exists()
            .with_company(self.company_id)
        )
        self.env["club.import.product"].create(
            [
                {
                    "import_id": self.id,
                    "key": f"product:{product.id}",
                    "name": product.name,
                    "product_id": product.id,
                    "price": product.lst_price,
                }
                for product in products
                if f"product:{product.id}" not in known
            ]
        )
        self.env.flush_all()

    def _lines_sql(self):
        columns = self._columns_of(LINES)

        def column(name):
            known = [c for c in LINE_COLUMNS[name] if c in columns]
            return SQL.identifier("old", known[0]) if known else SQL("NULL::int")

        return SQL(
            """
            INSERT INTO club_import_line (
                import_id, company_id, key, partner_id, partner_name, product_id,
                date_from, date_to, fee, currency_id, fact, source_note,
                create_uid, create_date)
            SELECT %(import)s, %(company)s, 'oca:' || old.id, person.id, person.name,
                   product.id, old.date_from, old.date_to,
                   coalesce(item.price_subtotal, old.member_price, 0),
                   coalesce(item.currency_id, %(currency)s),
                   %(fact)s, invoice.name, %(user)s, now() at time zone 'UTC'
              FROM %(lines)s old
         LEFT JOIN res_partner person ON person.id = %(partner)s
         LEFT JOIN account_move_line item ON item.id = %(invoice_line)s
         LEFT JOIN account_move invoice ON invoice.id = item.move_id
         LEFT JOIN product_product variant ON variant.id = old.membership_id
         LEFT JOIN product_template template ON template.id = variant.product_tmpl_id
         LEFT JOIN club_import_product product
                ON product.import_id = %(import)s
               AND product.key = 'product:' || old.membership_id
         LEFT JOIN LATERAL (
                   SELECT sum(refund.amount_untaxed) AS amount
                     FROM account_move refund
                    WHERE refund.reversed_entry_id = invoice.id
                      AND refund.state = 'posted'
                      AND refund.move_type = 'out_refund') credit ON true
             WHERE coalesce(invoice.company_id, %(line_company)s, template.company_id,
                            person.company_id, %(company)s) = %(company)s
          ORDER BY person.id, old.date_from, old.id
            """,
            **{"import": self.id},
            company=self.company_id.id,
            currency=self.company_id.currency_id.id,
            user=self.env.uid,
            fact=self._fact_sql(),
            lines=SQL.identifier(LINES),
            partner=column("partner"),
            invoice_line=column("invoice_line"),
            line_company=column("company"),
        )

    def _fact_sql(self):
        """Whether the fee was paid: what the invoice says before what the line says.

        The state of an old line may be typed, and is known to stay wrong after credit
        notes; the documents are not.
        """
        return SQL(
            """
            CASE WHEN old.state = 'free' THEN 'free'
                 WHEN invoice.id IS NULL AND old.state = 'paid'
                      AND old.date_cancel IS NULL THEN 'paid'
                 WHEN invoice.state = 'cancel' OR invoice.id IS NULL
                      AND (old.state = 'canceled' OR old.date_cancel IS NOT NULL)
                      THEN 'cancelled'
                 WHEN invoice.id IS NULL OR invoice.state = 'draft' THEN 'unpaid'
                 WHEN credit.amount >= invoice.amount_untaxed THEN 'credited'
                 WHEN credit.amount > 0 THEN 'part_credited'
                 WHEN invoice.payment_state = 'reversed' THEN 'credited'
                 WHEN old.state = 'canceled' OR old.date_cancel IS NOT NULL
                      THEN 'cancelled'
                 WHEN invoice.payment_state IN ('paid', 'in_payment') THEN 'paid'
                 ELSE 'unpaid' END
            """
        )

    def _people_without_lines_sql(self):
        """Free and associate members, so that nobody is forgotten."""
        columns = self._columns_of("res_partner")
        free, payer = (
            next((c for c in PERSON_COLUMNS[name] if c in columns), None)
            for name in ("free", "payer")
        )
        if free:
            yield self._people_sql("free", SQL.identifier("person", free))
        if payer:
            yield self._people_sql(
                "associate",
                SQL("payer.id IS NOT NULL"),
                SQL("payer.id = %s", SQL.identifier("person", payer)),
            )

    def _people_sql(self, kind, condition, payer=None):
        return SQL(
            """
            INSERT INTO club_import_line (
                import_id, company_id, key, partner_id, partner_name, fact, source_note,
                create_uid, create_date)
            SELECT %s, %s, %s || person.id, person.id, person.name, %s, payer.name,
                   %s, now() at time zone 'UTC'
              FROM res_partner person
         LEFT JOIN res_partner payer ON %s
             WHERE %s AND coalesce(person.company_id, %s) = %s
            """,
            self.id,
            self.company_id.id,
            f"oca:{kind}:",
            kind,
            self.env.uid,
            payer or SQL("false"),
            condition,
            self.company_id.id,
            self.company_id.id,
        )
