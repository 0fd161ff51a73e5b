from odoo import api, fields, models

from ..membership.res_partner import CLUB_USER


class ResPartner(models.Model):
    """The tree on the member's form: how many are below him, and what they brought in.

    A personal manager sees the sums of his own people only; how many are below is
    everybody's.
    """

    _inherit = "res.partner"

    club_branch_count = fields.Integer(
        string="People in the Tree",
        compute="_compute_club_branch",
        groups=CLUB_USER,
        help="Whom this person has brought, whom those have brought, and so on.",
    )
    club_branch_revenue = fields.Monetary(
        string="Revenue of the Tree",
        compute="_compute_club_branch",
        currency_field="club_branch_currency_id",
        groups=CLUB_USER,
        help="Posted invoices less credit notes of everybody below, without taxes.",
    )
    club_branch_currency_id = fields.Many2one(
        "res.currency", compute="_compute_club_branch", groups=CLUB_USER
    )

    @api.depends_context("uid", "company")
    def _compute_club_branch(self):
        """One statement for all, with their levels added up."""
        tree = self._club_tree()
        own = self._club_branch_sums_of()
        for person in self:
            levels = tree.get(person._origin.id, ())
            is_own = person in own
            person.club_branch_count = sum(level["people"] for level in levels)
            person.club_branch_currency_id = is_own and self.env.company.currency_id
            person.club_branch_revenue = is_own and sum(
                level["revenue"] for level in levels
            )

    def _club_branch_sums_of(self):
        """Those of these people whose sums the user may see."""
        user = self.env.user
        if self.env.su or user.has_group("club_community.group_club_manager"):
            return self
        return self.filtered(lambda p: user in p.club_manager_id.club_in_charge_ids)

    def action_club_tree(self):
        """The picture: the person with whom he has brought, to be opened level by
        level."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_referral_tree_action"
        )
        return {**action, "domain": [("id", "=", self.id)]}

    def action_club_branch(self):
        """The same people by level, with what they have brought in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_figure_branch_action"
        )
        return {
            **action,
            "display_name": self.env._("Tree of %s", self.display_name),
            "context": {"club_tree_root": self.id, "search_default_group_level": 1},
        }
