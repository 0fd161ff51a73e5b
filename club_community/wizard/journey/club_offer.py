from odoo import api, fields, models
from odoo.exceptions import UserError


class ClubOffer(models.TransientModel):
    """Offer a person what the matrix recommends to him here and now (S3.08)."""

    _name = "club.offer"
    _description = "Offer"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        domain=[("is_company", "=", False)],
    )
    playbook_id = fields.Many2one(
        "club.playbook",
        string="Cell of the Matrix",
        compute="_compute_playbook_id",
        store=True,
        readonly=False,
        precompute=True,
        help="The person's stage, and the first of his segments that has a cell there.",
    )
    need = fields.Text(related="playbook_id.need")
    channel = fields.Selection(related="playbook_id.channel")
    product_ids = fields.Many2many("product.product", compute="_compute_product_ids")
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', product_ids)]",
    )
    words = fields.Char(string="In Words", compute="_compute_words")
    note = fields.Text(help="What was said; it stands in the activity.")

    @api.depends("partner_id")
    def _compute_playbook_id(self):
        recommended = self.partner_id._club_playbook()
        for wizard in self:
            wizard.playbook_id = recommended.get(wizard.partner_id.id)

    @api.depends("playbook_id")
    def _compute_product_ids(self):
        for wizard in self:
            wizard.product_ids = wizard._products()

    def _products(self):
        """What the chosen cell offers; its anchor first."""
        cell = self.playbook_id._origin
        return cell.product_id + cell.offer_ids.product_id

    @api.depends("playbook_id")
    def _compute_product_id(self):
        for wizard in self:
            products = wizard._products()
            if wizard.product_id._origin not in products:
                wizard.product_id = products[:1]

    @api.depends("playbook_id", "product_id")
    def _compute_words(self):
        for wizard in self:
            offers = wizard.playbook_id.offer_ids.filtered(
                lambda offer, wizard=wizard: offer.product_id == wizard.product_id
            )
            wizard.words = offers[:1].words

    def _offer(self, is_quoted):
        """:raise UserError: there is nothing to offer yet"""
        self.ensure_one()
        if not self.product_id:
            raise UserError(
                self.env._(
                    "There is nothing to offer: no cell of the matrix fits the person, "
                    "or the cell has no product. Choose another cell."
                )
            )
        return self.playbook_id._make_offer(
            self.partner_id, self.product_id, note=self.note, is_quoted=is_quoted
        )

    def action_offer(self):
        """Note that it was offered; an activity asks for the answer in a week."""
        self._offer(is_quoted=False)
        return {"type": "ir.actions.act_window_close"}

    def action_quote(self):
        """Note that it was offered, and open a quotation of it."""
        made = self._offer(is_quoted=True)
        return made.sale_line_id.order_id._get_records_action()
