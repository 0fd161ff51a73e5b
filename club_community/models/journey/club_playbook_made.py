"""What became of a cell of the matrix: offers, and the orders that came after them."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# An order counts for the last offer of the product within so many days before it.
DAYS_TO_ACCEPT = 365
_ACTIVITIES = {
    "call": "mail.mail_activity_data_call",
    "meeting": "mail.mail_activity_data_meeting",
    "email": "mail.mail_activity_data_email",
}
FOLLOW_UP_DAYS = 7


class ClubPlaybookMade(models.Model):
    """An offer that was made to a person: who, what, when, from which cell.

    Whether it was accepted, and what it brought, is asked of the orders: the last
    offer of a product before a confirmed order line of that product for that person
    is the accepted one, so that no order counts twice.
    """

    _name = "club.playbook.made"
    _description = "Offer Made"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    playbook_id = fields.Many2one(
        "club.playbook",
        string="Cell of the Matrix",
        required=True,
        index=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict"
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", string="Offered By", ondelete="set null")
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Quotation",
        index="btree_not_null",
        ondelete="set null",
        help="The line that was written with the offer, if there was one.",
    )
    is_accepted = fields.Boolean(
        string="Bought",
        compute="_compute_result",
        search="_search_is_accepted",
        help="An order of this product for this person was confirmed within a year, "
        "and this was the last offer before it.",
    )
    revenue = fields.Monetary(
        compute="_compute_result",
        help="What was invoiced for these orders, without taxes, less credit notes.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_result")

    @api.depends("partner_id", "product_id", "date")
    @api.depends_context("company")
    def _compute_result(self):
        found = self.env.execute_query(
            SQL(
                "SELECT made_id, sum(revenue) FROM (%s) taken WHERE made_id = ANY(%s) "
                "GROUP BY made_id",
                self._sql_taken(),
                self.ids,
            )
        )
        revenue = dict(found)
        for made in self:
            made.currency_id = self.env.company.currency_id
            made.is_accepted = made._origin.id in revenue
            made.revenue = revenue.get(made._origin.id, 0)

    def _search_is_accepted(self, operator, value):
        if operator != "in":
            return NotImplemented
        taken = SQL("(SELECT made_id FROM (%s) taken)", self._sql_taken())
        return [("id", "in" if True in value else "not in", taken)]

    @api.model
    def _sql_taken(self):
        """SELECT of ``made_id, line_id, revenue``: a confirmed line and its last offer.

        Revenue is in the company's currency at the order's rate; lines of other
        companies are left out. Flushes what it reads.
        """
        self.flush_model(["partner_id", "product_id", "date"])
        self.env["sale.order"].flush_model(
            ["partner_id", "state", "date_order", "currency_rate", "company_id"]
        )
        self.env["sale.order.line"].flush_model(
            ["order_id", "product_id", "club_member_id", "untaxed_amount_invoiced"]
        )
        return SQL(
            """
            SELECT DISTINCT ON (line.id) made.id AS made_id, line.id AS line_id,
                   (line.untaxed_amount_invoiced
                    / COALESCE(NULLIF(so.currency_rate, 0), 1))::float8 AS revenue
              FROM club_playbook_made made
              JOIN sale_order_line line ON line.product_id = made.product_id
              JOIN sale_order so
                ON so.id = line.order_id AND so.state = 'sale'
               AND COALESCE(line.club_member_id, so.partner_id) = made.partner_id
               AND so.date_order >= made.date
               AND so.date_order < made.date + %(days)s * interval '1 day'
             WHERE so.company_id = %(company)s
          ORDER BY line.id, made.date DESC, made.id DESC
            """,
            days=DAYS_TO_ACCEPT,
            company=self.env.company.id,
        )

    def action_open_order(self):
        """Open the quotation that was written with the offer."""
        self.ensure_one()
        return self.sale_line_id.order_id._get_records_action()


class ClubPlaybook(models.Model):
    _inherit = "club.playbook"

    made_ids = fields.One2many(
        "club.playbook.made", "playbook_id", string="Offers Made"
    )
    person_count = fields.Integer(
        string="People",
        compute="_compute_person_count",
        help="People of the segment who are in the stage now.",
    )
    offered_count = fields.Integer(string="Offered", compute="_compute_result")
    accepted_count = fields.Integer(
        string="Accepted Offers",
        compute="_compute_result",
        help="Offers after which the person bought what was offered.",
    )
    accept_rate = fields.Float(string="Accepted (%)", compute="_compute_result")
    revenue = fields.Monetary(
        compute="_compute_result",
        help="What was invoiced for accepted offers, without taxes, less credit notes.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_result")

    @api.depends("segment_id", "stage_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_person_count(self):
        counts = self._people_by_cell(self.segment_id, self.stage_id)
        for cell in self:
            key = (cell.segment_id._origin.id, cell.stage_id._origin.id)
            cell.person_count = counts.get(key, 0)

    @api.model
    def _people_by_cell(self, segments, stages):
        """``{(segment id, stage id): people whom the reader may see}``, one query."""
        found = self.env["res.partner"]._read_group(
            [
                ("club_segment_ids", "in", segments.ids),
                ("club_stage_id", "in", stages.ids),
            ],
            ["club_segment_ids", "club_stage_id"],
            ["__count"],
        )
        return {(segment.id, stage.id): count for segment, stage, count in found}

    @api.depends("made_ids")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_result(self):
        """Results of offers that the reader may see: one query for all cells."""
        results = self._results()
        for cell in self:
            offered, accepted, revenue = results.get(cell._origin.id, (0, 0, 0))
            cell.currency_id = self.env.company.currency_id
            cell.offered_count = offered
            cell.accepted_count = accepted
            cell.accept_rate = 100 * accepted / offered if offered else 0
            cell.revenue = revenue

    def _results(self):
        """``{cell id: (offered, accepted, revenue)}``."""
        seen = self.env["club.playbook.made"]._search([("playbook_id", "in", self.ids)])
        found = self.env.execute_query(
            SQL(
                """
                SELECT made.playbook_id, count(*), count(taken.made_id),
                       sum(taken.revenue)
                  FROM club_playbook_made made
             LEFT JOIN (SELECT made_id, sum(revenue) AS revenue
                          FROM (%(taken)s) line GROUP BY made_id) taken
                    ON taken.made_id = made.id
                 WHERE made.id IN %(seen)s
              GROUP BY made.playbook_id
                """,
                taken=self.env["club.playbook.made"]._sql_taken(),
                seen=seen.subselect(),
            )
        )
        return {row[0]: (row[1], row[2], row[3] or 0) for row in found}

    def action_people(self):
        """Open the people of the cell."""
        self.ensure_one()
        action = self.segment_id.action_people()
        return {
            **action,
            "display_name": self.display_name,
            "domain": [
                ("club_segment_ids", "in", self.segment_id.ids),
                ("club_stage_id", "=", self.stage_id.id),
            ],
        }

    def action_made(self):
        """Open the offers that were made from the cell."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_playbook_made_action"
        )
        return {**action, "domain": [("playbook_id", "=", self.id)]}

    def _make_offer(self, person, product, *, note=None, is_quoted=False):
        """Offer a product of this cell to a person: the row, and what comes next.

        :param person: a ``res.partner`` whom the user may read
        :param product: one of the cell's products
        :param note: words for the follow-up
        :param is_quoted: write a quotation; else an activity to ask again
        :return: ``club.playbook.made``
        :raise UserError: a company, or a product that the cell does not offer
        """
        self.ensure_one()
        person.check_access("read")
        if person.is_company:
            raise UserError(
                self.env._("Companies are not on the journey, their people are.")
            )
        if product not in self.product_id + self.offer_ids.product_id:
            raise UserError(
                self.env._(
                    "“%(product)s” is not offered in “%(cell)s”: add it there first.",
                    product=product.display_name,
                    cell=self.display_name,
                )
            )
        # sudo: nobody types results; this is the one way to make a row
        made_sudo = self.env["club.playbook.made"].sudo()
        made = made_sudo.create(
            {
                "partner_id": person.id,
                "playbook_id": self.id,
                "product_id": product.id,
                "user_id": self.env.uid,
            }
        )
        if is_quoted:
            order = self.env["sale.order"].create(
                {
                    "partner_id": person.id,
                    "order_line": [fields.Command.create({"product_id": product.id})],
                }
            )
            made.sale_line_id = order.order_line[:1]
        else:
            self._schedule_follow_up(person, product, note)
        return made.sudo(False)

    def _schedule_follow_up(self, person, product, note):
        """One open activity per person and product, by the cell's channel."""
        kind = self.env.ref(
            _ACTIVITIES.get(self.channel, "mail.mail_activity_data_todo")
        )
        today = fields.Date.context_today(self)
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": person.id,
                    "activity_type_id": kind.id,
                    "club_reason": f"offer {product.id}",
                    "user_id": self.env.uid,
                    "summary": self.env._(
                        "Offered: %(product)s. Ask for the answer",
                        product=product.display_name,
                    ),
                    "note": note or False,
                    "date_deadline": fields.Date.add(today, days=FOLLOW_UP_DAYS),
                }
            ]
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_playbook(self):
        """The cell of the matrix for each person: his stage, and the first of his
        segments that has a cell there. One query, whatever their number.

        :return: ``{person id: club.playbook}``, empty where no cell fits
        """
        cells = self.env["club.playbook"]
        self.flush_recordset(["club_stage_id"])
        cells.flush_model(["segment_id", "stage_id"])
        self.env["club.segment"].flush_model(["sequence", "active"])
        found = dict(
            self.env.execute_query(
                cells._sql_cells_of(
                    SQL(
                        "(SELECT id, club_stage_id FROM res_partner "
                        "WHERE id = ANY(%s))",
                        self.ids,
                    )
                )
            )
        )
        everything = cells.browse(dict.fromkeys(found.values()))
        return {
            person_id: cells.browse(found.get(person_id)).with_prefetch(everything._ids)
            for person_id in self.ids
        }

    def action_club_offer(self):
        """Open the window that offers what the matrix recommends."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_offer_action"
        )
        return {**action, "context": {"default_partner_id": self.id}}
