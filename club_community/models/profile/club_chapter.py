from datetime import timedelta

from odoo import api, fields, models

from ..membership.res_partner import STATES_WITH_LEVEL

NEW_FOR = timedelta(30)
# States of people who are not members yet.
ON_THE_WAY = ("draft", "waiting", "upcoming")


class ClubChapter(models.Model):
    """A city of the club (S0.21), with the manager who leads it."""

    _name = "club.chapter"
    _description = "Chapter"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null")
    lead_manager_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    partner_ids = fields.One2many("res.partner", "club_chapter_id", string="People")
    # Figures of the day: asked for by a screen, never stored.
    people_count = fields.Integer(
        string="People in the City",
        compute="_compute_figures",
        help="All people of this city, members or not.",
    )
    member_count = fields.Integer(string="Members", compute="_compute_figures")
    grace_count = fields.Integer(
        string="In Grace",
        compute="_compute_figures",
        help="Of the members: the fee is over, access is still open.",
    )
    coming_count = fields.Integer(
        string="On the Way",
        compute="_compute_figures",
        help="Offered, awaiting payment, or paid and not begun.",
    )
    former_count = fields.Integer(string="Former Members", compute="_compute_figures")
    newcomer_count = fields.Integer(
        string="Newcomers of 30 Days", compute="_compute_figures"
    )
    completeness = fields.Integer(
        string="Profiles of Members, %",
        compute="_compute_figures",
        help="How much of a member's profile is filled in, on average.",
    )

    _name_company_uniq = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "A chapter with this name exists already."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_figures(self):
        """All figures of all chapters of a screen, by two queries."""
        Partner = self.env["res.partner"]
        domain = [("club_chapter_id", "in", self.ids), ("is_company", "=", False)]
        states = {chapter: {} for chapter in self}
        filled = dict.fromkeys(self, 0)
        rows = Partner._read_group(
            domain,
            ["club_chapter_id", "club_state"],
            ["__count", "club_completeness:sum"],
        )
        for chapter, state, count, percent in rows:
            states[chapter][state] = count
            if state in STATES_WITH_LEVEL:
                filled[chapter] += percent or 0
        newcomers = dict(
            Partner._read_group(
                [*domain, *self._newcomers()], ["club_chapter_id"], ["__count"]
            )
        )
        for chapter, counted in states.items():
            members = sum(counted.get(state, 0) for state in STATES_WITH_LEVEL)
            chapter.people_count = sum(counted.values())
            chapter.member_count = members
            chapter.grace_count = counted.get("grace", 0)
            chapter.coming_count = sum(counted.get(state, 0) for state in ON_THE_WAY)
            chapter.former_count = counted.get("former", 0)
            chapter.newcomer_count = newcomers.get(chapter, 0)
            chapter.completeness = round(filled[chapter] / members) if members else 0

    @api.model
    def _newcomers(self):
        """Domain of people: members whose first paid period began 30 days ago or less."""
        since = fields.Date.context_today(self) - NEW_FOR
        return [("club_joined", ">=", since), ("club_state", "in", STATES_WITH_LEVEL)]

    def _action_people(self, xmlid, name, domain=()):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(xmlid)
        action["name"] = f"{name} · {self.name}"
        action["domain"] = [
            ("club_chapter_id", "=", self.id),
            ("is_company", "=", False),
            *domain,
        ]
        action["context"] = {"default_club_chapter_id": self.id}
        return action

    def action_view_members(self):
        """Members of the city, those in grace too."""
        return self._action_people(
            "club_community.club_member_action",
            self.env._("Members"),
            [("club_state", "in", STATES_WITH_LEVEL)],
        )

    def action_view_people(self):
        """Everybody in the city."""
        return self._action_people(
            "club_community.club_people_action", self.env._("People")
        )

    def action_view_newcomers(self):
        """Members who have joined within 30 days."""
        return self._action_people(
            "club_community.club_member_action",
            self.env._("Newcomers"),
            self._newcomers(),
        )

    def action_view_states(self):
        """A graph of the city's people by their membership."""
        return self._action_people(
            "club_community.club_chapter_people_action",
            self.env._("By membership"),
            [("club_state", "!=", False)],
        )
