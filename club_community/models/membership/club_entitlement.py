from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .club_plan_entitlement import KINDS
from .res_partner import STATES_WITH_LEVEL

# A row in one of these stands for an access that somebody is to have now, or would
# have, had he not left it himself.
OPEN_STATES = ("given", "pending", "failed", "left")


class ClubEntitlement(models.Model):
    """The ledger of access: one row per thing that a membership opened for a person.

    Nobody edits it. ``_reconcile`` compares it with the paid periods and the lists of
    their plans, and has the drivers carry out the difference. A row that was taken
    stays as history.
    """

    _name = "club.entitlement"
    _description = "Access of a Member"
    _order = "given_on desc, id desc"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, index=True, ondelete="cascade"
    )
    membership_id = fields.Many2one(
        "club.membership", required=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "club.plan.entitlement",
        string="What",
        required=True,
        index=True,
        ondelete="restrict",
    )
    plan_id = fields.Many2one(related="line_id.plan_id")
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(KINDS, required=True)
    res_id = fields.Integer(string="Resource", required=True)
    # 0, or the period for what is counted anew in each: part of the row's identity
    counted_in = fields.Integer(required=True, default=0)
    state = fields.Selection(
        [
            ("given", "Open"),
            ("pending", "Not possible yet"),
            ("failed", "Failed"),
            ("left", "Left by himself"),
            ("taken", "Taken back"),
        ],
        required=True,
        default="given",
        index=True,
    )
    given_on = fields.Datetime(required=True)
    given_because = fields.Selection(
        [
            ("start", "The paid period started"),
            ("resume", "The membership goes on after a pause"),
            ("check", "The nightly check found it missing"),
            ("rejoin", "The member came back himself"),
        ],
        required=True,
        string="Why Given",
    )
    taken_on = fields.Datetime()
    taken_because = fields.Selection(
        [
            ("end", "The membership is over, or another plan goes on"),
            ("refund", "The fee was refunded or its payment lost"),
            ("pause", "The membership is paused"),
            ("check", "The nightly check found it left over"),
            ("merge", "Two contacts became one"),
        ],
        string="Why Taken",
    )
    date_end = fields.Date(related="membership_id.date_end", string="Paid Until")
    note = fields.Char(help="Why it could not be given, or what the check mended.")
    quantity = fields.Integer(string="Times", help="0: as often as he likes.")
    used = fields.Integer(readonly=True)
    left = fields.Integer(
        string="Times Left", compute="_compute_left", help="How often it is left."
    )
    use_ids = fields.One2many("club.entitlement.use", "entitlement_id")

    # One open row per person and thing, whoever inserts: a second one of the same
    # moment is skipped, or makes Odoo run the transaction again.
    _open_once = models.UniqueIndex(
        "(partner_id, kind, res_id, counted_in) "
        "WHERE state IN ('given', 'pending', 'failed', 'left')",
        "This person has this access already.",
    )
    _not_more_than_there_is = models.Constraint(
        "CHECK(used >= 0 AND (quantity = 0 OR used <= quantity))",
        "The member has used this benefit as often as his plan allows.",
    )

    @api.depends("partner_id.name", "line_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.partner_id.name} · {row.line_id.display_name}"

    @api.depends("quantity", "used")
    def _compute_left(self):
        for row in self:
            # after a change to a smaller plan more may be used than there is
            row.left = max(row.quantity - row.used, 0)

    # --- Actions ----------------------------------------------------------------------

    def action_use(self):
        """Count one use of a benefit: the button of the manager.

        :raise UserError: nothing is left, or the benefit is not open
        """
        self.check_access("read")  # who sees the member's row may serve him
        # sudo: nobody edits the ledger but by its own buttons
        self.sudo()._use(self.env.user)

    def action_view_uses(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_entitlement_use_action"
        )
        action["domain"] = [("entitlement_id", "=", self.id)]
        return action

    def _use(self, user):
        """Count one use of each of these benefits.

        Two desks at once: the second waits, is run again by Odoo and sees the first.

        :param user: the ``res.users`` who served the member
        :raise UserError: nothing is left, or the benefit is not open
        """
        self.flush_recordset()
        counted = self.env.execute_query(
            SQL(
                """
                UPDATE club_entitlement
                   SET used = used + 1
                 WHERE id = ANY(%s) AND state = 'given' AND kind = 'service'
                   AND (quantity = 0 OR used < quantity)
             RETURNING id
                """,
                self.ids,
            )
        )
        if len(counted) < len(self):
            raise UserError(
                self.env._(
                    "This benefit is used up for this period, or not open any more."
                )
            )
        self.invalidate_recordset(["used", "left"])
        return self.env["club.entitlement.use"].create(
            [{"entitlement_id": row.id, "user_id": user.id} for row in self]
        )

    def _rejoin(self):
        """Open again what a member left himself; nothing if his membership is over.

        :return: the rows that are open again
        """
        live = self.filtered(
            lambda row: (
                row.state == "left" and row.membership_id.state in STATES_WITH_LEVEL
            )
        )
        live.write(
            {
                "state": "given",
                "given_on": fields.Datetime.now(),
                "given_because": "rejoin",
                "taken_on": False,
                "note": False,
            }
        )
        live._drive("give")
        return live
