from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_manager_id = fields.Many2one(
        "res.users",
        string="Personal Manager",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
        tracking=True,
        help="Whom the member turns to; the portal shows the name and the contacts.",
        groups="club_community.group_club_user",
    )
    club_assignment_ids = fields.One2many(
        "club.portfolio.assignment",
        "partner_id",
        string="Personal Managers in Time",
        groups="club_community.group_club_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        people = super().create(vals_list)
        self.env["club.portfolio.assignment"]._follow(
            people.browse(
                person.id
                for person, vals in zip(people, vals_list, strict=True)
                if vals.get("club_manager_id")
                or self.env.context.get("default_club_manager_id")
            )
        )
        return people

    def write(self, vals):
        res = super().write(vals)
        if "club_manager_id" in vals:
            self.env["club.portfolio.assignment"]._follow(self)
        return res

    # --- Buttons on the person ------------------------------------------------------

    def action_club_assignments(self):
        """Open the history of personal managers."""
        return self._club_open_of("club_portfolio_assignment_action")

    def action_club_trust(self):
        """Open the history of trust, where the next level is noted, too."""
        return self._club_open_of("club_trust_action")

    def action_club_promises(self):
        """Open what was promised to the person."""
        return self._club_open_of("club_promise_action")

    def action_club_hand_over(self):
        """Begin a hand-over of the chosen people.

        :raise UserError: they are not all with the same manager, or with none
        """
        managers = self.mapped("club_manager_id")
        if len(managers) > 1 or (managers and any(not p.club_manager_id for p in self)):
            raise UserError(
                self.env._(
                    "Please choose people of one manager, or people without one: a "
                    "hand-over is from one to others."
                )
            )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_handover_action"
        )
        return {
            **action,
            "views": [(False, "form")],
            "view_mode": "form",
            "context": {
                "default_kind": "handover" if managers else "distribution",
                "default_from_manager_id": managers.id,
                "default_partner_ids": self.ids,
            },
        }

    def _club_open_of(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(f"club_community.{xmlid}")
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
