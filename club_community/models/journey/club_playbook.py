from odoo import api, fields, models
from odoo.tools import SQL

from ..profile.res_partner_contact import CHANNELS
from .club_stage import OWNERS

# A task is no way to reach anybody.
_CHANNELS = [channel for channel in CHANNELS if channel[0] != "task"]


class ClubPlaybook(models.Model):
    """A cell of the matrix: what people of a segment need in a stage (S3.02, S3.03).

    The same need may have different offers in two segments; the anchor product is what
    is offered first. Results are never typed: see club_playbook_made.py.
    """

    _name = "club.playbook"
    _description = "Cell of the Matrix"
    _order = "stage_id, segment_id, id"

    segment_id = fields.Many2one(
        "club.segment", required=True, index=True, ondelete="cascade"
    )
    stage_id = fields.Many2one(
        "club.stage", required=True, index=True, ondelete="cascade"
    )
    phase = fields.Selection(related="stage_id.phase")
    need = fields.Text(
        translate=True,
        help="What the person needs here, in his words: a clean flat, not a vacuum "
        "cleaner.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Anchor Product",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("sale_ok", "=", True)],
        help="What is offered first.",
    )
    offer_ids = fields.One2many(
        "club.playbook.offer",
        "playbook_id",
        string="Further Offers",
        copy=True,
        help="Other answers to the same need, in the order in which they are offered.",
    )
    channel = fields.Selection(_CHANNELS, help="How the offer reaches the person.")
    owner = fields.Selection(
        OWNERS,
        compute="_compute_owner",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Who sees to it: as in the stage, unless it is said otherwise here.",
    )
    activity_plan_id = fields.Many2one(
        "mail.activity.plan",
        domain=[("res_model", "=", "res.partner")],
        ondelete="restrict",
        help="Whoever enters the stage and is of the segment gets these activities.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Message",
        domain=[("model", "=", "res.partner")],
        ondelete="restrict",
        help="Whoever enters the stage and is of the segment gets this letter.",
    )

    _once = models.UniqueIndex(
        "(segment_id, stage_id)", "The matrix has a cell for this segment and stage."
    )

    @api.depends("stage_id.owner")
    def _compute_owner(self):
        for cell in self:
            cell.owner = cell.owner or cell.stage_id.owner or "manager"

    @api.depends("segment_id", "stage_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cell in self:
            cell.display_name = f"{cell.segment_id.name} · {cell.stage_id.name}"

    @api.model
    def _sql_cells_of(self, people):
        """SELECT of ``partner_id, playbook_id``: the first segment with a cell wins.

        :param people: SQL of a table whose columns are person and stage
        """
        return SQL(
            """
            SELECT DISTINCT ON (at.partner_id) at.partner_id, cell.id AS playbook_id
              FROM %(people)s AS at(partner_id, stage_id)
              JOIN club_segment_partner_rel r ON r.partner_id = at.partner_id
              JOIN club_segment s ON s.id = r.segment_id AND s.active
              JOIN club_playbook cell
                ON cell.segment_id = s.id AND cell.stage_id = at.stage_id
          ORDER BY at.partner_id, s.sequence, s.id
            """,
            people=people,
        )


class ClubPlaybookOffer(models.Model):
    """A further answer to the need of a cell: a product, and how to offer it."""

    _name = "club.playbook.offer"
    _description = "Offer of the Matrix"
    _order = "playbook_id, sequence, id"
    _rec_name = "product_id"

    playbook_id = fields.Many2one(
        "club.playbook",
        string="Cell of the Matrix",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("sale_ok", "=", True)],
    )
    words = fields.Char(
        string="In Words", translate=True, help="How this offer is put to the person."
    )

    _once = models.UniqueIndex(
        "(playbook_id, product_id)", "This product is offered in the cell already."
    )


class ClubStageMove(models.Model):
    """Entering a stage starts what the matrix says for the person's segment."""

    _inherit = "club.stage.move"

    def _enter(self, loud):
        res = super()._enter(loud)
        loud._start_playbook()
        return res

    def _start_playbook(self):
        """Plan and letter of the cell of each person who has just come to a stage.

        Segments that have a cell there are counted for these people first: who is of
        them may have changed by the very payment that moves him. Queries grow with the
        cells, not with the people.
        """
        # sudo: whoever moves a person need not have rights on plans and letters
        cells_sudo = self.env["club.playbook"].sudo()
        cells_sudo = cells_sudo.search(
            [
                ("stage_id", "in", self.to_stage_id.ids),
                ("segment_id.active", "=", True),
            ]
        )
        if not (cells_sudo.activity_plan_id or cells_sudo.mail_template_id):
            return
        cells_sudo.segment_id._count(self.partner_id)
        found = self.env.execute_query(
            cells_sudo._sql_cells_of(
                SQL(
                    "unnest(%s::int[], %s::int[])",
                    [move.partner_id.id for move in self],
                    [move.to_stage_id.id for move in self],
                )
            )
        )
        of_cell = {}
        for partner_id, cell_id in found:
            of_cell.setdefault(cell_id, []).append(partner_id)
        for cell in cells_sudo:
            people = cells_sudo.env["res.partner"].browse(of_cell.get(cell.id, ()))
            if people and cell.activity_plan_id:
                people._club_start_plan(cell.activity_plan_id)
            if people and cell.mail_template_id:
                cell.mail_template_id.with_context(
                    club_queue_mail=True
                ).send_mail_batch(people.filtered("email").ids)
